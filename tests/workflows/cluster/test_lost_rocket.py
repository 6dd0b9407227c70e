"""A process that is killed in the middle of a step, seen and mended from the command line."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fireworks import Firework, ScriptTask, Workflow
from fireworks.utilities.fw_serializers import SAVED_FW_MODULES

from lithicoat.analysis.mongodb import MongoDatabase
from lithicoat.analysis.records import CampaignRecord
from lithicoat.workflows.cli import run
from lithicoat.workflows.cluster.launching import launchpad_at

NUMBERS = {"sha256": "ab", "protocol": "tiny-1", "seed": 3}
FACTS = {"campaign": "trial", "coating": "A", **NUMBERS}
ONCE_SLOW = "echo ran >> ran; test -e slept || (touch slept; sleep 120)"


@pytest.fixture
def place(tmp_path: Path, mongo_uri: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory `cluster` with pings every second, and one film in the queue whose first run takes long."""
    # or FireWorks looks for the class in all of its modules, its tests among them
    monkeypatch.setitem(SAVED_FW_MODULES, "ScriptTask", "fireworks.user_objects.firetasks.script_task")
    cluster = tmp_path / "cluster"
    cluster.mkdir()
    (cluster / "FW_config.yaml").write_text("PING_TIME_SECS: 1\nRUN_EXPIRATION_SECS: 2\n")
    database = MongoDatabase.parse(mongo_uri)
    host = json.dumps(database.uri)
    text = f"uri_mode: true\nhost: {host}\nname: {database.name}\n"
    (cluster / "my_launchpad.yaml").write_text(text)
    launchpad = launchpad_at(database)
    record = CampaignRecord(
        name="trial", coatings=("A",), potential="lj", numbers={}, state="running", **NUMBERS
    )
    launchpad.db.campaigns.insert_one(record.model_dump(mode="json"))
    task = ScriptTask.from_str(f"cd {tmp_path}; {ONCE_SLOW}")
    build = Firework([task], name="A · build", spec=FACTS)
    record_it = Firework([ScriptTask.from_str("true")], name="A · record", spec=FACTS, parents=[build])
    launchpad.add_wf(Workflow([build, record_it], metadata=FACTS))
    return cluster


@contextmanager
def _rocket(cluster: Path) -> Iterator[subprocess.Popen[bytes]]:
    tool = Path(sys.executable).with_name("rlaunch")
    command = [tool, "-l", cluster / "my_launchpad.yaml", "rapidfire", "--nlaunches", "0"]
    environment = {**os.environ, "FW_CONFIG_FILE": str(cluster / "FW_config.yaml"), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, env=environment, start_new_session=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def _until(condition: Callable[[], bool], *, within_s: float = 60.0) -> None:
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.3)


@pytest.mark.slow
def test_a_killed_rocket_is_lost_and_put_back_once(
    place: Path, mongo_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    def standing() -> str:
        assert run(["status", "--db", mongo_uri, "--json"]) == 0
        (campaign,) = json.loads(capsys.readouterr().out)
        return str(campaign["films"][0]["steps"][0]["standing"])

    def retry() -> tuple[int, str]:
        code = run(["retry", "--lost", "--db", mongo_uri])
        told = capsys.readouterr()
        return code, told.out + told.err

    with _rocket(place) as rocket:
        _until(lambda: standing() == "running" and (tmp_path / "slept").exists())
        time.sleep(4)  # longer than the expiration: its pings keep it alive
        code, told = retry()
        assert code == 2
        assert "A build runs on" in told
        os.killpg(rocket.pid, signal.SIGKILL)
    _until(lambda: standing() == "lost")
    code, told = retry()
    assert code == 0
    assert "back in the queue: A build (lost" in told
    assert standing() == "waiting"
    with _rocket(place):
        _until(lambda: standing() == "finished")
    assert (tmp_path / "ran").read_text().count("ran") == 2
    assert retry()[0] == 0
