"""Oxygen taken up by a film in the course of a run, and the species that it forms."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.style import COLOURS, GREY, blank, publication, write_caption
from lithicoat.analysis.oxygen.uptake import UptakeCurve

__all__ = ["uptake_figure"]

HEIGHT_MM = 90.0
DASHES = ("-", "--", "-.", ":")
MOST_SPECIES = 7
"""Species that are drawn: those of which there are the most at any time."""
LEFT_OUT = ("O2 gas", "sulfide", "S-O bonds", "in the electrode")
"""What is there at the start, and what the other species say already."""


@publication
def uptake_figure(curves: Mapping[str, UptakeCurve], *, caption: str = "") -> Figure:
    """Draw the oxygen that a film takes up against time, and below it the species of the first run.

    Parameters
    ----------
    curves : mapping of str to UptakeCurve
        Runs by what is said of them: a seed, a potential.
    caption : str
        Potential and protocol, in small type below.

    Returns
    -------
    matplotlib.figure.Figure
        One column wide.

    Raises
    ------
    DataError
        If there is no run.
    """
    if not curves:
        raise DataError("there is no run of oxygen uptake to draw", where="curves")
    figure = blank(HEIGHT_MM)
    above, below = figure.subplots(2, 1, sharex=True)
    for index, (name, curve) in enumerate(curves.items()):
        colour, dashes = COLOURS[index % len(COLOURS)], DASHES[index % len(DASHES)]
        above.step(curve.times_ps, curve.o2_per_nm2, where="post", color=colour, ls=dashes, label=name)
    first_name, first = next(iter(curves.items()))
    _draw_offered(above, list(curves.values()))
    above.set_ylabel("O₂ taken up (nm⁻²)")
    above.legend(loc="best")
    _draw_species(below, first)
    below.set_xlabel("Time (ps)")
    below.set_ylabel("Number in the cell")
    for axes in (above, below):
        axes.tick_params(top=True, right=True)
        axes.set_xlim(0, max(curve.times_ps[-1] for curve in curves.values()) or 1.0)
    of_first = f"species: {first_name}" if len(curves) > 1 else ""
    write_caption(figure, "; ".join(filter(None, (caption, of_first))))
    return figure


def _draw_offered(axes: Axes, curves: Sequence[UptakeCurve]) -> None:
    """Draw how much there was to take up; where little of it was, the axis keeps to what was."""
    taken = max(max(curve.o2_per_nm2) for curve in curves)
    offered = {round(curve.offered / curve.area_nm2, 3) for curve in curves if curve.gas}
    axes.set_ylim(0, 1.15 * max(taken, 0.1))
    for amount in sorted(offered):
        if amount <= 3 * max(taken, 0.1):
            axes.axhline(amount, color=GREY, lw=0.6, ls=":", zorder=0)
            axes.set_ylim(0, 1.15 * amount)
            axes.annotate(
                "all O₂ of the gas",
                (0.01, amount),
                xycoords=("axes fraction", "data"),
                xytext=(0, 2),
                textcoords="offset points",
                fontsize=6.5,
                color=GREY,
            )


def _draw_species(axes: Axes, curve: UptakeCurve) -> None:
    formed = {
        name: numbers for name, numbers in curve.species.items() if name not in LEFT_OUT and max(numbers)
    }
    common = sorted(formed, key=lambda name: -max(formed[name]))[:MOST_SPECIES]
    for index, name in enumerate(common):
        axes.step(
            curve.times_ps,
            formed[name],
            where="post",
            color=COLOURS[index % len(COLOURS)],
            ls=DASHES[index // len(COLOURS) % len(DASHES)],
            label=f"{name} ({formed[name][-1]})",
        )
    top = max((max(formed[name]) for name in common), default=1)
    axes.set_ylim(0, 1.1 * top)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    if common:
        axes.legend(loc="best", title="species (number at the end)", title_fontsize=6.5)
    else:
        axes.annotate("no species formed", (0.5, 0.5), xycoords="axes fraction", ha="center", fontsize=7)
