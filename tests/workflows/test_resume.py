"""Screening from the command line with the shipped potential: killed, resumed, and the same in the end."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lithicoat.analysis.database import read_records
from lithicoat.workflows.locking import own_database

pytestmark = pytest.mark.slow

# What runs in the background of a shell ignores interrupts, and so would its children.
PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from lithicoat.workflows.cli import main
main()
"""
COMMAND = [sys.executable, "-c", PROGRAM, "screen", "LiF", "Li2O"]
RETURNED = {signal.SIGINT: 130, signal.SIGTERM: 130, signal.SIGKILL: -signal.SIGKILL}
SETTINGS = """
preset = "quick"
seed = 5

[protocol.build]
max_atoms = 8

[protocol.diffusion]
crystal_temperatures_K = [600, 900]
equilibration_ps = 0.1
production_ps = 0.3
longest_ps = 0.3
checkpoint_ps = 0.003

[protocol.carriers]
width_A = 4
max_atoms = 16
"""


def _start(folder: Path, db: str, workers: int) -> subprocess.Popen[str]:
    (folder / "campaign.toml").write_text(SETTINGS)
    arguments = [
        "--config",
        str(folder / "campaign.toml"),
        "--db",
        str(folder / db),
        "--workers",
        str(workers),
    ]
    return subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _finish(process: subprocess.Popen[str]) -> tuple[int, int]:
    """Wait for the end; return how many steps were computed, and how many reused."""
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    counted = re.search(r"(\d+) steps computed, (\d+) reused", errors)
    assert counted is not None, errors
    return int(counted[1]), int(counted[2])


def _wait_for_dynamics(folder: Path, process: subprocess.Popen[str]) -> None:
    """Wait until some MD has written frames, so that the kill hits it in the middle."""
    until = time.monotonic() + 200
    while not list(folder.glob("steps/*/trajectory.frames")):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < until, "no molecular dynamics within the time"
        time.sleep(0.02)


def _wait_for_release(db: Path) -> None:
    """Wait until neither the killed process nor its workers are left."""
    time.sleep(2)
    with own_database(db, "the test"):
        pass


def _numbers(db: Path) -> dict[str, float]:
    return {
        f"{record.coating} {name}": quantity.value
        for record in read_records(db)
        for name, quantity in record.properties.items()
        if quantity.value is not None
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, dict[str, float]]:
    """Steps and numbers of an uninterrupted screening."""
    folder = tmp_path_factory.mktemp("whole")
    steps, reused = _finish(_start(folder, "whole.db", workers=2))
    assert reused == 0
    return steps, _numbers(folder / "whole.db")


@pytest.mark.parametrize(
    ("workers", "blow"), [(1, signal.SIGKILL), (1, signal.SIGINT), (2, signal.SIGKILL), (2, signal.SIGTERM)]
)
def test_a_killed_screen_goes_on_where_it_stopped(
    tmp_path: Path, whole: tuple[int, dict[str, float]], workers: int, blow: signal.Signals
):
    all_steps, expected = whole
    process = _start(tmp_path, "cut.db", workers)
    _wait_for_dynamics(tmp_path / "cut.db", process)
    (os.killpg if blow is signal.SIGTERM else os.kill)(
        process.pid, blow
    )  # a queue ends all processes of a job
    assert process.wait(timeout=100) == RETURNED[blow]
    _wait_for_release(tmp_path / "cut.db")
    computed, reused = _finish(_start(tmp_path, "cut.db", workers))
    assert reused >= 2
    assert computed + reused == all_steps
    assert len(expected) > 10
    assert _numbers(tmp_path / "cut.db") == pytest.approx(expected, rel=1e-3)
    assert _finish(_start(tmp_path, "cut.db", workers)) == (0, all_steps)
