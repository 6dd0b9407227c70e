"""`lithicoat criterion`: numbers, films of a database, both views, figures."""

import json
from pathlib import Path

import litemongo
import pytest

from lithicoat.analysis.properties import Property, Provenance
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord
from lithicoat.workflows.cli import run

ORIGIN = Provenance(potential="chgnet", sha256="abcdef0123456789", protocol="quick-1", seed=0)
COMMON = {"potential": "chgnet", "sha256": "abcdef0123456789", "protocol": "quick-1", "seed": 0}


def _property(value: float, uncertainty: float | None, unit: str) -> Property:
    return Property(value=value, uncertainty=uncertainty, unit=unit, provenance=ORIGIN)


def _record(coating: str, **volumes: float) -> ScreeningRecord:
    properties = {
        "shear_modulus": _property(28.0, 1.0, "GPa"),
        "shear_modulus_calibrated": _property(31.0, 8.0, "GPa"),
        "poisson_ratio": _property(0.2, 0.01, "1"),
    }
    properties |= {name: _property(value, 0.05, "1") for name, value in volumes.items()}
    facts = {"name": coating, "family": "sulfide", "role": "cathode", "campaign": "trial", "try_out": True}
    return ScreeningRecord(coating=coating, properties=properties, **facts, **COMMON)  # type: ignore[arg-type]


@pytest.fixture
def database(tmp_path: Path) -> str:
    directory = tmp_path / "some.db"
    directory.mkdir()
    store = litemongo.connect(f"file:{directory}")["lithicoat"]
    records = [
        _record("LAS-1-1", lithium_volume_ratio=0.4, lithium_volume_ratio_sphere=0.12),
        _record("Li2S"),
        _record("LiGL"),
    ]
    store["records"].insert_many([record.model_dump(mode="json") for record in records])
    names = tuple(record.coating for record in records)
    campaign = CampaignRecord(
        name="trial", coatings=names, potential="chgnet", sha256=COMMON["sha256"], protocol="quick-1",
        numbers={}, seed=0, state="finished",
    )  # type: ignore[arg-type]  # fmt: skip
    store["campaigns"].insert_one(campaign.model_dump(mode="json"))
    return str(directory)


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> object:
    assert run(["criterion", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def _text(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["criterion", *arguments]) == 0
    return capsys.readouterr().out


def test_a_film_of_a_database_has_both_views_and_its_provenance(capsys, database):
    text = _text(capsys, "LAS-1-1", "--db", database)
    for piece in (
        "G = 31.0 ± 8.0 GPa",
        "G/G_Li = 7.3 ± 1.9: above the bar of 8.5 GPa",
        "cell volume",
        "ionic sphere",
        "0.400 ± 0.050",
        "0.120 ± 0.050",
        "P(chi < 0)",
        "k h = 5 (within the half-space model): 50 nm, thickness reported",
        "disputed",
        "do not blend",
        "potential chgnet (sha256 abcdef012345…), protocol quick-1, seed 0",
    ):
        assert piece in text


def test_the_catalog_helps_with_thickness_and_volume(capsys, database):
    result = _json(capsys, "Li2S", "--db", database)
    assert isinstance(result, dict)
    assert result["kh"] == pytest.approx(0.22)
    assert "optimal thickness reported: ALD 20 cycles on NMC811" in result["thickness"]["source"]
    cell, sphere = result["views"]
    assert cell["missing"] == "no volume ratio (not computed)"
    assert sphere["volume_ratio"]["value"] == 0.1519
    assert "Ahmad" in sphere["volume_ratio"]["flags"][0]
    assert result["chi"] == sphere["chi"]
    own = _json(capsys, "Li2S", "--db", database, "--thickness", "60")
    assert isinstance(own, dict)
    assert own["thickness"]["half_space"]


def test_a_film_without_a_volume_ratio_says_so(capsys, database):
    text = _text(capsys, "LiGL", "--db", database)
    assert "chi(k)   none: no volume ratio (not computed)" in text
    assert "probability of passing: 1.00" in text


def test_all_films_of_a_campaign_in_one_table(capsys, database):
    text = _text(capsys, "--db", database)
    assert [line.split()[0] for line in text.splitlines() if "7±2" in line] == ["LAS-1-1", "Li2S", "LiGL"]
    assert "note: Li2S, LiGL: no chi by cell volume" in text
    assert "note: heuristic" in text
    assert max(len(line) for line in text.splitlines()[:5]) <= 80
    results = _json(capsys, "--db", database)
    assert isinstance(results, list)
    assert [result["id"] for result in results] == ["LAS-1-1", "Li2S", "LiGL"]


def test_the_sign_is_an_option(capsys):
    numbers = ("--shear-modulus", "51", "--poisson", "0.207", "--volume-ratio", "0.0841")
    published = _json(capsys, *numbers)
    turned = _json(capsys, *numbers, "--sign", "gibbs-thomson")
    assert isinstance(published, dict)
    assert isinstance(turned, dict)
    assert published["chi"]["relative_sign"] == "published"
    assert turned["chi"]["total"] == pytest.approx(published["chi"]["total_with_other_sign"])
    assert turned["chi"]["lambda_crit_nm"] is None
    assert "every λ" in _text(capsys, *numbers, "--sign", "gibbs-thomson")


def test_constants_of_lithium_are_options(capsys):
    numbers = ("--shear-modulus", "51", "--poisson", "0.207", "--volume-ratio", "0.0841")
    bare = _json(capsys, *numbers, "--surface-energy", "0", "--li-poisson", "0.36")
    assert isinstance(bare, dict)
    assert bare["chi"]["surface"] == 0
    assert bare["chi"]["lambda_crit_nm"] == 0


def test_an_uncertainty_that_is_not_given_is_printed(capsys):
    text = _text(capsys, "--shear-modulus", "10")
    assert "assumed uncertainty of shear modulus: 30% of it" in text
    assert "G/G_Li = 2.35 ± 0.71" in text


def test_figures_are_written_or_it_is_said_why_not(capsys, database, tmp_path):
    text = _text(capsys, "Li2S", "--db", database, "--figures", str(tmp_path / "one"))
    assert {file.suffix for file in (tmp_path / "one").iterdir()} == {".pdf", ".svg"}
    assert "Li2S-stability-map.svg" in text
    svg = (tmp_path / "one" / "Li2S-stability-map.svg").read_text()
    assert "chgnet, protocol quick-1" in svg
    text = _text(capsys, "LiGL", "--db", database, "--figures", str(tmp_path / "none"))
    assert "no figure: no film has both" in text
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "criterion needs a modulus or a film. Give --shear-modulus GPA"),
        (["Li2S", "--shear-modulus", "5"], "--shear-modulus stands in place of a film"),
        (["Li2S", "--db", "some.db", "--poisson", "0.3"], "--poisson belong to --shear-modulus"),
        (["--shear-modulus", "nan"], "a shear modulus is finite and not negative, got nan"),
        (["--shear-modulus", "5", "--poisson", "0.6"], "Poisson's ratio lies above -1 and not above 0.5"),
        (["--shear-modulus", "5", "--volume-ratio", "-2"], "a volume ratio is finite and above -1, got -2"),
        (["--shear-modulus", "5", "--sigma", "-1"], "a standard uncertainty is not negative"),
        (["--shear-modulus", "5", "--sign", "mine"], "mine"),
        (["--shear-modulus", "5", "--wave-number", "0"], "wave number must be above 0"),
        (["LiGL", "--db", "nowhere.db"], "nowhere.db holds no lithicoat database"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(capsys, arguments, sentence):
    assert run(["criterion", *arguments]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert len(error.strip().splitlines()) == 1


def test_a_film_that_is_not_there_is_named_with_those_that_are(capsys, database):
    assert run(["criterion", "LiF", "--db", database]) == 2
    assert "the campaign holds no LiF. It holds LAS-1-1, Li2S, LiGL" in capsys.readouterr().err
