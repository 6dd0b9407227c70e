"""What is reported of cells with two films, beside each alone."""

import pytest

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.pairs.reported import grown_on, reported_pairs
from lithicoat.analysis.reported.cells import ReportedCells, reported_cells


def table(*rows: dict[str, object], remarks: tuple[dict[str, object], ...] = ()) -> ReportedCells:
    common = {
        "cell": "Li||NMC811",
        "metric": "life",
        "process": "ALD",
        "comparable": "one study",
        "source": "@a",
    }
    metric = {"unit": "cycles", "better": "higher", "response": "value", "family": "life", "says": "life"}
    return ReportedCells.model_validate(
        {
            "sources": {"a": "a study (2020)"},
            "metrics": {"life": metric},
            "result": [{**common, **row} for row in rows],
            "remark": list(remarks),
        }
    )


BOTH = {"anode": "A", "cathode": "C", "value": "210", "bare": "100"}
ANODE = {"anode": "A", "value": "150", "bare": "100"}
CATHODE = {"cathode": "C", "value": "130", "bare": "100"}


def test_a_pair_stands_beside_both_films_alone():
    (found,) = reported_pairs(table(BOTH, ANODE, CATHODE))["A", "C"]
    assert (found.value, found.bare) == ("210", "100")
    assert found.alone == {Electrode.ANODE: "150", Electrode.CATHODE: "130"}
    assert found.bare is not None
    assert set(found.alone) == set(Electrode)
    assert found.words == "life: 210 cycles with both, A alone 150, C alone 130, bare 100"
    assert found.source == "a study (2020)"


@pytest.mark.parametrize("change", [{"comparable": "another"}, {"cathode": "D"}])
def test_only_what_was_measured_alike_stands_beside_it(change):
    (found,) = reported_pairs(table(BOTH, ANODE, {**CATHODE, **change}))["A", "C"]
    assert found.alone == {Electrode.ANODE: "150"}
    assert set(found.alone) != set(Electrode)
    assert "C alone not reported" in found.words


def test_a_remark_without_a_number_is_passed_on():
    remark = {"anode": "A", "cathode": "C", "says": "lasts longer", "source": "@a"}
    (found,) = reported_pairs(table(ANODE, remarks=(remark,)))["A", "C"]
    assert (found.value, found.words) == (None, "lasts longer")


def test_single_films_make_no_pair():
    assert reported_pairs(table(ANODE, CATHODE)) == {}


def test_the_shipped_table_has_the_pair_of_the_literature():
    rows = {row.metric: row for row in reported_pairs(reported_cells())["LiTEA", "Li2S"]}
    cycles = rows["cycles_to_80_percent"]
    assert (cycles.value, cycles.alone[Electrode.ANODE], cycles.bare) == ("210", "150", "100")


def test_a_film_was_grown_on_the_electrode_of_its_cell():
    found = grown_on(table(ANODE, BOTH))
    assert set(found["A"]) == {Electrode.ANODE}
    assert set(found["C"]) == {Electrode.CATHODE}
    assert "a study (2020)" in found["C"][Electrode.CATHODE]


@pytest.mark.parametrize("change", [{"cell": "Li||Cu"}, {"process": "other"}])
def test_copper_and_other_processes_tell_nothing_of_heat(change):
    assert grown_on(table({**ANODE, **change})) == {}
