"""What would change a ranking: which number of which film, and what is left out."""

from datetime import UTC, datetime
from statistics import NormalDist

import numpy as np
import pytest

from lithicoat.analysis.decision.error_sources import ErrorSource
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import judge
from lithicoat.analysis.decision.suggestions import CONTENDERS, suggest, utility_of
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.records import ScreeningRecord

NORMAL = NormalDist()
DRAWS = 4000
SIGMA = "log10_conductivity_298K"
SOUND = {
    "highest_stable_temperature": Property(value=900.0, uncertainty=0.0, unit="K"),
    "lowest_elastic_eigenvalue": Property(value=5.0, uncertainty=0.0, unit="GPa"),
    "contact_lithium": Property(value=0.0, uncertainty=0.0, unit="eV/atom", flags=("no reaction with Li",)),
}


def film(coating, *, modulus=8.5, error=0.0, decades=-7.0, spread=0.0, role="anode", **more):
    given = {
        **SOUND,
        "shear_modulus_calibrated": Property(value=modulus, uncertainty=error, unit="GPa"),
        SIGMA: Property(value=decades, uncertainty=spread, unit="decades"),
        **more,
    }
    return ScreeningRecord(
        coating=coating,
        name=coating,
        family="test",
        role=role,
        campaign="test",
        potential="emt",
        sha256="0" * 64,
        protocol="quick-1",
        try_out=True,
        seed=0,
        properties={name: quantity for name, quantity in given.items() if quantity is not None},
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def suggested(records, electrode=Electrode.ANODE, **how):
    return suggest(judge(records, electrode), records, **{"draws": DRAWS, **how})


def test_a_conductivity_in_doubt_is_worth_what_the_formula_says():
    """The term is a ramp of 6 decades with a weight of 0.4, so 0.5 decades are 0.033 of the score."""
    found = suggested([film("sure", decades=-7.0), film("unsure", decades=-7.3, spread=0.5)], draws=10_000)
    (one,) = found.numbers
    lead, spread = 0.4 * 0.3 / 6, 0.4 * 0.5 / 6
    exact = spread * NORMAL.pdf(lead / spread) - lead * NORMAL.cdf(-lead / spread)
    assert (one.film, one.property) == ("unsure", SIGMA)
    assert one.gain.value == pytest.approx(exact, rel=0.08)
    assert one.gain.unit == "score"
    assert one.probability_first_changes == pytest.approx(NORMAL.cdf(-lead / spread), abs=0.02)
    assert one.expected_places == pytest.approx(one.probability_rank_changes)
    assert found.everything.value == pytest.approx(exact, rel=0.05)
    assert (found.first, found.choice, found.films, found.drawn) == ("sure", "sure", 2, 2)


def test_a_gate_in_doubt_makes_the_second_film_the_better_bet():
    """The first by best estimates fails a gate in one draw of two."""
    doubtful = Property(value=0.1, uncertainty=10.0, unit="GPa")
    records = [film("first", decades=-6.0, lowest_elastic_eigenvalue=doubtful), film("sound")]
    found = suggested(records)
    assert (found.first, found.choice) == ("first", "sound")
    assert found.first_passes == pytest.approx(0.5, abs=0.03)
    (one,) = found.numbers
    assert one.property == "lowest_elastic_eigenvalue"
    gained = 0.5 * (0.4 / 6)  # it passes in half of the cases and leads by one decade
    assert one.gain.value == pytest.approx(gained, rel=0.1)


def test_what_is_missing_may_yet_turn_out_well():
    bare = film("unknown", **{SIGMA: Property.missing("decades", "no diffusion run")})
    found = suggested([bare, film("known")])
    (one,) = (one for one in found.numbers if one.film == "unknown")
    assert (one.property, one.main_error, one.why) == (
        SIGMA,
        ErrorSource.MISSING,
        "missing: no diffusion run",
    )
    assert one.now.value is None
    assert one.gain.value > 0.01


def test_a_number_that_is_nowhere_has_its_unit_from_the_other_films():
    found = suggested([film("bare", contact_lithium=None), film("known", decades=-6.5)])
    (one,) = (one for one in found.numbers if one.property == "contact_lithium")
    assert (one.now.unit, one.why) == ("eV/atom", "not computed")


def test_what_cannot_change_anything_has_no_gain_and_says_so():
    found = suggested([film("best", decades=-4.0), film("poor", decades=-9.0, spread=0.3)])
    (one,) = found.numbers
    assert (one.gain.value, one.gain.uncertainty, one.probability_first_changes) == (0, None, 0)
    assert one.gain.flags == ("no change of the choice seen in 32 ranges of the value",)


def test_a_film_that_fails_a_gate_for_sure_is_worth_nothing():
    failed = film(
        "failed",
        decades=-4.0,
        spread=1.0,
        contact_lithium=SOUND["contact_lithium"].model_copy(update={"value": -0.9}),
    )
    found = suggested([failed, film("sound")])
    assert all(one.gain.value == 0 for one in found.numbers)
    alone = suggested([failed, failed.model_copy(update={"coating": "other"})])
    assert (alone.choice, alone.expected_score) == (None, 0)


def test_an_assumed_uncertainty_is_told():
    quantity = Property(value=12.0, unit="GPa")
    found = suggested([film("one", shear_modulus_calibrated=quantity), film("two", modulus=11.0)])
    (one,) = found.numbers
    assert one.main_error is ErrorSource.ASSUMED
    assert "± 3.6 GPa is assumed" in one.why


def test_an_assumed_uncertainty_is_told_in_the_unit_of_the_record():
    quantity = Property(value=12_000.0, unit="MPa")
    found = suggested([film("one", shear_modulus_calibrated=quantity), film("two", modulus=11.0)])
    assert "MPa is assumed" in found.numbers[0].why
    assert "3.6e+03" in found.numbers[0].why


def test_a_bound_is_open_over_what_it_leaves():
    bound = Property(value=-3.0, unit="decades", bound=Bound.UPPER, flags=("below that at 700 K",))
    found = suggested([film("bound", **{SIGMA: bound}), film("known", decades=-8.5)])
    (one,) = found.numbers
    assert one.main_error is ErrorSource.BOUND
    assert one.gain.value > 0.05


def test_the_order_of_the_records_does_not_matter():
    records = [
        film(name, decades=place, spread=0.8) for name, place in zip("abc", (-7, -7.2, -7.4), strict=True)
    ]
    assert suggested(records) == suggested(records[::-1])


def test_numbers_come_in_the_order_of_their_gain():
    records = [
        film("a", error=3.0, spread=0.5),
        film("b", error=4.0, decades=-7.1, spread=1.5),
        film("c", error=2.0, decades=-7.2, spread=1.0),
    ]
    found = suggested(records)
    gains = [one.gain.value for one in found.numbers]
    assert gains == sorted(gains, reverse=True)
    assert len(gains) == 6
    assert list(found.whole_films.values()) == sorted(
        found.whole_films.values(), key=lambda gain: -gain.value
    )
    assert set(found.everywhere) == {SIGMA, "shear_modulus_calibrated"}
    assert found.everything.value >= max(gain.value for gain in found.whole_films.values())


def test_utilities_are_scores_of_what_passes():
    doubtful = Property(value=0.1, uncertainty=10.0, unit="GPa")
    sheet = judge([film("a", lowest_elastic_eigenvalue=doubtful), film("b")], Electrode.ANODE)
    drawn = sheet.draw(draws=500, open_minded=True)
    utility = utility_of(drawn)
    assert np.unique(utility[0]) == pytest.approx([0.0, 0.6])
    assert utility[1] == pytest.approx(drawn.scores[1])


def test_of_many_films_those_are_drawn_that_promise_most():
    rng = np.random.default_rng(0)
    crowd = [
        film(f"poor-{number}", modulus=4.0, decades=-9 + place, spread=0.3)
        for number, place in enumerate(rng.uniform(-0.5, 0.5, 100))
    ]
    good = [film("good", decades=-6.5, spread=0.5), film("better", decades=-6.4, spread=0.5)]
    hopeful = film("hopeful", modulus=9.0, **{SIGMA: Property.missing("decades", "no diffusion run")})
    few = suggested([*good, hopeful])
    found = suggested([*crowd[:50], *good, hopeful, *crowd[50:]])
    assert (found.films, found.drawn) == (103, CONTENDERS)
    top = [(one.film, one.property) for one in found.numbers[:3]]
    assert top == [(one.film, one.property) for one in few.numbers[:3]]
    assert found.numbers[0].gain == few.numbers[0].gain


def test_no_film_gives_no_suggestion():
    found = suggested([film("scavenger", role="cathode")])
    assert (found.films, found.first, found.choice, found.numbers) == (0, None, None, ())


def test_records_must_be_those_that_were_judged():
    records = [film("a"), film("b")]
    with pytest.raises(DataError, match="no record of a, which was judged"):
        suggest(judge(records, Electrode.ANODE), records[1:], draws=DRAWS)


def test_too_few_draws_are_refused():
    records = [film("a", spread=1.0), film("b")]
    with pytest.raises(DataError, match="100 draws in 9 bins: too few"):
        suggested(records, draws=100)
