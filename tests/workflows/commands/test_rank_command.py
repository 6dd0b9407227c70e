"""`lithicoat rank`: tables, weights, a second potential, pairs, reported cells, figures, bad input."""

import json
from importlib import resources
from pathlib import Path

import litemongo
import pytest

from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord
from lithicoat.workflows.cli import run

FIRST = {"potential": "mace-lithicoat-1", "sha256": "abc", "protocol": "quick-1", "seed": 0}
SECOND = {"potential": "chgnet", "sha256": "def", "protocol": "quick-1", "seed": 0}


def film(name, role, *, modulus, decades, contact=-0.1, campaign="trial", by=FIRST):
    def quantity(value, uncertainty, unit, **more):
        return Property(value=value, uncertainty=uncertainty, unit=unit, **more)

    return ScreeningRecord(
        coating=name,
        name=name,
        family="model",
        role=role,
        campaign=campaign,
        try_out=True,
        properties={
            "highest_stable_temperature": Property(value=900.0, unit="K"),
            "lowest_elastic_eigenvalue": quantity(modulus, 1.0, "GPa"),
            "shear_modulus_calibrated": quantity(modulus, 0.2 * modulus, "GPa"),
            "log10_conductivity_298K": quantity(decades, 1.0, "decades"),
            "contact_lithium": quantity(contact, 0.03, "eV/atom"),
            "contact_NMC811": quantity(contact, 0.03, "eV/atom"),
            "scavenging_energy": quantity(-5.0, 0.2, "eV/O2"),
            "scavenging_capacity": Property(value=0.07, unit="mol O2/cm3"),
            "oxidation_volume_ratio": quantity(1.5, 0.1, "1"),
            "window_high": quantity(2.2, 0.1, "V"),
        },
        **by,
    )


RECORDS = [
    film("LiGL", "anode", modulus=20.0, decades=-8.0),
    film("LiTEA", "anode", modulus=5.0, decades=-7.0),
    film("Li2S", "cathode", modulus=30.0, decades=-6.0),
    film("LAS-1-1", "both", modulus=17.0, decades=-5.0, contact=-0.3),
]


@pytest.fixture
def database(tmp_path: Path) -> str:
    where = tmp_path / "films.db"
    opened = litemongo.connect(f"file:{where}")["lithicoat"]
    coatings = tuple(record.coating for record in RECORDS)
    campaign = CampaignRecord(name="trial", coatings=coatings, numbers={}, state="finished", **FIRST)
    opened["campaigns"].insert_one(campaign.model_dump(mode="json"))
    others = [film("LiGL", "anode", modulus=9.0, decades=-8.0, campaign="second", by=SECOND)]
    opened["records"].insert_many([record.model_dump(mode="json") for record in (*RECORDS, *others)])
    return str(where)


def told(capsys, *arguments: str) -> str:
    assert run(["rank", *arguments]) == 0
    return capsys.readouterr().out


def document(capsys, *arguments: str):
    return json.loads(told(capsys, *arguments, "--json"))


def test_terms_places_weights_and_assumptions_are_printed(capsys, database):
    text = told(capsys, "--db", database, "--role", "anode")
    lines = text.splitlines()
    heading = next(index for index, line in enumerate(lines) if line.startswith("scores"))
    scores = {line.split()[0]: line.split() for line in lines[heading + 1 : heading + 4]}
    assert set(scores) == {"LiGL", "LiTEA", "LAS-1-1"}
    for cells in scores.values():
        assert float(cells[1]) == pytest.approx(sum(map(float, cells[2:5])), abs=0.016)
    assert max(map(len, lines[heading - 1 : heading + 4])) <= 80
    assert "Weights up to a factor 2 away: first " in text
    assert "Any weights: first " in text
    assert "What would change this most: " in text


def test_an_assumed_uncertainty_is_named(capsys, database):
    text = told(capsys, "--db", database, "--role", "cathode")
    assert "uncertainty assumed, since none is stated: scavenging capacity ± 10% (" in text


def test_the_json_form_keeps_its_keys_and_gains_the_sensitivity(capsys, database):
    films = document(capsys, "--db", database, "--role", "anode")
    assert [entry["rank"] for entry in films] == [1, 2, 3]
    promised = {"id", "rank", "score", "terms", "gates", "probability_first", "probability_top3"}
    assert promised <= set(films[0])
    assert films[0]["sensitivity"]["id"] == films[0]["id"]
    assert set(document(capsys, "--db", database)) == {"anode", "cathode"}


def test_other_weights_change_the_order(capsys, database):
    stiff = document(capsys, "--db", database, "--role", "anode", "--weight", "stiffness=50")
    fast = document(capsys, "--db", database, "--role", "anode", "--weight", "conductivity=50")
    assert (stiff[0]["id"], fast[0]["id"]) == ("LiGL", "LAS-1-1")
    both = document(capsys, "--db", database, "--weight", "scavenging energy=5")
    assert both["cathode"][0]["terms"]["scavenging energy"] > 0.8
    assert both["anode"] == document(capsys, "--db", database)["anode"]


def test_a_scheme_of_ones_own(capsys, database, tmp_path):
    shipped = resources.files("lithicoat.analysis").joinpath("data/ranking.toml").read_text("utf-8")
    own = tmp_path / "own.toml"
    own.write_text(shipped.replace("threshold = -0.5", "threshold = -0.2"), encoding="utf-8")
    films = {
        entry["id"]: entry
        for entry in document(capsys, "--db", database, "--role", "anode", "--scheme", str(own))
    }
    assert films["LAS-1-1"]["gates"]["no runaway with Li"] == "failed"
    assert films["LiGL"]["gates"]["no runaway with Li"] == "passed"


def test_a_second_potential_makes_a_rank_less_sure(capsys, database):
    alone = {entry["id"]: entry for entry in document(capsys, "--db", database, "--role", "anode")}
    wider = document(capsys, "--db", database, "--role", "anode", "--second", "chgnet")
    found = {entry["id"]: entry for entry in wider}
    assert found["LiGL"]["score"] == alone["LiGL"]["score"]
    spans = [films["LiGL"]["rank_interval"] for films in (alone, found)]
    assert spans[1][1] - spans[1][0] >= spans[0][1] - spans[0][0]
    assert found["LiTEA"]["probability_first"] != alone["LiTEA"]["probability_first"]
    text = told(capsys, "--db", database, "--role", "anode", "--second", "chgnet")
    assert "n=2 potentials (mace-lithicoat-1, chgnet): mean 14.5 GPa" in text


def test_pairs_are_ranked(capsys, database):
    pairs = document(capsys, "--db", database, "--role", "pair")
    assert {(pair["anode"], pair["cathode"]) for pair in pairs} >= {("LiGL", "Li2S"), ("LiTEA", "Li2S")}
    assert "LiTEA ‖ Li2S" in told(capsys, "--db", database, "--role", "pair")


def test_the_ranking_is_held_against_reported_cells(capsys, database):
    comparison = document(capsys, "--db", database, "--against", "literature")
    assert comparison["limits"]
    assert any(effect["film"] == "Li2S" for effect in comparison["effects"])
    assert "AGAINST REPORTED CELLS" in told(capsys, "--db", database, "--against", "literature")


def test_figures_are_written(capsys, database, tmp_path):
    told(capsys, "--db", database, "--role", "anode", "--figures", str(tmp_path / "plots"))
    assert {path.suffix for path in (tmp_path / "plots").iterdir()} == {".pdf", ".svg"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--weight", "stifness=0.5"], "has no term 'stifness' to weigh"),
        (["--weight", "stiffness"], "--weight takes a term and a number, got 'stiffness'"),
        (["--weight", "stiffness=-1"], "a weight is a positive number, got -1"),
        (["--weight", "stiffness=lots"], "--weight takes a term and a number"),
        (["--second", "sevennet"], "holds no record by sevennet"),
        (["--against", "nowhere.toml"], "nowhere.toml"),
        (["--scheme", "nowhere.toml"], "nowhere.toml cannot be read"),
        (["--draws", "0"], "draws"),
    ],
)
def test_bad_input_is_one_sentence(capsys, database, arguments, message):
    assert run(["rank", "--db", database, *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_a_property_in_a_strange_unit_is_refused(capsys, tmp_path):
    where = tmp_path / "strange.db"
    opened = litemongo.connect(f"file:{where}")["lithicoat"]
    campaign = CampaignRecord(name="trial", coatings=("LiGL",), numbers={}, state="finished", **FIRST)
    record = film("LiGL", "anode", modulus=20.0, decades=-8.0)
    record.properties["shear_modulus_calibrated"] = Property(value=20.0, unit="apples", bound=Bound.UPPER)
    opened["campaigns"].insert_one(campaign.model_dump(mode="json"))
    opened["records"].insert_one(record.model_dump(mode="json"))
    assert run(["rank", "--db", str(where)]) == 2
    assert "shear_modulus_calibrated is judged in GPa, and apples cannot be turned" in capsys.readouterr().err
