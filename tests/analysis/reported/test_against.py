"""A ranking against reported cells: pairs, bounds, censoring, scopes, and what is said of too few films."""

from datetime import UTC, datetime
from statistics import NormalDist

import numpy as np
import pytest

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import judge
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.literature import Verdict
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.analysis.reported.against import against_literature
from lithicoat.analysis.reported.cells import ReportedCells, reported_cells
from lithicoat.analysis.reported.comparable import Scope, groups_of
from lithicoat.analysis.reported.comparison import Comparison

METRICS = {
    "retention": {"unit": "%", "better": "higher", "response": "decay", "family": "fade", "says": "left"},
    "life": {"unit": "h", "better": "higher", "response": "value", "family": "life", "says": "hours"},
    "overpotential": {
        "unit": "mV",
        "better": "lower",
        "response": "value",
        "family": "overpotential",
        "says": "overpotential",
    },
}


def film(name, decades=-7.0, *, error=0.01, role="anode", eigenvalue=5.0):
    """A film whose conductivity alone tells it from others."""
    properties = {
        "highest_stable_temperature": Property(value=900, unit="K"),
        "lowest_elastic_eigenvalue": Property(value=eigenvalue, uncertainty=0.01, unit="GPa"),
        "contact_lithium": Property(value=0.0, uncertainty=0.001, unit="eV/atom"),
        "contact_NMC811": Property(value=0.0, uncertainty=0.001, unit="eV/atom"),
        "shear_modulus_calibrated": Property(value=8.5, uncertainty=0.001, unit="GPa"),
        "log10_conductivity_298K": Property(value=decades, uncertainty=error, unit="decades"),
    }
    return ScreeningRecord(
        coating=name,
        name=name,
        family="test",
        role=role,
        campaign="test",
        potential="emt",
        sha256="0" * 64,
        protocol="quick",
        try_out=True,
        seed=0,
        properties=properties,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def row(
    name, value, bare=None, *, metric="retention", comparable=None, electrode="anode", process="ALD", **more
):
    given = {electrode: name, "cell": "Li||NMC811", "metric": metric, "value": value, "process": process}
    return {
        **given,
        "comparable": comparable or f"study of {name}",
        "source": "@one",
        **({} if bare is None else {"bare": bare}),
        **more,
    }


def cells(*rows, remarks=()):
    return ReportedCells.model_validate(
        {
            "limits": ["one limit"],
            "sources": {"one": "One, J. Cells 1, 1 (2020)"},
            "metrics": METRICS,
            "result": list(rows),
            "remark": list(remarks),
        }
    )


def anodes(*films):
    return {Electrode.ANODE: judge(films, Electrode.ANODE)}


FOUR = (film("a", -5), film("b", -6), film("c", -7), film("d", -8))
SAME_ORDER = cells(row("a", "90", "10"), row("b", "80", "10"), row("c", "70", "10"), row("d", "60", "10"))


def test_the_same_order_of_four_films_is_tau_one_and_as_unlikely_as_four_films_can_be():
    found = against_literature(anodes(*FOUR), cells=SAME_ORDER, draws=200)
    (correlation,) = found.correlations
    assert (correlation.tau, correlation.interval) == (1, (1, 1))
    assert correlation.p_value == correlation.least_p_value == pytest.approx(2 / 24)
    assert (correlation.films, correlation.pairs, correlation.undecided) == (("a", "b", "c", "d"), 6, 0)
    assert (correlation.scope, correlation.name) == (Scope.STUDIES, "fade")
    assert {(pair.better, pair.worse) for pair in found.pairs} == {
        ("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("c", "d"),
    }  # fmt: skip
    assert {pair.verdict for pair in found.pairs} == {Verdict.AGREES}


def test_the_opposite_order_is_tau_minus_one_and_every_pair_disagrees():
    turned = (film("a", -8), film("b", -7), film("c", -6), film("d", -5))
    found = against_literature(anodes(*turned), cells=SAME_ORDER, draws=200)
    assert found.correlations[0].tau == -1
    assert found.correlations[0].p_value == pytest.approx(2 / 24)
    assert {pair.verdict for pair in found.pairs} == {Verdict.DISAGREES}


def test_the_order_of_rows_and_films_changes_nothing():
    there = against_literature(anodes(*FOUR), cells=SAME_ORDER, draws=200)
    turned = cells(row("d", "60", "10"), row("b", "80", "10"), row("a", "90", "10"), row("c", "70", "10"))
    back = against_literature(anodes(*FOUR[::-1]), cells=turned, draws=200)
    assert there.correlations == back.correlations
    assert sorted(there.pairs, key=repr) == sorted(back.pairs, key=repr)


def test_the_probability_of_a_pair_is_that_of_two_normal_scores():
    films = (film("a", -6.5, error=0.5), film("b", -7.0, error=0.5))
    table = cells(row("a", "90", "10"), row("b", "80", "10"))
    (pair,) = against_literature(anodes(*films), cells=table, draws=20_000).pairs
    assert pair.probability == pytest.approx(NormalDist().cdf(0.5 / np.hypot(0.5, 0.5)), abs=0.015)
    assert pair.verdict is Verdict.UNRESOLVED
    least, most = np.log(np.log(0.105) / np.log(0.895)), np.log(np.log(0.095) / np.log(0.805))
    assert pair.margin == pytest.approx(least - most)


def test_the_interval_widens_with_the_errors_of_the_ranking():
    unsure = [film(name, decades, error=1.5) for name, decades in zip("abcd", (-5, -6, -7, -8), strict=True)]
    (correlation,) = against_literature(anodes(*unsure), cells=SAME_ORDER, draws=2000).correlations
    assert correlation.tau == 1
    assert correlation.interval[0] < 0.4 < correlation.interval[1] == 1


def test_a_film_that_fails_a_gate_stands_below_all():
    failing = (film("a", -5, eigenvalue=-5), *FOUR[1:])
    found = against_literature(anodes(*failing), cells=SAME_ORDER, draws=200)
    assert found.correlations[0].tau == 0  # a below b, c and d: three pairs right, three wrong
    assert {effect.film: effect.rank for effect in found.effects} == {"a": 4, "b": 1, "c": 2, "d": 3}


def test_a_pair_that_a_bound_leaves_open_is_left_out():
    table = cells(
        row("a", ">200", "100", metric="life"),
        row("b", "150", "100", metric="life"),
        row("c", "300", "100", metric="life"),
        row("d", ">250", "100", metric="life"),
    )
    found = against_literature(anodes(*FOUR), cells=table, draws=100)
    (correlation,) = found.correlations
    assert {(pair.better, pair.worse) for pair in found.pairs} == {("a", "b"), ("c", "b"), ("d", "b")}
    assert (correlation.pairs, correlation.undecided) == (3, 3)
    assert any("a and d" in words and "are only bounds" in words for words in found.undecided)
    assert any("a and c" in words and "a is only a bound" in words for words in found.undecided)


def test_what_is_equal_within_rounding_is_not_decided():
    found = against_literature(
        anodes(*FOUR), cells=cells(row("a", "90", "10"), row("b", "90", "10")), draws=50
    )
    assert found.pairs == ()
    assert found.undecided == ("anode: a and b (fade, across studies): equal within rounding",)


@pytest.mark.parametrize("count", [2, 3])
def test_of_fewer_than_four_films_no_correlation_is_told(count):
    found = against_literature(anodes(*FOUR[:count]), cells=SAME_ORDER, draws=50)
    (correlation,) = found.correlations
    assert (correlation.tau, correlation.interval, correlation.p_value) == (None, None, None)
    assert correlation.missing == (
        f"no correlation can be told: {count} films with a decided pair, at least 4 are needed"
    )
    assert len(found.pairs) == count * (count - 1) / 2


def test_films_that_are_not_ranked_are_named():
    found = against_literature(anodes(FOUR[0]), cells=SAME_ORDER, draws=50)
    assert found.not_ranked == {Electrode.ANODE: ("b", "c", "d")}
    assert (found.pairs, found.correlations) == ((), ())
    assert [effect.rank for effect in found.effects] == [1, None, None, None]


def test_values_measured_alike_need_no_bare_electrode():
    table = cells(
        row("a", "20", metric="overpotential", comparable="one study"),
        row("b", "30", metric="overpotential", comparable="one study"),
        row("c", "10", metric="overpotential", comparable="another study"),
    )
    (pair,) = against_literature(anodes(*FOUR), cells=table, draws=50).pairs
    assert (pair.better, pair.worse, pair.scope) == ("a", "b", Scope.ALIKE)
    assert pair.margin == pytest.approx(9)


def test_without_a_bare_electrode_studies_are_not_compared():
    assert groups_of(cells(row("a", "90"), row("b", "80")), Electrode.ANODE) == []


def test_films_made_otherwise_count_in_a_scope_of_their_own():
    table = cells(
        row("a", "90", "10"),
        row("b", "80", "10"),
        row("c", "70", "10"),
        row("d", "60", "10", process="other"),
    )
    found = against_literature(anodes(*FOUR), cells=table, draws=100)
    by_scope = {correlation.scope: correlation for correlation in found.correlations}
    assert by_scope[Scope.STUDIES].films == ("a", "b", "c")
    assert by_scope[Scope.PROCESSES].films == ("a", "b", "c", "d")
    assert by_scope[Scope.PROCESSES].tau == 1
    assert {pair.scope for pair in found.pairs if "d" not in (pair.better, pair.worse)} == {Scope.STUDIES}


def test_a_pair_that_two_comparisons_order_differently_is_left_out_of_the_pool():
    table = cells(
        row("a", "90", "10"),
        row("b", "80", "10"),
        row("a", "100", metric="life", comparable="one study"),
        row("b", "200", metric="life", comparable="one study"),
    )
    found = against_literature(anodes(*FOUR), cells=table, draws=50)
    pooled = found.correlations[-1]
    assert (pooled.name, pooled.pairs, pooled.undecided) == ("all pooled", 0, 1)
    assert {(pair.better, pair.worse) for pair in found.pairs} == {("a", "b"), ("b", "a")}


def test_both_electrodes_are_pooled_with_each_film_among_its_own():
    records = [*FOUR[:3], *(film(name, decades, role="cathode") for name, decades in (("x", -5), ("y", -7)))]
    sheets = {electrode: judge(records, electrode) for electrode in Electrode}
    table = cells(
        *(row(name, value, "10") for name, value in zip("abc", ("90", "80", "70"), strict=True)),
        *(row(name, value, "10", electrode="cathode") for name, value in (("x", "60"), ("y", "90"))),
    )
    found = against_literature(sheets, cells=table, draws=50)
    pooled = found.correlations[-1]
    assert (pooled.electrode, pooled.films, pooled.pairs) == (None, ("a", "b", "c", "x", "y"), 4)
    assert pooled.tau == pytest.approx((3 - 1) / 4)
    assert pooled.p_value == pytest.approx(8 / 12)  # of 3! x 2! orders 4 are nearer to balance
    assert pooled.least_p_value == pytest.approx(2 / 12)


def test_cells_with_both_electrodes_coated_say_nothing_of_one_film():
    both = row("a", "99", "10")
    both["cathode"] = "x"
    found = against_literature(anodes(*FOUR), cells=cells(both, row("b", "80", "10")), draws=50)
    assert [effect.film for effect in found.effects] == ["b"]


def test_the_result_goes_through_json():
    found = against_literature(anodes(*FOUR), cells=SAME_ORDER, draws=50)
    assert Comparison.model_validate_json(found.model_dump_json()) == found


def test_remarks_and_limits_are_told_with_their_source():
    remark = {"anode": "a", "says": "no difference", "source": "@one"}
    other = {"cathode": "x", "says": "of the other electrode", "source": "@one"}
    found = against_literature(anodes(*FOUR), cells=cells(row("a", "90"), remarks=[remark, other]), draws=50)
    assert found.remarks == ("no difference (One, J. Cells 1, 1 (2020))",)
    assert found.limits == ("one limit",)


def test_of_the_shipped_table_the_cathodes_can_be_ordered_across_studies():
    films = [film(name, role="both") for name in ("Li2S", "LZO", "Al2O3", "ZrO2", "TiO2")]
    found = against_literature({Electrode.CATHODE: judge(films, Electrode.CATHODE)}, draws=50)
    told = {(pair.better, pair.worse): pair.scope for pair in found.pairs}
    assert told["Li2S", "LZO"] is Scope.STUDIES
    assert told["LZO", "ZrO2"] is Scope.PROCESSES


def test_of_the_shipped_table_long_lives_are_bounds_that_decide_nothing():
    (group,) = groups_of(reported_cells(), Electrode.ANODE)
    assert (set(group.spans), group.decided) == ({"LiGL", "LiTEA"}, [])


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(DataError, match="no ranking to compare"):
        against_literature({})
    with pytest.raises(DataError, match="at least one draw"):
        against_literature(anodes(*FOUR), draws=0)


def test_no_film_at_all_is_a_comparison_without_pairs():
    found = against_literature({electrode: judge([], electrode) for electrode in Electrode}, draws=50)
    assert (found.pairs, found.correlations) == ((), ())
    assert "LiGL" in found.not_ranked[Electrode.ANODE]
