"""Places for an atom on a surface: known ones of simple faces, and none twice."""

import numpy as np
import pytest
from ase.build import bcc100, fcc100, fcc111
from ase.data import covalent_radii

from lithicoat.structures.errors import StructureError
from lithicoat.structures.surfaces.adsorption import adsorption_places, contacts


def lateral_A(slab, place, sites):
    """Return the least lateral distance from a place to any of the sites, Å."""
    cell = slab.cell.array[:2, :2]
    fractional = (np.asarray(sites)[:, :2] - place.position_A[:2]) @ np.linalg.inv(cell)
    return float(np.linalg.norm((fractional - np.rint(fractional)) @ cell, axis=1).min())


def top_layer(slab):
    return slab.positions[slab.positions[:, 2] > slab.positions[:, 2].max() - 0.1]


def test_a_square_face_has_one_hollow_and_one_top():
    slab = bcc100("Li", (2, 2, 4), a=3.44, vacuum=8, periodic=True)
    places = adsorption_places(slab, "Li", number=8)
    assert [place.on_top for place in places] == [False, True]
    above = top_layer(slab)
    between = above + np.array([1.72, 1.72, 0])
    assert lateral_A(slab, places[0], between) < 0.25
    assert lateral_A(slab, places[1], above) < 0.25


def test_a_hexagonal_face_has_two_kinds_of_hollows():
    slab = fcc111("Al", (2, 2, 4), vacuum=8, periodic=True)
    hollows = [place for place in adsorption_places(slab, "Li", number=8) if not place.on_top]
    assert len(hollows) == 2
    second = slab.positions[slab.get_tags() == 2]
    assert sorted(lateral_A(slab, place, second) < 0.3 for place in hollows) == [False, True]


def test_the_atom_rests_where_the_radii_touch():
    slab = fcc100("Al", (2, 2, 3), vacuum=8, periodic=True)
    contact = covalent_radii[13] + covalent_radii[3]
    for place in adsorption_places(slab, "Li", number=4):
        apart = slab.positions - place.position_A
        fractional = apart @ np.linalg.inv(slab.cell.array)
        fractional[:, :2] -= np.rint(fractional[:, :2])
        distances = np.linalg.norm(fractional @ slab.cell.array, axis=1)
        assert distances.min() == pytest.approx(contact, abs=1e-6)


def test_a_repeated_cell_has_the_same_places():
    one = adsorption_places(fcc100("Al", (1, 1, 3), vacuum=8, periodic=True), "Li", number=8)
    nine = adsorption_places(fcc100("Al", (3, 3, 3), vacuum=8, periodic=True), "Li", number=8)
    assert [place.on_top for place in one] == [place.on_top for place in nine]


def test_one_place_is_a_hollow_and_few_are_wanted():
    slab = fcc111("Al", (2, 2, 4), vacuum=8, periodic=True)
    (only,) = adsorption_places(slab, "Li", number=1)
    assert not only.on_top


def test_neighbours_are_counted_by_element():
    slab = fcc100("Al", (2, 2, 3), vacuum=8, periodic=True)
    hollow, top = adsorption_places(slab, "Li", number=4)
    assert contacts(slab, top.position_A, "Li") == {"Al": 1}
    assert contacts(slab, hollow.position_A, "Li")["Al"] >= 4


def test_no_room_is_one_sentence():
    with pytest.raises(StructureError, match="no room for Li above the slab"):
        adsorption_places(fcc100("Al", (2, 2, 3), vacuum=0.5, periodic=True), "Li", number=2)
