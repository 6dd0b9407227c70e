"""Chemical potentials of gases against the tables that their coefficients were fitted to."""

import numpy as np
import pytest
from ase.units import J, kB, mol

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.thermochemistry.gases import (
    TABULATED_GASES,
    gas_chemical_potential_eV,
    oxygen_chemical_potential_eV,
)

JANAF = [
    ("O2", 298.15, 205.147),
    ("O2", 500.0, 208.524),
    ("O2", 1000.0, 220.875),
    ("CO2", 1000.0, 235.901),
    ("H2O", 1000.0, 206.738),
]
"""Gas, K, -(G - H(298.15 K)) / T in J/(mol K): Chase, NIST-JANAF Thermochemical Tables, 4th ed. (1998)."""


@pytest.mark.parametrize(("gas", "temperature", "function"), JANAF)
def test_the_gibbs_energy_functions_of_the_tables(gas, temperature, function):
    found = -gas_chemical_potential_eV(gas, temperature) / temperature / (J / mol)
    assert found == pytest.approx(function, abs=0.02)


def test_oxygen_at_room_temperature():
    assert oxygen_chemical_potential_eV(298.15) == pytest.approx(-0.634 / 2, abs=5e-4)


@pytest.mark.parametrize("gas", TABULATED_GASES)
def test_the_slope_is_the_entropy_and_no_range_ends_in_a_step(gas):
    temperatures = np.linspace(300, 2000, 341)
    values = np.array([gas_chemical_potential_eV(gas, float(T)) for T in temperatures])
    entropies = -np.diff(values) / np.diff(temperatures) / (J / mol)
    assert np.all(np.diff(entropies) > 0)  # heat capacities are positive
    assert np.abs(np.diff(entropies, 2)).max() < 0.1


def test_a_decade_of_pressure_is_kT_ln_10():
    step = gas_chemical_potential_eV("O2", 600.0, 1.0) - gas_chemical_potential_eV("O2", 600.0, 0.1)
    assert step == pytest.approx(kB * 600 * np.log(10))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("XeF2", 300.0), "entropy of XeF2 is not tabulated here"),
        (("O2", 200.0), "from 298 to 2000 K, not at 200 K"),
        (("O2", 2500.0), "not at 2500 K"),
        (("O2", 300.0, 0.0), "pressure of 0 bar is none"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(DataError, match=message):
        gas_chemical_potential_eV(*arguments)
