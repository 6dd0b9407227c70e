"""Records as text for other programs, and the example."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lithicoat.analysis.database import read_records
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.exchange import example, write_archive
from lithicoat.analysis.exchange.exporting import latest_records
from lithicoat.analysis.exchange.lines import open_lines
from lithicoat.analysis.exchange.tables import as_csv, as_json, as_json_lines
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord

Make = Callable[..., Path]


def test_every_form_has_every_record(small_database: Make, tmp_path: Path):
    database = small_database()
    records = list(latest_records(database))
    rows = list(csv.DictReader(io.StringIO("".join(as_csv(records)))))
    assert [(row["coating"], row["value"], row["unit"]) for row in rows] == [
        ("Li2S", "14.0", "GPa"),
        ("LiGL", "14.0", "GPa"),
    ]
    told = [ScreeningRecord.model_validate(one) for one in json.loads("".join(as_json(records)))]
    assert told == records
    (tmp_path / "records.jsonl").write_text("".join(as_json_lines(records)))
    with open_lines(tmp_path / "records.jsonl") as lines:
        assert list(lines.records()) == records


def test_nothing_is_a_list_and_a_heading():
    assert json.loads("".join(as_json([]))) == []
    assert "".join(as_csv([])).startswith("coating,family,")


def test_no_cell_is_a_formula(small_database: Make):
    (record,) = read_records(small_database(films=("LiGL",)))
    evil = Property.missing("GPa", '=HYPERLINK("http://evil","look")')
    (row,) = csv.DictReader(
        io.StringIO("".join(as_csv([record.model_copy(update={"properties": {"x": evil}})])))
    )
    assert row["flags"].startswith("'=HYPERLINK")


@pytest.mark.parametrize(
    ("text", "match"),
    [('{"coating": "LiGL"}\n', "line 1 of bad.jsonl is broken"), ("{", "line 1 of bad.jsonl is not JSON")],
)
def test_lines_that_are_no_records_are_named(tmp_path: Path, text: str, match: str):
    (tmp_path / "bad.jsonl").write_text(text)
    with pytest.raises(DataError, match=match), open_lines(tmp_path / "bad.jsonl"):
        pass


def test_lines_that_repeat_a_film_are_named(small_database: Make, tmp_path: Path):
    (line,) = as_json_lines(latest_records(small_database(films=("LiGL",))))
    (tmp_path / "bad.jsonl").write_text(2 * line)
    with (
        pytest.raises(DataError, match=r"line 2 of bad.jsonl is a second record of LiGL"),
        open_lines(tmp_path / "bad.jsonl"),
    ):
        pass
    with pytest.raises(DataError, match=r"none.jsonl cannot be read"), open_lines(tmp_path / "none.jsonl"):
        pass


@pytest.fixture
def _own_example(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    example.example_directory.cache_clear()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(example.resources, "files", lambda _: tmp_path)
    yield
    example.example_directory.cache_clear()


@pytest.mark.usefixtures("_own_example")
def test_the_example_is_unpacked_once(small_database: Make, tmp_path: Path):
    (tmp_path / "data").mkdir()
    write_archive(small_database(), tmp_path / "data" / "example.zip")
    place = example.example_directory()
    assert place.parent == tmp_path / "cache"
    assert len(read_records(place)) == 2
    example.example_directory.cache_clear()
    before = (place / "lithicoat" / "records").stat().st_ino
    assert example.example_directory() == place
    assert (place / "lithicoat" / "records").stat().st_ino == before


@pytest.mark.usefixtures("_own_example")
def test_an_installation_without_an_example_says_so():
    with pytest.raises(DataError, match="no example database"):
        example.example_directory()
