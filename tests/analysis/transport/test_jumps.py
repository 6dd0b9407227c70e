"""Jumps on lattices: their number, length, residence time and correlation are known."""

import numpy as np
import pytest

from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.transport.jumps import Visits, follow_ions, jump_statistics, poisson_limit

D_A = 3.0
RUN = {"duration_ps": 100.0, "ions": 50, "resolution_ps": 0.4, "events": 100}
RESOLVED = Property(value=1e-5, uncertainty=1e-6, unit="cm2/s")


def test_a_hop_must_last():
    sites = np.zeros((12, 1, 3))
    sites[5] = D_A  # an excursion of one block
    assert follow_ions(sites, site_spacing_A=D_A).hops == 0
    sites[6] = D_A  # there for two, and back: two hops
    assert follow_ions(sites, site_spacing_A=D_A).hops == 2
    sites[7:] = D_A  # there for good
    assert follow_ions(sites, site_spacing_A=D_A).hops == 1


def test_half_a_spacing_is_no_hop():
    sites = np.zeros((12, 1, 3))
    sites[6:, 0, 0] = 0.65 * D_A
    assert follow_ions(sites, site_spacing_A=D_A).hops == 0
    sites[6:, 0, 0] = 0.75 * D_A
    assert follow_ions(sites, site_spacing_A=D_A).hops == 1


def test_visits_of_two_ions_in_turn():
    sites = np.zeros((40, 2, 3))
    sites[10:, 0, 0] = D_A
    sites[20:, 1, 1] = D_A
    sites[30:, 0, 1] = D_A
    visits = follow_ions(sites, site_spacing_A=D_A)
    np.testing.assert_array_equal(visits.ion, [0, 0, 0, 1, 1])
    np.testing.assert_allclose(
        visits.site_A, [[0, 0, 0], [D_A, 0, 0], [D_A, D_A, 0], [0, 0, 0], [0, D_A, 0]], atol=1e-12
    )
    np.testing.assert_allclose(visits.lengths_A, D_A)
    assert visits.hops == 3


def test_hops_back_are_struck_out_with_their_partners():
    def lasting(*xs):
        sites = np.array([[D_A * x, 0, 0] for x in xs], dtype=float)
        return Visits(ion=np.zeros(len(xs), dtype=int), site_A=sites).lasting(site_spacing_A=D_A)

    assert lasting(0) == 0
    assert lasting(0, 1, 2) == 2
    assert lasting(0, 1, 0) == 0
    assert lasting(0, 1, 2, 1, 0) == 0
    assert lasting(0, 1, 0, 1, 2) == 2


def test_poisson_limit_is_exact():
    """At the limit, the chance of so few events is 5 %."""
    for events in (0, 1, 5, 19):
        mean = poisson_limit(events)
        terms = np.cumprod([1.0, *(mean / k for k in range(1, events + 1))])
        assert np.exp(-mean) * terms.sum() == pytest.approx(0.05, rel=1e-6)


def test_residence_length_and_correlation_of_a_lattice_walk():
    rng = np.random.default_rng(3)
    blocks, ions, rate = 1000, 50, 0.01
    hop = rng.random((blocks, ions)) < rate
    direction = np.concatenate((np.eye(3), -np.eye(3)))[rng.integers(0, 6, hop.shape)]
    sites = D_A * np.cumsum(direction * hop[..., None], axis=0) + rng.normal(0, 0.1, (blocks, ions, 3))
    visits = follow_ions(sites, site_spacing_A=D_A)
    uncorrelated = D_A**2 * rate / 0.1 / 6 * 1e-4  # cm²/s, blocks of 0.1 ps
    found = jump_statistics(
        visits, diffusivity=Property(value=uncorrelated, uncertainty=1e-7, unit="cm2/s"), **RUN
    )
    assert found.residence.value == pytest.approx(0.1 / rate, abs=3 * found.residence.uncertainty)
    assert found.length.value == pytest.approx(D_A, rel=0.01)
    assert found.correlation.value == pytest.approx(1, abs=3 * found.correlation.uncertainty)
    assert sum(found.length_counts) == found.jumps
    assert len(found.length_edges_A) == len(found.length_counts) + 1
    assert "visits shorter than 0.4 ps are not seen" in found.residence.flags


def test_without_a_jump_the_residence_time_has_a_lower_bound():
    found = jump_statistics(
        follow_ions(np.zeros((20, 50, 3)), site_spacing_A=D_A), diffusivity=RESOLVED, **{**RUN, "events": 0}
    )
    assert (found.jumps, found.residence.bound) == (0, Bound.LOWER)
    assert found.residence.value == pytest.approx(50 * 100 / 2.99573)
    assert found.length.flags == ("no jump seen",)
    assert found.correlation.value is None


def test_one_jump_has_a_length_without_error():
    sites = np.zeros((20, 50, 3))
    sites[10:, 0, 0] = D_A
    bound = Property(value=1e-9, unit="cm2/s", bound=Bound.UPPER, flags=("too few hops: 1",))
    found = jump_statistics(follow_ions(sites, site_spacing_A=D_A), diffusivity=bound, **RUN)
    assert (found.length.value, found.length.uncertainty) == (pytest.approx(D_A), None)
    assert found.correlation.flags == ("diffusivity not resolved",)
