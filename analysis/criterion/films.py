"""Both views of the criterion for one film, side by side, with what limits them."""

import math
from dataclasses import replace

from lithicoat.analysis.criterion.chi import Regime
from lithicoat.analysis.criterion.inputs import FilmMechanics, Setting, VolumeConvention
from lithicoat.analysis.criterion.linear_stability import HALF_SPACE
from lithicoat.analysis.criterion.results import Anisotropy, CriterionResult, Thickness, VolumeView
from lithicoat.analysis.criterion.rule import modulus_ratio
from lithicoat.analysis.criterion.spreads import (
    ASSUMED_CELL_VOLUME_RATIO,
    ASSUMED_MODULUS,
    ASSUMED_POISSON,
    ASSUMED_VOLUME_RATIO,
)
from lithicoat.analysis.criterion.volume_views import view_of
from lithicoat.analysis.mechanics.elasticity import NOT_BORN_STABLE
from lithicoat.analysis.properties import Property

__all__ = ["evaluate"]


def evaluate(film: FilmMechanics, *, setting: Setting | None = None) -> CriterionResult:
    """Hold one film against the rule G > 2 G_Li and, for each of its volume ratios, against chi(k).

    Parameters
    ----------
    film : FilmMechanics
        Moduli, volume ratios and thickness.
    setting : Setting, optional
        Wave number, constants of lithium, and the reading of the disputed sign.

    Raises
    ------
    DataError
        If the shear modulus is absurd or in another unit than GPa.
    """
    setting = setting or Setting()
    assumed, film = _assumed(film), _completed(film)
    rule = modulus_ratio(film.shear_modulus, li_shear_modulus_GPa=setting.li_shear_modulus_GPa)
    views = tuple(view_of(convention, film, setting) for convention in film.volume_ratios)
    lead = next((view for view in views if view.chi is not None), next(iter(views), None))
    thickness = _thickness(film, setting)
    inputs = {"shear_modulus": film.shear_modulus, "poisson_ratio": film.poisson_ratio}
    return CriterionResult(
        id=film.name or None,
        ratio=rule.ratio.value,
        ratio_uncertainty=rule.ratio.uncertainty,
        threshold_GPa=rule.threshold_GPa,
        passes=rule.passes,
        probability=rule.probability,
        g_crit=lead.g_crit if lead else None,
        stable_side=lead.stable_side if lead else None,
        regime=lead.regime if lead else None,
        chi=lead.chi if lead else None,
        chi_missing=lead.missing if lead else _nothing_given(film),
        kh=thickness.kh if thickness else None,
        anisotropy=_anisotropy(film, setting),
        views=views,
        thickness=thickness,
        inputs={name: given for name, given in inputs.items() if given is not None},
        assumed=assumed,
        li_shear_modulus_ratio_GPa=setting.li_shear_modulus_GPa,
        li_shear_modulus_chi_GPa=setting.lithium.shear_modulus_GPa,
        notes=tuple(_notes(film, views, thickness)),
    )


def _nothing_given(film: FilmMechanics) -> str:
    return "volume ratio not given" if film.poisson_ratio else "Poisson's ratio and volume ratio not given"


def _completed(film: FilmMechanics) -> FilmMechanics:
    """Put assumed uncertainties where none are given."""
    poisson, soft, stiff = film.poisson_ratio, film.softest, film.stiffest
    return replace(
        film,
        shear_modulus=_relative(film.shear_modulus, ASSUMED_MODULUS),
        poisson_ratio=None if poisson is None else _with(poisson, ASSUMED_POISSON),
        volume_ratios={
            convention: _with(ratio, ASSUMED_CELL_VOLUME_RATIO)
            if convention is VolumeConvention.CELL
            else _relative(ratio, ASSUMED_VOLUME_RATIO)
            for convention, ratio in film.volume_ratios.items()
        },
        softest=None if soft is None else _relative(soft, ASSUMED_MODULUS),
        stiffest=None if stiff is None else _relative(stiff, ASSUMED_MODULUS),
    )


def _relative(quantity: Property, share: float) -> Property:
    return _with(quantity, share * abs(quantity.value or 0.0))


def _with(quantity: Property, uncertainty: float) -> Property:
    if not _bare(quantity):
        return quantity
    return quantity.model_copy(update={"uncertainty": uncertainty}).flagged("uncertainty assumed")


def _assumed(film: FilmMechanics) -> tuple[str, ...]:
    """Say which uncertainties are not given, and what stands in for them."""
    told = []
    if _bare(film.shear_modulus):
        told.append(f"shear modulus: {ASSUMED_MODULUS:.0%} of it")
    if film.poisson_ratio is not None and _bare(film.poisson_ratio):
        told.append(f"Poisson's ratio: {ASSUMED_POISSON:g}")
    told += [
        f"volume ratio, {convention.value}: "
        + (
            f"{ASSUMED_CELL_VOLUME_RATIO:g}"
            if convention is VolumeConvention.CELL
            else f"{ASSUMED_VOLUME_RATIO:.0%} of it"
        )
        for convention, ratio in film.volume_ratios.items()
        if _bare(ratio)
    ]
    return tuple(told)


def _bare(quantity: Property) -> bool:
    return quantity.resolved and quantity.uncertainty is None


def _anisotropy(film: FilmMechanics, setting: Setting) -> Anisotropy | None:
    if film.softest is None or film.stiffest is None:
        return None
    soft, stiff = (
        modulus_ratio(end, li_shear_modulus_GPa=setting.li_shear_modulus_GPa)
        for end in (film.softest, film.stiffest)
    )
    return Anisotropy(
        softest=film.softest,
        stiffest=film.stiffest,
        ratio=(soft.ratio.value or 0.0, stiff.ratio.value or 0.0),
        probability=(soft.probability, stiff.probability),
    )


def _thickness(film: FilmMechanics, setting: Setting) -> Thickness | None:
    if film.thickness_nm is None:
        return None
    kh = setting.wave_number_1_m * film.thickness_nm * 1e-9
    return Thickness(
        value_nm=film.thickness_nm,
        source=film.thickness_source,
        kh=kh,
        half_space=kh >= HALF_SPACE,
        strain_left=math.exp(-kh),
        needed_nm=HALF_SPACE / setting.wave_number_1_m * 1e9,
    )


def _notes_on_volumes(views: tuple[VolumeView, ...]) -> list[str]:
    notes = []
    branches = {view.regime for view in views} - {None}
    if Regime.DENSITY_DRIVEN in branches:
        notes.append("for v < 1 the published criterion reverses: do not blend the ratio with chi")
    if Regime.VOLUME_NEUTRAL in branches:
        notes.append("at v = 1 the elastic part keeps its sign for every modulus: no g_crit")
    if len(branches) > 1:
        notes.append("the volume ratios stand on different sides of 1: g_crit means the opposite for each")
    if any(_reaches_one(view.volume_ratio) for view in views):
        notes.append("the uncertainty of a volume ratio reaches across 1, where the criterion turns round")
    if any((view.volume_ratio.value or 0.0) < 0 for view in views):
        notes.append("a negative volume ratio: the film swells as lithium leaves it")
    return notes


def _reaches_one(ratio: Property) -> bool:
    """Whether the 95 % interval of a volume ratio that is not 1 holds 1."""
    return ratio.resolved and 0 < abs((ratio.value or 0.0) - 1) < 1.96 * (ratio.uncertainty or 0.0)


def _notes(film: FilmMechanics, views: tuple[VolumeView, ...], thickness: Thickness | None) -> list[str]:
    notes = [
        "heuristic: G > 2 G_Li is Monroe and Newman's result for polymers, v > 1, where g_crit is 1.7 to 3.3"
    ]
    if NOT_BORN_STABLE in film.shear_modulus.flags:
        notes.append(
            "the film is not Born-stable: neither its modulus nor what follows from it has a meaning"
        )
    notes += _notes_on_volumes(views)
    for view in views:
        if view.chi is None:
            continue
        notes.append(
            "the relative sign of the surface and elastic terms of chi is disputed: in the other reading the "
            "elastic part has the opposite sign, and with it the verdict"
        )
        if view.chi.lambda_crit_nm is not None and view.chi.lambda_crit_nm < 1:
            notes.append("the critical wavelength is below 1 nm, where continuum theory ends")
    if thickness is not None and not thickness.half_space:
        notes.append(
            f"k h = {thickness.kh:.2g}: the film is too thin for the half-space model, which needs k h of "
            f"{HALF_SPACE:g} or more, {thickness.needed_nm:.3g} nm at this k; "
            f"{thickness.strain_left:.0%} of the strain reaches its far side"
        )
    return list(dict.fromkeys(notes))
