import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from scipy.optimize import check_grad

from lithicoat.structures.films.gathering import gather, press
from lithicoat.structures.films.springs import SpringModel
from lithicoat.structures.validation import covalent_bonds


def methoxides():
    """An Al, and three methoxides around it that are too far away."""
    methoxide = molecule("CH3OH")
    oxygen = next(index for index, symbol in enumerate(methoxide.symbols) if symbol == "O")
    proton = min(
        (index for index, symbol in enumerate(methoxide.symbols) if symbol == "H"),
        key=lambda index: methoxide.get_distance(oxygen, index),
    )
    methoxide.positions -= methoxide.positions[oxygen]
    methoxide.rotate(methoxide.positions[0] - methoxide.positions[oxygen], "x")
    del methoxide[proton]
    atoms = Atoms("Al", positions=[[0, 0, 0]])
    for angle in (0, 120, 240):
        arm = methoxide.copy()
        arm.positions += [3.2, 0, 0]
        arm.rotate(angle, "z", center=(0, 0, 0))
        atoms += arm
    atoms.positions += 7
    atoms.set_cell([14, 14, 14])
    atoms.pbc = True
    return atoms


def test_oxygens_come_to_the_ion_and_molecules_stay():
    atoms = methoxides()
    bonds = covalent_bonds(atoms)
    oxygens = [index for index, symbol in enumerate(atoms.symbols) if symbol == "O"]
    assert atoms.get_distances(0, oxygens) == pytest.approx(3.2)
    done = gather(atoms, bonds)
    assert done.get_distances(0, oxygens) == pytest.approx(1.84, abs=0.1)
    assert covalent_bonds(done) == bonds
    before, after = ([a.get_distance(i, j) for i, j in bonds] for a in (atoms, done))
    assert after == pytest.approx(before, abs=0.05)


def test_it_acts_across_the_boundary():
    atoms = methoxides()
    atoms.positions -= 7  # around the corner of the cell
    done = gather(atoms, covalent_bonds(atoms))
    inside = gather(methoxides(), covalent_bonds(atoms))
    np.testing.assert_allclose(done.positions + 7, inside.positions, atol=0.02)


@pytest.mark.parametrize("walled", [False, True])
def test_the_gradient_is_that_of_the_energy(walled):
    atoms = methoxides()
    atoms.pbc = (True, True, not walled)
    atoms.positions[:, 2] += 5.5  # into the ceiling
    atoms.rattle(0.2, seed=3)
    model = SpringModel.of(atoms, covalent_bonds(atoms))
    flat = atoms.positions.ravel()
    gradient = model.energy(flat)[1]
    missed = check_grad(lambda x: model.energy(x)[0], lambda x: model.energy(x)[1], flat, epsilon=1e-6)
    assert missed < 1e-4 * np.linalg.norm(gradient)


def test_walls_hold():
    atoms = methoxides()
    atoms.positions[:, 2] += 6.5
    atoms.pbc = (True, True, False)
    done = gather(atoms, covalent_bonds(atoms))
    assert done.positions[:, 2].max() < 14


def waters(edge=9.0):
    """Eight water molecules on a grid."""
    atoms = Atoms(cell=[edge] * 3, pbc=True)
    for k in range(8):
        water = molecule("H2O")
        water.rotate(37 * k, (1, 1, k))
        water.positions += edge / 2 * np.array([k & 1, k >> 1 & 1, k >> 2])
        atoms += water
    return atoms


def test_a_press_reaches_its_volume_and_leaves_molecules_whole():
    atoms = waters()
    bonds = covalent_bonds(atoms)
    pressed = press(atoms, bonds, volume_A3=330)
    assert pressed.get_volume() == pytest.approx(330)
    assert covalent_bonds(pressed) == bonds
    before, after = ([a.get_distance(i, j) for i, j in bonds] for a in (atoms, pressed))
    assert after == pytest.approx(before, abs=0.05)


def test_a_press_stops_before_molecules_overlap():
    atoms = waters()
    bonds = covalent_bonds(atoms)
    pressed = press(atoms, bonds, volume_A3=20)
    assert pressed.get_volume() > 60
    assert covalent_bonds(pressed) == bonds


def test_between_walls_only_the_height_gives_way():
    atoms = waters()
    atoms.positions[:, 2] += 2
    atoms.pbc = (True, True, False)
    pressed = press(atoms, covalent_bonds(atoms), volume_A3=600)
    assert pressed.cell.lengths()[:2] == pytest.approx([9, 9])
    assert pressed.cell.lengths()[2] == pytest.approx(600 / 81)
    assert pressed.positions[:, 2].max() < pressed.cell.lengths()[2]


def test_a_wide_enough_cell_is_left_alone():
    atoms = waters()
    assert press(atoms, covalent_bonds(atoms), volume_A3=2000) == atoms
