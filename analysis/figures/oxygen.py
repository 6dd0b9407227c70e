"""What a film turns into as the chemical potential of oxygen rises, beside what a cathode offers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.style import (
    GREY,
    blank,
    key_above,
    property_text,
    publication,
    ramp,
    write_caption,
)
from lithicoat.analysis.oxygen.staircase import UptakeStep
from lithicoat.analysis.properties import Property

__all__ = ["oxygen_figure"]

HEIGHT_MM = 74.0
ROUND_K = (300, 600, 900, 1200, 1500, 2000)
CLOSEST = 0.09
"""Temperatures on the upper axis stand at least so far apart, as a share of its length."""
ROOM_K = 298.15
LETTERS = 55
"""Letters that the width of the axes holds."""
SIDE_EV = 0.35
"""Room on both sides of the steps and the offers, eV."""


@publication
def oxygen_figure(
    steps: Sequence[UptakeStep],
    *,
    film: str,
    offers: Mapping[str, Property],
    gas_potential_eV: Callable[[float], float],
    oxygen_bar: float = 1.0,
    same_onset: Property | None = None,
    caption: str = "",
) -> Figure:
    """Draw the oxygen that a film holds against the chemical potential of oxygen.

    The staircase is what is stable; a whisker at a step is the standard uncertainty of its potential.
    Vertical lines with bands are what a cathode offers at several lithium contents: oxygen of a step to the
    left of such a line is pulled out of that cathode. The upper axis gives the temperature at which O2 gas
    has the potential.

    Parameters
    ----------
    steps : sequence of UptakeStep
        Potentials rising; none for a film that takes up none.
    film : str
        Name of the film.
    offers : mapping of str to Property
        Potential that a cathode offers, eV per O, by what is said of it (`NMC811 x=0.25`).
    gas_potential_eV : callable
        Potential of O2 gas, eV per O, of a temperature in K.
    oxygen_bar : float
        Partial pressure of that gas, for the axis.
    same_onset : Property, optional
        Potential of the first step by the potential of the offers, where the steps are by another one; a
        circle. Only it may be held against the offers.
    caption : str
        Potential and protocol, in small type below.

    Returns
    -------
    matplotlib.figure.Figure
        One column wide.

    Raises
    ------
    DataError
        If there is neither a step nor an offer.
    """
    known = [step for step in steps if step.oxygen_potential.value is not None]
    given = {name: offer for name, offer in offers.items() if offer.value is not None}
    if not known and not given:
        raise DataError("there is neither uptake of oxygen nor an offer to draw", where="steps")
    figure = blank(HEIGHT_MM + 4.0 * (1 + len(given) // 2))
    axes = figure.add_subplot()
    room = gas_potential_eV(ROOM_K)
    places = [step.oxygen_potential.value or 0.0 for step in known]
    ends = [*places, *(offer.value or 0.0 for offer in given.values()), room]
    if same_onset is not None and same_onset.value is not None:
        ends.append(same_onset.value)
    axes.set_xlim(min(ends) - SIDE_EV, max([*ends, 0.0]) + 0.1)
    _draw_steps(axes, known, film)
    _draw_offers(axes, given)
    if known and same_onset is not None:
        _draw_onset(axes, same_onset, known[0].reaction.o2 / 4)
    axes.axvline(room, color=GREY, lw=0.6, ls=":", zorder=1)
    axes.set_xlabel("Chemical potential of oxygen (eV per O)")
    axes.set_ylabel("O₂ per formula unit of film")
    axes.tick_params(right=True)
    _write_temperatures(axes, gas_potential_eV, oxygen_bar)
    key_above(figure, *axes.get_legend_handles_labels(), columns=2)
    write_caption(
        figure,
        "; ".join(filter(None, (caption, *_notes(known, given, oxygen_bar, circle=same_onset is not None)))),
    )
    return figure


def _draw_steps(axes: Axes, steps: Sequence[UptakeStep], film: str) -> None:
    left, right = axes.get_xlim()
    edges = [left, *(step.oxygen_potential.value or 0.0 for step in steps), right]
    heights = [0.0, *(step.reaction.o2 for step in steps)]
    axes.stairs(
        heights, edges, baseline=None, color="black", lw=1.2, zorder=4, label=f"{film} and its oxides"
    )
    top = max(heights) or 1.0
    axes.set_ylim(-0.06 * top, 1.25 * top)
    for (before, after), step in zip(pairwise(heights), steps, strict=True):
        place, error = step.oxygen_potential.value or 0.0, step.oxygen_potential.uncertainty
        if error:
            axes.errorbar(place, (before + after) / 2, xerr=error, color="black", lw=0.7, zorder=4)
    if steps:
        _name_steps(axes, steps)


def _name_steps(axes: Axes, steps: Sequence[UptakeStep]) -> None:
    """Write a number on each plateau, and what the film is there where that has room."""
    left, right = axes.get_xlim()
    ends = [*(step.oxygen_potential.value or 0.0 for step in steps[1:]), right]
    for number, (step, end) in enumerate(zip(steps, ends, strict=True), start=1):
        start = step.oxygen_potential.value or 0.0
        letters = (end - start) / (right - left) * LETTERS
        named = f"{number}: {' + '.join(step.reaction.products)}"
        narrow = letters < 2
        axes.annotate(
            named if len(named) < letters else str(number),
            (start if narrow else (start + end) / 2, step.reaction.o2),
            xytext=(-5, 1) if narrow else (0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=7,
            zorder=5,
            bbox={"fc": "white", "ec": "none", "alpha": 0.8, "pad": 0.5},
        )


def _draw_offers(axes: Axes, offers: Mapping[str, Property]) -> None:
    for colour, (name, offer) in zip(ramp(len(offers)), offers.items(), strict=True):
        value, error = offer.value or 0.0, offer.uncertainty
        if error:
            axes.axvspan(value - error, value + error, color=colour, alpha=0.15, lw=0, zorder=0)
        axes.axvline(
            value,
            color=colour,
            lw=1.0,
            ls="--",
            zorder=2,
            label=f"{name}: {property_text(offer)}".replace("-", "−"),
        )


def _draw_onset(axes: Axes, onset: Property, height: float) -> None:
    if onset.value is not None:
        axes.errorbar(
            onset.value,
            height,
            xerr=onset.uncertainty or None,
            fmt="o",
            mfc="white",
            color="black",
            lw=0.7,
            zorder=5,
        )


def _write_temperatures(axes: Axes, potential_eV: Callable[[float], float], oxygen_bar: float) -> None:
    """Write on the upper axis at which temperature O2 gas has the potential."""
    left, right = axes.get_xlim()
    shown: list[tuple[float, int]] = []
    for temperature in ROUND_K:
        place = potential_eV(temperature)
        if left < place < right and (not shown or shown[-1][0] - place > CLOSEST * (right - left)):
            shown.append((place, temperature))
    upper = axes.secondary_xaxis("top")
    upper.set_xticks([place for place, _ in shown], [str(temperature) for _, temperature in shown])
    upper.set_xlabel(f"$\\mathit{{T}}$ (K) of O₂ gas at {oxygen_bar:g} bar")


def _notes(
    steps: Sequence[UptakeStep], offers: Mapping[str, Property], oxygen_bar: float, *, circle: bool
) -> Iterator[str]:
    yield from (
        f"{number}: {step.reaction.equation.replace('->', '→')}" for number, step in enumerate(steps, start=1)
    )
    if not steps:
        yield "takes up no O₂"
    if offers:
        yield "vertical lines: what a cathode offers; steps left of one draw their oxygen from it"
    if steps and circle:
        yield "circle: the first step by the potential of these lines, which alone compares with them"
    yield f"dotted: O₂ gas at 298 K and {oxygen_bar:g} bar; 0 is half an O₂ without its entropy"
