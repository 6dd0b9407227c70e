"""What would change a ranking most, for people."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from lithicoat.analysis.decision.error_sources import ErrorSource
from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.decision.suggestions import Suggestion, Suggestions, suggest
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.workflows.commands.console import format_property, out
from lithicoat.workflows.commands.tables import origins

__all__ = ["print_suggestions", "what_would_change_most"]

SHORT = {
    "log10_conductivity_298K": "σ 298 K",
    "conductivity_298K": "σ 298 K",
    "shear_modulus_calibrated": "G",
    "shear_modulus": "G",
    "contact_lithium": "energy with Li",
    "contact_NMC811": "energy with NMC",
    "scavenging_energy": "energy per O2",
    "scavenging_capacity": "uptake of O2",
    "oxidation_volume_ratio": "V/V0",
    "window_high": "window, upper end",
    "lowest_elastic_eigenvalue": "Born stability",
    "highest_stable_temperature": "framework",
    "band_gap": "band gap",
}
"""Names as the tables have them."""
UNITS = {"decades": "log10 S/cm"}
"""Units that need the name of the property beside them."""
ENTERING = "Such runs enter a ranking by lithicoat screen with the films and the preset; it reuses them."
LEAST = 0.001
"""Gain below which the choice hardly matters."""
LISTED = 8
"""Films, or numbers, of which the gain is named in the text."""
SURE = 0.95
"""A film that passes the gates in so many draws is not in doubt by them."""
QUICK_DRAWS = 3000
"""Enough to tell which number matters most."""


def what_would_change_most(sheet: Sheet, records: Sequence[ScreeningRecord]) -> str:
    """Name in one line the number that would change the choice most; nothing where there is no choice.

    Parameters
    ----------
    sheet : Sheet
        The films, judged for one electrode.
    records : sequence of ScreeningRecord
        Their records.
    """
    if len(sheet.films) < 2:
        return ""
    most = next(iter(suggest(sheet, records, draws=QUICK_DRAWS).numbers), None)
    if most is None or not most.gain.value:
        return "No single number, if it were known exactly, would change the choice (lithicoat suggest)"
    return f"What would change this most: {_short(most.property)} of {most.film} (lithicoat suggest)"


def print_suggestions(suggestions: Suggestions, records: Sequence[ScreeningRecord], *, top: int = 8) -> None:
    """Print what would change the choice for one electrode, and how it would be measured.

    Parameters
    ----------
    suggestions : Suggestions
        What was worked out.
    records : sequence of ScreeningRecord
        Records of the films.
    top : int
        How many numbers are shown.
    """
    name = suggestions.electrode.value.upper()
    by_id = {record.coating: record for record in records}
    chosen = [by_id[film] for film in suggestions.whole_films]
    if not chosen:
        out.print(f"\n{name}: no film for this electrode in the campaign")
        return
    mark = "TRY-OUT " if any(record.try_out for record in chosen) else ""
    out.print(f"\n{mark}{name}: {_choice(suggestions)}", soft_wrap=True)
    shown = [one for one in suggestions.numbers if one.gain.value or one.expected_places][:top]
    if not shown:
        out.print("No single number, if it were known exactly, would change the choice or a rank.")
    else:
        _print_numbers(shown)
    for line in _sums(suggestions):
        out.print(line, soft_wrap=True)
    for line in (*suggestions.limits, *origins(chosen)):
        out.print(f"  {line}", soft_wrap=True)


def _choice(suggestions: Suggestions) -> str:
    """Say which film one would choose today, and why it may not be the first of the ranking."""
    first, choice = suggestions.first, suggestions.choice
    if suggestions.films == 1:
        return f"{first} is the only film: there is nothing to choose."
    if choice is None:
        return "no film passes every gate in any draw."
    best = f"{choice} is the best bet, expected score {suggestions.expected_score:.2f}"
    if first == choice:
        return f"{best}, and first by best estimates."
    told = f"{best}; {first} is first by best estimates"
    if suggestions.first_passes is not None and suggestions.first_passes < SURE:
        return f"{told}, but passes all gates in {suggestions.first_passes:.2f} of the draws."
    missing = [
        _short(one.property)
        for one in suggestions.numbers
        if one.film == choice and one.main_error is ErrorSource.MISSING
    ]
    counted = f", which count nothing for the missing {', '.join(missing)} of {choice}" if missing else ""
    return f"{told}{counted}."


def _print_numbers(shown: Sequence[Suggestion]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True)
    for heading in ("film", "number", "now"):
        table.add_column(heading, overflow="fold")
    for heading in ("gain\nscore", "P first\nchanges", "places\nmoved", "note"):
        table.add_column(heading, no_wrap=True)
    notes: dict[str, int] = {}
    commands: dict[str, list[int]] = {}
    for number, one in enumerate(shown, start=1):
        note = "; ".join(filter(None, (one.why, one.advice)))
        if one.command is not None:
            commands.setdefault(one.command, []).append(number)
        table.add_row(
            str(number),
            one.film,
            _short(one.property),
            _now(one.now),
            _gain(one.gain),
            f"{one.probability_first_changes:.2f}",
            f"{one.expected_places:.1f}",
            str(notes.setdefault(note, len(notes) + 1)),
        )
    out.print("If one number were known exactly:")
    out.print(table)
    for command, numbers in commands.items():
        out.print(f"{','.join(map(str, numbers))}: {command}", soft_wrap=True)
    if commands:
        out.print(ENTERING, soft_wrap=True)
    for note, number in notes.items():
        out.print(f"  [{number}] {note}", soft_wrap=True)


def _sums(suggestions: Suggestions) -> list[str]:
    """Say what it would be worth to know more than one number."""
    lines = []
    everywhere = _listed({_short(name): gain for name, gain in suggestions.everywhere.items()})
    if everywhere:
        lines.append(f"Gain from one number of all films: {everywhere}.")
    whole = _listed(suggestions.whole_films)
    if whole:
        lines.append(f"From all numbers of one film: {whole}.")
    if suggestions.everything is not None:
        lines.append(f"From everything: {_gain(suggestions.everything)}.")
    if suggestions.drawn < suggestions.films:
        lines.append(f"Drawn: the {suggestions.drawn} of {suggestions.films} films that promise most.")
    return lines


def _listed(gains: Mapping[str, Property]) -> str:
    seen = [f"{name} {_gain(gain)}" for name, gain in gains.items() if (gain.value or 0.0) >= LEAST]
    return ", ".join(seen[:LISTED])


def _gain(gain: Property) -> str:
    """Write a gain; one below a thousandth of the score, or not told from 0, as a bound."""
    if not gain.value or gain.uncertainty is None:
        return "0"
    if gain.value < max(LEAST, 2 * gain.uncertainty):
        return f"< {max(LEAST, gain.value + 2 * gain.uncertainty):.3f}"
    decimals = 3 if gain.uncertainty >= LEAST / 2 else 4
    return f"{gain.value:.{decimals}f}±{max(gain.uncertainty, 10.0**-decimals):.{decimals}f}"


def _now(now: Property) -> str:
    if now.value is None:
        return "–"
    unit = UNITS.get(now.unit, now.unit)
    return format_property(now, unit=False).replace(" ± ", "±") + ("" if unit == "1" else f" {unit}")


def _short(name: str) -> str:
    return SHORT.get(name, name.replace("_", " "))
