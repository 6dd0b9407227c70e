"""The benchmark of the analysis on walks whose answers are known."""

import json

import numpy as np
import pytest

from lithicoat.workflows.benchmarks.results import Subject, parsed
from lithicoat.workflows.benchmarks.transport import (
    AnalysisCost,
    Coverage,
    TransportBenchmark,
    analysis_cost,
    transport_benchmark,
)
from lithicoat.workflows.benchmarks.walks import FRAME_INTERVAL_PS, WALKS, in_framework
from lithicoat.workflows.errors import RunError, UsageError


def named(name):
    return next(walk for walk in WALKS if walk.name == name)


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.name)
def test_walks_have_the_answers_they_claim(walk):
    """The displacements over a quarter of the run, in many runs, against D and Haven ratio."""
    own, together = [], []
    for seed in range(60):
        ions = walk.make(np.random.default_rng(seed))
        moved = ions[600] - ions[400]
        own.append(np.mean(moved**2, axis=0))
        together.append(np.mean(moved.sum(axis=0) ** 2) / len(moved))
    time_ps = 200 * FRAME_INTERVAL_PS
    vibrations_A2 = 2 * 0.2**2
    # After n = 4 hops, those back have not all come yet: 1 + 2 b / (n (1 + b)² f), b = 0.4.
    memory = 1.24 if walk.correlation < 1 else 1.0
    expected = np.array(walk.directions_A2_ps) * 2 * time_ps * memory + vibrations_A2
    np.testing.assert_allclose(np.mean(own, axis=0), expected, rtol=0.15)
    assert np.mean(own) / np.mean(together) == pytest.approx(walk.haven, rel=0.5)


def test_correlation_of_hops_that_go_back():
    assert named("hops going back").correlation == pytest.approx(0.6 / 1.4)
    assert named("hops").correlation == 1


def test_a_framework_is_added():
    positions, masses, mobile = in_framework(np.zeros((30, 4, 3)), np.random.default_rng(0))
    assert positions.shape == (30, 8, 3)
    assert (mobile.sum(), masses[mobile][0]) == (4, 6.94)


def row(**changes):
    facts = {"walk": "Brownian", "quantity": "D", "unit": "cm2/s", "exact": 2e-5, "mean": 2.1e-5}
    return Coverage(**{**facts, "covered": 95, "resolved": 98, "runs": 100, **changes})


def test_the_headline_tells_the_lowest_coverage_and_the_cost():
    cost = AnalysisCost(frames=100_000, atoms=200, seconds=12.3, peak_GB=0.79)
    found = TransportBenchmark(coverage=(row(), row(quantity="H_R", covered=90, resolved=100)), cost=cost)
    assert found.headline() == (
        "95 % intervals hold the exact value in 90% of the runs or more (H_R, Brownian; 90% asked); "
        "100000 frames x 200 atoms in 12 s and 0.8 GB"
    )
    assert "97%" in found.lines()[1]
    assert "98 of 100" in found.lines()[1]
    assert row(covered=0, resolved=0).fraction == 0


def test_one_run_gives_a_table_that_survives_json():
    found = transport_benchmark(1, walks=(named("Brownian"),), frames=0)
    assert found.cost is None
    assert [r.quantity for r in found.coverage] == ["D", "H_R", "sigma", "D_xx", "D_yy", "D_zz"]
    assert parsed(json.loads(found.model_dump_json()), Subject.TRANSPORT) == found
    assert found.coverage[0].mean == pytest.approx(2e-5, rel=0.3)


def test_no_seeds_are_refused():
    with pytest.raises(UsageError, match="seeds is 0, must be at least 1"):
        transport_benchmark(0)


@pytest.mark.slow
def test_the_cost_of_a_run_is_measured():
    cost = analysis_cost(5000, 40)
    assert (cost.frames, cost.atoms) == (5000, 40)
    assert 0.05 < cost.peak_GB < 2


@pytest.mark.slow
def test_intervals_hold_the_exact_values():
    found = transport_benchmark(8, frames=0)
    for one in found.coverage:
        assert one.fraction >= 0.6, one  # of a few runs; over 100 it is above 0.9
    assert sum(one.covered for one in found.coverage) >= 0.9 * sum(one.resolved for one in found.coverage)


def test_a_long_run_that_fails_says_why():
    with pytest.raises(RunError, match=r"10 frames x 4 atoms failed: [\s\S]*too short: 10 frames"):
        analysis_cost(10, 4)
