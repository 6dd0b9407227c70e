"""Uptake curves: how much oxygen a film has at each time, as what, and when each molecule was taken up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy.constants import N_A
from scipy.ndimage import uniform_filter1d

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.oxygen.species import HELD_DIOXYGEN, TAKEN_UP, Census, Oxygen, Source, held_dioxygen
from lithicoat.analysis.properties import Bound, Property

__all__ = ["UptakeCurve", "capture_times", "releases", "settled_states", "uptake_curve"]

SMOOTHED_ps = 0.1
"""What most frames of so long a time say counts: several periods of the O-O bond, 0.02 to 0.04 ps."""

UNSEEN = 0.05
"""A share of molecules counts as excluded if so seldom none of them would have been taken up."""

MOST_POINTS = 400
"""Points of a stored curve at most; a longer one is thinned."""


class UptakeCurve(BaseModel):
    """Oxygen taken up by a film against time."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    times_ps: tuple[float, ...] = Field(min_length=1, description="Times since the run began, ps.")
    o2: tuple[float, ...] = Field(description="O2 that the film has taken up, two atoms counted as one O2.")
    species: dict[str, tuple[int, ...]] = Field(
        description="Number by name at each time: states of the source's oxygens (`O2 gas`, `peroxide`, …), "
        "sulfurs of the whole cell (`sulfide`, `sulfite`, `sulfate`, …), `S-O bonds` of the source's oxygens."
    )
    offered: float = Field(gt=0, description="O2 in the gas at the start, or half the electrode's oxygens.")
    area_nm2: float = Field(gt=0, description="Surface that oxygen can reach, both faces of a slab, nm².")
    volume_nm3: float = Field(gt=0, description="Volume of the film before, nm³.")
    gas: bool = Field(description="True if the oxygen came as O2, False if from an electrode.")

    @model_validator(mode="after")
    def _equally_long(self) -> Self:
        columns = (self.o2, *self.species.values())
        if any(len(column) != len(self.times_ps) for column in columns):
            msg = "times and numbers of an uptake curve differ in length"
            raise ValueError(msg)
        return self

    @property
    def o2_per_nm2(self) -> tuple[float, ...]:
        """O2 taken up per area of surface, 1/nm²."""
        return tuple(number / self.area_nm2 for number in self.o2)

    @property
    def o2_mol_per_cm3(self) -> tuple[float, ...]:
        """O2 taken up per volume of film, mol/cm³."""
        return tuple(number / self.volume_nm3 / N_A * 1e21 for number in self.o2)

    @property
    def final(self) -> dict[str, int]:
        """Species at the end."""
        return {name: column[-1] for name, column in self.species.items() if column[-1]}

    def uptake(self) -> Property:
        """O2 that was taken up during the run, per area of surface, in O2/nm².

        Its uncertainty is that of a count among a limited number (binomial). Where nothing was taken up,
        it is the upper bound at 95 %: N (1 - 0.05^(1/N)) of N molecules.
        """
        return _counted(self, 1 / self.area_nm2, "O2/nm2")

    def uptake_per_volume(self) -> Property:
        """O2 that was taken up during the run, per volume of film, in mol O2/cm³."""
        return _counted(self, 1e21 / N_A / self.volume_nm3, "mol O2/cm3")


def uptake_curve(
    censuses: Sequence[Census],
    source: Source,
    *,
    interval_ps: float,
    area_nm2: float,
    volume_nm3: float,
) -> UptakeCurve:
    """Put the species of successive frames into one curve.

    Parameters
    ----------
    censuses : sequence of Census
        Of equally spaced frames, the first one at time zero.
    source : Source
        The oxygens that they speak of.
    interval_ps : float
        Time between frames, ps.
    area_nm2 : float
        Surface that oxygen can reach, nm².
    volume_nm3 : float
        Volume of the film, nm³.

    Raises
    ------
    DataError
        If there are no frames, or no oxygen that could be taken up.
    """
    if not censuses or not source.oxygens:
        raise DataError("an uptake curve needs frames, and oxygen to be taken up", where="censuses")
    states = settled_states(censuses, interval_ps=interval_ps)
    held = np.array([[state.taken_up for state in row] for row in states])
    frames = np.unique(np.linspace(0, len(censuses) - 1, min(len(censuses), MOST_POINTS)).round().astype(int))
    chosen = [_numbers(states[frame], censuses[frame].counts) for frame in frames]
    names = sorted({name for numbers in chosen for name in numbers})
    return UptakeCurve(
        times_ps=tuple((frames * interval_ps).round(6).tolist()),
        o2=tuple((held[frames].sum(axis=1) / 2).tolist()),
        species={name: tuple(numbers.get(name, 0) for numbers in chosen) for name in names},
        offered=len(source.oxygens) / 2,
        area_nm2=area_nm2,
        volume_nm3=volume_nm3,
        gas=source.gas,
    )


def capture_times(
    censuses: Sequence[Census],
    source: Source,
    *,
    interval_ps: float,
    states: frozenset[Oxygen] = TAKEN_UP,
) -> tuple[float | None, ...]:
    """Return when each unit of the source was taken up for good, ps; None for one that was not.

    A unit is a molecule of the gas, taken up when one of its atoms is, or one oxygen of an electrode. What
    counts is the time from which the film has it until the end of the run.

    Parameters
    ----------
    censuses : sequence of Census
        Of equally spaced frames, the first one at time zero.
    source : Source
        The oxygens that they speak of.
    interval_ps : float
        Time between frames, ps.
    states : frozenset of Oxygen
        What counts as taken up: `TAKEN_UP`, or `REACTED`.
    """
    held = _units(censuses, source, interval_ps=interval_ps, states=states)
    times: list[float | None] = []
    for column in held.T:
        missed = np.flatnonzero(~column)
        first = int(missed[-1]) + 1 if len(missed) else 0
        times.append(None if first == len(column) else first * interval_ps)
    return tuple(times)


def releases(censuses: Sequence[Census], source: Source, *, interval_ps: float) -> int:
    """Count how often a unit that the film had taken up was let go again; parameters as `capture_times`."""
    held = _units(censuses, source, interval_ps=interval_ps, states=TAKEN_UP)
    return int((held[:-1] & ~held[1:]).sum())


def settled_states(censuses: Sequence[Census], *, interval_ps: float) -> tuple[tuple[Oxygen, ...], ...]:
    """Return the state of each oxygen in each frame, vibrations averaged out.

    Of the frames within 0.05 ps before and after, the most frequent state counts; O2, superoxide and
    peroxide on the solid are one state in this, and then told apart by the mean length of the bond.

    Parameters
    ----------
    censuses : sequence of Census
        Of equally spaced frames.
    interval_ps : float
        Time between frames, ps.
    """
    frames = 1 + 2 * round(SMOOTHED_ps / interval_ps / 2)
    coarse = [Oxygen.ADSORBED if state in HELD_DIOXYGEN else state for state in Oxygen]
    kinds = list(dict.fromkeys(coarse))
    codes = {state: kinds.index(kind) for state, kind in zip(Oxygen, coarse, strict=True)}
    seen = np.array([[codes[state] for state in census.oxygens] for census in censuses])
    most = np.argmax([_shares(seen == code, frames) for code in range(len(kinds))], axis=0)
    held = seen == kinds.index(Oxygen.ADSORBED)
    lengths = np.array([[length or 0.0 for length in census.lengths_A] for census in censuses])
    total, weight = _shares(np.where(held, lengths, 0.0), frames), _shares(held, frames)
    mean_A = total / np.where(weight > 0, weight, 1.0)
    return tuple(
        tuple(
            held_dioxygen(length) if kinds[code] is Oxygen.ADSORBED else kinds[code]
            for code, length in zip(row, along, strict=True)
        )
        for row, along in zip(most.tolist(), mean_A.tolist(), strict=True)
    )


def _shares(seen: ArrayLike, frames: int) -> NDArray[np.float64]:
    averaged: NDArray[np.float64] = uniform_filter1d(
        np.asarray(seen, dtype=float), size=frames, axis=0, mode="nearest"
    )
    return averaged.round(9)


def _units(
    censuses: Sequence[Census], source: Source, *, interval_ps: float, states: frozenset[Oxygen]
) -> NDArray[np.bool_]:
    """Return which molecules, or oxygens of an electrode, are in one of the states, frame by frame."""
    settled = settled_states(censuses, interval_ps=interval_ps)
    held = np.array([[state in states for state in row] for row in settled], dtype=bool)
    return held[:, 0::2] | held[:, 1::2] if source.gas else held


def _numbers(states: Sequence[Oxygen], counts: Mapping[str, int]) -> dict[str, int]:
    """Count states, whole O2 as molecules, beside what was counted in the frame."""
    found = Counter(state.value for state in states)
    for whole in (Oxygen.GAS.value, Oxygen.ADSORBED.value):
        found[whole] = round(found[whole] / 2)
    return {name: number for name, number in {**counts, **found}.items() if number}


def _told(curve: UptakeCurve) -> tuple[str, ...]:
    """Say when, as what the oxygen is held, and what has left the film again."""
    final = curve.final
    told = [f"after {curve.times_ps[-1]:g} ps"]
    kinds = [
        f"{final[state.value]} O {state.value}"
        for state in Oxygen
        if state.taken_up and final.get(state.value)
    ]
    if kinds:
        told.append("held: " + ", ".join(kinds))
    if lost := final.get(Oxygen.ESCAPED.value):
        told.append(f"{lost} O left the film again in another gas")
    return tuple(told)


def _counted(curve: UptakeCurve, scale: float, unit: str) -> Property:
    """Scale what was taken up at the end: a count of molecules, or of single oxygens of an electrode."""
    units = 1 if curve.gas else 2
    number, offered = curve.o2[-1] * units, curve.offered * units
    if number == 0:
        return Property(
            value=offered * (1 - UNSEEN ** (1 / offered)) / units * scale,
            unit=unit,
            bound=Bound.UPPER,
            flags=("nothing was taken up", *_told(curve)),
        )
    error = float(np.sqrt(number * max(1 - number / offered, 1 / offered)))
    return Property(
        value=number / units * scale, uncertainty=error / units * scale, unit=unit, flags=_told(curve)
    )
