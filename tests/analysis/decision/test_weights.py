"""Which conclusions survive other weights."""

import numpy as np
import pytest

from lithicoat.analysis.decision.ranking import rank
from lithicoat.analysis.decision.scheme import Electrode, default_scheme, read_scheme
from lithicoat.analysis.decision.sheet import judge
from lithicoat.analysis.decision.weights import robustness
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord


def film(name, modulus, decades, contact=-0.25, *, stable=5.0):
    """Make a film without errors; its contact is worth a half."""
    return ScreeningRecord(
        coating=name,
        name=name,
        family="test",
        role="anode",
        campaign="test",
        potential="emt",
        sha256="0" * 64,
        protocol="quick",
        try_out=True,
        seed=0,
        properties={
            "highest_stable_temperature": Property(value=900, unit="K"),
            "lowest_elastic_eigenvalue": Property(value=stable, uncertainty=0, unit="GPa"),
            "contact_lithium": Property(value=contact, uncertainty=0, unit="eV/atom"),
            "shear_modulus_calibrated": Property(value=modulus, uncertainty=0, unit="GPa"),
            "log10_conductivity_298K": Property(value=decades, uncertainty=0, unit="decades"),
        },
    )


def told(records, **given):
    return {entry.id: entry for entry in robustness(judge(records, Electrode.ANODE), **given).films}


def test_a_film_that_is_better_everywhere_leads_under_any_weights():
    found = told([film("worse", 5, -9), film("better", 20, -6), film("soft", 3, -9.9)])
    assert list(found) == ["better", "worse", "soft"]
    better = found["better"]
    assert (better.first_reasonable, better.first_any, better.first_drawn) == (1, 1, 1)
    assert set(better.always_before) == {"worse", "soft"}
    assert found["worse"].always_before == ("soft",)
    assert found["soft"].first_any == 0


def test_two_opposite_films_share_the_simplex():
    # worth (1, 0, 1/2) and (0, 1, 1/2): each leads where its weight is the larger, in half of all views
    found = told([film("stiff", 30, -11), film("conducts", 2, -3)], draws=4000)
    assert found["stiff"].first_any == pytest.approx(0.5, abs=0.03)
    # equal documented weights: half of the reasonable ones too
    assert found["stiff"].first_reasonable == pytest.approx(0.5, abs=0.03)
    assert found["stiff"].always_before == found["stiff"].reasonably_before == ()


def test_a_lead_may_hold_within_a_factor_of_two_only():
    # worth 0.5 more of the stiffness against 0.1 of the conductivity: weights of 1 to 5 turn it round
    stiff, other = film("stiff", 8.5, -9.4), film("other", 8.5 / np.sqrt(10) ** 0.999, -8.8)
    found = told([stiff, other])
    assert found["stiff"].first_reasonable == 1
    assert found["stiff"].reasonably_before == ("other",)
    assert 0 < found["other"].first_any < 0.5


def test_a_gate_holds_under_all_weights():
    found = told([film("unstable", 50, -3, stable=-1.0), film("sound", 3, -9)])
    assert found["sound"].always_before == ("unstable",)
    assert found["unstable"].first_any == 0


def test_the_rank_correlation_is_one_where_weights_do_not_matter():
    ladder = [film(f"film{i}", 3 + 2 * i, -9 + i) for i in range(5)]
    found = robustness(judge(ladder, Electrode.ANODE))
    assert (found.tau, found.tau_interval) == (pytest.approx(1), pytest.approx((1, 1)))
    assert robustness(judge([], Electrode.ANODE)).tau is None


def test_other_weights_change_the_score_by_hand():
    records = [film("stiff", 30, -11), film("conducts", 2, -3)]
    scheme = default_scheme().weighted(Electrode.ANODE, {"stiffness": 0.8, "conductivity": 0.1})
    first, second = rank(records, Electrode.ANODE, scheme=scheme)
    total = 0.8 + 0.1 + 0.2
    assert (first.id, first.score) == ("stiff", pytest.approx((0.8 + 0.1) / total))
    assert (second.id, second.score) == ("conducts", pytest.approx((0.1 + 0.1) / total))
    assert default_scheme().anode[0].weight == 0.4


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"stifness": 0.5}, "no term 'stifness' to weigh"),
        ({"stiffness": 0.0}, "a weight is a positive number, got 0 for stiffness"),
        ({"stiffness": float("nan")}, "a weight is a positive number, got nan"),
    ],
)
def test_impossible_weights_are_refused(weights, message):
    with pytest.raises(DataError, match=message) as caught:
        default_scheme().weighted(Electrode.ANODE, weights)
    if "stifness" in weights:
        assert "did you mean stiffness?" in caught.value.hint


def test_a_scheme_of_ones_own_is_read(tmp_path):
    from importlib import resources

    text = resources.files("lithicoat.analysis").joinpath("data/ranking.toml").read_text("utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text.replace("threshold = -0.5", "threshold = -0.7"), encoding="utf-8")
    assert {gate.threshold for gate in read_scheme(own).gates} == {None, 0.0, -0.7, 1.0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read"),
        ("a = [", "is no TOML"),
        ("gates = []", "anode: Field required"),
    ],
)
def test_a_broken_scheme_is_refused(tmp_path, text, message):
    path = tmp_path / "own.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_scheme(path)
