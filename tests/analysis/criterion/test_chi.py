"""The stability parameter: published values, limits, and the mechanics it was derived from."""

import numpy as np
import pytest

from lithicoat.analysis.criterion.chi import (
    LITHIUM,
    Lithium,
    Regime,
    RelativeSign,
    chi,
    critical_modulus_ratio,
    critical_wavelength_nm,
    regime,
)
from lithicoat.analysis.criterion.ranges import checked_modulus
from lithicoat.analysis.errors import DataError

# Shear modulus (GPa), Poisson's ratio and volume ratio of Ahmad et al., ACS Cent. Sci. 4, 996 (2018), public
# data set of the authors, with chi(1e8/m) in kJ/(mol nm) by the authors' expressions.
SOLIDS = {
    "LiOH": (8, 0.26, 0.0914, 5.7),
    "Li2CO3": (27, 0.289, 0.0479, 23.2),
    "Li2S": (33, 0.176, 0.1519, 23.4),
    "Li3N": (34, 0.232, 0.1253, 25.9),
    "Li3PO4": (43, 0.245, 0.0556, 35.2),
    "LiF": (51, 0.207, 0.0841, 39.1),
    "gamma-LiAlO2": (52, 0.264, 0.0514, 43.7),
    "Li2O": (70, 0.155, 0.1496, 47.6),
}
CRITICAL = {  # rows: Poisson's ratio; columns: v
    0.25: (4.10, 2.99, 2.64, 2.38, 2.23, 2.16, 2.00),
    0.32: (3.28, 2.46, 2.20, 2.00, 1.89, 1.83, 1.72),
    0.33: (3.17, 2.38, 2.13, 1.95, 1.84, 1.79, 1.68),
    0.50: (1.31, 1.15, 1.10, 1.06, 1.03, 1.02, 1.00),
}
VOLUME_RATIOS = (2, 3, 4, 6, 9, 12.85, np.inf)
LIMITS = {"poisson": 0.3, "volume_ratio": 0.1}


@pytest.mark.parametrize("solid", SOLIDS)
def test_published_values(solid):
    modulus, poisson, v, expected = SOLIDS[solid]
    terms = chi(modulus, poisson=poisson, volume_ratio=v)
    assert float(terms.total) == pytest.approx(expected, abs=0.05)
    assert float(terms.surface) == pytest.approx(-0.04, abs=0.003)
    assert 0.05 < float(critical_wavelength_nm(terms)) < 0.44


def test_solids_of_the_screening_are_ranked_as_published_but_not_only_by_stiffness():
    moduli, poissons, ratios, expected = np.array(list(SOLIDS.values())).T
    totals = chi(moduli, poisson=poissons, volume_ratio=ratios).total
    assert (np.argsort(totals) == np.argsort(expected)).all()
    assert (totals > 0).all()


@pytest.mark.parametrize("poisson", CRITICAL)
def test_critical_ratio_above_v_of_one(poisson):
    ratios = critical_modulus_ratio(poisson, VOLUME_RATIOS)
    np.testing.assert_array_equal(np.round(ratios, 2), CRITICAL[poisson])


def test_the_quoted_ratios_belong_to_volume_ratios():
    assert float(critical_modulus_ratio(0.32, 3.98)) == pytest.approx(2.2, abs=0.005)
    assert float(critical_modulus_ratio(0.32, 167 / 13)) == pytest.approx(1.83, abs=0.01)


def test_critical_ratio_below_v_of_one():
    ratios = critical_modulus_ratio(0.25, [0.01, 0.05, 0.1, 0.2, 0.4, 0.8])
    np.testing.assert_array_equal(np.round(ratios, 2), [0.75, 0.72, 0.69, 0.61, 0.45, 0.13])
    assert float(ratios[0]) * LITHIUM.shear_modulus_GPa == pytest.approx(2.5, abs=0.06)


@pytest.mark.parametrize("v", [0.05, 0.6, 1.5, 9.0])
def test_the_elastic_part_vanishes_at_the_critical_ratio(v):
    g_crit = float(critical_modulus_ratio(0.3, v))
    at, above = (
        chi(g_crit * factor * LITHIUM.shear_modulus_GPa, poisson=0.3, volume_ratio=v) for factor in (1, 1.1)
    )
    assert float(at.hydrostatic + at.deviatoric) == pytest.approx(0, abs=1e-9 * abs(float(at.deviatoric)))
    assert (float(above.hydrostatic + above.deviatoric) < 0) == (v > 1)


def test_near_v_of_one_the_critical_ratio_is_large_or_small_but_never_negative():
    just_below, just_above = critical_modulus_ratio(0.3, [1 - 1e-9, 1 + 1e-9])
    assert 0 < just_below < 1e-6
    assert just_above > 1e6


def test_at_v_of_one_only_the_deviatoric_part_is_left():
    terms = chi([1, 10, 100], poisson=0.3, volume_ratio=1)
    np.testing.assert_array_equal(terms.hydrostatic, 0)
    assert (terms.deviatoric > 0).all()
    with pytest.raises(DataError, match="no critical modulus ratio"):
        critical_modulus_ratio(0.3, 1.0)


def test_chi_is_zero_at_the_critical_wavelength_and_short_waves_are_stable():
    terms = chi([50, 5], **LIMITS, wave_number_1_m=1e7)
    k_crit = 2e9 * np.pi / critical_wavelength_nm(terms, wave_number_1_m=1e7)
    for factor in (0.5, 1, 2):
        total = chi([50, 5], **LIMITS, wave_number_1_m=factor * k_crit).total
        scale = np.abs(chi([50, 5], **LIMITS, wave_number_1_m=k_crit).surface)
        np.testing.assert_allclose(np.sign(np.round(total / scale, 9)), np.sign(1 - factor))


def test_without_surface_energy_no_wavelength_is_stable_or_every_one_is():
    bare = Lithium(surface_energy_J_m2=0)
    lengths = critical_wavelength_nm(chi([50, 0.5], **LIMITS, lithium=bare))
    np.testing.assert_array_equal(lengths, [0, np.inf])


def test_a_negative_volume_ratio_continues_the_theory_smoothly():
    around = chi(50, poisson=0.3, volume_ratio=[-1e-9, 0, 1e-9])
    np.testing.assert_allclose(around.total, around.total[1], rtol=1e-8)
    assert float(critical_modulus_ratio(0.3, -0.5)) > float(critical_modulus_ratio(0.3, 0.0))
    assert regime(-0.2) is Regime.DENSITY_DRIVEN


def test_stiff_solids_are_ranked_by_stiffness():
    modulus, k = 1000.0, 1e8
    limit = LITHIUM.molar_volume_m3_mol * 0.9 * k * modulus * 1e9 / (2 * 0.7) * 1e-12
    assert float(chi(modulus, **LIMITS, wave_number_1_m=k).hydrostatic) == pytest.approx(limit, rel=0.02)


def half_spaces(g_e, nu_e, g_s, nu_s):
    """Solve two half-spaces in plane strain by Airy's function: p_e + p_s and (τ_e − τ_s)_zz per k A cos(kx).

    φ = (a + b k z) exp(−k z) cos(kx) in each half-space, z away from the interface, gives with k = 1
    2G u_z = a + (1 − 2ν) b and 2G u_x = a − 2(1 − ν) b at z = 0, σ_xz = b − a, τ_zz = b − a, and the in-plane
    pressure b. Both faces move by 1 along z; u_x and σ_xz are continuous.
    """
    equations = [
        [0, 0, 1, 1 - 2 * nu_s],
        [1, 1 - 2 * nu_e, 0, 0],
        [1 / g_e, -2 * (1 - nu_e) / g_e, -1 / g_s, 2 * (1 - nu_s) / g_s],
        [1, -1, 1, -1],
    ]
    a_e, b_e, a_s, b_s = np.linalg.solve(equations, [2 * g_s, -2 * g_e, 0, 0])
    return b_e + b_s, (b_e - a_e) - (b_s - a_s)


@pytest.mark.parametrize("seed", range(5))
def test_the_elastic_terms_are_those_of_two_half_spaces(seed):
    rng = np.random.default_rng(seed)
    g_e, g_s = rng.lognormal(1.5, 1, size=2)
    nu_e, nu_s, v = rng.uniform(0.05, 0.49), rng.uniform(-0.9, 0.5), rng.uniform(-0.5, 12)
    pressure, deviator = half_spaces(g_e, nu_e, g_s, nu_s)
    lithium = Lithium(shear_modulus_GPa=g_e, poisson_ratio=nu_e)
    terms = chi(g_s, poisson=nu_s, volume_ratio=v, lithium=lithium)
    scale = lithium.molar_volume_m3_mol / 2 * 1e8 * 1e9 * 1e-12
    assert float(terms.hydrostatic) == pytest.approx(scale * (1 - v) * pressure, rel=1e-9)
    assert float(terms.deviatoric) == pytest.approx(scale * (1 + v) * deviator, rel=1e-9)


def test_a_liquid_has_no_deviator_and_a_soft_inorganic_film_is_stable():
    liquid = chi(0.0, **LIMITS)
    assert float(liquid.deviatoric) == 0
    assert float(liquid.hydrostatic) < 0
    assert float(critical_wavelength_nm(liquid)) == np.inf


def test_the_sign_switch_turns_the_elastic_terms_round():
    published, turned = (chi(50, **LIMITS, relative_sign=sign) for sign in RelativeSign)
    assert float(turned.hydrostatic) == -float(published.hydrostatic)
    assert float(turned.deviatoric) == -float(published.deviatoric)
    assert float(turned.surface) == float(published.surface)
    assert float(turned.total) < 0 < float(published.total)
    assert float(critical_wavelength_nm(turned)) == np.inf


def test_inputs_broadcast_and_valence_divides():
    moduli, waves = np.array([[5.0], [50.0]]), np.array([1e7, 1e8, 1e9])
    once = chi(moduli, **LIMITS, wave_number_1_m=waves).total
    twice = chi(moduli, **LIMITS, wave_number_1_m=waves, lithium=Lithium(valence=2)).total
    assert once.shape == (2, 3)
    np.testing.assert_allclose(once, 2 * twice)


def test_the_choice_of_lithium_moves_a_stiff_solid_little():
    modulus, poisson, v, expected = SOLIDS["LiF"]
    for change in (
        {"shear_modulus_GPa": 2.83},
        {"shear_modulus_GPa": 4.25},
        {"poisson_ratio": 0.36},
        {"surface_energy_J_m2": 0.3},
        {"surface_energy_J_m2": 1.7},
    ):
        total = float(chi(modulus, poisson=poisson, volume_ratio=v, lithium=Lithium(**change)).total)
        assert total == pytest.approx(expected, rel=0.023)


@pytest.mark.parametrize(
    ("v", "expected"),
    [(0.1, Regime.DENSITY_DRIVEN), (1, Regime.VOLUME_NEUTRAL), (9, Regime.PRESSURE_DRIVEN)],
)
def test_regimes(v, expected):
    assert regime(v) is expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"poisson": 0.51}, "Poisson's ratio lies above -1 and not above 0.5, got 0.51"),
        ({"poisson": -1.0}, "Poisson's ratio lies above -1"),
        ({"poisson": np.nan}, "Poisson's ratio lies above -1"),
        ({"volume_ratio": -1.0}, "volume ratio is finite and above -1, got -1"),
        ({"volume_ratio": np.inf}, "volume ratio is finite and above -1, got inf"),
        ({"volume_ratio": [0.1, np.nan]}, "volume ratio is finite and above -1, got nan"),
        ({"poisson": [0.2, 0.6]}, "not above 0.5, got 0.2 to 0.6"),
        ({"wave_number_1_m": -1e8}, "wave number must be above 0"),
    ],
)
def test_impossible_inputs_are_refused(change, message):
    with pytest.raises(DataError, match=message):
        chi(50, **(LIMITS | change))


@pytest.mark.parametrize(
    ("modulus", "message"),
    [(-1, "not negative, got -1 GPa"), ([1, np.nan], "finite"), (33e9, "above that of diamond")],
)
def test_impossible_moduli_are_refused(modulus, message):
    with pytest.raises(DataError, match=message):
        checked_modulus(modulus)


def test_chi_scales_with_the_stiffness_of_the_whole_system():
    stiffer = Lithium(shear_modulus_GPa=3 * 3.4, surface_energy_J_m2=3 * 0.556)
    once, thrice = chi([5, 50], **LIMITS), chi([15, 150], **LIMITS, lithium=stiffer)
    np.testing.assert_allclose(thrice.total, 3 * once.total)
    np.testing.assert_allclose(critical_wavelength_nm(thrice), critical_wavelength_nm(once))
