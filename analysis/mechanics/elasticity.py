"""Elastic results as a user reads them: moduli with uncertainty, and their mean over independent cells."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.films.ensembles import ONE_REPLICA
from lithicoat.analysis.mechanics.elastic_tensor import (
    ElasticFit,
    FloatArray,
    Moduli,
    eigenvalue_error,
    fit_tensor,
    propagated_error,
    voigt_reuss_hill,
)
from lithicoat.analysis.properties import Property, Provenance

__all__ = [
    "NOT_BORN_STABLE",
    "ElasticResult",
    "elastic_result",
    "ensemble",
    "ensemble_result",
    "fit_tensor",
    "voigt_reuss_hill",
]

NOT_BORN_STABLE = "not Born-stable"

_NONLINEAR = 0.05  # residuals above this share of the stress changes are flagged
_DIRECTIONAL = 0.5  # a universal anisotropy index above this is flagged where the solid should be isotropic
_STRESSED = 0.02  # a residual stress above this share of the shear modulus is flagged

_Matrix = tuple[tuple[float, ...], ...]


class ElasticResult(BaseModel):
    """Elastic properties of one cell, or the mean over the cells of one film."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    bulk_modulus: Property = Field(description="Voigt–Reuss–Hill bulk modulus, GPa.")
    shear_modulus: Property = Field(description="Voigt–Reuss–Hill shear modulus, GPa.")
    youngs_modulus: Property = Field(description="Young's modulus from the two, GPa.")
    poisson_ratio: Property = Field(description="Poisson's ratio from the two, 1.")
    pugh_ratio: Property = Field(description="K/G, 1; missing if the cell is not Born-stable.")
    universal_anisotropy: Property = Field(
        description="5 G_V/G_R + K_V/K_R − 6, 1: zero if isotropic; missing if the cell is not Born-stable."
    )
    lowest_elastic_eigenvalue: Property = Field(
        description="Lowest eigenvalue of the tensor in Mandel form, GPa; above 0 is Born-stable."
    )
    tensor_GPa: _Matrix = Field(description="6×6 elastic tensor in Voigt notation, GPa.")
    born_stable: bool = Field(description="True if all eigenvalues are positive, in every cell.")


def elastic_result(
    fit: ElasticFit, *, provenance: Provenance | None = None, isotropic: bool = False
) -> ElasticResult:
    """Turn the fit of one cell into moduli with uncertainties and flags.

    Uncertainties follow from the covariance of the fit by the linear law; they hold the noise and the
    non-linearity of the stresses, not the error of the potential or the spread between cells.

    Parameters
    ----------
    fit : ElasticFit
        Elastic tensor of one cell.
    provenance : Provenance, optional
        Written into every property.
    isotropic : bool
        Whether the solid should be: a film whose cell has directions is flagged, a crystal is not.

    Raises
    ------
    DataError
        If the tensor is singular.
    """
    moduli = voigt_reuss_hill(fit.tensor_GPa)
    flags = _fit_flags(fit, moduli, isotropic=isotropic)
    origin = provenance or Provenance()

    def given(value: float, unit: str, error: float) -> Property:
        return Property(value=value, uncertainty=error, unit=unit, flags=flags, provenance=origin)

    def stable(quantity: Callable[[Moduli], float]) -> Property:
        if not moduli.born_stable:
            return Property(value=None, unit="1", flags=flags, provenance=origin)
        return given(quantity(moduli), "1", propagated_error(fit, quantity))

    return ElasticResult(
        bulk_modulus=given(moduli.bulk_GPa, "GPa", propagated_error(fit, lambda m: m.bulk_GPa)),
        shear_modulus=given(moduli.shear_GPa, "GPa", propagated_error(fit, lambda m: m.shear_GPa)),
        youngs_modulus=given(moduli.youngs_GPa, "GPa", propagated_error(fit, lambda m: m.youngs_GPa)),
        poisson_ratio=given(moduli.poisson, "1", propagated_error(fit, lambda m: m.poisson)),
        pugh_ratio=stable(lambda m: m.bulk_GPa / m.shear_GPa),
        universal_anisotropy=stable(lambda m: m.universal_anisotropy),
        lowest_elastic_eigenvalue=given(moduli.lowest_eigenvalue_GPa, "GPa", eigenvalue_error(fit)),
        tensor_GPa=_rows(fit.tensor_GPa),
        born_stable=moduli.born_stable,
    )


def ensemble(replicas: Sequence[Property]) -> Property:
    """Average a property over independent cells of the same film.

    The standard uncertainty of the mean is sqrt(s²/n + Σ u_i²/n²): the spread s between the cells and the
    uncertainties u_i of the single values, in quadrature. Part of the u_i shows in the spread too, so the
    sum is on the safe side. Cells without a value are left out and counted in the flags.

    Parameters
    ----------
    replicas : sequence of Property
        The property of each cell, all in one unit.

    Raises
    ------
    DataError
        If there is no replica, or the units differ.
    """
    if not replicas:
        raise DataError("an ensemble needs at least one replica", where="replicas")
    units = {replica.unit for replica in replicas}
    if len(units) > 1:
        raise DataError(f"replicas have different units: {', '.join(sorted(units))}", where="replicas")
    flags = [flag for replica in replicas for flag in replica.flags]
    values = [replica.value for replica in replicas if replica.value is not None and replica.bound is None]
    errors = [replica.uncertainty or 0.0 for replica in replicas if replica.resolved]
    count, left_out = len(values), len(replicas) - len(values)
    if left_out:
        flags.append(f"{left_out} of {len(replicas)} replicas without a value")
    unit, provenance = replicas[0].unit, _common_provenance(replicas)
    if count == 0:
        return Property(value=None, unit=unit, flags=tuple(dict.fromkeys(flags)), provenance=provenance)
    if count == 1:
        flags.append(ONE_REPLICA)
        uncertainty = next(replica.uncertainty for replica in replicas if replica.resolved)
    else:
        spread = float(np.var(values, ddof=1)) / count
        uncertainty = math.sqrt(spread + sum(error**2 for error in errors) / count**2)
    return Property(
        value=float(np.mean(values)),
        uncertainty=uncertainty,
        unit=unit,
        flags=tuple(dict.fromkeys(flags)),
        provenance=provenance,
    )


def ensemble_result(results: Sequence[ElasticResult]) -> ElasticResult:
    """Average elastic results over the cells of one film.

    Moduli are averaged by :func:`ensemble`; the lowest eigenvalue is that of the worst cell, since one
    unstable cell makes the film's number doubtful. The tensor is the plain mean.

    Raises
    ------
    DataError
        If there is no result.
    """
    if not results:
        raise DataError("an ensemble needs at least one replica", where="results")
    worst = min(
        (result.lowest_elastic_eigenvalue for result in results),
        key=lambda eigenvalue: -math.inf if eigenvalue.value is None else eigenvalue.value,
    )
    note = () if len(results) == 1 else (f"lowest of {len(results)} cells",)
    return ElasticResult(
        bulk_modulus=ensemble([result.bulk_modulus for result in results]),
        shear_modulus=ensemble([result.shear_modulus for result in results]),
        youngs_modulus=ensemble([result.youngs_modulus for result in results]),
        poisson_ratio=ensemble([result.poisson_ratio for result in results]),
        pugh_ratio=ensemble([result.pugh_ratio for result in results]),
        universal_anisotropy=ensemble([result.universal_anisotropy for result in results]),
        lowest_elastic_eigenvalue=worst.flagged(*note),
        tensor_GPa=_rows(np.array([result.tensor_GPa for result in results]).mean(axis=0)),
        born_stable=all(result.born_stable for result in results),
    )


def _fit_flags(fit: ElasticFit, moduli: Moduli, *, isotropic: bool) -> tuple[str, ...]:
    flags = [] if moduli.born_stable else [NOT_BORN_STABLE]
    if fit.nonlinearity > _NONLINEAR:
        flags.append(f"stress not linear in strain ({fit.nonlinearity:.0%} left over)")
    if isotropic and moduli.born_stable and moduli.universal_anisotropy > _DIRECTIONAL:
        flags.append(
            f"cell not isotropic: anisotropy index {moduli.universal_anisotropy:.2g}; a larger cell is better"
        )
    stress = float(np.abs(fit.residual_stress_GPa).max())
    if stress > _STRESSED * abs(moduli.shear_GPa):
        flags.append(f"residual stress {stress:.2g} GPa")
    return tuple(flags)


def _common_provenance(replicas: Sequence[Property]) -> Provenance:
    first = replicas[0].provenance
    shared = {
        name: getattr(first, name)
        for name in Provenance.model_fields
        if all(getattr(replica.provenance, name) == getattr(first, name) for replica in replicas)
    }
    return Provenance(**shared)


def _rows(matrix: FloatArray) -> _Matrix:
    return tuple(tuple(float(value) for value in row) for row in matrix)
