"""O2 over a slab: whole molecules, clear of everything, in the empty space only."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import fcc111

from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.surfaces.gas import CLEARANCE_A, O2_BOND_A, gas_room, with_oxygen


def slab(vacuum_A=16.0, **story):
    atoms = fcc111("Cu", (4, 4, 2), vacuum=vacuum_A / 2, orthogonal=True)
    atoms.pbc = True
    return Model.from_atoms(atoms, name="Cu", kind=ModelKind.SLAB, **story)


def test_molecules_are_whole_and_clear():
    start = slab(fixed=(0, 1))
    model = with_oxygen(start, molecules=6, seed=3)
    atoms, first = model.atoms, len(start.symbols)
    assert model.symbols[:first] == start.symbols
    assert np.allclose(atoms.positions[:first], start.positions_A)
    assert model.symbols[first:] == ("O",) * 12
    assert model.fixed == (0, 1)
    apart = atoms.get_all_distances(mic=True)
    for pair in range(first, first + 12, 2):
        assert apart[pair, pair + 1] == pytest.approx(O2_BOND_A)
        others = [i for i in range(len(atoms)) if i not in (pair, pair + 1)]
        assert apart[pair, others].min() >= CLEARANCE_A - 1e-9
        assert apart[pair + 1, others].min() >= CLEARANCE_A - 1e-9


def test_gas_stays_out_of_the_solid():
    start = slab()
    low, high = gas_room(start.atoms)
    heights = np.array(with_oxygen(start, molecules=6, seed=0).positions_A)[len(start.symbols) :, 2]
    height = start.cell_A[2][2]
    lifted = np.where(heights < low, heights + height, heights)
    assert ((lifted > low) & (lifted < high)).all()
    assert high - low == pytest.approx(16.0)


def test_room_is_found_wherever_it_is():
    atoms = slab().atoms
    low, high = gas_room(atoms)
    atoms.positions[:, 2] += 9.0
    atoms.wrap()
    moved_low, moved_high = gas_room(atoms)
    assert moved_high - moved_low == pytest.approx(high - low)
    assert (moved_low - low - 9.0) % atoms.cell[2, 2] == pytest.approx(0.0, abs=1e-6)


def test_seed_decides():
    one, again, other = (with_oxygen(slab(), molecules=3, seed=seed) for seed in (1, 1, 2))
    assert one.content_hash == again.content_hash != other.content_hash


def test_recipe_tells_the_gas():
    model = with_oxygen(slab(), molecules=4, seed=0)
    gas = model.recipe["gas"]
    area = float(np.linalg.norm(np.cross(*np.array(model.cell_A)[:2])))
    assert gas["molecules"] == 4
    assert gas["first_atom"] == 32
    assert gas["volume_A3"] == pytest.approx(area * (16.0 - 1.52), rel=1e-4)  # O: 1.52 Å van der Waals
    assert model.recipe["composition"] == {"Cu": 32, "O": 8}


def test_what_cannot_be_filled():
    with pytest.raises(StructureError, match="0 O2 are no gas"):
        with_oxygen(slab(), molecules=0, seed=0)
    with pytest.raises(StructureError, match="empty height of 5"):
        with_oxygen(slab(vacuum_A=5.0), molecules=1, seed=0)
    tiny = Atoms("Ar", positions=[[0, 0, 0]], cell=[4, 4, 9], pbc=True)
    crowded = Model.from_atoms(tiny, name="Ar", kind=ModelKind.SLAB)
    with pytest.raises(StructureError, match="found room over Ar"):
        with_oxygen(crowded, molecules=9, seed=0)
