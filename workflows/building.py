"""The step that builds the models of a coating."""

from dataclasses import dataclass

from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.build import build_models, kind_of
from lithicoat.structures.coating import Coating
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.protocols import BuildSpec
from lithicoat.workflows.steps import science_job

__all__ = ["BuildDocument", "BuildMaker", "replicas_of"]


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
        """Build the models; the same seed gives the same atoms."""
        models = build_models(
            coating, max_atoms=self.spec.max_atoms, replicas=replicas_of(coating, self.spec), seed=seed
        )
        return BuildDocument(models=models)


def replicas_of(coating: Coating, spec: BuildSpec) -> int:
    """Return how many models a coating gets: one of a crystal, else the protocol's replicas."""
    return 1 if kind_of(coating.recipe) is ModelKind.CRYSTAL else spec.replicas
