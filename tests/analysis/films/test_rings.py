"""Shortest-path rings of crystals whose rings are known."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from ase.spacegroup import crystal

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.films.rings import ring_counts
from lithicoat.analysis.films.shells import Cell


def cell_of(atoms):
    return Cell(
        symbols=tuple(atoms.get_chemical_symbols()), positions_A=atoms.positions, cell_A=atoms.cell.array
    )


@pytest.mark.parametrize("cubic", [True, False])
def test_diamond_has_two_six_rings_per_atom(cubic):
    """12 six-rings pass through each atom, each shared by six: Franzblau 1991."""
    atoms = bulk("C", "diamond", a=3.567, cubic=cubic)
    assert ring_counts(cell_of(atoms), {("C", "C"): 1.8}) == {6: pytest.approx(2 * len(atoms))}


def test_wurtzite_has_the_rings_of_diamond():
    atoms = bulk("AlN", "wurtzite", a=3.11, c=4.98)
    assert ring_counts(cell_of(atoms), {("Al", "N"): 2.3}, largest=6) == {6: pytest.approx(2 * len(atoms))}


def test_quartz_has_one_ring_of_six_silicon_per_silicon():
    """Vertex symbol 6·6·6₂·6₂·8₇·8₇ (O'Keeffe and Hyde, 1997): six six-rings at an atom."""
    sites = [(0.4697, 0, 2 / 3), (0.4135, 0.2669, 0.7858)]
    quartz = crystal(["Si", "O"], sites, spacegroup=154, cellpar=[4.916, 4.916, 5.4054, 90, 90, 120])
    assert len(quartz) == 9
    assert ring_counts(cell_of(quartz), {("Si", "O"): 2.0}, largest=12) == {12: pytest.approx(3)}


def test_the_size_of_the_cell_does_not_matter():
    atoms = bulk("ZnS", "zincblende", a=5.41)
    atoms.rattle(0.03, seed=1)
    bonds = {("Zn", "S"): 2.8}
    one = ring_counts(cell_of(atoms), bonds)
    eight = ring_counts(cell_of(atoms.repeat(2)), bonds)
    assert eight == {size: pytest.approx(8 * number) for size, number in one.items()}


def test_an_aromatic_ring_is_one_ring():
    benzene = molecule("C6H6", cell=[12, 12, 12])
    benzene.center()
    assert ring_counts(cell_of(benzene), {("C", "C"): 1.8}) == {6: pytest.approx(1)}
    chain = molecule("trans-butane", cell=[12, 12, 12])
    assert ring_counts(cell_of(chain), {("C", "C"): 1.8}) == {}


def test_elements_without_bonds_have_no_rings():
    argon = Atoms("Ar", cell=np.eye(3) * 5, pbc=True)
    assert ring_counts(cell_of(argon), {("Al", "S"): 2.5}) == {}


def test_impossible_questions_are_refused():
    diamond = cell_of(bulk("C", "diamond", a=3.567))
    with pytest.raises(DataError, match="largest is 2, the smallest ring has 3 atoms"):
        ring_counts(diamond, {("C", "C"): 1.8}, largest=2)
    with pytest.raises(DataError, match="no pair of elements is bonded"):
        ring_counts(diamond, {})
