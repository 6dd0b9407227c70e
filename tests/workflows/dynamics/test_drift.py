"""Drift of energy and temperature: seen when it lasts, and only then."""

import numpy as np
import pytest
from ase import Atoms, units
from ase.calculators.calculator import Calculator, all_changes

from lithicoat.workflows.dynamics.drift import ENERGY_DRIFT_PER_ps, drifting
from lithicoat.workflows.dynamics.running import run_dynamics
from lithicoat.workflows.dynamics.stages import NVT
from lithicoat.workflows.dynamics.trajectory import read_trajectory
from lithicoat.workflows.dynamics.watch import BrokenError, StoppedError

ATOMS, TARGET_K, INTERVAL_ps = 50, 600.0, 0.02
LIMIT_eV = ENERGY_DRIFT_PER_ps * units.kB * TARGET_K * ATOMS
"""Drift of the whole cell that is too large, per ps."""


def judged(*, slope_eV=0.0, jump_eV=0.0, noise_eV=0.02, offset_K=0.0, moments=100, constant=True, seed=0):
    rng = np.random.default_rng(seed)
    time = INTERVAL_ps * np.arange(moments)
    energy = slope_eV * time + jump_eV * (time > 0.3 * time[-1]) + rng.normal(0, noise_eV, moments)
    swing = TARGET_K * np.sqrt(2 / (3 * ATOMS - 3)) * rng.normal(size=moments)
    return drifting(
        np.column_stack([offset_K + swing, energy]),
        interval_ps=INTERVAL_ps,
        target_K=TARGET_K,
        thermostat_ps=0.1,
        atoms=ATOMS,
        constant=constant,
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_a_lasting_drift_is_told_with_its_rate(sign):
    told = judged(slope_eV=1.5 * sign * LIMIT_eV)
    assert told.startswith(f"energy is not conserved: it {'grows' if sign > 0 else 'falls'} by more than ")
    assert 8 < float(told.split("more than ")[1].split(" meV")[0]) < 1500 * LIMIT_eV / ATOMS
    assert judged(slope_eV=0.7 * sign * LIMIT_eV) is None


def test_noise_jumps_and_short_runs_are_no_drift():
    assert not any(judged(noise_eV=LIMIT_eV, seed=seed) for seed in range(200))
    assert judged(jump_eV=3 * LIMIT_eV) is None
    assert judged(slope_eV=5 * LIMIT_eV, moments=40) is None


@pytest.mark.parametrize(("offset_K", "told"), [(-300, "300 K below"), (300, "300 K above")])
def test_a_temperature_far_from_its_target_is_told(offset_K, told):
    found = judged(offset_K=offset_K)
    assert found.startswith("the mean temperature is ")
    assert found.split("mean temperature is ")[1].split()[2] == told.split()[2]
    assert judged(offset_K=offset_K, constant=False) is None
    assert judged(offset_K=offset_K / 6) is None


class Whirl(Calculator):
    """Wells whose forces also push around: what they do on a closed path is not zero."""

    implemented_properties = ("energy", "forces")

    def __init__(self, push):
        super().__init__()
        self.push = push

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        shift = atoms.positions - start().positions
        around = np.cross([0, 0, self.push], shift)
        self.results = {"energy": (shift**2).sum(), "forces": around - 2.0 * shift}


def start():
    rng = np.random.default_rng(0)
    return Atoms("Li10", positions=rng.uniform(0, 12, (10, 3)), cell=[12] * 3, pbc=True)


def run(directory, push, **options):
    schedule = (NVT(duration_ps=3, temperature_K=600, frame_steps=20),)
    options = {"timestep_fs": 4.0, "checkpoint_steps": 100, **options}
    return run_dynamics(start(), Whirl(push), schedule, seed=1, directory=directory, **options)


def test_forces_that_do_not_conserve_energy_end_a_run(tmp_path):
    with pytest.raises(
        BrokenError, match=r"energy is not conserved: it grows by more than [\d.]+ meV"
    ) as raised:
        run(tmp_path, push=0.05)
    assert not isinstance(raised.value, StoppedError)
    assert 1.0 <= raised.value.time_ps < 3.0


def test_the_conserved_energy_is_conserved(tmp_path):
    """The thermostat exchanges much more than the energy that is kept changes."""
    frames = read_trajectory(run(tmp_path, push=0.0).trajectory)
    exchanged = np.ptp(frames.energies_eV + 1.5 * 9 * units.kB * frames.temperatures_K)
    assert np.ptp(frames.conserved_eV) < 0.05 * exchanged
