import numpy as np
import pytest
from ase import Atoms
from hypothesis import given, settings
from hypothesis import strategies as st

from lithicoat.structures.surfaces.sheets import Sheet, contact_radii_A, seat_A

SQUARE = np.eye(2) * 6.0


def sheet(symbols, positions, plane=SQUARE, bonds=None):
    radii = contact_radii_A(symbols, molecular=False)
    return Sheet(tuple(symbols), np.array(positions, dtype=float), np.array(plane, dtype=float), radii, bonds)


CORNER = sheet(["Li", "O", "S", "Li"], [[0, 0, 0], [1.5, 0.2, 0.4], [0.3, 1.7, 1.1], [2.5, 2.5, 3.0]])


def test_atoms_on_top_of_each_other_touch_at_the_sum_of_their_radii():
    below, above = sheet(["Li"], [[1, 1, 0]]), sheet(["O"], [[1, 1, 0]])
    assert seat_A(below, above) == pytest.approx(below.radii_A[0] + above.radii_A[0])


def test_an_atom_sinks_into_a_hollow():
    below = sheet(["Li"], [[0, 0, 0]], plane=np.eye(2) * 2.4)
    above = sheet(["O"], [[1.2, 1.2, 0]], plane=np.eye(2) * 2.4)
    contact = below.radii_A[0] + above.radii_A[0]
    assert seat_A(below, above) == pytest.approx(np.sqrt(contact**2 - 2 * 1.2**2))


def test_images_are_seen_and_nothing_touching_means_no_gap():
    below, above = sheet(["Li"], [[0.1, 0, 0]]), sheet(["O"], [[5.9, 0, 0]])
    contact = below.radii_A[0] + above.radii_A[0]
    assert seat_A(below, above) == pytest.approx(np.sqrt(contact**2 - 0.2**2))
    assert seat_A(below, sheet(["O"], [[3.1, 3, 0]])) == 0


@given(
    matrix=st.tuples(*[st.integers(-3, 3)] * 4).filter(lambda m: m[0] * m[3] != m[1] * m[2]),
    shift=st.floats(-9, 9),
)
@settings(derandomize=True, max_examples=25, deadline=None)
def test_a_larger_cell_holds_the_same_crystal(matrix, shift):
    cells = np.reshape(matrix, (2, 2))
    number = round(abs(np.linalg.det(cells)))
    wide = CORNER.shifted((shift, -shift, 0)).repeated(cells)
    assert wide.size == number * CORNER.size
    assert wide.area_A2 == pytest.approx(number * CORNER.area_A2)
    assert wide.symbols.count("S") == number
    atoms = Atoms(wide.symbols, positions=wide.positions_A, cell=cell_of(wide), pbc=[True, True, False])
    distances = atoms.get_all_distances(mic=True)[~np.eye(len(atoms), dtype=bool)]
    assert distances.min() == pytest.approx(np.sqrt(1.5**2 + 0.2**2 + 0.4**2))


def cell_of(piece):
    cell = np.diag([0.0, 0.0, 30.0])
    cell[:2, :2] = piece.plane_A
    return cell


def test_bonds_follow_their_copies():
    pair = sheet(["C", "O"], [[0, 0, 0], [1.2, 0, 0]], bonds=((0, 1),))
    assert pair.repeated([[2, 0], [0, 1]]).bonds == ((0, 1), (2, 3))
    both = pair.on(CORNER, height_A=9.0)
    assert both.bonds == ((4, 5),)
    assert both.symbols == (*CORNER.symbols, "C", "O")
    assert both.positions_A[4:, 2] == pytest.approx([9.0, 9.0])


@pytest.mark.parametrize("flip", [False, True])
def test_a_sheet_is_turned_never_mirrored(flip):
    """The four atoms are chiral: the sign of their volume tells one hand from the other."""
    angle = 0.7
    plane = SQUARE @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    moved = CORNER.stretched(plane[::-1] if flip else plane)

    def hand(piece):
        first, *others = piece.positions_A
        return np.linalg.det(np.array(others) - first)

    assert hand(moved) == pytest.approx(hand(CORNER))
    assert moved.thickness_A == pytest.approx(CORNER.thickness_A)


def test_the_cell_has_its_first_vector_along_x():
    piece = CORNER.stretched([[4.0, 3.0], [-3.0, 4.0]])
    atoms = piece.in_cell(12.0)
    assert atoms.cell.array[0] == pytest.approx([5, 0, 0])
    assert atoms.cell.array[1] == pytest.approx([0, 5, 0])
    assert atoms.get_volume() == pytest.approx(25 * 12)
    before = piece.positions_A[2] - piece.positions_A[0]
    assert atoms.get_distance(0, 2, mic=True) == pytest.approx(np.linalg.norm(before))
