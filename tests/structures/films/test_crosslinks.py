import numpy as np
import pytest
from ase import Atoms

from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.films.crosslinks import (
    PeriodicGraph,
    bond_edges,
    metal_oxygen_contacts,
    oxygen_shell_A,
)


def test_lithium_oxide_is_four_and_eight_coordinate():
    """Antifluorite: four O around Li, eight Li around O."""
    atoms = load_crystal("Li2O_225.cif")
    contacts = metal_oxygen_contacts(atoms)
    symbols = np.array(atoms.get_chemical_symbols())
    assert set(contacts.oxygens_around(np.flatnonzero(symbols == "Li"))) == {4}
    assert set(contacts.ions_around(np.flatnonzero(symbols == "O"))) == {8}


def test_corundum_is_six_and_four_coordinate():
    atoms = load_crystal("Al2O3_167.cif")
    contacts = metal_oxygen_contacts(atoms)
    symbols = np.array(atoms.get_chemical_symbols())
    assert set(contacts.oxygens_around(np.flatnonzero(symbols == "Al"))) == {6}
    assert set(contacts.ions_around(np.flatnonzero(symbols == "O"))) == {4}


def test_shells():
    assert oxygen_shell_A("Li") == 2.6
    assert oxygen_shell_A("Al") == pytest.approx(1.25 * (1.21 + 0.66))


def test_no_ions_no_contacts():
    contacts = metal_oxygen_contacts(
        Atoms("CO", positions=[[0, 0, 0], [1.1, 0, 0]], cell=[5, 5, 5], pbc=True)
    )
    assert len(contacts.ions) == 0
    assert list(contacts.ions_around([1])) == [0]


@pytest.mark.parametrize(
    ("edges", "dimensions"),
    [
        ([(0, 1, (0, 0, 0))], (0,)),
        ([(0, 1, (0, 0, 0)), (1, 0, (1, 0, 0))], (1,)),
        ([(0, 1, (0, 0, 0)), (1, 0, (1, 0, 0)), (0, 0, (2, 0, 0))], (1,)),
        ([(0, 1, (0, 0, 0)), (0, 0, (1, 0, 0)), (1, 1, (0, 1, 1))], (2,)),
        ([(0, 1, (3, 2, 1)), (0, 0, (1, 0, 0)), (1, 1, (0, 1, 1)), (1, 1, (0, 0, 1))], (3,)),
        ([(0, 0, (1, 0, 0)), (1, 1, (0, 1, 0)), (1, 1, (0, 0, 1))], (1, 2)),
        ([], (0, 0)),
    ],
)
def test_dimension_of_periodic_graphs(edges, dimensions):
    graph = PeriodicGraph.of(range(2), edges)
    assert graph.dimensions == dimensions
    assert sorted(node for part in graph.parts for node in part) == [0, 1]


def test_a_bond_across_the_boundary_takes_the_nearest_image():
    atoms = Atoms("CC", positions=[[0.3, 0, 0], [9.7, 0, 19.0]], cell=[10, 10, 10], pbc=True)
    assert bond_edges(atoms, [(0, 1)]) == [(0, 1, (-1, 0, -2))]
    assert bond_edges(atoms, []) == []
