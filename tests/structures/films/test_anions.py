from itertools import combinations

import numpy as np
import pytest

from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.anions import Component, anion, neutral_components

LADDER = ("S", "SO3", "SO4")


def angles(name):
    positions = anion(name).positions_A
    arms = positions[1:] - positions[0]
    arms /= np.linalg.norm(arms, axis=1)[:, None]
    return [np.degrees(np.arccos(a @ b)) for a, b in combinations(arms, 2)]


def bonds(name):
    positions = anion(name).positions_A
    return np.linalg.norm(positions[1:] - positions[0], axis=1)


def test_sulfate_is_a_regular_tetrahedron():
    assert angles("SO4") == pytest.approx([109.471] * 6, abs=0.01)
    assert bonds("SO4") == pytest.approx([1.49] * 4, abs=1e-3)


def test_sulfite_is_a_pyramid():
    assert angles("SO3") == pytest.approx([106.0] * 3, abs=0.05)
    assert bonds("SO3") == pytest.approx([1.51] * 3, abs=1e-3)


@pytest.mark.parametrize(
    ("composition", "parts"),
    [
        ("Li2S", {"Li2S": 1}),
        ("Li2SO1.5", {"Li2S": 0.5, "Li2SO3": 0.5}),
        ("Li2SO3", {"Li2SO3": 1}),
        ("Li2SO3.5", {"Li2SO3": 0.5, "Li2SO4": 0.5}),
        ("Li2SO4", {"Li2SO4": 1}),
    ],
)
def test_the_ladder_of_sulfur(composition, parts):
    found = {component.formula: number for component, number in neutral_components(composition, LADDER)}
    assert found == pytest.approx(parts)


def test_without_units_the_formula_is_one_component():
    [(component, number)] = neutral_components("Li2SO1.5")
    assert component.counts == {"Li": 4, "S": 2, "O": 3}
    assert number == 0.5


def test_cations_follow_the_charge():
    [(component, number)] = neutral_components("Al2(SO4)3", ("SO4",))
    assert component == Component({"Al": 2}, {"SO4": 3})
    assert number == 1
    assert component.formula == "Al2(SO4)3"
    assert component.size == 17


@pytest.mark.parametrize("composition", ["Li2SO5", "Li2O", "Li2SO2"])
def test_what_the_units_cannot_make(composition):
    with pytest.raises(StructureError, match="cannot be made of SO3, SO4"):
        neutral_components(composition, ("SO3", "SO4"))


def test_unknown_anion_names_the_known():
    with pytest.raises(StructureError, match="SO5 is no anion") as caught:
        neutral_components("Li2SO5", ("SO5",))
    assert "SO4" in caught.value.hint
