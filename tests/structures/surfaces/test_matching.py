import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lithicoat.structures.surfaces.matching import match_planes, misfit_of, smallest_good

A_LI, A_LIF = 3.5092, 4.0834
LI_100 = np.eye(2) * A_LI
LIF_100 = np.eye(2) * A_LIF / np.sqrt(2)
"""Smallest cell of the (100) face of rock salt: the square on half a face diagonal."""


def turned(plane, degrees):
    angle = np.radians(degrees)
    return plane @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def test_lithium_fluoride_on_lithium_by_hand():
    """Three lithium cells take sqrt(13) cells of LiF: 3 * 3.5092 / (4.0834 * sqrt(13 / 2)) - 1 = 1.12 %."""
    found = match_planes(LIF_100, LI_100, film_atoms=10, substrate_atoms=6, max_atoms=200)
    best = smallest_good(found)
    assert round(abs(np.linalg.det(best.film))) == 13
    assert round(abs(np.linalg.det(best.substrate))) == 9
    assert best.atoms == 13 * 10 + 9 * 6
    strain = 3 * A_LI / (A_LIF * np.sqrt(13 / 2)) - 1
    assert best.misfit.principal == pytest.approx((strain, strain))
    green = ((1 + strain) ** 2 - 1) / 2
    assert best.misfit.von_mises == pytest.approx(2 / 3 * green)
    assert best.misfit.value == pytest.approx(strain)


@given(numbers=st.lists(st.floats(-0.05, 0.05), min_size=4, max_size=4), angle=st.floats(0, 180))
@settings(derandomize=True, max_examples=20, deadline=None)
def test_misfit_is_that_of_pymatgen_and_does_not_see_rotations(numbers, angle):
    from pymatgen.analysis.elasticity.strain import Deformation

    start = np.array([[3.0, 0.2], [-1.1, 4.0]])
    deformation = np.eye(2) + np.reshape(numbers, (2, 2))
    misfit = misfit_of(start, turned(start @ deformation.T, angle))
    in_space = np.eye(3)
    in_space[:2, :2] = deformation
    green = Deformation(in_space).green_lagrange_strain
    assert misfit.von_mises == pytest.approx(float(green.von_mises_strain), abs=1e-9)
    stretches = 1 + np.array(misfit.principal)
    assert stretches.prod() == pytest.approx(abs(np.linalg.det(deformation)))


@given(angle=st.floats(0, 90), wider=st.floats(-0.03, 0.03))
@settings(derandomize=True, max_examples=15, deadline=None)
def test_a_turned_and_strained_supercell_is_found_again(angle, wider):
    plane = np.array([[3.1, 0.0], [0.9, 4.3]])
    other = turned(np.array([[2, 1], [-1, 1]]) @ plane * (1 + wider), angle)
    found = match_planes(plane, other, film_atoms=4, substrate_atoms=12, max_atoms=24)
    assert [match.atoms for match in found] == [24]
    assert found[0].misfit.principal == pytest.approx((wider, wider), abs=1e-6)


def test_limits_of_atoms_hold_and_better_matches_come_first():
    found = match_planes(LIF_100, LI_100, film_atoms=8, substrate_atoms=6, max_atoms=150)
    assert max(match.atoms for match in found) <= 150
    values = [match.misfit.value for match in found]
    assert values == sorted(values)
    assert match_planes(LIF_100, LI_100, film_atoms=8, substrate_atoms=6, max_atoms=13) == []
