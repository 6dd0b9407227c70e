"""Chemical potentials of gases from tabulated heat capacities and entropies."""

import math
import tomllib
from functools import cache
from importlib import resources

import numpy as np
from ase.units import J, mol
from pydantic import BaseModel, ConfigDict, Field
from scipy.constants import R as GAS_CONSTANT

from lithicoat.analysis.errors import DataError

__all__ = ["HOTTEST_K", "TABULATED_GASES", "gas_chemical_potential_eV", "oxygen_chemical_potential_eV"]

REFERENCE_K = 298.15
COLDEST_K, HOTTEST_K = 298.0, 2000.0
"""Temperatures for which all gases are tabulated, K."""
TABULATED_GASES = ("O2", "SO2", "SO3", "CO2", "CO", "H2O", "HF", "H2S")


class _Gas(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    entropy: float = Field(description="At 298.15 K and 1 bar, J/(mol K).")
    ranges: tuple[tuple[float, float, float, float, float, float, float], ...]

    def potential_J_mol(self, temperature_K: float) -> float:
        """Return G(T) - H(298.15 K) at 1 bar."""
        enthalpy, entropy, reached = 0.0, self.entropy, REFERENCE_K
        for _, highest, *shomate in self.ranges:
            end = min(temperature_K, highest)
            enthalpy += _integral(shomate, reached, end)
            entropy += _integral_over_T(shomate, reached, end)
            reached = end
            if reached >= temperature_K:
                break
        return enthalpy - temperature_K * entropy


def gas_chemical_potential_eV(formula: str, temperature_K: float, pressure_bar: float = 1.0) -> float:
    """Return the chemical potential of an ideal gas, counted from its enthalpy at 298.15 K.

    Parameters
    ----------
    formula : str
        One of `TABULATED_GASES`.
    temperature_K : float
        From 298 to 2000 K.
    pressure_bar : float
        Partial pressure.

    Returns
    -------
    float
        H(T) - H(298.15 K) - T S(T) + k T ln(p / 1 bar), eV per molecule. Added to a reaction energy from
        enthalpies at 298 K it gives the energy at this temperature and pressure, but for the entropy of the
        solids.

    Raises
    ------
    DataError
        If the gas is not tabulated, the temperature not in the tables, or the pressure not positive.
    """
    if formula not in TABULATED_GASES:
        raise DataError(
            f"the entropy of {formula} is not tabulated here",
            where=formula,
            hint=f"known are {', '.join(TABULATED_GASES)}",
        )
    if not COLDEST_K <= temperature_K <= HOTTEST_K:
        raise DataError(
            f"gases are tabulated from {COLDEST_K:g} to {HOTTEST_K:g} K, not at {temperature_K:g} K",
            where="temperature",
        )
    if not pressure_bar > 0:
        raise DataError(f"a pressure of {pressure_bar:g} bar is none; it must be positive", where="pressure")
    potential = _gases()[formula].potential_J_mol(temperature_K)
    return float((potential + GAS_CONSTANT * temperature_K * math.log(pressure_bar)) * J / mol)


def oxygen_chemical_potential_eV(temperature_K: float, pressure_bar: float = 1.0) -> float:
    """Return the chemical potential of oxygen, eV per atom from half the enthalpy of O2 at 298.15 K.

    At 298.15 K and 1 bar it is -0.317 eV. Parameters and errors are those of `gas_chemical_potential_eV`.
    """
    return 0.5 * gas_chemical_potential_eV("O2", temperature_K=temperature_K, pressure_bar=pressure_bar)


@cache
def _gases() -> dict[str, _Gas]:
    text = resources.files("lithicoat.analysis").joinpath("data/gases.toml").read_text(encoding="utf-8")
    return {name: _Gas.model_validate(entry) for name, entry in tomllib.loads(text).items()}


def _integral(shomate: list[float], start_K: float, end_K: float) -> float:
    """Integrate Cp over T, J/mol."""
    a, b, c, d, e = shomate
    t = np.array([start_K, end_K]) / 1000
    values = a * t + b * t**2 / 2 + c * t**3 / 3 + d * t**4 / 4 - e / t
    return float(1000 * (values[1] - values[0]))


def _integral_over_T(shomate: list[float], start_K: float, end_K: float) -> float:
    """Integrate Cp / T over T, J/(mol K)."""
    a, b, c, d, e = shomate
    t = np.array([start_K, end_K]) / 1000
    values = a * np.log(t) + b * t + c * t**2 / 2 + d * t**3 / 3 - e / (2 * t**2)
    return float(values[1] - values[0])
