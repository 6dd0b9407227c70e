"""Runs that go on until enough is known: how long they last, and that no interruption changes a byte."""

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes

from lithicoat.workflows.dynamics.running import run_dynamics
from lithicoat.workflows.dynamics.stages import NVT
from lithicoat.workflows.dynamics.trajectory import TRAJECTORY, read_trajectory
from lithicoat.workflows.dynamics.watch import StoppedError
from lithicoat.workflows.errors import UsageError

STEPS = 20
"""Steps of the first length: 0.04 ps."""


class Wells(Calculator):
    """Independent harmonic wells, which compute the same numbers whatever came before."""

    implemented_properties = ("energy", "forces")

    def __init__(self, stop_at=None, error=KeyboardInterrupt):
        super().__init__()
        self.evaluations, self.stop_at, self.error = 0, stop_at, error

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.evaluations += 1
        if self.evaluations == self.stop_at:
            raise self.error
        shift = atoms.positions - start().positions
        self.results = {"energy": (shift**2).sum(), "forces": -2.0 * shift}


def start():
    return Atoms("LiCl", positions=[[0, 0, 0], [2.5, 2.5, 2.5]], cell=[5] * 3, pbc=True)


def run(directory, go_on=None, *, calculator=None, longest_ps=0.13, **options):
    options = {"timestep_fs": 2.0, "checkpoint_steps": 7, "seed": 3, **options}
    schedule = (
        NVT(duration_ps=0.02, temperature_K=300),
        NVT(duration_ps=0.04, temperature_K=300, frame_steps=3, longest_ps=longest_ps),
    )
    directory.mkdir(exist_ok=True)
    return run_dynamics(start(), calculator or Wells(), schedule, directory=directory, go_on=go_on, **options)


class Asker:
    """Says yes until there are enough frames, and may be interrupted while it thinks."""

    def __init__(self, enough, stop_at=None):
        self.enough, self.stop_at, self.asked = enough, stop_at, []

    def __call__(self, frames):
        self.asked.append(len(frames))
        assert not frames.finished
        if len(self.asked) == self.stop_at:
            raise KeyboardInterrupt
        return len(frames) < self.enough


def test_a_run_ends_when_enough_is_known(tmp_path):
    asker = Asker(enough=13)
    result = run(tmp_path, asker)
    assert asker.asked == [STEPS // 3 + 1, 2 * STEPS // 3 + 1]
    assert result.reports[1].steps == 2 * STEPS
    assert result.reports[1].duration_ps == pytest.approx(0.08)
    frames = read_trajectory(result.trajectory)
    assert frames.finished
    assert len(frames) == 2 * STEPS // 3 + 1


def test_a_run_ends_when_the_budget_is_used_up(tmp_path):
    asker = Asker(enough=1000)
    result = run(tmp_path, asker)
    assert result.reports[1].steps == 65
    assert len(asker.asked) == 3  # nothing is left to ask for at 0.13 ps
    assert len(read_trajectory(result.trajectory)) == 65 // 3 + 1


def test_a_budget_of_the_first_length_asks_nothing(tmp_path):
    asker = Asker(enough=1000)
    assert run(tmp_path, asker, longest_ps=0.04).reports[1].steps == STEPS
    assert asker.asked == []


def test_without_a_question_or_a_budget_a_run_has_its_first_length(tmp_path):
    assert run(tmp_path / "no question").reports[1].steps == STEPS
    assert run(tmp_path / "no budget", Asker(1000), longest_ps=None).reports[1].steps == STEPS


def bytes_of(result):
    return result.trajectory.read_bytes(), result.atoms.positions.tobytes(), result.thermo.read_text()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    result = run(tmp_path_factory.mktemp("whole"), Asker(enough=20))
    assert result.reports[1].steps == 3 * STEPS
    return bytes_of(result)


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError], ids=["interrupted", "died"])
@pytest.mark.parametrize("evaluation", [2, 11, 12, 14, 29, 31, 32, 33, 51, 52, 60, 70, 71])
def test_an_interruption_changes_no_byte(tmp_path, uninterrupted, evaluation, error):
    with pytest.raises(error):
        run(tmp_path, Asker(enough=20), calculator=Wells(stop_at=evaluation, error=error))
    assert bytes_of(run(tmp_path, Asker(enough=20))) == uninterrupted


@pytest.mark.parametrize("question", [1, 2, 3])
def test_an_interruption_between_a_segment_and_the_answer_changes_no_byte(tmp_path, uninterrupted, question):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Asker(enough=20, stop_at=question))
    again = Asker(enough=20)
    result = run(tmp_path, again)
    assert len(again.asked) == 4 - question
    assert bytes_of(result) == uninterrupted


def test_many_interruptions_change_no_byte(tmp_path, uninterrupted):
    for _ in range(12):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, Asker(enough=20), calculator=Wells(stop_at=6))
    assert bytes_of(run(tmp_path, Asker(enough=20))) == uninterrupted


def test_a_checkpoint_that_a_dying_machine_cut_short_costs_time_only(tmp_path, uninterrupted):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Asker(enough=20), calculator=Wells(stop_at=60))
    newest = tmp_path / "checkpoint.newest.npz"
    assert newest.stat().st_size > 1000
    newest.write_bytes(newest.read_bytes()[:1000])
    assert bytes_of(run(tmp_path, Asker(enough=20))) == uninterrupted


def test_a_finished_run_is_asked_nothing(tmp_path, uninterrupted):
    run(tmp_path, Asker(enough=20))
    calculator, asker = Wells(), Asker(enough=20)
    assert bytes_of(run(tmp_path, asker, calculator=calculator)) == uninterrupted
    assert calculator.evaluations == len(asker.asked) == 0


def test_no_force_is_computed_twice_at_the_end_of_a_segment(tmp_path):
    calculator = Wells()
    result = run(tmp_path, Asker(enough=20), calculator=calculator)
    assert calculator.evaluations == result.steps_computed + 1


def test_what_is_observed_is_kept_with_its_frame(tmp_path):
    def observe(atoms):
        return [atoms.positions[0, 0], atoms.get_forces()[1, 2]]

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Asker(enough=20), calculator=Wells(stop_at=45), observe=observe)
    result = run(tmp_path, Asker(enough=20), observe=observe)
    frames = read_trajectory(result.trajectory)
    positions = frames.positions()
    np.testing.assert_allclose(frames.observed[:, 0], positions[:, 0, 0], atol=1e-4)
    np.testing.assert_allclose(frames.observed[:, 1], -2 * (positions[:, 1, 2] - 2.5), atol=1e-3)


def test_a_stopped_run_leaves_its_frames(tmp_path):
    seen = []

    def watcher(_):
        seen.append(1)
        return "the film is gone" if len(seen) == 6 else None

    with pytest.raises(StoppedError, match="the film is gone"):
        run(tmp_path, Asker(enough=20), watchers=(watcher,))
    frames = read_trajectory(tmp_path / TRAJECTORY)
    assert not frames.finished
    assert len(frames) == 49 // 3 + 1  # the stopping step, the fiftieth, is not kept
    with pytest.raises(StoppedError, match="the film is gone"):
        run(tmp_path, Asker(enough=20), watchers=(lambda _: "the film is gone",))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frame_steps": None}, "only a stage that stores frames may go on: longest_ps needs frame_steps"),
        ({"end_temperature_K": 400}, "longest_ps and end_temperature_K exclude each other"),
        ({"longest_ps": 0.5}, r"longest_ps=0\.5 is less than duration_ps=1"),
    ],
)
def test_what_cannot_go_on_is_refused(tmp_path, changes, message):
    stage = NVT(**{"duration_ps": 1, "temperature_K": 300, "frame_steps": 2, "longest_ps": 2, **changes})
    with pytest.raises(UsageError, match=message):
        run_dynamics(start(), Wells(), (stage,), timestep_fs=2, seed=0, directory=tmp_path)
