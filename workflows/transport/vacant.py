"""Cells of a crystal with empty lithium sites, for molecular dynamics with carriers."""

from dataclasses import dataclass

from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.crystals.vacancies import emptied
from lithicoat.structures.model import Model
from lithicoat.workflows.mechanics.relaxation import RelaxDocument
from lithicoat.workflows.steps import science_job
from lithicoat.workflows.transport.following import LITHIUM

__all__ = ["VacantDocument", "VacantMaker"]


class VacantDocument(BaseModel):
    """A cell with empty sites."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: Model = Field(description="The cell, its other atoms and its volume as they were.")
    empty: int = Field(ge=1, description="Empty lithium sites.")
    sites: int = Field(ge=2, description="Lithium sites of the cell, the empty ones among them.")

    @property
    def flag(self) -> str:
        """What every number from this cell holds for."""
        return (
            f"{self.empty} of {self.sites} lithium sites made empty ({100 * self.empty / self.sites:.2g} %): "
            "holds for that many carriers"
        )


@dataclass
class VacantMaker(Maker):
    """Take lithium atoms out of a relaxed cell.

    Atoms are taken, not ions: the potential decides what becomes of the charge. The volume stays that of the
    perfect crystal, of which a cell with a small concentration of vacancies is a part.

    Parameters
    ----------
    empty : int
        Sites to empty.
    name : str
        Name of the job.
    """

    empty: int
    name: str = "vacancies"

    @science_job(VacantDocument, version="1")
    def make(self, relaxed: RelaxDocument) -> VacantDocument:
        """Empty the sites.

        Raises
        ------
        StructureError
            If the cell has no more lithium than is to be taken out.
        """
        sites = relaxed.model.symbols.count(LITHIUM)
        return VacantDocument(
            model=emptied(relaxed.model, LITHIUM, self.empty), empty=self.empty, sites=sites
        )
