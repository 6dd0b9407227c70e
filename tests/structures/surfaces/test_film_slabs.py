"""Slabs of films: the face that breaks least, and cells opened where nothing covalent is cut."""

import numpy as np
import pytest
from ase.build import bulk, make_supercell, molecule

from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.surfaces.film_slabs import film_slab
from lithicoat.structures.surfaces.gas import gas_room
from lithicoat.structures.validation import covalent_bonds

WISH = {"thickness_A": 5.0, "width_A": 7.0, "vacuum_A": 12.0, "max_atoms": 150}


def crystal(atoms, name):
    return Model.from_atoms(atoms, name=name, kind=ModelKind.CRYSTAL)


@pytest.mark.parametrize(
    ("file", "face"),
    [("Li2S_225.cif", "(111)"), ("Li2O_225.cif", "(111)"), ("LiF_225.cif", "(100)")],
)
def test_the_face_is_that_of_lowest_surface_energy(file, face):
    # (111) of fluorites and antifluorites, (100) of rock salts: Tasker, J. Phys. C 12, 4977 (1979)
    slab = film_slab(crystal(load_crystal(file), "film"), **WISH)
    assert slab.kind is ModelKind.SLAB
    assert slab.recipe["face"] == face
    assert slab.recipe["moved"] is None


def test_the_cell_of_the_crystal_does_not_matter():
    primitive = crystal(load_crystal("Li2S_225.cif"), "Li2S")
    odd = make_supercell(load_crystal("Li2S_225.cif"), [[1, 1, 0], [0, 1, 0], [0, 0, 2]])
    odd.positions += np.random.default_rng(0).normal(scale=1e-3, size=odd.positions.shape)  # as relaxed
    one, other = film_slab(primitive, **WISH), film_slab(crystal(odd, "Li2S"), **WISH)
    assert one.formula == other.formula
    assert one.recipe["face"] == other.recipe["face"]
    assert one.recipe["area_A2"] == pytest.approx(other.recipe["area_A2"], rel=1e-3)


def test_size_is_as_asked():
    slab = film_slab(crystal(load_crystal("Li2S_225.cif"), "Li2S"), **WISH)
    low, high = gas_room(slab.atoms)
    assert high - low == pytest.approx(12.0)
    assert slab.recipe["thickness_A"] >= 5.0
    assert slab.recipe["width_A"] >= 7.0
    counts = slab.recipe["composition"]
    assert counts["Li"] == 2 * counts["S"]


def packed(kind, bonds=None):
    """Build a loose cell of water and ions with one layer free of atoms."""
    cell = bulk("LiF", "rocksalt", a=5.0, cubic=True)
    cell.positions += 0.3
    water = molecule("H2O")
    water.translate([2.0, 2.0, 7.0])
    cell.cell[2, 2] = 9.0
    together = cell + water
    found = tuple(covalent_bonds(together)) if bonds else None
    return Model.from_atoms(together, name="film", kind=kind, bonds=found, seed=4)


def test_a_cell_is_opened_without_cutting_bonds():
    model = packed(ModelKind.MOLECULAR, bonds=True)
    slab = film_slab(model, **WISH)
    copies = len(slab.symbols) // len(model.symbols)
    assert slab.recipe["covalent_bonds_cut"] == 0
    assert slab.bonds is not None
    assert len(slab.bonds) == copies * len(model.bonds)
    assert slab.seed == 4
    low, high = gas_room(slab.atoms)
    assert high - low == pytest.approx(12.0)


def test_composition_is_kept():
    model = packed(ModelKind.AMORPHOUS)
    slab = film_slab(model, **WISH)
    share = len(slab.symbols) / len(model.symbols)
    for element in set(model.symbols):
        assert slab.symbols.count(element) == share * model.symbols.count(element)
    assert slab.recipe["thickness_A"] >= 5.0


def test_what_is_no_film_or_too_large():
    slab = film_slab(packed(ModelKind.AMORPHOUS), **WISH)
    with pytest.raises(StructureError, match="is of kind slab, not the bulk of a film"):
        film_slab(slab, **WISH)
    with pytest.raises(StructureError, match=r"a slab of film, 40 Å thick, has \d+ atoms, more than the 30"):
        film_slab(packed(ModelKind.AMORPHOUS), **(WISH | {"thickness_A": 40.0, "max_atoms": 30}))
    with pytest.raises(StructureError, match="no face of Li2S gives a slab of 40 Å and at most 30 atoms"):
        film_slab(
            crystal(load_crystal("Li2S_225.cif"), "Li2S"), **(WISH | {"thickness_A": 40.0, "max_atoms": 30})
        )
