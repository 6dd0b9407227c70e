"""`lithicoat db` and `lithicoat export` as people type them."""

import json
from collections.abc import Callable
from pathlib import Path

import litemongo
import pytest

from lithicoat.workflows.cli import run

Make = Callable[..., Path]


def test_a_database_goes_to_another_group(small_database: Make, capsys: pytest.CaptureFixture[str]):
    database = str(small_database())
    assert run(["export", "--zip", "-o", "a.zip", "--db", database, "--licence", "CC-BY-4.0"]) == 0
    assert "records 2, campaigns 1, steps 2" in capsys.readouterr().err
    assert run(["db", "import", "a.zip", "--db", "new.db"]) == 0
    assert "2 new records, 0 replaced, 0 known; 2 new computations" in capsys.readouterr().out
    assert run(["db", "import", "a.zip", "--db", "new.db"]) == 0
    assert "new.db has all of a.zip already" in capsys.readouterr().out
    assert run(["export", "--jsonl", "-o", "r.jsonl", "--db", "new.db"]) == 0
    assert run(["db", "import", "r.jsonl", "--db", "other.db", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["records"] == 2


def test_two_databases_become_one(small_database: Make, capsys: pytest.CaptureFixture[str]):
    ours, theirs = small_database("a.db"), small_database("b.db", films=("LiHQ",), seed=3)
    assert run(["db", "merge", str(theirs), "--db", str(ours)]) == 0
    told = capsys.readouterr().out
    assert "1 new record, 0 replaced" in told
    assert "campaign first is first-" in told
    assert run(["db", "stats", "--db", str(ours), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["records"] == 3
    assert run(["db", "stats", "--db", str(ours)]) == 0
    assert "3 records, 2 campaigns" in capsys.readouterr().out


def test_a_check_says_what_mends(small_database: Make, capsys: pytest.CaptureFixture[str]):
    database = small_database()
    assert run(["db", "check", "--db", str(database)]) == 0
    assert "ok       records: 2 records, all whole" in capsys.readouterr().out
    records = litemongo.connect(f"file:{database}")["lithicoat"]["records"]
    records.update_one({"coating": "LiGL"}, {"$unset": {"family": 1}})
    assert run(["db", "check", "--db", str(database), "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert not told["ok"]
    assert [found["hint"] for found in told["findings"] if found["verdict"] == "mend"] == [
        "run its campaign again, which writes it anew: lithicoat screen"
    ]


def test_clearing_out_shows_before_it_removes(small_database: Make, capsys: pytest.CaptureFixture[str]):
    database = small_database()
    records = litemongo.connect(f"file:{database}")["lithicoat"]["records"]
    records.update_one({"coating": "LiGL"}, {"$set": {"steps": {"e" * 64: "newer"}}})
    assert run(["db", "gc", "--db", str(database)]) == 0
    told = capsys.readouterr().out
    assert "not needed: 1 computation that no record names" in told
    assert "lithicoat db gc --delete removes it" in told
    assert run(["db", "gc", "--delete", "--db", str(database), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["deleted"]
    assert run(["db", "gc", "--db", str(database)]) == 0
    assert "nothing to remove" in capsys.readouterr().out


def test_the_schema_is_one_that_records_follow(capsys: pytest.CaptureFixture[str]):
    assert run(["db", "schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert "ScreeningRecord" in schema["$defs"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["export", "--zip"], "an archive needs a file"),
        (["export", "--csv", "--jsonl"], "--csv and --jsonl exclude each other"),
        (["export", "--title", "x"], "go with --zip"),
        (["export", "--db", "none.db"], "holds no lithicoat database"),
        (["db", "import", "none.zip"], "none.zip cannot be read: No such file"),
        (["db", "merge", "none.db"], "none.db holds no lithicoat database"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]):
    assert run(arguments) == 2
    assert told in capsys.readouterr().err.replace("\n", " ")
