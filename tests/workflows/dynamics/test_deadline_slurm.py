"""Dynamics in a job of a real SLURM: it leaves before its time is up, and when it is cancelled."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lithicoat.workflows.dynamics.running import DynamicsResult

pytestmark = pytest.mark.cluster

HERE = Path(__file__).parent
PROGRAM = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, {here!r})
import test_leaving as t
from lithicoat.workflows.dynamics.deadline import OutOfTime, time_left_s, watching_deadline
class Slow(t.Wells):
    def calculate(self, *arguments, **options):
        time.sleep(0.2)
        super().calculate(*arguments, **options)
place = Path({place!r})
os.environ["LITHICOAT_MARGIN_S"] = str(time_left_s() - {limit_s})
try:
    with watching_deadline():
        t.run(place / "parts", Slow())
except OutOfTime as error:
    (place / "said").write_text(error.message)
"""


@pytest.fixture
def submitted(tmp_path: Path) -> Callable[[float], str]:
    """Send a run to the queue that leaves after so many seconds, if nothing happens before."""

    def submit(limit_s: float) -> str:
        program = PROGRAM.format(here=str(HERE), place=str(tmp_path), limit_s=limit_s)
        (tmp_path / "program.py").write_text(program)
        line = f"{sys.executable} {tmp_path / 'program.py'}"
        options = ["--parsable", "--time=2", f"--output={tmp_path / 'log'}", f"--wrap={line}"]
        return subprocess.run(["sbatch", *options], check=True, capture_output=True, text=True).stdout.strip()

    return submit


def _wait(what: Callable[[], bool], place: Path) -> None:
    until = time.monotonic() + 120
    while not what():
        log = place / "log"
        said = log.read_text() if log.exists() else "the job did not start"
        assert "Error" not in said, said
        assert time.monotonic() < until, said
        time.sleep(0.1)


def _finished(place: Path) -> tuple[DynamicsResult, DynamicsResult, Callable[[DynamicsResult], object]]:
    sys.path.insert(0, str(HERE))
    try:
        import test_leaving as t
    finally:
        sys.path.remove(str(HERE))
    return t.run(place / "parts"), t.run(place / "whole"), t.files


@pytest.mark.parametrize("end", ["time", "scancel"])
def test_a_job_leaves_in_time_and_another_goes_on(
    tmp_path: Path, submitted: Callable[[float], str], end: str
):
    job = submitted(8 if end == "time" else 100)
    checkpoint = tmp_path / "parts" / "checkpoint.npz"
    _wait(checkpoint.exists, tmp_path)
    if end == "scancel":
        time.sleep(2)
        subprocess.run(["scancel", job], check=True)
    said = tmp_path / "said"
    _wait(said.exists, tmp_path)
    expected = "s are left of this job" if end == "time" else "the queue ends this job"
    assert expected in said.read_text()
    again, whole, files = _finished(tmp_path)
    assert files(again) == files(whole)
    assert 0 < again.steps_computed < whole.steps_computed
