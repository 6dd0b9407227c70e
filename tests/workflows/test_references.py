"""Published conductivities and facts: the data, and how computed numbers are held against them."""

import json
import math

import pytest
from pydantic import ValidationError

from lithicoat.analysis.literature import Verdict
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.structures.crystals.index import crystal_info
from lithicoat.structures.errors import StructureError
from lithicoat.workflows.benchmarks import conductivities
from lithicoat.workflows.benchmarks.comparisons import compare, decades_text, sigma_text
from lithicoat.workflows.benchmarks.conductivities import ConductivityBenchmark, barrier_error_decades
from lithicoat.workflows.benchmarks.published import (
    Fact,
    Measured,
    coating_of,
    facts,
    facts_about,
    known_films,
    measured_of,
    parse_range,
)
from lithicoat.workflows.benchmarks.results import Subject, parsed, shipped_result

MODEL = "vacancy model: 1e-3 of the Li sites assumed empty, attempt frequency 10 THz assumed, barrier 0.30 eV"


def decades(value, uncertainty=None, bound=None):
    return Property(value=value, uncertainty=uncertainty, unit="decades", bound=bound)


def record(film, logarithm, *, flags=(), failures=None, potential="mace-lithicoat-1", sha256="abc"):
    sigma = Property.missing("S/cm", *logarithm.flags) if logarithm.value is None else Property(
        value=10**logarithm.value, unit="S/cm", bound=logarithm.bound, flags=flags
    )  # fmt: skip
    return ScreeningRecord(
        coating=film, name=film, family="", role="anode", campaign="test", potential=potential,
        sha256=sha256, protocol="quick-12345678", try_out=True, seed=0, failures=failures or {},
        properties={"conductivity_298K": sigma, "log10_conductivity_298K": logarithm},
    )  # fmt: skip


def benchmark(records, **more):
    return ConductivityBenchmark.of(
        {one.coating: one for one in records},
        **{"potential": "other", "sha256": "abc", "versions": {}} | more,
    )


@pytest.fixture
def sure(monkeypatch):
    """A potential whose barriers are known to be off by one decade at 298 K."""
    monkeypatch.setattr(conductivities, "barrier_error_decades", lambda *_: 1.0)


def the_fact(result, name):
    return next(judged for judged in result.facts if judged.fact.id == name)


@pytest.mark.parametrize("film", known_films())
def test_every_film_can_be_built_and_its_sources_are_named(film):
    coating = coating_of(film)
    assert coating.id == film
    for measured in measured_of(film):
        assert measured.source
        assert 1e-20 < measured.high_S_cm < 1e-2


def test_every_crystal_with_a_measured_value_has_its_composition_and_space_group():
    from pymatgen.core import Composition

    from lithicoat.workflows.benchmarks.published import _table

    assert len(_table()) == len({row["obelix_id"] for row in _table()}) == 15
    for row in _table():
        info = crystal_info(row["crystal"])
        assert info.spacegroup == row["space_group"]
        assert Composition(info.formula).reduced_formula == Composition(row["composition"]).reduced_formula
        assert row["doi"].startswith("10.")
        assert coating_of(row["film"]).recipe.cif == row["crystal"]


def test_measured_values_are_those_of_the_phase_that_is_named():
    assert measured_of("Li3N")[0].high_S_cm == pytest.approx(5.767e-4)
    assert measured_of("LiPON@crystal")[0].low_S_cm is None
    assert len(measured_of("Li3PO4@crystal")) == 2
    assert [row.high_S_cm for row in measured_of("LiF")] == [1e-14, 1e-10]
    assert [row.high_S_cm for row in measured_of("Li3PO4")] == [1e-10]  # that at 323 K is none at 298 K
    assert [row.high_S_cm for row in measured_of("LAS-1-1")] == [2.5e-7]  # not those of the crystals
    assert measured_of("Li2O") == measured_of("a film of my own") == ()


def test_the_facts_are_those_of_the_field():
    assert {fact.id for fact in facts()} >= {"LAS", "Li2S-oxidised", "LiF", "LiGL"}
    assert facts_about({"LiF", "Li2O"}) == tuple(fact for fact in facts() if fact.id == "LiF")
    assert facts_about({"LAS-1-4"}) == ()


@pytest.mark.parametrize(
    ("text", "ends"),
    [("1e-10", (1e-10, 1e-10)), ("<1E-10", (None, 1e-10)), ("1.1e-11 to 1.3e-9", (1.1e-11, 1.3e-9))],
)
def test_a_value_a_bound_or_a_range(text, ends):
    assert parse_range(text, where="here") == ends


@pytest.mark.parametrize("text", ["almost insulating", ">1e-6", "1 2 3"])
def test_what_is_no_conductivity_is_named(text):
    with pytest.raises(StructureError, match=f"'{text}' is no conductivity"):
        parse_range(text, where="here")


def test_ranges_and_claims_without_meaning_are_refused():
    with pytest.raises(ValidationError, match="a range from 1e-05 to 1e-06 S/cm is none"):
        Measured(low_S_cm=1e-5, high_S_cm=1e-6, what="", source="")
    words = {
        "id": "",
        "statement": "",
        "film": "LiF",
        "published": "",
        "source": "",
        "reading": "",
        "doubt": "",
    }
    for claim in ({}, {"than": "Li2S"}, {"than": "Li2S", "at_least_decades": 1, "low_S_cm": 1e-6}):
        with pytest.raises(ValidationError, match="a fact needs either `than`"):
            Fact(**words, **claim)


@pytest.mark.usefixtures("sure")
def test_the_difference_is_ours_over_measured():
    row = benchmark([record("Li3N", decades(-5.0, 0.5))]).rows[0]
    assert row.differences[0].value == pytest.approx(-5.0 - math.log10(5.767e-4))
    assert row.differences[0].uncertainty == pytest.approx(math.hypot(0.5, 1.0))
    assert row.model == "molecular dynamics"


@pytest.mark.usefixtures("sure")
def test_the_error_of_the_potential_counts_once():
    row = benchmark([record("Li3N", decades(-5.0, 1.1), flags=(MODEL,))]).rows[0]
    assert row.holds_potential_error
    assert row.differences[0].uncertainty == pytest.approx(1.1)
    assert row.model == MODEL


def test_bounds_stay_bounds():
    upper = record("LiPON@crystal", decades(-12.0, bound=Bound.UPPER))
    row = compare("LiPON@crystal", upper, None)
    assert row.differences[0].flags == ("both are upper bounds",)
    value = compare("LiPON@crystal", record("LiPON@crystal", decades(-8.0, 0.3)), None)
    assert value.differences[0].bound is Bound.LOWER
    assert value.differences[0].value == pytest.approx(2.0)
    below = compare("Li3N", record("Li3N", decades(-12.0, bound=Bound.UPPER)), None)
    assert below.differences[0].bound is Bound.UPPER


def test_a_missing_conductivity_says_why():
    missing = Property.missing("decades", "the framework did not hold")
    result = benchmark([record("LiF", missing, failures={"diffusion 900 K": "it blew up"})])
    text = "\n".join(result.lines())
    assert "the framework did not hold" in text
    assert "LiF             failed: diffusion 900 K: it blew up" in text
    judged = the_fact(result, "LiF")
    assert judged.verdict is Verdict.UNRESOLVED
    assert judged.probability is None
    assert judged.note == "LiF: the framework did not hold"


def test_a_value_of_unknown_uncertainty_decides_nothing():
    judged = the_fact(benchmark([record("LiF", decades(-30.0))]), "LiF")
    assert judged.verdict is Verdict.UNRESOLVED
    assert judged.note == "LiF: no uncertainty is known"


@pytest.mark.parametrize(
    ("film", "logarithm", "expected"),
    [
        ("LiF", decades(-20.0, 2.0), Verdict.AGREES),
        ("LiF", decades(-15.0, bound=Bound.UPPER), Verdict.AGREES),
        ("LiF", decades(-6.0, bound=Bound.UPPER), Verdict.UNRESOLVED),
        ("LiF", decades(-3.0, 0.5), Verdict.DISAGREES),
        ("LiGL", decades(-4.2, 0.2), Verdict.AGREES),
        ("LiGL", decades(-9.0, 0.5), Verdict.DISAGREES),
        ("LiGL", decades(-4.0, 2.0), Verdict.UNRESOLVED),
    ],
)
def test_a_fact_of_one_film(film, logarithm, expected):
    judged = the_fact(benchmark([record(film, logarithm)]), film)
    assert judged.verdict is expected
    assert (judged.fact.doubt in judged.note) == (expected is not Verdict.AGREES)


def test_a_fact_of_two_films_is_their_difference():
    films = [record("LAS-1-4", decades(-4.0, 0.4)), record("LAS-1-1", decades(-6.5, 0.4))]
    judged = the_fact(benchmark(films), "LAS")
    assert judged.verdict is Verdict.AGREES
    assert judged.by_runs == judged.probability
    assert judged.ours == "1.0e-04 ± 0.4 decades against 3.2e-07 ± 0.4 decades S/cm"
    turned = [record("LAS-1-4", decades(-6.5, 0.4)), record("LAS-1-1", decades(-4.0, 0.4))]
    assert the_fact(benchmark(turned), "LAS").verdict is Verdict.DISAGREES


@pytest.mark.usefixtures("sure")
def test_the_error_of_the_potential_leaves_facts_open_and_says_so():
    films = [record("LAS-1-4", decades(-4.0, 0.4)), record("LAS-1-1", decades(-6.5, 0.4))]
    judged = the_fact(benchmark(films), "LAS")
    assert judged.verdict is Verdict.UNRESOLVED
    assert "by the numbers alone it agrees (P = 1.00), but the potential's barriers leave 1.0" in judged.note
    text = "\n".join(benchmark(films).lines())
    assert "not resolved    LAS 1:4 conducts far better than LAS 1:1" in text


def test_the_error_of_barriers_is_that_of_the_shipped_benchmark():
    shipped = shipped_result("mace-lithicoat-1", Subject.BARRIERS)
    error = barrier_error_decades("mace-lithicoat-1", shipped.sha256)
    kT_eV = 0.0256926  # at 298.15 K
    assert error == pytest.approx(math.sqrt(math.pi / 2) * shipped.mae_eV / (kT_eV * math.log(10)), rel=1e-4)
    assert barrier_error_decades("mace-lithicoat-1", "of other weights") is None
    assert barrier_error_decades("nothing", "") is None


def test_the_headline_counts_values_and_verdicts():
    result = benchmark(
        [
            record("Li3N", decades(-4.0, 0.5)),
            record("Li5AlS4@crystal", decades(-9.0, 0.5)),
            record("Li3AlS3@crystal", decades(-7.5, 0.5)),
            record("LiF", decades(-20.0, 0.5)),
        ],
        not_covered=["LiAlCl4_14"],
    )
    assert result.n == 5
    assert result.rank_correlation == pytest.approx(1.0)
    assert result.headline().startswith("TRY-OUT: mean difference ")
    assert result.headline().endswith("of 2 facts 2 agree, 0 disagree, 0 not resolved")
    assert "other does not cover LiAlCl4_14" in result.lines()
    alone = result.restricted_to({"LiF"})
    assert alone.n == 2
    assert [judged.fact.id for judged in alone.facts] == ["LiF"]
    assert alone.rank_correlation is None
    assert result.restricted_to({"Li2O"}).headline() == "TRY-OUT: nothing measured to compare with"
    assert result.against(alone)[1].endswith(alone.headline())


def test_what_is_written_is_read_again():
    result = benchmark([record("LiF", decades(-20.0, 0.5)), record("Li2O", decades(-9.0, bound=Bound.UPPER))])
    written = json.loads(result.model_dump_json())
    assert written["summary"] == result.headline()
    assert parsed(written, Subject.CONDUCTIVITIES) == result
    assert any("no measured value with a source" in line for line in result.lines())


@pytest.mark.parametrize(
    ("logarithm", "text"),
    [
        (decades(-8.9, 0.84), "1.3e-09 ± 0.8 decades"),
        (decades(-400.0, bound=Bound.UPPER), "< 1.0e-400"),
        (decades(-3.0), "1.0e-03"),
        (decades(-3.0 - 1e-9, 0.1), "1.0e-03 ± 0.1 decades"),
        (decades(0.5, 0.1), "3.2e+00 ± 0.1 decades"),
        (Property.missing("decades", "no run"), "–"),
    ],
)
def test_a_conductivity_is_written_by_its_logarithm(logarithm, text):
    assert sigma_text(logarithm) == text


def test_a_difference_is_written_with_its_sign():
    assert decades_text(decades(-1.25, 0.84)) == "-1.2 ± 0.8 decades"
    assert decades_text(decades(2.0, 0.3, Bound.LOWER)) == "> +2.0 decades"
    assert decades_text(Property.missing("decades", "both are upper bounds")) == "–"


def test_what_the_catalog_reports_of_any_film_can_be_read():
    from lithicoat.structures.catalog.loading import load_catalog

    found = {entry.id: measured_of(entry.id) for entry in load_catalog(None)}
    assert sum(map(bool, found.values())) >= 10
    assert [str(row) for row in found["Al2O3"]] == ["5.6e-12", "1.1e-11 to 1.3e-09"]
    assert compare("Al2O3", record("Al2O3", decades(-10.0, 0.1)), None).differences[1].value == pytest.approx(
        -10 - (math.log10(1.1e-11) + math.log10(1.3e-9)) / 2
    )
