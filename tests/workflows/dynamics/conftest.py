"""A clock that tests move, and a job that ends in an hour."""

import time
from collections.abc import Iterator

import pytest

from lithicoat.workflows.dynamics import deadline, walltime

VARIABLES = ("LITHICOAT_DEADLINE", "LITHICOAT_MARGIN_S", "SLURM_JOB_END_TIME", "SLURM_JOB_ID", "PBS_WALLTIME")


class Clock:
    """The time of day; a test moves it."""

    def __init__(self) -> None:
        self.late_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.late_s


@pytest.fixture(autouse=True)
def clock(monkeypatch) -> Iterator[Clock]:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    walltime._end_in_slurm.cache_clear()
    found = Clock()
    for module in (deadline, walltime):
        monkeypatch.setattr(module, "now", found)
    yield found
    deadline._terminated.clear()
    walltime._end_in_slurm.cache_clear()


@pytest.fixture
def an_hour(monkeypatch) -> None:
    monkeypatch.setenv("LITHICOAT_DEADLINE", str(time.time() + 3600))
