"""Interstices of crystals whose geometry is known, and the hops between them."""

import numpy as np
import pytest
from ase.build import bulk
from ase.geometry import find_mic

from lithicoat.structures.crystals.cells import load_crystal, supercell_of_width
from lithicoat.structures.crystals.hops import Mechanism
from lithicoat.structures.crystals.interstitials import (
    direct_hops,
    frenkel_cell,
    interstitial_cell,
    interstitial_ends,
    interstitial_sites,
    knock_on_hops,
)
from lithicoat.structures.crystals.sites import lithium_sites, site_in
from lithicoat.structures.errors import StructureError


@pytest.fixture(scope="module")
def oxide():
    lattice = lithium_sites(load_crystal("Li2O_225.cif"))
    return lattice, interstitial_sites(lattice)


@pytest.fixture(scope="module")
def fluoride():
    lattice = lithium_sites(load_crystal("LiF_225.cif"))
    return lattice, interstitial_sites(lattice)


def test_antifluorite_has_the_octahedral_interstice(oxide):
    """4b: one for each formula unit, with six oxygen at a/2."""
    lattice, sites = oxide
    assert sites.multiplicities == {"i": 1}
    a = 2 * lattice.cell.cell.lengths()[0] / np.sqrt(2)
    oxygen = lattice.cell[lattice.cell.symbols == "O"] * (3, 3, 3)
    distances = find_mic(oxygen.positions - sites.place(0), oxygen.cell, pbc=True)[1]
    np.testing.assert_allclose(np.sort(distances)[:6], a / 2, rtol=1e-3)


def test_rock_salt_has_the_middle_of_the_small_cube(fluoride):
    """8c: two for each formula unit, a√3/4 from four Li and four F."""
    lattice, sites = fluoride
    assert sites.multiplicities == {"i": 2}
    a = 2 * lattice.cell.cell.lengths()[0] / np.sqrt(2)
    wide = lattice.cell * (3, 3, 3)
    distances = find_mic(wide.positions - sites.place(0), wide.cell, pbc=True)[1]
    np.testing.assert_allclose(np.sort(distances)[:8], a * np.sqrt(3) / 4, rtol=1e-3)


def test_direct_hops(fluoride):
    _, sites = fluoride
    nearest = direct_hops(sites, longest_A=2.5)
    assert [(kind.mechanism, len(kind.steps), kind.symmetric) for kind in nearest] == [
        (Mechanism.DIRECT, 6, True)  # a simple cubic lattice with two sites in the cell
    ]


def test_knock_on_hops(oxide, fluoride):
    """Around an ion of antifluorite four interstices at 109.5°; of rock salt eight, some straight across."""
    lattice, sites = oxide
    kinds = knock_on_hops(sites, lattice, longest_A=5.0)
    assert [(kind.label.split()[0], len(kind.steps)) for kind in kinds] == [("i-(Li)-i", 12)]
    lattice, sites = fluoride
    kinds = knock_on_hops(sites, lattice, longest_A=5.0)
    assert [len(kind.steps) for kind in kinds] == [12, 4]
    straight = kinds[1].steps[0]
    middle = (sites.place(straight.start) + sites.place(straight.end, straight.offset)) / 2
    passed, cell = straight.via[0]
    np.testing.assert_allclose(lattice.place(passed - len(sites.names), cell), middle, atol=1e-3)


def test_the_ends_of_a_knock_on_hop_move_two_ions(fluoride):
    lattice, sites = fluoride
    supercell = supercell_of_width(lattice.cell, 7.0, max_atoms=64)
    kind = knock_on_hops(sites, lattice, longest_A=5.0)[0]
    ends = interstitial_ends(sites, lattice, kind, supercell)
    assert len(ends.start) == len(ends.end) == len(supercell) + 1
    moved = np.linalg.norm(ends.end.positions - ends.start.positions, axis=1)
    assert np.count_nonzero(moved > 1e-9) == 2
    assert moved[ends.mobile] > 1
    assert moved[len(supercell)] > 1
    for cell in (ends.start, ends.end):
        distances = cell.get_all_distances(mic=True)
        assert distances[np.triu_indices(len(cell), 1)].min() > 1.5
    direct = interstitial_ends(sites, lattice, direct_hops(sites, longest_A=2.5)[0], supercell)
    moved = np.linalg.norm(direct.end.positions - direct.start.positions, axis=1)
    assert np.flatnonzero(moved > 1e-9).tolist() == [len(supercell)] == [direct.mobile]


def test_a_frenkel_pair_keeps_the_composition_and_is_far_apart(fluoride):
    lattice, sites = fluoride
    supercell = supercell_of_width(lattice.cell, 7.0, max_atoms=64)
    pair = frenkel_cell(sites, lattice, 0, 0, supercell)
    assert pair.get_chemical_formula() == supercell.get_chemical_formula()
    empty = lattice.place(0)
    distance = find_mic(pair.positions[-1] - empty, pair.cell, pbc=True)[1]
    assert distance > 5
    left = find_mic(pair.positions[pair.symbols == "Li"] - empty, pair.cell, pbc=True)[1]
    assert left.min() > 2  # the site is empty
    one_more = interstitial_cell(sites, 0, supercell)
    assert len(one_more) == len(supercell) + 1
    assert site_in(one_more, sites.place(0)) == len(supercell)


def test_what_cannot_be_is_refused(fluoride):
    lattice, sites = fluoride
    kind = direct_hops(sites, longest_A=4.2)[-1]
    with pytest.raises(StructureError, match="to its own image in a cell of 2 atoms"):
        interstitial_ends(sites, lattice, _across(), lattice.cell)
    assert kind.length_A > 3
    with pytest.raises(StructureError, match="has no room for another Li"):
        interstitial_sites(lithium_sites(bulk("Li", "fcc", a=2.2)))


def _across():
    """Return a hop to the image of the first interstice in the next cell."""
    from lithicoat.structures.crystals.hops import HopKind, Step

    return HopKind("i-i", Mechanism.DIRECT, 1.0, (Step(0, 0, (1, 0, 0)),), symmetric=True)
