from dataclasses import replace

import pytest

from lithicoat.analysis.criterion.rule import modulus_ratio
from lithicoat.analysis.decision.ranking import rank
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.report.rank_tables import answer, rank_table


def with_chances(screening, electrode, **update):
    first, *others = screening.rankings[electrode]
    films = [first.model_copy(update=update), *others]
    return replace(screening, rankings={**screening.rankings, electrode: films})


@pytest.mark.parametrize("electrode", Electrode)
def test_the_table_is_the_ranking(screening, electrode):
    table = rank_table(screening, electrode)
    expected = rank(screening.records, electrode, draws=screening.draws)
    assert [row.film.model_dump() for row in table.rows] == [film.model_dump() for film in expected]
    assert all(len(row.numbers) == len(table.headings) for row in table.rows)
    for row, film in zip(table.rows, expected, strict=True):
        assert sum(float(term) for term in row.terms if term != "–") == pytest.approx(film.score, abs=0.03)
        assert row.stopped == any(state.group for state in film.gates.values())


def test_the_probability_of_the_rule_is_that_of_the_criterion(screening):
    table = rank_table(screening, Electrode.ANODE)
    column = table.headings.index("P(G > 2 G(Li))")
    for row in table.rows:
        modulus = screening.by_id[row.film.id].properties["shear_modulus_calibrated"]
        assert row.numbers[column] == f"{modulus_ratio(modulus).probability:.2f}"


def test_uptake_is_in_millimoles(screening):
    table = rank_table(screening, Electrode.CATHODE)
    column = table.headings.index("Uptake (mmol O₂ cm⁻³)")
    for row in table.rows:
        capacity = screening.by_id[row.film.id].properties["scavenging_capacity"].value
        assert float(row.numbers[column]) == pytest.approx(1000 * capacity, rel=5e-3)


@pytest.mark.parametrize(
    ("chance", "words"), [(0.97, "clearly first"), (0.6, "probably first"), (0.3, "leave the choice open")]
)
def test_the_verdict_says_how_sure_it_is(screening, chance, words):
    found = answer(with_chances(screening, Electrode.ANODE, probability_first=chance), Electrode.ANODE)
    assert words in found.verdict


def test_an_electrode_without_films_says_so(screening):
    bare = replace(screening, rankings={**screening.rankings, Electrode.ANODE: []})
    assert answer(bare, Electrode.ANODE).verdict == "The campaign holds no film for the anode."


def test_hyphens_of_words_stay_and_minus_signs_are_set(screening):
    gates = [gate for row in rank_table(screening, Electrode.CATHODE).rows for gate in row.gates]
    assert any("−0.5" in gate.reason for gate in gates)
    for film in (answer(screening, electrode) for electrode in Electrode):
        assert "LAS−1" not in film.why
        assert "-0.00" not in film.why
