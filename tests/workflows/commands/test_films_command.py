"""One film as `rank --film` shows it, and its structure in the export."""

import csv
import io
import json
from pathlib import Path

import litemongo
import pytest

from lithicoat.analysis.films.ensembles import convergence
from lithicoat.analysis.films.records import FilmStructure, RingStatistics, ShellStatistics
from lithicoat.analysis.properties import Property, Provenance
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord
from lithicoat.workflows.cli import run

COMMON = {"potential": "chgnet", "sha256": "abc", "protocol": "quick-1", "seed": 0}


@pytest.fixture
def record() -> ScreeningRecord:
    shell = ShellStatistics(
        center="Li",
        neighbor="O",
        peak=Property(value=1.95, uncertainty=0.01, unit="Å"),
        edge_A=2.6,
        coordination=Property(value=3.9, uncertainty=0.1, unit="1"),
        by_replica=(3.8, 3.9, 4.0),
        shares=(0, 0, 0, 0.1, 0.9),
    )
    structure = FilmStructure(
        replicas=3,
        wanted=3,
        seeds=(0, 101, 2),
        density=Property(value=1.5, uncertainty=0.02, unit="g/cm3"),
        densities_g_cm3=(1.48, 1.5, 1.52),
        shells=(shell, shell.model_copy(update={"center": "O", "neighbor": "Li"})),
        rings=(
            RingStatistics(
                network="covalent",
                atoms=6,
                per="unit",
                number=Property(value=1.0, uncertainty=0.0, unit="1"),
            ),
        ),
        network={"bridges_per_unit": Property(value=9.0, uncertainty=0.5, unit="1")},
        flags=("replica 2 was made again: bond C3–O7 broke",),
    )
    origin = Provenance(potential="chgnet", sha256="abc", protocol="quick-1", seed=0)
    modulus = Property(value=12.0, uncertainty=1.0, unit="GPa", provenance=origin, flags=("soft",))
    return ScreeningRecord(
        coating="LiHQ",
        name="lithium hydroquinone",
        family="lithicone",
        role="anode",
        campaign="trial",
        try_out=True,
        properties={"shear_modulus": modulus},
        failures={"elastic #2": "not converged"},
        structure=structure,
        convergence={"shear_modulus": convergence([11.0, 12.0, 13.0], unit="GPa")},
        **COMMON,
    )


@pytest.fixture
def db(record: ScreeningRecord, tmp_path: Path) -> Path:
    database = litemongo.connect(f"file:{tmp_path}")["lithicoat"]
    database["records"].insert_one(record.model_dump(mode="json"))
    campaign = CampaignRecord(name="trial", coatings=("LiHQ",), numbers={}, state="finished", **COMMON)
    database["campaigns"].insert_one(campaign.model_dump(mode="json"))
    return tmp_path


def test_a_film_is_shown_with_its_structure(db: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["rank", "--film", "LiHQ", "--db", str(db)]) == 0
    printed = capsys.readouterr().out
    for line in (
        "LiHQ   lithium hydroquinone   TRY-OUT PROTOCOL",
        "shear modulus                12.0 ± 1.0 GPa",
        "density    1.500 ± 0.020 g/cm3 as annealed; 3 replicas (seed 0, 101, 2)",
        "Li–O       1.950 ± 0.010 Å, 3.90 ± 0.10 neighbours within 2.60 Å: 4 (90%), 3 (10%)",
        "covalent rings of 6 atoms: 1.000 ± 0.000 per unit",
        "ion–O–ion bridges per unit: 9.00 ± 0.50",
        "note: replica 2 was made again: bond C3–O7 broke",
        "shear modulus (GPa): n=1 12.0 ± 1.0   n=2 12.00 ± 0.71   n=3 12.00 ± 0.58",
        "a standard error of 5% takes about 3 replicas",
        "failed: elastic #2: not converged",
        "note: soft",
    ):
        assert line in printed
    assert "O–Li" not in printed


def test_a_film_has_a_json_form(db: Path, record: ScreeningRecord, capsys: pytest.CaptureFixture[str]):
    assert run(["rank", "--film", "LiHQ", "--db", str(db), "--json"]) == 0
    assert ScreeningRecord.model_validate_json(capsys.readouterr().out) == record


def test_an_unknown_film_is_named(db: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["rank", "--film", "LiGL", "--db", str(db), "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error == {"message": "the campaign holds no LiGL", "where": "LiGL", "hint": "it holds LiHQ"}


def test_the_export_has_the_structure_with_its_provenance(db: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["export", "--csv", "--db", str(db)]) == 0
    rows = {row["property"]: row for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    assert list(rows) == [
        "shear_modulus",
        "density_annealed",
        "first_peak_Li-O",
        "coordination_Li-O",
        "rings_covalent_6",
        "bridges_per_unit",
    ]
    peak = rows["first_peak_Li-O"]
    assert (peak["value"], peak["uncertainty"], peak["unit"]) == ("1.95", "0.01", "Å")
    assert (peak["potential"], peak["protocol"]) == ("chgnet", "quick-1")
    assert "made again" in rows["density_annealed"]["flags"]
