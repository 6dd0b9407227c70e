from fractions import Fraction

import pytest

from lithicoat.structures.errors import StructureError
from lithicoat.structures.formulas import molar_mass_g_mol, parse_formula


def test_fractions_are_exact():
    assert parse_formula("Li2SO1.5") == {"Li": 2, "S": 1, "O": Fraction(3, 2)}
    assert parse_formula("Li2SO0") == {"Li": 2, "S": 1}


def test_brackets_multiply_and_repeated_elements_add():
    assert parse_formula("Al2(SO4)3") == {"Al": 2, "S": 3, "O": 12}
    assert parse_formula("CH3CH2OH") == {"C": 2, "H": 6, "O": 1}


@pytest.mark.parametrize(("formula", "mass"), [("Li2S", 45.94), ("Al2S3", 150.16), ("Li2SO4", 109.94)])
def test_molar_masses_of_the_handbook(formula, mass):
    assert molar_mass_g_mol(parse_formula(formula)) == pytest.approx(mass, abs=0.02)


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("", "is not a formula"),
        ("li2s", "is not a formula"),
        ("Li2S;", "is not a formula"),
        ("Xx2", "unknown element Xx"),
        ("Li2)S(", "bracket in the wrong place"),
        ("(2Li)", "bracket in the wrong place"),
        ("Li2(SO4", "leaves a bracket open"),
        ("Li0", "holds no atoms"),
    ],
)
def test_what_is_no_formula_is_refused(formula, told):
    with pytest.raises(StructureError, match=told):
        parse_formula(formula)
