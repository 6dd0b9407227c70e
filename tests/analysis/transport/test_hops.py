"""The gate: hops, bounds, and vibrations that are no diffusion."""

import numpy as np
import pytest
from scipy.signal import lfilter

from lithicoat.analysis.properties import Bound
from lithicoat.analysis.transport.displacements import averaged_positions, block_frames
from lithicoat.analysis.transport.hops import DiffusionEvidence, diffusion_seen, diffusivity_bound
from lithicoat.analysis.transport.jumps import Visits, follow_ions, poisson_limit

D_A = 3.0


def vibrations(rng, shape, *, amplitude, memory):
    """Ornstein-Uhlenbeck process: variance amplitude² in each direction, correlation memory**frames."""
    noise = rng.normal(0, amplitude * np.sqrt(1 - memory**2), shape)
    noise[0] = rng.normal(0, amplitude, shape[1:])
    return lfilter([1], [1, -memory], noise, axis=0)


def lattice_walk(rng, frames, ions, rate):
    """Hops of length 3 Å along the axes with a probability per frame; returns the walk and its hops."""
    hop = rng.random((frames, ions)) < rate
    direction = np.concatenate((np.eye(3), -np.eye(3)))[rng.integers(0, 6, (frames, ions))]
    return D_A * np.cumsum(direction * hop[..., None], axis=0), int(hop.sum())


def seen(ions, interval=0.05):
    sites = averaged_positions(ions, block=block_frames(len(ions), frame_interval_ps=interval))
    return diffusion_seen(sites, visits=follow_ions(sites, site_spacing_A=D_A), site_spacing_A=D_A)


def bounded(sites, *, duration_ps):
    visits = follow_ions(sites, site_spacing_A=D_A)
    evidence = diffusion_seen(sites, visits=visits, site_spacing_A=D_A)
    bound = diffusivity_bound(
        evidence, visits=visits, site_spacing_A=D_A, duration_ps=duration_ps, ions=sites.shape[1]
    )
    return evidence, bound


def test_hops_of_a_lattice_walk_are_counted():
    rng = np.random.default_rng(1)
    walk, made = lattice_walk(rng, 2000, 30, 0.002)
    still = follow_ions(walk.reshape(-1, 4, 30, 3).mean(axis=1), site_spacing_A=D_A).hops
    assert still == pytest.approx(made, rel=0.1)
    vibrating = walk + vibrations(rng, walk.shape, amplitude=0.3, memory=0.6)
    assert seen(vibrating).hops == pytest.approx(made, rel=0.12)
    assert seen(vibrating).displaced == pytest.approx(made, rel=0.4)
    assert seen(vibrating).seen


def test_frozen_ions_show_nothing():
    evidence = seen(np.ones((100, 10, 3)))
    assert (evidence.hops, evidence.displaced, evidence.seen) == (0, 0.0, False)
    assert evidence.reason == "no diffusion seen"


@pytest.mark.parametrize("memory", [0.0, 0.6, 0.95])
@pytest.mark.parametrize("amplitude", [0.1, 0.3, 0.45])
def test_vibrating_solid_shows_no_diffusion(amplitude, memory):
    rng = np.random.default_rng(8)
    evidence = seen(vibrations(rng, (2000, 60, 3), amplitude=amplitude, memory=memory))
    assert not evidence.seen
    assert evidence.hops <= 2


def test_rattling_between_two_sites_is_no_diffusion():
    rng = np.random.default_rng(3)
    which = np.cumsum(rng.random((4000, 200)) < 0.01, axis=0) % 2
    rattling = D_A * which[..., None] * np.array([1.0, 0, 0])
    evidence = seen(rattling + vibrations(rng, rattling.shape, amplitude=0.2, memory=0.5))
    assert evidence.hops > 1000
    assert evidence.displaced > 20
    assert not evidence.seen
    assert "back and forth" in evidence.reason


def test_growth_is_half_in_diffusion():
    walk = np.cumsum(np.random.default_rng(0).normal(0, 0.5, (2000, 200, 3)), axis=0)
    assert seen(walk).growth == pytest.approx(0.5, abs=0.05)


def test_too_few_hops_are_named():
    walk = np.zeros((400, 20, 3))
    for ion in range(5):
        walk[40 * (ion + 2) :, ion, 0] = D_A
    evidence = seen(walk)
    assert evidence.hops == 5
    assert evidence.reason == "too few hops: 5"
    back = DiffusionEvidence(hops=50, displaced=4.2, growth=0.5)
    assert back.reason == "too few hops: 4 (50 with those that went back)"


def moved_ions(hops):
    """Sites of 16 ions in 40 blocks, in which so many ions make one hop each."""
    sites = np.zeros((40, 16, 3))
    for ion in range(hops):
        sites[10 + ion :, ion, 0] = 2.5
    return sites


@pytest.mark.parametrize(("hops", "limit"), [(0, 2.9957), (1, 4.7439), (7, 13.1481)])
def test_bound_is_the_poisson_limit(hops, limit):
    """The limits stand in the table of Gehrels, Astrophys. J. 303, 336 (1986), for 95 %."""
    visits = follow_ions(moved_ions(hops), site_spacing_A=2.5)
    evidence = DiffusionEvidence(hops=hops, displaced=float(hops), growth=0.5)
    bound = diffusivity_bound(evidence, visits=visits, site_spacing_A=2.5, duration_ps=50, ions=16)
    # d²/(6 t N) in cm²/s, from cm and s
    assert bound.value == pytest.approx((2.5e-8) ** 2 / (6 * 50e-12 * 16) * limit, rel=1e-4)
    assert (bound.bound, bound.unit, bound.uncertainty) == (Bound.UPPER, "cm2/s", None)
    assert bound.flags == (evidence.reason,)


def test_longer_hops_raise_the_bound():
    visits = Visits(ion=np.array([0, 0, 1]), site_A=np.array([[0, 0, 0], [0, 5.0, 0], [0, 0, 0]]))
    evidence = DiffusionEvidence(hops=1, displaced=4.0, growth=0.5)
    bound = diffusivity_bound(evidence, visits=visits, site_spacing_A=2.5, duration_ps=50, ions=2)
    assert bound.value == pytest.approx((5e-8) ** 2 / (6 * 50e-12 * 2) * poisson_limit(1))


@pytest.mark.parametrize("expected", [0.5, 3.0, 8.0, 15.0])
def test_bound_holds_in_95_of_100_runs(expected):
    rng = np.random.default_rng(int(10 * expected))
    blocks, ions = 100, 16
    true_cm2_s = D_A**2 * expected / (6 * 10.0 * ions) * 1e-4
    below, bounds = 0, 0
    for _ in range(200):
        walk, _ = lattice_walk(rng, blocks, ions, expected / (blocks * ions))
        evidence, bound = bounded(walk, duration_ps=10.0)
        if not evidence.seen:
            bounds += 1
            below += bound.value < true_cm2_s
    assert bounds > 125
    assert below <= 0.05 * 200 + 6  # two standard deviations of the count


def test_bound_holds_for_ions_that_creep():
    """A walk in small steps makes few hops; its displacement alone says how far D may go."""
    blocks, ions, duration_ps, true_A2_ps = 100, 32, 40.0, 0.02
    step_A = np.sqrt(2 * true_A2_ps * duration_ps / blocks)
    below, bounds = 0, 0
    for seed in range(100):
        walk = np.cumsum(np.random.default_rng(seed).normal(0, step_A, (blocks, ions, 3)), axis=0)
        evidence, bound = bounded(walk, duration_ps=duration_ps)
        if not evidence.seen:
            bounds += 1
            below += bound.value < true_A2_ps * 1e-4
    assert bounds > 50
    assert below <= 0.05 * bounds + 5


def test_order_of_the_ions_does_not_matter():
    rng = np.random.default_rng(2)
    walk, _ = lattice_walk(rng, 400, 12, 0.01)
    assert seen(walk) == seen(walk[:, rng.permutation(12)])
