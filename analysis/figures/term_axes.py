"""Axes of figures on which films stand as in the terms of a ranking, in the units of the properties."""

import math
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis as Line
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator
from numpy.typing import NDArray

from lithicoat.analysis.decision.desirability import Places
from lithicoat.analysis.decision.scheme import Axis
from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.style import GREY, RAISED

__all__ = ["TermAxis", "assumed_errors", "leading_terms", "silent_terms", "term_axes", "terms_of_plane"]

FloatArray = NDArray[np.float64]

NAMES = {
    "shear_modulus_calibrated": "Shear modulus",
    "shear_modulus": "Shear modulus",
    "log10_conductivity_298K": "Conductivity at 298 K",
    "conductivity_298K": "Conductivity at 298 K",
    "contact_lithium": "Reaction with Li",
    "contact_NMC811": "Reaction with NMC811",
    "scavenging_energy": "Scavenging energy",
    "scavenging_capacity": "Scavenging capacity",
    "oxidation_volume_ratio": "Volume, oxidised over fresh",
    "window_high": "Upper end of window",
}
UNITS = {
    "S/cm": "S cm⁻¹",
    "eV/atom": "eV per atom",
    "eV/O2": "eV per O₂",
    "mol O2/cm3": "mol O₂ cm⁻³",
    "V": "V against Li/Li⁺",
}
POWER = "log10_"
"""Begins the name of a property that is the logarithm of another."""
FEW_DECADES = 2.0
"""Up to so many decades, an axis also has its 2 and 5."""
SOME_DECADES = 5.0
"""Up to so many, its numbers are decimal."""
LETTERS = 22
"""Letters of a short line of a heading."""
MARGIN = 0.06
STEPS = {True: (1.0, 2.0, 5.0), False: (1.0,)}


@dataclass(frozen=True)
class TermAxis:
    """One term as an axis.

    Places are those of the ranking; `shown` turns them into the units of the property.

    Parameters
    ----------
    index : int
        Which term of the sheet.
    places : Places
        Where the films stand.
    unit : str
        Unit of the property from which the term is had.
    """

    index: int
    places: Places
    unit: str

    @property
    def name(self) -> str:
        """Name of the term."""
        return self.places.term.name

    @property
    def log(self) -> bool:
        """Whether the axis is logarithmic."""
        source = self.places.term.sources[0]
        return source.axis is Axis.LOG10 or source.property.startswith(POWER)

    @property
    def heading(self) -> str:
        """What the axis shows, with its unit and an arrow towards the better side."""
        return self._arrowed(" ".join(filter(None, self._named)))

    @property
    def wrapped_heading(self) -> str:
        """The same in short lines."""
        name, unit = self._named
        return self._arrowed("\n".join(filter(None, (*textwrap.wrap(name, LETTERS), unit))))

    @property
    def _named(self) -> tuple[str, str]:
        source = self.places.term.sources[0]
        plain = source.property.removeprefix(POWER).replace("_", " ")
        name = NAMES.get(source.property, plain[:1].upper() + plain[1:])
        return name, "" if self.unit == "1" else f"({UNITS.get(self.unit, self.unit)})"

    def _arrowed(self, text: str) -> str:
        return {1: f"{text} →", -1: f"← {text}", 0: text}[self.better]

    @property
    def better(self) -> int:
        """1 if more is better, -1 if less is, 0 if the best is in between."""
        term = self.places.term
        if term.target is not None:
            return 0
        return 1 if term.one_at > term.zero_at else -1

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Which films have a value or a bound, shape (n,)."""
        return np.asarray(self.places.source >= 0)

    @cached_property
    def bounded(self) -> NDArray[np.bool_]:
        """Which films have a bound, shape (n,)."""
        return np.asarray(self.known & self.places.uniform)

    @cached_property
    def resolved(self) -> NDArray[np.bool_]:
        """Which films have a value that is not merely a bound, shape (n,)."""
        return np.asarray(self.known & ~self.places.uniform)

    @cached_property
    def left_open(self) -> NDArray[np.bool_]:
        """Which films have a bound that leaves a range open, shape (n,)."""
        return np.asarray(self.bounded & (self.places.spread > 0))

    @cached_property
    def at(self) -> FloatArray:
        """Where films stand, shape (n,): the value, the middle of what a bound leaves open, or an end.

        What is missing stands at the worse end, or at the better one if the reason satisfies the term.
        """
        ends = np.array(self.limits)
        worse, better = ends[::-1] if self.better < 0 else ends
        placed = np.where(self.known, self.places.centre, worse)
        return np.where(self.places.satisfied & ~self.known, better, placed)

    @cached_property
    def ends(self) -> tuple[FloatArray, FloatArray]:
        """Ends of the bars, shape (n,) each: one standard uncertainty, or what a bound leaves open."""
        spread = np.where(self.known, self.places.spread, 0.0)
        low, high = self.limits
        return np.clip(self.at - spread, low, high), np.clip(self.at + spread, low, high)

    @cached_property
    def limits(self) -> tuple[float, float]:
        """Ends of the axis, as places: what films need, at most a little beyond the prior and the values."""
        term, known = self.places.term, self.known
        if not known.any():
            return term.prior
        centre, spread = self.places.centre[known], self.places.spread[known]
        low = max(float((centre - spread).min()), min(term.prior[0], float(centre.min())))
        high = min(float((centre + spread).max()), max(term.prior[1], float(centre.max())))
        if high - low < 1e-9:
            low, high = low - 0.5, high + 0.5
        margin = MARGIN * (high - low)
        return low - margin, high + margin

    @cached_property
    def assumed(self) -> bool:
        """Whether the error of some film is assumed, because its property states none."""
        sources = enumerate(self.places.term.sources)
        return any(
            bool((self.places.columns[source.property].assumed & (self.places.source == index)).any())
            for index, source in sources
        )

    def shown(self, places: FloatArray | float) -> FloatArray:
        """Turn places into values of the property."""
        source, found = self.places.term.sources[0], np.asarray(places, dtype=float)
        powers = 10.0**found if self.log else found
        return np.asarray(powers if source.property.startswith(POWER) else powers * source.scale)

    def open_side(self, row: int) -> int:
        """-1 if what a bound leaves open lies below it, 1 if above, 0 for a film without a bound."""
        if not self.left_open[row]:
            return 0
        source = self.places.term.sources[int(self.places.source[row])]
        return int(self.places.columns[source.property].bound[row])

    def tells_apart(self) -> bool:
        """Whether at least two films have different places."""
        centre = self.places.centre[self.known]
        return bool(centre.size > 1 and np.ptp(centre) > 1e-9)

    def set_up(self, axes: Axes, *, upright: bool, wrap: bool = False) -> None:
        """Give an axis its scale, limits, ticks and heading.

        Parameters
        ----------
        axes : matplotlib.axes.Axes
            Where.
        upright : bool
            True for the y axis.
        wrap : bool
            Write the heading in short lines, and few ticks.
        """
        low, high = self.shown(np.array(self.limits)).tolist()
        heading = self.wrapped_heading if wrap else self.heading
        line: Line = axes.yaxis if upright else axes.xaxis
        if upright:
            axes.set_yscale("log" if self.log else "linear")
            axes.set_ylim(low, high)
            axes.set_ylabel(heading)
        else:
            axes.set_xscale("log" if self.log else "linear")
            axes.set_xlim(low, high)
            axes.set_xlabel(heading)
        self.set_ticks(line, wrap=wrap)
        target = self.places.term.target
        if target is not None:
            draw = axes.axhline if upright else axes.axvline
            draw(float(self.shown(target)), color=GREY, lw=0.6, ls=":", zorder=1)

    def set_ticks(self, line: Line, *, wrap: bool = False) -> None:
        """Give a line its ticks; few of them where headings are wrapped."""
        if not self.log:
            line.set_major_locator(MaxNLocator(4 if wrap else 6, steps=[1, 2, 2.5, 5, 10]))
            return
        decades = self.limits[1] - self.limits[0]
        line.set_major_locator(LogLocator(subs=STEPS[decades < FEW_DECADES], numticks=4 if wrap else 9))
        line.set_major_formatter("{x:g}" if decades < SOME_DECADES else FuncFormatter(_power_of_ten))
        line.set_minor_formatter("")


def term_axes(sheet: Sheet) -> list[TermAxis]:
    """Return the terms of a sheet as axes, in their order."""
    return [TermAxis(index, places, _unit(sheet, places)) for index, places in enumerate(sheet.places)]


def leading_terms(sheet: Sheet) -> list[TermAxis]:
    """Return the terms that tell films apart, those of greatest weight first."""
    telling = [axis for axis in term_axes(sheet) if axis.tells_apart()]
    return sorted(telling, key=lambda axis: -float(sheet.weights[axis.index]))


def terms_of_plane(sheet: Sheet) -> list[TermAxis]:
    """Return the terms that tell films apart, of which the first two span a plane.

    Raises
    ------
    DataError
        If fewer than two terms tell films apart.
    """
    leading = leading_terms(sheet)
    if len(leading) < 2:
        raise DataError(
            f"there is no plane to draw for the {sheet.electrode.value}: {'; '.join(silent_terms(sheet))}",
            where="sheet",
            hint="two terms in which films differ",
        )
    return leading


def silent_terms(sheet: Sheet) -> Iterator[str]:
    """Say of each term that tells no films apart why it does not."""
    for axis in term_axes(sheet):
        if axis.tells_apart():
            continue
        if not axis.known.any():
            yield f"{axis.name}: known of no film"
        elif axis.bounded[axis.known].all():
            yield f"{axis.name}: bounds alone, which tell no films apart"
        else:
            yield f"{axis.name}: the same wherever it is known"


def assumed_errors(axes: Iterable[TermAxis]) -> Iterator[str]:
    """Say of which terms errors are assumed, if of any."""
    names = [axis.name for axis in axes if axis.assumed]
    if names:
        yield f"errors assumed where none is stated: {', '.join(names)}"


def _unit(sheet: Sheet, places: Places) -> str:
    name = places.term.sources[0].property
    unit = sheet.columns.unit(name)
    return "S/cm" if name == "log10_conductivity_298K" else unit


def _power_of_ten(value: float, _: int | None = None) -> str:
    return "10" + str(round(math.log10(value))).translate(RAISED)
