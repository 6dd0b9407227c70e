"""What a suggestion starts from: films, their descriptors, and what is found of those that are computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.properties import Provenance
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.structures.films.descriptors import DESCRIPTORS, Salt, describe
from lithicoat.workflows.suggesting.candidates import Film
from lithicoat.workflows.suggesting.spread import scaled, telling
from lithicoat.workflows.suggesting.surrogate import Observations, Parts
from lithicoat.workflows.suggesting.targets import Found, Target, found

__all__ = ["Task", "task_of"]

FloatArray = NDArray[np.float64]

PACKAGES = ("lithicoat", "botorch", "gpytorch", "rdkit", "torch")


@dataclass(frozen=True)
class Task:
    """Which films there are, what is computed of them, and what is found.

    Parameters
    ----------
    target : Target
        What is asked for.
    films : sequence of Film
        All films, computed or not.
    places : numpy.ndarray, shape (films, p)
        Descriptors, each scaled to 0 … 1.
    descriptors : tuple of str
        Their names.
    computed : dict of Salt to ScreeningRecord
        Records of those that are computed.
    values : dict of str to Found
        What they have of the target, by id of the record.
    lacking : dict of str to str
        Why others have nothing, by id of the record.
    """

    target: Target
    films: Sequence[Film]
    places: FloatArray
    descriptors: tuple[str, ...]
    computed: dict[Salt, ScreeningRecord]
    values: dict[str, Found]
    lacking: dict[str, str]

    @property
    def seen(self) -> list[int]:
        """Rows that have a result."""
        return [row for row, record in self._recorded() if record.coating in self.values]

    @property
    def done(self) -> list[int]:
        """Rows that are computed, with a result or without."""
        return [row for row, _ in self._recorded()]

    @property
    def open(self) -> list[int]:
        """Rows that are not computed."""
        return [row for row, film in enumerate(self.films) if film.salt not in self.computed]

    @property
    def observations(self) -> Observations:
        """What the surrogate is fitted to."""
        values = [self.found(row) for row in self.seen]
        return Observations(
            places=self.places[self.seen],
            values=np.array([value.place for value in values]),
            errors=np.array([value.spread for value in values]),
            parts=self._parts(values),
        )

    @property
    def origin(self) -> Provenance:
        """Return potential, protocol and seed where all films share them, and the versions of the code."""
        records = [self.record(row) for row in self.seen or self.done]
        shared = {
            name: next(iter(values))
            if len(values := {getattr(record, name) for record in records}) == 1
            else None
            for name in ("potential", "sha256", "protocol", "seed")
        }
        return Provenance(**shared, versions={package: version(package) for package in PACKAGES})

    def record(self, row: int) -> ScreeningRecord:
        """Return the record of a computed film."""
        return self.computed[self.films[row].salt]

    def found(self, row: int) -> Found:
        """Return the result of a computed film."""
        return self.values[self.record(row).coating]

    def _parts(self, values: Sequence[Found]) -> Parts | None:
        if not self.target.weights or not values:
            return None
        parts = np.array([value.parts for value in values])
        return Parts(values=parts[..., 0], errors=parts[..., 1], combine=self.target.combine)

    def _recorded(self) -> list[tuple[int, ScreeningRecord]]:
        return [
            (row, self.computed[film.salt])
            for row, film in enumerate(self.films)
            if film.salt in self.computed
        ]


def task_of(
    films: Sequence[Film], computed: dict[Salt, ScreeningRecord], target: Target, *, seed: int
) -> Task:
    """Describe the films, and find what the computed ones have of the target.

    Parameters
    ----------
    films : sequence of Film
        All films.
    computed : dict of Salt to ScreeningRecord
        Records of those that are computed.
    target : Target
        What is asked for.
    seed : int
        Seed of the draws behind a score.
    """
    raw = np.array([describe(film.salt) for film in films])
    values, lacking = found(list(computed.values()), target, seed=seed)
    return Task(
        target=target,
        films=films,
        places=scaled(raw),
        descriptors=tuple(DESCRIPTORS[column].name for column in np.flatnonzero(telling(raw))),
        computed=computed,
        values=values,
        lacking=lacking,
    )
