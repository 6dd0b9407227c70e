"""The value of knowing a number: closed forms, nothing for what cannot matter, no bias to speak of."""

from statistics import NormalDist

import numpy as np
import pytest

from lithicoat.analysis.decision.information import conditional_means, learn
from lithicoat.analysis.errors import DataError

NORMAL = NormalDist()
DRAWS = 10_000
KNOWN = np.full(DRAWS, np.nan)


def expected_gain(lead, spread):
    """Value of knowing the difference of two utilities, normal with this mean and spread (unit loss)."""
    return spread * NORMAL.pdf(lead / spread) - abs(lead) * NORMAL.cdf(-abs(lead) / spread)


def two_films(seed, *, lead, told, untold, rival=0.1):
    """One film whose utility is told in part by a number, against one that is not told."""
    number, rest, other = np.random.default_rng(seed).standard_normal((3, DRAWS))
    utility = np.array([0.5 + told * number + untold * rest, 0.5 - lead + rival * other])
    return utility, {"number": np.array([number, KNOWN]), "rest": np.array([rest, KNOWN])}


def the(learned, name, film=0):
    return next(one for one in learned.numbers if (one.name, one.film) == (name, film))


@pytest.mark.parametrize("lead", [0.05, -0.05, 0.15])
@pytest.mark.parametrize("told", [0.1, 0.05])
def test_a_number_is_worth_what_the_formula_for_two_normals_says(lead, told):
    found = [the(learn(*two_films(seed, lead=lead, told=told, untold=0.1)), "number") for seed in range(12)]
    values = np.array([one.gain.value for one in found])
    exact = expected_gain(lead, told)
    assert values.mean() == pytest.approx(exact, rel=0.04, abs=4e-4)
    assert np.mean([one.first for one in found]) == pytest.approx(NORMAL.cdf(-abs(lead) / told), abs=0.012)
    assert np.abs(values - exact).max() < 4 * max(one.gain.error for one in found) + 2e-4


def test_everything_is_worth_what_the_formula_says():
    everything = [
        learn(*two_films(seed, lead=0.05, told=0.08, untold=0.06)).everything.value for seed in range(10)
    ]
    assert np.mean(everything) == pytest.approx(expected_gain(0.05, np.hypot(0.1, 0.1)), rel=0.02)


def test_the_stated_error_is_the_scatter_over_seeds():
    found = [
        the(learn(*two_films(seed, lead=0.05, told=0.1, untold=0.1)), "number").gain for seed in range(40)
    ]
    scatter = np.std([gain.value for gain in found])
    assert np.mean([gain.error for gain in found]) == pytest.approx(scatter, rel=0.35)


def test_a_number_that_the_utility_does_not_depend_on_is_worth_nothing():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        utility = rng.normal(0.5, 0.1, (2, DRAWS))
        numbers = rng.standard_normal((2, DRAWS))
        for one in learn(utility, {"idle": numbers}).numbers:
            assert (one.gain.value, one.first, one.moved, one.places) == (0, 0, 0, 0)


def test_a_number_that_cannot_overtake_is_worth_nothing():
    utility, behind = two_films(0, lead=0.6, told=0.1, untold=0.0)
    learned = learn(utility, behind)
    assert the(learned, "number").gain.value == 0
    assert learned.everything.value < 1e-3


def test_a_single_film_has_nothing_to_gain():
    utility, behind = two_films(0, lead=0.0, told=0.1, untold=0.1)
    learned = learn(utility[:1], {"number": behind["number"][:1]})
    assert (the(learned, "number").gain.value, the(learned, "number").first) == (0, 0)
    assert learned.everything.value == 0


def test_a_gate_that_passes_in_half_of_the_draws_is_worth_half_of_what_it_opens():
    gate = np.random.default_rng(1).standard_normal(DRAWS)
    utility = np.array([np.full(DRAWS, 0.5), np.where(gate > 0, 0.8, 0.0)])
    learned = learn(utility, {"gate": np.array([KNOWN, gate])})
    one = the(learned, "gate", film=1)
    assert learned.best == 0
    assert one.gain.value == pytest.approx(0.5 * (0.8 - 0.5), abs=0.01)
    assert (one.first, one.moved, one.places) == pytest.approx((0.5, 0.5, 0.5), abs=0.03)


def test_ranks_move_where_films_stand_close():
    """A uniform utility from 0 to 1 among films at 0.1, 0.3, 0.5, 0.7, 0.9, itself at 0.5."""
    number = np.random.default_rng(2).uniform(0, 1, DRAWS)
    rows = [np.full(DRAWS, level) for level in (0.1, 0.3, 0.499, 0.7, 0.9)]
    utility = np.array([*rows, number])
    behind = {"number": np.array([*[KNOWN] * 5, number])}
    one = the(learn(utility, behind), "number", film=5)
    assert one.moved == pytest.approx(0.8, abs=0.03)  # it stays between 0.499 and 0.7
    steps = {"below 0.1": 0.1 * 3, "0.1": 0.2 * 2, "0.3": 0.2 * 1, "0.7": 0.2 * 1, "above 0.9": 0.1 * 2}
    assert one.places == pytest.approx(sum(steps.values()), abs=0.04)
    assert one.first == pytest.approx(0.1, abs=0.02)


def test_more_knowledge_is_never_worth_less():
    rng = np.random.default_rng(3)
    numbers = {name: rng.standard_normal((4, DRAWS)) for name in ("one", "two")}
    base = np.array([[0.5], [0.48], [0.45], [0.3]])
    utility = base + 0.08 * numbers["one"] + 0.05 * np.tanh(numbers["two"])
    learned = learn(utility, numbers)
    for one in learned.numbers:
        assert one.gain.value <= learned.films[one.film].value + 1e-3
        assert one.gain.value <= learned.everywhere[one.name].value + 1e-3
    assert max(gain.value for gain in learned.films) <= learned.everything.value
    assert max(gain.value for gain in learned.everywhere.values()) <= learned.everything.value + 1e-3


def test_one_number_of_all_films_is_worth_what_the_formula_says():
    rng = np.random.default_rng(4)
    numbers, rest = rng.standard_normal((2, 2, DRAWS))
    utility = np.array([[0.5], [0.45]]) + 0.06 * numbers + 0.1 * rest
    worth = learn(utility, {"number": numbers}).everywhere["number"]
    assert worth.value == pytest.approx(expected_gain(0.05, np.hypot(0.06, 0.06)), rel=0.06)


def test_the_order_of_films_and_the_scale_of_a_number_do_not_matter():
    rng = np.random.default_rng(5)
    numbers = rng.standard_normal((3, DRAWS))
    utility = np.array([[0.5], [0.47], [0.44]]) + 0.1 * numbers + rng.normal(0, 0.05, (3, DRAWS))
    plain = learn(utility, {"number": numbers})
    turned = learn(utility[::-1], {"number": 1e6 * numbers[::-1] ** 3})
    assert [2 - one.film for one in turned.numbers] == [one.film for one in plain.numbers]
    for one, other in zip(turned.numbers, plain.numbers, strict=True):
        assert (one.gain.value, one.moved) == pytest.approx((other.gain.value, other.moved))


def test_the_value_is_in_the_unit_of_the_utility():
    utility, behind = two_films(6, lead=0.02, told=0.1, untold=0.1)
    plain, scaled = learn(utility, behind), learn(100 * utility + 7, behind)
    assert the(scaled, "number").gain.value == pytest.approx(100 * the(plain, "number").gain.value)


def test_conditional_means_follow_a_step_and_a_valley():
    number = np.random.default_rng(7).uniform(-1, 1, DRAWS)
    noise = np.random.default_rng(8).normal(0, 0.1, DRAWS)
    for shape in (number > 0.2, number**2):
        truth = shape.astype(float)
        fitted = conditional_means(truth + noise, number)
        assert np.sqrt(np.mean((fitted - truth) ** 2)) < 0.1
        assert fitted.mean() == pytest.approx((truth + noise).mean())


@pytest.mark.parametrize(
    ("utility", "behind", "told"),
    [
        (np.zeros((2, 500)), np.zeros((2, 400)), "number has shape"),
        (np.zeros(500), np.zeros(500), "films by draws"),
        (np.zeros((0, 500)), np.zeros((0, 500)), "films by draws"),
        (np.zeros((2, 50)), np.zeros((2, 50)), "50 draws in 7 bins: too few"),
        (np.full((2, 500), np.inf), np.zeros((2, 500)), "not finite"),
        (np.zeros((2, 500)), np.array([[np.nan] + [0.0] * 499] * 2), "not finite"),
    ],
)
def test_what_cannot_be_used_is_said(utility, behind, told):
    with pytest.raises(DataError, match=told):
        learn(utility, {"number": behind})


def test_utilities_and_numbers_come_in_pairs():
    with pytest.raises(DataError, match="one of each per draw"):
        conditional_means(np.zeros(500), np.zeros(400))
    with pytest.raises(DataError, match="in 400 bins: too few"):
        conditional_means(np.zeros(500), np.zeros(500), bins=400)


def test_what_the_other_numbers_do_does_not_blur_a_weak_one():
    """A number of a tenth of the film's spread, at a fifth of a thousandth of the utility's unit."""
    exact = expected_gain(0.02, 0.01)
    values = [
        the(learn(*two_films(seed, lead=0.02, told=0.01, untold=0.1, rival=0.0)), "number").gain.value
        for seed in range(10)
    ]
    assert np.mean(values) == pytest.approx(exact, rel=0.3)


def test_films_that_are_alike_share_a_rank_whatever_is_learned():
    number = np.random.default_rng(9).standard_normal(DRAWS)
    utility = np.full((3, DRAWS), 0.6)
    learned = learn(utility, {"number": np.array([number, number, KNOWN])})
    assert [(one.moved, one.first, one.gain.value) for one in learned.numbers] == [(0, 0, 0)] * 2
