import numpy as np
import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mechanics.directional_moduli import (
    shear_extremes,
    shear_modulus,
    youngs_extremes,
    youngs_modulus,
)


def _cubic(c11: float, c12: float, c44: float) -> np.ndarray:
    tensor = np.diag([c11] * 3 + [c44] * 3).astype(float)
    tensor[:3, :3] += c12 * (1 - np.eye(3))
    return tensor


COPPER = _cubic(168.4, 121.4, 75.4)  # GPa; Simmons and Wang, Single Crystal Elastic Constants (1971)
ISOTROPIC = _cubic(3 + 4 / 3 * 2, 3 - 2 / 3 * 2, 2)  # K = 3, G = 2


def test_a_cubic_crystal_follows_nye():
    s = np.linalg.inv(COPPER)
    for direction in ((1, 0, 0), (1, 1, 0), (1, 1, 1), (1, 2, 3)):
        u, v, w = np.array(direction) / np.linalg.norm(direction)
        anisotropic = s[0, 0] - s[0, 1] - s[3, 3] / 2
        inverse = s[0, 0] - 2 * anisotropic * (u**2 * v**2 + v**2 * w**2 + w**2 * u**2)
        assert youngs_modulus(COPPER, direction) == pytest.approx(1 / inverse)
    assert shear_modulus(COPPER, (0, 0, 1), (1, 0, 0)) == pytest.approx(75.4)
    assert shear_modulus(COPPER, (1, 1, 0), (1, -1, 0)) == pytest.approx((168.4 - 121.4) / 2)


def test_extremes_of_a_cubic_crystal_lie_along_its_axes_and_diagonals():
    lowest, highest = youngs_extremes(COPPER)
    assert (lowest.value_GPa, highest.value_GPa) == pytest.approx((66.7, 191.1), abs=0.1)
    assert sorted(np.abs(lowest.direction)) == pytest.approx([0, 0, 1], abs=1e-3)
    assert np.abs(highest.direction) == pytest.approx(np.full(3, 3**-0.5), abs=1e-3)
    softest, stiffest = shear_extremes(COPPER)
    assert (softest.value_GPa, stiffest.value_GPa) == pytest.approx((23.5, 75.4), rel=1e-6)
    assert sorted(np.abs(softest.direction)) == pytest.approx([0, 2**-0.5, 2**-0.5], abs=1e-3)
    assert np.dot(softest.direction, softest.slip) == pytest.approx(0, abs=1e-5)


def test_an_isotropic_solid_is_the_same_along_all_directions():
    directions = np.random.default_rng(1).normal(size=(50, 3))
    np.testing.assert_allclose(youngs_modulus(ISOTROPIC, directions), 9 * 3 * 2 / (3 * 3 + 2))
    across = np.cross(directions, [0.3, -0.2, 0.9])
    np.testing.assert_allclose(shear_modulus(ISOTROPIC, directions, across), 2)
    lowest, highest = youngs_extremes(ISOTROPIC)
    assert highest.value_GPa == pytest.approx(lowest.value_GPa)


def test_turning_the_crystal_turns_the_extremes_and_leaves_their_values():
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))[0]
    full = np.zeros((3, 3, 3, 3))
    place = [(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)]
    for one, (i, j) in enumerate(place):
        for other, (k, m) in enumerate(place):
            for a, b in ((i, j), (j, i)):
                for c, d in ((k, m), (m, k)):
                    full[a, b, c, d] = COPPER[one, other]
    turned = np.einsum("ia,jb,kc,ld,abcd->ijkl", turn, turn, turn, turn, full)
    tensor = np.array([[turned[*one, *other] for other in place] for one in place])
    lowest, highest = youngs_extremes(tensor)
    assert (lowest.value_GPa, highest.value_GPa) == pytest.approx((66.689, 191.150), abs=1e-3)
    assert np.abs(turn.T @ lowest.direction).max() == pytest.approx(1, abs=1e-4)
    softest, stiffest = shear_extremes(tensor)
    assert (softest.value_GPa, stiffest.value_GPa) == pytest.approx((23.5, 75.4), rel=1e-5)


def test_what_has_no_meaning_is_refused():
    with pytest.raises(DataError, match="not Born-stable"):
        youngs_modulus(_cubic(100, 150, 50), (1, 0, 0))
    with pytest.raises(DataError, match="vector of three numbers"):
        youngs_modulus(COPPER, (0, 0, 0))
    with pytest.raises(DataError, match="does not lie in its plane"):
        shear_modulus(COPPER, (0, 0, 1), (1, 0, 1))
