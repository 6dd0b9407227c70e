"""What is known of the volume of lithium in one relaxed cell."""

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.criterion.volumes import LithiumCell
from lithicoat.structures.model import ModelKind
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import VolumeSpec

__all__ = ["VolumeDocument"]


class VolumeDocument(BaseModel):
    """Cells with lithium taken out and put in, and the coordination of its sites.

    A cell whose relaxation failed is missing, with its reason; the coordination is there in any case.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: ModelKind = Field(description="Of the cell.")
    coordination: tuple[float, ...] = Field(
        description="Voronoi coordination number of each lithium site of the relaxed cell."
    )
    atoms: int = Field(description="Atoms of the cell that lithium is taken out of and put into.")
    volume_A3: float | None = Field(description="Volume of that cell relaxed, Å³; None if that failed.")
    cells: tuple[LithiumCell, ...] = Field(description="Cells with another lithium content.")
    failures: dict[str, str] = Field(description="Cell → why it could not be relaxed.")
    model_hash: str = Field(description="Content hash of the relaxed model.")
    potential: PotentialRef
    spec: VolumeSpec
