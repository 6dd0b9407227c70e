"""The end of a queue's job: when it is, and how loops and steps look at the clock."""

import os
import signal
import threading
import time
from datetime import UTC, datetime

import numpy as np
import pytest

from lithicoat.workflows.dynamics import deadline as module
from lithicoat.workflows.dynamics import walltime
from lithicoat.workflows.dynamics.deadline import (
    Lookout,
    OutOfTime,
    computing,
    deadline,
    interrupted_in_time,
    may_begin,
    noting_signals,
    part_kept,
    terminated,
    time_left_s,
    watching_deadline,
)
from lithicoat.workflows.errors import DiskError, RunError, UsageError

# --- when the job ends ---------------------------------------------------------------------------------


def test_without_a_queue_time_never_ends():
    assert deadline() is None
    assert time_left_s() == np.inf
    assert may_begin()


@pytest.mark.parametrize("name", ["LITHICOAT_DEADLINE", "SLURM_JOB_END_TIME"])
def test_the_end_is_read_from_the_environment(monkeypatch, name):
    monkeypatch.setenv(name, str(int(time.time()) + 900))
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    assert time_left_s() == pytest.approx(900, abs=2)
    assert deadline().tzinfo is UTC


def test_the_own_variable_comes_first(monkeypatch):
    monkeypatch.setenv("SLURM_JOB_END_TIME", "1800000000")
    monkeypatch.setenv("LITHICOAT_DEADLINE", "1700000000.5")
    assert deadline() == datetime(2023, 11, 14, 22, 13, 20, 500000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answer", "left_s"),
    [
        ("4:05", 245),
        ("1:00:05", 3605),
        ("2-03:00:10", 2 * 86400 + 3 * 3600 + 10),
        ("UNLIMITED", np.inf),
        ("INVALID", np.inf),
        ("", np.inf),
    ],
)
def test_slurm_is_asked_how_long_a_job_may_run(monkeypatch, tmp_path, answer, left_s):
    program = tmp_path / "squeue"
    program.write_text(f'#!/bin/sh\n[ "$3" = 7 ] && echo "{answer}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    assert time_left_s() == pytest.approx(left_s, abs=2)


def test_a_queue_that_does_not_answer_sets_no_end(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    assert deadline() is None


def test_pbs_counts_from_the_beginning_of_the_session(monkeypatch):
    monkeypatch.setenv("PBS_WALLTIME", "7200")
    began = walltime._session_began()
    assert 0 <= time.time() - began < time.clock_gettime(time.CLOCK_BOOTTIME) + 2
    assert deadline().timestamp() == pytest.approx(began + 7200)


@pytest.mark.parametrize("text", ["soon", "nan", "inf", "-1", ""])
@pytest.mark.parametrize("name", ["LITHICOAT_DEADLINE", "LITHICOAT_MARGIN_S", "SLURM_JOB_END_TIME"])
def test_what_is_no_time_is_refused(monkeypatch, name, text):
    monkeypatch.setenv(name, text)
    with pytest.raises(UsageError, match=rf"^{name} is '{text}', no number of seconds"), watching_deadline():
        pass


def test_nothing_begins_with_less_than_two_margins(monkeypatch, clock):
    monkeypatch.setenv("LITHICOAT_DEADLINE", str(time.time() + 1000))
    assert may_begin()
    clock.late_s = 1000 - 115
    assert not may_begin()
    monkeypatch.setenv("LITHICOAT_MARGIN_S", "10")
    assert may_begin()


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)


def test_a_campaign_is_interrupted_two_margins_before_the_end(monkeypatch):
    monkeypatch.setenv("LITHICOAT_DEADLINE", str(time.time() + 1.2))
    monkeypatch.setenv("LITHICOAT_MARGIN_S", "0.5")
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt, match="this job's time is up"), interrupted_in_time():
        time.sleep(10)
    assert 0.1 < time.monotonic() - began < 1
    time.sleep(0.01)  # nothing comes after it


def test_a_campaign_is_interrupted_by_the_queue_and_only_while_it_runs():
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGALRM)]
    with pytest.raises(KeyboardInterrupt, match="the queue ends this job"), interrupted_in_time():
        terminate()
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGALRM)] == before


# --- loops ---------------------------------------------------------------------------------------------


def test_nobody_looks_unless_told_to(monkeypatch):
    monkeypatch.setenv("LITHICOAT_DEADLINE", "0")
    Lookout("loop").look()
    with computing("step"):
        pass


@pytest.mark.usefixtures("an_hour")
def test_a_loop_ends_when_the_margin_is_reached(clock):
    with watching_deadline():
        lookout = Lookout("copper")
        clock.late_s = 3600 - 65
        lookout.look()
        clock.late_s = 3600 - 55
        with pytest.raises(OutOfTime, match=r"^copper: 5[45] s are left of this job; the step goes on in an"):
            lookout.look()


@pytest.mark.usefixtures("an_hour")
def test_a_loop_with_long_rounds_ends_before_one_would_be_cut(clock, monkeypatch):
    """A round of 100 s does not fit into 190 s with what may come on top."""
    ticks = iter([0.0, 100.0, 200.0])
    with watching_deadline():
        monkeypatch.setattr(module.time, "monotonic", lambda: next(ticks))
        lookout = Lookout("copper")
        clock.late_s = 3600 - 210
        lookout.look()
        clock.late_s = 3600 - 190
        with pytest.raises(OutOfTime):
            lookout.look()


def test_being_out_of_time_is_not_taken_for_an_error_of_the_computation():
    assert not issubclass(OutOfTime, Exception)
    assert not issubclass(DiskError, RunError)


@pytest.mark.usefixtures("an_hour")
def test_a_step_does_not_begin_shortly_before_the_end(clock):
    with watching_deadline():
        clock.late_s = 3600 - 110
        with pytest.raises(OutOfTime, match=r"relax: 1(10|09) s are left"), computing("relax"):
            pytest.fail("it began")


@pytest.mark.usefixtures("an_hour")
def test_a_signal_between_computations_waits():
    before = signal.getsignal(signal.SIGTERM)
    with watching_deadline():
        os.kill(os.getpid(), signal.SIGTERM)
        assert terminated()
        with pytest.raises(OutOfTime, match="relax: the queue ends this job"), computing("relax"):
            pytest.fail("it began")
    assert signal.getsignal(signal.SIGTERM) == before
    assert not may_begin()


def test_a_worker_notes_a_signal_between_its_steps():
    before = signal.getsignal(signal.SIGTERM)
    with noting_signals():
        assert may_begin()
        with watching_deadline():
            pass
        terminate()
        assert not may_begin()
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.usefixtures("an_hour")
def test_a_second_signal_does_not_disturb_the_leaving():
    def left():
        with computing("relax"):
            try:
                terminate()
                time.sleep(1)
            except OutOfTime:
                terminate()
                return True
        return False

    with watching_deadline():
        assert left()


@pytest.mark.usefixtures("an_hour")
def test_a_thread_watches_without_taking_signals():
    handlers = []

    def run():
        with watching_deadline():
            handlers.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert handlers == [signal.getsignal(signal.SIGTERM)]


@pytest.mark.usefixtures("an_hour")
@pytest.mark.parametrize("kept", [True, False])
def test_the_end_tells_whether_another_job_would_come_further(clock, kept):
    def work():
        with computing("relax"):
            if kept:
                part_kept()
            clock.late_s = 4000
            Lookout("relax").look()

    with watching_deadline(), pytest.raises(OutOfTime) as found:
        work()
    assert found.value.kept is kept
    assert found.value.given_s > 0
    with watching_deadline(), pytest.raises(OutOfTime) as found:
        work()
    assert not found.value.kept
    assert found.value.given_s == 0
