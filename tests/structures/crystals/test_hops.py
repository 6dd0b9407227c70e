"""Distinct hops of crystals whose geometry is known, and the cells before and after them."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.neighborlist import neighbor_list

from lithicoat.structures.crystals.cells import load_crystal, supercell_for, supercell_of_width
from lithicoat.structures.crystals.hops import Mechanism, Step, vacancy_ends, vacancy_hops
from lithicoat.structures.crystals.sites import lithium_sites, site_in
from lithicoat.structures.errors import StructureError


def _hops(crystal, longest_A):
    sites = lithium_sites(crystal)
    return sites, vacancy_hops(sites, longest_A=longest_A)


@pytest.mark.parametrize(
    ("crystal", "longest_A", "lengths_A", "numbers"),
    [
        (bulk("Li", "fcc", a=4.0), 3.0, [4 / np.sqrt(2)], [6]),
        (bulk("Li", "bcc", a=4.0), 4.1, [2 * np.sqrt(3), 4.0], [4, 3]),
        (load_crystal("LiF_225.cif"), 3.5, [2.89], [6]),
        (load_crystal("Li2O_225.cif"), 3.0, [2.33], [6]),
    ],
    ids=["fcc", "bcc", "rock salt", "antifluorite"],
)
def test_simple_lattices(crystal, longest_A, lengths_A, numbers):
    _, kinds = _hops(crystal, longest_A)
    assert [kind.length_A for kind in kinds] == pytest.approx(lengths_A, abs=0.01)
    assert [len(kind.steps) for kind in kinds] == numbers
    assert all(kind.symmetric for kind in kinds)
    assert all(kind.mechanism is Mechanism.VACANCY for kind in kinds)


def test_lithium_nitride_has_two_kinds_of_sites():
    """α-Li3N: two Li in the Li2N layer, 2.1 Å apart, and one between the layers."""
    sites, kinds = _hops(load_crystal("Li3N_191.cif"), 3.0)
    assert sorted(sites.multiplicities.values()) == [1, 2]
    assert [(kind.label.split()[0], len(kind.steps), kind.symmetric) for kind in kinds] == [
        ("Li1-Li1", 3, True),
        ("Li1-Li2", 12, False),
    ]


@pytest.mark.parametrize("name", ["Li2CO3_15.cif", "Li3PO4_62.cif", "Li3N_191.cif"])
def test_the_hops_of_all_kinds_are_the_neighbours(name):
    """Each pair of sites that is no walk of two and is not blocked is counted once, in one kind."""
    sites, kinds = _hops(load_crystal(name), 3.0)
    lattice = Atoms("Li" * len(sites.names), positions=sites.positions_A, cell=sites.cell.cell, pbc=True)
    pairs = len(neighbor_list("i", lattice, 3.0))
    steps = [step for kind in kinds for step in kind.steps]
    assert len(set(steps)) == len(steps)
    assert not set(steps) & {step.reverse for step in steps if step.reverse != step}
    assert 2 * len(steps) == pairs
    for kind in kinds:
        ends = {(sites.names[step.start], sites.names[step.end]) for step in kind.steps}
        assert len(ends) == 1  # all seen in the same direction
        for step in kind.steps:
            way = sites.place(step.end, step.offset) - sites.place(step.start)
            assert np.linalg.norm(way) == pytest.approx(kind.length_A, abs=0.02)


def test_a_hop_through_a_site_or_over_an_anion_is_none():
    _, kinds = _hops(load_crystal("Li2O_225.cif"), 5.0)
    a = 2 * kinds[0].length_A
    lengths = [kind.length_A / a for kind in kinds]
    assert lengths == pytest.approx([0.5, np.sqrt(3) / 2], abs=1e-3)
    # neither a face diagonal (over O) nor the edge a (through a site)


def test_the_supercell_and_its_origin_do_not_matter():
    crystal = load_crystal("Li3PO4_62.cif")
    moved = supercell_for(crystal, 64)
    moved.positions += [0.3, -0.2, 5.0]
    found = [
        [(round(kind.length_A, 2), len(kind.steps), kind.symmetric) for kind in _hops(cell, 3.6)[1]]
        for cell in (crystal, moved)
    ]
    assert found[0] == found[1]
    assert found[0][0] == (2.67, 8, False)


def test_a_step_and_its_reverse():
    step = Step(0, 1, (1, 0, -1), via=((2, (1, 0, 0)),))
    assert step.reverse == Step(1, 0, (-1, 0, 1), via=((2, (0, 0, 1)),))
    assert step.reverse.reverse == step


def test_ends_differ_by_the_hop_alone():
    sites, kinds = _hops(load_crystal("Li3N_191.cif"), 3.0)
    supercell = supercell_of_width(sites.cell, 7.0, max_atoms=64)
    for kind in kinds:
        ends = vacancy_ends(sites, kind, supercell)
        assert len(ends.start) == len(ends.end) == len(supercell) - 1
        moved = ends.end.positions - ends.start.positions
        assert np.linalg.norm(moved[ends.mobile]) == pytest.approx(kind.length_A, abs=1e-6)
        assert np.count_nonzero(np.linalg.norm(moved, axis=1) > 1e-9) == 1
        assert ends.start.symbols[ends.mobile] == "Li"
        for cell in (ends.start, ends.end):  # no two atoms meet: the ion moved into the empty site
            distances = cell.get_all_distances(mic=True)
            assert distances[np.triu_indices(len(cell), 1)].min() > 1.5


def test_equal_hops_have_equal_surroundings():
    """All steps of a kind see the same distances from the middle of the hop."""
    sites, kinds = _hops(load_crystal("Li2CO3_15.cif"), 3.6)
    wide = sites.cell * (5, 5, 5)
    wide.positions -= 2 * sites.cell.cell.sum(axis=0)
    for kind in kinds:
        prints = []
        for step in kind.steps:
            middle = (sites.place(step.start) + sites.place(step.end, step.offset)) / 2
            near = np.sort(np.linalg.norm(wide.positions - middle, axis=1))[:12]
            prints.append(near)
        np.testing.assert_allclose(prints, np.tile(prints[0], (len(prints), 1)), atol=0.02)


def test_what_cannot_be_is_refused():
    with pytest.raises(StructureError, match="holds no Li"):
        lithium_sites(bulk("Al"))
    sites, kinds = _hops(bulk("Li", "fcc", a=4.0), 3.0)
    with pytest.raises(StructureError, match="from a site to its own image in a cell of 1 atoms"):
        vacancy_ends(sites, kinds[0], sites.cell)
    with pytest.raises(StructureError, match="no atom is within"):
        site_in(sites.cell * (2, 2, 2), np.array([1.0, 1.0, 1.0]))


def test_a_width_takes_the_smallest_cell_that_has_it():
    cell = load_crystal("Li2S_225.cif")
    primitive = lithium_sites(cell).cell
    narrow, wide = (supercell_of_width(primitive, width, max_atoms=300) for width in (7.0, 11.0))
    assert len(narrow) < len(wide)
    for found, width in ((narrow, 7.0), (wide, 11.0)):
        first = neighbor_list("i", found[[0]], width - 0.01)
        assert len(first) == 0  # no image within the width
    assert len(supercell_of_width(primitive, 30.0, max_atoms=50)) <= 50
    assert len(supercell_of_width(cell, 30.0, max_atoms=8)) == len(cell)
