"""Which films are left by filters, and in which order."""

import pytest

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.explorer import choice as choice_module
from lithicoat.analysis.explorer.choice import Choice, Found, find
from lithicoat.analysis.explorer.library import Library


def _films(library: Library, found: Found) -> list[str]:
    return [library.look().key(row).coating for row in found.rows]


def _found(library: Library, **choice: object) -> list[str]:
    return _films(library, find(library, library.look(), Choice(**choice)))


def test_films_of_an_electrode_stand_in_the_order_of_their_ranks(library: Library):
    assert _found(library, electrode=Electrode.ANODE) == ["Stiff", "Middle", "Soft"]
    assert _found(library, electrode=Electrode.CATHODE) == ["Other"]


def test_all_films_stand_by_name_where_there_is_no_rank(library: Library):
    assert _found(library) == ["Middle", "Other", "Soft", "Stiff"]


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        ({"families": ["sulfide"]}, ["Middle"]),
        ({"potentials": ["chgnet"]}, []),
        ({"protocols": ["tiny-1"], "families": ["lithicone"]}, ["Other", "Soft", "Stiff"]),
        ({"campaign": "trial"}, ["Middle", "Other", "Soft", "Stiff"]),
        ({"ranges": {"shear_modulus_calibrated": (10.0, None)}}, ["Middle", "Other", "Stiff"]),
        ({"ranges": {"shear_modulus_calibrated": (10.0, 20.0)}}, ["Middle", "Other"]),
        ({"ranges": {"shear_modulus_calibrated": (None, None)}}, ["Middle", "Other", "Soft", "Stiff"]),
        ({"ranges": {"haven_ratio": (None, 1.0)}}, []),
    ],
)
def test_filters_leave_what_they_say(library: Library, choice: dict[str, object], left: list[str]):
    assert _found(library, **choice) == left


def test_an_upper_bound_is_in_a_range_only_where_that_is_sure(library: Library):
    assert len(_found(library, ranges={"log10_conductivity_298K": (None, -6.0)})) == 4
    assert _found(library, ranges={"log10_conductivity_298K": (-9.0, -6.0)}) == []


def test_gates_leave_the_films_that_pass_them(library: Library):
    anode = {"electrode": Electrode.ANODE, "sort": "coating"}
    assert _found(library, **anode, gates=["Born-stable", "framework"]) == ["Middle", "Soft", "Stiff"]
    assert _found(library, electrode=Electrode.CATHODE, gates=["no runaway with NMC811"]) == []


def test_columns_sort_both_ways_and_equals_by_name(library: Library):
    column = {"sort": "shear_modulus_calibrated"}
    assert _found(library, **column) == ["Soft", "Middle", "Other", "Stiff"]
    assert _found(library, **column, descending=True) == ["Stiff", "Middle", "Other", "Soft"]
    assert _found(library, sort="family", descending=True) == ["Middle", "Other", "Soft", "Stiff"]


def test_what_has_no_value_comes_last_either_way(library: Library):
    one = {"electrode": None, "campaign": "trial", "sort": "rank"}
    assert _found(library, **one) == _found(library, **one, descending=True)


def test_a_page_beyond_the_last_is_the_last(library: Library, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(choice_module, "PAGE", 3)
    found = find(library, library.look(), Choice(page=7))
    assert (found.page, found.pages, found.total) == (1, 2, 4)
    assert _films(library, found) == ["Stiff"]
    assert len(found.every) == 4
