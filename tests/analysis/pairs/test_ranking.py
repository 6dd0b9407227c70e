"""Pairs of films: order, gates, probabilities, and fields that are too large to draw."""

from datetime import UTC, datetime

import numpy as np
import pytest

from lithicoat.analysis.decision.gates import GateState
from lithicoat.analysis.decision.ranking import ranked
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import Sheet, judge
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.pairs import drawing as pair_draws
from lithicoat.analysis.pairs.deposition import Deposition, window_of
from lithicoat.analysis.pairs.drawing import contenders, pair_chances, parted
from lithicoat.analysis.pairs.ranking import leading_weights, pairs_to_compare, rank_pairs
from lithicoat.analysis.pairs.reported import ReportedPair
from lithicoat.analysis.pairs.scheme import default_pair_scheme
from lithicoat.analysis.pairs.table import NO_CONTACT, PairTable
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.analysis.thermochemistry.film_contacts import FilmContact

SCHEME = default_pair_scheme()
CONTACT_GATE = SCHEME.contact.name
DRAWS = 2000


def film(coating: str, role: str, modulus: float = 20.0, energy: float = -3.0, **more: Property):
    given = {
        "highest_stable_temperature": Property(value=900, unit="K"),
        "lowest_elastic_eigenvalue": Property(value=5, uncertainty=0.5, unit="GPa"),
        "shear_modulus_calibrated": Property(value=modulus, uncertainty=0.2 * modulus, unit="GPa"),
        "log10_conductivity_298K": Property(value=-7, uncertainty=1.0, unit="decades"),
        "contact_lithium": Property(value=0.0, uncertainty=0.0, unit="eV/atom"),
        "contact_NMC811": Property(value=0.0, uncertainty=0.0, unit="eV/atom"),
        "window_high": Property(value=5.0, uncertainty=0.1, unit="V"),
        "scavenging_energy": Property(value=energy, uncertainty=0.3, unit="eV/O2"),
        "scavenging_capacity": Property(value=0.05, uncertainty=0.005, unit="mol O2/cm3"),
        "oxidation_volume_ratio": Property(value=1.5, uncertainty=0.1, unit="1"),
    }
    return ScreeningRecord(
        coating=coating,
        name=coating,
        family="test",
        role=role,
        campaign="test",
        potential="by hand",
        sha256="0" * 64,
        protocol="quick",
        try_out=True,
        seed=0,
        properties={**given, **more},
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def sheets(*records: ScreeningRecord) -> tuple[Sheet, Sheet]:
    return judge(records, Electrode.ANODE), judge(records, Electrode.CATHODE)


def cold(*films: str) -> dict[str, Deposition]:
    return {name: Deposition(film=name, windows=(window_of(150),)) for name in films}


def harmless(*sides: Sheet) -> dict[tuple[str, str], FilmContact]:
    still = Property(value=0.0, uncertainty=0.0, unit="eV/atom")
    return {(one, other): FilmContact(energy=still) for one in sides[0].films for other in sides[1].films}


FILMS = (
    film("A1", "anode", 30),
    film("A2", "anode", 5),
    film("C1", "cathode", energy=-5),
    film("C2", "cathode", energy=-2),
)
NAMES = ("A1", "A2", "C1", "C2")


def test_the_score_is_the_mean_of_both_and_the_best_of_each_come_first():
    one, other = sheets(*FILMS)
    pairs = rank_pairs(one, other, cold(*NAMES), harmless(one, other), draws=DRAWS)
    assert len(pairs) == 4
    first = pairs[0]
    assert (first.anode, first.cathode, first.rank) == ("A1", "C1", 1)
    assert first.score == pytest.approx((first.anode_score + first.cathode_score) / 2)
    assert (first.anode_rank, first.cathode_rank) == (1, 1)
    assert (pairs[-1].anode, pairs[-1].cathode) == ("A2", "C2")
    assert [pair.rank for pair in pairs] == [1, 2, 3, 4]
    assert all(state is GateState.PASSED for state in first.gates.values())


def test_chances_add_up_and_ranks_average():
    one, other = sheets(*FILMS)
    pairs = rank_pairs(one, other, cold(*NAMES), harmless(one, other), draws=DRAWS)
    assert sum(pair.probability_first for pair in pairs) == pytest.approx(1)
    assert sum(pair.probability_top3 for pair in pairs) == pytest.approx(3)
    assert np.mean([pair.expected_rank for pair in pairs]) == pytest.approx(2.5)


def test_a_film_that_is_always_best_is_first_in_its_own_list_as_often_as_its_pairs():
    """With one cathode film, pairs are ranked as the anode films alone: same draws, same chances."""
    one, other = sheets(*FILMS[:3], film("A3", "anode", 25))
    pairs = rank_pairs(one, other, cold(*NAMES, "A3"), harmless(one, other), seed=3, draws=DRAWS)
    alone = {entry.id: entry for entry in ranked(one, seed=3, draws=DRAWS)}
    for pair in pairs:
        assert pair.probability_first == pytest.approx(alone[pair.anode].probability_first)
        assert pair.expected_rank == pytest.approx(alone[pair.anode].expected_rank)


def test_the_order_of_the_records_does_not_matter_and_seeds_repeat():
    one, other = sheets(*FILMS)
    again = sheets(*FILMS[::-1])
    contacts = harmless(one, other)
    first = rank_pairs(one, other, cold(*NAMES), contacts, seed=1, draws=500)
    second = rank_pairs(*again, cold(*NAMES[::-1]), dict(reversed(contacts.items())), seed=1, draws=500)
    assert first == second
    assert rank_pairs(one, other, cold(*NAMES), contacts, seed=2, draws=500) != first


def test_a_pair_with_a_failed_film_comes_after_those_with_an_unknown():
    burning = film(
        "C0", "cathode", energy=-5, contact_NMC811=Property(value=-2, uncertainty=0, unit="eV/atom")
    )
    one, other = sheets(*FILMS, burning)
    pairs = rank_pairs(one, other, cold("A1", "A2", "C0", "C1"), harmless(one, other), draws=DRAWS)
    assert [pair.cathode for pair in pairs] == ["C1", "C1", "C2", "C2", "C0", "C0"]
    assert pairs[2].gates["deposition on the cathode"] is GateState.UNKNOWN
    assert pairs[2].gate_reasons["deposition on the cathode"] == "no deposition temperature is reported"
    last = pairs[-1]
    assert last.gates["cathode film"] is GateState.FAILED
    assert "no runaway with NMC811 failed" in last.gate_reasons["cathode film"]
    assert last.probability_first == 0


def test_a_film_too_hot_for_lithium_sends_its_pairs_to_the_end():
    one, other = sheets(*FILMS)
    hot = {**cold("A2", "C1", "C2"), "A1": Deposition(film="A1", windows=(window_of("225-300"),))}
    pairs = rank_pairs(one, other, hot, harmless(one, other), draws=DRAWS)
    assert [pair.anode for pair in pairs] == ["A2", "A2", "A1", "A1"]
    assert pairs[-1].gates["deposition on the anode"] is GateState.FAILED
    assert pairs[0].shared_temperature_C == (150, 150)
    assert pairs[-1].shared_temperature_C is None


def with_contact(value: float, uncertainty: float):
    one, other = sheets(*FILMS)
    contacts = harmless(one, other)
    energy = Property(value=value, uncertainty=uncertainty, unit="eV/atom")
    contacts["A1", "C1"] = FilmContact(energy=energy, equation="A1 + C1 -> ash")
    return rank_pairs(one, other, cold(*NAMES), contacts, draws=DRAWS)


def test_films_that_burn_together_come_last():
    last = with_contact(-1.0, 0.05)[-1]
    assert (last.anode, last.cathode) == ("A1", "C1")
    assert last.gates[CONTACT_GATE] is GateState.FAILED
    assert last.reaction == "A1 + C1 -> ash"
    assert last.probability_first == 0


def test_a_contact_near_the_gate_fails_in_part_of_the_draws():
    """At the gate itself half of the draws fail: the pair is first half as often."""
    sure, torn = with_contact(0.0, 0.05)[0], with_contact(-0.4999, 0.05)[0]
    assert (torn.anode, torn.cathode) == ("A1", "C1")
    assert torn.probability_first == pytest.approx(sure.probability_first / 2, abs=0.05)
    assert "probability of 0.50" in torn.gate_reasons[CONTACT_GATE]


def test_a_contact_that_nobody_worked_out_is_unknown():
    one, other = sheets(*FILMS)
    contacts = harmless(one, other)
    del contacts["A1", "C1"]
    contacts["A1", "elsewhere"] = next(iter(contacts.values()))
    missing = Property.missing("eV/atom", "no potential covers both")
    contacts["A2", "C1"] = FilmContact(energy=missing)
    pairs = {(p.anode, p.cathode): p for p in rank_pairs(one, other, cold(*NAMES), contacts, draws=DRAWS)}
    assert len(pairs) == 4
    assert pairs["A1", "C1"].gates[CONTACT_GATE] is GateState.UNKNOWN
    assert pairs["A1", "C1"].gate_reasons[CONTACT_GATE] == NO_CONTACT
    assert pairs["A2", "C1"].gate_reasons[CONTACT_GATE] == "no potential covers both"
    assert pairs["A1", "C2"].rank < pairs["A1", "C1"].rank


def test_a_film_for_both_stands_on_both_sides_and_is_drawn_once():
    """Its own pair follows one film: the modulus that makes it stiff on the anode is the same draw."""
    one, other = sheets(film("B", "both"))
    (pair,) = rank_pairs(one, other, cold("B"), harmless(one, other), draws=DRAWS)
    assert (pair.anode, pair.cathode, pair.probability_first) == ("B", "B", 1.0)
    drawn = [side.draw(seed=0, draws=DRAWS).behind["log10_conductivity_298K"] for side in (one, other)]
    assert np.array_equal(*drawn)


def test_what_is_reported_stands_beside_the_pair():
    one, other = sheets(*FILMS)
    row = ReportedPair(anode="A1", cathode="C1", words="lasts longer", source="a study")
    pairs = rank_pairs(
        one, other, cold(*NAMES), harmless(one, other), reported={("A1", "C1"): (row,)}, draws=DRAWS
    )
    assert pairs[0].reported == (row,)
    assert all(pair.reported == () for pair in pairs[1:])


def test_without_a_film_on_one_side_there_is_no_pair():
    one, other = sheets(*FILMS[:2])
    assert rank_pairs(one, other, {}, {}, draws=DRAWS) == []
    assert pairs_to_compare(one, other, {}) == []


def test_worth_and_group_come_back_from_a_drawn_score():
    worths, groups = np.array([0.0, 1.0, 0.3, 0.0, 1.0, 0.0]), np.array([0, 0, 1, 1, 2, 2])
    drawn = (worths - 2 * groups).astype(np.float32)
    back, group = parted(drawn)
    assert group.tolist() == groups.tolist()
    assert back == pytest.approx(worths, abs=1e-6)


def many(count: int, rng: np.random.Generator) -> tuple[Sheet, Sheet]:
    records = [film(f"A{i:03d}", "anode", float(rng.lognormal(2.3, 0.8))) for i in range(count)]
    records += [film(f"C{i:03d}", "cathode", energy=float(rng.uniform(-6, 0))) for i in range(count)]
    return sheets(*records)


def test_pairs_that_are_not_drawn_could_not_come_to_the_top(monkeypatch):
    """40 x 40 pairs: those left out are never among the first three when all are drawn."""
    one, other = many(40, np.random.default_rng(0))
    table = PairTable(one, other, cold(*one.films, *other.films), harmless(one, other), SCHEME)
    able = contenders(table.field, table.order(), seed=0)
    assert len(able) < table.field.size
    everything = np.arange(table.field.size)
    places = pair_chances(table.field, everything, seed=0, draws=DRAWS)
    assert places.top3[np.setdiff1d(everything, able)].max() == 0
    few = pair_chances(table.field, able, seed=0, draws=DRAWS)
    assert few.first == pytest.approx(places.first[able])
    monkeypatch.setattr(pair_draws, "MOST_DRAWN", 300)
    capped = contenders(table.field, table.order(), seed=0)
    assert len(capped) == 300
    assert places.first[capped].sum() > 0.95


def test_large_fields_are_listed_up_to_a_number_and_compared_where_it_matters():
    one, other = many(40, np.random.default_rng(1))
    depositions = cold(*one.films, *other.films)
    wanted = pairs_to_compare(one, other, depositions)
    assert len(wanted) == 200
    still = FilmContact(energy=Property(value=0.0, uncertainty=0.0, unit="eV/atom"))
    pairs = rank_pairs(one, other, depositions, dict.fromkeys(wanted, still), draws=200, most=300)
    assert len(pairs) == 300
    assert {(pair.anode, pair.cathode) for pair in pairs[:200]} == set(wanted)
    assert pairs[0].probability_first is not None
    assert pairs[250].gates[CONTACT_GATE] is GateState.UNKNOWN


def test_the_best_of_each_side_lead_at_any_weights():
    one, other = sheets(*FILMS)
    pairs = rank_pairs(one, other, cold(*NAMES), harmless(one, other), draws=10)
    assert leading_weights(pairs) == (0.0, 1.0)


def test_the_weights_at_which_another_pair_leads_are_those_where_both_tie():
    """Without A1 ‖ C1, the stiff anode film stands against the good cathode film."""
    one, other = sheets(*FILMS)
    contacts = harmless(one, other)
    del contacts["A1", "C1"]
    pairs = rank_pairs(one, other, cold(*NAMES), contacts, draws=10)
    first = pairs[0]
    low, high = leading_weights(pairs)
    assert (low == 0) != (high == 1)
    tie = low or high
    scores = [tie * pair.anode_score + (1 - tie) * pair.cathode_score for pair in pairs[:2]]
    assert scores[0] == pytest.approx(scores[1])
    assert pairs[1].group == first.group < pairs[-1].group


def test_no_pair_has_no_weights():
    with pytest.raises(DataError, match="no pair to weigh"):
        leading_weights([])


def test_sheets_that_were_swapped_are_refused():
    one, other = sheets(*FILMS)
    with pytest.raises(DataError, match="films for the anode were judged for the cathode"):
        rank_pairs(other, one, {}, {})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"draws": 0}, "at least one draw"),
        ({"seed": -1}, "seed of 0 or more"),
        ({"most": 0}, "at least one pair"),
    ],
)
def test_numbers_out_of_range_are_refused(change, words):
    one, other = sheets(*FILMS)
    with pytest.raises(DataError, match=words):
        rank_pairs(one, other, {}, {}, **change)
