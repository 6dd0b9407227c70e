"""Campaigns on a LaunchPad: where each step stands, and what a retry does with it."""

import json
import os
import socket
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fireworks import Firework, FWAction, FWorker, LaunchPad, PyTask, Workflow
from fireworks.utilities.fw_serializers import SAVED_FW_MODULES

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mongodb import MongoDatabase
from lithicoat.analysis.records import CampaignRecord
from lithicoat.workflows.cli import run
from lithicoat.workflows.cluster.launching import launchpad_at
from lithicoat.workflows.cluster.pinging import Pinging, pinging
from lithicoat.workflows.commands.status import watch
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.marks import Mark
from lithicoat.workflows.standing import CampaignState, Engine, Standing
from lithicoat.workflows.survey import survey

FACTS = {"campaign": "trial", "sha256": "ab", "protocol": "tiny-1", "seed": 3}
STEPS = ("build", "relax", "relax #2", "elastic", "diffusion 900 K", "record")
PARENTS = {
    "relax": ["build"],
    "relax #2": ["build"],
    "elastic": ["relax"],
    "diffusion 900 K": ["relax #2"],
    "record": ["elastic", "diffusion 900 K"],
}
EXPIRATION_S = 1200.0


class Queue:
    """Makes workflows of one film each and moves their Fireworks from state to state, as a rocket does."""

    def __init__(self, uri: str) -> None:
        self.where = MongoDatabase.parse(uri)
        self.launchpad: LaunchPad = launchpad_at(self.where)
        self.ids: dict[tuple[str, str], int] = {}
        self.launches: dict[int, int] = {}

    def collection(self, name: str) -> Any:
        return self.launchpad.db[name]

    def campaign(self, *coatings: str, **changes: Any) -> None:
        record = CampaignRecord(
            coatings=coatings,
            potential="lj",
            numbers={},
            state="running",
            **{"name": "trial", **_numbers(), **changes},
        )
        self.collection("campaigns").insert_one(record.model_dump(mode="json"))

    def add(self, coating: str, *, tolerant: Sequence[str] = ("record",), **facts: Any) -> None:
        metadata = {**FACTS, "coating": coating, **facts}
        fireworks: dict[str, Firework] = {}
        for step in STEPS:
            fireworks[step] = Firework(
                [PyTask(func="time.time")],
                name=f"{coating} · {step}",
                spec={**metadata, "_allow_fizzled_parents": step in tolerant},
                parents=[fireworks[parent] for parent in PARENTS.get(step, [])],
            )
        workflow = Workflow(list(fireworks.values()), name=f"{coating} screening [trial]", metadata=metadata)
        known = self.launchpad.add_wf(workflow)
        for step, firework in fireworks.items():
            self.ids[coating, step] = known.get(firework.fw_id, firework.fw_id)

    def begin(self, coating: str, step: str, *, silent_s: float = 0.0) -> int:
        fw_id = self.ids[coating, step]
        firework, launch = self.launchpad.checkout_fw(FWorker(), str(Path.cwd()), fw_id, host="node07")
        assert firework.fw_id == fw_id
        self.launches[fw_id] = launch
        if silent_s:
            self.launchpad.ping_launch(launch, ptime=datetime.now(UTC) - timedelta(seconds=silent_s))
        return launch

    def end(self, coating: str, step: str, *, state: str = "COMPLETED", **stored: Any) -> None:
        fw_id = self.ids[coating, step]
        launch = self.launches.get(fw_id) or self.begin(coating, step)
        self.launchpad.complete_launch(launch, FWAction(stored_data=stored), state)

    def finish(self, coating: str, *steps: str) -> None:
        for step in steps:
            self.end(coating, step)

    def fail(self, coating: str, step: str, reason: str = "") -> None:
        self.end(
            coating, step, state="FIZZLED", _exception={"_stacktrace": "Traceback\nImportError: no mace\n"}
        )
        if reason:
            failure = {"step": step, "reason": reason, "coating": coating, "campaign": "trial"}
            self.collection("jobs").insert_one({"uuid": f"failure-{coating}{step}", "failure": failure})

    def state(self, coating: str, step: str) -> str:
        return self.launchpad.get_fw_dict_by_id(self.ids[coating, step])["state"]

    def look(self) -> CampaignState:
        (found,) = survey(self.where, campaign="trial", expiration_s=EXPIRATION_S)
        return found

    def standings(self, coating: str) -> dict[str, Standing]:
        (film,) = [film for film in self.look().films if film.coating == coating]
        return {step.step: step.standing for step in film.steps}

    def step(self, coating: str, name: str) -> Any:
        (film,) = [film for film in self.look().films if film.coating == coating]
        (step,) = [step for step in film.steps if step.step == name]
        return step


def _numbers() -> dict[str, Any]:
    return {"sha256": "ab", "protocol": "tiny-1", "seed": 3}


@pytest.fixture
def queue(mongo_uri: str, monkeypatch: pytest.MonkeyPatch) -> Queue:
    # or FireWorks looks for the class in all of its modules, its tests among them
    monkeypatch.setitem(SAVED_FW_MODULES, "PyTask", "fireworks.user_objects.firetasks.script_task")
    made = Queue(mongo_uri)
    made.campaign("A", "B")
    return made


@pytest.fixture
def call(queue: Queue, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Run a command on the queue with the pings of a cluster; return exit code and stdout (or the error)."""
    cluster = tmp_path / "cluster"
    cluster.mkdir()
    (cluster / "FW_config.yaml").write_text("PING_TIME_SECS: 300\nRUN_EXPIRATION_SECS: 1200\n")

    def command(*arguments: str) -> tuple[int, str]:
        uri = str(queue.launchpad.host)
        code = run([*arguments, "--db", uri])
        told = capsys.readouterr()
        return code, told.out or told.err

    return command


def test_every_state_of_a_film_is_told_apart(queue: Queue):
    queue.add("A")
    queue.finish("A", "build")
    queue.end("A", "relax", reused=True)
    queue.begin("A", "relax #2")
    queue.begin("A", "elastic", silent_s=4000)
    film = queue.look().films[0]
    assert film.engine is Engine.FIREWORKS
    assert queue.standings("A") == {
        "build": Standing.FINISHED,
        "relax": Standing.REUSED,
        "relax #2": Standing.RUNNING,
        "elastic": Standing.LOST,
        "diffusion 900 K": Standing.WAITING,
    }
    assert film.finished == ("build", "relax")
    assert not film.recorded
    running = queue.step("A", "relax #2")
    assert running.host == "node07"
    assert abs((datetime.now(UTC) - running.since).total_seconds()) < 60
    assert "no sign of life since" in queue.step("A", "elastic").reason


def test_a_failure_blocks_what_needs_it_and_says_why(queue: Queue):
    queue.add("A")
    queue.finish("A", "build")
    queue.fail("A", "relax", "not converged after 500 steps")
    queue.fail("A", "relax #2")
    standings = queue.standings("A")
    assert standings["relax"] is standings["relax #2"] is Standing.FAILED
    assert standings["elastic"] is standings["diffusion 900 K"] is Standing.BLOCKED
    (film, _) = queue.look().films
    assert film.failures == {"relax": "not converged after 500 steps", "relax #2": "ImportError: no mace"}
    assert queue.step("A", "elastic").reason == "relax before it failed"


def test_a_step_that_fails_for_want_of_an_input_is_blocked(queue: Queue):
    """It has no reason of its own in the job store; those of the steps before it are told once."""
    queue.add("A", tolerant=STEPS)
    queue.finish("A", "build")
    queue.fail("A", "relax", "not converged")
    assert queue.standings("A")["elastic"] is Standing.WAITING
    queue.fail("A", "elastic")
    assert queue.standings("A")["elastic"] is Standing.BLOCKED
    queue.finish("A", "relax #2", "diffusion 900 K", "record")
    (film, _) = queue.look().films
    assert film.recorded
    assert film.failures == {"relax": "not converged"}


def test_a_step_cut_in_parts_stands_where_its_last_part_stands(queue: Queue):
    """A step whose time was up is COMPLETED with a detour that has the same job."""
    queue.add("A")
    first = queue.ids["A", "build"]
    job = {"spec._tasks.0.job": {"uuid": "u1", "name": "build"}}
    queue.collection("fireworks").update_one({"fw_id": first}, {"$set": job})
    launch = queue.begin("A", "build")
    again = Firework([PyTask(func="time.time")], name="build", spec=FACTS)
    queue.launchpad.complete_launch(launch, FWAction(detours=[again]), "COMPLETED")
    (second,) = queue.launchpad.get_fw_ids({"name": "build"})
    queue.collection("fireworks").update_one({"fw_id": second}, {"$set": job})
    assert queue.standings("A")["build"] is Standing.WAITING
    assert list(queue.standings("A")).count("build") == 1
    queue.launchpad.checkout_fw(FWorker(), str(Path.cwd()), second)
    assert queue.step("A", "build").fw_id == second
    assert queue.standings("A")["build"] is Standing.RUNNING


def test_progress_and_life_come_from_the_mark_of_the_step(queue: Queue):
    queue.add("A")
    fw_id = queue.ids["A", "build"]
    queue.collection("fireworks").update_one(
        {"fw_id": fw_id}, {"$set": {"spec._tasks.0.job": {"uuid": "u1", "name": "build"}}}
    )
    queue.begin("A", "build", silent_s=4000)
    assert queue.standings("A")["build"] is Standing.LOST
    now = datetime.now(UTC)
    facts = {"key": "k", "uuid": "u1", "step": "build", "campaign": "trial", "coating": "A"}
    mark = Mark(**facts, host="node07", pid=1, since=now, seen=now, done=1.5, total=5.0, unit="ps")
    queue.collection("jobs").insert_one({"uuid": "running-k", "running": mark.model_dump(mode="json")})
    step = queue.step("A", "build")
    assert step.standing is Standing.RUNNING
    assert (step.done, step.total, step.unit) == (1.5, 5.0, "ps")


def test_steps_stand_in_the_order_they_run(queue: Queue):
    """FireWorks numbers a single workflow from its end, and several together from their beginning."""
    queue.add("A")
    assert tuple(queue.standings("A")) == STEPS[:-1]
    spec = {**FACTS, "coating": "B"}
    fireworks: list[Firework] = []
    for step in STEPS:
        task = PyTask(func="time.time")
        fireworks.append(Firework([task], name=f"B · {step}", spec=spec, parents=fireworks[-1:]))
    queue.launchpad.bulk_add_wfs([Workflow(fireworks, metadata=spec)])
    assert tuple(queue.standings("B")) == STEPS[:-1]


def test_the_newest_workflow_of_a_film_counts(queue: Queue):
    queue.add("A")
    queue.fail("A", "build")
    queue.add("A")
    queue.add("A", seed=4)
    assert queue.standings("A")["build"] is Standing.WAITING
    assert queue.look().state == "waiting"


def test_a_campaign_ends_when_nothing_can_run_any_more(queue: Queue):
    queue.add("A")
    queue.add("B")
    assert queue.look().state == "waiting"
    queue.finish("A", *STEPS)
    queue.begin("B", "build")
    assert queue.look().state == "running"
    queue.end("B", "build", state="FIZZLED")
    state = queue.look()
    assert state.state == "finished"
    assert [film.recorded for film in state.films] == [True, False]


def test_the_rest_is_estimated_from_steps_of_the_same_kind(queue: Queue):
    queue.add("A")
    queue.add("B")
    times = {"build": 10.0, "relax": 100.0, "relax #2": 300.0}
    for step, seconds in times.items():
        queue.finish("A", step)
        document = {"name": step, "metadata": {**FACTS, "coating": "A", "seconds": seconds}}
        queue.collection("jobs").insert_one({"uuid": f"A{step}", **document})
    other = {"name": "elastic", "metadata": {**FACTS, "protocol": "long-1", "coating": "A", "seconds": 9e9}}
    queue.collection("jobs").insert_one({"uuid": "other", **other})
    queue.begin("A", "elastic")
    state = queue.look()
    assert state.rest_steps_s == pytest.approx(10 + 2 * 200, abs=5)
    assert state.unknown == 4  # elastic and diffusion of both films
    assert state.rest_s == state.rest_steps_s  # one step runs


def test_an_unknown_campaign_is_refused(queue: Queue):
    with pytest.raises(UsageError, match="there is no campaign other"):
        survey(queue.where, campaign="other", expiration_s=EXPIRATION_S)


def test_status_prints_films_and_steps(queue: Queue, call: Callable[..., tuple[int, str]]):
    queue.add("A")
    queue.add("B")
    queue.finish("A", "build")
    queue.fail("A", "relax", "not converged")
    queue.begin("A", "relax #2")
    queue.begin("B", "build", silent_s=4000)
    code, told = call("status")
    assert code == 0
    assert "campaign trial   running   FireWorks" in told
    assert "build ✓  relax ✗▶  elastic –" in told
    assert "✗ A relax failed: not converged" in told
    assert "▶ A relax #2 running on node07" in told
    assert "? B build lost: no sign of life" in told
    assert "0 of 2 films done" in told
    assert "lithicoat retry --lost puts lost steps back" in told
    code, told = call("status", "--json")
    (state,) = json.loads(told)
    assert state["films"][0]["failures"] == {"relax": "not converged"}
    assert {step["standing"] for step in state["films"][1]["steps"]} == {"lost", "waiting"}


def test_watch_tells_changes_and_ends_with_the_campaign(
    queue: Queue, call: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
):
    queue.add("A")
    queue.begin("A", "build")
    events = iter([lambda: queue.end("A", "build"), lambda: queue.finish("A", *STEPS[1:])])
    waited = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        next(events)()

    (film, *_) = queue.look().films
    assert film.coating == "A"
    queue.collection("campaigns").update_one({"name": "trial"}, {"$set": {"coatings": ["A"]}})
    monkeypatch.setattr(watch, "__kwdefaults__", {"pause": pause})
    code, told = call("status", "--watch", "2.5")
    assert code == 0
    assert waited == [2.5, 2.5]
    lines = [line.split(" ", 1)[1] for line in told.splitlines()]
    assert lines[0] == "A build running on node07"
    assert "A build finished" in lines
    assert lines[-1].startswith("trial finished: 1 of 1 films done; steps: 5 finished")


def test_watch_outlasts_a_database_that_goes_and_comes(queue: Queue, capsys: pytest.CaptureFixture[str]):
    queue.add("A")
    running = queue.look()
    answers = iter(
        [running, DataError("no MongoDB answers"), running.model_copy(update={"state": "finished"})]
    )

    def look() -> list[CampaignState]:
        answer = next(answers)
        if isinstance(answer, DataError):
            raise answer
        return [answer]

    watch(look, every_s=1.0, pause=lambda _: None)
    assert capsys.readouterr().err == "no MongoDB answers; asking again\n"
    assert next(answers, None) is None


def test_a_watch_of_nothing_is_refused_at_once():
    def look() -> list[CampaignState]:
        raise DataError("no MongoDB answers")

    with pytest.raises(DataError, match="no MongoDB answers"):
        watch(look, every_s=1.0, pause=lambda _: None)


def test_a_watch_is_left_with_an_interrupt(queue: Queue):
    queue.add("A")
    looks = []

    def look() -> list[CampaignState]:
        looks.append(1)
        if len(looks) > 1:
            raise KeyboardInterrupt
        return [queue.look()]

    watch(look, every_s=1.0, pause=lambda _: None)
    assert len(looks) == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["status", "5"], "seconds between two looks go with --watch"),
        (["status", "--watch", "--json"], "--watch and --json exclude each other"),
        (["status", "--campaign", "other"], "there is no campaign other"),
        (["retry", "--campaign", "other"], "there is no campaign other"),
        (["retry", "C"], "campaign trial has no film C"),
        (["retry", "A"], "was sent to a queue"),
    ],
)
def test_wrong_questions_get_one_sentence(
    call: Callable[..., tuple[int, str]], arguments: list[str], sentence: str
):
    code, told = call(*arguments)
    assert code == 2
    assert sentence in told


def test_retry_puts_back_failed_and_lost_steps_only(queue: Queue, call: Callable[..., tuple[int, str]]):
    queue.add("A")
    queue.finish("A", "build")
    queue.fail("A", "relax", "node out of memory")
    queue.begin("A", "relax #2", silent_s=4000)
    queue.add("B")
    queue.begin("B", "build")
    code, told = call("retry", "--json")
    assert code == 0
    done = json.loads(told)
    assert [(step["step"], step["standing"]) for step in done["again"]] == [
        ("relax #2", "lost"),
        ("relax", "failed"),
    ]
    assert queue.state("A", "relax") == queue.state("A", "relax #2") == "READY"
    assert queue.state("A", "build") == "COMPLETED"
    assert queue.state("B", "build") == "RUNNING"
    assert queue.standings("A")["elastic"] is Standing.WAITING


def test_retry_of_lost_runs_leaves_the_failed(queue: Queue, call: Callable[..., tuple[int, str]]):
    queue.add("A")
    queue.finish("A", "build")
    queue.fail("A", "relax", "C3-O7 broke")
    queue.begin("A", "relax #2", silent_s=4000)
    code, told = call("retry", "--lost")
    assert code == 0
    assert "back in the queue: A relax #2 (lost: no sign of life" in told
    assert "left: A relax (failed" in told
    assert queue.state("A", "relax") == "FIZZLED"
    assert queue.state("A", "relax #2") == "READY"


def test_what_still_pings_is_never_started_twice(queue: Queue, call: Callable[..., tuple[int, str]]):
    queue.add("A")
    queue.begin("A", "build", silent_s=600)  # two pings of five minutes
    for arguments in (["retry"], ["retry", "--lost", "A"]):
        code, told = call(*arguments)
        assert code == 2
        assert "A build runs on node07" in told
    assert queue.state("A", "build") == "RUNNING"


def test_a_step_before_a_running_one_waits_with_its_retry(queue: Queue, call: Callable[..., tuple[int, str]]):
    """FireWorks would take the record back while it is being written."""
    queue.add("A")
    queue.finish("A", "build", "relax", "relax #2", "diffusion 900 K")
    queue.fail("A", "elastic", "blown up")
    queue.add("B")
    queue.fail("B", "build", "no such file")
    allowed = queue.begin("A", "record")
    # the record has no line of its own; let a step stand in for it
    queue.collection("fireworks").update_one(
        {"fw_id": queue.ids["A", "record"]}, {"$set": {"name": "A · gather"}}
    )
    code, told = call("retry")
    assert code == 0
    assert "left: A elastic (failed: gather, which follows it, still runs on node07" in told
    assert "back in the queue: B build" in told
    assert queue.state("A", "elastic") == "FIZZLED"
    assert queue.launchpad.get_launch_by_id(allowed).state == "RUNNING"


def test_a_run_that_ended_as_its_process_died_is_settled(queue: Queue, call: Callable[..., tuple[int, str]]):
    queue.add("A")
    launch = queue.begin("A", "build", silent_s=4000)
    ended = {"state": "COMPLETED", "action": FWAction().to_dict()}
    queue.collection("launches").update_one({"launch_id": launch}, {"$set": ended})
    code, told = call("retry", "--lost", "--json")
    assert code == 0
    assert [step["step"] for step in json.loads(told)["settled"]] == ["build"]
    assert queue.state("A", "build") == "COMPLETED"
    assert queue.state("A", "relax") == "READY"


def test_retry_with_nothing_to_do_says_so(queue: Queue, call: Callable[..., tuple[int, str]]):
    queue.add("A")
    queue.finish("A", *STEPS)
    code, told = call("retry")
    assert code == 0
    assert "nothing has failed and nothing was lost" in told


def test_films_screened_here_are_run_again_by_screen(call: Callable[..., tuple[int, str]], tmp_path: Path):
    code, told = call("retry")
    assert code == 2
    assert "run the same lithicoat screen again" in told.lower()
    assert run(["retry", "--db", str(tmp_path)]) == 2


def test_a_database_without_campaigns_is_told(mongo_uri: str, capsys: pytest.CaptureFixture[str]):
    assert run(["retry", "--db", mongo_uri]) == 2
    assert "holds no campaign" in capsys.readouterr().err


def test_a_film_of_this_machine_on_mongodb_is_alive_as_its_process_is(queue: Queue):
    now = datetime.now(UTC)
    facts = {"key": "k", "uuid": "u", "step": "relax", "campaign": "trial", "host": socket.gethostname()}
    for coating, pid in (("A", os.getpid()), ("B", 2**22 + 1)):
        mark = Mark(**facts, coating=coating, pid=pid, since=now, seen=now)
        document = {"uuid": f"running-{coating}", "running": mark.model_dump(mode="json")}
        queue.collection("jobs").insert_one(document)
    assert queue.standings("A") == {"relax": Standing.RUNNING}
    assert queue.standings("B") == {"relax": Standing.LOST}
    assert queue.look().state == "running"


def test_a_run_is_lost_after_several_pings_at_the_earliest():
    assert Pinging(ping_s=300, asked_s=0.1).expiration_s == 900
    assert Pinging(ping_s=300, asked_s=1200).expiration_s == 1200


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("PING_TIME_SECS: [", "is not YAML"),
        ("- 1", "is not YAML"),
        ("PING_TIME_SECS: often", "have to be positive"),
        ("RUN_EXPIRATION_SECS: 0", "have to be positive"),
    ],
)
def test_wrong_pings_are_refused(tmp_path: Path, text: str, sentence: str):
    (tmp_path / "FW_config.yaml").write_text(text)
    with pytest.raises(UsageError, match=sentence):
        pinging(tmp_path)
