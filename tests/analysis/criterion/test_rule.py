"""The rule G > 2 G_Li and its probability."""

import numpy as np
import pytest

from lithicoat.analysis.criterion.rule import modulus_ratio, pass_probability
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.lognormal import log_standard_deviation
from lithicoat.analysis.properties import Bound, Property


def gpa(value, uncertainty=None, **more):
    return Property(value=value, uncertainty=uncertainty, unit="GPa", **more)


def test_fifty_gpa_pass():
    result = modulus_ratio(gpa(50))
    assert result.ratio.value == pytest.approx(11.8, abs=0.05)
    assert result.threshold_GPa == 8.5
    assert result.passes
    assert result.probability is None


def test_eight_plus_minus_two_is_a_matter_of_probability():
    result = modulus_ratio(gpa(8.0, 2.0))
    assert not result.passes
    assert 0.3 < result.probability < 0.5
    assert result.ratio.uncertainty == pytest.approx(2 / 4.25)


def test_the_probability_is_that_of_log_normal_draws():
    spread = log_standard_deviation(8.0, 2.0)
    draws = 8.0 * np.exp(spread * np.random.default_rng(0).standard_normal(200_000))
    assert np.std(draws) / np.mean(draws) == pytest.approx(0.25, rel=0.02)
    assert modulus_ratio(gpa(8.0, 2.0)).probability == pytest.approx(np.mean(draws > 8.5), abs=0.004)


def test_many_films_get_the_probabilities_of_each():
    values, errors = [8.0, 8.5, 0.0, 20.0, 5.0], [2.0, 3.0, 1.0, 0.0, 0.0]
    together = pass_probability(values, errors, threshold_GPa=8.5)
    alone = [modulus_ratio(gpa(*film)).probability for film in zip(values, errors, strict=True)]
    np.testing.assert_allclose(together, alone)
    np.testing.assert_allclose(together[1:], [0.5, 0, 1, 0])


def test_at_the_threshold_it_is_one_half_whatever_the_error():
    for error in (0.1, 2, 50):
        assert modulus_ratio(gpa(8.5, error)).probability == pytest.approx(0.5)


def test_the_probability_rises_with_the_modulus_and_sharpens_with_the_error():
    rising = [modulus_ratio(gpa(g, 2)).probability for g in (2, 5, 8, 10, 20)]
    assert rising == sorted(rising)
    sharper = [modulus_ratio(gpa(10, error)).probability for error in (5, 2, 1, 0.1)]
    assert sharper == sorted(sharper)
    assert modulus_ratio(gpa(10, 0.0)).probability == 1.0
    assert modulus_ratio(gpa(8, 0.0)).probability == 0.0


def test_a_liquid_fails():
    assert modulus_ratio(gpa(0.0, 1.0)).probability == 0.0


@pytest.mark.parametrize(
    ("value", "bound", "passes", "probability"),
    [
        (5, Bound.UPPER, False, 0.0),
        (20, Bound.UPPER, None, None),
        (20, Bound.LOWER, True, 1.0),
        (5, Bound.LOWER, None, None),
    ],
)
def test_bounds(value, bound, passes, probability):
    result = modulus_ratio(gpa(value, bound=bound))
    assert (result.passes, result.probability) == (passes, probability)
    assert result.ratio.bound is bound


def test_a_missing_modulus_stays_missing_with_its_reason():
    result = modulus_ratio(Property.missing("GPa", "relaxation failed"))
    assert result.passes is None
    assert result.ratio.value is None
    assert result.ratio.flags == ("relaxation failed",)


def test_the_negative_modulus_of_an_unstable_cell_gives_no_ratio():
    result = modulus_ratio(gpa(-3, flags=("not Born-stable",)))
    assert (result.passes, result.probability) == (None, None)
    assert result.ratio.flags == ("negative shear modulus", "not Born-stable")


def test_an_absurd_modulus_of_lithium_is_refused():
    with pytest.raises(DataError, match="li shear modulus must be above 0, got 0"):
        modulus_ratio(gpa(10), li_shear_modulus_GPa=0)
    with pytest.raises(DataError, match="above that of diamond"):
        modulus_ratio(gpa(5e9))


def test_another_unit_is_refused():
    with pytest.raises(DataError, match="given in GPa, not in Pa"):
        modulus_ratio(Property(value=5e9, unit="Pa"))
