"""What a database on this machine tells of its campaigns while they run, and after they were cut off."""

import fcntl
import io
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jobflow import CURRENT_JOB, Flow, JobStore, run_locally
from pydantic import BaseModel
from rich.console import Console

from lithicoat.analysis.mongodb import MongoDatabase
from lithicoat.analysis.records import CampaignRecord
from lithicoat.workflows import marks, progress
from lithicoat.workflows.cli import run
from lithicoat.workflows.commands.standings import as_table, summary
from lithicoat.workflows.estimating import rest_of, run_times
from lithicoat.workflows.film_log import FilmLog
from lithicoat.workflows.marks import Mark
from lithicoat.workflows.progress import Outcome
from lithicoat.workflows.shared_storage import SharedStore
from lithicoat.workflows.standing import CampaignState, FilmState, Standing, StepState, kind_of_step
from lithicoat.workflows.steps import run_alone, science_job, step_directory
from lithicoat.workflows.storage import open_store, sibling
from lithicoat.workflows.survey import survey

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")

NUMBERS = {"sha256": "ab", "protocol": "tiny-1", "seed": 3}
FACTS = {"campaign": "trial", "coating": "A", **NUMBERS}


class Walked(BaseModel):
    steps: int


SEEN: list[dict[str, Any]] = []


@science_job(Walked, version="1")
def walk(steps: int) -> Walked:
    step_directory()
    for step in range(steps):
        progress.report("walk", step, steps, "steps")
        SEEN.extend(open_store(Path("db")).docs_store.query({"running": {"$exists": True}}))
    if steps > 5:
        msg = "too far"
        raise RuntimeError(msg)
    return Walked(steps=steps)


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    SEEN.clear()
    made = open_store(tmp_path / "db")
    record = CampaignRecord(
        name="trial", coatings=("A",), potential="lj", numbers={}, state="running", **NUMBERS
    )
    sibling(made, "campaigns", index="name").update(record.model_dump(mode="json"), key=["name"])
    return made


def _flow(*steps: int) -> Flow:
    jobs = [walk(number) for number in steps]
    for job, number in zip(jobs, steps, strict=True):
        job.name = f"walk {number}"
    record = walk(0)
    record.name = "record"
    flow = Flow([*jobs, record], name="A screening")
    flow.update_metadata(FACTS)
    return flow


def _run(flow: Flow, store: JobStore) -> None:
    with run_alone():
        run_locally(flow, store=store, log=False)


@contextmanager
def _held(directory: Path) -> Iterator[None]:
    with (directory / "lock").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _standings(directory: Path) -> dict[str, Standing]:
    (campaign,) = survey(directory)
    return {step.step: step.standing for step in campaign.films[0].steps}


def _mark(store: JobStore, step: str, *, pid: int) -> None:
    now = datetime.now(UTC)
    facts = {"campaign": "trial", "coating": "A", "host": socket.gethostname()}
    mark = Mark(key=step, uuid="u", step=step, pid=pid, since=now, seen=now, **facts)
    document = {"uuid": f"running-{step}", "running": mark.model_dump(mode="json")}
    store.docs_store.update(document, key=["uuid"])


def test_a_running_step_tells_where_and_how_far_it_is(store: JobStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(marks, "INTERVAL_S", 0.0)
    _run(_flow(3), store)
    first, second = SEEN[0]["running"], SEEN[1]["running"]
    assert first["step"] == second["step"] == "walk 3"
    assert (first["pid"], first["host"]) == (os.getpid(), socket.gethostname())
    assert [seen["running"]["done"] for seen in SEEN[:3]] == [0, 1, 2]
    assert not list(store.docs_store.query({"running": {"$exists": True}}))


def test_marks_are_not_written_at_every_report(store: JobStore):
    _run(_flow(3), store)
    assert [seen["running"]["done"] for seen in SEEN[:3]] == [None, None, None]


def test_a_failed_step_leaves_no_mark_and_listeners_hear_all(store: JobStore):
    heard: list[tuple[str, ...]] = []

    class Listener:
        def started(self, step: str) -> None:
            heard.append(("started", step))

        def advanced(self, label: str, *_: object) -> None:
            heard.append(("advanced", label))

        def ended(self, step: str, outcome: Outcome) -> None:
            heard.append((outcome.value, step))

    with progress.listen(Listener()):
        _run(_flow(6), store)
    assert not list(store.docs_store.query({"running": {"$exists": True}}))
    assert heard[:2] == [("started", "walk 6"), ("advanced", "walk")]
    assert ("failed", "walk 6") in heard


def test_a_mark_that_cannot_be_written_fails_nothing(store: JobStore, monkeypatch: pytest.MonkeyPatch):
    def refuse(self: Any, docs: Any, key: Any = None) -> None:
        if isinstance(docs, dict) and "running" in docs:
            raise OSError
        update(self, docs, key)

    update = type(store.docs_store).update
    monkeypatch.setattr(type(store.docs_store), "update", refuse)
    _run(_flow(2), store)
    assert store.query_one({"name": "walk 2"}) is not None


def test_a_mark_does_not_wait_for_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch):
    """Results wait for minutes; meanwhile a running step computes on."""
    monkeypatch.setattr(marks, "PATIENCE_S", 0.2)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        where = MongoDatabase.parse(f"mongodb://127.0.0.1:{unused.getsockname()[1]}/trial")
    away = SharedStore(where, "jobs")
    away._coll = where.client(patience_s=600)["trial"]["jobs"]
    job = walk(1)
    began = time.monotonic()
    CURRENT_JOB.job, CURRENT_JOB.store = job, JobStore(away)
    try:
        with marks.marked("key", Path("nowhere")):
            progress.report("walk", 1, 2, "steps")
    finally:
        CURRENT_JOB.reset()
    assert time.monotonic() - began < 10
    assert job.metadata["seconds"] < 10


def test_the_run_time_of_a_step_adds_up_its_parts(store: JobStore):
    _run(_flow(6), store)
    (failure,) = store.docs_store.query({"failure.step": "walk 6"})
    spent = Path(failure["failure"]["directory"]) / marks.SPENT
    assert float(spent.read_text()) > 0
    spent.write_text("100.0")
    job = walk(6)
    job.metadata.update(FACTS)
    _run(Flow([job]), store)
    assert 100 < float(spent.read_text()) < 160


def test_a_campaign_that_runs_shows_what_is_planned(store: JobStore, tmp_path: Path):
    flow = _flow(1, 2, 3)
    FilmLog(store, flow).note("walk 1", Outcome.REUSED)
    _mark(store, "walk 2", pid=os.getpid())
    with _held(tmp_path / "db"):
        assert _standings(tmp_path / "db") == {
            "walk 1": Standing.REUSED,
            "walk 2": Standing.RUNNING,
            "walk 3": Standing.WAITING,
        }
        assert survey(tmp_path / "db")[0].state == "running"
    assert _standings(tmp_path / "db")["walk 2"] is Standing.LOST
    assert survey(tmp_path / "db")[0].state == "interrupted"


def test_the_mark_of_a_dead_process_is_no_running_step(store: JobStore, tmp_path: Path):
    _mark(store, "walk 2", pid=2**22 + 1)
    with _held(tmp_path / "db"):
        assert _standings(tmp_path / "db") == {"walk 2": Standing.LOST}


def test_a_film_that_is_over_waits_for_nothing(store: JobStore, tmp_path: Path):
    log = FilmLog(store, _flow(1, 6, 3))
    _run(_flow(1, 6), store)
    log.close()
    (campaign,) = survey(tmp_path / "db")
    (film,) = campaign.films
    assert film.recorded
    assert film.finished == ("walk 1",)
    assert film.failures == {"walk 6": "too far"}
    assert _standings(tmp_path / "db")["walk 3"] is Standing.BLOCKED


def test_a_step_of_another_campaign_counts_as_reused(store: JobStore, tmp_path: Path):
    flow = _flow(1)
    flow.update_metadata({"campaign": "earlier"})
    _run(flow, store)
    FilmLog(store, _flow(1, 2))
    assert _standings(tmp_path / "db") == {"walk 1": Standing.REUSED, "walk 2": Standing.WAITING}


def test_a_plan_with_other_numbers_is_not_believed(store: JobStore, tmp_path: Path):
    flow = _flow(1)
    flow.update_metadata({"seed": 4})
    FilmLog(store, flow)
    assert _standings(tmp_path / "db") == {}


def test_no_database_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["status", "--db", str(tmp_path / "none")]) == 2
    assert "holds no lithicoat database" in capsys.readouterr().err


def test_status_of_a_directory(store: JobStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    FilmLog(store, _flow(1, 2)).note("walk 1", Outcome.DONE)
    assert run(["status"]) == 2  # ./lithicoat.db
    capsys.readouterr()
    assert run(["status", "--db", str(tmp_path / "db"), "--json"]) == 0
    (state,) = json.loads(capsys.readouterr().out)
    assert [step["standing"] for step in state["films"][0]["steps"]] == ["finished", "waiting"]
    assert state["films"][0]["engine"] == "screen"


def test_kinds_forget_the_replica():
    names = ("diffusion 900 K", "diffusion 900 K #2", "diffusion 900 K #2 by member 3")
    assert {kind_of_step(name) for name in names} == {"diffusion 900 K"}


def _steps(**standings: Standing) -> list[StepState]:
    now = datetime.now(UTC)
    return [
        StepState(
            step=name.replace("_", " "),
            standing=standing,
            since=now - timedelta(seconds=40) if standing is Standing.RUNNING else None,
        )
        for name, standing in standings.items()
    ]


def test_the_rest_is_what_waits_and_what_is_left_of_what_runs():
    typical = run_times([("relax", 100.0), ("relax #2", 140.0), ("relax #3", 900.0), ("run 600 K", 1000.0)])
    assert typical["relax"] == 140  # the median: one slow step does not count for all
    waiting, running = Standing.WAITING, Standing.RUNNING
    steps = _steps(
        relax=running, relax_again=waiting, run_900_K=waiting, anneal=waiting, done=Standing.FAILED
    )
    rest = rest_of(steps, typical, now=datetime.now(UTC))
    assert rest.steps_s == pytest.approx(100 + 140 + 1000, abs=1)
    assert (rest.unknown, rest.known, rest.at_once) == (1, 3, 1)
    assert rest.wall_s == rest.steps_s


def test_a_step_that_takes_longer_than_usual_is_about_to_end():
    rest = rest_of(_steps(relax=Standing.RUNNING), {"relax": 10.0}, now=datetime.now(UTC))
    assert rest.steps_s == 0


def test_the_end_is_unknown_while_nothing_runs():
    rest = rest_of(_steps(relax=Standing.WAITING), {"relax": 10.0}, now=datetime.now(UTC))
    assert rest.wall_s is None
    assert rest.steps_s == 10


def _campaign(films: int) -> CampaignState:
    quiet = _steps(relax=Standing.WAITING)
    loud = _steps(relax=Standing.RUNNING)
    return CampaignState(
        name="large",
        state="running",
        potential="lj",
        protocol="tiny-1",
        updated_at=datetime.now(UTC),
        rest_s=3600.0,
        rest_steps_s=7200.0,
        unknown=3,
        films=tuple(
            FilmState(
                coating=f"F{number}",
                recorded=False,
                finished=(),
                failures={},
                steps=tuple(loud if number % 50 == 0 else quiet),
            )
            for number in range(films)
        ),
    )


def _printed(campaign: CampaignState) -> str:
    console = Console(width=80, file=io.StringIO())
    console.print(as_table([campaign]))
    return str(console.file.getvalue())


def test_of_many_films_only_those_with_news_are_listed():
    text = _printed(_campaign(1000))
    assert "F50 " in text
    assert "F51 " not in text
    assert "and 980 films in which nothing runs and nothing failed" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "F9 " in _printed(_campaign(10))


def test_the_summary_says_what_it_leaves_out():
    counts, rest = summary(_campaign(100))
    assert counts == "0 of 100 films done; steps: 0 finished · 2 running · 98 waiting"
    assert rest == (
        "about 2.0 h of run time left, 60 min with 2 steps at once, "
        "not counting 3 of which none like it has finished"
    )
