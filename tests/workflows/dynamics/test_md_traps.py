"""Traps that molecular dynamics elsewhere is known to fall into: one test each, named after what holds."""

import tracemalloc

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.emt import EMT
from pydantic import ValidationError

from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.dynamics.blocks import TrajectoryHeader
from lithicoat.workflows.dynamics.integrators import pressure_GPa, temperature_K
from lithicoat.workflows.dynamics.running import run_dynamics
from lithicoat.workflows.dynamics.stages import NPT, NVT, Settle
from lithicoat.workflows.dynamics.trajectory import TRAJECTORY, read_trajectory
from lithicoat.workflows.dynamics.writer import BLOCK_FRAMES, TrajectoryWriter
from lithicoat.workflows.films.annealing import melt_and_quench
from lithicoat.workflows.protocols import Preset, preset

SIGMAS = 5.0


class Wells(Calculator):
    """Independent harmonic wells under a constant pressure; no wells if the stiffness is zero."""

    implemented_properties = ("energy", "forces", "stress")

    def __init__(self, stiffness=2.0, stop_at=None):
        super().__init__()
        self.stiffness, self.evaluations, self.stop_at = stiffness, 0, stop_at

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.evaluations += 1
        if self.evaluations == self.stop_at:
            raise MemoryError
        shift = atoms.get_scaled_positions(wrap=False) @ atoms.cell.array - sites().positions
        self.results = {
            "energy": 0.5 * self.stiffness * (shift**2).sum(),
            "forces": -self.stiffness * shift,
            "stress": np.array([-0.01, -0.01, -0.01, 0, 0, 0]),
        }


def sites():
    return bulk("Cu", cubic=True) * (2, 2, 2)


def run(directory, *schedule, calculator=None, seed=0, **options):
    options = {"timestep_fs": 4.0, "checkpoint_steps": 25, **options}
    directory.mkdir(exist_ok=True)
    return run_dynamics(sites(), calculator or Wells(), schedule, seed=seed, directory=directory, **options)


def recorded(result):
    return read_trajectory(result.trajectory)


def spread_K(kelvin, moments=1):
    """Standard error of a mean kinetic temperature of 32 atoms, over so many independent moments."""
    return kelvin * np.sqrt(2 / (3 * 32 - 3) / moments)


# --- ensembles -----------------------------------------------------------------------------------------


def test_a_run_from_rest_has_velocities_of_its_temperature(tmp_path):
    frames = recorded(run(tmp_path, NVT(duration_ps=0.02, temperature_K=600, frame_steps=1)))
    assert frames.temperatures_K[0] == pytest.approx(600, abs=SIGMAS * spread_K(600))


def test_constant_pressure_needs_no_more_than_time_and_temperature(tmp_path):
    """The wells push with 1.6 GPa, so that the cell has to grow."""
    result = run(tmp_path, NPT(duration_ps=0.1, temperature_K=300))
    assert result.atoms.get_volume() > 1.01 * sites().get_volume()


def test_a_ramp_at_constant_pressure_heats(tmp_path):
    result = run(
        tmp_path,
        NPT(duration_ps=0.8, temperature_K=300, end_temperature_K=900),
        NVT(duration_ps=0.4, temperature_K=900),
        thermostat_ps=0.02,
    )
    rows = np.genfromtxt(result.thermo, delimiter=",", names=True)
    late = rows["temperature_K"][(rows["time_ps"] > 0.6) & (rows["time_ps"] < 0.8)]
    assert late.mean() == pytest.approx(840, abs=SIGMAS * spread_K(840, moments=2))


def test_there_is_always_a_thermostat(tmp_path):
    """From rest in a minimum half of the kinetic energy goes into the wells; a thermostat gives it back."""
    stages = (NVT(duration_ps=0.6, temperature_K=600), NVT(duration_ps=1.2, temperature_K=600))
    mean = run(tmp_path, *stages).reports[1].mean_temperature_K
    assert mean == pytest.approx(600, abs=SIGMAS * spread_K(600, moments=5))
    assert mean > 450


def test_the_thermostat_turns_no_velocity(tmp_path):
    """Friction would; it halves the diffusivity of a liquid."""
    stage = NVT(duration_ps=0.08, temperature_K=600, frame_steps=1)
    frames = recorded(run(tmp_path, stage, calculator=Wells(stiffness=0.0), thermostat_ps=0.01))
    positions = frames.positions().astype(float)
    first, last = positions[3] - positions[0], positions[-1] - positions[-4]
    cosines = (first * last).sum(axis=1) / np.linalg.norm(first, axis=1) / np.linalg.norm(last, axis=1)
    assert cosines.min() > 0.99
    assert np.ptp(frames.temperatures_K) > 30  # eight coupling times pass


def test_the_seed_is_that_of_all_randomness(tmp_path):
    stages = (NVT(duration_ps=0.2, temperature_K=600, frame_steps=1),)
    runs = {name: run(tmp_path / name, *stages, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))}
    content = {name: (tmp_path / name / TRAJECTORY).read_bytes() for name in runs}
    assert content["a"] == content["b"] != content["c"]


def test_nothing_sticks_from_one_run_to_the_next(tmp_path):
    stages = [NVT(duration_ps=0.1, temperature_K=kelvin, frame_steps=5) for kelvin in (900, 300)]
    for stage, timestep_fs in zip(stages, (4.0, 1.0), strict=True):
        place = tmp_path / f"{timestep_fs}"
        header = recorded(run(place, stage, timestep_fs=timestep_fs)).header
        assert (header.temperature_K, header.timestep_fs) == (stage.temperature_K, timestep_fs)
        assert header.frame_interval_ps == pytest.approx(5 * timestep_fs / 1000)
    spec = preset(Preset.QUICK).diffusion
    assert [spec.step_fs(symbols) for symbols in (("Li", "S"), ("Li", "H"), ("Li", "S"))] == [2.0, 1.0, 2.0]
    with pytest.raises(ValidationError, match="frozen"):
        stages[0].temperature_K = 300


def test_velocities_go_on_from_stage_to_stage(tmp_path):
    """Two stages are one of their joint length: nothing is drawn again between them."""
    half, whole = NVT(duration_ps=0.2, temperature_K=600), NVT(duration_ps=0.4, temperature_K=600)
    two, one = run(tmp_path / "two", half, half), run(tmp_path / "one", whole)
    np.testing.assert_array_equal(two.atoms.positions, one.atoms.positions)
    np.testing.assert_array_equal(two.atoms.get_momenta(), one.atoms.get_momenta())


# --- files -----------------------------------------------------------------------------------------------


def test_a_run_that_dies_leaves_its_frames(tmp_path):
    stage = NVT(duration_ps=2, temperature_K=600, frame_steps=1)
    with pytest.raises(MemoryError):
        run(tmp_path, stage, calculator=Wells(stop_at=150))
    assert len(read_trajectory(tmp_path / TRAJECTORY)) == 148 // BLOCK_FRAMES * BLOCK_FRAMES
    again = run(tmp_path, stage)
    assert len(recorded(again)) == 501
    assert again.steps_computed <= 500 - 125  # at most the steps since the last checkpoint are repeated


def test_frames_are_not_kept_in_memory(tmp_path):
    atoms, frames = 200, 2000
    header = TrajectoryHeader(
        symbols=("Li",) * atoms,
        cell_A=((9, 0, 0), (0, 9, 0), (0, 0, 9)),
        frame_interval_ps=0.1,
        timestep_fs=2,
        temperature_K=300,
        thermostat_ps=0.1,
        seed=0,
    )
    rng = np.random.default_rng(0)
    tracemalloc.start()
    try:
        writer = TrajectoryWriter(tmp_path / TRAJECTORY, header)
        for _ in range(frames):
            writer.add(rng.normal(size=(atoms, 3)), (300.0, 0.0, 0.0))
        writer.finish()
        counted = sum(len(block) for block in read_trajectory(writer.path).blocks())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert counted == frames
    assert peak < 0.5 * frames * atoms * 12


# --- pressure --------------------------------------------------------------------------------------------


def test_pressure_is_positive_under_compression_and_counts_motion_once():
    atoms = sites()
    atoms.set_cell(atoms.cell * 0.97, scale_atoms=True)
    atoms.calc = EMT()
    atoms.set_momenta(np.zeros((32, 3)))
    energies, volumes = [], []
    for scale in (0.999, 1.001):
        other = atoms.copy()
        other.set_cell(atoms.cell * scale, scale_atoms=True)
        other.calc = EMT()
        energies.append(other.get_potential_energy())
        volumes.append(other.get_volume())
    by_difference = -np.diff(energies)[0] / np.diff(volumes)[0] / units.GPa
    at_rest = pressure_GPa(atoms)
    assert at_rest == pytest.approx(by_difference, rel=1e-2)
    assert at_rest > 5
    momenta = np.random.default_rng(0).normal(size=(32, 3))
    atoms.set_momenta(momenta - momenta.mean(axis=0))
    ideal = 32 * units.kB * temperature_K(atoms) / atoms.get_volume() / units.GPa
    assert pressure_GPa(atoms) - at_rest == pytest.approx(ideal)


# --- quenches --------------------------------------------------------------------------------------------


def amorphous():
    atoms = Atoms("Li2S", positions=[[0, 0, 0], [0, 0, 3], [3, 0, 0]], cell=[6] * 3, pbc=True)
    return Model.from_atoms(atoms, name="Li2S", kind=ModelKind.AMORPHOUS)


@pytest.mark.parametrize("name", Preset)
def test_a_quench_ends_at_the_temperature_asked_for(name):
    spec = preset(name).anneal
    stages = [stage for stage in melt_and_quench(amorphous(), spec) if not isinstance(stage, Settle)]
    assert stages[0].temperature_K == spec.melt_temperature_K
    quench = stages[1]
    assert quench.target_K(1.0) == spec.final_temperature_K
    rate = (quench.temperature_K - spec.final_temperature_K) / quench.duration_ps
    assert rate == pytest.approx(spec.quench_rate_K_ps)
    assert stages[2].temperature_K == spec.final_temperature_K


def test_a_quench_cools_step_by_step(tmp_path):
    """No staircase: the target falls by the same amount at every step."""
    stage = NVT(duration_ps=0.2, temperature_K=900, end_temperature_K=300)
    rows = np.genfromtxt(run(tmp_path, stage, checkpoint_steps=1).thermo, delimiter=",", names=True)
    np.testing.assert_allclose(np.diff(rows["target_K"]), -600 / 50, rtol=1e-6)
    assert rows["target_K"][-1] == pytest.approx(300)
