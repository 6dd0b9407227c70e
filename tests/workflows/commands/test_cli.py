"""The command line: exit codes, one sentence for bad input, JSON forms."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.io import write

from lithicoat.workflows.cli import run

pytestmark = pytest.mark.filterwarnings("ignore")


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def _refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run what must be refused: exit code 2, one sentence on stderr, nothing on stdout."""
    assert run(list(arguments)) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert len(printed.err.splitlines()) == 1
    assert "Traceback" not in printed.err
    return printed.err


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"lithicoat {version('lithicoat')}\n"


def test_catalog_lists_the_mission_films(capsys: pytest.CaptureFixture[str]):
    films = {film["id"]: film for film in _json(capsys, "catalog")}
    mission = {"LiGL", "LiTEA", "LiHQ", "Li2S", "Li2SO3", "Li2SO4", "Li2SOx", "LAS-1-1", "LAS-1-4"}
    assert mission | {"Li", "LiF", "Li2O"} <= films.keys()
    assert set(films["LiGL"]) == {
        "id", "name", "family", "role", "builder", "elements", "flags", "sources"
    }  # fmt: skip
    assert films["LiGL"]["role"] == "anode"
    assert films["LiGL"]["sources"]


def test_potentials_say_whether_they_are_here(capsys: pytest.CaptureFixture[str]):
    potentials = {entry["id"]: entry for entry in _json(capsys, "potentials")}
    assert {"chgnet", "mace-mpa-0", "mace-omat-0", "mace-mh-1", "mace-mp-0b3"} <= potentials.keys()
    assert potentials["chgnet"]["available"]
    assert set(potentials["chgnet"]) == {
        "id", "available", "reason", "elements", "level_of_theory", "licence", "sha256", "calibration",
        "guard", "committee", "card", "benchmarks",
    }  # fmt: skip


def test_criterion_of_a_stiff_film(capsys: pytest.CaptureFixture[str]):
    result = _json(capsys, "criterion", "--shear-modulus", "50")
    assert result["ratio"] == pytest.approx(11.8, abs=0.05)
    assert result["passes"] is True
    assert result["threshold_GPa"] == 8.5


def test_criterion_with_uncertainty_is_a_probability(capsys: pytest.CaptureFixture[str]):
    result = _json(capsys, "criterion", "--shear-modulus", "8", "--sigma", "2")
    assert 0.3 < result["probability"] < 0.5


def test_criterion_with_all_inputs_has_all_keys(capsys: pytest.CaptureFixture[str]):
    of_li2s = ("--shear-modulus", "33.9", "--poisson", "0.176", "--volume-ratio", "0.1519")
    result = _json(capsys, "criterion", *of_li2s, "--thickness", "2.2")
    assert {
        "ratio",
        "threshold_GPa",
        "passes",
        "probability",
        "g_crit",
        "regime",
        "chi",
        "kh",
    } <= result.keys()
    assert {"total", "hydrostatic", "deviatoric", "surface", "unit"} <= result["chi"].keys()
    assert result["kh"] == pytest.approx(0.22)


def test_build_writes_files(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    (built,) = _json(capsys, "build", "LiF", "-o", str(tmp_path), "--max-atoms", "8")
    assert built["formula"] == "F4Li4"
    assert {Path(file).suffix for file in built["files"]} == {".extxyz", ".cif", ".json"}
    assert all(Path(file).stat().st_size for file in built["files"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["catalog", "LiGLL"], "LiGLL is not in the catalog. Did you mean LiGL"),
        (["build", "LiGLL"], "Did you mean LiGL"),
        (["screen", "LiGLL"], "Did you mean LiGL"),
        (["screen", "--potential", "chgnot"], "did you mean chgnet"),
        (["elastic", "nowhere.cif"], "nowhere.cif"),
        (["elastic", "LiF", "--potential", "nowhere.model"], "no potential file nowhere.model"),
        (["criterion", "--shear-modulus", "-5"], "shear modulus"),
        (["criterion"], "--shear-modulus"),
        (["diffusion", "LiF", "--temperatures", "-5,800"], "temperatures_K"),
        (["diffusion", "LiF", "--temperatures", "hot"], "is not a list of numbers"),
        (["diffusion"], "either a film or structure file, or --trajectory"),
        (["diffusion", "--trajectory", "run.xyz", "--temperature", "800"], "--timestep is missing"),
        (["rank", "--db", "nowhere.db"], "holds no lithicoat database"),
        (["screen", "--preset", "instant"], "instant"),
        (["polish"], "polish"),
    ],
)
def test_bad_input_gets_one_sentence(capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str):
    assert sentence in _refusal(capsys, *arguments)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("seeed = 3", "seeed is not a setting"),
        ("[protocol.diffusion]\nproduction_ps = -1", "diffusion.production_ps is -1"),
        ("[protocol.diffusion]\ntimestep_fs = 50", "diffusion.timestep_fs is 50"),
        ("[protocol.elastic]\nstrains = []", "elastic.strains"),
        ("[protocol.relax]\nfmaxx = 0.1", "relax.fmaxx is not a setting"),
        ("coatings = []", "coatings"),
        ("not toml", "is not TOML"),
    ],
)
def test_bad_settings_are_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, settings: str, sentence: str
):
    (tmp_path / "campaign.toml").write_text(settings)
    assert sentence in _refusal(capsys, "screen", "--config", str(tmp_path / "campaign.toml"))


def test_errors_have_a_json_form(capsys: pytest.CaptureFixture[str]):
    assert run(["catalog", "LiGLL", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert set(error) == {"message", "where", "hint"}
    assert "LiGL" in error["hint"]


def test_a_file_that_is_no_directory_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    (tmp_path / "db").write_text("")
    assert "cannot be made" in _refusal(
        capsys, "screen", "LiF", "--preset", "quick", "--db", str(tmp_path / "db")
    )


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    """A random walk of 40 Li in a rigid frame, D = 2e-5 cm2/s, wrapped into the cell as MD codes write it."""
    rng = np.random.default_rng(1)
    frames, interval_ps, diffusivity_A2_ps, edge_A = 1000, 0.05, 0.2, 12.0
    steps = rng.normal(0, np.sqrt(2 * diffusivity_A2_ps * interval_ps), (frames, 40, 3))
    lithium = rng.uniform(0, edge_A, (40, 3)) + np.cumsum(steps, axis=0)
    frame = rng.uniform(0, edge_A, (20, 3)) + rng.normal(0, 0.05, (frames, 20, 3))
    positions = np.concatenate([lithium, frame], axis=1) % edge_A
    write(
        tmp_path / "walk.extxyz",
        [Atoms("Li40O20", positions=p, cell=[edge_A] * 3, pbc=True) for p in positions],
    )
    return tmp_path / "walk.extxyz"


def test_diffusion_of_a_known_walk_from_a_file(capsys: pytest.CaptureFixture[str], walk: Path):
    options = ("--trajectory", str(walk), "--timestep", "50", "--temperature", "800")
    (found,) = _json(capsys, "diffusion", *options)["temperatures"]
    diffusivity = found["diffusivity"]
    assert diffusivity["bound"] is None
    assert abs(diffusivity["value"] - 2e-5) < 3 * diffusivity["uncertainty"] < 2e-5
    assert found["conductivity"]["unit"] == "S/cm"


def test_a_species_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str], walk: Path):
    options = ("--trajectory", str(walk), "--timestep", "50", "--temperature", "800", "--species", "Na")
    assert "Na" in _refusal(capsys, "diffusion", *options)
