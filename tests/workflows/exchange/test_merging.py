"""Archives and other databases come into one that is there."""

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import litemongo
import pytest

from lithicoat.analysis.database import read_campaigns, read_records
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.exchange import write_archive
from lithicoat.analysis.exchange.step_documents import KINDS
from lithicoat.analysis.mongodb import located
from lithicoat.analysis.records import CampaignRecord
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.exchange.campaigns import housed
from lithicoat.workflows.exchange.importing import import_archive
from lithicoat.workflows.exchange.merging import merge_databases
from lithicoat.workflows.locking import own_database
from lithicoat.workflows.potentials.registry import DEFAULT_POTENTIAL, resolve
from lithicoat.workflows.protocols import Preset, preset
from lithicoat.workflows.screening import ScreeningMaker
from lithicoat.workflows.survey import survey

Make = Callable[..., Path]
LATER = "2026-03-01T00:00:00Z"


def _jobs(database: Path) -> list[dict]:
    return list(litemongo.connect(f"file:{database}")["lithicoat"]["jobs"].find({}))


def _content(database: Path) -> tuple[set[str], set[str], set[str]]:
    """Return records, computations and campaigns as sets, whatever their campaigns are called."""
    records = {record.model_dump_json(exclude={"campaign"}) for record in read_records(database)}
    keys = {job["metadata"]["key"] for job in _jobs(database)}
    campaigns = {
        json.dumps([one.sha256, one.protocol, one.seed, sorted(one.coatings)])
        for one in read_campaigns(database)
    }
    return records, keys, campaigns


def test_an_archive_comes_once(small_database: Make, tmp_path: Path):
    database = small_database()
    write_archive(database, tmp_path / "a.zip")
    goal = small_database("ours.db", films=("LiHQ",), campaign="ours")
    added = import_archive(tmp_path / "a.zip", goal)
    assert (added.records, added.steps, added.campaigns) == (2, 2, ("first",))
    assert [record.coating for record in read_records(goal)] == ["LiHQ", "Li2S", "LiGL"]
    again = import_archive(tmp_path / "a.zip", goal)
    assert again.nothing
    assert (again.same, again.known_steps) == (2, 2)


def test_what_was_imported_looks_finished_and_says_where_it_is_from(small_database: Make, tmp_path: Path):
    write_archive(small_database(), tmp_path / "a.zip")
    import_archive(tmp_path / "a.zip", tmp_path / "new.db")
    (state,) = survey(tmp_path / "new.db")
    assert all(film.recorded and film.finished == ("compare replicas",) for film in state.films)
    assert len({job["metadata"]["imported"] for job in _jobs(tmp_path / "new.db")}) == 1


def test_computations_may_stay_behind(small_database: Make, tmp_path: Path):
    write_archive(small_database(), tmp_path / "a.zip")
    assert import_archive(tmp_path / "a.zip", tmp_path / "new.db", steps=False).steps == 0
    assert _jobs(tmp_path / "new.db") == []


def test_half_a_document_is_refused_before_anything_is_written(small_database: Make, tmp_path: Path):
    database = small_database(films=("LiGL",))
    jobs = litemongo.connect(f"file:{database}")["lithicoat"]["jobs"]
    jobs.update_one({}, {"$unset": {"output.reasons": 1}})
    write_archive(database, tmp_path / "a.zip")
    with pytest.raises(
        DataError, match=r"compare replicas of LiGL .* has not the form of a Verdict: reasons"
    ):
        import_archive(tmp_path / "a.zip", tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()
    with pytest.raises(DataError, match="has not the form of a Verdict"):
        merge_databases(database, tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()


def test_a_computation_does_not_take_the_name_of_another(small_database: Make, tmp_path: Path):
    database = small_database(films=("LiGL",))
    write_archive(database, tmp_path / "a.zip")
    goal = small_database("ours.db", films=("LiHQ",))
    name = _jobs(database)[0]["uuid"]
    litemongo.connect(f"file:{goal}")["lithicoat"]["jobs"].update_one({}, {"$set": {"uuid": name}})
    with pytest.raises(DataError, match="has the name of another"):
        import_archive(tmp_path / "a.zip", goal)


def test_a_database_in_use_takes_nothing_in(small_database: Make, tmp_path: Path):
    write_archive(small_database(), tmp_path / "a.zip")
    goal = small_database("ours.db")
    with (
        own_database(goal, "campaign x"),
        pytest.raises(UsageError, match="is in use by campaign x"),
    ):
        import_archive(tmp_path / "a.zip", goal)


def test_both_orders_give_the_same(small_database: Make):
    here = {"films": ("LiGL", "LiHQ"), "value": 1.0}
    there = {"films": ("LiGL", "Li2S"), "value": 2.0, "created_at": LATER}
    other = {"films": ("LiTEA",), "seed": 7}
    a, b = small_database("a.db", **here), small_database("b.db", **there)
    small_database("b.db", **other, campaign="second")
    a2, b2 = small_database("a2.db", **here), small_database("b2.db", **there)
    small_database("b2.db", **other, campaign="second")
    one, two = merge_databases(b, a), merge_databases(a2, b2)
    assert _content(a) == _content(b2)
    assert len(one.replaced) == len(two.older) == 1
    assert "LiGL (chgnet, quick-1, seed 0): the one of 2026-03-01" in one.replaced[0]
    assert one.united == ("first",)
    assert merge_databases(b, a).nothing
    assert merge_databases(b2, a).nothing


def test_records_made_at_the_same_moment_are_chosen_alike(small_database: Make):
    a, b = small_database("a.db", value=1.0), small_database("b.db", value=2.0)
    a2, b2 = small_database("a2.db", value=1.0), small_database("b2.db", value=2.0)
    merge_databases(b, a)
    merge_databases(a2, b2)
    assert _content(a) == _content(b2)


def test_a_name_that_is_taken_gets_a_suffix_and_keeps_it(small_database: Make):
    a, b = small_database("a.db", films=("LiGL",)), small_database("b.db", films=("Li2S",), seed=7)
    added = merge_databases(b, a)
    (name,) = added.renamed.values()
    assert name.startswith("first-")
    assert {one.name: one.coatings for one in read_campaigns(a)} == {"first": ("LiGL",), name: ("Li2S",)}
    assert {one.coating: one.campaign for one in read_records(a)} == {"LiGL": "first", "Li2S": name}
    assert {job["metadata"]["campaign"] for job in _jobs(a)} == {"first", name}
    assert merge_databases(b, a).nothing
    back = merge_databases(a, b)
    assert len(read_campaigns(b)) == 2
    assert back.renamed["first"].startswith("first-")


def test_campaigns_of_the_same_numbers_have_the_films_of_both():
    facts = {"name": "c", "potential": "p", "sha256": "a", "protocol": "q", "numbers": {}, "seed": 0}
    here = CampaignRecord(coatings=("A", "B"), state="finished", updated_at="2026-01-01T00:00:00Z", **facts)
    there = here.model_copy(update={"coatings": ("C", "A"), "state": "running"})
    later = there.model_copy(update={"updated_at": here.updated_at.replace(month=3)})
    found = housed([later], [here])
    assert [(one.coatings, one.state) for one in found.united] == [(("A", "B", "C"), "running")]
    assert not found.new
    assert not found.renamed


def test_files_of_computations_come_along_without_links_and_checkpoints(small_database: Make, tmp_path: Path):
    database = small_database(films=("LiGL",))
    (key,) = (job["metadata"]["key"] for job in _jobs(database))
    folder = database / "steps" / key
    (folder / "attempt-1").mkdir(parents=True)
    (folder / "attempt-1" / "trajectory.frames").write_text("frames")
    (folder / "checkpoint.npz").write_text("half")
    (folder / "secret").symlink_to("/etc/passwd")
    added = merge_databases(database, tmp_path / "new.db")
    assert added.files == 1
    copied = tmp_path / "new.db" / "steps" / key
    assert [path.relative_to(copied).as_posix() for path in sorted(copied.rglob("*"))] == [
        "attempt-1",
        "attempt-1/trajectory.frames",
    ]
    assert merge_databases(database, tmp_path / "bare.db", files=False).files == 0


def test_computations_of_other_commands_stay_behind(small_database: Make, tmp_path: Path):
    database = small_database(films=("LiGL",))
    jobs = litemongo.connect(f"file:{database}")["lithicoat"]["jobs"]
    jobs.insert_one(
        {"uuid": "x", "metadata": {"key": "f" * 64}, "output": {"@class": "TrainDocument"}, "name": "train"}
    )
    assert merge_databases(database, tmp_path / "new.db").foreign_steps == 1
    assert len(_jobs(tmp_path / "new.db")) == 1


def test_nothing_is_merged_into_itself_or_from_nowhere(small_database: Make, tmp_path: Path):
    database = small_database()
    with pytest.raises(UsageError, match="cannot be merged into itself"):
        merge_databases(tmp_path / "." / "films.db", database)
    with pytest.raises(DataError, match="holds no lithicoat database"):
        merge_databases(tmp_path / "none.db", database)


def test_a_mongodb_gives_and_takes(small_database: Make, tmp_path: Path, mongo_uri: str):
    database, shared = small_database(), located(mongo_uri)
    assert merge_databases(database, shared).records == 2
    assert merge_databases(database, shared).nothing
    merge_databases(shared, tmp_path / "back.db")
    assert _content(tmp_path / "back.db") == _content(database)


def test_known_kinds_are_where_they_are_said_to_be():
    for kind, module in KINDS.items():
        assert getattr(import_module(module), kind).__module__ == module


@pytest.mark.parametrize("coating", ["LiGL", "Li2S", "Al2O3"])
def test_every_computation_of_a_screen_is_of_a_known_kind(coating: str):
    protocol = preset(Preset.PRODUCTION)
    warm = {"thermal_elastic": protocol.thermal_elastic.model_copy(update={"in_screen": True})}
    maker = ScreeningMaker(protocol=protocol.model_copy(update=warm))
    flow = maker.make(load_catalog().find(coating), resolve(DEFAULT_POTENTIAL), seed=0, campaign="c")
    schemas = {job.output_schema for job in flow.jobs if job.name != "record"}
    kept = {schema.__name__: schema.__module__ for schema in schemas}
    looked_up = {"Thermochemistry", "KnownOxygen"}
    assert {name: module for name, module in kept.items() if name not in looked_up}.items() <= KINDS.items()
