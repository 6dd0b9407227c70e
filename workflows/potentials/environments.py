"""The step that holds a film's surroundings against those its potential was trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from jobflow import Maker, OnMissing
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.films.environments import EnvironmentVerdict
from lithicoat.structures.model import ModelKind
from lithicoat.workflows.dynamics.trajectory import read_trajectory
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics.relaxation import RelaxDocument
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.guard import Guard, descriptors, guard_of
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.progress import report
from lithicoat.workflows.steps import science_job, step_directory
from lithicoat.workflows.transport.diffusion import DiffusionDocument, Ending

__all__ = ["NOT_JUDGED", "EnvironmentDocument", "EnvironmentMaker", "JudgedCell", "environment_flags"]

NOT_JUDGED = "not compared with the training of its potential: see the failures of the film"


class JudgedCell(BaseModel):
    """One cell, or the frames of one run."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    label: str = Field(description="What was looked at, such as `amorphous Li2S at 900 K`.")
    verdict: EnvironmentVerdict


class EnvironmentDocument(BaseModel):
    """How a film's surroundings compare with those that its potential was trained on."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    potential: PotentialRef
    guard: str = Field(description="Content hash of the guard.")
    cells: tuple[JudgedCell, ...] = Field(description="The relaxed cells.")
    runs: tuple[JudgedCell, ...] = Field((), description="Frames of the molecular dynamics.")

    def flags(self, *, moving: bool) -> tuple[str, ...]:
        """Return what is outside: the worst cell, and the worst run for properties that stem from motion."""
        groups = (self.cells, self.runs) if moving else (self.cells,)
        worst = [max(group, key=_severity) for group in groups if group]
        found = (cell.verdict.sentence(self.potential.id, cell.label) for cell in worst)
        return tuple(sentence for sentence in found if sentence)


@dataclass
class EnvironmentMaker(Maker):
    """Compare relaxed cells and frames of trajectories with the training set of the potential.

    Parameters
    ----------
    guard : str
        Content hash of the potential's guard: another guard is another computation.
    frames : int
        Frames of each trajectory, evenly spaced from the first to the last.
    name : str
        Name of the job.
    """

    guard: str
    frames: int = 5
    name: str = "environments"

    @science_job(EnvironmentDocument, version="2", on_missing=OnMissing.NONE)
    def make(
        self,
        cells: list[RelaxDocument | None],
        runs: list[DiffusionDocument | None],
        potential: PotentialRef,
    ) -> EnvironmentDocument:
        """Judge all cells of a film and the runs made of them.

        Parameters
        ----------
        cells : list of RelaxDocument or None
            Relaxed replicas of one film; None stands for one that failed.
        runs : list of DiffusionDocument or None
            Runs; one that failed or was stopped is left out.
        potential : PotentialRef
            A potential with a guard.

        Raises
        ------
        RunError
            If the guard is gone or another one.
        UsageError
            If a trajectory is not on this machine.
        """
        guard = guard_of(potential)
        if guard is None or guard.content_hash != self.guard:
            raise RunError(
                f"the guard of {potential.id} is not the one this step was made for",
                where=potential.id,
                hint="run the campaign again",
            )
        titles = [_title(cell) if cell is not None else "" for cell in cells]
        judged = [
            self._judged(guard, title if number == 1 else f"{title} #{number}", [cell.model.atoms], potential)
            for number, (title, cell) in enumerate(zip(titles, cells, strict=True), start=1)
            if cell is not None
        ]
        moved = [
            self._judged(guard, f"{max(titles)} at {run.temperature_K:g} K", self._frames_of(run), potential)
            for run in runs
            if run is not None and run.trajectory is not None and run.ending is not Ending.STOPPED
        ]
        return EnvironmentDocument(
            potential=potential, guard=self.guard, cells=tuple(judged), runs=tuple(moved)
        )

    def _judged(self, guard: Guard, label: str, frames: Sequence[Atoms], ref: PotentialRef) -> JudgedCell:
        described = []
        for index, atoms in enumerate(frames):
            described.append(descriptors(calculator(ref), atoms))
            report(label, index + 1, len(frames), "frames")
        return JudgedCell(label=label, verdict=guard.judge(described, frames[0].get_chemical_symbols()))

    def _frames_of(self, run: DiffusionDocument) -> list[Atoms]:
        """Read evenly spaced frames; the document names the file from the directory of all steps."""
        frames = read_trajectory(step_directory().parent / str(run.trajectory))
        symbols, cell = list(frames.header.symbols), frames.header.cell_A
        chosen = np.unique(np.linspace(0, len(frames) - 1, self.frames).round().astype(int))
        return [
            Atoms(symbols=symbols, positions=frames.positions(index, index + 1)[0], cell=cell, pbc=True)
            for index in chosen.tolist()
        ]


def environment_flags(
    document: EnvironmentDocument | None, potential: PotentialRef, *, moving: bool
) -> tuple[str, ...]:
    """Return the flags that a film's properties carry.

    Parameters
    ----------
    document : EnvironmentDocument or None
        None if the step failed, or the potential has no guard.
    potential : PotentialRef
        The potential.
    moving : bool
        True for properties that stem from molecular dynamics.
    """
    if document is not None:
        return document.flags(moving=moving)
    return (NOT_JUDGED,) if guard_of(potential) is not None else ()


def _title(cell: RelaxDocument) -> str:
    kind = cell.model.kind
    return cell.model.name if kind is ModelKind.MOLECULAR else f"{kind.value} {cell.model.name}"


def _severity(cell: JudgedCell) -> tuple[bool, float]:
    return cell.verdict.flagged, max(element.fraction for element in cell.verdict.elements)
