"""How a ranking held against reported cells is printed."""

from collections.abc import Sequence

from rich.table import Table

from lithicoat.analysis.literature import Verdict
from lithicoat.analysis.reported.cells import Process, Selection
from lithicoat.analysis.reported.comparable import Scope
from lithicoat.analysis.reported.comparison import Comparison, Correlation, ReportedEffect
from lithicoat.workflows.commands.console import out

__all__ = ["print_against"]


LEGEND = (
    "\ngain: log of the ratio to the bare electrode of the same study, better is positive (of a capacity "
    "retention, of its decay; of a Coulombic efficiency, of what it lacks); ± is the rounding of the printed "
    "numbers; – no bare electrode in the study; * the best of its own series"
)
_NAMED_UNITS = {"1", "cycles", "h"}
"""Units that the name of a metric says already."""
_WORDS = {
    Verdict.AGREES: "this ranking agrees",
    Verdict.DISAGREES: "this ranking disagrees",
    Verdict.UNRESOLVED: "this ranking does not decide it",
}


def print_against(comparison: Comparison) -> None:
    """Print what cells report, which pairs of films agree, and what correlation can be told.

    Parameters
    ----------
    comparison : Comparison
        From :func:`lithicoat.analysis.reported.against.against_literature`.
    """
    sources = list(dict.fromkeys(effect.citation for effect in comparison.effects))
    out.print("\nAGAINST REPORTED CELLS")
    _print_pairs(comparison)
    _print_correlations(comparison.correlations)
    for electrode in dict.fromkeys(effect.electrode for effect in comparison.effects):
        effects = [effect for effect in comparison.effects if effect.electrode is electrode]
        _print_effects(electrode.value, effects, sources)
        left_out = comparison.not_ranked.get(electrode, ())
        if left_out:
            out.print(f"  reported, not in this ranking: {', '.join(left_out)}", soft_wrap=True)
    out.print(LEGEND, soft_wrap=True)
    _print_list("\nReported without a number", comparison.remarks)
    _print_list("\nWhat this cannot tell", comparison.limits)
    _print_list("\nSources", [f"[{number}] {citation}" for number, citation in enumerate(sources, start=1)])


def _print_effects(electrode: str, effects: Sequence[ReportedEffect], sources: Sequence[str]) -> None:
    ranked = sorted(effects, key=lambda effect: (effect.rank is None, effect.rank or 0, effect.film))
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for heading in (f"{electrode.upper()}\nreported", "rank\nhere"):
        table.add_column(heading, no_wrap=True)
    table.add_column("measured", overflow="fold")
    for heading in ("coated", "bare", "gain\nln ratio", ""):
        table.add_column(heading, no_wrap=True)
    for effect in ranked:
        table.add_row(
            effect.film,
            "–" if effect.rank is None else str(effect.rank),
            _measured(effect),
            _printed(effect.value),
            "–" if effect.bare is None else _printed(effect.bare),
            _gain(effect),
            f"[{sources.index(effect.citation) + 1}]",
        )
    out.print()
    out.print(table)


def _print_pairs(comparison: Comparison) -> None:
    out.print(
        "Pairs in the order that the cells put them in; P: share of the draws of this ranking, gates first, "
        f"that have the same order ({comparison.draws} draws, seed {comparison.seed})",
        soft_wrap=True,
    )
    for pair in comparison.pairs:
        unit = "" if pair.scope is Scope.ALIKE else " in ln ratio"
        out.print(
            f"  {pair.electrode.value}: {pair.better} before {pair.worse} by {pair.margin:.2g}{unit} or more "
            f"({pair.compared}, {pair.scope.value}): {_WORDS[pair.verdict]}, P = {pair.probability:.2f}",
            soft_wrap=True,
        )
    for words in comparison.undecided:
        out.print(f"  not decided by the cells: {words}", soft_wrap=True)
    if not comparison.pairs and not comparison.undecided:
        out.print("  none: no two films of this ranking have reported numbers that may be compared")


def _print_correlations(correlations: Sequence[Correlation]) -> None:
    if correlations:
        out.print("Rank correlation: Kendall's tau of this ranking over the decided pairs")
    for correlation in correlations:
        out.print(f"  {_heading(correlation)}: {_told(correlation)}", soft_wrap=True)


def _print_list(heading: str, lines: Sequence[str]) -> None:
    if lines:
        out.print(heading)
        for line in lines:
            out.print(f"  {line}", soft_wrap=True)


def _measured(effect: ReportedEffect) -> str:
    unit = "" if effect.unit in _NAMED_UNITS else f" ({effect.unit})"
    made = "not by ALD or MLD" if effect.process is Process.OTHER else ""
    best = "*" if effect.selection is Selection.BEST else ""
    told = ", ".join(filter(None, (effect.cell, effect.conditions, made)))
    return f"{effect.says}{unit}: {told}{best}"


def _printed(text: str) -> str:
    return text.replace(">", "> ").replace("<", "< ")


def _gain(effect: ReportedEffect) -> str:
    if effect.ratio is None:
        return "–"
    if effect.low is None or effect.high is None:
        sign, edge = ("<", effect.high) if effect.low is None else (">", effect.low)
        return "–" if edge is None else f"{sign} {edge:+.2f}"
    half = (effect.high - effect.low) / 2
    return f"{effect.ratio:+.2f} ± {half:.2f}"


def _heading(correlation: Correlation) -> str:
    where = "both electrodes" if correlation.electrode is None else correlation.electrode.value
    return f"{where}, {correlation.name}, {correlation.scope.value}"


def _told(correlation: Correlation) -> str:
    left_out = f", {correlation.undecided} left open" if correlation.undecided else ""
    decided = f"{correlation.pairs} decided pair{'' if correlation.pairs == 1 else 's'}{left_out}"
    if correlation.tau is None or correlation.interval is None or correlation.p_value is None:
        return f"{correlation.missing} ({decided})"
    low, high = correlation.interval
    least = "" if correlation.least_p_value is None else f", {correlation.least_p_value:.2g} at best"
    return (
        f"tau = {correlation.tau:+.2f} (95 % of the draws {low:+.2f} to {high:+.2f}), "
        f"p = {correlation.p_value:.2g} (two-sided, permutations{least}), "
        f"{len(correlation.films)} films, {decided}"
    )
