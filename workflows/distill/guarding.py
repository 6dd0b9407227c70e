"""The step that fits the guard of a trained model."""

from dataclasses import dataclass

from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.workflows.distill.labels import LabelFile, open_labels
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.guard import fit_guard, flagged_cells
from lithicoat.workflows.potentials.registry import PotentialRef, sha256_of_file
from lithicoat.workflows.steps import science_job, step_directory

__all__ = ["GuardDocument", "GuardMaker"]


class GuardDocument(BaseModel):
    """A guard in its file, and how often it speaks on cells that it should not object to."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    file: str = Field(description="The guard, relative to the directory of all steps' files.")
    sha256: str = Field(description="sha256 of that file.")
    potential: PotentialRef
    thresholds: dict[str, float] = Field(description="Distance beyond which an atom is outside, by element.")
    train_atoms: dict[str, int] = Field(description="Atoms that each element was described by.")
    test_atoms: dict[str, int] = Field(description="Atoms that each threshold stems from.")
    left_out: dict[str, int] = Field(description="Elements with too few training atoms, and how many.")
    test_cells: int = Field(ge=1, description="Cells of the test set.")
    test_cells_flagged: int = Field(ge=0, description="Of these flagged by the guard.")


@dataclass
class GuardMaker(Maker):
    """Learn which surroundings a model was trained on.

    Parameters
    ----------
    name : str
        Name of the job.
    """

    name: str = "guard"

    @science_job(GuardDocument, version="1")
    def make(self, train: LabelFile, test: LabelFile, potential: PotentialRef) -> GuardDocument:
        """Describe all atoms by the model and fit the guard.

        Parameters
        ----------
        train : LabelFile
            What the model was trained on.
        test : LabelFile
            What it was not trained on, not even to choose its best epoch.
        potential : PotentialRef
            The trained model.

        Raises
        ------
        UsageError
            If no element has enough training atoms.
        """
        loaded = calculator(potential)
        unseen = open_labels(test)
        guard = fit_guard(open_labels(train), unseen, loaded, potential)
        file = step_directory() / "guard.json"
        guard.write(file)
        return GuardDocument(
            file=f"{file.parent.name}/{file.name}",
            sha256=sha256_of_file(file),
            potential=potential,
            thresholds={element: known.threshold for element, known in guard.elements.items()},
            train_atoms={element: known.train_atoms for element, known in guard.elements.items()},
            test_atoms={element: known.test_atoms for element, known in guard.elements.items()},
            left_out=guard.left_out,
            test_cells=len(unseen),
            test_cells_flagged=len(flagged_cells(guard, unseen, loaded)),
        )
