"""Claims of the literature judged by probability, bounds honoured."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import norm

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.literature import BOUND_HOLDS, CONFIDENT, Belief, Span, Verdict, verdict
from lithicoat.analysis.properties import Bound, Property


def decades(value, uncertainty=None, bound=None):
    return Property(value=value, uncertainty=uncertainty, unit="decades", bound=bound)


def test_a_value_gives_the_tail_of_the_normal_distribution():
    belief = Belief.of(decades(-5.0, 1.5))
    assert belief.at_least(-4) == pytest.approx(Span(*2 * [norm.sf(-4, -5, 1.5)]))
    assert belief.between(-6, -4).low == pytest.approx(norm.cdf(-4, -5, 1.5) - norm.cdf(-6, -5, 1.5))
    assert belief.between(None, -4).low == pytest.approx(1 - belief.between(-4, None).low)


def test_a_difference_is_that_of_sampled_values():
    rng = np.random.default_rng(1)
    first, second = Belief(-3.0, 0.8), Belief(-4.5, 1.1)
    sampled = rng.normal(-3, 0.8, 200_000) - rng.normal(-4.5, 1.1, 200_000)
    assert first.minus(second).at_least(1.0).low == pytest.approx(np.mean(sampled >= 1.0), abs=0.005)


def test_probability_is_between_zero_and_one_and_falls_with_the_threshold():
    for bound in (None, Bound.UPPER, Bound.LOWER):
        belief = Belief(0.0, 1.0, bound, 1.0 if bound is None else BOUND_HOLDS)
        spans = [belief.at_least(threshold) for threshold in np.linspace(-6, 6, 25)]
        assert all(0 <= span.low <= span.high <= 1 for span in spans)
        assert all(one.high >= next_.high and one.low >= next_.low for one, next_ in pairwise(spans))


@pytest.mark.parametrize(
    ("quantity", "limits", "expected"),
    [
        (decades(-12, bound=Bound.UPPER), (None, -9), Verdict.AGREES),
        (decades(-7, bound=Bound.UPPER), (None, -9), Verdict.UNRESOLVED),
        (decades(-7, bound=Bound.UPPER), (-5, -3), Verdict.DISAGREES),
        (decades(-2, bound=Bound.UPPER), (-5, -3), Verdict.UNRESOLVED),
        (decades(-2, bound=Bound.LOWER), (-5, None), Verdict.AGREES),
        (decades(-2, bound=Bound.LOWER), (None, -9), Verdict.DISAGREES),
        (decades(-4, 0.4), (-5, -3), Verdict.AGREES),
        (decades(-4, 1.0), (-5, -3), Verdict.UNRESOLVED),
        (decades(-9, 1.0), (-5, -3), Verdict.DISAGREES),
    ],
)
def test_bounds_are_honoured(quantity, limits, expected):
    assert verdict(Belief.of(quantity).between(*limits)) is expected


def test_a_value_over_a_bound_is_a_lower_bound_of_the_difference():
    film, crystal = Belief.of(decades(-6, 0.3)), Belief.of(decades(-12, bound=Bound.UPPER))
    assert film.minus(crystal).bound is Bound.LOWER
    assert verdict(film.minus(crystal).at_least(1)) is Verdict.AGREES
    assert verdict(crystal.minus(film).at_least(0)) is Verdict.DISAGREES
    assert verdict(film.minus(Belief.of(decades(-3, bound=Bound.UPPER))).at_least(1)) is Verdict.UNRESOLVED


def test_of_two_upper_bounds_nothing_is_known():
    bound = Belief.of(decades(-12, bound=Bound.UPPER))
    assert bound.minus(bound) is None
    assert verdict(None) is Verdict.UNRESOLVED
    above = Belief.of(decades(-3, bound=Bound.LOWER))
    assert verdict(above.minus(bound).at_least(1)) is Verdict.AGREES
    assert above.minus(bound).holds == pytest.approx(BOUND_HOLDS**2)


def test_two_bounds_that_hold_together_can_still_agree():
    assert BOUND_HOLDS**2 >= CONFIDENT


def test_what_says_nothing_is_no_belief():
    assert Belief.of(Property.missing("decades", "the run failed")) is None
    assert Belief.of(decades(-5.0)) is None


def test_an_error_from_elsewhere_can_only_take_certainty_away():
    belief = Belief(-12.0, 0.5)
    assert verdict(belief.between(None, -9)) is Verdict.AGREES
    assert verdict(belief.widened(5.0).between(None, -9)) is Verdict.UNRESOLVED


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ((None, None), "needs a lower or an upper limit"),
        ((-3, -5), "-3 of a claim is not below its upper limit -5"),
    ],
)
def test_a_claim_without_meaning_is_refused(limits, sentence):
    with pytest.raises(DataError, match=sentence):
        Belief(0.0, 1.0).between(*limits)


def test_a_span_is_written_as_one_number_where_it_is_one():
    assert str(Span(0.97, 0.97)) == "0.97"
    assert str(Span(0.0, 1.0)) == "0.00-1.00"
