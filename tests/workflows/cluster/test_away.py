"""A database that goes away while a worker runs a step, and comes back."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fireworks import Firework, ScriptTask, Workflow
from pymongo.errors import AutoReconnect

from lithicoat.analysis.mongodb import located
from lithicoat.workflows.cluster import working
from lithicoat.workflows.cluster.launching import launchpad_at


def test_a_sign_of_life_that_fails_is_not_the_last(monkeypatch):
    class LaunchPad:
        run_exists = future_run_exists = None

        def ping_launch(self, launch_id, **_):
            raise AutoReconnect(f"no answer to {launch_id}")

    monkeypatch.setattr(working, "launchpad_at", lambda *_, **__: LaunchPad())
    launchpad = working._patient(located("mongodb://host/name"))
    launchpad.ping_launch(1)
    with pytest.raises(AutoReconnect, match="no answer to 2"):
        launchpad.ping_launch(2, checkpoint={"task": 0})


@pytest.mark.slow
def test_a_step_outlasts_a_database_that_goes_and_comes(listen, tmp_path):
    """Away for longer than a first look would wait, and back before the step ends, which pings again."""
    tool = Path(sys.executable).with_name("lithicoat")
    started = tmp_path / "started"
    settings = {**os.environ, "FW_CONFIG_FILE": str(tmp_path / "FW_config.yaml"), "OMP_NUM_THREADS": "1"}
    (tmp_path / "FW_config.yaml").write_text(json.dumps({"PING_TIME_SECS": 1}))
    with listen(tmp_path / "mongodb") as address:
        uri = f"mongodb://{address}/films?directConnection=true"
        launchpad = launchpad_at(located(uri))
        steps = [f"touch {started}; sleep 16", "true"]
        first, second = (Firework(ScriptTask.from_str(step), spec={"_category": "cpu"}) for step in steps)
        launchpad.add_wf(Workflow([first, second], {first: [second]}))
        worker = subprocess.Popen([tool, "work", "--db", uri], cwd=tmp_path, env=settings)
        until = time.monotonic() + 60
        while not started.exists():
            assert time.monotonic() < until
            time.sleep(0.1)
        began = time.monotonic()
    time.sleep(7)
    with listen(tmp_path / "mongodb", port=address.rpartition(":")[2]), worker:
        back = datetime.now(UTC)
        launchpad = launchpad_at(located(uri))
        time.sleep(max(0.0, began + 13 - time.monotonic()))
        (launch,) = launchpad.launches.find({}, {"state": 1, "state_history": 1})
        assert launch["state"] == "RUNNING"
        assert datetime.fromisoformat(launch["state_history"][-1]["updated_on"]).replace(tzinfo=UTC) > back
        assert worker.wait(60) == 0
        assert launchpad.fireworks.count_documents({"state": "COMPLETED"}) == 2
