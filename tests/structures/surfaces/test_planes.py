"""Miller indices."""

from itertools import product
from math import gcd

import numpy as np
import pytest
from ase.build import bulk

from lithicoat.structures.errors import StructureError
from lithicoat.structures.surfaces.planes import layers_of, miller_in_cell, parse_miller


@pytest.mark.parametrize(
    ("text", "indices"),
    [
        ("104", (1, 0, 4)),
        ("(012)", (0, 1, 2)),
        ("-110", (-1, 1, 0)),
        ("1-1-1", (1, -1, -1)),
        ("1,0,-4", (1, 0, -4)),
        ("1 0 12", (1, 0, 12)),
        ("10-14", (1, 0, 4)),
        ("01-12", (0, 1, 2)),
    ],
)
def test_indices_are_read(text, indices):
    assert parse_miller(text) == indices


@pytest.mark.parametrize("text", ["", "10", "000", "1o4", "1014", "1-", "1,2", "--1"])
def test_what_is_no_index_is_refused(text):
    with pytest.raises(StructureError, match="is no Miller index"):
        parse_miller(text)


def test_indices_in_a_primitive_and_in_a_larger_cell():
    axes = np.eye(3) * 4.0
    primitive = 2.0 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    assert miller_in_cell((1, 1, 1), axes, primitive) == (1, 1, 1)
    assert miller_in_cell((1, 0, 0), axes, primitive) == (0, 1, 1)
    assert miller_in_cell((1, 1, 0), axes, np.diag([4.0, 8.0, 12.0])) == (1, 2, 0)


@pytest.mark.parametrize("plane", [p for p in product((-2, 0, 1, 3), repeat=3) if gcd(*p) == 1])
def test_one_repeat_is_one_cell_standing_on_the_plane(plane):
    cell = bulk("Cu", "fcc", a=3.6)
    slab = layers_of(cell, plane, 3)
    spacing = 1 / np.linalg.norm(np.linalg.inv(cell.cell.array) @ plane)
    assert slab.cell.array[2] == pytest.approx([0, 0, 3 * spacing])
    assert slab.get_volume() == pytest.approx(3 * cell.get_volume())
    assert np.linalg.det(slab.cell.array) > 0
    assert abs(slab.cell.array[0, 1]) < 1e-9
    assert np.bincount(slab.get_array("layer")).tolist() == [1, 1, 1]
