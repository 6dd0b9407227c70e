"""The table of reported cells: what it holds, how a printed number is read, and broken tables."""

import math
import tomllib
from pathlib import Path

import pytest

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.reported.cells import (
    Process,
    read_reading,
    read_reported_cells,
    reported_cells,
)
from lithicoat.structures.catalog.loading import load_catalog

TABLE = """
[sources]
one = "One, J. Cells 1, 1 (2020)"
[metrics.retention]
unit = "%"
better = "higher"
response = "decay"
family = "fade"
says = "capacity left"
[[result]]
cathode = "A"
cell = "Li||NMC811"
metric = "retention"
value = "80"
process = "ALD"
comparable = "one"
source = "@one, Fig. 2"
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "cells.toml"
    file.write_text(text, "utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("11.6", 11.55, 11.65),
        ("71", 70.5, 71.5),
        ("0.03", 0.025, 0.035),
        (">20000", 20000, math.inf),
        ("< 3", 0, 3),
    ],
)
def test_the_last_digit_and_the_sign_say_where_a_number_lies(text, low, high):
    reading = read_reading(text)
    assert (reading.low, reading.high) == pytest.approx((low, high))
    assert reading.bounded == (text[0] in "<>")
    assert reading.low <= reading.value <= reading.high


@pytest.mark.parametrize("text", ["-3", "0", "about 5", "1e3", "", "3-5"])
def test_what_is_no_positive_number_is_refused(text):
    with pytest.raises(DataError, match="is not a reported number"):
        read_reading(text)


def test_every_film_of_the_table_is_in_the_catalog():
    known = set(load_catalog().ids)
    table = reported_cells()
    for row in (*table.results, *table.remarks):
        assert {row.anode, row.cathode} - {None} <= known


def test_the_films_that_were_asked_for_are_there():
    table = reported_cells()
    films = {
        electrode: {row.film_on(electrode) for row in table.singles(electrode)} for electrode in Electrode
    }
    assert films[Electrode.ANODE] >= {"LiGL", "LiTEA", "LiHQ", "LAS-1-1", "AlEG", "polyurea", "Li3PO4"}
    assert films[Electrode.CATHODE] >= {"Li2S", "Al2O3", "ZrO2", "LZO"}
    assert {remark.cathode for remark in table.remarks} >= {"TiO2", "Al2O3", "ZrO2"}


def test_both_films_do_better_than_one_and_one_better_than_none():
    table = reported_cells()
    both = {row.metric: row for row in table.pairs()}
    alone = {
        row.metric: row for row in table.singles(Electrode.ANODE) if row.film_on(Electrode.ANODE) == "LiTEA"
    }
    life = [float(both["cycles_to_80_percent"].value), float(alone["cycles_to_80_percent"].value)]
    assert [*life, float(alone["cycles_to_80_percent"].bare)] == [210, 150, 100]
    assert both["fade_rate"].comparable == alone["fade_rate"].comparable


def test_every_row_has_a_year_in_its_reference_and_a_film_from_solution_is_told_apart():
    table = reported_cells()
    for row in table.results:
        assert "(20" in table.citation(row) or " 2021" in table.citation(row)
        assert not table.citation(row).startswith("@")
    other = {row.cathode for row in table.results if row.process is Process.OTHER}
    assert other == {"Al2O3", "ZrO2"}


def test_a_source_that_the_catalog_has_too_is_cited_alike():
    folder = Path(__file__).parents[3] / "structures/data/catalog"
    catalog = tomllib.loads((folder / "sources.toml").read_text("utf-8"))["sources"]
    shared = reported_cells().sources.keys() & catalog.keys()
    assert shared >= {"meng2024", "velasquez2025"}
    for key in shared:
        assert reported_cells().sources[key].startswith(catalog[key])


def test_a_table_of_ones_own_is_read(tmp_path):
    table = read_reported_cells(write(tmp_path, TABLE))
    (row,) = table.singles(Electrode.CATHODE)
    assert table.citation(row) == "One, J. Cells 1, 1 (2020), Fig. 2"
    assert table.pairs() == ()
    assert row.bare_reading is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('value = "80"', 'value = "many"', "'many' is not a reported number"),
        ('value = "80"', 'value = "180"', "retention of A is above 100 %"),
        ('metric = "retention"', 'metric = "overpotential"', "metric overpotential is not among the metrics"),
        ("@one", "@two", "source @two, Fig. 2 is not among the sources"),
        ('cathode = "A"', "", "names the film on the anode"),
        ('process = "ALD"', 'process = "paint"', "result.0.process"),
        ('comparable = "one"', 'comparable = "one"\nthickness_nm = -1', "greater than 0"),
        ('comparable = "one"', 'comparable = "one"\nthicknes = 1', "Extra inputs"),
        ("[sources]", "[sources", "cannot be read"),
    ],
)
def test_a_broken_table_is_one_sentence(tmp_path, old, new, message):
    file = write(tmp_path, TABLE.replace(old, new))
    with pytest.raises(DataError, match=message) as failure:
        read_reported_cells(file)
    assert "\n" not in failure.value.message or "cannot be read" in message


def test_a_table_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.toml cannot be read"):
        read_reported_cells(tmp_path / "none.toml")
