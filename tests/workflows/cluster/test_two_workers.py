"""Two workers on one LaunchPad: every step runs once."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from fireworks import Firework, ScriptTask, Workflow

from lithicoat.analysis.mongodb import located
from lithicoat.workflows.cluster.launching import launchpad_at


@pytest.mark.slow
def test_two_workers_run_each_of_thirty_steps_once(mongo_uri, tmp_path):
    launchpad = launchpad_at(located(mongo_uri))
    said = tmp_path / "said"
    for number in range(30):
        task = ScriptTask.from_str(f"echo {number} >> {said}")
        launchpad.add_wf(Workflow([Firework(task, spec={"_category": "cpu"}, name=f"step {number}")]))
    tool = Path(sys.executable).with_name("lithicoat")
    done = subprocess.run(
        [tool, "work", "--db", mongo_uri, "--n", "2"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert Counter(said.read_text().split()) == {str(number): 1 for number in range(30)}
    assert launchpad.fireworks.count_documents({"state": "COMPLETED"}) == 30
    assert launchpad.launches.count_documents({}) == 30
    workers = {launch["launch_dir"] for launch in launchpad.launches.find({}, {"launch_dir": 1})}
    assert len(workers) == 30
