"""The benchmark of the database: what it makes, what it times, and that its result can be read again."""

import json
import shutil
from pathlib import Path

import pytest

from lithicoat.analysis.database import Database
from lithicoat.workflows.benchmarks import database
from lithicoat.workflows.benchmarks.results import Subject, parsed
from lithicoat.workflows.cli import run
from lithicoat.workflows.commands import many_films
from lithicoat.workflows.errors import RunError, UsageError


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    database.fill(tmp_path / "made-up.db", 30)
    return tmp_path / "made-up.db"


def test_made_up_records_are_real_ones_in_form_and_size(made_up: Path):
    records = Database(made_up).records(campaign="benchmark")
    assert len({record.coating for record in records}) == 30
    assert 15_000 < len(records[0].model_dump_json()) < 35_000
    flat = [quantity for record in records for quantity in record.properties.values()]
    assert (
        {quantity.bound is None for quantity in flat}
        == {quantity.value is None for quantity in flat}
        == {True, False}
    )


def test_the_tasks_are_timed_and_written(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(database, "_ranked", Database)
    found = database.database_benchmark(films=40, repeats=1)
    assert [row.limit_s for row in found.times] == [None, 1.0, 0.1, 10.0]
    assert all(row.wall_s > 0 for row in found.times)
    assert found.megabytes > 0.5
    assert parsed(json.loads(found.model_dump_json()), Subject.DATABASE) == found
    assert "40 made-up records" in found.lines()[-1]
    assert found.summary.startswith("40 records: ")


def test_a_full_disk_is_told_before_it_is_filled(monkeypatch: pytest.MonkeyPatch):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(database.shutil, "disk_usage", lambda _: usage._replace(free=10**9))
    with pytest.raises(UsageError, match=r"100000 records take 4\.0 GB"):
        database.database_benchmark()


def test_a_ranking_that_fails_is_told(tmp_path: Path):
    with pytest.raises(RunError, match=r"the ranking failed: error: .* holds no lithicoat database"):
        database._ranked(tmp_path / "nothing")


def test_a_large_campaign_is_ranked_without_reading_it_whole(
    made_up: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("COLUMNS", "200")
    command = ["rank", "--role", "anode", "--draws", "50", "--db", str(made_up)]
    assert run([*command, "--json"]) == 0
    small = json.loads(capsys.readouterr().out)
    monkeypatch.setattr(many_films, "MANY", 10)
    read: list[int] = []
    plain = Database.records_of
    monkeypatch.setattr(
        Database, "records_of", lambda self, films: read.append(len(films)) or plain(self, films)
    )
    assert run([*command, "--json"]) == 0
    large = json.loads(capsys.readouterr().out)
    assert [{**film, "sensitivity": None} for film in small] == large
    assert run([*command, "--top", "3"]) == 0
    told = capsys.readouterr().out
    assert large[0]["id"] in told
    assert large[3]["id"] not in told
    assert f"3 of {len(large)} films shown" in told
    assert "Of more than 10 films" in told
    assert read == [3]
    assert run([*command, "--film", large[5]["id"]]) == 0
    assert read == [3, 1]


def test_the_top_of_a_small_campaign_can_be_asked_for(made_up: Path, capsys: pytest.CaptureFixture[str]):
    command = ["rank", "--role", "cathode", "--draws", "50", "--top", "2", "--db", str(made_up)]
    assert run([*command, "--json"]) == 0
    assert [film["rank"] for film in json.loads(capsys.readouterr().out)] == [1, 2]
    assert run(command) == 0
    assert "2 of 20 films shown" in capsys.readouterr().out


def test_a_film_that_is_not_there_is_told_with_some_that_are(
    made_up: Path, capsys: pytest.CaptureFixture[str]
):
    assert run(["rank", "--film", "Li2S", "--db", str(made_up)]) == 2
    told = capsys.readouterr().err
    assert "the campaign holds no Li2S" in told
    assert "film-000029" in told
