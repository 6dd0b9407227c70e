"""Log response ratios: signs, limits, bounds, and what makes retentions comparable."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lithicoat.analysis.reported.cells import CellResult, Direction, Metric, Process, Response
from lithicoat.analysis.reported.responses import log_response_ratio, oriented, span_of_all


def metric(better="higher", response="value"):
    return Metric(unit="1", better=Direction(better), response=Response(response), family="test", says="test")


def result(value, bare=None):
    return CellResult(
        cathode="A",
        cell="Li||NMC811",
        metric="test",
        value=value,
        bare=bare,
        process=Process.ALD,
        comparable="one",
        source="@one",
    )


def test_twice_as_much_is_ln_2_and_half_as_much_is_the_same_where_less_is_better():
    more = log_response_ratio(result("200.0", "100.0"), metric())
    less = log_response_ratio(result("50.00", "100.0"), metric("lower"))
    assert more.value == pytest.approx(math.log(2))
    assert less.value == pytest.approx(math.log(2))
    assert more.low < more.value < more.high


def test_the_ratio_of_decays_does_not_depend_on_the_number_of_cycles():
    keeps, bare = 0.999, 0.995
    gains = [
        log_response_ratio(
            result(f"{100 * keeps**cycles:.6f}", f"{100 * bare**cycles:.6f}"), metric(response="decay")
        ).value
        for cycles in (10, 100, 500)
    ]
    assert gains == pytest.approx([math.log(math.log(bare) / math.log(keeps))] * 3, abs=1e-4)


def test_cycles_to_80_percent_and_the_retention_give_the_same_ratio_of_decays():
    keeps, bare = 0.999, 0.996
    retention = log_response_ratio(
        result(f"{100 * keeps**200:.6f}", f"{100 * bare**200:.6f}"), metric(response="decay")
    )
    cycles = [math.log(0.8) / math.log(rate) for rate in (keeps, bare)]
    life = log_response_ratio(result(f"{cycles[0]:.4f}", f"{cycles[1]:.4f}"), metric())
    assert retention.value == pytest.approx(life.value, abs=1e-4)


def test_an_efficiency_counts_by_what_it_lacks():
    gain = log_response_ratio(result("99.0", "90.0"), metric(response="loss"))
    assert gain.value == pytest.approx(math.log(10))
    assert gain.low == pytest.approx(math.log(9.95 / 1.05))
    assert gain.high == pytest.approx(math.log(10.05 / 0.95))


def test_a_ratio_that_is_reported_as_such_needs_no_bare_electrode():
    assert log_response_ratio(result("5.0"), metric(response="ratio")).value == pytest.approx(math.log(5))
    lower = log_response_ratio(result("5.0"), metric("lower", "ratio"))
    assert lower.value == pytest.approx(-math.log(5))
    assert lower.low < lower.value < lower.high


def test_without_a_bare_electrode_there_is_no_ratio():
    assert log_response_ratio(result("5.0"), metric()) is None


def test_a_bound_stays_open_on_its_side():
    gain = log_response_ratio(result(">200", "158"), metric())
    assert gain.low == pytest.approx(math.log(200 / 158.5))
    assert gain.high == math.inf
    faster = log_response_ratio(result("<3", "30"), metric("lower"))
    assert faster.low == pytest.approx(math.log(29.5 / 3))
    assert faster.high == math.inf


def test_two_bounds_on_the_same_side_say_nothing():
    gain = log_response_ratio(result(">200", ">158"), metric())
    assert (gain.low, gain.high) == (-math.inf, math.inf)


def test_a_retention_of_all_is_an_open_gain_and_no_error():
    gain = log_response_ratio(result("100", "90"), metric(response="decay"))
    assert gain.high == math.inf
    assert gain.low == pytest.approx(math.log(math.log(0.905) / math.log(0.995)))


def test_values_are_turned_so_that_more_is_better():
    assert oriented(result("20.2"), metric("lower")) == pytest.approx((-20.25, -20.15, -20.2))
    assert oriented(result(">300"), metric()).high == math.inf
    assert oriented(result("30"), metric()).above(oriented(result("20"), metric()))
    assert not oriented(result(">20"), metric()).above(oriented(result("30"), metric()))
    assert oriented(result("3"), metric("lower")).above(oriented(result("5"), metric("lower")))


def test_several_numbers_of_one_film_make_the_span_that_holds_all():
    spans = [oriented(result(text), metric()) for text in ("30", "40")]
    assert span_of_all(spans) == pytest.approx((29.5, 40.5, 35))


@given(
    coated=st.integers(1, 99),
    bare=st.integers(1, 99),
    better=st.sampled_from(["higher", "lower"]),
    response=st.sampled_from(["value", "decay", "loss"]),
)
def test_the_ratio_lies_in_its_interval_and_turns_with_coated_and_bare(coated, bare, better, response):
    kind = metric(better, response)
    there = log_response_ratio(result(str(coated), str(bare)), kind)
    back = log_response_ratio(result(str(bare), str(coated)), kind)
    assert there.low <= there.value <= there.high
    assert there.value == pytest.approx(-back.value)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    if coated != bare:
        assert (there.value > 0) == ((coated > bare) == (better == "higher"))
