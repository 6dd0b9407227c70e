"""A ranking from the index of a database is that from the records."""

import numpy as np
import pytest

from lithicoat.analysis.database import Database
from lithicoat.analysis.decision.columns import Columns
from lithicoat.analysis.decision.ranking import rank, ranked
from lithicoat.analysis.decision.scheme import Electrode, default_scheme
from lithicoat.analysis.decision.sheet import judge


@pytest.mark.parametrize("electrode", list(Electrode))
def test_the_index_gives_the_same_ranking_as_the_records(electrode: Electrode):
    database = Database.example()
    records = database.records()
    from_records = rank(records, electrode, draws=200)
    from_index = ranked(judge(database.films(), electrode), draws=200)
    assert list(from_index) == list(from_records)
    assert len(from_records) > 5


def test_columns_of_the_index_are_those_of_the_records():
    database = Database.example()
    records, films = database.records(), database.films()
    rules = default_scheme().quantities
    one, other = Columns([record.properties for record in records], rules), Columns(films, rules)
    for name in {*database.properties, "nothing"}:
        for field in ("value", "uncertainty", "bound", "assumed"):
            first, second = getattr(one[name], field), getattr(other[name], field)
            np.testing.assert_array_equal(first, second, err_msg=f"{name} {field}")
        assert one.unit(name) == other.unit(name)
        assert all(one.told(row, name) == other.told(row, name) for row in range(len(records)))


def test_only_the_best_are_returned_of_all_that_compete():
    sheet = judge(Database.example().films(), Electrode.CATHODE)
    assert list(ranked(sheet, draws=50, top=2)) == list(ranked(sheet, draws=50))[:2]
