"""Map of linear stability: stiffness of films against the volume of lithium in them."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from lithicoat.analysis.criterion.chi import RelativeSign, critical_modulus_ratio
from lithicoat.analysis.criterion.inputs import Setting, VolumeConvention
from lithicoat.analysis.criterion.rule import CRITICAL_RATIO
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.labels import PointLabel, Segment, place_labels
from lithicoat.analysis.figures.style import COLOURS, GREY, blank, key_above, publication, write_caption
from lithicoat.analysis.lognormal import log_standard_deviation
from lithicoat.analysis.properties import Bound, Property

__all__ = ["POISSON_BAND", "MapPoint", "stability_map"]

FloatArray = NDArray[np.float64]

HEIGHT_MM = 88.0
POISSON_BAND = (0.2, 0.3, 0.4)
"""Poisson's ratios of the films whose critical ratio is drawn: edges of the band and its middle."""
VOLUME_RATIOS = (0.02, 20.0)
MODULUS_RATIOS = (0.1, 40.0)
"""Ranges of the map without films; films widen them."""
FILLED = {VolumeConvention.SPHERE: True, VolumeConvention.CELL: False, VolumeConvention.GIVEN: True}
NAMES = {
    VolumeConvention.SPHERE: "v by ionic sphere",
    VolumeConvention.CELL: "v by cell volume",
    VolumeConvention.GIVEN: "v as given",
}
STABLE = COLOURS[5]
SHAPES = ("o", "s", "D", "P", "X")
"""Shapes of marks, the next one for each turn through the colours."""


@dataclass(frozen=True, kw_only=True)
class MapPoint:
    """One film.

    Parameters
    ----------
    label : str
        Its name.
    shear_modulus : Property
        Calibrated shear modulus, GPa.
    volume_ratios : mapping of VolumeConvention to Property
        Volume ratios v; those without a value are not drawn.
    """

    label: str
    shear_modulus: Property
    volume_ratios: Mapping[VolumeConvention, Property]

    @property
    def why_not(self) -> str | None:
        """What keeps the film off the map; None if nothing does."""
        modulus = self.shear_modulus
        if modulus.value is None or modulus.value <= 0:
            return "no shear modulus"
        if all(ratio.value is None for ratio in self.volume_ratios.values()):
            return "no volume ratio"
        return None


@publication
def stability_map(points: Sequence[MapPoint], *, setting: Setting | None = None, caption: str = "") -> Figure:
    """Draw films on the map of linear stability, G/G_Li against v.

    The band is the critical ratio at which the elastic part of chi changes sign, for Poisson's ratios of 0.2
    to 0.4; the shaded sides of it are stable in the chosen reading of the sign. Bars are standard
    uncertainties. A film with two volume ratios has two marks, joined by a line. One whose volume ratio is
    not positive stands at the left edge, its value below.

    Parameters
    ----------
    points : sequence of MapPoint
        Films; those that cannot be drawn are named below.
    setting : Setting, optional
        Shear modulus of lithium in the ratio, its Poisson's ratio, and the reading of the sign.
    caption : str
        Potential and protocol, in small type below.

    Returns
    -------
    matplotlib.figure.Figure
        One column wide.

    Raises
    ------
    DataError
        If no film can be drawn.
    """
    setting = setting or Setting()
    drawn = [point for point in points if point.why_not is None]
    if not drawn:
        raise DataError("there is no film with a shear modulus and a volume ratio to draw", where="points")
    figure = blank(HEIGHT_MM)
    axes = figure.add_subplot()
    _set_limits(axes, drawn, setting)
    _draw_regions(axes, setting)
    labels: list[PointLabel] = []
    seconds: list[tuple[float, float]] = []
    left, right = axes.get_xlim()
    segments: list[Segment] = [((left, CRITICAL_RATIO), (right, CRITICAL_RATIO))]
    for number, point in enumerate(drawn):
        turn, place = divmod(number, len(COLOURS))
        marks = _marks(axes, point, setting)
        for mark in marks:
            segments += mark.draw(axes, COLOURS[place], SHAPES[turn % len(SHAPES)])
        segments += _join(axes, marks, COLOURS[place])
        first = marks[0]
        labels.append(PointLabel(text=point.label, x=first.x, y=first.y, colour=_darker(COLOURS[place])))
        seconds += [(mark.x, mark.y) for mark in marks[1:]]
    key_above(figure, *_key(drawn, setting), columns=2)
    write_caption(figure, "; ".join(filter(None, (caption, *_notes(points, setting)))))
    place_labels(figure, axes, labels, points=seconds, segments=segments)
    return figure


@dataclass(frozen=True, kw_only=True)
class _Mark:
    """One mark, in the units of the axes, with the ends of its bars."""

    x: float
    y: float
    across: tuple[float, float]
    along: tuple[float, float]
    convention: VolumeConvention
    bound: Bound | None
    at_edge: bool

    def draw(self, axes: Axes, colour: str, shape: str) -> list[Segment]:
        segments = [((self.across[0], self.y), (self.across[1], self.y))]
        segments.append(((self.x, self.along[0]), (self.x, self.along[1])))
        for (x0, y0), (x1, y1) in segments:
            axes.plot([x0, x1], [y0, y1], color=colour, lw=0.7, zorder=3, solid_capstyle="butt")
        ends = {Bound.UPPER: "v", Bound.LOWER: "^", None: shape}
        marker = "<" if self.at_edge else ends[self.bound]
        face = colour if FILLED[self.convention] else "white"
        axes.plot(
            self.x, self.y, marker=marker, ms=4, mfc=face, mec=colour, mew=0.9, ls="", zorder=5, clip_on=False
        )
        return segments


def _marks(axes: Axes, point: MapPoint, setting: Setting) -> list[_Mark]:
    """Return the marks of a film, by the volume ratios that are known."""
    left, right = axes.get_xlim()
    modulus = point.shear_modulus
    y = (modulus.value or 0.0) / setting.li_shear_modulus_GPa
    factor = 1.0
    if modulus.uncertainty and modulus.bound is None:
        factor = math.exp(float(log_standard_deviation(modulus.value or 0.0, modulus.uncertainty)))
    marks = []
    for convention, ratio in point.volume_ratios.items():
        if ratio.value is None:
            continue
        error = ratio.uncertainty or 0.0
        marks.append(
            _Mark(
                x=min(max(ratio.value, left), right),
                y=y,
                across=(max(ratio.value - error, left), max(min(ratio.value + error, right), left)),
                along=(y / factor, y * factor),
                convention=convention,
                bound=modulus.bound,
                at_edge=ratio.value <= left,
            )
        )
    return sorted(marks, key=lambda mark: not FILLED[mark.convention])


def _join(axes: Axes, marks: Sequence[_Mark], colour: str) -> list[Segment]:
    """Join the marks of a film by a dotted line."""
    if len(marks) < 2:
        return []
    ends = sorted(mark.x for mark in marks)
    axes.plot([ends[0], ends[-1]], [marks[0].y] * 2, color=colour, lw=0.7, ls=":", zorder=2)
    return [((ends[0], marks[0].y), (ends[-1], marks[0].y))]


def _darker(colour: str) -> tuple[float, float, float]:
    """Return a colour in which small letters can be read."""
    red, green, blue = to_rgb(colour)
    return 0.65 * red, 0.65 * green, 0.65 * blue


def _set_limits(axes: Axes, points: Sequence[MapPoint], setting: Setting) -> None:
    ratios = [ratio.value or 0.0 for point in points for ratio in point.volume_ratios.values()]
    small = [ratio / 1.6 for ratio in ratios if ratio > VOLUME_RATIOS[0] / 10]
    moduli = [(point.shear_modulus.value or 0.0) / setting.li_shear_modulus_GPa for point in points]
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(min([VOLUME_RATIOS[0], *small]), max([VOLUME_RATIOS[1], *ratios]))
    axes.set_ylim(min([MODULUS_RATIOS[0], min(moduli) / 2]), max([MODULUS_RATIOS[1], max(moduli) * 2]))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("")
    axes.tick_params(which="both", top=True, right=True)
    axes.set_xlabel("v = V(Li⁺ in the film) / V(Li)")
    axes.set_ylabel(f"G/G(Li), with G(Li) = {setting.li_shear_modulus_GPa:g} GPa")


def _draw_regions(axes: Axes, setting: Setting) -> None:
    """Shade the stable sides of the critical ratio on both sides of v = 1."""
    low, high = axes.get_ylim()
    left, right = axes.get_xlim()
    published = setting.relative_sign is RelativeSign.PUBLISHED
    for ends in ((math.log10(left), -1e-4), (1e-4, math.log10(right))):
        v = np.concatenate([[10 ** ends[0]], _towards_one(ends), [10 ** ends[1]]])
        curves = np.array([_critical(nu, v, setting) for nu in POISSON_BAND])
        above = (ends[1] > 0) == published
        edge = np.clip(curves.max(axis=0) if above else curves.min(axis=0), low, high)
        axes.fill_between(v, edge, high if above else low, color=STABLE, alpha=0.25, lw=0, zorder=0)
        inner, outer = curves.min(axis=0), curves.max(axis=0)
        axes.fill_between(
            v, np.clip(inner, low, high), np.clip(outer, low, high), color=GREY, alpha=0.35, lw=0, zorder=1
        )
        axes.plot(
            v, np.where((curves[1] > low) & (curves[1] < high), curves[1], np.nan), color="0.25", lw=0.8
        )
    axes.axhline(CRITICAL_RATIO, color="black", lw=0.7, ls="--", zorder=1)
    axes.axvline(1.0, color=GREY, lw=0.4, zorder=1)
    for x, y in itertools.product((0.04, 0.96), repeat=2):
        word = "stable" if ((x > 0.5) == (y > 0.5)) == published else "unstable"
        axes.text(
            x,
            y,
            word,
            transform=axes.transAxes,
            ha="right" if x > 0.5 else "left",
            va="top" if y > 0.5 else "bottom",
            fontsize=7,
            style="italic",
            color="0.3",
        )


def _towards_one(ends: tuple[float, float]) -> FloatArray:
    """Return volume ratios that crowd towards 1, where the curves are steep."""
    far, near = (ends[0], ends[1]) if abs(ends[0]) > abs(ends[1]) else (ends[1], ends[0])
    steps = np.geomspace(abs(far), abs(near), 300) * np.sign(far)
    return np.asarray(np.sort(10**steps))


def _critical(poisson: float, volume_ratio: FloatArray, setting: Setting) -> FloatArray:
    return critical_modulus_ratio(poisson, volume_ratio, li_poisson=setting.lithium.poisson_ratio)


def _key(points: Sequence[MapPoint], setting: Setting) -> tuple[list[Patch | Line2D], list[str]]:
    there = {
        convention
        for point in points
        for convention, ratio in point.volume_ratios.items()
        if ratio.value is not None
    }
    handles: list[Patch | Line2D] = []
    labels = []
    for convention in (kind for kind in NAMES if kind in there):
        face = "0.25" if FILLED[convention] else "white"
        handles.append(Line2D([], [], marker="o", ms=4, mfc=face, mec="0.25", mew=0.9, ls=""))
        labels.append(NAMES[convention])
    reading = "as published" if setting.relative_sign is RelativeSign.PUBLISHED else "Gibbs–Thomson sign"
    handles += [
        Patch(fc=GREY, alpha=0.5, lw=0),
        Patch(fc=STABLE, alpha=0.35, lw=0),
        Line2D([], [], color="black", lw=0.7, ls="--"),
    ]
    labels += [f"g_crit, ν = {POISSON_BAND[0]:g}–{POISSON_BAND[-1]:g}", f"stable, {reading}", "G = 2 G(Li)"]
    return handles, labels


def _notes(points: Sequence[MapPoint], setting: Setting) -> list[str]:
    notes = ["bars: one standard uncertainty; the sign behind stable and unstable is disputed"]
    if setting.lithium.shear_modulus_GPa != setting.li_shear_modulus_GPa:
        lift = math.log10(setting.li_shear_modulus_GPa / setting.lithium.shear_modulus_GPa)
        notes.append(
            f"chi takes G(Li) = {setting.lithium.shear_modulus_GPa:g} GPa, which lifts points by "
            f"{lift:.2f} decades"
        )
    for convention, name in NAMES.items():
        below = [
            f"{point.label} {ratio.value:.2g}".replace(" -", " −")
            for point in points
            for kind, ratio in point.volume_ratios.items()
            if kind is convention and point.why_not is None and ratio.value is not None and ratio.value <= 0
        ]
        if below:
            notes.append(f"at the left edge, {name}: {', '.join(below)}")
    off: dict[str, list[str]] = {}
    for point in points:
        if point.why_not is not None:
            off.setdefault(point.why_not, []).append(point.label)
    return [*notes, *(f"not drawn, {why}: {', '.join(names)}" for why, names in off.items())]
