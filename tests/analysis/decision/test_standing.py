"""How often a film takes which place."""

import numpy as np
import pytest
from scipy.stats import norm

from lithicoat.analysis.decision import standing as module
from lithicoat.analysis.decision.pilot import best_scores, pilot_scores
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import judge
from lithicoat.analysis.decision.standing import acceptability, share_of_places, standing
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.records import ScreeningRecord


def record(name, properties):
    return ScreeningRecord(
        coating=name,
        name=name,
        family="test",
        role="both",
        campaign="test",
        potential="emt",
        sha256="0" * 64,
        protocol="quick",
        try_out=True,
        seed=0,
        properties=properties,
    )


def many(size):
    """Make films that lie all over the ramps and gates, with bounds and holes."""
    rng = np.random.default_rng(1)

    def prop(value, error, unit, **more):
        return Property(value=value, uncertainty=error, unit=unit, **more)

    found = []
    for index in range(size):
        properties = {
            "highest_stable_temperature": Property(value=900, unit="K"),
            "lowest_elastic_eigenvalue": prop(rng.normal(3, 2), 1, "GPa"),
            "shear_modulus_calibrated": prop(np.exp(rng.normal(2, 0.7)), 3, "GPa"),
            "log10_conductivity_298K": prop(
                rng.normal(-8, 2), 1, "decades", bound=Bound.UPPER if rng.random() < 0.2 else None
            ),
            "contact_lithium": prop(-abs(rng.normal(0, 0.3)), 0.05, "eV/atom"),
            "contact_NMC811": prop(-abs(rng.normal(0, 0.3)), 0.05, "eV/atom"),
            "scavenging_energy": prop(rng.uniform(-6, 0), 0.3, "eV/O2"),
            "scavenging_capacity": prop(rng.uniform(0, 0.08), 0.005, "mol O2/cm3"),
            "oxidation_volume_ratio": prop(np.exp(rng.normal(0.4, 0.3)), 0.1, "1"),
            "window_high": prop(rng.uniform(1, 5), 0.1, "V"),
        }
        if rng.random() < 0.1:
            properties.pop("window_high")
        found.append(record(f"film{index:04}", properties))
    return found


@pytest.mark.parametrize("electrode", list(Electrode))
def test_a_large_sheet_agrees_with_one_drawn_in_full(electrode, monkeypatch):
    sheet = judge(many(400), electrode)
    full = standing(sheet, seed=1, draws=2000)
    monkeypatch.setattr(module, "ALL_IN_FULL", 10)
    pruned = standing(sheet, seed=1, draws=2000)
    np.testing.assert_array_equal(pruned.top3, full.top3)  # the same draws of those that count
    np.testing.assert_array_equal(pruned.first, full.first)
    error = full.expected_rank.std() / np.sqrt(module.PILOT)
    assert np.abs(pruned.expected_rank - full.expected_rank).max() < 5 * error
    assert (best_scores(sheet, module.REACH) < np.sort(sheet.scores)[-3]).sum() > 100  # it did leave some out


@pytest.mark.parametrize("electrode", list(Electrode))
def test_the_pilot_has_the_distribution_of_the_full_draws(electrode):
    sheet = judge(many(60), electrode)
    pilot = pilot_scores(sheet, seed=0, draws=4000)
    full = sheet.drawn_scores(range(60), seed=0, draws=4000)
    error = np.sqrt((pilot.var(axis=1) + full.var(axis=1)) / 4000)
    assert np.all(np.abs(pilot.mean(axis=1) - full.mean(axis=1)) <= 5 * error + 1e-4)
    passing = [np.where(scores > -0.5, scores, np.nan)[sheet.groups == 0] for scores in (pilot, full)]
    np.testing.assert_allclose(*(np.nanstd(scores, axis=1) for scores in passing), rtol=0.08, atol=1e-4)
    best = best_scores(sheet, 5.0)[:, None]
    assert (full <= best + 1e-5).mean() > 0.9999


def test_places_of_two_normal_films_follow_the_normal_law():
    rng = np.random.default_rng(0)
    scores = np.array([[0.5], [0.4]]) + 0.1 * rng.standard_normal((2, 200_000))
    chance = norm.cdf(0.1 / (0.1 * np.sqrt(2)))
    np.testing.assert_allclose(
        acceptability(scores), [[chance, 1 - chance], [1 - chance, chance]], atol=0.005
    )
    np.testing.assert_allclose(share_of_places(scores, places=1), [chance, 1 - chance], atol=0.005)


def test_every_film_and_every_place_is_given_once():
    scores = np.round(np.random.default_rng(0).random((7, 500)), 1)  # with many ties
    places = acceptability(scores)
    np.testing.assert_allclose(places.sum(axis=0), 1)
    np.testing.assert_allclose(places.sum(axis=1), 1)
    np.testing.assert_allclose(places[:, 0], share_of_places(scores, places=1))
    np.testing.assert_allclose(places[:, :3].sum(axis=1), share_of_places(scores, places=3))
    np.testing.assert_allclose(places @ np.arange(1, 8), module.rankdata(-scores, axis=0).mean(axis=1))


def test_expected_ranks_add_up_and_lie_in_their_intervals():
    found = standing(judge(many(30), Electrode.ANODE), draws=500)
    assert found.expected_rank.sum() == pytest.approx(30 * 31 / 2)
    assert np.all((found.low <= found.expected_rank) & (found.expected_rank <= found.high))
