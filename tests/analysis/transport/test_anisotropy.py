"""Diffusion tensors of anisotropic walks, which are known."""

import numpy as np

from lithicoat.analysis.properties import Bound
from lithicoat.analysis.transport.anisotropy import diffusion_tensor
from lithicoat.analysis.transport.lags import lag_times, mean_squared_displacement

CM2_S = 1e-4
AXES = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]


def tensor_of(rng, D_A2_ps, *, axes=None, frames=600, ions=16, interval_ps=0.1):
    """Tensor of a walk with the given diffusivities along the rows of axes."""
    turned = np.eye(3) if axes is None else axes
    steps = rng.normal(size=(frames, ions, 3)) * np.sqrt(2 * np.asarray(D_A2_ps) * interval_ps)
    walk = np.cumsum(steps @ turned, axis=0) + rng.normal(0, 0.1, (frames, ions, 3))
    msd = mean_squared_displacement(walk, lags=lag_times(frames))
    return diffusion_tensor(msd, frame_interval_ps=interval_ps, first=4)


def test_coverage_of_the_components():
    rng = np.random.default_rng(1)
    D = (1.0, 0.5, 0.1)
    exact = AXES.T @ np.diag(D) @ AXES * CM2_S
    pulls = []
    for _ in range(60):
        found = tensor_of(rng, D, axes=AXES)
        pulls.append((np.array(found.tensor_cm2_s) - exact) / np.array(found.error_cm2_s))
    covered = np.mean(np.abs(pulls) < 1.96, axis=0)
    assert covered.min() >= 0.88
    assert np.abs(np.mean(pulls, axis=0)).max() < 0.45  # three standard errors of 60 runs


def test_coverage_of_the_principal_values_and_their_axes():
    rng = np.random.default_rng(2)
    D = np.array([1.0, 0.3, 0.05])
    inside, aligned = [], []
    for _ in range(60):
        found = tensor_of(rng, D, axes=AXES)
        inside.append(
            [abs(p.value - d * CM2_S) < 1.96 * p.uncertainty for p, d in zip(found.principal, D, strict=True)]
        )
        aligned.append(np.abs(np.sum(np.array(found.axes) * AXES, axis=1)))
    assert np.mean(inside, axis=0).min() >= 0.88
    assert np.mean(aligned) > 0.98


def test_isotropic_walks_are_told_from_anisotropic_ones():
    rng = np.random.default_rng(3)
    same = [tensor_of(rng, (0.5, 0.5, 0.5)).isotropic for _ in range(60)]
    assert np.mean(same) >= 0.88
    other = [tensor_of(rng, (1.0, 0.5, 0.5)).isotropic for _ in range(20)]
    assert np.mean(other) < 0.5


def test_ratio_of_the_directions():
    rng = np.random.default_rng(4)
    found = [tensor_of(rng, (2.0, 0.5, 0.25)).anisotropy for _ in range(30)]
    assert np.mean([abs(a.value - 8) < 1.96 * a.uncertainty for a in found]) >= 0.85


def test_a_layered_conductor_has_bounds():
    found = tensor_of(np.random.default_rng(5), (1.0, 1.0, 0.0))
    assert found.principal[2].bound is Bound.UPPER
    assert 0 < found.principal[2].value < 0.05 * CM2_S
    assert found.anisotropy.bound is Bound.LOWER
    assert found.anisotropy.value > 10
    assert not found.isotropic


def test_turning_the_walk_turns_the_tensor():
    D = (1.0, 0.4, 0.1)
    plain = tensor_of(np.random.default_rng(6), D)
    turned = tensor_of(np.random.default_rng(6), D, axes=AXES)
    np.testing.assert_allclose(
        AXES @ np.array(turned.tensor_cm2_s) @ AXES.T, plain.tensor_cm2_s, atol=0.1 * CM2_S
    )
