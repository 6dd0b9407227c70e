"""The terms of a ranking, how sure its places are, and what survives other weights."""

from collections.abc import Sequence

from rich.table import Table

from lithicoat.analysis.decision.ranking import RankedFilm
from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.decision.weights import Robustness
from lithicoat.workflows.commands.console import out

__all__ = ["print_robustness", "print_scores"]


def print_scores(sheet: Sheet, films: Sequence[RankedFilm]) -> None:
    """Print what each term adds to each score, and the places that the draws give.

    Parameters
    ----------
    sheet : Sheet
        The films as they were judged.
    films : sequence of RankedFilm
        The ranking of the sheet.
    """
    if not films:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column(f"{sheet.electrode.value.upper()}\nscores", no_wrap=True)
    headings = [
        f"{term.heading or term.name}\n{weight:.2f}"
        for term, weight in zip(sheet.terms, sheet.weights, strict=True)
    ]
    for heading in ("sum", *headings, "P\nfirst", "P\ntop3", "mean\nrank", "90 %\nranks", "front\nP"):
        table.add_column(heading, no_wrap=True, justify="right")
    for film in films:
        table.add_row(film.id, *_cells(film))
    out.print()
    out.print(table)
    named = [f"{term.heading} {term.name}" for term in sheet.terms if term.heading not in {"", term.name}]
    out.print(
        f"  terms, each weight times desirability (0 to 1): {', '.join(named)}; – no value; ! a gate is not "
        "passed; front: P of the Pareto front, * on it by the best estimates",
        soft_wrap=True,
    )
    for line in _assumptions(sheet, films):
        out.print(f"  {line}", soft_wrap=True)


def print_robustness(result: Robustness) -> None:
    """Print in words what survives other weights.

    Parameters
    ----------
    result : Robustness
        From :func:`lithicoat.analysis.decision.weights.robustness`.
    """
    if len(result.films) < 2 or result.tau is None or result.tau_interval is None:
        return
    leaders = sorted(result.films, key=lambda film: -film.first_reasonable)
    told = [f"{film.id} {film.first_reasonable:.2f}" for film in leaders if film.first_reasonable >= 0.005]
    drawn = sorted(result.films, key=lambda film: -film.first_drawn)
    with_errors = [f"{film.id} {film.first_drawn:.2f}" for film in drawn if film.first_drawn >= 0.05]
    anywhere = sorted(result.films, key=lambda film: -film.first_any)
    any_weights = [f"{film.id} {film.first_any:.2f}" for film in anywhere if film.first_any >= 0.005]
    low, high = result.tau_interval
    out.print(
        f"Weights up to a factor {result.factor:g} away: first {', '.join(told)}; rank correlation with the "
        f"ranking above (Kendall) {result.tau:.2f}, 90 % {low:.2f} to {high:.2f}. "
        f"Any weights: first {', '.join(any_weights)}. "
        f"Weights and errors together: first {', '.join(with_errors)}.",
        soft_wrap=True,
    )
    for film in result.films[:3]:
        if film.always_before:
            out.print(
                f"  under any weights: {film.id} before {', '.join(film.always_before)}", soft_wrap=True
            )
        if film.reasonably_before:
            out.print(
                f"  up to a factor {result.factor:g}: {film.id} before {', '.join(film.reasonably_before)}",
                soft_wrap=True,
            )


def _cells(film: RankedFilm) -> tuple[str, ...]:
    stopped = "!" if any(state.group for state in film.gates.values()) else ""
    terms = ["–" if name in film.missing else f"{value:.2f}" for name, value in film.terms.items()]
    low, high = film.rank_interval
    front = "" if film.probability_pareto is None else f"{film.probability_pareto:.2f}"
    return (
        f"{film.score:.2f}{stopped}",
        *terms,
        f"{film.probability_first:.2f}",
        f"{film.probability_top3:.2f}",
        f"{film.expected_rank:.1f}",
        f"{low:.0f}-{high:.0f}",
        f"{'*' if film.pareto else ''}{front}",
    )


def _assumptions(sheet: Sheet, films: Sequence[RankedFilm]) -> list[str]:
    """Name the uncertainties that had to be assumed, with the films that state none."""
    lacking: dict[str, list[str]] = {}
    for film in films:
        for name in film.assumed:
            lacking.setdefault(name, []).append(film.id)
    return [
        f"uncertainty assumed, since none is stated: {name.replace('_', ' ')} "
        f"{sheet.columns.assumption(name)} ({', '.join(ids)})"
        for name, ids in lacking.items()
    ]
