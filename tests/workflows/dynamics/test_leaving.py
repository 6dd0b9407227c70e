"""How dynamics, relaxations and steps leave in time, and what a full disk leaves behind."""

import errno
import os
import resource
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.emt import EMT
from jobflow import JobStore, run_locally
from pydantic import BaseModel

from lithicoat.workflows.dynamics.checkpoint import write_atomically
from lithicoat.workflows.dynamics.deadline import (
    Lookout,
    OutOfTime,
    computing,
    watching_deadline,
)
from lithicoat.workflows.dynamics.running import run_dynamics
from lithicoat.workflows.dynamics.stages import NPT, NVT, Moved, Settle
from lithicoat.workflows.dynamics.trajectory import TRAJECTORY, read_trajectory
from lithicoat.workflows.errors import DiskError
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.protocols import BandSpec
from lithicoat.workflows.steps import run_alone, science_job
from lithicoat.workflows.storage import open_store
from lithicoat.workflows.transport.bands import descend, with_energy

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)


# --- dynamics ------------------------------------------------------------------------------------------


class Blow(EMT):
    """EMT, and at one of its evaluations something happens."""

    def __init__(self, at=0, blow=None):
        super().__init__()
        self.evaluations, self.at, self.blow = 0, at, blow

    def calculate(self, *args, **kwargs):
        self.evaluations += 1
        if self.evaluations == self.at:
            self.blow()
        super().calculate(*args, **kwargs)


class Wells(Calculator):
    """Independent harmonic wells: forces that depend on the positions alone, to the last bit."""

    implemented_properties = ("energy", "forces", "stress")

    def __init__(self, at=0, blow=None):
        super().__init__()
        self.evaluations, self.at, self.blow = 0, at, blow

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.evaluations += 1
        if self.evaluations == self.at:
            self.blow()
        shift = atoms.positions - copper().positions
        self.results = {"energy": (shift**2).sum(), "forces": -2 * shift, "stress": np.full(6, -0.01)}


SCHEDULE = (
    Settle(max_steps=4, fmax_eV_A=0.01),
    NPT(duration_ps=0.06, temperature_K=300),
    NVT(duration_ps=0.20, temperature_K=300, frame_steps=1),
)
PLACES = [3, 20, 35, 60, 90, 120]
NAMES = ["settling", "pressure", "end of pressure", "frames", "second block", "third block"]


def copper():
    return bulk("Cu", cubic=True) * (2, 1, 1)


def start():
    atoms = copper()
    atoms.rattle(0.05, seed=1)
    return atoms


def run(directory, calculator=None, **options):
    directory.mkdir(exist_ok=True)
    options = {"schedule": SCHEDULE, "timestep_fs": 2.0, "checkpoint_steps": 10, "label": "copper", **options}
    return run_dynamics(start(), calculator or Wells(), seed=7, directory=directory, **options)


def files(result):
    return {path.name: path.read_bytes() for path in (result.trajectory, result.thermo)}


@pytest.mark.usefixtures("an_hour")
@pytest.mark.parametrize("evaluation", PLACES, ids=NAMES)
@pytest.mark.parametrize("how", ["deadline", "signal", "signal at any moment"])
def test_what_ran_out_of_time_goes_on_to_the_same_bytes(tmp_path, clock, how, evaluation):
    whole = run(tmp_path / "whole")
    blow = (lambda: setattr(clock, "late_s", 4000)) if how == "deadline" else terminate
    calculator = Wells(evaluation, blow)
    breakable = computing("copper") if how == "signal at any moment" else nullcontext()
    with watching_deadline(), pytest.raises(OutOfTime, match=r"^copper: ") as found, breakable:
        run(tmp_path / "parts", calculator)
    assert found.value.kept is (evaluation > 5)
    assert calculator.evaluations == evaluation
    again = run(tmp_path / "parts")
    assert files(again) == files(whole)
    np.testing.assert_array_equal(again.atoms.positions, whole.atoms.positions)
    np.testing.assert_array_equal(again.atoms.get_momenta(), whole.atoms.get_momenta())
    lost = 1 if how == "signal at any moment" else 0
    if evaluation > 10:
        done = evaluation - 1 - (whole.reports[0].steps + 1) + 1 - lost
        assert again.steps_computed == whole.steps_computed - done


@pytest.mark.usefixtures("an_hour")
def test_many_short_jobs_give_the_same_bytes(tmp_path, clock):
    whole = run(tmp_path / "whole")
    jobs, result = 0, None
    while result is None:
        clock.late_s, jobs = 0.0, jobs + 1
        try:
            with watching_deadline():
                result = run(tmp_path / "parts", Wells(17, lambda: setattr(clock, "late_s", 4000)))
        except OutOfTime:
            assert jobs < 20
    assert jobs == 9
    assert files(result) == files(whole)


@pytest.mark.usefixtures("an_hour")
def test_a_stage_that_ended_early_ends_there_after_the_break_too(tmp_path, clock):
    """The atoms have moved enough when time is up: the other job must not move them on."""
    schedule = (NVT(duration_ps=2, temperature_K=900, until=Moved(rms_displacement_A=0.2, atoms=(0, 1, 2))),)
    whole = run(tmp_path / "whole", schedule=schedule)
    steps = whole.reports[0].steps
    assert 10 <= steps < 1000
    calculator = Wells(steps + 1, lambda: setattr(clock, "late_s", 4000))
    with watching_deadline(), pytest.raises(OutOfTime):
        run(tmp_path / "parts", calculator, schedule=schedule)
    again = run(tmp_path / "parts", schedule=schedule)
    assert (again.steps_computed, again.reports) == (0, whole.reports)


@pytest.mark.usefixtures("an_hour")
def test_watching_changes_nothing(tmp_path):
    whole = run(tmp_path / "whole")
    with watching_deadline():
        watched = run(tmp_path / "watched")
    assert files(watched) == files(whole)
    assert watched.steps_computed == whole.steps_computed


@pytest.mark.usefixtures("an_hour")
def test_a_relaxation_runs_out_of_time(clock):
    calculator = Blow(4, lambda: setattr(clock, "late_s", 4000))
    with watching_deadline(), pytest.raises(OutOfTime, match=r"^cell: 0 s are left"):
        relax(start(), calculator, fmax_eV_A=1e-4, smax_GPa=0.01, max_steps=50, label="cell")
    assert calculator.evaluations == 4


@pytest.mark.usefixtures("an_hour")
def test_a_band_runs_out_of_time(clock):
    crowded = bulk("Cu", cubic=True) * (2, 2, 2)
    first, last = crowded.copy(), crowded.copy()
    del first[0], last[1]
    first.positions[0], last.positions[0] = crowded.positions[1], crowded.positions[0]
    images = [with_energy(first, 0.0), first.copy(), with_energy(last, 0.0)]
    images[1].positions = (first.positions + last.positions) / 2
    images[1].rattle(0.02, seed=2)
    calculator = Blow(3, lambda: setattr(clock, "late_s", 4000))
    with watching_deadline(), pytest.raises(OutOfTime, match=r"^hop: 0 s are left"):
        descend(images, calculator, BandSpec(images=1), label="hop")
    assert calculator.evaluations >= 3


# --- steps ---------------------------------------------------------------------------------------------


class Count(BaseModel):
    number: int


@science_job(Count, version="1")
def patient(number: int) -> Count:
    Lookout("patient").look()
    return Count(number=number)


def outcome(store: JobStore, number: int) -> int | None:
    job = patient(number)
    with run_alone():
        found = run_locally(job, store=store, log=False)
    return found[job.uuid][1].output.number if job.uuid in found else None


@pytest.mark.usefixtures("an_hour")
def test_a_step_that_ran_out_of_time_has_not_failed(tmp_path, clock):
    store = open_store(tmp_path / "db")
    with watching_deadline():
        clock.late_s = 3600 - 100
        with pytest.raises(OutOfTime, match=r"^patient: "):
            outcome(store, 3)
        assert list(store.docs_store.query({"failure": {"$exists": True}})) == []
        clock.late_s = 0.0
        assert outcome(store, 3) == 3


@pytest.mark.usefixtures("an_hour")
def test_a_finished_step_is_read_however_late_it_is(tmp_path, clock):
    store = open_store(tmp_path / "db")
    assert outcome(store, 3) == 3
    with watching_deadline():
        clock.late_s = 5000
        assert outcome(store, 3) == 3


# --- a full disk ---------------------------------------------------------------------------------------


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


FRAMES = (NVT(duration_ps=0.8, temperature_K=300, frame_steps=1),)
"""400 frames of 8 atoms make 20 kB; a checkpoint with frames that wait is up to 14 kB."""


@pytest.mark.parametrize(
    ("schedule", "size", "named"),
    [(FRAMES, 16_000, TRAJECTORY), (SCHEDULE, 12_000, "checkpoint")],
    ids=["frame", "checkpoint"],
)
def test_a_disk_that_fills_up_is_named_and_the_checkpoint_stays_good(tmp_path, schedule, size, named):
    whole = run(tmp_path / "whole", schedule=schedule)
    with (
        no_file_beyond(size),
        pytest.raises(DiskError, match=rf"{named}.* cannot be written: File too large$"),
    ):
        run(tmp_path / "parts", schedule=schedule)
    assert not list((tmp_path / "parts").glob(".*"))
    again = run(tmp_path / "parts", schedule=schedule)
    assert again.steps_computed < whole.steps_computed - 20
    assert files(again) == files(whole)


def test_what_is_there_is_read_after_the_disk_was_full(tmp_path):
    with no_file_beyond(16_000), pytest.raises(DiskError):
        run(tmp_path / "parts", schedule=FRAMES)
    assert len(read_trajectory(tmp_path / "parts" / TRAJECTORY)) > 200


def test_a_file_that_cannot_be_written_keeps_its_old_content(tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(b"old")

    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        DiskError, match=r"checkpoint\.npz cannot be written: No space left on device$"
    ) as found:
        write_atomically(path, b"new")
    assert found.value.where == str(path)
    assert [one.name for one in tmp_path.iterdir()] == ["checkpoint.npz"]
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            sqlite3.OperationalError("database or disk is full"),
            "the database cannot be read or written: database",
        ),
        (
            DiskError("run/thermo.csv cannot be written: No space"),
            "run/thermo.csv cannot be written: No space",
        ),
    ],
)
def test_a_full_disk_is_one_sentence_of_a_failed_command(monkeypatch, capsys, error, sentence):
    from lithicoat.workflows import cli

    def full(*_arguments, **_options):
        raise error

    monkeypatch.setattr(cli, "app", full)
    assert cli.run(["screen"]) == 1
    assert f"failed: {sentence}" in capsys.readouterr().err
