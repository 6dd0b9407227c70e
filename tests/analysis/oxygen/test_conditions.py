"""Uptake at temperatures and pressures, and what is quoted of a reaction."""

import pytest

from lithicoat.analysis.oxygen.conditions import (
    UptakeSurroundings,
    conditions_of,
    gas_shift,
    onset_of,
)
from lithicoat.analysis.oxygen.quantities import named_routes, of_step
from lithicoat.analysis.oxygen.staircase import staircase
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.thermochemistry.gases import (
    gas_chemical_potential_eV,
    oxygen_chemical_potential_eV,
)
from lithicoat.analysis.thermochemistry.hulls import Film
from lithicoat.analysis.thermochemistry.phases import PhaseKind

DENSITY = Property(value=1.64, uncertainty=0.0164, unit="g/cm3")


def conditions(table, film, **changes):
    return conditions_of(table, Film(film), DENSITY, UptakeSurroundings(**changes))


def test_at_the_pressure_of_the_onset_gas_and_film_are_in_equilibrium(table, film_of):
    for condition in conditions(table, film_of("Li2O")):
        pressure = 10**condition.log10_onset_bar.value
        offers = oxygen_chemical_potential_eV(temperature_K=condition.temperature_K, pressure_bar=pressure)
        assert offers == pytest.approx(condition.onset.value)
        (there,) = conditions(
            table, film_of("Li2O"), temperatures_K=(condition.temperature_K,), oxygen_bar=pressure * 1.0001
        )
        assert there.free_energy.value == pytest.approx(0.0, abs=1e-4)


def test_lithium_peroxide_falls_apart_when_warm(table, film_of):
    """At 1 bar, -0.38 eV per O is reached at about 355 K without the entropy of the solids."""
    found = conditions(table, film_of("Li2O"), temperatures_K=(298.15, 340.0, 370.0))
    assert [condition.reaction is not None for condition in found] == [True, True, False]
    assert found[-1].free_energy.flags == ("no uptake at this pressure",)


def test_free_energy_is_energy_and_entropy_of_the_gas(table, film_of):
    (room,) = conditions(table, film_of("Li2S"), temperatures_K=(298.15,))
    entropy = -2 * oxygen_chemical_potential_eV(temperature_K=298.15)
    assert room.free_energy.value == pytest.approx(room.reaction.energy.value + entropy)
    assert entropy == pytest.approx(0.635, abs=0.005)


def test_gas_that_is_given_off_has_an_entropy_too(table, film_of):
    (room,) = conditions(table, film_of("Al2S3"), temperatures_K=(298.15,))
    assert room.reaction.gases == ("SO3",)
    given = gas_chemical_potential_eV("SO3", temperature_K=298.15) * 3 / room.reaction.o2
    taken = 2 * oxygen_chemical_potential_eV(temperature_K=298.15)
    assert room.free_energy.value == pytest.approx(room.reaction.energy.value + given - taken)


def test_less_gas_above_the_film_lets_it_leave_sooner(table, film_of):
    film = film_of("Al2S3")
    thin, thick = (
        conditions(table, film, temperatures_K=(1000.0,), gas_bar=bar)[0].free_energy.value
        for bar in (1e-3, 1.0)
    )
    assert thin < thick


def test_a_gas_without_tabulated_entropy_counts_by_its_enthalpy(table):
    oxygen = next(phase for phase in table.phases if phase.formula == "O2")
    unknown = oxygen.model_copy(update={"formula": "N2", "composition": {"N": 2.0}})
    assert gas_shift(298.15, 1.0)(unknown) == 0.0
    assert gas_shift(298.15, 1.0)(oxygen) == pytest.approx(-0.635, abs=0.005)


def test_a_film_that_takes_none_has_a_bound_for_its_onset(table, film_of):
    onset = onset_of(staircase(table, film_of("Al2O3")))
    assert (onset.value, onset.bound) == (0.0, Bound.LOWER)
    (room,) = conditions(table, film_of("Al2O3"), temperatures_K=(298.15,))
    assert room.reaction is None
    assert room.log10_onset_bar.value is None
    assert room.free_energy.value is None


def test_the_measured_enthalpies_come_out_per_o2(table, film_of):
    """Li2S + 2 O2 -> Li2SO4: -995.1 kJ/mol; Li2S + 1.5 O2 -> Li2SO3: -735.6 kJ/mol."""
    sulfate, sulfite = named_routes(table, Film(film_of("Li2S")), DENSITY)
    assert sulfate.energy.value == pytest.approx(-5.157, abs=0.002)
    assert sulfite.energy.value == pytest.approx(-5.083, abs=0.002)
    assert sulfate.capacity.value == pytest.approx(2 / 28.016, rel=1e-3)
    # 40 Å3 of product against the 46.5 Å3 of 45.95 g/mol at 1.64 g/cm3
    assert sulfate.volume_ratio.value == pytest.approx(40 / 46.53, rel=1e-3)
    assert sulfate.volume_ratio.uncertainty == pytest.approx(0.01 * sulfate.volume_ratio.value)


def test_a_product_without_a_phase_is_named(table, film_of):
    without = tuple(phase for phase in table.phases if phase.formula != "SO2")
    found = named_routes(table.model_copy(update={"phases": without}), Film(film_of("Al2S3")), DENSITY)
    assert found[0].energy.value is None
    assert "no reference phase of SO2 with tabulated" in found[0].energy.flags


def test_a_gas_is_not_taken_for_its_crystal(table, film_of):
    """A crystal of SO2 that some potential makes too stable must not be what leaves the film."""
    gas = next(phase for phase in table.phases if phase.formula == "SO2")
    ice = gas.model_copy(update={"name": "ice", "kind": PhaseKind.CRYSTAL, "energy_eV": -10.0})
    film = Film(film_of("Al2S3"))
    before = named_routes(table, film, DENSITY)[0].energy.value
    after = named_routes(table.including(ice), film, DENSITY)[0].energy.value
    assert after == pytest.approx(before)


def test_the_spread_of_the_cells_widens_the_error(table, film_of):
    film = film_of("Li2S")
    (step,) = staircase(table, film)
    alone, spread = (of_step(table, Film(film, error), step, DENSITY).energy for error in (0.0, 0.6))
    assert spread.value == alone.value
    assert spread.uncertainty == pytest.approx((alone.uncertainty**2 + 0.3**2) ** 0.5)


def test_carbon_is_said_to_burn(table, film_of):
    film = film_of("LiC2SO")
    step = staircase(table, film)[-1]
    assert any("burns" in flag for flag in of_step(table, Film(film), step, DENSITY).energy.flags)
