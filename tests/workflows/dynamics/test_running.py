"""Dynamics on EMT metals: ensembles, schedules, checkpoints, and what stops a run."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.emt import EMT
from ase.io import read
from scipy import stats

from lithicoat.workflows import progress
from lithicoat.workflows.dynamics.blocks import RESOLUTION_A
from lithicoat.workflows.dynamics.integrators import (
    CanonicalVerlet,
    IsobaricVerlet,
    draw_momenta,
    pressure_GPa,
    temperature_K,
)
from lithicoat.workflows.dynamics.running import run_dynamics
from lithicoat.workflows.dynamics.stages import NPT, NVT, Barostat, Moved, Settle
from lithicoat.workflows.dynamics.trajectory import TRAJECTORY, read_trajectory
from lithicoat.workflows.dynamics.watch import BrokenError, StoppedError
from lithicoat.workflows.errors import RunError, UsageError

SAME_RUN_A = 1e-10
"""Largest difference of positions between a continued and an uninterrupted run, Å."""
SIGMAS = 4.0
"""Deviation allowed of a sampled mean, in standard errors."""


def copper(repeat=2):
    return bulk("Cu", cubic=True) * (repeat, repeat, repeat)


def small():
    """Eight atoms in a cell that EMT can do quickly."""
    return bulk("Cu", cubic=True) * (2, 1, 1)


class Counting(EMT):
    """EMT that counts its evaluations and may raise at one of them."""

    def __init__(self, stop_at=None, error=KeyboardInterrupt):
        super().__init__()
        self.evaluations, self.stop_at, self.error = 0, stop_at, error

    def calculate(self, *args, **kwargs):
        self.evaluations += 1
        if self.evaluations == self.stop_at:
            raise self.error
        super().calculate(*args, **kwargs)


SCHEDULE = (
    Settle(max_steps=3, fmax_eV_A=0.01),
    NVT(duration_ps=0.05, temperature_K=600),
    NVT(duration_ps=0.10, temperature_K=600, end_temperature_K=300),
    NPT(duration_ps=0.10, temperature_K=300, pressure_GPa=1, end_pressure_GPa=0),
    NVT(duration_ps=0.05, temperature_K=300, frame_steps=3),
)


def start():
    atoms = small()
    atoms.rattle(0.05, seed=1)
    return atoms


def run(directory, *, calculator=None, atoms=None, schedule=SCHEDULE, seed=7, **options):
    options = {"timestep_fs": 2.0, "checkpoint_steps": 10, **options}
    return run_dynamics(
        atoms or start(), calculator or EMT(), schedule, seed=seed, directory=directory, **options
    )


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    directory = tmp_path_factory.mktemp("whole")
    return run(directory)


def assert_same(result, expected):
    assert np.abs(result.atoms.positions - expected.atoms.positions).max() < SAME_RUN_A
    assert np.abs(result.atoms.get_momenta() - expected.atoms.get_momenta()).max() < SAME_RUN_A
    assert np.abs(result.atoms.cell.array - expected.atoms.cell.array).max() < SAME_RUN_A
    assert [r.steps for r in result.reports] == [r.steps for r in expected.reports]
    frames, expected_frames = read_trajectory(result.trajectory), read_trajectory(expected.trajectory)
    header, expected_header = frames.header, expected_frames.header
    assert header.model_copy(update={"cell_A": expected_header.cell_A}) == expected_header
    np.testing.assert_allclose(header.cell_A, expected_header.cell_A, atol=SAME_RUN_A)
    np.testing.assert_allclose(frames.positions(), expected_frames.positions(), atol=RESOLUTION_A)
    np.testing.assert_allclose(frames.conserved_eV, expected_frames.conserved_eV, rtol=1e-9)
    rows, expected_rows = (np.genfromtxt(r.thermo, delimiter=",", skip_header=1) for r in (result, expected))
    np.testing.assert_allclose(rows, expected_rows, rtol=1e-8)


# --- checkpoints ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "evaluation",
    [2, 5, 20, 50, 83, 95, 132, 150],
    ids=["settling", "first steps", "hold", "ramp", "end of ramp", "pressure", "frames", "late frames"],
)
def test_a_run_interrupted_anywhere_continues_to_the_same_end(tmp_path, uninterrupted, evaluation):
    calculator = Counting(stop_at=evaluation)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, calculator=calculator)
    again = run(tmp_path, calculator=EMT())
    assert_same(again, uninterrupted)


def test_an_interrupt_loses_no_finished_step(tmp_path, uninterrupted):
    total = uninterrupted.steps_computed
    first = Counting(stop_at=58)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, calculator=first, checkpoint_steps=1000)
    again = run(tmp_path, checkpoint_steps=1000)
    settled = uninterrupted.reports[0].steps
    done = first.evaluations - 1 - (settled + 1)  # evaluations that completed a step of dynamics
    assert 0 < done < total
    assert again.steps_computed == total - done


@pytest.mark.parametrize("evaluation", [47, 110, 140])
def test_a_run_that_died_between_checkpoints_repeats_only_the_last_steps(tmp_path, uninterrupted, evaluation):
    with pytest.raises(MemoryError):
        run(tmp_path, calculator=Counting(stop_at=evaluation, error=MemoryError))
    again = run(tmp_path)
    assert_same(again, uninterrupted)
    assert again.steps_computed < uninterrupted.steps_computed


def test_interrupting_many_times_changes_nothing(tmp_path, uninterrupted):
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, calculator=Counting(stop_at=25))
    assert_same(run(tmp_path), uninterrupted)


def test_a_finished_run_is_not_computed_again(tmp_path):
    first = run(tmp_path)
    calculator = Counting()
    again = run(tmp_path, calculator=calculator)
    assert_same(again, first)
    assert calculator.evaluations == again.steps_computed == 0


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_running as t
t.run(Path({directory!r}))
"""


@pytest.mark.parametrize("least_ps", [0.06, 0.24])
def test_kill_9_loses_nothing_but_time(tmp_path, uninterrupted, least_ps):
    code = KILLED.format(tests=str(Path(__file__).parent), directory=str(tmp_path))
    slow = code.replace(
        "t.run(",
        "import time\nadd = t.EMT.calculate\n"
        "t.EMT.calculate = lambda *a, **k: (time.sleep(0.005), add(*a, **k))[1]\nt.run(",
    )
    process = subprocess.Popen([sys.executable, "-c", slow], env={**os.environ, "OMP_NUM_THREADS": "1"})
    log = tmp_path / "thermo.csv"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        rows = log.read_text().splitlines()[1:] if log.exists() else []
        if rows and float(rows[-1].split(",")[0]) >= least_ps:
            break
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    again = run(tmp_path)
    assert again.steps_computed < uninterrupted.steps_computed
    assert_same(again, uninterrupted)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 8}, "seed"),
        ({"timestep_fs": 1.0}, "timestep_fs"),
        ({"schedule": SCHEDULE[:2]}, "schedule"),
        ({"thermostat_ps": 0.2}, "thermostat_ps"),
        ({"barostat": Barostat(relaxation_ps=1)}, "barostat"),
        ({"potential": "ab"}, "potential"),
        ({"atoms": small()}, "start"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(tmp_path, change, named):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, calculator=Counting(stop_at=10))
    with pytest.raises(UsageError, match=f"checkpoint of another run; it differs in {named}$"):
        run(tmp_path, **change)


def test_a_damaged_checkpoint_is_named(tmp_path):
    (tmp_path / "checkpoint.npz").write_bytes(b"nothing")
    with pytest.raises(RunError, match=r"checkpoint .*checkpoint.npz cannot be read"):
        run(tmp_path)


@pytest.mark.parametrize("damage", ["is gone", "is shorter than it was"])
def test_a_lost_trajectory_is_named(tmp_path, damage):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, calculator=Counting(stop_at=150))
    file = tmp_path / TRAJECTORY
    if damage == "is gone":
        file.unlink()
    else:
        file.write_bytes(b"")
    with pytest.raises(RunError, match=f"trajectory that the checkpoint continues {damage}"):
        run(tmp_path)


@pytest.mark.slow
def test_a_real_potential_continues_within_float_noise(tmp_path):
    """CHGNet computes in float32; ten further steps of 1 fs amplify its rounding by little."""
    from lithicoat.workflows.potentials.calculators import calculator
    from lithicoat.workflows.potentials.registry import resolve

    class Interrupted(Calculator):
        implemented_properties = ("energy", "forces", "stress")

        def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
            super().calculate(atoms, properties, system_changes)
            left.pop()
            if not left:
                raise KeyboardInterrupt
            chgnet.calculate(atoms)
            self.results = chgnet.results

    chgnet, left = calculator(resolve("chgnet")), [None] * 18
    atoms = bulk("Li2S", "fluorite", a=5.71, cubic=True)
    schedule = (NVT(duration_ps=0.01, temperature_K=600), NPT(duration_ps=0.02, temperature_K=600))
    for name in ("whole", "parts"):
        (tmp_path / name).mkdir()
    options = {"atoms": atoms, "schedule": schedule, "timestep_fs": 1.0}
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parts", calculator=Interrupted(), **options)
    parts = run(tmp_path / "parts", calculator=chgnet, **options)
    whole = run(tmp_path / "whole", calculator=chgnet, **options)
    assert 0 < parts.steps_computed < whole.steps_computed == 30
    np.testing.assert_allclose(parts.atoms.positions, whole.atoms.positions, atol=1e-5)


# --- cost ----------------------------------------------------------------------------------------------


def test_no_force_is_computed_twice(tmp_path):
    calculator = Counting()
    schedule = (*SCHEDULE[1:], NVT(duration_ps=0.02, temperature_K=200))
    result = run(tmp_path, calculator=calculator, schedule=schedule)
    assert calculator.evaluations == result.steps_computed + 1


def test_continuing_costs_one_evaluation(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, calculator=Counting(stop_at=60))
    calculator = Counting()
    again = run(tmp_path, calculator=calculator)
    assert calculator.evaluations == again.steps_computed + 1


# --- schedules -----------------------------------------------------------------------------------------


def test_a_ramp_is_linear_and_ends_at_the_asked_temperature(tmp_path):
    schedule = (NVT(duration_ps=0.2, temperature_K=900, end_temperature_K=300),)
    result = run(tmp_path, schedule=schedule, checkpoint_steps=1)
    rows = np.genfromtxt(result.thermo, delimiter=",", names=True)
    np.testing.assert_allclose(rows["target_K"], 900 - 600 * np.arange(1, 101) / 100, rtol=1e-8)


def test_a_quenched_cell_is_as_cold_as_asked(tmp_path):
    schedule = (
        NVT(duration_ps=1.0, temperature_K=900, end_temperature_K=300),
        NVT(duration_ps=1.0, temperature_K=300),
    )
    result = run(tmp_path, atoms=copper(), schedule=schedule, timestep_fs=5.0, thermostat_ps=0.025)
    spread = 300 * np.sqrt(2 / (3 * 32 - 3)) / np.sqrt(20)  # of about 20 independent moments
    assert result.reports[1].mean_temperature_K == pytest.approx(300, abs=SIGMAS * spread)


def test_frames_are_as_many_as_the_schedule_says(tmp_path):
    schedule = (NVT(duration_ps=0.1, temperature_K=300, frame_steps=7),)
    result = run(tmp_path, schedule=schedule)
    frames = read_trajectory(result.trajectory)
    positions = frames.positions()
    assert positions.shape == (50 // 7 + 1, 8, 3)
    assert positions.dtype == np.float32
    assert frames.header.frame_interval_ps == pytest.approx(0.014)
    np.testing.assert_allclose(positions[0], start().positions, atol=RESOLUTION_A)
    assert frames.header.potential is None


def test_the_trajectory_is_unwrapped_and_its_last_frame_is_the_end(tmp_path):
    atoms = start()
    atoms.positions += 3 * atoms.cell.array.sum(axis=0)
    schedule = (NVT(duration_ps=0.1, temperature_K=300, frame_steps=10),)
    result = run(tmp_path, atoms=atoms, schedule=schedule)
    frames = read_trajectory(result.trajectory).positions()
    np.testing.assert_allclose(frames[-1], result.atoms.positions, atol=RESOLUTION_A)
    assert np.abs(frames[-1] - atoms.positions).max() < 1.5


def test_a_stage_ends_once_the_atoms_have_moved(tmp_path):
    stage = NVT(duration_ps=2, temperature_K=900, until=Moved(rms_displacement_A=0.2, atoms=(0, 1, 2)))
    result = run(tmp_path, schedule=(stage,))
    report = result.reports[0]
    assert report.moved is True
    assert report.rms_displacement_A >= 0.2
    assert report.steps < 1000
    assert report.steps % 10 == 0


def test_a_stage_says_that_the_atoms_did_not_move(tmp_path):
    stage = NVT(duration_ps=0.1, temperature_K=300, until=Moved(rms_displacement_A=5, atoms=(0,)))
    report = run(tmp_path, schedule=(stage,)).reports[0]
    assert report.moved is False
    assert report.steps == 50
    assert 0 < report.rms_displacement_A < 1


def test_a_stage_that_needs_motion_fails_without_it(tmp_path):
    until = Moved(rms_displacement_A=9, required_A=4, atoms=(0,))
    stage = NVT(duration_ps=0.1, temperature_K=300, until=until)
    with pytest.raises(RunError, match=r"moved only 0\.\d\d Å, not 4\.00 Å, in 0\.1 ps at 300 K"):
        run(tmp_path, schedule=(stage,))


def test_settling_lowers_the_forces_of_a_crowded_cell(tmp_path):
    atoms = small()
    atoms.rattle(0.4, seed=3)
    atoms.calc = EMT()
    before = np.abs(atoms.get_forces()).max()
    result = run(tmp_path, atoms=atoms, schedule=(Settle(fmax_eV_A=0.5),))
    end = result.atoms.copy()
    end.calc = EMT()
    assert before > 3
    assert np.abs(end.get_forces()).max() <= 0.5


def test_the_callers_atoms_are_left_alone(tmp_path):
    atoms = start()
    before = atoms.positions.copy()
    run(tmp_path, atoms=atoms)
    np.testing.assert_array_equal(atoms.positions, before)
    assert atoms.calc is None


def test_progress_is_told_in_picoseconds(tmp_path):
    heard = []

    class Ear:
        def advanced(self, *report):
            heard.append(report)

    with progress.listen(Ear()):
        run(tmp_path, label="copper")
    assert {(name, unit) for name, _, _, unit in heard} == {("copper", "ps")}
    done = [report[1] for report in heard]
    assert done == sorted(done)
    assert heard[-1][1:3] == (pytest.approx(0.3), pytest.approx(0.3))


# --- ensembles -----------------------------------------------------------------------------------------


def test_drawn_momenta_have_the_temperature_and_no_drift():
    atoms = copper() * (3, 3, 3)
    draw_momenta(atoms, temperature_K=500, rng=np.random.default_rng(0))
    np.testing.assert_allclose(atoms.get_momenta().sum(axis=0), 0, atol=1e-9)
    freedom = 3 * len(atoms) - 3
    assert temperature_K(atoms) == pytest.approx(500, rel=SIGMAS * np.sqrt(2 / freedom))
    speeds = (atoms.get_momenta() / np.sqrt(atoms.get_masses()[:, None] * units.kB * 500)).ravel()
    assert stats.kstest(speeds, "norm").pvalue > 1e-3


class Springs(Calculator):
    """Independent harmonic wells: cheap, and its canonical energies are known exactly."""

    implemented_properties = ("energy", "forces", "stress")

    def __init__(self, anchors, stiffness=2.0):
        super().__init__()
        self.anchors, self.stiffness = anchors, stiffness

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        shift = atoms.positions - self.anchors
        self.results = {
            "energy": 0.5 * self.stiffness * (shift**2).sum(),
            "forces": -self.stiffness * shift,
            "stress": np.zeros(6),
        }


def sampled(integrator, measure, *, steps, every):
    """Values of a measure after every so many steps."""
    values, forces = [], None
    for step in range(1, steps + 1):
        forces = integrator.step(forces)
        if step % every == 0:
            values.append(measure(integrator.atoms))
    return np.array(values)


def test_kinetic_energies_are_canonical():
    """Twice the kinetic energy over kT follows chi-squared with 3N - 3 degrees of freedom."""
    atoms, rng = small(), np.random.default_rng(5)
    draw_momenta(atoms, temperature_K=400, rng=rng)
    atoms.calc = Springs(atoms.positions.copy())
    integrator = CanonicalVerlet(atoms, timestep_fs=4, temperature_K=400, thermostat_ps=0.02, rng=rng)
    temperatures = sampled(integrator, temperature_K, steps=5000, every=20)[5:]
    freedom = 3 * len(atoms) - 3
    assert stats.kstest(temperatures * freedom / 400, stats.chi2(freedom).cdf).pvalue > 1e-3
    error = 400 * np.sqrt(2 / freedom) / np.sqrt(len(temperatures))
    assert temperatures.mean() == pytest.approx(400, abs=SIGMAS * error)


def test_an_ideal_gas_has_its_volume_and_its_fluctuations():
    """N free particles at constant pressure: <V> = (N + 1) kT/P, relative spread 1/sqrt(N + 1).

    This is the distribution dV V^N exp(-PV/kT).
    """
    number, rng = 16, np.random.default_rng(6)
    atoms = Atoms(f"Ar{number}", positions=rng.uniform(0, 30, (number, 3)), cell=[30] * 3, pbc=True)
    draw_momenta(atoms, temperature_K=300, rng=rng)
    atoms.calc = Springs(atoms.positions, stiffness=0.0)
    pressure = number * units.kB * 300 / 30**3 / units.GPa
    integrator = IsobaricVerlet(
        atoms,
        barostat=Barostat(relaxation_ps=0.2, compressibility_per_GPa=1 / pressure),
        pressure_GPa=pressure,
        timestep_fs=10,
        temperature_K=300,
        thermostat_ps=0.1,
        rng=rng,
    )
    volumes = sampled(integrator, Atoms.get_volume, steps=10_000, every=20)[20:]
    blocks = volumes.reshape(16, -1).mean(axis=1)
    expected = (number + 1) * units.kB * 300 / (pressure * units.GPa)
    assert volumes.mean() == pytest.approx(expected, abs=SIGMAS * blocks.std(ddof=1) / np.sqrt(16))
    assert volumes.std() / volumes.mean() == pytest.approx(1 / np.sqrt(number + 1), rel=0.15)


@pytest.mark.slow
def test_npt_brings_a_squeezed_cell_to_the_asked_pressure(tmp_path):
    atoms = copper()
    atoms.set_cell(atoms.cell * 0.98, scale_atoms=True)
    atoms.calc = EMT()
    atoms.set_momenta(np.zeros((32, 3)))
    assert pressure_GPa(atoms) > 5
    pressures = []

    def listen(moving):
        pressures.append(pressure_GPa(moving))

    schedule = (NPT(duration_ps=2.5, temperature_K=300),)
    run(tmp_path, atoms=atoms, schedule=schedule, timestep_fs=5.0, watchers=(listen,))
    settled = np.array(pressures[20:])
    error = settled[: len(settled) // 5 * 5].reshape(5, -1).mean(axis=1).std(ddof=1) / np.sqrt(5)
    assert settled.mean() == pytest.approx(0, abs=max(SIGMAS * error, 0.1))


# --- what stops a run ----------------------------------------------------------------------------------


class Failing(EMT):
    """EMT whose forces go wrong after some evaluations."""

    def __init__(self, after, factor):
        super().__init__()
        self.after, self.factor, self.evaluations = after, factor, 0

    def calculate(self, *args, **kwargs):
        super().calculate(*args, **kwargs)
        self.evaluations += 1
        if self.evaluations > self.after:
            self.results["forces"] = self.results["forces"] * self.factor


@pytest.mark.parametrize(
    ("factor", "message"),
    [
        (
            np.nan,
            r"copper: the forces are not finite at 0\.040 ps \(step 20 of its stage, no finite temperature\)",
        ),
        (-60.0, r"copper: (the cell exploded|Cu\d+ and Cu\d+ are 0\.\d\d Å apart) at 0\.\d+ ps"),
    ],
)
def test_a_broken_potential_stops_the_run_and_leaves_the_frame(tmp_path, factor, message):
    schedule = (NVT(duration_ps=0.5, temperature_K=600),)
    with pytest.raises(RunError, match=message) as raised:
        run(tmp_path, calculator=Failing(20, factor), schedule=schedule, label="copper")
    frame = read(tmp_path / "broken.extxyz")
    assert raised.value.where == str(tmp_path / "broken.extxyz")
    assert len(frame) == 8


def test_forces_that_are_no_numbers_stop_a_run_that_settles(tmp_path):
    schedule = (Settle(), NVT(duration_ps=0.5, temperature_K=600, frame_steps=5))
    with pytest.raises(BrokenError, match=r"copper: the positions are not finite at 0\.000 ps"):
        run(tmp_path, calculator=Failing(0, np.nan), schedule=schedule, label="copper")


def test_coinciding_nuclei_stop_the_run(tmp_path):
    atoms = Atoms("He2", positions=[[0, 0, 0], [0, 0, 0.3]], cell=[8] * 3, pbc=True)
    schedule = (NVT(duration_ps=0.1, temperature_K=1),)
    with pytest.raises(RunError, match=r"He\d and He\d are 0\.\d\d Å apart"):
        run(tmp_path, atoms=atoms, calculator=Springs(atoms.positions.copy()), schedule=schedule)


def test_a_watcher_stops_a_run_with_its_reason(tmp_path):
    calls = []

    def watcher(atoms):
        calls.append(len(atoms))
        return "bond C3-O7 broke" if len(calls) == 4 else None

    schedule = (NVT(duration_ps=0.5, temperature_K=600),)
    with pytest.raises(StoppedError, match=r"bond C3-O7 broke at 0\.080 ps") as raised:
        run(tmp_path, schedule=schedule, watchers=(lambda _: None, watcher))
    assert raised.value.reason == "bond C3-O7 broke"
    assert raised.value.time_ps == pytest.approx(0.08)
    assert raised.value.temperature_K > 0
    assert (tmp_path / "broken.extxyz").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"schedule": ()}, "at least one stage"),
        ({"timestep_fs": 0.0}, "timestep_fs must be positive"),
        ({"timestep_fs": float("nan")}, "timestep_fs must be positive"),
        ({"checkpoint_steps": 0}, "checkpoint_steps must be at least 1"),
        ({"atoms": Atoms("Cu", cell=[4] * 3, pbc=True)}, "at least two atoms, got 1"),
        ({"atoms": Atoms("Cu2", positions=[[0] * 3, [2] * 3])}, "periodic in all directions"),
        ({"schedule": 2 * (NVT(duration_ps=1, temperature_K=1, frame_steps=1),)}, "only one stage may store"),
        (
            {
                "schedule": (
                    NVT(
                        duration_ps=1,
                        temperature_K=1,
                        frame_steps=1,
                        until=Moved(rms_displacement_A=1, atoms=(0,)),
                    ),
                )
            },
            "cannot end early",
        ),
    ],
)
def test_what_cannot_be_run_is_refused(tmp_path, options, message):
    with pytest.raises(UsageError, match=message):
        run(tmp_path, **options)
    assert not list(tmp_path.iterdir())


def test_the_header_of_a_trajectory_is_plain_json(tmp_path):
    schedule = (NVT(duration_ps=0.04, temperature_K=300, frame_steps=1),)
    run(tmp_path, schedule=schedule, potential="abc")
    header = json.loads((tmp_path / "trajectory.json").read_text())
    assert header["potential"] == "abc"
    assert header["temperature_K"] == 300
