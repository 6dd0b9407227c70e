import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule

from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.validation import (
    changed_bonds,
    check_model,
    closest_pair,
    covalent_bonds,
)


def ethanol(shift=0.0):
    atoms = molecule("CH3CH2OH", cell=[8, 8, 8], pbc=True)
    atoms.positions += shift
    return atoms


def model_of(atoms, **story):
    story.setdefault("recipe", {})
    return Model.from_atoms(atoms, name="test", kind=ModelKind.MOLECULAR, **story)


def test_bonds_of_ethanol_and_across_the_boundary():
    atoms = ethanol()
    bonds = covalent_bonds(atoms)
    kinds = sorted("".join(sorted(atoms.symbols[i] + atoms.symbols[j])) for i, j in bonds)
    assert kinds == ["CC"] + ["CH"] * 5 + ["CO"] + ["HO"]
    moved = ethanol(7.5)
    moved.wrap()
    assert covalent_bonds(moved) == bonds


def test_lithium_has_no_covalent_bonds():
    atoms = Atoms("LiOLi", positions=[[0, 0, 0], [1.6, 0, 0], [3.2, 0, 0]], cell=[9, 9, 9], pbc=True)
    assert covalent_bonds(atoms) == ()


def stretched(factor):
    """Ethanol, a frame with the O-H bond at `factor` times the sum of radii, and the name of that bond."""
    atoms = ethanol()
    i, j = next(pair for pair in covalent_bonds(atoms) if {atoms.symbols[k] for k in pair} == {"O", "H"})
    oxygen, hydrogen = (i, j) if atoms.symbols[i] == "O" else (j, i)
    frame = atoms.copy()
    arm = frame.positions[hydrogen] - frame.positions[oxygen]
    frame.positions[hydrogen] = frame.positions[oxygen] + arm / np.linalg.norm(arm) * factor * (0.66 + 0.31)
    return atoms, frame, f"{atoms.symbols[i]}{i + 1}–{atoms.symbols[j]}{j + 1}"


def test_a_vibration_is_no_change_and_a_torn_bond_is_named():
    atoms, wide, _ = stretched(1.55)
    model = model_of(atoms, bonds=covalent_bonds(atoms))
    assert changed_bonds(model, atoms) == []
    assert changed_bonds(model, wide) == []
    _, torn, name = stretched(1.65)
    assert changed_bonds(model, torn) == [f"{name} broke"]


def test_a_new_bond_forms_only_when_short():
    apart = Atoms("CC", positions=[[0, 0, 0], [4, 0, 0]], cell=[12, 12, 12], pbc=True)
    model = model_of(apart, bonds=())
    for distance, told in ((1.80, []), (1.70, ["C1–C2 formed"])):
        frame = apart.copy()
        frame.positions[1, 0] = distance
        assert changed_bonds(model, frame) == told


def test_changes_across_the_boundary_are_none():
    atoms = ethanol()
    model = model_of(atoms, bonds=covalent_bonds(atoms))
    frame = ethanol(7.5)
    frame.wrap()
    assert changed_bonds(model, frame) == []


def test_no_graph_no_changes_and_other_atoms_are_refused():
    atoms = ethanol()
    assert changed_bonds(model_of(atoms), stretched(3)[1]) == []
    with pytest.raises(StructureError, match="does not hold the atoms of test"):
        changed_bonds(model_of(atoms), molecule("H2O"))


def test_a_sound_model_comes_back():
    atoms = ethanol()
    model = model_of(atoms, bonds=covalent_bonds(atoms), recipe={"composition": {"C": 2, "H": 6, "O": 1}})
    assert check_model(model) is model


def test_wrong_composition():
    with pytest.raises(StructureError, match=r"test holds 6 H, its recipe asks for 4"):
        check_model(model_of(ethanol(), recipe={"composition": {"C": 2, "H": 4, "O": 1}}))


def test_wrong_density():
    with pytest.raises(StructureError, match=r"density of 0.149 g/cm3, outside 0.49 … 2.24"):
        check_model(model_of(ethanol(), recipe={"density_estimate_g_cm3": 1.4}))
    with pytest.raises(StructureError, match=r"outside 0.01 … 25.00"):
        check_model(model_of(Atoms("U", cell=[2, 2, 2], pbc=True)))


def test_atoms_on_top_of_each_other_are_named():
    atoms = ethanol()
    atoms.positions[3] = atoms.positions[1] + [0.3, 0, 0]
    with pytest.raises(
        StructureError, match=rf"{atoms.symbols[1]}2 and {atoms.symbols[3]}4 of test are 0.30 Å"
    ):
        check_model(model_of(atoms))


def test_stored_graph_must_be_the_seen_one():
    atoms = ethanol()
    bonds = covalent_bonds(atoms)
    with pytest.raises(StructureError, match=r"bonds of test are not as stored: .*is not in the graph"):
        check_model(model_of(atoms, bonds=bonds[1:]))
    with pytest.raises(StructureError, match=r"bonds of test are not as stored: .*is missing"):
        check_model(model_of(atoms, bonds=(*bonds, (7, 8))))


def test_closest_pair_sees_an_atom_and_its_image():
    assert closest_pair(Atoms("C", cell=[1, 9, 9], pbc=True)) == (0, 0, pytest.approx(1.0))
    assert closest_pair(Atoms("C", cell=[9, 9, 9], pbc=True)) is None
