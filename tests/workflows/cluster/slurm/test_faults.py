"""What clusters do to a campaign: nothing finished is computed again, little is lost, and nothing changes."""

import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from contextlib import suppress

import pytest
from fireworks import Firework, ScriptTask, Workflow

from lithicoat.workflows.cluster.launching import launchpad_at

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]

NODE = os.uname().nodename.partition(".")[0]


def scontrol(*arguments):
    subprocess.run(["scontrol", *arguments], check=True)


def check(place, run, undisturbed, results_of):
    """Hold the end of a campaign against the undisturbed one; one step alone was begun twice."""
    assert again(place) == {place.step_of(run)}
    undisturbed.demand(results_of(place.database.uri, place.files))


def again(place):
    """Return the steps that were begun more than once."""
    return {step for step, number in place.launches().items() if number > 1}


@pytest.fixture
def running(cluster):
    """A campaign whose first job is in the middle of dynamics."""

    def start(*options, walltime="01:00:00", **environment):
        place = cluster(**environment)
        place.init(*options, walltime=walltime)
        place.submit()
        place.send()
        return place, place.dynamics()

    return start


def test_a_rocket_that_is_killed(running, undisturbed, results_of):
    place, run = running()
    os.kill(run.pid, signal.SIGKILL)
    place.wait("the end of its job", lambda: not place.jobs())
    kept = run.steps
    assert 0 <= run.rows - kept // run.interval <= 1  # what was lost is less than an interval
    assert "runs on" in place.lithicoat("retry", "--lost", code=2)  # it may only be slow
    place.wait("its loss", place.lost)
    assert "1 back in the queue" in place.lithicoat("retry", "--lost")
    place.send()
    place.finish(run, kept=kept)
    check(place, run, undisturbed, results_of)


def test_a_job_that_is_cancelled(running, undisturbed, results_of):
    place, run = running()
    subprocess.run(["scancel", *place.jobs()], check=True)
    place.wait("the end of its job", lambda: not place.jobs())
    kept = run.steps
    assert any("READY" in step for step in place.unfinished())  # it left by itself, and is not lost
    assert not any("RUNNING" in step for step in place.unfinished())
    place.send()
    place.finish(run, kept=kept)
    check(place, run, undisturbed, results_of)


def test_a_node_that_is_drained_dies_and_comes_back(running, undisturbed, results_of):
    place, run = running()
    try:
        scontrol("update", f"NodeName={NODE}", "State=DRAIN", "Reason=test")
        place.send()
        before = run.steps
        place.wait("its next steps", lambda: run.steps > before)  # what runs goes on
        assert sorted(place.jobs().values()) == ["PENDING", "RUNNING"]
        scontrol("update", f"NodeName={NODE}", "State=DOWN", "Reason=test")  # kills what runs
        place.wait("the end of its job", lambda: "RUNNING" not in place.jobs().values())
        kept = run.steps
        assert 0 <= run.rows - kept // run.interval <= 1
    finally:
        scontrol("update", f"NodeName={NODE}", "State=RESUME")
    # The queue starts the job that waited, and the one that ended once more. A step that was fast enough to
    # keep a checkpoint goes on by itself; for one that was lost they wait.
    seen = [run.steps]
    place.wait(
        "its loss or its end",
        lambda: place.lost() or place.recorded(),
        meanwhile=lambda: seen.append(run.steps),
    )
    assert min(seen) >= kept
    if place.lost():
        assert "1 back in the queue" in place.lithicoat("retry", "--lost")
    place.finish(run, kept=kept)
    check(place, run, undisturbed, results_of)


def cut(place):
    """Return the steps that ran out of time and went on in another job."""
    found = place.database.collection("launches").find({"action.stored_data.out_of_time": {"$exists": True}})
    ids = [launch["fw_id"] for launch in found]
    steps = place.database.collection("fireworks").find({"fw_id": {"$in": ids}})
    return {step["name"] for step in steps}


def test_a_walltime_that_is_too_short(cluster, undisturbed, results_of):
    """A step leaves a job in time, and the next job, which the queue gets by itself, goes on with it."""
    place = cluster(LITHICOAT_MARGIN_S="10")
    place.init(walltime="00:02:00")
    place.submit()
    with place.sending():
        run = place.dynamics()
        slow_until(place, run, 112)
        place.wait("the cut", lambda: cut(place))
        kept = run.steps
        place.finish(run, kept=kept)
    assert place.step_of(run) in cut(place)
    assert again(place) == cut(place)
    undisturbed.demand(results_of(place.database.uri, place.files))


def test_a_job_that_the_queue_ends_at_its_limit(running, undisturbed, results_of):
    """The limit comes without warning: a step believes that it has an hour."""
    place, run = running()
    (job,) = place.jobs()
    os.kill(run.pid, signal.SIGSTOP)
    try:
        scontrol("update", f"JobId={job}", "TimeLimit=1")
        place.wait("the limit", lambda: place.jobs().get(job) != "RUNNING")
    finally:
        os.kill(run.pid, signal.SIGCONT)
    place.wait("the end of its job", lambda: not place.jobs())
    kept = run.steps
    assert len(cut(place)) == 1  # it left with a checkpoint: not killed, not lost
    place.send()
    place.finish(run, kept=kept)
    check(place, run, undisturbed, results_of)


def slow_until(place, run, elapsed):
    """Let the node of a run be slow until its job has taken so many seconds."""
    os.kill(run.pid, signal.SIGSTOP)
    try:
        place.wait("the time", lambda: all(elapsed_s(job) >= elapsed for job in place.jobs()))
    finally:
        os.kill(run.pid, signal.SIGCONT)


def elapsed_s(job):
    asked = ["squeue", "-h", "-j", job, "-o", "%M"]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    minutes, seconds = said.split(":")[-2:]
    return 60 * int(minutes) + int(seconds)


def test_a_database_that_is_away_for_a_minute(cluster, listen, tmp_path, undisturbed, results_of):
    """The dynamics go on without it, and their result waits for it."""
    with listen(tmp_path / "mongodb") as address:
        place = cluster(f"mongodb://{address}/films?directConnection=true")
        place.init()
        place.submit()
        place.send()
        run = place.dynamics()
    before = run.steps
    time.sleep(60)
    assert run.steps > before
    with listen(tmp_path / "mongodb", port=address.rpartition(":")[2]):
        place.finish(run, kept=before)
        assert set(place.launches().values()) == {1}
        undisturbed.demand(results_of(place.database.uri, place.files))


@pytest.fixture
def small_disk(tmp_path):
    """A file system of a few megabytes."""
    place = tmp_path / "small disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "lithicoat", place], check=True)
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def fill(directory):
    with (directory / "filling").open("wb", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(bytes(4096))
    assert shutil.disk_usage(directory).free == 0


def test_a_disk_that_is_full(running, small_disk, undisturbed, results_of):
    place, run = running("--files", str(small_disk), LITHICOAT_FILES=str(small_disk))
    fill(small_disk)
    failed = place.wait("a failure", lambda: [step for step in place.unfinished() if "FIZZLED" in step])
    place.wait("the end of its job", lambda: not place.jobs())
    kept = run.steps
    assert kept > 0
    assert "cannot be written: No space left on device" in place.lithicoat("status")
    (small_disk / "filling").unlink()
    assert failed
    place.lithicoat("retry")
    place.send()
    place.finish(run, kept=kept)
    undisturbed.demand(results_of(place.database.uri, place.files))


BOTH = """
mkdir -p {place}/jobs; touch {place}/jobs/$SLURM_JOB_ID
for i in $(seq 6000); do [ $(ls {place}/jobs | wc -l) -ge 2 ] && break; sleep 0.1; done
echo {number} >> {place}/ran; sleep 0.3
"""
"""A step that waits until steps of two jobs run."""


def test_two_jobs_run_each_of_thirty_steps_once(cluster):
    place = cluster()
    place.init()
    launchpad = launchpad_at(place.database)
    for number in range(30):
        task = ScriptTask.from_str(BOTH.format(place=place.directory, number=number))
        launchpad.add_wf(Workflow([Firework(task, spec={"_category": "cpu"}, name=f"step {number}")]))
    with place.sending(at_once=2):
        place.wait("all steps", lambda: not place.unfinished())
    place.wait("the end of the jobs", lambda: not place.jobs())
    ran = (place.directory / "ran").read_text().split()
    assert Counter(ran) == {str(number): 1 for number in range(30)}
    assert launchpad.launches.count_documents({}) == 30
