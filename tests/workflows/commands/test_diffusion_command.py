"""`lithicoat diffusion` on a structure of the user's, and what it refuses."""

import json

import pytest
from ase.build import bulk
from ase.io import write

from lithicoat.workflows.cli import run


@pytest.fixture
def sulfide(tmp_path):
    atoms = bulk("SLi2", "fluorite", a=5.71, cubic=True)
    assert str(atoms.symbols.formula.reduce()[0]) in {"Li2S", "SLi2"}
    write(tmp_path / "sulfide.cif", atoms)
    return tmp_path / "sulfide.cif"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["LiF", "--species", "Li,O"], "LiF holds no O (it holds F, Li)"),
        (["Al2S3", "--preset", "quick"], "holds no lithium, so there is nothing to follow (it holds Al, S)"),
        (["Li2SOx", "--vacancies", "1"], "--vacancies is for crystals, and Li2SOx is amorphous"),
        (["LiGL", "--barriers"], "--barriers is for crystals, and LiGL is molecular"),
        (["Co3O4", "--barriers"], "Co3O4 holds no lithium that could hop"),
        (["LiF", "--longest", "0.05"], "production_ps=0.05 holds fewer than 20 frames"),
        (["LiF", "--longest", "-1"], "--longest must be positive, got -1 ps"),
        (["LiF", "--species", "Li;O"], "Li;O is no element"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(capsys, arguments, sentence):
    potential = ["--potential", "chgnet"] if "Co3O4" in arguments else []
    assert run(["diffusion", *arguments, *potential]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert sentence in told
    assert "Traceback" not in told


@pytest.mark.slow
def test_a_crystal_with_vacancies_is_measured_drawn_and_told_of(capsys, sulfide, tmp_path):
    options = ["--temperatures", "900,1200", "--longest", "0.4", "--vacancies", "1", "--species", "Li,S"]
    where = ["--figures", str(tmp_path / "figures"), "--db", str(tmp_path / "db")]
    command = ["diffusion", str(sulfide), "--preset", "quick", *options, *where, "--quiet"]
    assert run([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["temperature_K"] for row in found["temperatures"]] == [900, 1200]
    assert {"diffusivity", "conductivity", "haven_ratio"} <= set(found["temperatures"][0])
    assert {"activation_energy", "conductivity_298K"} <= set(found)
    assert any(
        "1 of 8 lithium sites made empty (12 %)" in flag for flag in found["conductivity_298K"]["flags"]
    )
    assert found["temperatures"][0]["mobile_ions"] == 7
    assert list(found["species"]) == ["Li", "S"]
    assert [one["ending"] for one in found["runs"]] == ["budget", "budget"]
    assert all((tmp_path / "db" / "steps" / one["trajectory"]).is_file() for one in found["runs"])
    names = {file.name for file in (tmp_path / "figures").iterdir()}
    assert {"sulfide-msd-Li.pdf", "sulfide-msd-S.svg", "sulfide-density-Li.cube"} <= names
    assert run(command) == 0
    told = capsys.readouterr().out
    assert "900 K ended: the longest time is used up" in told
    assert "D(S) <" in told
    assert "perfect crystal" not in told
