import numpy as np
import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mechanics.elastic_tensor import voigt_reuss_hill
from lithicoat.analysis.mechanics.laminates import Layer, laminate
from lithicoat.analysis.properties import Property


def _layer(name, thickness, bulk, shear, error=0.0):
    def gpa(value):
        return Property(value=value, uncertainty=error * value, unit="GPa")

    return Layer(name=name, thickness_nm=thickness, bulk_modulus=gpa(bulk), shear_modulus=gpa(shear))


SOFT, STIFF = _layer("LiGL", 10, 15.0, 5.0, 0.1), _layer("Al2O3", 5, 160.0, 80.0, 0.05)


def _backus(layers):
    """Exact stiffness of a stack of isotropic layers, Backus (1962), eq. 13; the normal is z."""
    shares = np.array([layer.thickness_nm for layer in layers])
    shares = shares / shares.sum()
    bulk = np.array([layer.bulk_modulus.value for layer in layers])
    mu = np.array([layer.shear_modulus.value for layer in layers])
    lame = bulk - 2 * mu / 3

    def mean(x):
        return float(shares @ x)

    m = lame + 2 * mu
    a = mean(4 * mu * (lame + mu) / m) + mean(lame / m) ** 2 / mean(1 / m)
    b = mean(2 * mu * lame / m) + mean(lame / m) ** 2 / mean(1 / m)
    c, f = 1 / mean(1 / m), mean(lame / m) / mean(1 / m)
    tensor = np.zeros((6, 6))
    tensor[:2, :2] = [[a, b], [b, a]]
    tensor[2, :3] = tensor[:3, 2] = [f, f, c]
    np.fill_diagonal(tensor[3:, 3:], [1 / mean(1 / mu), 1 / mean(1 / mu), mean(mu)])
    return tensor


def test_shears_are_those_of_the_exact_stack_and_bounds_hold_its_average():
    stack = laminate([SOFT, STIFF])
    exact = _backus([SOFT, STIFF])
    assert stack.shear_in_plane.value == pytest.approx(exact[5, 5])
    assert stack.shear_across.value == pytest.approx(exact[3, 3])
    whole = voigt_reuss_hill(exact)
    assert stack.bulk_reuss.value <= whole.bulk_GPa <= stack.bulk_voigt.value
    assert stack.shear_across.value <= whole.shear_GPa <= stack.shear_in_plane.value
    assert stack.youngs_reuss.value <= whole.youngs_GPa <= stack.youngs_voigt.value


def test_equal_layers_are_one_film():
    stack = laminate([_layer("a", 3, 40, 20), _layer("b", 9, 40, 20)])
    assert stack.thickness_nm == 12
    assert stack.bulk_voigt.value == pytest.approx(40)
    assert stack.shear_across.value == pytest.approx(20)
    assert stack.youngs_reuss.value == pytest.approx(9 * 40 * 20 / 140)


def test_a_layer_that_vanishes_leaves_the_other():
    stack = laminate([_layer("a", 1e-9, 40, 20), STIFF])
    assert stack.shear_across.value == pytest.approx(80, rel=1e-6)
    assert stack.bulk_voigt.value == pytest.approx(160, rel=1e-6)


def test_uncertainties_are_those_of_many_draws():
    rng = np.random.default_rng(0)
    stack = laminate([SOFT, STIFF])
    draws = []
    for _ in range(4000):
        g1, g2 = 5 * (1 + 0.1 * rng.standard_normal()), 80 * (1 + 0.05 * rng.standard_normal())
        draws.append((1 / (2 / 3 / g1 + 1 / 3 / g2), 2 / 3 * g1 + 1 / 3 * g2))
    across, plane = np.std(draws, axis=0)
    assert stack.shear_across.uncertainty == pytest.approx(across, rel=0.05)
    assert stack.shear_in_plane.uncertainty == pytest.approx(plane, rel=0.05)


def test_a_layer_without_a_modulus_is_named():
    unknown = SOFT.model_copy(update={"shear_modulus": Property.missing("GPa", "the run failed")})
    stack = laminate([unknown, STIFF])
    assert stack.shear_across.value is None
    assert stack.shear_across.flags == ("the run failed", "no modulus above zero of LiGL")
    assert stack.youngs_voigt.value is None
    assert stack.bulk_voigt.value is not None


def test_bad_stacks_are_refused():
    with pytest.raises(DataError, match="two layers or more, got 1"):
        laminate([SOFT])
    wrong = SOFT.model_copy(update={"bulk_modulus": Property(value=1.0, unit="eV/A3")})
    with pytest.raises(DataError, match="LiGL: moduli must be in GPa"):
        laminate([wrong, STIFF])
