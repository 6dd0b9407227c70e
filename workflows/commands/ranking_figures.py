"""Figures of a ranking as files: fronts, places, scores, and what other weights would say."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.workflows.commands.figures import about, write_files

if TYPE_CHECKING:  # matplotlib loads only when a figure is drawn
    from matplotlib.figure import Figure

    from lithicoat.analysis.decision.sheet import Sheet

__all__ = ["rank_figures"]

DRAWS, WEIGHTINGS, FRONTS = 10_000, 1000, 1000
"""Draws of places, of weights and of fronts."""
COMPARED = 1000
"""Most films between which places are shared out, and up to how many a front has its probability."""
NUMBERS = 2_000_000
"""Most scores that are drawn for places: 200 films in full, a thousand 2000 times."""
MATRIX_TERMS = 3
"""With more terms than these, all pairs of them are drawn too."""


def rank_figures(
    sheets: "Mapping[Electrode, Sheet]",
    records: Sequence[ScreeningRecord],
    directory: Path,
    *,
    seed: int = 0,
) -> list[Path]:
    """Draw the rankings of films: Pareto fronts, probabilities of places, scores, and other weights.

    Parameters
    ----------
    sheets : mapping of Electrode to Sheet
        Films judged for each electrode; a sheet without films has no figures.
    records : sequence of ScreeningRecord
        Records of the films, for potential and protocol.
    directory : Path
        Where the files go.
    seed : int
        Seed of the draws; that of the table gives its numbers.

    Returns
    -------
    list of Path
        The files, named after electrode and figure. Places and weights need two films, a front two terms in
        which films differ.

    Raises
    ------
    DataError
        If the directory cannot be written, or the seed is below 0.
    """
    files = []
    for electrode, sheet in sheets.items():
        if sheet.films:
            caption = about(f"films for the {electrode.value}", _computed_with(sheet, records))
            for kind, figure in _drawn(sheet, seed, caption):
                files += write_files(figure, directory, f"{electrode.value}-{kind}")
    return files


def _drawn(sheet: "Sheet", seed: int, caption: str) -> "Iterator[tuple[str, Figure]]":
    """Draw the figures of one electrode, with the names of their files."""
    from lithicoat.analysis.decision.weights import robustness
    from lithicoat.analysis.figures.robustness import robustness_figure
    from lithicoat.analysis.figures.scores import score_figure

    yield from _fronts(sheet, seed, caption)
    yield "scores", score_figure(sheet, seed=seed, draws=DRAWS, caption=caption)
    if len(sheet.films) < 2:
        return
    yield "ranks", _places(sheet, seed, caption)
    found = robustness(sheet, seed=seed, draws=WEIGHTINGS)
    yield "weights", robustness_figure(sheet, found, caption=caption)


def _fronts(sheet: "Sheet", seed: int, caption: str) -> "Iterator[tuple[str, Figure]]":
    from lithicoat.analysis.decision.pareto import pareto_probability
    from lithicoat.analysis.figures.pareto import pareto_figure
    from lithicoat.analysis.figures.pareto_matrix import pareto_matrix
    from lithicoat.analysis.figures.term_axes import leading_terms

    telling = len(leading_terms(sheet))
    if telling < 2:
        return
    few = len(sheet.films) <= COMPARED
    chances = pareto_probability(sheet, seed=seed, draws=FRONTS).tolist() if few else None
    yield "pareto", pareto_figure(sheet, chances=chances, caption=caption)
    if telling > MATRIX_TERMS:
        yield "pareto-matrix", pareto_matrix(sheet, caption=caption)


def _places(sheet: "Sheet", seed: int, caption: str) -> "Figure":
    from lithicoat.analysis.decision.standing import acceptability
    from lithicoat.analysis.figures.ranks import rank_figure

    rows = sheet.order[:COMPARED].tolist()
    draws = min(DRAWS, NUMBERS // len(rows))
    shares = acceptability(sheet.drawn_scores(rows, seed=seed, draws=draws))
    return rank_figure(sheet, rows, shares, caption=f"{caption}; {draws} draws")


def _computed_with(sheet: "Sheet", records: Sequence[ScreeningRecord]) -> str:
    """Return potentials and protocol for the line below a figure; a try-out protocol is said to be one."""
    there = set(sheet.films)
    told = [record for record in records if record.coating in there]
    if not told:
        return ""
    by_potential: dict[str, list[str]] = {}
    for record in told:
        by_potential.setdefault(record.potential, []).append(record.coating)
    first, *others = by_potential
    potentials = [first, *(f"{', '.join(by_potential[name])} by {name}" for name in others)]
    protocols = ", ".join(dict.fromkeys(record.protocol for record in told))
    trial = ", TRY-OUT PROTOCOL" if any(record.try_out for record in told) else ""
    return f"{'; '.join(potentials)}; protocol {protocols}{trial}"
