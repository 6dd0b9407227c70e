"""A campaign on FireWorks: what is written, that it runs, and that time running out loses nothing."""

import subprocess
import sys
import time

import pytest
from fireworks import FWorker
from fireworks.core.rocket_launcher import rapidfire

from lithicoat.analysis.database import read_campaigns
from lithicoat.analysis.mongodb import located
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.workflows.campaign import Campaign, conclude
from lithicoat.workflows.cluster.categories import Category, category_of
from lithicoat.workflows.cluster.converting import workflow_of
from lithicoat.workflows.cluster.launching import launchpad_at, shared
from lithicoat.workflows.cluster.submitting import submit
from lithicoat.workflows.cluster.tasks import StepTask
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.registry import resolve
from lithicoat.workflows.protocols import Preset, preset
from lithicoat.workflows.screening import ScreeningMaker
from lithicoat.workflows.storage import open_store, sibling


def campaign(*names: str, **changes: object) -> Campaign:
    entries = load_catalog()
    return Campaign(
        **{
            "name": "trial",
            "coatings": tuple(entries.find(name) for name in names),
            "potential": resolve("mace-lithicoat-1"),
            "protocol": preset(Preset.QUICK),
            "seed": 0,
            **changes,
        }
    )


def flow_of(name: str = "LiF"):
    given = campaign(name)
    maker = ScreeningMaker(protocol=given.protocol)
    return maker.make(given.coatings[0], given.potential, seed=0, campaign="trial")


@pytest.fixture
def database(mongo_uri):
    return located(mongo_uri)


def run_here(launchpad, directory, *, launches=1):
    directory.mkdir(exist_ok=True)
    rapidfire(launchpad, FWorker("here"), m_dir=str(directory), nlaunches=launches, strm_lvl="CRITICAL")


def test_a_workflow_has_the_steps_of_the_flow_with_readable_names():
    flow = flow_of()
    workflow = workflow_of(flow, "mongodb://host/name")
    assert {fw.name for fw in workflow.fws} == {f"LiF · {job.name}" for job in flow.jobs}
    assert workflow.name == "LiF screening [trial]"
    assert workflow.metadata["coating"] == "LiF"
    assert workflow.metadata["steps"] == len(flow.jobs)


def test_later_steps_come_first_and_dynamics_go_to_gpus():
    on_gpus = workflow_of(flow_of(), "mongodb://host/name", priority=10, gpus=True)
    specs = {fw.name.partition(" · ")[2]: fw.spec for fw in on_gpus.fws}
    assert specs["diffusion 900 K"]["_category"] == "gpu"
    assert specs["elastic"]["_category"] == specs["record"]["_category"] == "cpu"
    assert 10 == specs["build"]["_priority"] < specs["record"]["_priority"]
    anywhere = workflow_of(flow_of(), "mongodb://host/name")
    assert {fw.spec["_category"] for fw in anywhere.fws} == {"cpu"}
    assert category_of("anneal #2") is Category.GPU


def test_steps_can_be_kept_for_the_workers_of_one_name(database):
    launchpad = launchpad_at(database)
    submit(campaign("LiF"), database, launchpad, worker="owls", gpus=True)
    assert launchpad.run_exists(FWorker("owls", category=["cpu"]))
    assert not launchpad.run_exists(FWorker("larks", category=["cpu"]))
    assert not launchpad.run_exists(FWorker("owls", category=["gpu"]))  # the first step needs none


def test_a_step_survives_being_written():
    flow = flow_of()
    for job in flow.jobs:
        written = StepTask(job=job, store="mongodb://host/name").to_dict()
        again = StepTask.from_dict(written)["job"]
        assert again.maker == job.maker
        assert again.uuid == job.uuid
        assert again.config == job.config
        assert StepTask(job=again, store="x").to_dict()["job"] == written["job"]


def test_a_campaign_is_written_once(database):
    launchpad, given = launchpad_at(database), campaign("LiF", "Li2O")
    first = submit(given, database, launchpad)
    assert (first.added, first.there) == (["LiF", "Li2O"], {})
    assert first.steps == launchpad.fireworks.count_documents({})
    again = submit(campaign("LiF", "Li2O", "Li2S"), database, launchpad)
    assert (again.added, set(again.there)) == (["Li2S"], {"LiF", "Li2O"})
    assert len(launchpad.get_wf_ids()) == 3
    (record,) = read_campaigns(database)
    assert record.coatings == ("LiF", "Li2O", "Li2S")


def test_a_campaign_is_finished_when_its_last_film_is(database):
    given, launchpad, store = campaign("LiF", "Li2O"), launchpad_at(database), open_store(database)
    submit(given, database, launchpad)
    records = sibling(store, "records", index="coating")
    facts = {"sha256": given.potential.sha256, "protocol": given.protocol.label, "seed": given.seed}
    records.update({"coating": "LiF", **facts}, key=["coating"])
    records.update({"coating": "Li2O", **facts, "seed": 1}, key=["coating", "seed"])
    assert not conclude(store, "trial")
    assert read_campaigns(database)[0].state == "running"
    records.update({"coating": "Li2O", **facts}, key=["coating", "seed"])
    assert conclude(store, "trial")
    assert read_campaigns(database)[0].state == "finished"
    submit(given, database, launchpad)
    assert read_campaigns(database)[0].state == "finished"  # nothing was added
    assert not conclude(store, "another")


def test_submit_says_what_it_sent_and_draws_no_bars(mongo_uri, tmp_path):
    words = [sys.executable, "-c", "from lithicoat.workflows.cli import main; main()", "submit", "LiF"]
    options = ["--preset", "quick", "--name", "trial", "--db", mongo_uri]
    told = subprocess.run([*words, *options], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("campaign trial: 1 films with 15 steps sent to mongodb://")
    assert told.stderr == ""


def test_another_seed_is_another_campaign(database):
    launchpad = launchpad_at(database)
    submit(campaign("LiF"), database, launchpad)
    assert submit(campaign("LiF", seed=1), database, launchpad).added == ["LiF"]


def test_a_step_runs_in_the_database_it_was_sent_with(database, tmp_path, monkeypatch):
    monkeypatch.setenv("LITHICOAT_FILES", str(tmp_path / "files"))
    launchpad = launchpad_at(database)
    submit(campaign("LiF"), database, launchpad)
    run_here(launchpad, tmp_path / "launches")
    (done,) = launchpad.fireworks.find({"state": "COMPLETED"})
    (document,) = open_store(database).query({"uuid": {"$exists": True}}, properties=["name", "uuid"])
    assert done["name"] == f"LiF · {document['name']}"


def test_a_step_that_runs_out_of_time_goes_on_in_a_further_firework(database, tmp_path, monkeypatch):
    monkeypatch.setenv("LITHICOAT_FILES", str(tmp_path / "files"))
    launchpad = launchpad_at(database)
    submit(campaign("LiF"), database, launchpad)
    launchpad.fireworks.update_many({"name": "LiF · build"}, {"$set": {"spec._priority": 99}})
    before = launchpad.fireworks.count_documents({})
    monkeypatch.setenv("LITHICOAT_DEADLINE", f"{time.time() + 30:.0f}")  # less than two margins
    run_here(launchpad, tmp_path / "launches")
    build = [fw["state"] for fw in launchpad.fireworks.find({"name": "LiF · build"})]
    assert sorted(build) == ["COMPLETED", "READY"]
    assert launchpad.fireworks.count_documents({}) == before + 1
    relax = launchpad.fireworks.find_one({"name": "LiF · relax"})
    assert relax["state"] == "WAITING"  # for the further one
    monkeypatch.delenv("LITHICOAT_DEADLINE")
    run_here(launchpad, tmp_path / "launches")
    assert launchpad.fireworks.find_one({"name": "LiF · relax"})["state"] == "READY"


def test_fireworks_needs_a_database_that_all_nodes_reach(tmp_path):
    with pytest.raises(UsageError, match="is a directory"):
        shared(tmp_path)
