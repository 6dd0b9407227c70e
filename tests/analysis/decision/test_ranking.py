"""The ranking: order, terms, probabilities, determinism, and films with holes."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from lithicoat.analysis.decision.gates import GateState
from lithicoat.analysis.decision.ranking import Electrode, rank, why_first
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.records import ScreeningRecord


def exact(value, unit, **more):
    return Property(value=value, uncertainty=0, unit=unit, **more)


SOUND = {
    "highest_stable_temperature": Property(value=900, unit="K"),
    "lowest_elastic_eigenvalue": exact(5, "GPa"),
    "contact_lithium": exact(0.0, "eV/atom", flags=("no reaction with Li",)),
    "contact_NMC811": exact(0.0, "eV/atom", flags=("no reaction with NMC811",)),
    "window_high": exact(5.0, "V"),
}


def record(coating, *, role="anode", **properties):
    return ScreeningRecord(
        coating=coating,
        name=coating,
        family="test",
        role=role,
        campaign="test",
        potential="emt",
        sha256="0" * 64,
        protocol="quick",
        try_out=True,
        seed=0,
        properties=properties,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def film(coating, modulus=20.0, decades=-7.0, *, errors=(3.0, 1.0), role="anode", **more):
    given = {
        **SOUND,
        "shear_modulus_calibrated": Property(value=modulus, uncertainty=errors[0], unit="GPa"),
        "log10_conductivity_298K": Property(value=decades, uncertainty=errors[1], unit="decades"),
        **more,
    }
    return record(coating, role=role, **given)


def scavenger(coating, energy, *, capacity=0.07, ratio=1.5):
    return film(
        coating,
        role="cathode",
        scavenging_energy=Property(value=energy, uncertainty=0.2, unit="eV/O2"),
        scavenging_capacity=Property(value=capacity, uncertainty=0.003, unit="mol O2/cm3"),
        oxidation_volume_ratio=Property(value=ratio, uncertainty=0.1, unit="1"),
    )


def ids(ranking):
    return [film.id for film in ranking]


def test_the_stiffer_and_the_better_conductor_come_first():
    ranking = rank([film("soft", 2), film("stiff", 26), film("insulator", 20, -10)], Electrode.ANODE)
    assert ids(ranking) == ["stiff", "insulator", "soft"]
    assert [entry.rank for entry in ranking] == [1, 2, 3]
    assert ranking[0].score == max(entry.score for entry in ranking)


def test_the_score_is_the_sum_of_terms_that_can_be_worked_out_by_hand():
    (entry,) = rank([film("film", 8.5, -7)], Electrode.ANODE)
    assert entry.terms == pytest.approx({"stiffness": 0.2, "conductivity": 0.2, "stability with Li": 0.2})
    assert entry.score == pytest.approx(sum(entry.terms.values()))
    assert (entry.probability_first, entry.probability_top3) == (1, 1)


def test_a_perfect_film_scores_one_at_either_electrode():
    (anode,) = rank([film("film", 100, -3)], Electrode.ANODE)
    perfect = scavenger("film", -6, capacity=0.1, ratio=1.0)
    perfect.properties["log10_conductivity_298K"] = exact(-3, "decades")
    (cathode,) = rank([perfect], Electrode.CATHODE)
    assert (anode.score, cathode.score) == pytest.approx((1, 1))


def test_roles_choose_the_films():
    records = [film("a"), film("b", role="both"), film("r", role="reference"), scavenger("c", -5)]
    assert sorted(ids(rank(records, Electrode.ANODE))) == ["a", "b"]
    assert sorted(ids(rank(records, Electrode.CATHODE))) == ["b", "c"]


def test_an_empty_list_gives_an_empty_ranking():
    assert rank([], Electrode.ANODE) == []
    assert why_first([]) == "Nothing to rank."


def test_the_cathode_wants_oxygen():
    ranking = rank([scavenger("weak", -1), scavenger("strong", -5)], Electrode.CATHODE)
    assert ids(ranking) == ["strong", "weak"]
    assert ranking[0].probability_first > 0.99


def test_probabilities_add_up():
    ranking = rank([film(f"film{i}", 8 + i) for i in range(6)], Electrode.ANODE, draws=2000)
    assert sum(entry.probability_first for entry in ranking) == pytest.approx(1)
    assert sum(entry.probability_top3 for entry in ranking) == pytest.approx(3)
    assert all(entry.probability_first <= entry.probability_top3 for entry in ranking)


def test_two_films_that_differ_by_their_error_swap_as_often_as_the_normal_law_says():
    # Differences: half a decade of conductivity of 0.7 decades combined: P = Phi(0.5/0.707) = 0.760.
    records = [film("a", errors=(0, 0.5), decades=-6.5), film("b", errors=(0, 0.5), decades=-7.0)]
    first = rank(records, Electrode.ANODE, draws=40_000)[0]
    assert first.probability_first == pytest.approx(0.760, abs=0.01)


def test_exact_ties_share_the_place_and_are_ordered_by_id():
    records = [film(name, errors=(0, 0)) for name in "dbca"]
    ranking = rank(records, Electrode.ANODE, draws=100)
    assert ids(ranking) == ["a", "b", "c", "d"]
    assert [entry.probability_first for entry in ranking] == pytest.approx([0.25] * 4)
    assert [entry.probability_top3 for entry in ranking] == pytest.approx([0.75] * 4)


def test_the_seed_decides_and_neither_order_nor_company_matters():
    records = [film("a", 10), film("b", 11), film("c", 9)]
    once, again = rank(records, Electrode.ANODE, seed=3), rank(records[::-1], Electrode.ANODE, seed=3)
    assert once == again
    assert rank(records, Electrode.ANODE, seed=4)[0].probability_first != once[0].probability_first
    hopeless = film("z", 1.0, -30, errors=(0, 0))
    with_company = {entry.id: entry for entry in rank([*records, hopeless], Electrode.ANODE, seed=3)}
    assert all(with_company[entry.id].probability_first == entry.probability_first for entry in once)


def test_films_that_fail_or_lack_a_gate_come_after_and_are_shown():
    unstable = film("unstable", 60, -3, lowest_elastic_eigenvalue=exact(-1, "GPa"))
    untested = film("untested", 60, -3, highest_stable_temperature=Property.missing("K", "not computed"))
    ranking = rank([unstable, untested, film("sound", 3, -10)], Electrode.ANODE)
    assert ids(ranking) == ["sound", "untested", "unstable"]
    assert ranking[0].probability_first == 1
    assert ranking[2].gates["Born-stable"] is GateState.FAILED
    assert ranking[2].gate_reasons == {"Born-stable": "-1 GPa against 0", "insulating": "not computed"}
    assert ranking[1].gates["framework"] is GateState.UNKNOWN
    assert why_first(ranking).endswith("untested comes after it: framework unknown.")
    assert "insulating" not in why_first(ranking)


def test_films_without_any_property_do_not_crash():
    ranking = rank([record("empty"), film("sound")], Electrode.ANODE)
    assert ids(ranking) == ["sound", "empty"]
    assert ranking[1].score == 0
    assert ranking[1].missing == dict.fromkeys(
        ("stiffness", "conductivity", "stability with Li"), "not computed"
    )
    assert set(ranking[1].gates.values()) == {GateState.UNKNOWN, GateState.PASSED_OVER}


def test_a_missing_term_scores_nothing_and_is_named():
    reason = Property.missing("decades", "no diffusion run finished")
    (entry,) = rank([film("film", 100, log10_conductivity_298K=reason)], Electrode.ANODE)
    assert entry.missing == {"conductivity": "no diffusion run finished"}
    assert entry.terms["conductivity"] == 0
    assert entry.score == pytest.approx(0.6)
    assert "no conductivity (no diffusion run finished)" in why_first([entry])


def test_a_bounded_conductivity_ranks_below_the_bound_as_a_value():
    bound = Property(value=-6.0, unit="decades", bound=Bound.UPPER)
    known = exact(-6.0, "decades")
    ranking = rank(
        [film("bounded", log10_conductivity_298K=bound), film("known", log10_conductivity_298K=known)],
        Electrode.ANODE,
    )
    assert ids(ranking) == ["known", "bounded"]
    assert ranking[1].gates["lithium path"] is GateState.PASSED


def test_why_the_first_is_first_compares_with_the_second():
    ranking = rank([film("a", 100, -7), film("b", 8.5, -7)], Electrode.ANODE)
    assert why_first(ranking) == (
        "Why a first: stiffness 0.40, conductivity 0.20, stability with Li 0.20. "
        "Against b: stiffness +0.20, conductivity +0.00, stability with Li +0.00."
    )


def test_the_json_form_has_the_promised_keys():
    document = json.loads(rank([film("film")], Electrode.ANODE)[0].model_dump_json())
    promised = {"id", "rank", "score", "terms", "gates", "probability_first", "probability_top3"}
    assert promised <= set(document)
    assert document["gates"]["framework"] == "passed"


def test_thousand_films_are_ranked():
    rng = np.random.default_rng(0)
    records = [
        film(f"{i:04}", *values) for i, values in enumerate(rng.uniform([3, -10], [30, -4], (1000, 2)))
    ]
    ranking = rank(records, Electrode.ANODE, draws=50)
    assert [entry.score for entry in ranking] == sorted((entry.score for entry in ranking), reverse=True)


@pytest.mark.parametrize(
    ("given", "message"),
    [({"draws": 0}, "at least one draw"), ({"seed": -1}, "seed of 0 or more, got draws=10000, seed=-1")],
)
def test_impossible_numbers_are_refused(given, message):
    with pytest.raises(DataError, match=message):
        rank([film("a")], Electrode.ANODE, **given)


def test_two_records_of_one_coating_are_refused():
    with pytest.raises(DataError, match="two records of a"):
        rank([film("a"), film("a")], Electrode.ANODE)


def reacting(coating, energy, uncertainty=None, **more):
    flags = ("Li2S + 4 O2 -> Li2SO4",)
    reaction = Property(value=energy, uncertainty=uncertainty, unit="eV/atom", flags=flags)
    return film(coating, contact_lithium=reaction, **more)


def test_each_electrode_asks_for_the_reaction_with_itself():
    violent = exact(-0.9, "eV/atom")
    (anode,) = rank([film("a", contact_NMC811=violent)], Electrode.ANODE)
    (cathode,) = rank([film("a", role="both", contact_NMC811=violent)], Electrode.CATHODE)
    assert "no runaway with NMC811" not in anode.gates
    assert cathode.gates["no runaway with NMC811"] is GateState.FAILED
    assert "no runaway with Li" not in cathode.gates


def test_a_reaction_near_the_threshold_passes_as_often_as_its_error_says():
    # -0.55 ± 0.05 is one standard uncertainty below -0.5: it passes with Phi(-1) = 0.159 and is then first
    records = [reacting("close", -0.55, 0.05, modulus=40), film("sound", 9, -9.9, errors=(0, 0))]
    first, second = rank(records, Electrode.ANODE, draws=20_000)
    assert (first.id, second.id) == ("sound", "close")
    assert second.gates["no runaway with Li"] is GateState.FAILED
    assert second.probability_first == pytest.approx(0.159, abs=0.01)


def test_the_first_is_first_more_often_than_not_however_narrow_its_gate():
    records = [reacting("close", -0.49, 0.05, modulus=40), film("sound", 9, -9.9, errors=(0, 0))]
    first, _ = rank(records, Electrode.ANODE, draws=20_000)
    assert first.id == "close"
    assert first.probability_first == pytest.approx(0.579, abs=0.01)  # Phi(0.2)
    told = "-0.49 ± 0.05 eV/atom against -0.5, passed with a probability of 0.58"
    assert first.gate_reasons["no runaway with Li"] == told


def test_a_property_in_a_term_and_a_gate_is_drawn_once():
    # Where it passes the term is worth something, where it fails nothing: never worth something and failed.
    same = {"modulus": 9, "decades": -9.9, "errors": (0, 0)}
    near = reacting("near", -0.49, 0.01, **same)
    level = film("level", **same, contact_lithium=exact(-0.49, "eV/atom"))
    ranking = {entry.id: entry for entry in rank([near, level], Electrode.ANODE, draws=20_000)}
    # above its own value in half of the draws, independent of the gate, which it passes with Phi(1)
    assert ranking["near"].probability_first == pytest.approx(0.5, abs=0.01)
    lower = film("lower", **same, contact_lithium=exact(-0.4999, "eV/atom"))
    ranking = {entry.id: entry for entry in rank([near, lower], Electrode.ANODE, draws=20_000)}
    # it wins whenever it passes: a gate drawn by itself would let it win in 0.84 x 0.84 + ... only
    assert ranking["near"].probability_first == pytest.approx(0.841, abs=0.01)


def test_a_film_that_takes_up_no_oxygen_scores_nothing_there_and_says_why():
    inert = film(
        "inert",
        role="cathode",
        scavenging_energy=Property(
            value=0, unit="eV/O2", bound=Bound.LOWER, flags=("takes up no O2: fully oxidised",)
        ),
        scavenging_capacity=Property(value=0, unit="mol O2/cm3", flags=("takes up no O2: fully oxidised",)),
        oxidation_volume_ratio=exact(1, "1"),
    )
    first, second = rank([inert, scavenger("Li2S", -5.1)], Electrode.CATHODE)
    assert (first.id, second.id) == ("Li2S", "inert")
    assert second.missing == {}
    assert second.zeros == {
        "scavenging energy": "> 0 eV/O2: takes up no O2: fully oxidised",
        "scavenging capacity": "0 mol O2/cm3: takes up no O2: fully oxidised",
    }
    assert second.terms["scavenging energy"] == second.terms["scavenging capacity"] == 0
    assert second.terms["volume kept"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("limit", "ratio", "worth"),
    [
        (exact(4.5, "V"), 3.0, 0.1),
        (exact(2.0, "V"), 3.0, 0.0),
        (exact(2.0, "V"), 1.78, 0.05),
        (exact(4.1, "V"), 1.78, 0.1 * 2.1 / 2.3),
        (Property.missing("V", "the film holds no lithium that could be taken out"), 3.0, 0.1),
        (Property.missing("V", "stability failed"), 3.0, 0.0),
    ],
    ids=["holds", "gives way", "covers itself", "nearly holds", "nothing to take out", "not known"],
)
def test_a_film_holds_at_4p3_V_or_limits_itself(limit, ratio, worth):
    given = scavenger("film", -5, ratio=ratio)
    given.properties["window_high"] = limit
    (entry,) = rank([given], Electrode.CATHODE)
    assert entry.terms["stability at 4.3 V"] == pytest.approx(worth)
    assert ("stability at 4.3 V" in entry.missing) == (limit.value is None and worth == 0)
    covered = {"stability at 4.3 V": "self-limiting: what it turns into covers it"}
    assert entry.reliefs == (covered if worth == 0.05 else {})


def test_draws_of_the_volume_decide_how_often_a_film_limits_itself():
    given = {
        "scavenging_energy": exact(-5, "eV/O2"),
        "scavenging_capacity": exact(0.07, "mol O2/cm3"),
        "window_high": exact(2.0, "V"),
        "errors": (0, 0),
        "role": "cathode",
    }
    edge = film("edge", oxidation_volume_ratio=Property(value=2, uncertainty=0.1, unit="1"), **given)
    burst = film("burst", oxidation_volume_ratio=exact(2.2, "1"), **given)
    best, other = rank([edge, burst], Electrode.CATHODE)
    assert (best.id, other.id) == ("edge", "burst")
    # inside the range in half of the draws, a tie in the others
    assert best.probability_first == pytest.approx(0.75, abs=0.01)


def test_a_known_small_gap_fails_and_an_unknown_one_is_passed_over():
    metal = film("metal", 40, -3, band_gap=exact(0.3, "eV"))
    wide = film("wide", 9, -9, band_gap=exact(8.7, "eV"))
    unheard = film("unheard", 12, -9, band_gap=Property.missing("eV", "no band gap reported"))
    ranking = rank([metal, wide, unheard], Electrode.ANODE)
    assert ids(ranking) == ["unheard", "wide", "metal"]
    assert ranking[0].gates["insulating"] is GateState.PASSED_OVER
    assert ranking[0].gate_reasons == {"insulating": "no band gap reported"}
    assert ranking[2].gate_reasons == {"insulating": "0.3 eV against 1"}
