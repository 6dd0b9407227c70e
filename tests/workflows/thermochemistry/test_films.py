"""Relaxed cells as phases: formula units, volumes, groups."""

import pytest
from ase import Atoms
from ase.build import bulk, molecule

from lithicoat.analysis.thermochemistry.phases import PhaseKind
from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.thermochemistry.films import phase_of


def model(atoms, name="x"):
    atoms.pbc = True
    return Model.from_atoms(atoms, name=name, kind=ModelKind.CRYSTAL)


def test_a_crystal_counts_per_formula_unit():
    atoms = load_crystal("Li2SO4_14.cif")
    phase = phase_of(model(atoms), -400.0, name="Li2SO4_14.cif", kind=PhaseKind.CRYSTAL)
    units = list(atoms.symbols).count("S")
    assert phase.formula == "Li2SO4"
    assert phase.composition == {"Li": 2, "S": 1, "O": 4}
    assert phase.energy_eV == pytest.approx(-400 / units)
    assert phase.volume_A3 == pytest.approx(atoms.get_volume() / units)
    assert phase.groups == pytest.approx({"sulfate": 1.0})


def test_a_peroxide_keeps_its_two_oxygens():
    phase = phase_of(model(load_crystal("Li2O2_194.cif")), -40.0, name="x", kind=PhaseKind.CRYSTAL)
    assert phase.formula == "Li2O2"
    assert phase.composition == {"Li": 2, "O": 2}
    assert phase.energy_eV == pytest.approx(-20)


def test_a_gas_is_the_whole_molecule_without_a_volume():
    atoms = molecule("O2", cell=(9, 9, 9))
    phase = phase_of(model(atoms, "O2"), -9.9, name="O2 gas", kind=PhaseKind.GAS)
    assert (phase.formula, phase.composition, phase.energy_eV) == ("O2", {"O": 2.0}, -9.9)
    assert phase.volume_A3 is None


def test_a_cathode_counts_per_two_oxygens():
    cell = Atoms("Li2Ni3MnO8", positions=[(i, 0, 0) for i in range(14)], cell=(20, 5, 5))
    phase = phase_of(model(cell), -80.0, name="NMC", kind=PhaseKind.CATHODE)
    assert phase.composition == {"Li": 0.5, "Ni": 0.75, "Mn": 0.25, "O": 2.0}
    assert phase.formula == "Li0.5Ni0.75Mn0.25O2"
    assert phase.energy_eV == pytest.approx(-20)
    assert phase.volume_A3 == pytest.approx(125)


def test_an_element():
    phase = phase_of(model(bulk("Cu", cubic=True)), -16.0, name="Cu", kind=PhaseKind.CRYSTAL)
    assert (phase.composition, phase.energy_eV) == ({"Cu": 1.0}, -4.0)
