"""Addresses of films."""

import pytest

from lithicoat.analysis.database import Database
from lithicoat.analysis.explorer.keys import RecordKey, compared, comparison_address


@pytest.mark.parametrize("coating", ["LiGL", "Li2S/LAS 1:4", "ä&b=c?#%", "../../etc"])
def test_a_key_comes_back_from_its_address(coating: str):
    key = RecordKey(coating, "ab" * 32, "quick-580c265a", 3)
    assert RecordKey.parse(key.address.removeprefix("/film/")) == key
    assert key.address.count("/") == 5


def test_a_key_finds_its_record(database: Database):
    (record,) = database.records(coating="Soft")
    key = RecordKey.of(record)
    assert RecordKey.parse(str(key)) == key
    assert database.records(**key.filters) == [record]


@pytest.mark.parametrize("text", ["", "LiGL", "LiGL/ab/quick/x", "LiGL/ab/quick/-1", "a/b/c/1/d"])
def test_what_is_no_key_is_none(text: str):
    assert RecordKey.parse(text) is None


def test_a_comparison_names_each_film_once_in_order():
    keys = [RecordKey(name, "ab", "p", 0) for name in ("B", "A&B", "B")]
    search = comparison_address(keys).partition("?")[2]
    assert compared(f"?{search}") == keys[:2]
    assert compared("?film=rubbish&other=1") == []
