"""What a film is to be good at: its score in the ranking, or one property; and what computed films have."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.decision.columns import Columns
from lithicoat.analysis.decision.scheme import Axis, Electrode, default_scheme
from lithicoat.analysis.decision.sheet import Sheet, judge
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.lognormal import log_standard_deviation
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord

__all__ = ["SCORE", "Found", "Sense", "Target", "found", "target_of"]

FloatArray = NDArray[np.float64]

SCORE = "score"
"""The target that is asked for where no property is named."""

LOW_IS_BETTER = frozenset(
    {
        "activation_energy",
        "energy_above_hull",
        "frenkel_energy",
        "lithium_adsorption",
        "migration_barrier",
        "oxygen_diffusivity_298K",
        "scavenging_energy",
        "universal_anisotropy",
        "window_low",
    }
)
LOGARITHMIC = frozenset({"GPa", "S/cm", "cm2/s"})
"""Units of quantities whose error is a factor."""

ASSUMED_SHARE = 0.3
"""Uncertainty of a value that states none and for which the ranking assumes none: 30 % of it."""

WIDE = 1.0
"""Decades beyond which a logarithmic quantity has no ± (at one decade it would be 14 times the value)."""

DRAWS = 4000
SURE = 0.95


class Sense(Enum):
    """Which end of a property is looked for."""

    HIGHEST = "highest"
    LOWEST = "lowest"


@dataclass(frozen=True, kw_only=True)
class Target:
    """What films are chosen by.

    Parameters
    ----------
    name : str
        `score`, or the name of a property.
    unit : str
        Its unit.
    axis : Axis
        On which its error is normal.
    sense : Sense
        Which end is looked for.
    weights : tuple of float
        Of a score: the weights of its terms.
    """

    name: str
    unit: str
    axis: Axis
    sense: Sense
    weights: tuple[float, ...] = ()

    def combine(self, parts: Sequence[Any]) -> Any:
        """Make a score of the desirabilities of its terms and, last, the chance to pass the gates."""
        *worths, passes = (part.clip(0, 1) for part in parts)
        return passes * sum(weight * worth for weight, worth in zip(self.weights, worths, strict=True))

    @property
    def axis_unit(self) -> str:
        """Unit on the axis: decades where it is logarithmic."""
        return "decades" if self.axis is Axis.LOG10 else self.unit

    def quantity(self, place: float, spread: float, *flags: str) -> Property:
        """Return what lies at a place on the upward axis as a quantity with its standard uncertainty."""
        place = place if self.sense is Sense.HIGHEST else -place
        if self.axis is Axis.LINEAR:
            return Property(value=place, uncertainty=spread, unit=self.unit, flags=flags)
        value = 10.0**place
        if spread > WIDE:
            told = f"known within {spread:.1f} decades"
            return Property(value=value, unit=self.unit, flags=(*flags, told))
        relative = math.sqrt(math.expm1((spread * math.log(10)) ** 2))
        return Property(value=value, uncertainty=value * relative, unit=self.unit, flags=flags)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a computed film has of the target.

    Parameters
    ----------
    place : float
        On the axis of the target, upwards is better.
    spread : float
        Standard uncertainty on that axis.
    remark : str
        What was assumed of it, or how sure it is to pass the gates, if not quite.
    flags : tuple of str
        Flags of the property.
    open : tuple of str
        Terms of a score whose property is missing or only bounded.
    parts : tuple of (float, float)
        Of a score: desirability of each term and its error, then the share of draws that pass the gates and
        its error.
    """

    place: float
    spread: float
    remark: str = ""
    flags: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    parts: tuple[tuple[float, float], ...] = ()


def target_of(name: str | None, records: Sequence[ScreeningRecord], *, sense: Sense | None = None) -> Target:
    """Return what is asked for by the name of a property, or the score.

    Parameters
    ----------
    name : str or None
        A property of the records; None or `score` is the score of the ranking at the anode.
    records : sequence of ScreeningRecord
        Records that may hold the property.
    sense : Sense, optional
        Which end is looked for; by default what is better for a film.

    Raises
    ------
    DataError
        If no record has the property, records have it in several units, or the lowest score is asked for.
    """
    if name in {None, SCORE}:
        if sense is Sense.LOWEST:
            raise DataError("the lowest score is no aim", where="--property", hint="leave the sense out")
        terms = default_scheme().terms(Electrode.ANODE)
        weights = tuple(term.weight / sum(term.weight for term in terms) for term in terms)
        return Target(name=SCORE, unit="1", axis=Axis.LINEAR, sense=Sense.HIGHEST, weights=weights)
    held = [record.properties[name] for record in records if name in record.properties]
    if not held:
        known = sorted({key for record in records for key in record.properties})
        raise DataError(
            f"no film of the campaign has the property {name}",
            where="--property",
            hint=f"one of {', '.join(known)}" if known else "a campaign with results",
        )
    unit = _unit(str(name), held)
    values = [prop.value for prop in held if prop.value is not None and prop.resolved]
    positive = unit in LOGARITHMIC and min(values, default=1.0) > 0
    better = Sense.LOWEST if name in LOW_IS_BETTER else Sense.HIGHEST
    axis = Axis.LOG10 if positive else Axis.LINEAR
    return Target(name=str(name), unit=unit, axis=axis, sense=sense or better)


def _unit(name: str, held: Sequence[Property]) -> str:
    """Return the unit in which a property is judged: that of the ranking, or the one of all records."""
    judged = default_scheme().quantities.get(name)
    units = sorted({prop.unit for prop in held})
    if judged is None and len(units) > 1:
        raise DataError(
            f"the records give {name} in {' and in '.join(units)}", where="--property", hint="one unit"
        )
    return judged.unit if judged else units[0]


def found(
    records: Sequence[ScreeningRecord], target: Target, *, seed: int
) -> tuple[dict[str, Found], dict[str, str]]:
    """Return what films have of the target, and why others have nothing, both by id.

    Parameters
    ----------
    records : sequence of ScreeningRecord
        One per film.
    target : Target
        What is asked for.
    seed : int
        Seed of the draws behind a score.

    Raises
    ------
    DataError
        If a property has a unit that cannot be converted to the target's.
    """
    if target.name == SCORE:
        return _scores(records, seed=seed)
    column = Columns([record.properties for record in records], default_scheme().quantities)[target.name]
    values: dict[str, Found] = {}
    lacking: dict[str, str] = {}
    for row, record in enumerate(records):
        prop = record.properties.get(target.name)
        if prop is None or not prop.resolved:
            lacking[record.coating] = _why_not(prop, record.failures)
        else:
            stated = float(column.uncertainty[row]) if prop.uncertainty is not None else None
            assumed = float(column.uncertainty[row]) if column.assumed[row] else None
            value = _valued(float(column.value[row]), stated, assumed, target)
            values[record.coating] = replace(value, flags=prop.flags)
    return values, lacking


def _why_not(prop: Property | None, failures: Mapping[str, str]) -> str:
    """Say why a property teaches nothing."""
    if prop is not None and prop.value is not None and prop.bound is not None:
        return f"only a bound ({prop.bound.value}) is known"
    if failures:
        step, reason = next(iter(failures.items()))
        return f"{step} failed: {reason.partition(';')[0]}"
    return "not computed" if prop is None else prop.flags[0]


def _valued(value: float, stated: float | None, assumed: float | None, target: Target) -> Found:
    """Place a value with its error on the axis of the target."""
    error = stated if stated is not None else assumed
    if error is None:
        error = ASSUMED_SHARE * abs(value)
    remark = "" if stated is not None else f"no uncertainty stated, {error:.2g} {target.unit} assumed"
    upwards = 1 if target.sense is Sense.HIGHEST else -1
    if target.axis is Axis.LINEAR:
        return Found(place=upwards * value, spread=error, remark=remark)
    spread = float(log_standard_deviation(value, error)) / math.log(10)
    return Found(place=upwards * math.log10(value), spread=spread, remark=remark)


def _scores(records: Sequence[ScreeningRecord], *, seed: int) -> tuple[dict[str, Found], dict[str, str]]:
    """Return the scores at the anode of those films that are for it, and why others have none."""
    sheet = judge(records, Electrode.ANODE)
    rows = {film: row for row, film in enumerate(sheet.films)}
    values: dict[str, Found] = {}
    lacking: dict[str, str] = {}
    for record in records:
        film = record.coating
        if film not in rows:
            lacking[film] = f"a film for the {record.role}, not for the anode"
            continue
        score = _score(sheet, rows[film], seed=seed)
        if len(score.open) == len(sheet.terms) and score.place > 0:
            lacking[film] = _why_not(None, record.failures)
        else:
            values[film] = score
    return values, lacking


def _score(sheet: Sheet, row: int, *, seed: int) -> Found:
    """Return the score of one film: weighted worths in draws that pass all gates, 0 in others.

    What is missing or only bounded counts with its mean over what is open, and adds nothing to the error: it
    is as open for the next film, and tells none from another.
    """
    drawn = sheet.draw(seed=seed, draws=DRAWS, rows=[row], open_minded=True)
    worths, passes = drawn.worths[0].astype(float), drawn.groups[0] == 0
    open_terms = []
    for index, places in enumerate(sheet.places):
        place = places.place(row, open_minded=True)
        if place is not None and place.uniform:
            worths[index] = worths[index].mean()
            open_terms.append(places.term.name)
    scores = np.where(passes, sheet.weights @ worths, 0.0)
    share = float(passes.mean())
    remarks = [f"P(gates) {share:.2f}"] if share < SURE else []
    remarks += [f"± {error:.2g} assumed for {name}" for name, error in sheet.assumed.get(row, {}).items()]
    return Found(
        place=float(scores.mean()),
        spread=float(scores.std()),
        remark="; ".join(remarks),
        open=tuple(open_terms),
        parts=tuple((float(part.mean()), float(part.std())) for part in (*worths, passes)),
    )
