"""The rankings as tables: the numbers of each film with their errors, its terms, gates and chances."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lithicoat.analysis.criterion.rule import modulus_ratio
from lithicoat.analysis.database import quantity
from lithicoat.analysis.decision.gates import GateState
from lithicoat.analysis.decision.ranking import RankedFilm, why_first
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.suggestions import suggest
from lithicoat.analysis.decision.weights import robustness
from lithicoat.analysis.figures.conductivities import log10_conductivity
from lithicoat.analysis.figures.units import power_of_ten, quantity_text
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.analysis.report.screening import Screening

__all__ = ["Answer", "Gate", "PairRow", "RankRow", "RankTable", "answer", "pair_rows", "rank_table"]

SURE, LIKELY = 0.95, 0.5
"""Chances of the first place from which on it is called clear, and likely."""
QUICK_DRAWS = 3000
"""Enough to tell which number matters most."""
WEIGHTINGS = 1000
LEAST = 0.005
PAIRS_SHOWN = 15
MILLI = 1000.0


@dataclass(frozen=True)
class Gate:
    """A condition and whether a film meets it."""

    name: str
    state: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RankRow:
    """One film of a ranking.

    Parameters
    ----------
    film : RankedFilm
        Its place.
    numbers : sequence of str
        What the table shows of it.
    terms : sequence of str
        What each term adds to the score.
    gates : sequence of Gate
        Gates that are not passed, or passed narrowly.
    stopped : bool
        Whether a gate is not passed.
    """

    film: RankedFilm
    numbers: Sequence[str]
    terms: Sequence[str]
    gates: Sequence[Gate]
    stopped: bool


@dataclass(frozen=True, kw_only=True)
class RankTable:
    """The ranking for one electrode.

    Parameters
    ----------
    electrode : str
        Which one.
    headings : sequence of str
        Of the numbers.
    terms : sequence of str
        Names of the terms with their weights.
    rows : sequence of RankRow
        Best first.
    source : str
        Where the numbers are from.
    """

    electrode: str
    headings: Sequence[str]
    terms: Sequence[str]
    rows: Sequence[RankRow]
    source: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer for one electrode.

    Parameters
    ----------
    electrode : str
        Which one.
    film, name : str
        First film of the ranking; empty if there is none.
    verdict : str
        How sure that is, a sentence.
    chances : sequence of (str, float)
        Films with a chance of the first place, the best first.
    why : str
        What put it first.
    change : str
        Which number would change the choice most.
    weights : str
        What other weights would say.
    """

    electrode: str
    verdict: str
    film: str = ""
    name: str = ""
    chances: Sequence[tuple[str, float]] = ()
    why: str = ""
    change: str = ""
    weights: str = ""


def rank_table(screening: Screening, electrode: Electrode) -> RankTable:
    """Return the ranking for an electrode as a table."""
    sheet, films = screening.sheets[electrode], screening.rankings[electrode]
    columns = COLUMNS[electrode]
    rows = [
        RankRow(
            film=film,
            numbers=[write(screening.by_id[film.id]) for _, write, _ in columns],
            terms=["–" if name in film.missing else f"{value:.2f}" for name, value in film.terms.items()],
            gates=list(_gates(film)),
            stopped=any(state.group for state in film.gates.values()),
        )
        for film in films
    ]
    properties = [name for _, _, names in columns for name in names]
    return RankTable(
        electrode=electrode.value,
        headings=[heading for heading, _, _ in columns],
        terms=[
            f"{term.name} ({weight:.2f})" for term, weight in zip(sheet.terms, sheet.weights, strict=True)
        ],
        rows=rows,
        source=screening.source([film.id for film in films], properties),
    )


def answer(screening: Screening, electrode: Electrode) -> Answer:
    """Say which film is first for an electrode, and how sure that is."""
    films = screening.rankings[electrode]
    if not films:
        verdict = f"The campaign holds no film for the {electrode.value}."
        return Answer(electrode=electrode.value, verdict=verdict)
    first = films[0]
    chances = sorted(((film.id, film.probability_first) for film in films), key=lambda one: -one[1])
    return Answer(
        electrode=electrode.value,
        film=first.id,
        name=screening.by_id[first.id].name,
        verdict=_verdict(films),
        chances=[(film, chance) for film, chance in chances if chance >= LEAST],
        why=_signed(why_first(films)),
        change=_change(screening, electrode),
        weights=_weights(screening, electrode),
    )


def _signed(text: str) -> str:
    """Write differences with a minus sign, and none before a zero."""
    return re.sub(r"(?<!\w)-(?=\d)", "−", re.sub(r"(?<=\s)[+-](0\.00)(?!\d)", r"\1", text))


def _verdict(films: Sequence[RankedFilm]) -> str:
    first = films[0]
    chance = f"first in {first.probability_first:.0%} of the draws"
    chance += f", among the first three in {first.probability_top3:.0%}"
    if any(state.group for state in first.gates.values()):
        return f"No film passes all gates; {first.id} comes nearest ({chance})."
    if len(films) == 1:
        return f"{first.id} is the only film, so there is no choice."
    if first.probability_first >= SURE:
        return f"{first.id} is clearly first: {chance}."
    if first.probability_first >= LIKELY:
        return f"{first.id} is probably first: {chance}."
    return f"Open. {first.id} leads by best estimates, but the errors leave the choice open: {chance}."


def _change(screening: Screening, electrode: Electrode) -> str:
    sheet = screening.sheets[electrode]
    if len(sheet.films) < 2:
        return ""
    most = next(iter(suggest(sheet, screening.records, draws=QUICK_DRAWS).numbers), None)
    if most is None or not most.gain.value:
        return "No single number, if it were known exactly, would change the choice."
    return f"What would change this most: {quantity(most.property).label} of {most.film} ({most.why})."


def _weights(screening: Screening, electrode: Electrode) -> str:
    found = robustness(screening.sheets[electrode], seed=screening.seed, draws=WEIGHTINGS)
    if len(found.films) < 2 or found.tau is None:
        return ""
    leaders = sorted(found.films, key=lambda film: -film.first_reasonable)
    told = [f"{film.id} in {film.first_reasonable:.0%}" for film in leaders if film.first_reasonable >= LEAST]
    return (
        f"Under weights up to a factor {found.factor:g} away, best estimates put first "
        f"{', '.join(told)} of them."
    )


def _gates(film: RankedFilm) -> Iterator[Gate]:
    for gate, reason in film.gate_reasons.items():
        if film.gates[gate] is not GateState.PASSED_OVER:
            narrow = film.gates[gate] is GateState.PASSED
            yield Gate(gate, "passed narrowly" if narrow else film.gates[gate].value, _signed(reason))


def _number(name: str, unit: str) -> Callable[[ScreeningRecord], str]:
    def write(record: ScreeningRecord) -> str:
        found = record.property_or_missing(name, unit)
        return "–" if found.value is None else quantity_text(found, unit=False)

    return write


def _threshold(record: ScreeningRecord) -> str:
    verdict = modulus_ratio(record.property_or_missing("shear_modulus_calibrated", "GPa"))
    return "–" if verdict.probability is None else f"{verdict.probability:.2f}"


def _window(record: ScreeningRecord) -> str:
    ends = [record.property_or_missing(name, "V").value for name in ("window_low", "window_high")]
    if ends == [None, None]:
        return "–"
    return " to ".join("?" if end is None else f"{end:.1f}".replace("-", "−") for end in ends)


def _uptake(record: ScreeningRecord) -> str:
    found = record.property_or_missing("scavenging_capacity", "mol O2/cm3")
    if found.value is None:
        return "–"
    error = None if found.uncertainty is None else MILLI * found.uncertainty
    return quantity_text(
        found.model_copy(update={"value": MILLI * found.value, "uncertainty": error}), unit=False
    )


def _conductivity(record: ScreeningRecord) -> str:
    return power_of_ten(log10_conductivity(record))


Column = tuple[str, Callable[[ScreeningRecord], str], tuple[str, ...]]
MODULUS = ("shear_modulus_calibrated",)
SIGMA: Column = ("σ at 298 K (S cm⁻¹)", _conductivity, ("log10_conductivity_298K",))
COLUMNS: dict[Electrode, tuple[Column, ...]] = {
    Electrode.ANODE: (
        ("G (GPa)", _number("shear_modulus_calibrated", "GPa"), MODULUS),
        ("P(G > 2 G(Li))", _threshold, MODULUS),
        SIGMA,
        ("Window (V)", _window, ("window_low", "window_high")),
        ("Contact with Li (eV per atom)", _number("contact_lithium", "eV/atom"), ("contact_lithium",)),
    ),
    Electrode.CATHODE: (
        ("Scavenging (eV per O₂)", _number("scavenging_energy", "eV/O2"), ("scavenging_energy",)),
        ("Uptake (mmol O₂ cm⁻³)", _uptake, ("scavenging_capacity",)),
        ("V/V₀", _number("oxidation_volume_ratio", "1"), ("oxidation_volume_ratio",)),
        SIGMA,
        ("G (GPa)", _number("shear_modulus_calibrated", "GPa"), MODULUS),
        ("Contact with NMC811 (eV per atom)", _number("contact_NMC811", "eV/atom"), ("contact_NMC811",)),
        ("Upper end of window (V)", _number("window_high", "V"), ("window_high",)),
    ),
}
"""By electrode: heading, how a cell is written, and the properties behind it."""


@dataclass(frozen=True, kw_only=True)
class PairRow:
    """One pair of films."""

    rank: int
    anode: str
    cathode: str
    score: str
    first: str
    top3: str
    contact: str
    reactor: str
    gates: Sequence[Gate]
    reported: int


def pair_rows(screening: Screening) -> list[PairRow]:
    """Return the leading pairs, if pairs were ranked."""
    return [
        PairRow(
            rank=pair.rank,
            anode=pair.anode,
            cathode=pair.cathode,
            score=f"{pair.score:.2f}",
            first="–" if pair.probability_first is None else f"{pair.probability_first:.2f}",
            top3="–" if pair.probability_top3 is None else f"{pair.probability_top3:.2f}",
            contact="–" if pair.contact.value is None else quantity_text(pair.contact, unit=False),
            reactor=pair.one_reactor,
            gates=[
                Gate(gate, pair.gates[gate].value, reason)
                for gate, reason in pair.gate_reasons.items()
                if pair.gates[gate].group
            ],
            reported=len(pair.reported),
        )
        for pair in screening.pairs[:PAIRS_SHOWN]
    ]
