"""Both views of the criterion for many films, and what their uncertainties leave of them."""

import numpy as np
import pytest

from lithicoat.analysis.criterion.chi import LITHIUM, RelativeSign, chi, critical_modulus_ratio
from lithicoat.analysis.criterion.linear_stability import chi_range, criterion_of
from lithicoat.analysis.errors import DataError

FILMS = {"poisson": [0.2, 0.3, 0.35], "volume_ratio": [0.08, 0.15, 9.0]}
SHARP = {"poisson_uncertainty": 0, "volume_ratio_uncertainty": 0}
END = 1.959964


def test_best_estimates_are_those_of_chi():
    result = criterion_of([51, 30, 5], **FILMS, thickness_nm=[8, 2.2, 72])
    np.testing.assert_allclose(result.terms.total, chi([51, 30, 5], **FILMS).total)
    np.testing.assert_allclose(result.ratio, np.array([51, 30, 5]) / 4.25)
    np.testing.assert_allclose(result.g_crit, critical_modulus_ratio(**FILMS))
    np.testing.assert_array_equal(result.stable_above, [False, False, True])
    np.testing.assert_allclose(result.kh, [0.8, 0.22, 7.2])
    np.testing.assert_array_equal(result.half_space, [False, False, True])


def test_with_an_uncertain_modulus_alone_the_interval_is_chi_of_the_interval():
    relative, modulus = 0.3, 50.0
    spread = np.sqrt(np.log1p(relative**2))
    result = criterion_of(
        modulus, poisson=0.3, volume_ratio=0.1, shear_modulus_uncertainty_GPa=15, **SHARP, draws=8192
    )
    ends = modulus * np.exp(spread * np.array([0, -END, END]))
    expected = chi(ends, poisson=0.3, volume_ratio=0.1).total
    found = [result.chi_median[0], result.chi_low[0], result.chi_high[0]]
    np.testing.assert_allclose(found, expected, rtol=0.005)


@pytest.mark.parametrize(("v", "stable_above"), [(0.3, False), (6.0, True)])
def test_the_chance_of_stability_is_that_of_lying_on_the_stable_side(v, stable_above):
    g_crit = float(critical_modulus_ratio(0.3, v)) * LITHIUM.shear_modulus_GPa
    deviations = np.array([-2.0, -0.5, 0.0, 1.0])
    spread = np.sqrt(np.log1p(0.3**2))
    moduli = g_crit * np.exp(deviations * spread)
    result = criterion_of(
        moduli,
        poisson=0.3,
        volume_ratio=v,
        shear_modulus_uncertainty_GPa=0.3 * moduli,
        **SHARP,
        wave_number_1_m=1e3,  # so long that the surface term is nothing
        draws=4096,
    )
    above = np.array([0.02275, 0.30854, 0.5, 0.84134])
    np.testing.assert_allclose(result.probability_stable, above if stable_above else 1 - above, atol=2e-3)
    turned = criterion_of(
        moduli,
        poisson=0.3,
        volume_ratio=v,
        shear_modulus_uncertainty_GPa=0.3 * moduli,
        **SHARP,
        wave_number_1_m=1e3,
        relative_sign=RelativeSign.GIBBS_THOMSON,
        draws=4096,
    )
    np.testing.assert_allclose(turned.probability_stable, 1 - result.probability_stable)


def test_few_draws_agree_with_many_within_a_tenth_of_a_standard_deviation():
    few, many = (criterion_of([51, 30, 5], **FILMS, draws=draws, seed=draws) for draws in (128, 1 << 15))
    width = (many.chi_high - many.chi_low) / 4
    np.testing.assert_allclose((few.chi_median - many.chi_median) / width, 0, atol=0.08)
    np.testing.assert_allclose((few.chi_high - many.chi_high) / width, 0, atol=0.35)
    np.testing.assert_allclose(few.probability_stable, many.probability_stable, atol=0.03)


def test_a_film_does_not_depend_on_its_neighbours_or_their_number():
    many = criterion_of(np.full(3000, 20.0), poisson=0.3, volume_ratio=0.1)
    one = criterion_of(20.0, poisson=0.3, volume_ratio=0.1)
    for name in ("chi_median", "chi_low", "chi_high", "probability_stable"):
        np.testing.assert_array_equal(getattr(many, name), getattr(one, name)[0])


def test_what_has_no_uncertainty_gets_an_assumed_one_and_is_marked():
    given = criterion_of([20, 20], poisson=0.3, volume_ratio=0.1, shear_modulus_uncertainty_GPa=[np.nan, 6.0])
    np.testing.assert_array_equal(given.assumed_modulus, [True, False])
    np.testing.assert_allclose(given.probability_pass[0], given.probability_pass[1])
    assert given.assumed_poisson.all()
    assert given.assumed_volume_ratio.all()


def test_without_uncertainty_there_is_no_interval():
    result = criterion_of(20, poisson=0.3, volume_ratio=0.1, shear_modulus_uncertainty_GPa=0, **SHARP)
    assert result.chi_low == result.chi_high == result.terms.total
    assert result.kh is None
    assert result.half_space is None


def test_at_v_of_one_there_is_no_critical_ratio():
    result = criterion_of([20, 20], poisson=0.3, volume_ratio=[1.0, 0.1])
    np.testing.assert_array_equal(np.isnan(result.g_crit), [True, False])
    assert result.lambda_crit_nm[0] > 0


def test_a_soft_inorganic_film_is_stable_at_every_wavelength_as_published():
    result = criterion_of(1.0, poisson=0.3, volume_ratio=0.1, shear_modulus_uncertainty_GPa=0.1)
    assert result.lambda_crit_nm == np.inf
    assert result.probability_stable == 1


@pytest.mark.parametrize(("v", "nu"), [(0.1, 0.3), (0.6, 0.2), (6.0, 0.1), (1.0, 0.3), (0.9, -0.9)])
def test_the_range_of_chi_between_two_moduli_holds_all_between_and_is_reached(v, nu):
    low, high = chi_range(1.0, 60.0, poisson=nu, volume_ratio=v)
    between = chi(np.geomspace(1, 60, 4001), poisson=nu, volume_ratio=v).total
    assert low <= between.min() + 1e-12
    assert high >= between.max() - 1e-12
    assert low == pytest.approx(between.min(), abs=1e-4 * (high - low))
    assert high == pytest.approx(between.max(), abs=1e-4 * (high - low))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"poisson": [0.3, np.nan]}, "Poisson's ratio lies above -1"),
        ({"volume_ratio": np.nan}, "volume ratio is finite and above -1, got nan"),
        ({"poisson": [0.3, 0.3, 0.3]}, "not as many: 2, 3, 1"),
        ({"shear_modulus_uncertainty_GPa": -1}, "standard uncertainty is finite and not negative, got -1"),
        ({"poisson_uncertainty": np.inf}, "standard uncertainty is finite and not negative, got inf"),
        ({"thickness_nm": 0}, "thickness must be above 0, got 0"),
        ({"wave_number_1_m": -1.0}, "wave number must be above 0"),
        ({"li_shear_modulus_GPa": 0.0}, "li shear modulus must be above 0"),
        ({"draws": 100}, "draws is a power of 2, at least 64, got 100"),
        ({"draws": 32}, "draws is a power of 2, at least 64, got 32"),
    ],
)
def test_impossible_input_is_refused(change, message):
    with pytest.raises(DataError, match=message):
        criterion_of([10, 20], **({"poisson": 0.3, "volume_ratio": 0.1} | change))


def test_negative_moduli_are_refused():
    with pytest.raises(DataError, match="not negative, got -1 to 20 GPa"):
        criterion_of([-1, 20], poisson=0.3, volume_ratio=0.1)
