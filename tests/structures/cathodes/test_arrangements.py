"""Shipped special quasirandom cells, counted again by other means."""

from collections import Counter
from itertools import product

import numpy as np
import pytest

from lithicoat.structures.cathodes.arrangements import (
    Neighbours,
    Purpose,
    lattice_points,
    metal_lattice,
    shipped_arrangements,
)
from lithicoat.structures.errors import StructureError

NMC811 = {"Ni": 0.8, "Mn": 0.1, "Co": 0.1}
NMC622 = {"Ni": 0.6, "Mn": 0.2, "Co": 0.2}
EVERY = [
    pytest.param(arrangement, id=f"{name}-{arrangement.purpose.value}-{arrangement.formula_units}")
    for name, metals in (("811", NMC811), ("622", NMC622))
    for arrangement in shipped_arrangements(metals)
]

A, C = 2.8712, 14.2001
PRIMITIVE = np.array(
    [[A / 2, A / (2 * 3**0.5), C / 3], [-A / 2, A / (2 * 3**0.5), C / 3], [0, -A / 3**0.5, C / 3]]
)


def shells() -> dict[float, list[np.ndarray]]:
    """Neighbour vectors of a metal in primitive coordinates, by distance: the five shortest distances."""
    found: dict[float, list[np.ndarray]] = {}
    for steps in product(range(-4, 5), repeat=3):
        distance = round(float(np.linalg.norm(np.array(steps) @ PRIMITIVE)), 3)
        found.setdefault(distance, []).append(np.array(steps))
    return {d: found[d] for d in sorted(found)[1:6]}


def count_again(matrix, metals) -> list[Counter[tuple[str, str]]]:
    """Count neighbour pairs by lattice arithmetic alone: no coordinates, no neighbour list."""
    points = lattice_points(matrix)
    inverse = np.linalg.inv(matrix)

    def site(point: np.ndarray) -> int:
        cell = np.array(point, dtype=int)
        for axis in range(3):  # Hermite form: reduce the first coordinate first
            cell = cell - (cell[axis] // matrix[axis][axis]) * np.array(matrix[axis])
        return index[tuple(cell.tolist())]

    index = {tuple(point.tolist()): number for number, point in enumerate(points)}
    assert np.allclose(inverse @ matrix, np.eye(3))
    counts = []
    for vectors in shells().values():
        pairs = Counter()
        for number, point in enumerate(points):
            for vector in vectors:
                pairs[metals[number], metals[site(point + vector)]] += 1
        counts.append(pairs)
    return counts


@pytest.mark.parametrize("arrangement", EVERY)
def test_stored_pairs_are_those_of_the_lattice(arrangement):
    counted = count_again(arrangement.matrix, arrangement.metals)
    for shell, pairs in enumerate(counted):
        total = sum(pairs.values())
        for name, shares in arrangement.pairs.items():
            one, other = name.split("-")
            number = pairs[one, other] + (pairs[other, one] if one != other else 0)
            assert number / total == pytest.approx(shares[shell], abs=1e-6)


@pytest.mark.parametrize("arrangement", EVERY)
def test_shipped_cells_are_nearer_to_disorder_than_random_ones(arrangement):
    shares = np.array([arrangement.pairs[name] for name in arrangement.pairs])
    ideal = np.array([arrangement.ideal[name] for name in arrangement.pairs])
    stored = float(np.abs(shares - ideal[:, None]).sum(axis=0).mean())
    assert stored == pytest.approx(arrangement.mismatch, abs=2e-6)
    neighbours = Neighbours.of(metal_lattice(arrangement.matrix, arrangement.metals))
    rng = np.random.default_rng(11)
    draws = [neighbours.mismatch(rng.permutation(arrangement.metals).tolist()) for _ in range(50)]
    assert arrangement.mismatch < np.mean(draws)
    assert arrangement.mismatch <= np.quantile(draws, 0.2)


@pytest.mark.parametrize(("metals", "number"), [(NMC811, 13), (NMC622, 13)])
def test_shipped_compositions_are_exact(metals, number):
    arrangements = shipped_arrangements(metals)
    assert len(arrangements) == number
    for arrangement in arrangements:
        counts = Counter(arrangement.metals)
        assert {symbol: counts[symbol] / arrangement.formula_units for symbol in counts} == pytest.approx(
            metals
        )
        assert abs(np.linalg.det(arrangement.matrix)) == pytest.approx(arrangement.formula_units)


def test_sizes_of_bulk_cells():
    bulk = [a.formula_units * 4 for a in shipped_arrangements(NMC811) if a.purpose is Purpose.BULK]
    assert bulk == [40, 80, 120, 160, 240]


def test_full_disorder_has_no_mismatch_and_layers_have_much():
    layered = metal_lattice(np.diag([2, 1, 1]), ["Ni", "Co"])
    assert Neighbours.of(layered).mismatch(["Ni", "Ni"]) == 0
    assert Neighbours.of(layered).mismatch(["Ni", "Co"]) > 0.2


def test_a_single_metal_takes_the_shapes():
    cells = shipped_arrangements({"Co": 1.0})
    assert {symbol for cell in cells for symbol in cell.metals} == {"Co"}
    assert [cell.matrix for cell in cells] == [cell.matrix for cell in shipped_arrangements(NMC622)]


def test_other_compositions_are_not_shipped():
    assert shipped_arrangements({"Ni": 0.5, "Mn": 0.3, "Co": 0.2}) == ()


def test_a_matrix_not_in_hermite_form_is_refused():
    with pytest.raises(StructureError, match="not in Hermite form"):
        lattice_points([[1, 0, 0], [1, 1, 0], [0, 0, 1]])
