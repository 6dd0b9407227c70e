"""Endless paths: their dimensions and barriers on networks whose answer can be seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lithicoat.analysis.transport.networks import HopNetwork, NetworkHop
from lithicoat.analysis.transport.percolation import percolating_barriers, percolating_dimensions

CUBE = ((3.0, 0.0, 0.0), (0.0, 3.0, 0.0), (0.0, 0.0, 3.0))


def _network(energies, hops):
    return HopNetwork(
        cell_A=CUBE,
        sites_A=[(0.5 * i, 0.0, 0.0) for i in range(len(energies))],
        energies_eV=energies,
        hops=[
            NetworkHop(start=start, end=end, offset=offset, saddle_eV=saddle)
            for start, end, offset, saddle in hops
        ],
    )


def test_each_dimension_has_the_saddle_that_opens_it():
    found = percolating_barriers(
        _network([0.1], [(0, 0, (0, 0, 1), 0.9), (0, 0, (1, 0, 0), 0.3), (0, 0, (0, 1, 0), 0.5)])
    )
    assert (found.one_eV, found.two_eV, found.three_eV) == pytest.approx((0.2, 0.4, 0.8))
    assert found.dimensions == 3
    assert found.best_eV == pytest.approx(0.8)


def test_the_easy_way_round_counts():
    """Two sites: the direct way along x is high, the one over the second site low."""
    found = percolating_barriers(
        _network([0.0, 0.2], [(0, 0, (1, 0, 0), 1.0), (0, 1, (0, 0, 0), 0.4), (1, 0, (1, 0, 0), 0.5)])
    )
    assert found.one_eV == pytest.approx(0.5)
    assert found.two_eV is None
    assert found.dimensions == 1


def test_the_lowest_site_on_the_path_is_where_the_climb_begins():
    trap = _network([0.0, 0.3], [(1, 1, (1, 0, 0), 0.5), (0, 1, (0, 0, 0), 0.9)])
    assert percolating_barriers(trap).one_eV == pytest.approx(0.2)  # a site beside the path is no trap of it
    on_path = _network([0.0, 0.3], [(1, 1, (1, 0, 0), 0.5), (0, 1, (0, 0, 0), 0.4)])
    assert percolating_barriers(on_path).one_eV == pytest.approx(0.5)


def test_closed_rings_and_separate_pieces_are_not_endless():
    ring = [(0, 1, (0, 0, 0), 0.1), (1, 2, (0, 0, 0), 0.1), (2, 0, (0, 0, 0), 0.1)]
    found = percolating_barriers(_network([0.0] * 3, ring))
    assert found.dimensions == 0
    assert found.best_eV is None
    crossed = [(0, 0, (1, 0, 0), 0.1), (1, 1, (0, 1, 0), 0.1)]  # two chains that never meet
    assert percolating_barriers(_network([0.0, 0.0], crossed)).dimensions == 1
    assert percolating_barriers(_network([0.0, 0.0], [*crossed, (0, 1, (0, 0, 0), 0.7)])).two_eV == (
        pytest.approx(0.7)
    )


def test_a_multiple_of_a_lattice_vector_opens_nothing_new():
    assert percolating_dimensions(1, [(0, 0, (1, 1, 0)), (0, 0, (2, 2, 0))]) == 1
    assert percolating_dimensions(1, [(0, 0, (1, 1, 0)), (0, 0, (1, -1, 0)), (0, 0, (0, 2, 0))]) == 2
    assert percolating_dimensions(4, []) == 0


@given(
    shifts=st.lists(st.tuples(*[st.integers(-2, 2)] * 3), min_size=4, max_size=4),
    order=st.permutations(range(6)),
)
def test_the_choice_of_images_and_the_order_of_hops_change_nothing(shifts, order):
    """Moving a site to another cell changes offsets, not the network."""
    hops = [
        (0, 1, (0, 0, 0), 0.3),
        (1, 2, (0, 1, 0), 0.35),
        (2, 3, (0, 0, 0), 0.2),
        (3, 0, (1, 0, 0), 0.4),
        (1, 3, (0, 0, 1), 0.6),
        (0, 2, (0, 0, 0), 0.5),
    ]
    energies = [0.0, 0.1, 0.05, 0.02]
    moved = [
        (i, j, tuple(o + shifts[j][k] - shifts[i][k] for k, o in enumerate(offset)), saddle)
        for i, j, offset, saddle in (hops[number] for number in order)
    ]
    assert percolating_barriers(_network(energies, moved)) == percolating_barriers(_network(energies, hops))
