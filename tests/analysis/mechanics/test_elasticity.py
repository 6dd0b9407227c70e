"""Elastic results: uncertainties, flags, means over cells."""

import math

import numpy as np
import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mechanics.elastic_tensor import ElasticFit, fit_tensor, voigt_reuss_hill
from lithicoat.analysis.mechanics.elasticity import ElasticResult, elastic_result, ensemble, ensemble_result
from lithicoat.analysis.properties import Bound, Property, Provenance

K, G = 50.0, 20.0
ISOTROPIC = np.diag([2.0 * G] * 3 + [G] * 3)
ISOTROPIC[:3, :3] += K - 2 * G / 3


def a_fit(tensor=ISOTROPIC, *, error=0.0, residual=0.0, nonlinearity=0.0):
    return ElasticFit(
        tensor_GPa=np.asarray(tensor, dtype=float),
        covariance_GPa2=error**2 * np.eye(21),
        residual_stress_GPa=residual * np.eye(3),
        nonlinearity=nonlinearity,
    )


def gpa(value, uncertainty=None, **more):
    return Property(value=value, uncertainty=uncertainty, unit="GPa", **more)


def test_moduli_of_an_isotropic_solid():
    result = elastic_result(a_fit(), provenance=Provenance(potential="emt"))
    assert result.bulk_modulus.value == pytest.approx(K)
    assert result.shear_modulus.value == pytest.approx(G)
    assert result.youngs_modulus.value == pytest.approx(9 * K * G / (3 * K + G))
    assert result.poisson_ratio.value == pytest.approx((3 * K - 2 * G) / (6 * K + 2 * G))
    assert result.pugh_ratio.value == pytest.approx(K / G)
    assert result.universal_anisotropy.value == pytest.approx(0.0, abs=1e-12)
    assert result.lowest_elastic_eigenvalue.value == pytest.approx(2 * G)
    assert result.born_stable
    assert result.shear_modulus.flags == ()
    assert result.shear_modulus.provenance.potential == "emt"


def test_errors_of_the_constants_propagate_as_by_monte_carlo():
    error = 0.4
    result = elastic_result(a_fit(error=error))
    rng, upper = np.random.default_rng(0), np.triu_indices(6)
    shear, bulk = [], []
    for _ in range(3000):
        noise = np.zeros((6, 6))
        noise[upper] = rng.normal(scale=error, size=21)
        moduli = voigt_reuss_hill(ISOTROPIC + noise + np.triu(noise, 1).T)
        shear.append(moduli.shear_GPa)
        bulk.append(moduli.bulk_GPa)
    assert result.shear_modulus.uncertainty == pytest.approx(np.std(shear), rel=0.06)
    assert result.bulk_modulus.uncertainty == pytest.approx(np.std(bulk), rel=0.06)
    assert result.lowest_elastic_eigenvalue.uncertainty > 0


def test_an_unstable_cell_is_flagged_everywhere():
    tensor = ISOTROPIC.copy()
    tensor[3, 3] = -1.0
    result = elastic_result(a_fit(tensor))
    assert not result.born_stable
    assert result.lowest_elastic_eigenvalue.value == pytest.approx(-2.0)
    assert "not Born-stable" in result.shear_modulus.flags
    for quantity in (result.pugh_ratio, result.universal_anisotropy):
        assert quantity.value is None
        assert "not Born-stable" in quantity.flags


def test_the_anisotropy_of_a_cubic_crystal_is_that_of_zeners_ratio():
    """6 (A − 1)² / (5 A) with A = 2 C44/(C11 − C12), Ranganathan and Ostoja-Starzewski (2008)."""
    cubic = np.diag([172.6] * 3 + [89.9] * 3)
    cubic[:3, :3] += 115.4 * (1 - np.eye(3))
    zener = 2 * 89.9 / (172.6 - 115.4)
    result = elastic_result(a_fit(cubic, error=0.2))
    assert result.universal_anisotropy.value == pytest.approx(6 * (zener - 1) ** 2 / (5 * zener))
    assert result.universal_anisotropy.uncertainty > 0
    assert result.pugh_ratio.uncertainty > 0


def test_stress_left_in_the_cell_and_bent_curves_are_flagged():
    flags = elastic_result(a_fit(residual=1.0, nonlinearity=0.2)).shear_modulus.flags
    assert flags == ("stress not linear in strain (20% left over)", "residual stress 1 GPa")


def test_a_film_with_directions_is_flagged_and_a_crystal_is_not():
    cubic = np.diag([172.6] * 3 + [89.9] * 3)
    cubic[:3, :3] += 115.4 * (1 - np.eye(3))
    assert (
        "cell not isotropic: anisotropy index 1.8"
        in elastic_result(a_fit(cubic), isotropic=True).shear_modulus.flags[0]
    )
    assert elastic_result(a_fit(cubic)).shear_modulus.flags == ()
    assert elastic_result(a_fit(), isotropic=True).shear_modulus.flags == ()


def test_a_result_survives_json():
    result = elastic_result(a_fit(error=0.1))
    assert ElasticResult.model_validate_json(result.model_dump_json()) == result


def test_a_real_fit_flows_through():
    strains = np.array([sign * 0.005 * e for e in _strain_basis() for sign in (1, -1)])
    stresses = np.array([_isotropic_stress(strain) for strain in strains])
    result = elastic_result(fit_tensor(strains, stresses))
    assert result.shear_modulus.value == pytest.approx(G)
    assert result.shear_modulus.uncertainty == pytest.approx(0, abs=1e-6)


def test_the_mean_of_replicas_joins_spread_and_single_errors():
    mean = ensemble([gpa(8, 0.3), gpa(10, 0.4), gpa(12, 0.5)])
    assert mean.value == pytest.approx(10)
    assert mean.uncertainty == pytest.approx(math.sqrt(4 / 3 + (0.09 + 0.16 + 0.25) / 9))
    assert mean.flags == ()


def test_one_replica_keeps_its_error_and_says_so():
    mean = ensemble([gpa(8, 0.3)])
    assert (mean.value, mean.uncertainty) == (8, 0.3)
    assert mean.flags == ("one replica: spread unknown",)


def test_replicas_without_a_value_are_left_out_and_counted():
    mean = ensemble(
        [gpa(8), gpa(10), Property.missing("GPa", "relaxation failed"), gpa(3, bound=Bound.LOWER)]
    )
    assert mean.value == pytest.approx(9)
    assert mean.flags == ("relaxation failed", "2 of 4 replicas without a value")


def test_no_replica_with_a_value_gives_a_missing_property():
    mean = ensemble([Property.missing("GPa", "relaxation failed")] * 2)
    assert mean.value is None
    assert "relaxation failed" in mean.flags


def test_provenance_keeps_what_replicas_have_in_common():
    one, other = (gpa(8, provenance=Provenance(potential="emt", seed=seed)) for seed in (1, 2))
    assert ensemble([one, other]).provenance == Provenance(potential="emt", seed=None)


def test_bad_ensembles_are_refused():
    with pytest.raises(DataError, match="at least one replica"):
        ensemble([])
    with pytest.raises(DataError, match="different units: GPa, eV"):
        ensemble([gpa(1), Property(value=1, unit="eV")])
    with pytest.raises(DataError, match="at least one replica"):
        ensemble_result([])


def test_one_unstable_cell_decides_the_stability_of_a_film():
    tensor = ISOTROPIC.copy()
    tensor[3, 3] = -1.0
    film = ensemble_result([elastic_result(a_fit()), elastic_result(a_fit(tensor))])
    assert not film.born_stable
    assert film.lowest_elastic_eigenvalue.value == pytest.approx(-2.0)
    assert "not Born-stable" in film.shear_modulus.flags
    assert film.tensor_GPa[3][3] == pytest.approx((G - 1) / 2)


def test_equal_cells_average_to_themselves():
    single = elastic_result(a_fit(error=0.1))
    film = ensemble_result([single] * 4)
    assert film.shear_modulus.value == pytest.approx(G)
    assert film.shear_modulus.uncertainty == pytest.approx(single.shear_modulus.uncertainty / 2)


def _strain_basis():
    for i, j in [(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)]:
        state = np.zeros((3, 3))
        state[i, j] = state[j, i] = 1
        yield state


def _isotropic_stress(strain):
    trace = np.trace(strain)
    return K * trace * np.eye(3) + 2 * G * (strain - trace / 3 * np.eye(3))
