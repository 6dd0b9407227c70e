"""Which polyol to compute next: Bayesian optimisation over the lithicones that could be."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.mechanics.elasticity import NOT_BORN_STABLE
from lithicoat.analysis.properties import Property, Provenance
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.structures.coating import Coating
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.suggesting.candidates import films_of, matched
from lithicoat.workflows.suggesting.results import (
    LearnedFilm,
    Method,
    PolyolSuggestion,
    PolyolSuggestions,
    SurrogateCheck,
)
from lithicoat.workflows.suggesting.spread import distances, farthest
from lithicoat.workflows.suggesting.surrogate import SAME, Choice, Surrogate, leave_out
from lithicoat.workflows.suggesting.targets import Sense, target_of
from lithicoat.workflows.suggesting.task import Task, task_of

__all__ = ["FEWEST", "suggest_polyols"]

FloatArray = NDArray[np.float64]

FEWEST = 4
"""Computed films from which a surrogate is fitted; fewer say nothing of eleven descriptors."""


def suggest_polyols(
    records: Sequence[ScreeningRecord],
    coatings: Iterable[Coating],
    *,
    count: int,
    target: str | None = None,
    sense: Sense | None = None,
    seed: int = 0,
) -> PolyolSuggestions:
    """Suggest which lithicones to compute next.

    From four computed films on, a Gaussian process over descriptors of the molecules is fitted to what was
    found, with its uncertainties, and the films of the largest expected improvement are chosen; a score has
    one for each of its terms and one for the chance to pass the gates. Before that, the films whose molecules
    differ most from those computed. The order of records and coatings is of no consequence; two names of one
    salt are one film.

    Parameters
    ----------
    records : sequence of ScreeningRecord
        What was computed; films that are no lithicones are left aside.
    coatings : iterable of Coating
        Lithicones that could be computed, those that are computed among them.
    count : int
        How many to suggest.
    target : str, optional
        A property by its name in the record; default: the score of the ranking at the anode.
    sense : Sense, optional
        Which end of the property is looked for; default: the better one.
    seed : int
        Seed of all draws.

    Raises
    ------
    UsageError
        If count or seed are out of range, or there is no lithicone to choose from.
    StructureError
        If a coating is no lithicone.
    DataError
        If no record holds the property.
    RunError
        If the surrogate cannot be fitted.
    """
    _refuse(count, seed)
    films, computed, unknown = matched(films_of(coatings), records)
    if not films:
        raise UsageError(
            "there is no lithicone to choose from",
            where="coatings",
            hint="lithicoat suggest --library polyols",
        )
    aim = target_of(target, list(computed.values()) or records, sense=sense)
    task = task_of(films, computed, aim, seed=seed)
    learns = len(task.seen) >= FEWEST and float(np.ptp(task.observations.values)) > SAME
    chosen = _by_improvement(task, count, seed) if learns else _by_spread(task, count)
    check = _checked(task, seed=seed) if learns else None
    return _told(task, chosen, check, unknown, count=count, seed=seed)


def _refuse(count: int, seed: int) -> None:
    if count < 1:
        raise UsageError(f"{count} films cannot be suggested", where="--next", hint="1 or more")
    if not 0 <= seed < 2**32:
        raise UsageError(f"{seed} is no seed", where="--seed", hint="a whole number from 0 to 4294967295")


def _by_improvement(task: Task, count: int, seed: int) -> list[PolyolSuggestion]:
    surrogate = Surrogate(task.observations)
    choices = surrogate.choose(task.places[task.open], count=count, seed=seed)
    if not choices:
        return []
    rows = [task.open[choice.row] for choice in choices]
    means, spreads = surrogate.predict(task.places[rows])
    chances = surrogate.chances(task.places[rows], seed=seed)
    return [
        _suggestion(task, row, task.target.quantity(mean, spread), choice, chance)
        for row, mean, spread, choice, chance in zip(
            rows, means.tolist(), spreads.tolist(), choices, chances.tolist(), strict=True
        )
    ]


def _by_spread(task: Task, count: int) -> list[PolyolSuggestion]:
    chosen = farthest(task.places[task.open], task.places[task.done], count=count)
    few = len(task.seen) < FEWEST
    reason = f"fewer than {FEWEST} computed films to learn from" if few else "all computed films are alike"
    unknown = Property.missing(task.target.unit, reason)
    return [_suggestion(task, task.open[row], unknown, None, None) for row in chosen]


def _suggestion(
    task: Task, row: int, expected: Property, choice: Choice | None, chance: float | None
) -> PolyolSuggestion:
    film, like, distance = task.films[row], None, None
    if task.done:
        away = distances(task.places[[row]], task.places[task.done])[0]
        like, distance = task.done[int(away.argmin())], float(away.min())
    return PolyolSuggestion(
        id=film.id,
        name=film.coating.name,
        smiles=film.salt.smiles,
        polyol=film.salt.polyol,
        expected=expected.attributed(task.origin) if expected.value is not None else expected,
        log_expected_improvement=choice.log_improvement if choice else None,
        probability_of_improvement=chance,
        nearest=None if like is None else task.record(like).coating,
        nearest_has_result=None if like is None else like in task.seen,
        distance=distance,
        notes=film.coating.notes,
    )


def _checked(task: Task, *, seed: int) -> SurrogateCheck:
    result = leave_out(task.observations, seed=seed)
    gains = result.mean_errors**2 - result.errors**2
    gain, error = float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(len(gains)))
    return SurrogateCheck(
        films=len(gains),
        error=_root_mean_square(result.errors),
        mean_error=_root_mean_square(result.mean_errors),
        gain=gain,
        gain_error=error,
        scaled_error=_root_mean_square(result.scaled),
        unit=task.target.axis_unit,
        better=gain > error,
    )


def _root_mean_square(values: FloatArray) -> float:
    return float(np.sqrt((values**2).mean()))


def _told(
    task: Task,
    chosen: Sequence[PolyolSuggestion],
    check: SurrogateCheck | None,
    unknown: dict[str, str],
    *,
    count: int,
    seed: int,
) -> PolyolSuggestions:
    best_first = sorted(task.seen, key=lambda row: (-task.found(row).place, task.films[row].id))
    return PolyolSuggestions(
        target=task.target.name,
        unit=task.target.unit,
        sense=task.target.sense,
        method=Method.SPREAD if check is None else Method.IMPROVEMENT,
        why=_why(len(task.seen), check),
        suggestions=tuple(chosen),
        candidates=len(task.open),
        learned_from=tuple(_learned(task, row) for row in best_first),
        left_out=dict(sorted((task.lacking | unknown).items())),
        check=check,
        descriptors=task.descriptors,
        notes=tuple(_notes(task, count)),
        try_out=any(task.record(row).try_out for row in task.done),
        seed=seed,
        provenance=task.origin,
    )


def _why(number: int, check: SurrogateCheck | None) -> str:
    if check is None and number >= FEWEST:
        return "all computed films have the same result: the most different molecules come first"
    if check is None:
        computed = {0: "no film has", 1: "one film has"}.get(number, f"{number} films have")
        return f"{computed} a result, and a surrogate needs {FEWEST}: the most different molecules come first"
    if check.better:
        return "the surrogate foretells films that it was not shown better than their plain mean does"
    return (
        "the surrogate foretells films that it was not shown no better than their plain mean does: take the "
        "choice for a guess that spreads over the molecules"
    )


def _learned(task: Task, row: int) -> LearnedFilm:
    record, value = task.record(row), task.found(row)
    flags = (*filter(None, [value.remark]), *value.flags)
    quantity = task.target.quantity(value.place, value.spread, *flags)
    held = record.properties.get(task.target.name)
    own = Provenance(
        potential=record.potential, sha256=record.sha256, protocol=record.protocol, seed=record.seed
    )
    return LearnedFilm(
        id=record.coating,
        smiles=task.films[row].salt.smiles,
        remark=value.remark,
        found=quantity.attributed(held.provenance if held and held.provenance.potential else own),
    )


def _notes(task: Task, count: int) -> list[str]:
    notes = []
    if not task.open:
        notes.append("every film of the library is computed")
    elif len(task.open) < count:
        notes.append(f"of the library {len(task.open)} are not computed")
    values = task.observations
    if len(values) >= FEWEST and values.values.std(ddof=1) <= _root_mean_square(values.errors):
        notes.append("the computed films differ by no more than their errors")
    for term in sorted({term for row in task.seen for term in task.found(row).open}):
        number = sum(term in task.found(row).open for row in task.seen)
        notes.append(
            f"{term} is missing or only bounded in {number} of {len(task.seen)} films, and counts with the "
            "mean over what is open"
        )
    unstable = [task.films[row].id for row in task.seen if NOT_BORN_STABLE in task.found(row).flags]
    if unstable:
        notes.append(f"{NOT_BORN_STABLE}, so that their moduli mean little: {', '.join(unstable)}")
    origins = {(record.potential, record.protocol) for record in map(task.record, task.seen)}
    if len(origins) > 1:
        told = ", ".join(sorted(f"{potential} with {protocol}" for potential, protocol in origins))
        notes.append(f"the films were not computed alike: {told}")
    return notes
