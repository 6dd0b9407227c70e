import math

import numpy as np
import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mechanics.elastic_tensor import voigt_reuss_hill
from lithicoat.analysis.mechanics.thermal_elasticity import (
    PLANES_ONLY,
    PairModulus,
    ShearMode,
    pair_modulus,
    thermal_shear,
)
from lithicoat.analysis.properties import Bound

_ROW, _COLUMN = [0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]


def _stress(tensor, strain):
    """Hooke's law in Voigt notation: engineering shear strains."""
    vector = strain[_ROW, _COLUMN] * [1, 1, 1, 2, 2, 2]
    stress = np.zeros((3, 3))
    stress[_ROW, _COLUMN] = stress[_COLUMN, _ROW] = tensor @ vector
    return stress


def _pairs(tensor, *, strains=(0.01, 0.02), noise=0.0, count=6, n=400, seed=0, residual=0.0, cubic=0.0):
    rng = np.random.default_rng(seed)
    pairs = []
    for mode in ShearMode.chosen(count):
        for gamma in strains:
            plus, minus = (
                mode.stress(_stress(tensor, sign * gamma * mode.tensor))
                + residual
                + sign * cubic * gamma**3
                + noise * rng.standard_normal(n)
                for sign in (1, -1)
            )
            pairs.append(pair_modulus(mode, strain=gamma, plus_GPa=plus, minus_GPa=minus))
    return pairs


def _triclinic(seed=3):
    rng = np.random.default_rng(seed)
    noise = rng.normal(scale=4.0, size=(6, 6))
    return np.diag([120.0, 110, 100, 40, 35, 30]) + (noise + noise.T) / 2


def test_engineering_and_tensor_shear_are_told_apart():
    """σ_xy = 2 C44 ε_xy = C44 γ_engineering: half the difference over 2γ is C44, not twice it."""
    tensor = np.diag([100.0, 100, 100, 30, 30, 30])
    gamma = 0.01
    stress = _stress(tensor, gamma * ShearMode.XY.tensor)
    assert stress[0, 1] == pytest.approx(2 * 30 * gamma)
    pair = pair_modulus(
        ShearMode.XY, strain=gamma, plus_GPa=np.full(8, stress[0, 1]), minus_GPa=np.full(8, -stress[0, 1])
    )
    assert pair.modulus_GPa == pytest.approx(30)


def test_six_modes_give_voigts_average_of_any_tensor():
    tensor = _triclinic()
    found = thermal_shear(_pairs(tensor), temperature_K=300, isotropic=False)
    assert found.modulus_GPa == pytest.approx(voigt_reuss_hill(tensor).shear_voigt_GPa, rel=1e-12)


def test_pure_shears_of_a_cubic_crystal_have_its_tetragonal_modulus():
    tensor = np.zeros((6, 6))
    tensor[:3, :3] = 115.0
    np.fill_diagonal(tensor, [173.0] * 3 + [90.0] * 3)
    found = {
        mode.mode: mode.modulus_GPa
        for mode in thermal_shear(_pairs(tensor), temperature_K=300, isotropic=False).modes
    }
    assert [found[mode] for mode in tuple(ShearMode)[3:]] == pytest.approx([29.0] * 3)
    assert [found[mode] for mode in ShearMode.chosen(3)] == pytest.approx([90.0] * 3)


def test_residual_stress_cancels():
    tensor = _triclinic()
    calm, stressed = (
        thermal_shear(_pairs(tensor, residual=residual), temperature_K=300, isotropic=False)
        for residual in (0.0, 0.8)
    )
    assert stressed.modulus_GPa == pytest.approx(calm.modulus_GPa, rel=1e-12)


def test_the_error_covers_the_truth():
    tensor = np.diag([100.0, 100, 100, 30, 30, 30])
    truth = voigt_reuss_hill(tensor).shear_voigt_GPa
    scores = []
    for seed in range(60):
        found = thermal_shear(_pairs(tensor, noise=0.5, seed=seed), temperature_K=300, isotropic=False)
        scores.append((found.modulus_GPa - truth) / found.error_GPa)
    assert np.mean(np.abs(scores) < 1.96) > 0.85
    assert np.std(scores) == pytest.approx(1.0, abs=0.3)


def test_common_noise_of_the_two_signs_cancels():
    rng = np.random.default_rng(1)
    noise = rng.standard_normal(200)
    pair = pair_modulus(ShearMode.XY, strain=0.02, plus_GPa=1.2 + noise, minus_GPa=-1.2 + noise)
    assert pair.modulus_GPa == pytest.approx(30.0, abs=1e-9)
    assert pair.error_GPa < 1e-9
    assert pair.plus_error_GPa > 0.03


def test_what_came_before_equilibrium_is_cut():
    rng = np.random.default_rng(2)
    n = 800
    drift = 3 * np.exp(-np.arange(n) / 30)
    pair = pair_modulus(
        ShearMode.XZ,
        strain=0.02,
        plus_GPa=1.2 + drift + 0.1 * rng.standard_normal(n),
        minus_GPa=-1.2 - drift + 0.1 * rng.standard_normal(n),
    )
    assert 60 < pair.discarded < 400
    assert pair.modulus_GPa == pytest.approx(30, abs=4 * pair.error_GPa)
    assert pair.samples + pair.discarded == n


def test_a_slow_fluctuation_is_not_taken_for_a_calm_end():
    """Ornstein-Uhlenbeck noise over few correlation times: the errors must cover the truth all the same."""
    rng, n, memory = np.random.default_rng(5), 500, 25.0
    keep = math.exp(-1 / memory)
    scores = []
    for _ in range(80):
        noise = np.empty((2, n))
        noise[:, 0] = rng.standard_normal(2)
        for step in range(1, n):
            noise[:, step] = keep * noise[:, step - 1] + math.sqrt(1 - keep**2) * rng.standard_normal(2)
        pair = pair_modulus(
            ShearMode.XY, strain=0.02, plus_GPa=1.2 + 0.1 * noise[0], minus_GPa=-1.2 + 0.1 * noise[1]
        )
        scores.append((pair.modulus_GPa - 30) / pair.error_GPa)
    assert np.mean(np.abs(scores) < 2) > 0.75  # to cut where it looks best covers 0.7 and less
    assert np.abs(scores).max() < 8


def test_a_stress_that_bends_is_flagged_and_the_small_shear_counts():
    tensor = np.diag([100.0, 100, 100, 30, 30, 30])
    straight = thermal_shear(_pairs(tensor, noise=0.01), temperature_K=300, isotropic=False)
    assert not straight.shear_modulus.flags
    pairs = _pairs(tensor, noise=0.01, cubic=-20_000.0)
    bent = thermal_shear(pairs, temperature_K=300, isotropic=False)
    assert "not linear in shear" in bent.shear_modulus.flags[0]
    small = thermal_shear([pair for pair in pairs if pair.strain == 0.01], temperature_K=300, isotropic=False)
    assert bent.modulus_GPa == pytest.approx(small.modulus_GPa)


def test_noise_is_not_taken_for_a_bend_or_for_directions():
    tensor = np.diag([60.0, 60, 60, 30, 30, 30])
    tensor[:3, :3] += 40
    flagged = sum(
        bool(
            thermal_shear(
                _pairs(tensor, noise=2, seed=seed), temperature_K=300, isotropic=True
            ).shear_modulus.flags
        )
        for seed in range(40)
    )
    assert flagged <= 8


def test_a_film_with_directions_is_flagged_and_a_crystal_is_not():
    cubic = np.zeros((6, 6))
    cubic[:3, :3] = 115.0
    np.fill_diagonal(cubic, [173.0] * 3 + [90.0] * 3)
    pairs = _pairs(cubic, noise=0.05)
    film = thermal_shear(pairs, temperature_K=300, isotropic=True)
    assert any("not isotropic" in flag for flag in film.shear_modulus.flags)
    crystal = thermal_shear(pairs, temperature_K=300, isotropic=False)
    assert not crystal.shear_modulus.flags
    planes = thermal_shear(pairs[:6], temperature_K=300, isotropic=False)
    assert PLANES_ONLY in planes.shear_modulus.flags


def test_a_modulus_lost_in_noise_is_an_upper_bound():
    soft = np.diag([1.0, 1, 1, 0.01, 0.01, 0.01])
    found = thermal_shear(_pairs(soft, noise=5.0, count=3), temperature_K=300, isotropic=True).shear_modulus
    assert found.bound is Bound.UPPER
    assert found.value > 0.01
    assert any("not resolved" in flag for flag in found.flags)


def test_modes_are_extended_until_the_modulus_is_known_well_enough():
    def pair(mode, error):
        return PairModulus(
            mode=mode,
            strain=0.02,
            modulus_GPa=30,
            error_GPa=error,
            plus_GPa=1.2,
            plus_error_GPa=0.1,
            minus_GPa=-1.2,
            minus_error_GPa=0.1,
            samples=10,
            discarded=0,
        )

    errors = dict(zip(ShearMode.chosen(3), (1.0, 1.0, 9.0), strict=True))
    found = thermal_shear(
        [pair(mode, error) for mode, error in errors.items()], temperature_K=300, isotropic=True
    )
    assert found.error_GPa == pytest.approx(math.sqrt(83) / 3)
    assert found.wanting(0.2) == ()
    assert found.wanting(0.05) == (ShearMode.XY,)
    assert found.wanting(0.01) == ShearMode.chosen(3)


def test_the_error_of_the_volume_counts():
    tensor = np.diag([100.0, 100, 100, 30, 30, 30])
    found = thermal_shear(_pairs(tensor), temperature_K=300, isotropic=False, volume_error=0.01)
    assert found.error_GPa == pytest.approx(0.05 * found.modulus_GPa)


def test_bad_input_is_one_sentence():
    with pytest.raises(DataError, match="both runs must be as long"):
        pair_modulus(ShearMode.XY, strain=0.01, plus_GPa=np.ones(9), minus_GPa=np.ones(8))
    with pytest.raises(DataError, match="outside of linear elasticity"):
        pair_modulus(ShearMode.XY, strain=0.2, plus_GPa=np.ones(9), minus_GPa=np.ones(9))
    with pytest.raises(DataError, match="at least 8 numbers"):
        pair_modulus(ShearMode.XY, strain=0.02, plus_GPa=np.ones(3), minus_GPa=np.ones(3))
    pairs = _pairs(_triclinic())
    with pytest.raises(DataError, match="three planes, or all six modes"):
        thermal_shear(pairs[:3], temperature_K=300, isotropic=False)
    with pytest.raises(DataError, match="got none"):
        thermal_shear([], temperature_K=300, isotropic=False)
