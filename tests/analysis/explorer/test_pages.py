"""What the pages say."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import pytest

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.explorer.addresses import VIEWS, view_of
from lithicoat.analysis.explorer.choice import Choice, find
from lithicoat.analysis.explorer.comparison_page import comparison_page
from lithicoat.analysis.explorer.film_page import film_page
from lithicoat.analysis.explorer.film_table import counted, film_table
from lithicoat.analysis.explorer.filters import (
    first_electrode,
    gate_names,
    options_of,
    range_fields,
    ranges_of,
)
from lithicoat.analysis.explorer.keys import RecordKey
from lithicoat.analysis.explorer.library import Library
from lithicoat.analysis.explorer.overview_wiring import film_of
from lithicoat.analysis.explorer.plots import named_apart
from lithicoat.analysis.explorer.progress_page import campaign_share, progress_page, running_line
from lithicoat.analysis.explorer.words import span
from lithicoat.analysis.figures.interactive import Dress


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, list | tuple):
        for one in part:
            yield from _texts(one)
    elif part is not None and hasattr(part, "to_plotly_json"):
        yield from _texts(getattr(part, "children", None))


def _said(part: Any) -> str:
    return " ".join(" ".join(_texts(part)).split())


def _key(library: Library, film: str) -> RecordKey:
    view = library.look()
    (row,) = view.rows({"coating": film})
    return view.key(row)


@pytest.mark.parametrize(
    ("path", "view"),
    [
        ("/", "films-view"),
        (None, "films-view"),
        ("/film/A/b/c/0", "film-view"),
        ("/compare", "comparison-view"),
        ("/progress", "progress-view"),
        ("/nowhere", "films-view"),
    ],
)
def test_an_address_shows_one_view(path: str | None, view: str):
    assert view_of(path) == view
    assert view in VIEWS


def test_the_table_links_films_and_writes_numbers_with_their_errors(library: Library):
    view, choice = library.look(), Choice(electrode=Electrode.ANODE)
    found = find(library, view, choice)
    said = _said(film_table(view, found, choice, []))
    assert "40.0 ± 1.0" in said
    assert "< −7" in said
    assert "5 of 5" in said
    assert "for trends only" in said
    assert counted(found) == "3 films (of 4 in the database)"


def test_a_range_brings_its_column(library: Library):
    view = library.look()
    choice = Choice(electrode=Electrode.ANODE, ranges={"highest_stable_temperature": (None, None)})
    said = _said(film_table(view, find(library, view, choice), choice, []))
    assert "900" in said


def test_filters_that_leave_nothing_say_so(library: Library):
    view, choice = library.look(), Choice(families=["none"])
    assert "No film is left" in _said(film_table(view, find(library, view, choice), choice, []))


def test_a_film_has_warnings_place_numbers_and_origin(library: Library):
    page = film_page(library, library.look(), _key(library, "Stiff"), dress=Dress.LIGHT)
    said = _said(page)
    assert "for trends only" in said
    assert "Anode: rank 1 of 3" in said
    assert "40.0 ± 1.0 GPa" in said
    assert "one replica: spread unknown" in said
    assert "ab" * 32 in said
    assert "campaign trial; lj (sha256 abababababab…)" in said


def test_a_failed_step_is_told_first(library: Library):
    said = _said(film_page(library, library.look(), _key(library, "Other"), dress=Dress.DARK))
    assert "scavenging failed: no phase holds its lithium" in said


def test_a_film_that_is_not_there_is_told(library: Library):
    key = replace(_key(library, "Soft"), seed=5)
    assert "holds no record of Soft" in _said(film_page(library, library.look(), key, dress=Dress.LIGHT))


def test_films_stand_side_by_side(library: Library):
    keys = [_key(library, film) for film in ("Soft", "Stiff")]
    said = _said(comparison_page(library, library.look(), keys, dress=Dress.LIGHT))
    assert "2.0 ± 1.0 GPa" in said
    assert "40.0 ± 1.0 GPa" in said
    assert "Conductivity and stiffness" in said


def test_one_film_is_no_comparison(library: Library):
    said = _said(comparison_page(library, library.look(), [_key(library, "Soft")], dress=Dress.LIGHT))
    assert "Choose two films or more" in said


def test_records_of_one_film_are_named_apart(library: Library):
    view = library.look()
    one, other = library.records(view, [0, 1])
    second = one.model_copy(update={"potential": "chgnet"})
    assert [record.coating for record in named_apart([one, second, other])] == [
        "Soft lj",
        "Soft chgnet",
        "Stiff",
    ]


def test_options_are_what_the_database_has(library: Library):
    options = options_of(library.look())
    assert [option["value"] for option in options["families"]] == ["lithicone", "sulfide"]
    assert [option["value"] for option in options["campaign"]] == ["trial", ""]
    assert "haven_ratio" not in {option["value"] for option in options["range-names"]}
    assert first_electrode(library.look()) == "anode"
    assert "no runaway with Li" in gate_names(Electrode.ANODE)
    assert gate_names(None) == []


def test_ranges_come_from_pairs_of_fields(library: Library):
    fields = range_fields(library.look(), ["window_high"], {"window_high": (1.5, None)})
    assert "window" in str(fields[0]).lower() or "V" in _said(fields)
    ids = [{"name": "a", "end": "low"}, {"name": "a", "end": "high"}, {"name": "b", "end": "low"}]
    assert ranges_of(ids, [1.0, None, "x"]) == {"a": (1.0, None), "b": (None, None)}


class _Standing(Enum):
    FINISHED = "finished"
    RUNNING = "running"
    WAITING = "waiting"
    LOST = "lost"


@dataclass(frozen=True)
class _Step:
    step: str
    standing: _Standing
    reason: str = ""
    host: str | None = None
    since: datetime | None = None
    done: float | None = None
    total: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class _Film:
    coating: str
    steps: tuple[_Step, ...]
    recorded: bool = False


@dataclass(frozen=True)
class _Campaign:
    films: tuple[_Film, ...]
    state: str = "running"
    name: str = "trial"
    potential: str = "lj"
    protocol: str = "tiny-1"
    updated_at: datetime = datetime(2026, 1, 2, tzinfo=UTC)
    rest_s: float | None = 240.0


RUNNING = _Step("diffusion 700 K", _Standing.RUNNING, host="node7", done=1.0, total=4.0, unit="ps")
SOFT = _Film("Soft", (_Step("relax", _Standing.FINISHED), RUNNING))
LOST = _Step("relax", _Standing.LOST, reason="its process is gone")
HALF = _Campaign((SOFT, _Film("Stiff", (LOST, _Step("elastic", _Standing.WAITING)))))


def test_progress_counts_parts_of_running_steps():
    assert campaign_share(HALF.films[:1]) == pytest.approx((1 + 0.25) / 2)
    assert campaign_share(HALF.films) == pytest.approx(1.25 / 4)
    assert campaign_share([]) == 0.0


def test_progress_tells_what_runs_where_and_what_was_lost():
    said = _said(progress_page([HALF]))
    assert "running diffusion 700 K on node7, 1 of 4 ps" in said
    assert "lost relax : its process is gone" in said
    assert "about 4 min left" in said
    assert running_line([HALF]).startswith("trial running: 0 of 2 films done")
    assert running_line([replace(HALF, state="finished")]) == ""


def test_no_campaign_is_told():
    assert "no campaign yet" in _said(progress_page([]))


@pytest.mark.parametrize(("seconds", "said"), [(40, "40 s"), (720, "12 min"), (12_600, "3.5 h")])
def test_times_are_told_in_units_of_people(seconds: float, said: str):
    assert span(seconds) == said


def test_a_mark_of_a_film_that_fails_a_gate_leads_to_its_page():
    assert [film_of(name) for name in ("Soft", "Soft\u00a0†", "Soft\u00a0?")] == ["Soft"] * 3
