"""Activation energy and room-temperature values from known temperature dependences."""

import math

import numpy as np
import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.transport.arrhenius import ROOM_TEMPERATURE_K, BOLTZMANN_eV_K, fit_arrhenius
from lithicoat.analysis.transport.conductivity import (
    HAVEN_TAKEN_AS_ONE,
    nernst_einstein,
    nernst_einstein_factor,
)
from lithicoat.analysis.transport.records import TemperatureResult

EA, D0 = 0.30, 2e-3
UNRESOLVED = Property.missing("1", "Haven ratio not resolved")


def law(temperature_K, energy=EA, prefactor=D0):
    return prefactor * math.exp(-energy / (BOLTZMANN_eV_K * temperature_K))


def run(temperature_K, value=None, *, relative=0.1, bound=None, haven=UNRESOLVED, held=True, **more):
    value = law(temperature_K) if value is None else value
    diffusivity = Property(
        value=value,
        uncertainty=None if bound else relative * value,
        unit="cm2/s",
        bound=bound,
        flags=("no diffusion seen",) if bound else (),
    )
    cell = {"ions": 16, "volume_A3": 800.0, "temperature_K": temperature_K}
    return TemperatureResult(
        temperature_K=temperature_K,
        diffusivity=diffusivity,
        conductivity=nernst_einstein(diffusivity, haven_ratio=haven, **cell),
        haven_ratio=haven,
        hops=0 if bound else 100,
        duration_ps=100,
        framework_msd_A2=0.1,
        framework_held=held,
        framework_reason="",
        mobile_ions=16,
        volume_A3=800.0,
        site_spacing_A=3.0,
        **more,
    )


def test_boltzmann_in_eV():
    assert pytest.approx(1.380649e-23 / 1.602176634e-19, rel=1e-12) == BOLTZMANN_eV_K
    assert pytest.approx(8.314462618 / 96485.33212, rel=1e-9) == BOLTZMANN_eV_K


@pytest.mark.parametrize("temperatures", [(700, 900), (600, 800, 1000), (400, 500, 600, 750, 900)])
def test_exact_law_is_recovered(temperatures):
    fit = fit_arrhenius([run(T) for T in temperatures])
    assert fit.activation_energy.value == pytest.approx(EA)
    assert fit.prefactor.value == pytest.approx(D0)
    assert fit.diffusivity_298K.value == pytest.approx(law(298.15))
    sigma = nernst_einstein_factor(ions=16, volume_A3=800, temperature_K=298.15) * law(298.15)
    assert fit.conductivity_298K.value == pytest.approx(sigma)
    assert fit.log10_conductivity_298K.value == pytest.approx(math.log10(sigma))
    assert fit.temperatures_K == temperatures
    assert f"extrapolated from {temperatures[0]} K" in fit.diffusivity_298K.flags
    assert f"extrapolated from {temperatures[0]} K" in fit.conductivity_298K.flags
    assert f"extrapolated from {temperatures[0]} K" in fit.log10_conductivity_298K.flags


def test_two_points_in_closed_form():
    first, second = run(700, relative=0.1), run(900, relative=0.2)
    x1, x2, x0 = (1 / (BOLTZMANN_eV_K * T) for T in (700, 900, ROOM_TEMPERATURE_K))
    fit = fit_arrhenius([second, first])
    energy = math.log(law(900) / law(700)) / (x1 - x2)
    assert fit.activation_energy.value == pytest.approx(energy)
    assert fit.activation_energy.uncertainty == pytest.approx(math.hypot(0.1, 0.2) / (x1 - x2))
    # ln D(x0) = ln D1 (x0 - x2)/(x1 - x2) + ln D2 (x1 - x0)/(x1 - x2)
    spread = math.hypot(0.1 * (x0 - x2), 0.2 * (x1 - x0)) / (x1 - x2)
    assert fit.log10_conductivity_298K.uncertainty == pytest.approx(spread / math.log(10))
    assert fit.log10_conductivity_298K.unit == "decades"


def test_errors_are_calibrated():
    rng = np.random.default_rng(0)
    temperatures = (500, 600, 750, 900)
    pulls = []
    for _ in range(300):
        values = [law(T) * math.exp(0.2 * rng.normal()) for T in temperatures]
        fit = fit_arrhenius([run(T, v, relative=0.2) for T, v in zip(temperatures, values, strict=True)])
        pulls.append((fit.activation_energy.value - EA) / fit.activation_energy.uncertainty)
    assert np.mean(pulls) == pytest.approx(0, abs=0.2)
    assert 0.75 < np.std(pulls) < 1.1  # never narrower than the errors of the points


@pytest.mark.parametrize("temperatures", [(600, 900), (600, 800, 1000), (500, 600, 750, 900)])
def test_coverage_of_room_temperature_values(temperatures):
    """Diffusivities that scatter by 20 % of themselves, as a run gives them, with the same relative error."""
    rng = np.random.default_rng(len(temperatures))
    inside = []
    for _ in range(300):
        values = [law(T) * (1 + 0.2 * np.clip(rng.normal(), -3, 3)) for T in temperatures]
        fit = fit_arrhenius([run(T, v, relative=0.2) for T, v in zip(temperatures, values, strict=True)])
        low, high = (
            fit.line.at(ROOM_TEMPERATURE_K)[0] + s * 1.96 * fit.line.at(ROOM_TEMPERATURE_K)[1]
            for s in (-1, 1)
        )
        inside.append(low < math.log(law(ROOM_TEMPERATURE_K)) < high)
    assert np.mean(inside) >= 0.92


def two_regimes(temperature_K, kink_K=600):
    x, kink = 1 / (BOLTZMANN_eV_K * temperature_K), 1 / (BOLTZMANN_eV_K * kink_K)
    return D0 * math.exp(-EA * kink - (0.6 if x > kink else EA) * (x - kink))


def test_two_regimes_are_flagged():
    ladder = (400, 500, 600, 700, 800, 900)
    fit = fit_arrhenius([run(T, two_regimes(T)) for T in ladder])
    (flag,) = (flag for flag in fit.activation_energy.flags if "two regimes" in flag)
    assert flag.startswith("two regimes: 0.30 eV above 600 K and 0.60 eV below")
    assert flag in fit.diffusivity_298K.flags
    assert flag in fit.conductivity_298K.flags
    assert not any(
        "regimes" in flag for flag in fit_arrhenius([run(T) for T in ladder]).activation_energy.flags
    )


def test_three_temperatures_off_a_line_are_flagged():
    bent = fit_arrhenius([run(T, law(T) * f) for T, f in ((600, 1.0), (800, 2.0), (1000, 1.0))])
    assert any("three temperatures do not lie on one line" in flag for flag in bent.activation_energy.flags)
    straight = fit_arrhenius([run(T, law(T) * f) for T, f in ((600, 1.0), (800, 1.1), (1000, 1.0))])
    assert not any("one line" in flag for flag in straight.activation_energy.flags)


def test_one_line_is_seldom_taken_for_two():
    rng = np.random.default_rng(4)
    ladder = (500, 600, 750, 900)
    flagged = 0
    for _ in range(200):
        runs = [run(T, law(T) * math.exp(0.1 * rng.normal())) for T in ladder]
        flagged += any("two regimes" in flag for flag in fit_arrhenius(runs).activation_energy.flags)
    assert flagged <= 6


def test_without_a_known_charge_there_is_no_conductivity():
    for runs in (
        [run(T, species="O", charge_number=None) for T in (700, 900)],
        [run(700, 1e-9, bound=Bound.UPPER, species="O", charge_number=None)],
    ):
        fit = fit_arrhenius(runs)
        assert fit.diffusivity_298K.value is not None
        assert fit.conductivity_298K.flags == ("the charge of O is not known",)
        assert fit.log10_conductivity_298K.value is None


def test_scatter_beyond_the_errors_widens_the_result():
    values = [law(T) * f for T, f in ((500, 2.0), (600, 0.5), (750, 2.0), (900, 0.5))]
    scattered = fit_arrhenius(
        [run(T, v, relative=0.05) for T, v in zip((500, 600, 750, 900), values, strict=True)]
    )
    clean = fit_arrhenius([run(T, relative=0.05) for T in (500, 600, 750, 900)])
    assert scattered.activation_energy.uncertainty > 5 * clean.activation_energy.uncertainty


def test_replicas_at_the_same_temperatures_narrow_the_result():
    once = fit_arrhenius([run(T) for T in (600, 900)])
    four = fit_arrhenius([run(T) for T in (600, 900) for _ in range(4)])
    assert four.activation_energy.uncertainty == pytest.approx(once.activation_energy.uncertainty / 2)


def test_wide_uncertainty_is_given_in_decades_only():
    fit = fit_arrhenius([run(T, relative=0.4) for T in (800, 900, 1000)])
    assert fit.diffusivity_298K.uncertainty is None
    assert fit.conductivity_298K.uncertainty is None
    decades = fit.log10_conductivity_298K.uncertainty
    assert decades > 1
    assert f"uncertain by {decades:.2f} decades" in fit.conductivity_298K.flags
    narrow = fit_arrhenius([run(T, relative=0.02) for T in (350, 400, 500)])
    assert narrow.conductivity_298K.uncertainty / narrow.conductivity_298K.value == pytest.approx(
        narrow.log10_conductivity_298K.uncertainty * math.log(10)
    )


def test_room_temperature_within_the_ladder_is_no_extrapolation():
    fit = fit_arrhenius([run(T) for T in (250, 350, 450)])
    assert not any("extrapolated" in flag for flag in fit.diffusivity_298K.flags)


def test_haven_ratio_enters_value_and_uncertainty():
    haven = Property(value=0.5, uncertainty=0.2, unit="1")
    with_haven = fit_arrhenius([run(T, haven=haven) for T in (600, 800, 1000)])
    without = fit_arrhenius([run(T) for T in (600, 800, 1000)])
    assert with_haven.conductivity_298K.value == pytest.approx(2 * without.conductivity_298K.value)
    assert HAVEN_TAKEN_AS_ONE in without.conductivity_298K.flags
    assert HAVEN_TAKEN_AS_ONE not in with_haven.conductivity_298K.flags
    wider = math.hypot(
        without.log10_conductivity_298K.uncertainty, 0.4 / math.sqrt(3) / math.log(10)
    )  # three independent ratios, 40 % each
    assert with_haven.log10_conductivity_298K.uncertainty == pytest.approx(wider)


def test_one_temperature_gives_an_upper_bound():
    fit = fit_arrhenius([run(700), run(500, 1e-9, bound=Bound.UPPER)])
    assert fit.activation_energy.value is None
    assert "fewer than two temperatures" in fit.activation_energy.flags[0]
    assert (fit.diffusivity_298K.value, fit.diffusivity_298K.bound) == (1e-9, Bound.UPPER)
    assert fit.diffusivity_298K.flags == ("below that at 500 K, since diffusivity falls with temperature",)
    factor = nernst_einstein_factor(ions=16, volume_A3=800, temperature_K=298.15)
    assert fit.conductivity_298K.value == pytest.approx(factor * 1e-9)
    assert fit.conductivity_298K.bound is Bound.UPPER
    assert fit.log10_conductivity_298K.value == pytest.approx(math.log10(factor * 1e-9))
    assert fit.log10_conductivity_298K.bound is Bound.UPPER


def test_a_value_bounds_with_two_standard_uncertainties():
    fit = fit_arrhenius([run(600), run(500, 1e-3, bound=Bound.UPPER)])
    assert fit.diffusivity_298K.value == pytest.approx(1.2 * law(600))


def test_no_diffusion_at_any_temperature_gives_the_lowest_bound():
    fit = fit_arrhenius([run(T, b, bound=Bound.UPPER) for T, b in ((600, 3e-8), (900, 1e-8))])
    assert fit.diffusivity_298K.value == 1e-8
    assert "900 K" in fit.diffusivity_298K.flags[0]


def test_cold_runs_bound_nothing():
    fit = fit_arrhenius([run(200)])
    assert fit.conductivity_298K.value is None
    assert "none of them lies above 298 K" in fit.conductivity_298K.flags[0]


def test_molten_temperatures_do_not_count():
    fit = fit_arrhenius([*(run(T) for T in (600, 800)), run(1200, 1.0, held=False)])
    assert fit.activation_energy.value == pytest.approx(EA)
    molten = fit_arrhenius([run(1200, held=False)])
    for found in (molten.activation_energy, molten.diffusivity_298K, molten.log10_conductivity_298K):
        assert found.value is None
        assert found.flags == ("the framework did not hold at any temperature",)


def test_odd_results_are_flagged():
    rising = fit_arrhenius([run(600, 1e-5), run(900, 1e-6)])
    assert "diffusivity does not fall with temperature" in rising.activation_energy.flags
    vague = fit_arrhenius([run(T, relative=0.9) for T in (800, 850)])
    assert "activation energy not resolved" in vague.activation_energy.flags
    over = fit_arrhenius([run(700), run(900), run(500, 0.01 * law(500), bound=Bound.UPPER)])
    assert "the fit lies above the bound found at 500 K" in over.activation_energy.flags


def test_bad_input_is_refused():
    with pytest.raises(DataError, match="no temperatures to fit"):
        fit_arrhenius([])
    exact = run(700)
    bare = exact.model_copy(update={"diffusivity": Property(value=1e-6, unit="cm2/s")})
    with pytest.raises(DataError, match="has no uncertainty"):
        fit_arrhenius([bare, run(900)])
    zero = exact.model_copy(update={"diffusivity": Property(value=0, uncertainty=1, unit="cm2/s")})
    with pytest.raises(DataError, match=r"at 700 K is 0\.0; it must be positive"):
        fit_arrhenius([zero, run(900)])
    with pytest.raises(DataError, match=r"several species \(Li O\)"):
        fit_arrhenius([run(700), run(900, species="O")])


def kinisi_energy_spread(runs, priors):
    sc = pytest.importorskip("scipp")
    from kinisi.arrhenius import Arrhenius

    values = np.array([r.diffusivity.value for r in runs])
    errors = np.array([r.diffusivity.uncertainty for r in runs])
    table = sc.DataArray(
        sc.array(dims=["temperature"], values=values, variances=errors**2, unit="cm2/s"),
        coords={
            "temperature": sc.array(dims=["temperature"], values=[r.temperature_K for r in runs], unit="K")
        },
    )
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(1)  # noqa: NPY002
    model = Arrhenius(table, priors=priors)
    start = (sc.scalar(EA, unit="eV"), sc.scalar(D0, unit="cm2/s"))
    model.mcmc(x0=start)
    np.random.set_state(before)  # noqa: NPY002
    return float(np.std(model.activation_energy.values))


@pytest.mark.slow
def test_agrees_with_bayesian_fit_under_wide_priors_not_under_narrow_ones():
    """Priors of ± 50 % about the best fit, kinisi's default, cut the prefactor and with it the energy."""
    from scipy.stats import loguniform, uniform

    runs = [run(T, relative=0.3) for T in (500, 600, 700, 800)]
    spread = fit_arrhenius(runs).activation_energy.uncertainty
    wide = kinisi_energy_spread(runs, [uniform(0, 2), loguniform(1e-8, 1e3)])
    narrow = kinisi_energy_spread(runs, [uniform(0.5 * EA, EA), uniform(0.5 * D0, D0)])
    assert spread == pytest.approx(wide, rel=0.3)
    assert narrow < 0.7 * spread
