"""Calibration of shear moduli: recovery, robustness, propagation, flags."""

import math

import numpy as np
import pytest
from pydantic import ValidationError

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mechanics.calibration import Calibration, calibrated, fit_calibration
from lithicoat.analysis.properties import Bound, Property


def crystals(count=200, *, slope=1.5, scatter=0.2, seed=0):
    rng = np.random.default_rng(seed)
    predicted = 10 ** rng.uniform(0, 2, count)
    reference = slope * predicted * np.exp(scatter * rng.standard_normal(count))
    return predicted, reference, [f"crystal {index}" for index in range(count)]


def gpa(value, uncertainty=None, **more):
    return Property(value=value, uncertainty=uncertainty, unit="GPa", **more)


def test_slope_and_scatter_are_recovered():
    fit = fit_calibration(*crystals())
    assert fit.slope == pytest.approx(1.5, abs=3 * fit.slope_uncertainty)
    assert fit.scatter == pytest.approx(math.sqrt(math.expm1(0.2**2)), rel=0.2)
    assert fit.n == 200


def test_the_slope_error_covers_the_truth():
    pulls = [
        (fit.slope - 1.5) / fit.slope_uncertainty
        for fit in (fit_calibration(*crystals(40, seed=seed)) for seed in range(150))
    ]
    assert np.std(pulls) == pytest.approx(1.0, abs=0.25)


def test_outliers_hardly_move_it():
    predicted, reference, labels = crystals(50)
    spoiled = reference.copy()
    spoiled[:4] *= 20
    clean, robust = fit_calibration(predicted, reference, labels), fit_calibration(predicted, spoiled, labels)
    assert robust.slope == pytest.approx(clean.slope, rel=0.1)
    assert robust.scatter < 2 * clean.scatter


def test_a_few_crystals_give_the_plain_spread():
    # CHGNet before the project: Li2S 14.0 (33.9), LiF 29.4 (50.0), Li2O 48.3 (70) GPa.
    fit = fit_calibration([14.0, 29.4, 48.3], [33.9, 50.0, 70.0], ["Li2S", "LiF", "Li2O"])
    assert fit.slope == pytest.approx(50 / 29.4)
    assert fit.scatter == pytest.approx(0.27, abs=0.01)
    assert fit.range_GPa == (14.0, 48.3)


def test_a_unit_change_of_both_leaves_slope_and_scatter():
    predicted, reference, labels = crystals(30)
    one, other = (
        fit_calibration(predicted, reference, labels),
        fit_calibration(7 * predicted, 7 * reference, labels),
    )
    assert (one.slope, one.scatter) == pytest.approx((other.slope, other.scatter))


def test_it_corrects_and_carries_the_scatter():
    fit = fit_calibration(*crystals())
    corrected = fit.apply(gpa(10, 1.0))
    assert corrected.value == pytest.approx(10 * fit.slope)
    relative = math.hypot(fit.scatter, fit.slope_uncertainty / fit.slope, 0.1)
    assert corrected.uncertainty == pytest.approx(relative * corrected.value)
    assert corrected.flags == (f"calibrated on 200 crystals: x {fit.slope:.2f}, scatter {fit.scatter:.0%}",)


def test_outside_the_crystals_it_says_so():
    low, high = fit_calibration(*crystals()).range_GPa
    for value in (low / 2, 2 * high):
        flags = fit_calibration(*crystals()).apply(gpa(value)).flags
        assert any(flag.startswith("outside the") for flag in flags)


def test_bounds_missing_and_unstable_moduli():
    fit = fit_calibration(*crystals())
    assert fit.apply(gpa(10, bound=Bound.UPPER)).bound is Bound.UPPER
    missing = Property.missing("GPa", "not computed")
    assert fit.apply(missing) == missing
    soft = fit.apply(gpa(-3.0))
    assert (soft.value, soft.flags) == (-3.0, ("not positive: not calibrated",))


def test_an_uncalibrated_potential_is_flagged():
    raw = calibrated(gpa(10, 1.0), None)
    assert (raw.value, raw.flags) == (10, ("uncalibrated potential",))
    fit = fit_calibration(*crystals())
    assert calibrated(gpa(10), fit) == fit.apply(gpa(10))


def test_unstable_crystals_are_named_and_left_out():
    fit = fit_calibration([10, 20, 30, -5], [15, 30, 45, 20], ["a", "b", "c", "d"], potential="emt")
    assert (fit.n, fit.left_out, fit.potential) == (3, ("d",), "emt")
    assert (fit.slope, fit.scatter) == pytest.approx((1.5, 0))


def test_it_survives_json_and_refuses_a_spoiled_file():
    fit = fit_calibration(*crystals(12), potential="emt", sha256="0" * 64, reference="made up")
    text = fit.model_dump_json()
    assert Calibration.model_validate_json(text) == fit
    document = fit.model_dump()
    document["crystals"] = [{"label": "x", "predicted_GPa": -1.0, "reference_GPa": 1.0}] * 3
    with pytest.raises(ValidationError, match="positive predicted moduli"):
        Calibration.model_validate(document)


@pytest.mark.parametrize(
    ("predicted", "reference", "labels", "message"),
    [
        ([1, 2, 3], [1, 2, 3], ["a"], "3 predicted moduli, 3 references, 1 labels"),
        ([1, 2, np.nan], [1, 2, 3], "abc", "must be finite"),
        ([1, 2, 3], [1, 2, 0], "abc", "references positive"),
        ([1, 2, -3], [1, 2, 3], "abc", "2 crystals with a positive predicted modulus; a calibration needs 3"),
    ],
)
def test_bad_crystals_are_refused(predicted, reference, labels, message):
    with pytest.raises(DataError, match=message):
        fit_calibration(predicted, reference, list(labels))


def test_another_unit_is_refused():
    with pytest.raises(DataError, match="moduli in GPa, not in eV"):
        fit_calibration(*crystals(12)).apply(Property(value=1, unit="eV"))
