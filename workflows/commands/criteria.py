"""How `lithicoat criterion` prints both views of films, and draws them."""

import math
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from lithicoat.analysis.criterion.chi import RelativeSign
from lithicoat.analysis.criterion.inputs import FilmMechanics, Setting
from lithicoat.analysis.criterion.results import ChiResult, CriterionResult, Interval, VolumeView
from lithicoat.analysis.properties import Property, Provenance
from lithicoat.workflows.commands.console import format_property, out

__all__ = ["print_criteria", "print_criterion", "write_figures"]

SIGNS = {
    RelativeSign.PUBLISHED: "sign as published",
    RelativeSign.GIBBS_THOMSON: "sign by the Gibbs–Thomson reading",
}


def print_criterion(result: CriterionResult, setting: Setting) -> None:
    """Print both views of one film, the rule first, and what limits them."""
    given = "   ".join(
        f"{symbol} = {format_property(result.inputs[name])}"
        for name, symbol in (("shear_modulus", "G"), ("poisson_ratio", "ν"))
        if name in result.inputs
    )
    out.print(f"{result.id or 'given'}   {given}", soft_wrap=True)
    _print_rule(result)
    _print_views(result, setting)
    _print_thickness(result)
    for assumption in result.assumed:
        out.print(f"assumed uncertainty of {assumption}", soft_wrap=True)
    for note in (*result.notes, *_flags(result)):
        out.print(f"note: {note}", soft_wrap=True)
    for line in _origins([result]):
        out.print(line, soft_wrap=True)


def print_criteria(results: Sequence[CriterionResult], setting: Setting) -> None:
    """Print both views of several films, one row each, with both volume ratios side by side."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for heading in ("film", "G/G_Li", "P\npass", "v by", "v", "chi\nkJ/mol/nm", "P\nchi<0", "k h"):
        table.add_column(heading, no_wrap=True)
    for result in results:
        known = [view for view in result.views if view.volume_ratio.value is not None]
        own = (result.id or "", _ratio(result, digits=1).replace(" ", ""), _chance(result.probability))
        thick = "–" if result.kh is None else f"{result.kh:.3g}"
        for row, cells in enumerate([_cells(view) for view in known] or [("–",) * 4]):
            table.add_row(*(own if row == 0 else ("",) * 3), *cells, thick if row == 0 else "")
    out.print(table)
    out.print(
        "v by the change of cell volume with lithium content, and by the ionic sphere; "
        f"chi at {_wave(setting)}: "
        "best estimate with its 95 % interval",
        soft_wrap=True,
    )
    for note in _common_notes(results):
        out.print(f"note: {note}", soft_wrap=True)
    for line in _origins(results):
        out.print(line, soft_wrap=True)


def write_figures(films: Sequence[FilmMechanics], setting: Setting, directory: Path) -> list[Path]:
    """Draw the films on the map of stability, as PDF and SVG; none that can be drawn, no file."""
    from lithicoat.analysis.figures.stability_map import MapPoint, stability_map
    from lithicoat.workflows.commands.figures import write_files

    points = [
        MapPoint(
            label=film.name or "given", shear_modulus=film.shear_modulus, volume_ratios=film.volume_ratios
        )
        for film in films
    ]
    if all(point.why_not for point in points):
        return []
    figure = stability_map(points, setting=setting, caption=_caption(films))
    stem = f"{films[0].name}-stability-map" if len(films) == 1 and films[0].name else "stability-map"
    return write_files(figure, directory, stem)


def _print_rule(result: CriterionResult) -> None:
    if result.ratio is None:
        out.print(f"2x rule  none: {result.inputs['shear_modulus'].flags[0]}", soft_wrap=True)
        return
    verdict = {True: "above", False: "not above", None: "not decided against"}[result.passes]
    bar = f"{result.threshold_GPa:.3g} GPa (2 G_Li, G_Li = {result.li_shear_modulus_ratio_GPa:g})"
    chance = "" if result.probability is None else f"; probability of passing: {result.probability:.2f}"
    out.print(f"2x rule  G/G_Li = {_ratio(result)}: {verdict} the bar of {bar}{chance}", soft_wrap=True)
    if result.anisotropy is not None:
        (low, high), (worst, best) = result.anisotropy.ratio, result.anisotropy.probability
        out.print(
            f"         softest to stiffest shear: {low:.3g} to {high:.3g}; probability "
            f"{_chance(worst)} to {_chance(best)}",
            soft_wrap=True,
        )


def _print_views(result: CriterionResult, setting: Setting) -> None:
    views = [view for view in result.views if view.volume_ratio.value is not None]
    if not views:
        out.print(f"chi(k)   none: {result.chi_missing}", soft_wrap=True)
        return
    out.print(f"chi(k)   kJ/mol/nm at {_wave(setting)}; stable where chi < 0", soft_wrap=True)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("  v by", *(view.convention.value for view in views)):
        table.add_column(heading, no_wrap=True)
    rows = [_rows(view) for view in views]
    for name in dict.fromkeys(name for row in rows for name in row):
        table.add_row(f"  {name}", *(row.get(name, "–") for row in rows))
    out.print(table)
    for view in result.views:
        if view.missing:
            out.print(f"  no chi by {view.convention.value}: {view.missing}", soft_wrap=True)


def _rows(view: VolumeView) -> dict[str, str]:
    """Return what is told of a view, by its heading."""
    rows = {"v": format_property(view.volume_ratio), "regime": view.regime.value if view.regime else "–"}
    if view.g_crit is not None:
        rows["g_crit"] = _spread(view.g_crit, view.g_crit_interval)
        rows["elastic part stable"] = f"{view.stable_side} g_crit"
    if view.chi is not None:
        rows |= _chi_rows(view.chi)
    return rows


def _chi_rows(chi: ChiResult) -> dict[str, str]:
    rows = {
        name: _spread(getattr(chi, part), chi.intervals[part])
        for name, part in (
            ("chi", "total"),
            ("  hydrostatic", "hydrostatic"),
            ("  deviatoric", "deviatoric"),
            ("  surface", "surface"),
        )
    }
    rows["P(chi < 0)"] = f"{chi.probability_stable:.2f}"
    rows["stable below λ, nm"] = _spread(chi.lambda_crit_nm, chi.intervals["lambda_crit_nm"])
    if chi.anisotropy_range is not None:
        rows["softest to stiffest"] = "{:.3g} to {:.3g}".format(*chi.anisotropy_range)
    rows["constants of Li"] = "{:.3g} to {:.3g}".format(*chi.lithium_range)
    rows["other sign"] = f"{chi.total_with_other_sign:.3g}"
    return rows


def _print_thickness(result: CriterionResult) -> None:
    thickness = result.thickness
    if thickness is None:
        if result.chi is not None:
            out.print("k h not known: no thickness reported; give --thickness NM")
        return
    verdict = "within" if thickness.half_space else "outside"
    out.print(
        f"k h = {thickness.kh:.2g} ({verdict} the half-space model): {thickness.value_nm:g} nm, "
        f"{thickness.source}",
        soft_wrap=True,
    )


def _cells(view: VolumeView) -> tuple[str, ...]:
    ratio = format_property(view.volume_ratio, digits=1).replace(" ", "")
    name = view.convention.value.removeprefix("ionic ").removesuffix(" volume")
    if view.chi is None:
        return (name, ratio, "–", "–")
    total = _spread(view.chi.total, view.chi.intervals["total"])
    return (name, ratio, total, _chance(view.chi.probability_stable))


def _common_notes(results: Sequence[CriterionResult]) -> list[str]:
    """Say each note once; one that does not hold for all films goes with their names."""
    films: dict[str, list[str]] = {}
    for result in results:
        own = [note for note in result.notes if not note.startswith("k h")]
        own += [f"uncertainty assumed, {assumption}" for assumption in result.assumed]
        own += [f"no chi by {view.convention.value}: {view.missing}" for view in result.views if view.missing]
        if result.thickness is not None and not result.thickness.half_space:
            own.append("too thin for the half-space model (k h below 5)")
        for note in dict.fromkeys(own):
            films.setdefault(note, []).append(result.id or "")
    return [
        note if len(names) == len(results) else f"{', '.join(names)}: {note}" for note, names in films.items()
    ]


def _ratio(result: CriterionResult, *, digits: int = 2) -> str:
    ratio = Property.missing("1", "none")
    if result.ratio is not None:
        bound = result.inputs["shear_modulus"].bound
        ratio = Property(value=result.ratio, uncertainty=result.ratio_uncertainty, unit="1", bound=bound)
    return format_property(ratio, digits=digits)


def _spread(value: float | None, interval: Interval | None) -> str:
    """Write `23.4 (12.1 to 40.2)`: a best estimate with its 95 % interval."""
    best = "every λ" if value is None else f"{value:.3g}"
    if interval is None:
        return best
    low, high = ("inf" if end is None else f"{end:.2g}" for end in (interval.low, interval.high))
    return best if interval.low == interval.high else f"{best} ({low} to {high})"


def _chance(probability: float | None) -> str:
    return "–" if probability is None else f"{probability:.2f}"


def _wave(setting: Setting) -> str:
    length = 2e9 * math.pi / setting.wave_number_1_m
    return f"k = {setting.wave_number_1_m:.1e} 1/m (λ = {length:.3g} nm), {SIGNS[setting.relative_sign]}"


def _flags(result: CriterionResult) -> list[str]:
    quantities = [*result.inputs.values(), *(view.volume_ratio for view in result.views)]
    flags = dict.fromkeys(
        flag for quantity in quantities if quantity.value is not None for flag in quantity.flags
    )
    return list(flags)


def _origins(results: Sequence[CriterionResult]) -> list[str]:
    """Say what the numbers are from, and of which films where that differs."""
    found: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for result in results:
        views = {f"v by {view.convention.value}": view.volume_ratio for view in result.views}
        for name, quantity in {**result.inputs, **views}.items():
            if quantity.value is not None and quantity.provenance.potential is not None:
                names, films = found.setdefault(_origin(quantity.provenance), ({}, {}))
                names[name.replace("_", " ")] = films[result.id or ""] = None
    lines = []
    for told, (names, films) in found.items():
        of = f" of {', '.join(films)}" if len(found) > 1 else ""
        lines.append(f"{', '.join(names)}{of}: {told}")
    return [*lines, "± is one standard uncertainty; brackets hold 95 % of the draws"]


def _origin(origin: Provenance) -> str:
    seed = "" if origin.seed is None else f", seed {origin.seed}"
    weights = f" (sha256 {origin.sha256[:12]}…)" if origin.sha256 else ""
    return f"potential {origin.potential}{weights}, protocol {origin.protocol}{seed}"


def _caption(films: Sequence[FilmMechanics]) -> str:
    origins = dict.fromkeys(
        f"{film.shear_modulus.provenance.potential}, protocol {film.shear_modulus.provenance.protocol}"
        for film in films
        if film.shear_modulus.provenance.potential is not None
    )
    return "; ".join(origins)
