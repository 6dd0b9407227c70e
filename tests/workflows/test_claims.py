"""Steps that several processes want at once."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lithicoat.workflows import claims
from lithicoat.workflows.claims import claimed, release
from lithicoat.workflows.dynamics.deadline import OutOfTime, watching_deadline

HOLD = """
import sys, time
from pathlib import Path
from lithicoat.workflows.claims import claimed
claimed(Path(sys.argv[1]), lambda: None, step="relax")
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(claims, "LOOK_S", 0.01)
    yield tmp_path / "claims" / "key"
    release()


@contextmanager
def _held(path: Path) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()


def _after(looks: int, then: Callable[[], object]) -> Callable[[], object]:
    """Find nothing for some looks."""
    left = iter(range(looks))
    return lambda: (next(left, None) is None and then()) or None


def test_a_claim_leaves_nothing_behind(path: Path):
    assert claimed(path, lambda: "never asked", step="relax") is None
    assert path.exists()
    assert claimed(path.with_name("other"), lambda: None, step="relax") is None
    assert not path.exists()
    release()
    release()
    assert not list(path.parent.iterdir())


def test_the_result_of_another_process_is_taken_over(path: Path):
    with _held(path):
        assert claimed(path, _after(3, lambda: "result"), step="relax") == "result"


def test_the_step_of_a_killed_process_is_computed(path: Path):
    with _held(path) as holder:
        assert claimed(path, _after(3, holder.kill), step="relax") is None
        assert holder.wait() == -9
    assert path.exists()


def test_waiting_ends_with_the_job_of_the_queue(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LITHICOAT_MARGIN_S", "1")
    monkeypatch.setenv("LITHICOAT_DEADLINE", str(time.time() + 1.2))
    with (
        _held(path),
        watching_deadline(),
        pytest.raises(OutOfTime, match=r"relax: .* s are left of this job"),
    ):
        claimed(path, lambda: None, step="relax")


def test_without_a_place_for_locks_everyone_computes(tmp_path: Path):
    (tmp_path / "file").write_text("")
    assert claimed(tmp_path / "file" / "key", lambda: None, step="relax") is None
