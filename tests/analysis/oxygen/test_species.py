"""Molecules, ions and bonds of frames against molecules from ASE and crystals of known chemistry."""

from collections import Counter

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.oxygen.species import Oxygen, Source, held_dioxygen, take_census
from lithicoat.structures.crystals.cells import load_crystal


def census(atoms, source, **electrode):
    return take_census(
        atoms.get_chemical_symbols(), atoms.positions, atoms.cell.array, Source(tuple(source), **electrode)
    )


def boxed(*molecules, edge=20.0):
    """Put molecules into a box, 6 Å apart along its diagonal."""
    together = Atoms(cell=[edge] * 3, pbc=True)
    for index, one in enumerate(molecules):
        part = molecule(one) if isinstance(one, str) else one.copy()
        part.translate(6.0 * index - part.positions.mean(axis=0))
        together += part
    return together


def oxygens(atoms, symbols=("O",)):
    return [i for i, symbol in enumerate(atoms.get_chemical_symbols()) if symbol in symbols]


def test_free_molecules_are_gas():
    atoms = boxed("O2", "SO2", "CO2")
    found = census(atoms, [0, 1])
    assert found.oxygens == (Oxygen.GAS, Oxygen.GAS)
    assert found.counts == {"O2 gas": 1, "SO2 gas": 1, "CO2 gas": 1}


def test_oxygen_that_left_with_sulfur_has_escaped():
    atoms = boxed("SO2", "O2")
    assert set(census(atoms, [1, 2]).oxygens) == {Oxygen.ESCAPED}
    assert not Oxygen.ESCAPED.taken_up


@pytest.mark.parametrize(
    ("file", "kind", "state"),
    [
        ("Li2SO4_14.cif", "sulfate", Oxygen.BONDED),
        ("Li2SO3_36.cif", "sulfite", Oxygen.BONDED),
        ("Li2O2_194.cif", None, Oxygen.PEROXIDE),
        ("LiO2_58.cif", None, Oxygen.SUPEROXIDE),
        ("Li2O_225.cif", None, Oxygen.OXIDE),
    ],
)
def test_crystals_are_what_they_are(file, kind, state):
    atoms = load_crystal(file).repeat(2)
    chosen = oxygens(atoms)
    found = census(atoms, chosen)
    assert Counter(found.oxygens) == {state: len(chosen)}
    assert state.taken_up
    sulfurs = atoms.get_chemical_symbols().count("S")
    assert {k: n for k, n in found.counts.items() if k != "S-O bonds"} == ({kind: sulfurs} if kind else {})
    per_sulfur = {"sulfate": 4, "sulfite": 3}.get(kind, 0)
    assert found.counts.get("S-O bonds", 0) == per_sulfur * sulfurs


def test_a_films_own_oxygen_is_not_counted_as_taken_up():
    atoms = load_crystal("Li2SO4_14.cif").repeat(2)
    found = census(atoms, [])
    assert found.oxygens == ()
    assert found.counts == {"sulfate": atoms.get_chemical_symbols().count("S")}


def test_sulfide_and_disulfide_differ():
    atoms = bulk("LiS", "rocksalt", a=5.2, cubic=True).repeat(2)
    sulfurs = [i for i, s in enumerate(atoms.get_chemical_symbols()) if s == "S"]
    assert census(atoms, []).counts == {"sulfide": len(sulfurs)}
    away = atoms.get_distances(sulfurs[0], sulfurs[1:], mic=True, vector=True)
    nearest = int(np.argmin(np.linalg.norm(away, axis=1)))
    step = away[nearest] / np.linalg.norm(away[nearest])
    atoms.positions[sulfurs[0]] += away[nearest] - 2.05 * step
    assert census(atoms, []).counts == {"S-S": 2, "sulfide": len(sulfurs) - 2}


def test_oxygen_between_two_sulfurs_is_a_bridge():
    bridge = Atoms("SOS", positions=[[-1.5, 0, 0], [0, 0.6, 0], [1.5, 0, 0]])
    atoms = boxed(bridge, "O2") + Atoms("Li", positions=[[-1.5, 0, 2.4]])
    found = census(atoms, [1, 3])
    assert found.counts["S-O-S"] == 1
    assert found.oxygens[0] is Oxygen.BONDED


def test_molecules_reach_over_the_boundary():
    atoms = Atoms("O2", positions=[[0.3, 5, 5], [9.1, 5, 5]], cell=[10] * 3, pbc=True)
    assert census(atoms, [0, 1]).lengths_A == pytest.approx((1.2, 1.2))
    moved = atoms.copy()
    moved.positions += [30, -20, 10]
    assert census(moved, [0, 1]).oxygens == census(atoms, [0, 1]).oxygens == (Oxygen.GAS, Oxygen.GAS)


@pytest.mark.parametrize(
    ("length", "state"),
    [(1.21, Oxygen.ADSORBED), (1.33, Oxygen.SUPEROXIDE), (1.50, Oxygen.PEROXIDE)],
)
def test_dioxygen_on_a_metal_is_told_by_its_length(length, state):
    atoms = Atoms("LiO2", positions=[[0, 0, 0], [0, 0, 2.0], [0, length, 2.0]], cell=[12] * 3, pbc=True)
    assert census(atoms, [1, 2]).oxygens == (state, state)
    assert held_dioxygen(length) is state


def test_oxygen_of_an_electrode_crosses_when_it_leaves_its_metal():
    nickel = Atoms("NiO", positions=[[5, 5, 5], [5, 5, 6.9]], cell=[20] * 3, pbc=True)
    film = Atoms("LiS", positions=[[5, 8, 11], [5, 5, 10.5]])
    atoms = nickel + film
    source = {"electrode": (0, 1)}
    assert census(atoms, [1], **source).oxygens == (Oxygen.LATTICE,)
    atoms.positions[1, 2] = 8.9  # 1.6 Å from the sulfur, 3.9 Å from the nickel
    atoms.positions[2] = [5, 6.5, 9.9]
    assert census(atoms, [1], **source).oxygens == (Oxygen.BONDED,)


def test_states_do_not_depend_on_the_order_of_atoms():
    atoms = load_crystal("Li2SO4_14.cif")
    order = np.random.default_rng(0).permutation(len(atoms))
    shuffled = atoms[order]
    assert census(shuffled, oxygens(shuffled)).counts == census(atoms, oxygens(atoms)).counts


def test_a_source_must_be_oxygen_in_pairs():
    atoms = boxed("O2", "SO2")
    with pytest.raises(DataError, match="atom 3 of the source is S, not O"):
        census(atoms, [0, 2])
    with pytest.raises(DataError, match="1 oxygen atoms is not made of O2"):
        census(atoms, [0])
