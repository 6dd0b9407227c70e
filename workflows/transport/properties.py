"""From the runs of a ladder to the properties of a film."""

from collections.abc import Sequence

from lithicoat.analysis.properties import Property
from lithicoat.analysis.transport.arrhenius import mean_haven_ratio
from lithicoat.analysis.transport.selectivity import lithium_over_oxygen
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.transport.diffusion import LadderDocument
from lithicoat.workflows.transport.following import LITHIUM, OXYGEN

__all__ = ["LADDER_UNITS", "convergence_flags", "ladder_properties"]

PERFECT_CRYSTAL = "perfect crystal: no carriers but thermal ones"
NO_LITHIUM = "the film holds no lithium; how it carries lithium that enters it is not computed"
NO_RUN = "no diffusion run: see the failures of the film"
LADDER_UNITS = {
    "activation_energy": "eV",
    "diffusivity_298K": "cm2/s",
    "conductivity_298K": "S/cm",
    "log10_conductivity_298K": "decades",
}
"""Properties of lithium that the Arrhenius fit gives."""
OXYGEN_NAMES = {
    "oxygen_diffusivity_298K": "diffusivity_298K",
    "oxygen_activation_energy": "activation_energy",
}
"""Those of oxygen, and their names in the fit."""


def ladder_properties(
    ladder: LadderDocument | None, cells: Sequence[Model], species: Sequence[str] = (LITHIUM,)
) -> dict[str, Property]:
    """Return transport properties, and the highest temperature at which the framework held.

    Parameters
    ----------
    ladder : LadderDocument or None
        None if there were no runs.
    cells : sequence of Model
        The relaxed cells.
    species : sequence of str
        What was followed.

    Returns
    -------
    dict of str to Property
        Those of lithium and ``highest_stable_temperature`` always, those of oxygen if it was followed.
    """
    found = _lithium(ladder, cells)
    if OXYGEN in species:
        found |= _oxygen(ladder, both=LITHIUM in species)
    if any(cell.kind is ModelKind.CRYSTAL for cell in cells):
        found = {name: quantity.flagged(PERFECT_CRYSTAL) for name, quantity in found.items()}
    found["highest_stable_temperature"] = _highest(ladder, cells)
    return found


def convergence_flags(ladder: LadderDocument | None) -> tuple[str, ...]:
    """Say which runs ended before the diffusivity was known as well as asked; nothing if none did."""
    runs = [run for run in ladder.temperatures if run.framework_held] if ladder else []
    loose = [run for run in runs if not run.converged and run.relative_error is not None]
    unseen = [run for run in runs if run.relative_error is None]
    told = []
    if loose:
        worst = max(loose, key=lambda run: run.relative_error or 0.0)
        told.append(
            f"{len(loose)} of {len(runs)} runs ended before D was known as well as asked: within "
            f"{100 * (worst.relative_error or 0.0):.0f} % at {worst.temperature_K:g} K"
        )
    if unseen and len(unseen) < len(runs):
        kelvins = sorted({run.temperature_K for run in unseen})
        told.append(f"not resolved at {', '.join(f'{kelvin:g}' for kelvin in kelvins)} K")
    return tuple(told)


def _lithium(ladder: LadderDocument | None, cells: Sequence[Model]) -> dict[str, Property]:
    fit = ladder.arrhenius.get(LITHIUM) if ladder else None
    if ladder is None or fit is None:
        reason = NO_LITHIUM if _without_lithium(cells) else _reason(ladder)
        units = {**LADDER_UNITS, "haven_ratio": "1"}
        return {name: Property.missing(unit, reason) for name, unit in units.items()}
    held = [result for result in ladder.results(LITHIUM) if result.framework_held]
    found: dict[str, Property] = {name: getattr(fit, name) for name in LADDER_UNITS}
    found["haven_ratio"] = mean_haven_ratio(held)
    flags = convergence_flags(ladder)
    return {name: quantity.flagged(*flags) for name, quantity in found.items()}


def _oxygen(ladder: LadderDocument | None, *, both: bool) -> dict[str, Property]:
    fits = ladder.arrhenius if ladder else {}
    fit = fits.get(OXYGEN)
    reason = _reason(ladder)
    found: dict[str, Property] = {}
    for name, own in OXYGEN_NAMES.items():
        unit = LADDER_UNITS[own]
        found[name] = getattr(fit, own) if fit else Property.missing(unit, reason)
    if both:
        found["lithium_over_oxygen"] = (
            lithium_over_oxygen(
                fits.get(LITHIUM),
                fit,
                lithium_runs=ladder.results(LITHIUM),
                oxygen_runs=ladder.results(OXYGEN),
            )
            if ladder and fit
            else Property.missing("decades", reason)
        )
    return found


def _highest(ladder: LadderDocument | None, cells: Sequence[Model]) -> Property:
    if ladder is None and _without_lithium(cells):
        return Property.missing("K", NO_LITHIUM)
    if ladder is None or ladder.highest_stable_temperature_K is None:
        return Property.missing("K", _reason(ladder))
    return Property(value=ladder.highest_stable_temperature_K, unit="K")


def _without_lithium(cells: Sequence[Model]) -> bool:
    return bool(cells) and not any(LITHIUM in cell.symbols for cell in cells)


def _reason(ladder: LadderDocument | None) -> str:
    """Say why there is nothing."""
    reasons = {run.framework_reason for run in ladder.temperatures} if ladder else set()
    return "; ".join(sorted(reasons)) or NO_RUN
