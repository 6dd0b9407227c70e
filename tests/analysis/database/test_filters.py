"""Filters, on a directory and on a MongoDB alike."""

from collections.abc import Callable
from typing import Any

import pytest

from lithicoat.analysis.database import Database
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property

Place = tuple[Any, Callable[[str], Any]]


@pytest.fixture
def database(place: Place, film: Any, campaign: Any) -> Database:
    where, collection = place
    records = [
        film("Li2S", modulus=30.0),
        film("LiGL", modulus=9.0, role="anode", family="lithicone", minutes=1),
        film("LAS", modulus=17.0, role="both", minutes=2),
        film("LAS", modulus=18.0, role="both", seed=7, minutes=3),
        film("LAS", modulus=16.0, role="both", potential="mace", sha256="def", minutes=4),
        film("Li2S", modulus=29.0, protocol="standard-2", try_out=False, minutes=5),
        film("TiO2", modulus=None, minutes=6),
    ]
    collection("records").insert_many([record.model_dump(mode="json") for record in records])
    mixed = campaign("mixed", "Li2S", "LAS", substitutes={"LAS": "def"})
    collection("campaigns").insert_one(mixed.model_dump(mode="json"))
    return Database(where)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["Li2S", "LiGL", "LAS", "LAS", "LAS", "Li2S", "TiO2"]),
        ({"coating": "Li2S"}, ["Li2S", "Li2S"]),
        ({"coating": ["LiGL", "TiO2", "nothing"]}, ["LiGL", "TiO2"]),
        ({"coating": "nothing"}, []),
        ({"role": "anode"}, ["LiGL", "LAS", "LAS", "LAS"]),
        ({"role": "both"}, ["LAS", "LAS", "LAS"]),
        ({"family": "lithicone"}, ["LiGL"]),
        ({"potential": "mace"}, ["LAS"]),
        ({"potential": ("mace", "chgnet"), "coating": "LAS", "seed": 0}, ["LAS", "LAS"]),
        ({"sha256": "de"}, ["LAS"]),
        ({"protocol": "standard-2"}, ["Li2S"]),
        ({"protocol": "standard"}, ["Li2S"]),
        ({"protocol": "stand"}, []),
        ({"seed": 7}, ["LAS"]),
        ({"seed": [7, 8]}, ["LAS"]),
        ({"try_out": False}, ["Li2S"]),
        ({"campaign": "mixed"}, ["Li2S", "LAS"]),
        ({"where": {"shear_modulus": (16.5, 29.5)}}, ["LAS", "LAS", "Li2S"]),
        ({"where": {"shear_modulus": (None, 10.0)}}, ["LiGL"]),
        ({"where": {"shear_modulus": (None, None)}}, ["Li2S", "LiGL", "LAS", "LAS", "LAS", "Li2S"]),
        ({"role": "cathode", "where": {"shear_modulus": (29.5, None)}}, ["Li2S"]),
    ],
)
def test_a_filter_takes_what_it_says(database: Database, filters: dict[str, Any], found: list[str]):
    assert [record.coating for record in database.records(**filters)] == found
    assert list(database.table(**filters)["coating"]) == found


def test_a_campaign_takes_the_potential_of_each_film(database: Database):
    records = database.records(campaign="mixed")
    assert [record.sha256 for record in records] == ["abc", "def"]


@pytest.mark.parametrize(
    ("told", "limits", "certain"),
    [
        (Bound.UPPER, (None, 1e-8), True),  # below 1e-9 is below 1e-8
        (Bound.UPPER, (None, 1e-10), False),
        (Bound.UPPER, (1e-12, None), False),  # it may be less
        (Bound.LOWER, (1e-10, None), True),
        (Bound.LOWER, (None, 1e-8), False),  # it may be more
        (None, (1e-10, 1e-8), True),
    ],
)
def test_a_bound_counts_where_it_leaves_no_doubt(
    write: Any, film: Any, *, told: Bound | None, limits: Any, certain: bool
):
    sigma = Property(value=1e-9, unit="S/cm", bound=told)
    found = write(film("X", properties={"sigma": sigma})).records(where={"sigma": limits})
    assert bool(found) is certain


def test_what_does_not_exist_is_said_so(database: Database):
    with pytest.raises(DataError, match="no record has a property shear_modulu") as caught:
        database.records(where={"shear_modulu": (1.0, None)})
    assert caught.value.hint == "did you mean shear_modulus?"
    with pytest.raises(DataError, match="there is no filter colour") as caught:
        database.records(colour="blue")  # type: ignore[call-arg]
    assert "coating, role" in caught.value.hint
    with pytest.raises(DataError, match="holds no campaign other") as caught:
        database.records(campaign="other")
    assert caught.value.hint == "known are mixed"
