"""From the elastic documents of a film's cells to its moduli as a record has them."""

from collections.abc import Sequence

from lithicoat.analysis.mechanics.calibration import calibrated
from lithicoat.analysis.mechanics.directional_moduli import shear_extremes
from lithicoat.analysis.mechanics.elasticity import (
    NOT_BORN_STABLE,
    ElasticResult,
    ensemble,
    ensemble_result,
)
from lithicoat.analysis.mechanics.hardness import hardness_estimate
from lithicoat.analysis.properties import Property
from lithicoat.analysis.spread import with_spread
from lithicoat.workflows.mechanics.thermal import ThermalElasticDocument
from lithicoat.workflows.potentials.calibrations import calibration_of
from lithicoat.workflows.potentials.registry import PotentialRef

__all__ = ["elastic_properties", "shear_modulus_name", "thermal_properties"]

UNITS = {
    "bulk_modulus": "GPa",
    "shear_modulus": "GPa",
    "youngs_modulus": "GPa",
    "poisson_ratio": "1",
    "pugh_ratio": "1",
    "universal_anisotropy": "1",
    "lowest_elastic_eigenvalue": "GPa",
}
EXTREMES = ("shear_modulus_softest", "shear_modulus_stiffest")
"""Lowest and highest shear modulus over all planes and directions."""
FURTHER = ("shear_modulus_calibrated", "hardness_estimate", *EXTREMES)
WIDENED = ("bulk_modulus", "shear_modulus", "youngs_modulus", "poisson_ratio", "pugh_ratio")
"""What the spread of a committee is added to."""

COLD_CALIBRATION = "calibrated by moduli at 0 K"


def elastic_properties(
    results: Sequence[ElasticResult],
    potential: PotentialRef,
    committee: Sequence[Sequence[ElasticResult]] = (),
) -> dict[str, Property]:
    """Return the moduli of a film averaged over its cells, the calibrated shear modulus, a hardness estimate.

    The softest and the stiffest shear, as computed, are averaged over the cells too. A small cell of an
    isotropic film has directions by chance, so they hold the film's modulus between them more loosely than
    need be.

    Parameters
    ----------
    results : sequence of ElasticResult
        One per cell.
    potential : PotentialRef
        The potential, whose calibration is applied.
    committee : sequence of sequence of ElasticResult
        Those of the same cells by each of its sisters; their spread widens the moduli.
    """
    if not results:
        reason = "no elastic tensor: see the failures of the film"
        missing = {name: Property.missing(unit, reason) for name, unit in UNITS.items()}
        return missing | {name: Property.missing("GPa", reason) for name in FURTHER}
    mean = ensemble_result(results)
    moduli: dict[str, Property] = {name: getattr(mean, name) for name in UNITS}
    sisters = [ensemble_result(sister) for sister in committee if sister]
    for name in WIDENED:
        moduli[name] = with_spread(moduli[name], [getattr(sister, name) for sister in sisters])
    corrected = calibrated(moduli["shear_modulus"], calibration_of(potential))
    moduli["shear_modulus_calibrated"] = corrected
    moduli["hardness_estimate"] = hardness_estimate(corrected, moduli["pugh_ratio"])
    return moduli | _extremes(results, sisters)


def thermal_properties(
    documents: Sequence[ThermalElasticDocument | None], potential: PotentialRef, *, temperature_K: float
) -> dict[str, Property]:
    """Return the shear modulus of a film at a temperature, averaged over its cells, and the calibrated one.

    The calibration is that of moduli at 0 K: a potential that is too soft there is taken to be as much too
    soft at the temperature.

    Parameters
    ----------
    documents : sequence of ThermalElasticDocument or None
        One per cell; None stands for a failed one.
    potential : PotentialRef
        The potential, whose calibration is applied.
    temperature_K : float
        Temperature of the runs, K.
    """
    name = shear_modulus_name(temperature_K)
    moduli = [document.result.shear_modulus for document in documents if document is not None]
    if not moduli:
        missing = Property.missing("GPa", f"no shears at {temperature_K:g} K: see the failures of the film")
        return {name: missing, f"{name}_calibrated": missing}
    mean = _over_cells(moduli)
    corrected = calibrated(mean, calibration_of(potential))
    if corrected.value != mean.value:
        corrected = corrected.flagged(COLD_CALIBRATION)
    return {name: mean, f"{name}_calibrated": corrected}


def shear_modulus_name(temperature_K: float) -> str:
    """Return the name under which a shear modulus at a temperature is kept: `shear_modulus_300K`."""
    return f"shear_modulus_{temperature_K:g}K"


def _extremes(results: Sequence[ElasticResult], sisters: Sequence[ElasticResult]) -> dict[str, Property]:
    """Return the softest and the stiffest shear, averaged over the cells and widened by a committee."""
    cells = [_shear_bounds(result) for result in results]
    others = [_shear_bounds(sister) for sister in sisters]
    return {
        name: with_spread(ensemble([cell[end] for cell in cells]), [sister[end] for sister in others])
        for end, name in enumerate(EXTREMES)
    }


def _shear_bounds(result: ElasticResult) -> tuple[Property, Property]:
    """Return the softest and the stiffest shear of a cell, relative to their value as certain as its G."""
    mean = result.shear_modulus
    if not result.born_stable or not mean.value:
        missing = Property.missing("GPa", NOT_BORN_STABLE, provenance=mean.provenance)
        return missing, missing
    relative = None if mean.uncertainty is None else mean.uncertainty / mean.value
    softest, stiffest = (
        mean.model_copy(
            update={
                "value": extreme.value_GPa,
                "uncertainty": None if relative is None else relative * extreme.value_GPa,
            }
        )
        for extreme in shear_extremes(result.tensor_GPa)
    )
    return softest, stiffest


def _over_cells(moduli: Sequence[Property]) -> Property:
    """Average over the cells; if all are bounds, the highest holds for the mean, too."""
    bounds = [modulus for modulus in moduli if modulus.bound is not None]
    if len(bounds) < len(moduli):
        return ensemble(moduli)
    return max(bounds, key=lambda modulus: modulus.value or 0.0)
