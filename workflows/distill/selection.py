"""Active learning: of many configurations, those from which a potential has most to learn."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from ase import Atoms
from jobflow import Maker, OnMissing
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.spatial.distance import cdist

from lithicoat.workflows.distill.frames import FrameFile, open_frames, write_frames
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.committee import evaluate
from lithicoat.workflows.potentials.guard import descriptors
from lithicoat.workflows.potentials.registry import PotentialRef, check_elements
from lithicoat.workflows.progress import report
from lithicoat.workflows.steps import science_job, step_directory

__all__ = ["SelectDocument", "SelectMaker", "SelectSpec", "farthest_frames"]

Array = NDArray[np.float64]
Descriptors = dict[str, Array]
"""Per element, one row per atom."""


class SelectSpec(BaseModel):
    """How many configurations to choose."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    frames: int = Field(100, ge=1, description="Configurations to choose, at most.")
    per_source: int | None = Field(
        None, ge=1, description="Most configurations of one trajectory; None: no limit."
    )
    known_atoms: int = Field(
        2000, ge=1, description="Atoms of each element of the training set to compare with, drawn at random."
    )


class SelectDocument(BaseModel):
    """The chosen configurations."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    file: FrameFile
    candidates: int = Field(ge=1, description="Configurations to choose from.")
    criterion: str = Field(description="By what they were chosen, with its unit.")
    scores: tuple[float, ...] = Field(description="That quantity of the chosen ones, in the order of choice.")
    median_score: float = Field(description="Median of that quantity over the candidates at the start.")


@dataclass
class SelectMaker(Maker):
    """Choose the configurations on which a committee disagrees most, or a single model knows least.

    Parameters
    ----------
    spec : SelectSpec
        How many.
    seed : int
        Seed of the draw of known atoms.
    name : str
        Name of the job.
    """

    spec: SelectSpec = field(default_factory=SelectSpec)
    seed: int = 0
    name: str = "select"

    @science_job(SelectDocument, version="1", on_missing=OnMissing.NONE)
    def make(
        self,
        candidates: list[FrameFile | None],
        committee: list[PotentialRef],
        known: FrameFile | None = None,
    ) -> SelectDocument:
        """Choose.

        Parameters
        ----------
        candidates : list of FrameFile or None
            Configurations to choose from; None stands for a sampling that failed.
        committee : list of PotentialRef
            Several models: their disagreement on forces decides. One MACE model: the distance of its
            descriptors from those of `known` and of what has been chosen.
        known : FrameFile, optional
            The training set; needed with one model.

        Raises
        ------
        UsageError
            If there is no model, or the one model has no descriptors.
        """
        frames = [atoms for file in candidates if file for atoms in open_frames(file)]
        if not frames or not committee:
            raise UsageError("choosing needs candidates and at least one model", where="active")
        for potential in committee:
            check_elements(potential, {s for a in frames for s in a.get_chemical_symbols()}, where=self.name)
        if len(committee) > 1:
            criterion = "largest spread of the force on an atom over the committee, eV/Å"
            scores = self._disagreements(frames, committee)
            order = np.argsort(-scores, kind="stable")
            chosen = _limited(frames, order, self.spec)
            values, median = scores[chosen], float(np.median(scores))
        else:
            criterion = "distance of the strangest atom from known ones in descriptor space"
            chosen, values, median = self._strangest(frames, committee[0], known)
        for rank, (index, value) in enumerate(zip(chosen, values, strict=True)):
            frames[index].info |= {"choice": rank, "score": float(value)}
        return SelectDocument(
            file=write_frames(step_directory() / "configurations.extxyz", [frames[i] for i in chosen]),
            candidates=len(frames),
            criterion=criterion,
            scores=tuple(map(float, values)),
            median_score=median,
        )

    def _disagreements(self, frames: Sequence[Atoms], committee: Sequence[PotentialRef]) -> Array:
        calculators = [calculator(potential) for potential in committee]
        scores = []
        for number, atoms in enumerate(frames, start=1):
            scores.append(float(evaluate(atoms, calculators).atom_spreads_eV_A.max()))
            report("disagreement", number, len(frames), "frames")
        return np.array(scores)

    def _strangest(
        self, frames: Sequence[Atoms], potential: PotentialRef, known: FrameFile | None
    ) -> tuple[list[int], Array, float]:
        describe = _describer(potential)
        rng = np.random.default_rng(self.seed)
        start = _drawn(
            [describe(atoms) for atoms in open_frames(known)] if known else [], self.spec.known_atoms, rng
        )
        rows = []
        for number, atoms in enumerate(frames, start=1):
            rows.append(describe(atoms))
            report("descriptors", number, len(frames), "frames")
        sources = [str(atoms.info["source"]) for atoms in frames]
        return farthest_frames(
            rows, start, count=self.spec.frames, sources=sources, per_source=self.spec.per_source
        )


def farthest_frames(
    frames: Sequence[Descriptors],
    known: Descriptors,
    *,
    count: int,
    sources: Sequence[str],
    per_source: int | None = None,
) -> tuple[list[int], Array, float]:
    """Choose, one after the other, the frame that holds the atom farthest from all known ones.

    Parameters
    ----------
    frames : sequence of dict of str to numpy.ndarray, shape (atoms of that element, features)
        Descriptors by element; atoms are compared with atoms of their own element only.
    known : dict of str to numpy.ndarray
        Descriptors that are known already. An atom of an element without any is infinitely far.
    count : int
        Frames to choose, at most.
    sources : sequence of str
        Source of each frame.
    per_source : int, optional
        Most frames of one source.

    Returns
    -------
    chosen : list of int
        Indices, in the order of choice.
    distances : numpy.ndarray
        Distance of each when it was chosen; that of an element never seen before is the largest finite one.
    median : float
        Median of the finite distances at the start; 0 if none is finite.
    """
    nearest = [{s: _nearest(rows, known.get(s)) for s, rows in frame.items()} for frame in frames]
    distance = np.array([max(float(d.max()) for d in by_element.values()) for by_element in nearest])
    median = float(np.median(distance[np.isfinite(distance)])) if np.isfinite(distance).any() else 0.0
    chosen: list[int] = []
    distances: list[float] = []
    taken: Counter[str] = Counter()
    while len(chosen) < min(count, len(frames)):
        open_ = [
            i for i in range(len(frames)) if i not in chosen and not _full(taken[sources[i]], per_source)
        ]
        if not open_ or distance[best := max(open_, key=lambda i: float(distance[i]))] <= 0:
            break
        chosen.append(best)
        distances.append(float(distance[best]))
        taken[sources[best]] += 1
        for i in open_:
            for symbol, rows in frames[best].items():
                if symbol in frames[i]:
                    nearest[i][symbol] = np.minimum(nearest[i][symbol], _nearest(frames[i][symbol], rows))
            distance[i] = max(float(d.max()) for d in nearest[i].values())
    values = np.array(distances)
    finite = values[np.isfinite(values)]
    return chosen, np.where(np.isfinite(values), values, finite.max() if len(finite) else 0.0), median


def _full(taken: int, limit: int | None) -> bool:
    return limit is not None and taken >= limit


def _nearest(rows: Array, known: Array | None) -> Array:
    """Distance of each row from the nearest known one."""
    if known is None or not len(known):
        return np.full(len(rows), np.inf)
    return np.asarray(cdist(rows, known).min(axis=1))


def _limited(frames: Sequence[Atoms], order: Sequence[int] | NDArray[np.intp], spec: SelectSpec) -> list[int]:
    taken: Counter[str] = Counter()
    chosen: list[int] = []
    for index in map(int, order):
        source = str(frames[index].info["source"])
        if len(chosen) < spec.frames and not _full(taken[source], spec.per_source):
            chosen.append(index)
            taken[source] += 1
    return chosen


def _describer(potential: PotentialRef) -> Callable[[Atoms], Descriptors]:
    model = calculator(potential)
    if not hasattr(model, "get_descriptors"):
        raise UsageError(
            f"{potential.id} has no descriptors, so a single one cannot choose configurations",
            where=potential.id,
            hint="give a MACE model, or several models",
        )

    def describe(atoms: Atoms) -> Descriptors:
        rows = descriptors(model, atoms)
        symbols = np.array(atoms.get_chemical_symbols())
        return {str(symbol): rows[symbols == symbol] for symbol in sorted(set(symbols))}

    return describe


def _drawn(frames: Sequence[Descriptors], most: int, rng: np.random.Generator) -> Descriptors:
    """Draw, for each element, at most so many atoms."""
    drawn = {}
    for symbol in sorted({symbol for frame in frames for symbol in frame}):
        rows = np.concatenate([frame[symbol] for frame in frames if symbol in frame])
        drawn[symbol] = rows if len(rows) <= most else rows[rng.choice(len(rows), size=most, replace=False)]
    return drawn
