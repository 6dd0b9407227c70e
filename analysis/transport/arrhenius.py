"""Activation energy from diffusivities at several temperatures, and the extrapolation to room temperature."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.transport.conductivity import HAVEN_TAKEN_AS_ONE, nernst_einstein
from lithicoat.analysis.transport.records import ArrheniusLine, BOLTZMANN_eV_K, TemperatureResult
from lithicoat.analysis.transport.regimes import regime_flags

__all__ = ["ROOM_TEMPERATURE_K", "ArrheniusResult", "BOLTZMANN_eV_K", "fit_arrhenius", "mean_haven_ratio"]

ROOM_TEMPERATURE_K = 298.15
LINEAR_ERROR_UP_TO = 0.5  # of ln D: beyond, value ± error is no interval of a positive number
_SIGMAS_OF_A_BOUND = 2


class ArrheniusResult(BaseModel):
    """Temperature dependence of diffusion: D = D0 exp(-Ea / kT)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    activation_energy: Property = Field(description="Activation energy, eV.")
    prefactor: Property = Field(description="Prefactor D0, cm2/s.")
    diffusivity_298K: Property = Field(description="Self-diffusivity at 298.15 K, cm2/s, or its upper bound.")
    conductivity_298K: Property = Field(description="Conductivity at 298.15 K, S/cm, or its upper bound.")
    log10_conductivity_298K: Property = Field(
        description="Decimal logarithm of the conductivity at 298.15 K in S/cm; uncertainty in decades."
    )
    temperatures_K: tuple[float, ...] = Field(
        description="Temperatures of the diffusivities in the fit, K; one for each run."
    )
    line: ArrheniusLine | None = Field(None, description="The fitted line; None without a fit.")


class _Line(NamedTuple):
    """ln D = intercept + slope / kT, with the covariance of (intercept, slope)."""

    parameters: NDArray[np.float64]
    covariance: NDArray[np.float64]

    def at(self, inverse_kT: float) -> tuple[float, float]:
        """Value of ln D and its standard uncertainty."""
        row = np.array([1.0, inverse_kT])
        return float(row @ self.parameters), math.sqrt(float(row @ self.covariance @ row))

    def stored(self) -> ArrheniusLine:
        """Return the line as it is kept in results."""
        (aa, ab), (_, bb) = self.covariance.tolist()
        return ArrheniusLine(
            ln_prefactor=float(self.parameters[0]),
            activation_energy_eV=-float(self.parameters[1]),
            covariance=((aa, ab), (ab, bb)),
        )


def fit_arrhenius(results: Sequence[TemperatureResult]) -> ArrheniusResult:
    """Fit D = D0 exp(-Ea / kT) to the runs whose framework held, and extrapolate to 298.15 K.

    ln D is a straight line in 1/kT; each point is weighted by its relative error σ(D)/D, and the covariance
    is enlarged by χ²/ν where the points scatter more than their errors say. This is exact, needs no priors
    and cannot narrow the result, as priors tied to the best fit do. Through two points the line is exact and
    its errors are those of the points. Points that follow no single line are told (`regime_flags`).

    With diffusivities at fewer than two temperatures there is no activation energy. The diffusivity then has
    an upper bound, since D falls with temperature: the lowest of all bounds, and of all values plus two
    standard uncertainties, found at or above 298.15 K.

    Parameters
    ----------
    results : sequence of TemperatureResult
        Runs at one or more temperatures; several at the same temperature (replicas) are welcome.

    Returns
    -------
    ArrheniusResult
        An uncertainty above a factor of about 1.6 is given in decades, in a flag, and on
        `log10_conductivity_298K`, and not as a value ± error.

    Raises
    ------
    DataError
        If there are no results, or those of several species.
    """
    if not results:
        raise DataError("there are no temperatures to fit", where="results")
    species = sorted({result.species for result in results})
    if len(species) > 1:
        raise DataError(f"results of several species ({' '.join(species)}) make no one line", where="results")
    held = [result for result in results if result.framework_held]
    if not held:
        return _nothing("the framework did not hold at any temperature")
    points = [result for result in held if result.diffusivity.resolved]
    if len({result.temperature_K for result in points}) < 2:
        return _bounded(held)
    return _fitted(points, held)


def _fitted(points: list[TemperatureResult], held: list[TemperatureResult]) -> ArrheniusResult:
    line = _fit_line(points)
    temperatures = tuple(sorted(point.temperature_K for point in points))
    energy = -float(line.parameters[1])
    flags = (*_regimes(points), *_caveats(line, held))
    diffusivity = _exponential(*line.at(1 / (BOLTZMANN_eV_K * ROOM_TEMPERATURE_K)), flags=flags)
    if not temperatures[0] <= ROOM_TEMPERATURE_K <= temperatures[-1]:
        nearest = min(temperatures, key=lambda T: abs(T - ROOM_TEMPERATURE_K))
        diffusivity = diffusivity.flagged(f"extrapolated from {nearest:g} K")
    conductivity, logarithm = _conductivity(line, diffusivity, points)
    return ArrheniusResult(
        activation_energy=Property(
            value=energy, uncertainty=math.sqrt(float(line.covariance[1, 1])), unit="eV", flags=flags
        ),
        prefactor=_exponential(*line.at(0.0), flags=flags),
        diffusivity_298K=diffusivity,
        conductivity_298K=conductivity,
        log10_conductivity_298K=logarithm,
        temperatures_K=temperatures,
        line=line.stored(),
    )


def _fit_line(points: list[TemperatureResult]) -> _Line:
    design = np.array([[1.0, 1 / (BOLTZMANN_eV_K * point.temperature_K)] for point in points])
    logarithms = np.array([math.log(_positive(point)) for point in points])
    errors = np.array([(point.diffusivity.uncertainty or 0.0) / _positive(point) for point in points])
    if not np.all(errors > 0):
        raise DataError(
            "a diffusivity has no uncertainty, so it cannot be weighted", where="results", hint="give one"
        )
    centre = np.array([0.0, design[:, 1].mean()])  # a well-conditioned fit about the mean of 1/kT
    scaled = (design - centre) / errors[:, None]
    about_mean = np.linalg.inv(scaled.T @ scaled)
    parameters = about_mean @ scaled.T @ (logarithms / errors)
    freedom = len(points) - 2
    if freedom:
        misfit = logarithms / errors - scaled @ parameters
        about_mean *= max(1.0, float(misfit @ misfit) / freedom)
    shift = np.array([[1.0, -centre[1]], [0.0, 1.0]])
    return _Line(shift @ parameters, shift @ about_mean @ shift.T)


def _regimes(points: list[TemperatureResult]) -> tuple[str, ...]:
    values = [_positive(point) for point in points]
    errors = [
        (point.diffusivity.uncertainty or 0.0) / value for point, value in zip(points, values, strict=True)
    ]
    return regime_flags([point.temperature_K for point in points], values, errors)


def _positive(point: TemperatureResult) -> float:
    value = point.diffusivity.value
    if value is None or value <= 0:
        raise DataError(
            f"the diffusivity at {point.temperature_K:g} K is {value}; it must be positive", where="results"
        )
    return value


def _exponential(logarithm: float, error: float, *, flags: tuple[str, ...]) -> Property:
    return Property(
        value=math.exp(logarithm),
        uncertainty=math.exp(logarithm) * error if error <= LINEAR_ERROR_UP_TO else None,
        unit="cm2/s",
        flags=(*flags, f"uncertain by {error / math.log(10):.2f} decades"),
    )


def _conductivity(
    line: _Line, diffusivity: Property, points: list[TemperatureResult]
) -> tuple[Property, Property]:
    """Conductivity at room temperature, and its logarithm."""
    haven = mean_haven_ratio(points)
    sigma = _nernst_einstein_298K(diffusivity, haven, points)
    if sigma.value is None:
        return sigma, Property.missing("decades", sigma.flags[0])
    log10_sigma = math.log10(sigma.value)
    _, error = line.at(1 / (BOLTZMANN_eV_K * ROOM_TEMPERATURE_K))
    if haven.resolved and haven.value and haven.uncertainty:
        error = math.hypot(error, haven.uncertainty / haven.value)
    decades = f"uncertain by {error / math.log(10):.2f} decades"
    flags = tuple(flag for flag in sigma.flags if not flag.startswith("uncertain by"))
    sigma = sigma.model_copy(update={"flags": (*flags, decades)})
    if error > LINEAR_ERROR_UP_TO:
        sigma = sigma.model_copy(update={"uncertainty": None})
    logarithm = Property(
        value=log10_sigma,
        uncertainty=error / math.log(10),
        unit="decades",
        flags=flags,
    )
    return sigma, logarithm


def mean_haven_ratio(points: list[TemperatureResult]) -> Property:
    """Weighted mean of the resolved Haven ratios; one that varies with T is beyond short runs."""
    ratios = [point.haven_ratio for point in points if point.haven_ratio.resolved]
    pairs = [(ratio.value, ratio.uncertainty) for ratio in ratios if ratio.value and ratio.uncertainty]
    if not pairs:
        return Property.missing("1", HAVEN_TAKEN_AS_ONE)
    # Weighted by relative errors: absolute ones grow with the ratio and would favour small ratios.
    weights = np.array([(error / value) ** -2 for value, error in pairs])
    mean = float(np.average([math.log(value) for value, _ in pairs], weights=weights))
    return Property(
        value=math.exp(mean), uncertainty=math.exp(mean) / math.sqrt(float(weights.sum())), unit="1"
    )


def _nernst_einstein_298K(
    diffusivity: Property, haven: Property, results: list[TemperatureResult]
) -> Property:
    if results[0].charge_number is None:
        return Property.missing("S/cm", f"the charge of {results[0].species} is not known")
    densities = [result.mobile_ions / result.volume_A3 for result in results]
    return nernst_einstein(
        diffusivity,
        haven_ratio=haven,
        ions=results[0].mobile_ions,
        volume_A3=results[0].mobile_ions / float(np.mean(densities)),
        temperature_K=ROOM_TEMPERATURE_K,
        charge_number=results[0].charge_number,
    )


def _caveats(line: _Line, held: list[TemperatureResult]) -> tuple[str, ...]:
    flags = []
    energy, error = -float(line.parameters[1]), math.sqrt(float(line.covariance[1, 1]))
    if energy <= 0:
        flags.append("diffusivity does not fall with temperature")
    elif error > energy:
        flags.append("activation energy not resolved")
    for result in held:
        bound = result.diffusivity
        if bound.bound is not Bound.UPPER or not bound.value:
            continue
        expected, spread = line.at(1 / (BOLTZMANN_eV_K * result.temperature_K))
        if expected - _SIGMAS_OF_A_BOUND * spread > math.log(bound.value):
            flags.append(f"the fit lies above the bound found at {result.temperature_K:g} K")
    return tuple(flags)


def _bounded(held: list[TemperatureResult]) -> ArrheniusResult:
    """Bounds where there are diffusivities at fewer than two temperatures."""
    reason = "diffusion was resolved at fewer than two temperatures"
    ceilings = [
        (
            result.diffusivity.value + _SIGMAS_OF_A_BOUND * (result.diffusivity.uncertainty or 0.0),
            result.temperature_K,
        )
        for result in held
        if result.temperature_K >= ROOM_TEMPERATURE_K
        and result.diffusivity.value is not None
        and result.diffusivity.bound is not Bound.LOWER
    ]
    if not ceilings:
        return _nothing(f"{reason} and none of them lies above 298 K")
    ceiling, temperature_K = min(ceilings)
    diffusivity = Property(
        value=ceiling,
        unit="cm2/s",
        bound=Bound.UPPER,
        flags=(f"below that at {temperature_K:g} K, since diffusivity falls with temperature",),
    )
    resolved = [result for result in held if result.diffusivity.resolved]
    conductivity = _nernst_einstein_298K(diffusivity, mean_haven_ratio(resolved), held)
    if conductivity.value is None:
        logarithm = Property.missing("decades", conductivity.flags[0])
    else:
        logarithm = Property(
            value=math.log10(conductivity.value), unit="decades", bound=Bound.UPPER, flags=conductivity.flags
        )
    return ArrheniusResult(
        activation_energy=Property.missing("eV", reason),
        prefactor=Property.missing("cm2/s", reason),
        diffusivity_298K=diffusivity,
        conductivity_298K=conductivity,
        log10_conductivity_298K=logarithm,
        temperatures_K=tuple(sorted(result.temperature_K for result in resolved)),
    )


def _nothing(reason: str) -> ArrheniusResult:
    return ArrheniusResult(
        activation_energy=Property.missing("eV", reason),
        prefactor=Property.missing("cm2/s", reason),
        diffusivity_298K=Property.missing("cm2/s", reason),
        conductivity_298K=Property.missing("S/cm", reason),
        log10_conductivity_298K=Property.missing("decades", reason),
        temperatures_K=(),
    )
