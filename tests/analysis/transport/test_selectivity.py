import math

import pytest

from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.transport.arrhenius import BOLTZMANN_eV_K, fit_arrhenius
from lithicoat.analysis.transport.records import TemperatureResult
from lithicoat.analysis.transport.selectivity import lithium_over_oxygen


def run(kelvin, value, *, species="Li", error=0.1, bound=None, held=True):
    return TemperatureResult(
        species=species,
        temperature_K=kelvin,
        diffusivity=Property(
            value=value, uncertainty=None if bound else error * value, unit="cm2/s", bound=bound
        ),
        conductivity=Property.missing("S/cm", "not needed"),
        haven_ratio=Property.missing("1", "not needed"),
        hops=100,
        duration_ps=10,
        framework_msd_A2=0.1,
        framework_held=held,
        framework_reason="held",
        mobile_ions=20,
        volume_A3=1000,
        site_spacing_A=3,
    )


def law(prefactor, energy_eV, kelvin):
    return prefactor * math.exp(-energy_eV / (BOLTZMANN_eV_K * kelvin))


def ratio(lithium, oxygen):
    fits = [fit_arrhenius(runs) if runs else None for runs in (lithium, oxygen)]
    return lithium_over_oxygen(*fits, lithium_runs=lithium, oxygen_runs=oxygen)


def test_two_lines_are_compared_at_room_temperature():
    kelvins = (600, 750, 900)
    lithium = [run(kelvin, law(1e-3, 0.4, kelvin)) for kelvin in kelvins]
    oxygen = [run(kelvin, law(1e-3, 0.6, kelvin), species="O") for kelvin in kelvins]
    found = ratio(lithium, oxygen)
    assert found.value == pytest.approx(0.2 / (BOLTZMANN_eV_K * 298.15) / math.log(10), rel=1e-6)
    assert found.unit == "decades"
    assert found.bound is None
    assert any(flag.startswith("extrapolated from 600 K") for flag in found.flags)
    single = fit_arrhenius(lithium).log10_conductivity_298K.uncertainty
    assert found.uncertainty == pytest.approx(math.sqrt(2) * single, rel=1e-6)


def test_oxygen_that_was_not_seen_gives_a_lower_bound_at_the_hottest_solid():
    lithium = [run(600, 1e-6), run(900, 1e-5), run(1200, 1e-4, held=False)]
    oxygen = [run(kelvin, 1e-7, species="O", bound=Bound.UPPER) for kelvin in (600, 900, 1200)]
    found = ratio(lithium, oxygen)
    assert found.bound is Bound.LOWER
    assert found.value == pytest.approx(2 - 2 * 0.1 / math.log(10))
    assert "at 900 K" in found.flags[-1]
    assert found.uncertainty is None


def test_a_temperature_where_only_one_is_resolved_in_every_cell_is_a_bound():
    lithium = [run(900, 1e-5), run(900, 1e-5)]
    oxygen = [run(900, 1e-7, species="O"), run(900, 1e-6, species="O", bound=Bound.UPPER)]
    found = ratio(lithium, oxygen)
    assert found.bound is Bound.LOWER
    assert found.value < 1


def test_replicas_count_by_the_mean_of_their_logarithms():
    lithium = [run(900, 1e-5), run(900, 1e-4)]
    oxygen = [run(900, 1e-7, species="O"), run(900, 1e-7, species="O")]
    found = ratio(lithium, oxygen)
    assert found.value == pytest.approx(2.5)
    assert found.uncertainty == pytest.approx(math.hypot(0.5, 0.1 / math.sqrt(2) / math.log(10)), rel=1e-6)


def test_lithium_that_was_not_seen_beside_oxygen_that_was_gives_an_upper_bound():
    lithium = [run(900, 1e-7, bound=Bound.UPPER)]
    oxygen = [run(900, 1e-5, species="O")]
    found = ratio(lithium, oxygen)
    assert found.bound is Bound.UPPER
    assert found.value == pytest.approx(-2 + 2 * 0.1 / math.log(10))


def test_nothing_seen_is_missing_with_the_reason():
    bounds = [run(900, 1e-7, bound=Bound.UPPER)]
    found = ratio(bounds, [bounds[0].model_copy(update={"species": "O"})])
    assert found.value is None
    assert "neither lithium nor oxygen" in found.flags[0]
    assert lithium_over_oxygen(None, None, lithium_runs=[], oxygen_runs=[]).value is None
