"""The step that builds the models of a coating, and the models that stand in for a failed one."""

from dataclasses import dataclass
from typing import NamedTuple, Self

from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.build import build_models, kind_of
from lithicoat.structures.coating import Coating
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.protocols import BuildSpec
from lithicoat.workflows.steps import science_job

__all__ = ["BuildDocument", "BuildMaker", "Place", "build_replica", "replicas_of"]

SPARE_STRIDE = 100
"""The a-th stand-in of replica k has number 100 a + k: no replica has it, whatever their number."""


class BuildDocument(BaseModel):
    """The models of one coating."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: tuple[Model, ...] = Field(description="One crystal, or independent replicas of a film.")


@dataclass
class BuildMaker(Maker):
    """Build the models of a coating.

    Parameters
    ----------
    name : str
        Name of the job.
    spec : BuildSpec
        Size and number of the models.
    """

    spec: BuildSpec
    name: str = "build"

    @science_job(BuildDocument, version="1")
    def make(self, coating: Coating, seed: int) -> BuildDocument:
        """Build the models; the same seed gives the same atoms.

        A replica that cannot be packed is packed with another seed, as often as the protocol allows.

        Raises
        ------
        StructureError
            If the coating cannot be built.
        """
        return BuildDocument(
            models=tuple(
                self._built(coating, seed, replica) for replica in range(replicas_of(coating, self.spec))
            )
        )

    def _built(self, coating: Coating, seed: int, replica: int) -> Model:
        crystal = kind_of(coating.recipe) is ModelKind.CRYSTAL
        problem: StructureError | None = None
        for attempt in range(1 if crystal else self.spec.rebuilds + 1):
            try:
                return build_replica(coating, Place(seed, replica, attempt), max_atoms=self.spec.max_atoms)
            except StructureError as error:
                problem = problem or error
        raise problem or AssertionError


class Place(NamedTuple):
    """Where a model stands in its film; its seed says it."""

    seed: int
    """Seed of the film."""
    replica: int
    """Number of the replica, from 0."""
    attempt: int
    """0 for the replica itself, 1 for its first stand-in."""

    @classmethod
    def of(cls, model: Model) -> Self:
        """Read the place from a model's seed."""
        seed, number = divmod(model.seed or 0, 10 * SPARE_STRIDE)
        attempt, replica = divmod(number, SPARE_STRIDE)
        return cls(seed, replica, attempt)

    @property
    def model_seed(self) -> int:
        """Seed of the model."""
        return SPARE_STRIDE * (10 * self.seed + self.attempt) + self.replica


def build_replica(coating: Coating, place: Place, *, max_atoms: int) -> Model:
    """Build one replica of a film, or a stand-in.

    Raises
    ------
    StructureError
        If it cannot be built.
    """
    number = SPARE_STRIDE * place.attempt + place.replica
    return build_models(coating, max_atoms=max_atoms, replicas=1, seed=place.seed, first=number)[0]


def replicas_of(coating: Coating, spec: BuildSpec) -> int:
    """Return how many models a coating gets: one of a crystal, else the protocol's replicas."""
    return 1 if kind_of(coating.recipe) is ModelKind.CRYSTAL else spec.replicas
