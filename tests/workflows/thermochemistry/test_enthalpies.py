"""The table of measured enthalpies: what can be wrong with its rows."""

import pytest
from ase.units import kJ, mol

from lithicoat.workflows.thermochemistry.enthalpies import measured_enthalpies

CHECKED = {
    "Li2S": -441.4,
    "Li2SO4": -1436.5,
    "Li2O": -597.9,
    "LiF": -616.0,
    "Li2CO3": -1215.9,
    "Al2O3": -1675.7,
}
"""CRC Handbook, standard thermodynamic properties, kJ/mol."""


def test_values_of_the_handbook():
    solids = measured_enthalpies("solid")
    for formula, value in CHECKED.items():
        assert solids[formula].enthalpy_kJ_mol == value
    assert measured_enthalpies("gas")["SO2"].enthalpy_kJ_mol == -296.8
    assert measured_enthalpies("liquid")["H2O"].enthalpy_kJ_mol == -285.8


@pytest.mark.parametrize("state", ["solid", "liquid", "gas"])
def test_every_row_has_a_source_and_a_possible_value(state):
    rows = measured_enthalpies(state)
    assert rows
    for formula, row in rows.items():
        assert row.source, formula
        assert "recalled" not in row.note
        assert len(row.composition) > 1
        per_atom = row.enthalpy_kJ_mol / sum(row.composition.values())
        assert -500 < per_atom < 120, formula  # no compound is more stable per atom than fluorides of Ba, Ca
        assert row.uncertainty_eV > 0


def test_solids_have_the_formulas_that_phases_are_matched_by():
    from pymatgen.core import Composition

    for state in ("solid", "liquid"):
        for formula in measured_enthalpies(state):
            assert Composition(formula).reduced_formula == formula


def test_no_formula_has_two_rows_of_one_state():
    from lithicoat.workflows.thermochemistry import enthalpies

    path = enthalpies.resources.files("lithicoat.workflows").joinpath("data/measured_enthalpies.csv")
    keys = [tuple(line.split(",")[:2]) for line in path.read_text("utf-8").splitlines()]
    assert len(keys) == len(set(keys))


def test_phosphorus_counts_from_its_red_form():
    phosphate = measured_enthalpies("solid")["Li3PO4"]
    assert phosphate.energy_eV == pytest.approx((phosphate.enthalpy_kJ_mol + 17.6) * kJ / mol)
    sulfide = measured_enthalpies("solid")["Li2S"]
    assert sulfide.energy_eV == pytest.approx(-441.4 / 96.485, rel=1e-4)
