"""Every command takes a MongoDB where it takes a directory."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ase.build import bulk
from ase.calculators.lj import LennardJones

from lithicoat.analysis.mongodb import PASSWORD
from lithicoat.workflows.cli import run
from lithicoat.workflows.potentials.registry import PotentialRef, register

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")

CONFIG = """
name = "shared"
preset = "quick"
seed = 3
catalog = "catalog.toml"
coatings = ["LJ-Li"]
potential = "{potential}"
db = "{db}"

[protocol]
name = "tiny"
volumes = {{ vacancies = 1, interstitial = false, crystal_atoms = 8 }}

[protocol.diffusion]
crystal_temperatures_K = [100, 150]
equilibration_ps = 0.02
production_ps = 0.2
longest_ps = 0.2
checkpoint_ps = 0.002
"""
FILM = """
[[coating]]
id = "LJ-Li"
name = "a Lennard-Jones solid"
family = "model"
role = "anode"
recipe = { builder = "crystal", cif = "Li.cif" }
"""
SECRET = "st0newall"  # noqa: S105 - of a listener that lives as long as a test


@pytest.fixture(scope="module")
def potential() -> PotentialRef:
    return register(
        "lennard-jones shared",
        lambda: LennardJones(sigma=2.7, epsilon=0.1, rc=5.0, smooth=True),
        elements=("Li",),
    )


@pytest.fixture
def campaign(tmp_path: Path, potential: PotentialRef, mongo_uri: str) -> str:
    """Write the files of a campaign on the MongoDB; gives its URI."""
    bulk("Li", "fcc", a=4.15, cubic=True).repeat((1, 1, 2)).write(tmp_path / "Li.cif")
    (tmp_path / "catalog.toml").write_text(FILM)
    (tmp_path / "campaign.toml").write_text(CONFIG.format(potential=potential.id, db=mongo_uri))
    return mongo_uri


@pytest.mark.slow
def test_a_campaign_on_a_mongodb(campaign: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["screen", "--config", "campaign.toml", "--workers", "1"]) == 0
    told = capsys.readouterr()
    assert f"db {campaign}" in told.err
    assert f"files of the steps in {tmp_path / 'lithicoat-files' / 'steps'}" in told.err
    assert f"lithicoat report -o report.html --db '{campaign}'" in told.out
    assert list((tmp_path / "lithicoat-files" / "steps").glob("*/*"))
    assert not (tmp_path / "lithicoat.db").exists()
    assert not (tmp_path / "mongodb:").exists()

    assert run(["screen", "--config", "campaign.toml", "--workers", "1", "--json"]) == 0
    told = capsys.readouterr()
    assert "0 steps computed" in told.err
    assert [film["id"] for film in json.loads(told.out)["anode"]] == ["LJ-Li"]

    assert run(["rank", "--db", campaign, "--json"]) == 0
    assert [film["id"] for film in json.loads(capsys.readouterr().out)["anode"]] == ["LJ-Li"]
    assert run(["export", "--db", campaign, "--json"]) == 0
    assert [record["coating"] for record in json.loads(capsys.readouterr().out)] == ["LJ-Li"]
    assert run(["status", "--db", campaign]) == 0
    assert "LJ-Li" in capsys.readouterr().out
    assert run(["criterion", "LJ-Li", "--catalog", "catalog.toml", "--db", campaign, "--json"]) == 0
    assert "ratio" in capsys.readouterr().out
    assert run(["suggest", "--db", campaign]) == 0
    assert "LJ-Li is the only film" in capsys.readouterr().out


def test_a_password_is_in_no_message(
    guarded_mongo: Callable[..., str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    hosts = guarded_mongo(user="ann", password=SECRET)
    for command in ("rank", "status", "export", "suggest"):
        assert run([command, "--db", f"mongodb://ann:{SECRET}@{hosts}/films", "--json"]) in {0, 2}
        assert run([command, "--db", f"mongodb://ann:{SECRET}x@{hosts}/films", "--json"]) == 2
    told = capsys.readouterr()
    assert SECRET not in told.out + told.err
    assert "refuses user ann: wrong name or password" in told.err
    monkeypatch.setenv(PASSWORD, SECRET)
    assert run(["rank", "--db", f"mongodb://ann@{hosts}/films"]) == 2
    assert f"mongodb://ann@{hosts}/films holds no campaign yet" in capsys.readouterr().err
