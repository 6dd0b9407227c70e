"""Jobs against what the queue offers, and against themselves."""

import pytest

from lithicoat.workflows.cluster import queue_checks
from lithicoat.workflows.cluster.findings import Verdict
from lithicoat.workflows.cluster.queue_checks import check_queue, check_script
from lithicoat.workflows.cluster.queues import Partition, QueueSystem
from lithicoat.workflows.cluster.settings import read_settings
from lithicoat.workflows.cluster.templates import write


@pytest.mark.parametrize(
    ("changes", "offered", "message"),
    [
        ({"queue": "nigth"}, {}, "there is no queue nigth; there are night"),
        ({}, {"up": False}, "queue night takes no jobs now"),
        ({}, {"limit_s": 1800}, "jobs ask for 02:00:00, and queue night allows 00:30:00"),
        ({"gpus": 2}, {"gpus": 1}, "jobs ask for 2 GPU, and a node of night has 1"),
        ({"cpus": 16}, {"cpus": 8}, "jobs ask for 16 cores, and a node of night has 8"),
        ({"queue": None}, {"default": False}, "the cluster has no default queue"),
    ],
)
def test_jobs_that_the_queue_would_refuse_are_found(make_settings, monkeypatch, changes, offered, message):
    night = Partition.model_validate({"name": "night", "default": True} | offered)
    monkeypatch.setattr(queue_checks, "partitions", lambda _: [night])
    assert message in check_queue(make_settings(**changes)).message


@pytest.mark.parametrize("queue", ["night", None])
def test_a_queue_that_fits_is_ok(make_settings, monkeypatch, queue):
    monkeypatch.setattr(
        queue_checks, "partitions", lambda _: [Partition(name="night", default=True, limit_s=7200)]
    )
    found = check_queue(make_settings(queue=queue))
    assert (found.verdict, found.message) == (Verdict.OK, "night takes jobs (at most 02:00:00)")


@pytest.mark.parametrize("engine", QueueSystem)
def test_a_machine_without_the_queue_is_told_so(make_settings, queue_commands, engine):
    queue_commands()
    found = check_queue(make_settings(engine=engine))
    assert f"there is no {engine.value.upper()} on this machine" in found.message


@pytest.mark.parametrize("engine", QueueSystem)
@pytest.mark.parametrize("side_by_side", [1, 4])
def test_what_init_writes_agrees_with_itself(make_settings, engine, side_by_side):
    settings = make_settings(engine=engine, cpus=2, side_by_side=side_by_side)
    write(settings)
    found = check_script(settings)
    assert (found.verdict, found.message) == (
        Verdict.OK,
        "steps begin until 01:48:00 of 02:00:00, 2 thread each",
    )


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("'02:00:00'", "'01:00:00'", "jobs begin steps for 01:48:00, and their walltime is 01:00:00"),
        (" --timeout 6480", "", "jobs begin steps until their time is up"),
        ("+ 7200 ))", "+ 9000 ))", "steps are told that they have 02:30:00, and the walltime is 02:00:00"),
        (
            "cpus_per_task: 1",
            "cpus_per_task: 4",
            "a step has 4 of the cores of a job, and OMP_NUM_THREADS is 1",
        ),
        (
            "  export OMP_NUM_THREADS=1\n",
            "",
            "a step has 1 of the cores of a job, and OMP_NUM_THREADS is not set",
        ),
    ],
)
def test_what_is_edited_in_one_place_only_is_found(make_settings, before, after, message):
    write(make_settings(engine=QueueSystem.PBS))
    file = make_settings().directory / "my_qadapter.yaml"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))
    found = check_script(read_settings(file.parent))
    assert (found.verdict, found.message) == (Verdict.MEND, message)
    assert "my_qadapter.yaml" in found.hint
