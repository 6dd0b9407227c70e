"""Distances against chi-square quantiles, thresholds against counts, verdicts against the binomial."""

import numpy as np
import pytest
from scipy.stats import binom, chi2

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.films.environments import (
    HIGHEST_USUAL_FRACTION,
    MARGIN,
    USUAL_FRACTION,
    ElementEnvironments,
    EnvironmentVerdict,
    _chance,
    _usual_fraction,
    fit_environments,
    judge_environments,
)

DIMENSIONS = 24
LEADING = 4


def cloud(count: int, *, seed: int, centre: float = 0.0) -> np.ndarray:
    """Gaussian points: four wide directions, turned into general ones, and noise of one size in the rest."""
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(DIMENSIONS, DIMENSIONS)))[0]
    widths = np.r_[[10.0, 5.0, 3.0, 2.0], np.full(DIMENSIONS - LEADING, 0.1)]
    return centre + rng.normal(size=(count, DIMENSIONS)) * widths @ turn


def cells(count: int, atoms: int) -> np.ndarray:
    return np.arange(count) // atoms


@pytest.fixture(scope="module")
def known() -> ElementEnvironments:
    return fit_environments(cloud(4000, seed=1), cloud(2000, seed=2), cells(2000, 10), components=LEADING)


def test_distances_of_a_gaussian_follow_chi_square(known: ElementEnvironments):
    """d² of a Gaussian cloud in 24 dimensions is chi-square distributed with 24 degrees of freedom."""
    squared = known.distances(cloud(20_000, seed=3)) ** 2
    for probability in (0.1, 0.5, 0.9, 0.99):
        assert np.quantile(squared, probability) == pytest.approx(chi2.ppf(probability, DIMENSIONS), rel=0.03)


def test_the_threshold_is_the_quantile_of_a_gaussian(known: ElementEnvironments):
    assert known.threshold**2 == pytest.approx(chi2.ppf(0.99, DIMENSIONS), rel=0.05)
    assert known.farthest > known.threshold


def test_distances_do_not_depend_on_the_frame_of_the_descriptors():
    turn = np.linalg.qr(np.random.default_rng(9).normal(size=(DIMENSIONS, DIMENSIONS)))[0]
    train, test, asked = (cloud(n, seed=s) for n, s in ((500, 1), (300, 2), (50, 3)))
    plain = fit_environments(train, test, cells(300, 10))
    turned = fit_environments(train @ turn + 3.0, test @ turn + 3.0, cells(300, 10))
    np.testing.assert_allclose(turned.distances(asked @ turn + 3.0), plain.distances(asked), rtol=1e-3)


def test_a_distance_grows_as_the_deviation(known: ElementEnvironments):
    """A step of one standard deviation along a leading component is a distance of one."""
    axis, width = np.array(known.components[0]), np.sqrt(known.variances[0])
    for steps in (1.0, 7.0):
        (found,) = known.distances((np.array(known.mean) + steps * width * axis)[None])
        assert found == pytest.approx(steps, rel=1e-3)


def test_numbers_survive_their_rounding(known: ElementEnvironments):
    again = ElementEnvironments.model_validate_json(known.model_dump_json())
    assert again == known
    assert len(known.model_dump_json()) < 12 * (LEADING + 2) * DIMENSIONS


def test_a_small_test_set_does_not_lower_the_threshold():
    train = cloud(2000, seed=1)
    alone = fit_environments(train, np.empty((0, DIMENSIONS)), np.empty(0))
    near = fit_environments(train, train.mean(axis=0)[None], np.zeros(1))
    assert near.threshold == alone.threshold
    far = fit_environments(train, cloud(10, seed=2) * 3.0, np.zeros(10))
    assert far.threshold > alone.threshold
    assert far.threshold == pytest.approx(far.farthest)


def test_few_atoms_get_few_components():
    assert len(fit_environments(cloud(100, seed=1), cloud(50, seed=2), cells(50, 5)).variances) == 5


def test_cells_like_the_training_are_flagged_as_rarely_as_said(known: ElementEnvironments):
    """Chance alone may flag one cell of twenty."""
    points = cloud(400 * 12, seed=4).reshape(400, 12, DIMENSIONS)
    flagged = [judge_environments({"Li": known}, [cell], ["Li"] * 12).flagged for cell in points]
    assert np.mean(flagged) < 0.05


def test_foreign_atoms_of_a_rare_element_are_found_in_a_large_cell(known: ElementEnvironments):
    """Two atoms of two hundred: one percent of the cell, but all there is of their element."""
    symbols = ["Li"] * 198 + ["P"] * 2
    points = np.vstack([cloud(198, seed=5), cloud(2, seed=6, centre=9.0)])
    verdict = judge_environments({"Li": known, "P": known}, [points], symbols)
    assert verdict.flagged
    assert verdict.elements[0].element == "P"
    assert verdict.elements[0].worst_atom in {198, 199}
    assert verdict.fraction < 0.05
    sentence = verdict.sentence("mine", "amorphous Li3PO4")
    assert sentence is not None
    assert sentence.startswith("outside the training of mine: 100 % of P atoms (amorphous Li3PO4, worst P19")


def test_one_atom_far_beyond_all_is_enough(known: ElementEnvironments):
    points = cloud(200, seed=7)
    points[17] = np.array(known.mean)
    assert not judge_environments({"Li": known}, [points], ["Li"] * 200).flagged
    deviation = 1.01 * MARGIN * known.farthest * np.sqrt(known.variances[0])
    points[17] += deviation * np.array(known.components[0])
    verdict = judge_environments({"Li": known}, [points], ["Li"] * 200)
    assert verdict.flagged
    assert verdict.elements[0].worst_atom == 17


def test_frames_of_one_run_count_as_one_cell(known: ElementEnvironments):
    """The same frame ten times is no more evidence than once."""
    frame = cloud(30, seed=8)
    frame[:2] *= 4.0
    once = judge_environments({"Li": known}, [frame], ["Li"] * 30)
    often = judge_environments({"Li": known}, [frame] * 10, ["Li"] * 30)
    assert often.frames == 10
    assert often.elements == once.elements


def test_an_element_without_training_is_outside(known: ElementEnvironments):
    verdict = judge_environments({"Li": known}, [cloud(3, seed=1)], ["Li", "N", "Li"])
    assert verdict.flagged
    assert (verdict.elements[0].element, verdict.elements[0].worst_ratio) == ("N", None)
    assert verdict.elements[0].fraction == 1.0


def test_nothing_outside_says_nothing(known: ElementEnvironments):
    verdict = judge_environments({"Li": known}, [np.tile(known.mean, (5, 1))], ["Li"] * 5)
    assert verdict.sentence("mine", "Li") is None
    assert EnvironmentVerdict.model_validate_json(verdict.model_dump_json()) == verdict


@pytest.mark.parametrize(("outside", "atoms"), [(1, 1), (1, 6), (2, 20), (6, 100), (12, 12)])
def test_chance_is_the_tail_of_the_binomial(outside: int, atoms: int):
    assert _chance(outside, atoms) == pytest.approx(binom.sf(outside - 1, atoms, 0.01), rel=1e-9)


def test_no_atom_outside_is_certain_to_chance():
    assert _chance(0, 5) == 1.0


def test_the_usual_share_is_that_of_nineteen_of_twenty_test_cells():
    numbers = cells(1000, 10)
    outside = np.zeros(1000, dtype=bool)
    assert _usual_fraction(outside, numbers) == USUAL_FRACTION
    outside[np.isin(numbers, np.arange(10)) & (np.arange(1000) % 10 < 3)] = True
    assert _usual_fraction(outside, numbers) == pytest.approx(0.3)
    assert _usual_fraction(np.ones(1000, dtype=bool), numbers) == HIGHEST_USUAL_FRACTION
    assert _usual_fraction(np.empty(0, dtype=bool), np.empty(0)) == USUAL_FRACTION


def test_bad_numbers_are_refused(known: ElementEnvironments):
    with pytest.raises(DataError, match="10 training atoms; 50 are needed"):
        fit_environments(cloud(10, seed=1), cloud(10, seed=2), cells(10, 5))
    with pytest.raises(DataError, match="are alike"):
        fit_environments(np.ones((60, 4)), np.ones((5, 4)), np.zeros(5))
    with pytest.raises(DataError, match="must be finite"):
        known.distances(np.full((1, DIMENSIONS), np.nan))
    with pytest.raises(DataError, match="have length 3, the training's have 24"):
        known.distances(np.zeros((1, 3)))
    with pytest.raises(DataError, match=r"3 symbols and frames of \[2\] atoms"):
        judge_environments({"Li": known}, [cloud(2, seed=1)], ["Li"] * 3)
    with pytest.raises(DataError, match="do not fit"):
        judge_environments({"Li": known}, [], ["Li"])
