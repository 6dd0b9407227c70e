"""The explorer notices what is new in a database, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lithicoat.analysis.database import Database
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.explorer.keys import RecordKey
from lithicoat.analysis.explorer.library import Library

Put = Callable[[str, dict[str, Any]], None]


def _another(library: Library, name: str) -> dict[str, Any]:
    view = library.look()
    (record,) = library.records(view, view.rows({"coating": "Soft"}))
    return record.model_copy(update={"coating": name}).model_dump(mode="json")


def test_nothing_new_is_the_same_view(library: Library):
    assert library.look() is library.look()


def test_a_new_record_is_a_new_revision_and_is_ranked(library: Library, put: Put):
    before = library.look()
    places = library.judged(before, "trial", Electrode.ANODE).places
    put("records", _another(library, "New"))
    after = library.look()
    assert after.revision == before.revision + 1
    assert len(after.numbers) == len(before.numbers) + 1
    assert library.judged(before, "trial", Electrode.ANODE).places is places
    assert library.judged(after, "trial", Electrode.ANODE).places is not places


def test_news_of_a_campaign_leave_the_films_as_they_are(library: Library):
    library._standing = lambda: ["somewhere"]
    before = library._now
    after = library.look()
    assert (after.revision, after.progress) == (before.revision, before.progress + 1)
    assert after.judged is before.judged
    assert library.look() is after


def test_a_database_that_fails_is_shown_as_it_was(library: Library, monkeypatch: pytest.MonkeyPatch):
    before = library.look()

    def fail() -> None:
        raise DataError("the MongoDB does not answer")

    monkeypatch.setattr(library.database, "campaigns", fail)
    after = library.look()
    assert after.trouble == "the MongoDB does not answer"
    assert after.numbers is before.numbers
    assert after.revision == before.revision + 1
    monkeypatch.undo()
    assert replace(library._again(), revision=0).trouble == ""


def test_what_is_no_record_is_left_out_and_counted(library: Library, put: Put):
    put("records", {"schema_version": 2, "coating": "Half"})
    view = library.look()
    assert view.numbers.broken.sum() == 1
    assert len(view.rows({})) == 4


def test_a_record_is_found_by_its_key_alone(library: Library):
    view = library.look()
    key = view.key(0)
    record = library.record(view, key)
    assert record is not None
    assert RecordKey.of(record) == key
    assert library.record(view, replace(key, seed=9)) is None
    assert [campaign.name for campaign in view.campaigns_of(key)] == ["trial"]


def test_a_database_without_records_is_no_error(tmp_path: Any, put: Put):
    put("jobs", {"uuid": "none"})
    assert len(Library(Database(tmp_path / "films.db")).look().numbers) == 0
