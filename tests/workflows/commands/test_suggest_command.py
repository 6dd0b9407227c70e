"""`lithicoat suggest`: what it says, to people and to machines."""

import json
from pathlib import Path

import litemongo
import pytest

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import judge
from lithicoat.analysis.decision.suggestions import Suggestions, suggest
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord
from lithicoat.workflows.cli import run
from lithicoat.workflows.commands.suggestions import print_suggestions, what_would_change_most
from lithicoat.workflows.suggesting.measuring import with_measurements

COMMON = {"potential": "mace-lithicoat-1", "sha256": "abc", "protocol": "quick-1", "seed": 0}
EXACT = {"uncertainty": 0.0}
UNSEEN = Property(value=0.6, unit="decades", bound=Bound.UPPER, flags=("below that at 700 K",))


def film(name, *, modulus=10.0, error=3.0, exponent=UNSEEN, role="anode", **common):
    return ScreeningRecord(
        coating=name,
        name=name,
        family="lithicone",
        role=role,
        campaign="trial",
        try_out=True,
        properties={
            "shear_modulus": Property(value=modulus / 1.06, uncertainty=0.3, unit="GPa"),
            "shear_modulus_calibrated": Property(value=modulus, uncertainty=error, unit="GPa"),
            "lowest_elastic_eigenvalue": Property(value=modulus, unit="GPa", **EXACT),
            "highest_stable_temperature": Property(value=700.0, unit="K", **EXACT),
            "log10_conductivity_298K": exponent,
            "contact_lithium": Property(value=-0.3, uncertainty=0.03, unit="eV/atom"),
        },
        **{**COMMON, **common},
    )


def decades(value, uncertainty=0.0):
    return Property(value=value, uncertainty=uncertainty, unit="decades")


@pytest.fixture
def records():
    return [film("LiGL"), film("LiTEA", modulus=4.0, error=1.2), film("LiHQ", exponent=decades(-7.0, 1.0))]


def written(directory: Path, campaigns: dict[str, list[ScreeningRecord]]) -> Path:
    database = litemongo.connect(f"file:{directory}")["lithicoat"]
    for name, films in campaigns.items():
        coatings = tuple(record.coating for record in films)
        campaign = CampaignRecord(name=name, coatings=coatings, numbers={}, state="finished", **COMMON)
        database["campaigns"].insert_one(campaign.model_dump(mode="json"))
        database["records"].insert_many([record.model_dump(mode="json") for record in films])
    return directory


def printed(records, capsys, *, top=8, electrode=Electrode.ANODE):
    found = suggest(judge(records, electrode), records)
    found = with_measurements(found, {record.coating: record for record in records})
    print_suggestions(found, records, top=top)
    return capsys.readouterr().out


def test_each_number_has_its_gain_its_command_and_its_limits(records, capsys):
    told = printed(records, capsys)
    lines = told.splitlines()
    row = next(line for line in lines if line.split()[1:4] == ["LiHQ", "σ", "298"])
    assert "-7.0±1.0 log10 S/cm" in row
    assert any("±0.00" in word for word in row.split())
    assert "TRY-OUT ANODE: " in told
    number = row.split()[0]
    assert f"{number}: lithicoat diffusion LiHQ --preset standard" in lines
    assert "only a bound: below that at 700 K; more time" in told
    assert "calibration" in told
    assert "perfect knowledge" in told
    assert "Gain from one number of all films: σ 298 K " in told
    assert "± is one standard uncertainty; potential mace-lithicoat-1" in told


def test_the_table_fits_eighty_columns(records, capsys):
    told = printed(records, capsys)
    table = told[: told.index("1: lithicoat")].splitlines()[2:]  # without the sentence on the best bet
    assert len(table) > 5
    assert max(map(len, table)) <= 80
    assert "…" not in "".join(table)


def test_as_many_numbers_as_asked_for_are_shown(records, capsys):
    told = printed(records, capsys, top=2)
    assert [line[:2] for line in told.splitlines() if line[:1].isdigit() and line[1] == " "] == ["1 ", "2 "]


def test_a_command_for_two_numbers_stands_once(capsys):
    doubtful = Property(value=2.0, uncertainty=2.0, unit="GPa")
    records = [film("LiGL", exponent=decades(-7.0)), film("LiHQ", exponent=decades(-7.0), modulus=9.0)]
    for record in records:
        record.properties["lowest_elastic_eigenvalue"] = doubtful
    told = printed(records, capsys)
    assert told.count("lithicoat elastic LiGL --preset standard") == 1
    assert told.count("lithicoat elastic LiHQ --preset standard") == 1


def test_where_nothing_is_uncertain_nothing_is_suggested(capsys):
    records = [
        film("LiGL", error=0.0, exponent=decades(-7.0)),
        film("LiHQ", error=0.0, exponent=decades(-9.0)),
    ]
    for record in records:
        record.properties["contact_lithium"] = Property(value=-0.3, unit="eV/atom", **EXACT)
    assert "No single number, if it were known exactly, would change" in printed(records, capsys)
    assert what_would_change_most(judge(records, Electrode.ANODE), records).startswith("No single number")


def test_a_better_bet_than_the_first_film_says_why(capsys):
    doubtful = film("LiGL", modulus=12.0, exponent=decades(-5.0))
    doubtful.properties["lowest_elastic_eigenvalue"] = Property(value=0.1, uncertainty=5.0, unit="GPa")
    sound = film("LiHQ", exponent=decades(-7.0))
    told = printed([doubtful, sound], capsys)
    assert "LiHQ is the best bet, expected score " in told
    assert "LiGL is first by best estimates, but passes all gates in 0.5" in told
    missing = film("LiHQ", modulus=26.0, exponent=Property.missing("decades", "no diffusion run"))
    told = printed([missing, film("LiGL", modulus=4.0, exponent=decades(-8.0))], capsys)
    assert "which count nothing for the missing σ 298 K of LiHQ" in told


def test_films_that_all_fail_a_gate_are_no_bet(records, capsys):
    for record in records:
        record.properties["contact_lithium"] = Property(value=-0.9, uncertainty=0.01, unit="eV/atom")
    assert "no film passes every gate in any draw" in printed(records, capsys)


def test_one_film_and_no_film_are_no_choice(records, capsys):
    assert "LiGL is the only film: there is nothing to choose" in printed(records[:1], capsys)
    assert "no film for this electrode" in printed(records, capsys, electrode=Electrode.CATHODE)
    assert what_would_change_most(judge(records[:1], Electrode.ANODE), records) == ""


def test_one_line_names_what_would_change_most(records):
    line = what_would_change_most(judge(records, Electrode.ANODE), records)
    most = suggest(judge(records, Electrode.ANODE), records).numbers[0]
    assert most.film in line
    assert line == f"What would change this most: σ 298 K of {most.film} (lithicoat suggest)"


def test_the_command_reads_the_database(records, tmp_path, capsys):
    written(tmp_path, {"trial": [*records, film("Li2S", role="cathode")]})
    assert run(["suggest", "--db", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "ANODE: " in told
    assert "CATHODE: Li2S is the only film" in told
    assert f"--preset standard --db {tmp_path}" in told
    assert run(["suggest", "--db", str(tmp_path), "--json"]) == 0
    both = json.loads(capsys.readouterr().out)
    assert list(both) == ["anode", "cathode"]
    assert run(["suggest", "--db", str(tmp_path), "--role", "anode", "--json", "--seed", "1"]) == 0
    one = Suggestions.model_validate(json.loads(capsys.readouterr().out))
    assert (one.electrode, one.seed, one.films) == (Electrode.ANODE, 1, 3)
    assert one.numbers[0].command is not None
    gain = both["anode"]["numbers"][0]["gain"]
    assert set(gain) == {"value", "uncertainty", "unit", "bound", "flags", "provenance"}
    assert one.numbers[0].gain.value == pytest.approx(gain["value"], rel=0.2)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--next", "2"], "--next goes with --library"),
        (["--property", "shear_modulus"], "--property goes with --library"),
        (["--catalog", "films.toml"], "--catalog goes with --library"),
        (["--library", "polyols", "--role", "cathode"], "the library is one of films for the anode"),
        (["--db", "nowhere"], "nowhere holds no lithicoat database"),
        (["--library", "polyols", "--db", "nowhere"], "nowhere holds no lithicoat database"),
    ],
)
def test_bad_input_gets_one_sentence(arguments, sentence, capsys):
    assert run(["suggest", *arguments]) == 2
    assert sentence in capsys.readouterr().err


def test_the_library_learns_from_films_computed_alike_in_any_campaign(records, tmp_path, capsys):
    other = film("LiEG", protocol="standard-2")
    written(tmp_path, {"first": records[:1], "second": records[1:]})
    database = litemongo.connect(f"file:{tmp_path}")["lithicoat"]
    database["records"].insert_one(other.model_dump(mode="json"))
    assert run(["suggest", "--library", "polyols", "--db", str(tmp_path), "--next", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {film["id"] for film in found["learned_from"]} == {"LiGL", "LiTEA", "LiHQ"}
    assert len(found["suggestions"]) == 2
    assert run(["suggest", "--library", "polyols", "--db", str(tmp_path), "--campaign", "fourth"]) == 2
    assert "holds no campaign fourth" in capsys.readouterr().err


def test_the_library_needs_no_database_to_begin(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["suggest", "--library", "polyols", "--next", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["suggestions"]) == 1
    assert found["learned_from"] == []
