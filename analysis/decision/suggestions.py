"""Which number of which film, if it were known better, would change a ranking most."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.decision.drawing import Draws
from lithicoat.analysis.decision.error_sources import ErrorSource, main_error
from lithicoat.analysis.decision.information import Gain, Learned, learn, pieces
from lithicoat.analysis.decision.pilot import best_scores
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord

__all__ = ["LIMITS", "Suggestion", "Suggestions", "suggest", "utility_of"]

FloatArray = NDArray[np.float64]

CONTENDERS = 60
"""Films that are drawn; of a larger sheet those that promise most."""
REACH = 3.0
"""Standard uncertainties by which every property of a film may be better than it seems."""
LIMITS = (
    "a gain is that of perfect knowledge: a run leaves an error of its own and gains less",
    "numbers err independently here; a shared error, as of one calibration, changes the order less",
    "a bound, or what is missing, may lie anywhere in the range that the scheme leaves it",
    "a gate of which nothing is known passes in half of the draws",
)
"""What the numbers cannot say."""


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Suggestion(_Result):
    """What knowing one number of one film would do."""

    film: str = Field(description="Id of the coating.")
    property: str = Field(description="Name in the record.")
    now: Property = Field(description="What is known of it.")
    gain: Property = Field(
        description="By how much the score (0 to 1) of the film that one chooses would rise, on average, if "
        "the number were known exactly."
    )
    probability_first_changes: float = Field(
        ge=0, le=1, description="Chance that another film would come first by expected score."
    )
    probability_rank_changes: float = Field(
        ge=0, le=1, description="Chance that the film itself would take another rank."
    )
    expected_places: float = Field(ge=0, description="Places by which it would move, on average.")
    main_error: ErrorSource = Field(description="What the error is for the most part.")
    why: str = Field(description="The same in a few words.")
    command: str | None = Field(None, description="What would measure it; None if no command does.")
    advice: str = Field("", description="What a measurement can and cannot do.")


class Suggestions(_Result):
    """What would change the choice of a film for one electrode."""

    electrode: Electrode
    first: str | None = Field(description="Film that the ranking has first.")
    first_passes: float | None = Field(
        description="Share of the draws in which it passes every gate; None if it was not drawn."
    )
    choice: str | None = Field(
        description="Film of the highest expected score, where a film that fails a gate counts nothing and "
        "what is missing may yet turn out well; None if no film passes every gate in any draw."
    )
    expected_score: float | None = Field(description="Its expected score.")
    films: int = Field(description="Films in the ranking.")
    drawn: int = Field(description="Films that were drawn: those that promise most.")
    draws: int
    seed: int
    numbers: tuple[Suggestion, ...] = Field(description="One number of one film, the most valuable first.")
    whole_films: dict[str, Property] = Field(description="Gain from knowing all numbers of one film, by id.")
    everywhere: dict[str, Property] = Field(description="Gain from knowing one number of all films, by name.")
    everything: Property | None = Field(description="Gain from knowing all numbers of all films.")
    limits: tuple[str, ...] = LIMITS


def utility_of(draws: Draws) -> FloatArray:
    """Return what each film is worth in each draw, shape (n, d): its score, or 0 if it fails a gate."""
    return np.where(draws.groups == 0, draws.scores, 0.0)


def suggest(
    sheet: Sheet, records: Sequence[ScreeningRecord], *, seed: int = 0, draws: int = 10_000
) -> Suggestions:
    """Work out what would be worth to know.

    Of more than sixty films only those are drawn that promise most: halfway between the score of their best
    estimates and the best that they can come to.

    Parameters
    ----------
    sheet : Sheet
        The films, judged for one electrode.
    records : sequence of ScreeningRecord
        Their records.
    seed, draws : int
        Seed of the draws, and how many.

    Raises
    ------
    DataError
        If seed or draws are out of range, or a film of the sheet has no record.
    """
    rows = _contenders(sheet)
    if not rows:
        return _nothing(sheet, seed=seed, draws=draws)
    drawn = sheet.draw(seed=seed, draws=draws, rows=rows, open_minded=True)
    learned = learn(utility_of(drawn), drawn.behind)
    films = tuple(sheet.films[row] for row in rows)
    by_id = {record.coating: record for record in records}
    if lacking := [film for film in films if film not in by_id]:
        raise DataError(f"there is no record of {lacking[0]}, which was judged", where="records")
    numbers = tuple(
        _suggestion(one, rows[one.film], sheet, by_id[films[one.film]], draws=draws)
        for one in learned.numbers
    )
    first, score = sheet.films[sheet.order[0]], float(learned.expected[learned.best])
    return Suggestions(
        electrode=sheet.electrode,
        first=first,
        first_passes=float((drawn.groups[films.index(first)] == 0).mean()) if first in films else None,
        choice=films[learned.best] if score > 0 else None,
        expected_score=score,
        films=len(sheet.films),
        drawn=len(films),
        draws=draws,
        seed=seed,
        numbers=numbers,
        whole_films=_by_gain(dict(zip(films, learned.films, strict=True)), draws),
        everywhere=_by_gain(learned.everywhere, draws),
        everything=_gain(learned.everything, draws),
    )


def _suggestion(one: Learned, row: int, sheet: Sheet, record: ScreeningRecord, *, draws: int) -> Suggestion:
    error = main_error(record.properties, one.name, assumed=_assumed(sheet, row, one.name))
    return Suggestion(
        film=record.coating,
        property=one.name,
        now=record.property_or_missing(one.name, _unit(sheet, one.name)),
        gain=_gain(one.gain, draws),
        probability_first_changes=one.first,
        probability_rank_changes=one.moved,
        expected_places=one.places,
        main_error=error.source,
        why=error.why,
    )


def _assumed(sheet: Sheet, row: int, name: str) -> float | None:
    """Return the uncertainty that is assumed of a property, in the unit of its record."""
    column, told = sheet.columns[name], sheet.columns.told(row, name)
    if not column.assumed[row] or told is None:
        return None
    factor = 1.0 if not told.value else told.value / float(column.value[row])
    return float(column.uncertainty[row]) * factor


def _unit(sheet: Sheet, name: str) -> str:
    """Return the unit that a property has in a film that has it."""
    told = (sheet.columns.told(row, name) for row in range(len(sheet.films)))
    return next((found.unit for found in told if found is not None), "1")


def _gain(gain: Gain, draws: int) -> Property:
    if gain.value > 0:
        return Property(value=gain.value, uncertainty=gain.error, unit="score")
    unseen = f"no change of the choice seen in {pieces(draws)} ranges of the value"
    return Property(value=0.0, unit="score", flags=(unseen,))


def _by_gain(gains: dict[str, Gain], draws: int) -> dict[str, Property]:
    ordered = sorted(gains.items(), key=lambda item: (-item[1].value, item[0]))
    return {name: _gain(gain, draws) for name, gain in ordered}


def _contenders(sheet: Sheet) -> list[int]:
    """Return the rows that are worth drawing, in order."""
    if len(sheet.films) <= CONTENDERS:
        return list(range(len(sheet.films)))
    unknown = np.any([gate.groups == 1 for gate in sheet.gates], axis=0) if sheet.gates else 0
    missing = sum(
        weight * ((places.source < 0) & ~places.satisfied)
        for weight, places in zip(sheet.weights, sheet.places, strict=True)
    )
    expected = sheet.scores + missing / 2 - 2.0 * np.where(sheet.groups == 2, 1, 0)
    best = best_scores(sheet, REACH) + missing + 2.0 * unknown
    most = np.lexsort((-(expected + best),))[:CONTENDERS]
    return sorted(most.tolist())


def _nothing(sheet: Sheet, *, seed: int, draws: int) -> Suggestions:
    return Suggestions(
        electrode=sheet.electrode,
        first=None,
        first_passes=None,
        choice=None,
        expected_score=None,
        films=0,
        drawn=0,
        draws=draws,
        seed=seed,
        numbers=(),
        whole_films={},
        everywhere={},
        everything=None,
    )
