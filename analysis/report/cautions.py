"""What a reader must know before any number: the warnings that a report begins with."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from lithicoat.analysis.database import quantity
from lithicoat.analysis.decision.gates import GateState
from lithicoat.analysis.mechanics.calibration import UNCALIBRATED
from lithicoat.analysis.properties import Property
from lithicoat.analysis.report.screening import Screening

__all__ = ["Caution", "Weight", "cautions", "notes"]

TRY_OUT_FLAG = "try-out protocol"
"""Flag of every number of a try-out protocol; said once, at the top."""


class Weight(Enum):
    """How much a caution weighs."""

    WARNING = "Warning"
    NOTE = "Note"


@dataclass(frozen=True)
class Caution:
    """One thing to know.

    Parameters
    ----------
    weight : Weight
        How much it weighs.
    text : str
        The sentence.
    details : sequence of str
        Films or reasons, one line each.
    """

    weight: Weight
    text: str
    details: Sequence[str] = ()


def cautions(screening: Screening) -> list[Caution]:
    """Return what must be known of a campaign before its numbers, the heaviest first."""
    found = [
        *_of_protocol(screening),
        *_of_progress(screening),
        *_of_failures(screening),
        *_of_gates(screening),
        *_of_calibration(screening),
        *_of_bounds(screening),
        *_of_missing(screening),
        *_of_errors(screening),
        *_of_potentials(screening),
    ]
    return sorted(found, key=lambda caution: caution.weight is Weight.NOTE)


def notes(screening: Screening) -> dict[str, dict[str, list[str]]]:
    """Return all flags of the numbers that a ranking uses: flag → film → labels of the properties."""
    ranked = {name for sheet in screening.sheets.values() for name in _asked(sheet)}
    found: dict[str, dict[str, list[str]]] = {}
    for record in screening.records:
        for name, prop in record.properties.items():
            if name in ranked:
                for flag in prop.flags:
                    if flag != TRY_OUT_FLAG:
                        found.setdefault(flag, {}).setdefault(record.coating, []).append(quantity(name).label)
    return found


def _of_protocol(screening: Screening) -> Iterator[Caution]:
    if screening.try_out:
        yield Caution(
            Weight.WARNING,
            f"The protocol {screening.campaign.protocol} is for trying out: small cells and short runs. "
            "Take trends from this report, no numbers. Numbers to publish need the production protocol.",
        )


def _of_progress(screening: Screening) -> Iterator[Caution]:
    asked = screening.campaign.coatings
    absent = [film for film in asked if film not in screening.by_id]
    if absent:
        yield Caution(
            Weight.WARNING,
            f"{len(absent)} of {len(asked)} films of the campaign have no record, because they are not "
            f"finished or failed: {', '.join(absent)}.",
        )


def _of_failures(screening: Screening) -> Iterator[Caution]:
    details = [
        f"{record.coating}: {step}: {reason}"
        for record in screening.records
        for step, reason in record.failures.items()
    ]
    if details:
        films = dict.fromkeys(record.coating for record in screening.records if record.failures)
        yield Caution(Weight.WARNING, f"Steps failed of {_listed(films)}.", details)


def _of_gates(screening: Screening) -> Iterator[Caution]:
    for electrode, films in screening.rankings.items():
        if films and all(_stopped(film.gates) for film in films):
            yield Caution(Weight.WARNING, f"No film for the {electrode.value} passes all gates.")
        details = [
            f"{film.id}: {gate} {film.gates[gate].value}: {reason}"
            for film in films
            for gate, reason in film.gate_reasons.items()
            if film.gates[gate] is not GateState.PASSED_OVER
        ]
        if details:
            stopped = [film.id for film in films if _stopped(film.gates)]
            text = (
                f"{_listed(stopped)} {_do(stopped, 'do')} not pass all" if stopped else "All films pass the"
            )
            narrow = [
                film.id for film in films if film.id not in stopped and _told(film.gates, film.gate_reasons)
            ]
            more = f"; {_listed(narrow)} {_do(narrow, 'pass')} one narrowly" if narrow else ""
            yield Caution(Weight.NOTE, f"{text} gates of the {electrode.value}{more}.", details)  # fmt: skip


def _told(gates: Mapping[str, GateState], reasons: Mapping[str, str]) -> bool:
    return any(gates[gate] is GateState.PASSED for gate in reasons)


def _stopped(gates: Mapping[str, GateState]) -> bool:
    return any(state.group for state in gates.values())


def _of_calibration(screening: Screening) -> Iterator[Caution]:
    moduli = {
        record.coating: record.property_or_missing("shear_modulus_calibrated", "GPa")
        for record in screening.records
    }
    raw = [film for film, modulus in moduli.items() if UNCALIBRATED in modulus.flags]
    if raw:
        yield Caution(
            Weight.WARNING,
            f"The potential is not calibrated, and the shear modulus of {_listed(raw)} is as computed; "
            "universal potentials are too soft.",
        )
    outside = {
        film: flag
        for film, modulus in moduli.items()
        for flag in modulus.flags
        if flag.startswith("outside the") and "of the calibration" in flag
    }
    if outside:
        details = [f"{film}: {flag}" for film, flag in outside.items()]
        text = f"The shear modulus of {_listed(outside)} lies outside the range of the calibration."
        yield Caution(Weight.NOTE, text, details)


def _of_bounds(screening: Screening) -> Iterator[Caution]:
    found: dict[str, list[str]] = {}
    for record in screening.records:
        for name, prop in record.properties.items():
            if prop.bound is not None:
                found.setdefault(name, []).append(record.coating)
    details = [f"{quantity(name).label}: {_listed(films)}" for name, films in found.items()]
    if details:
        conductivity = found.get("log10_conductivity_298K") or found.get("conductivity_298K") or []
        lead = (
            f"The conductivity of {_listed(conductivity)} is only a bound: the runs were too short to "
            "see it. "
            if conductivity
            else ""
        )
        yield Caution(
            Weight.WARNING if conductivity else Weight.NOTE,
            f"{lead}Bounds carry < or > wherever they are written.",
            details,
        )


def _of_missing(screening: Screening) -> Iterator[Caution]:
    details = [
        f"{film.id} ({electrode.value}): {term}: {reason}"
        for electrode, films in screening.rankings.items()
        for film in films
        for term, reason in film.missing.items()
    ]
    if details:
        films = {film.id: None for films in screening.rankings.values() for film in films if film.missing}
        yield Caution(Weight.NOTE, f"{_listed(films)} {_do(films, 'lack')} a number of a ranking.", details)


def _of_errors(screening: Screening) -> Iterator[Caution]:
    lacking: dict[str, dict[str, None]] = {}
    for electrode, films in screening.rankings.items():
        columns = screening.sheets[electrode].columns
        for film in films:
            for name in film.assumed:
                text = f"{quantity(name).label}, {columns.assumption(name)}"
                lacking.setdefault(text, {})[film.id] = None
    details = [f"{what}: {_listed(films)}" for what, films in lacking.items()]
    if details:
        yield Caution(Weight.NOTE, "Where a number states no uncertainty, one is assumed.", details)


def _of_potentials(screening: Screening) -> Iterator[Caution]:
    own: dict[str, list[str]] = {}
    borrowed: dict[tuple[str, str], dict[str, None]] = {}
    for record in screening.records:
        own.setdefault(record.potential, []).append(record.coating)
        for name, prop in record.properties.items():
            if _foreign(prop, record.sha256):
                key = (prop.provenance.potential or "another potential", quantity(name).label)
                borrowed.setdefault(key, {})[record.coating] = None
    details = [f"{name}: {_listed(films)}" for name, films in own.items() if len(own) > 1]
    details += [f"{label} by {name}: {_listed(films)}" for (name, label), films in borrowed.items()]
    if details:
        names = dict.fromkeys([*own, *(name for name, _ in borrowed)])
        text = f"Numbers of {_listed(names)} stand side by side; the error of each potential is its own."
        yield Caution(Weight.NOTE, text, details)


def _foreign(prop: Property, sha256: str) -> bool:
    return prop.value is not None and prop.provenance.sha256 not in {None, sha256}


def _asked(sheet: object) -> Iterator[str]:
    for term in getattr(sheet, "terms", ()):
        yield from (source.property for source in term.sources)


def _do(films: Iterable[str], verb: str) -> str:
    """Return a verb that fits the number of films."""
    if len(list(films)) != 1:
        return verb
    return f"{verb}es" if verb.endswith(("o", "ss")) else f"{verb}s"


def _listed(names: Iterable[str]) -> str:
    several = list(names)
    return several[0] if len(several) == 1 else f"{', '.join(several[:-1])} and {several[-1]}"
