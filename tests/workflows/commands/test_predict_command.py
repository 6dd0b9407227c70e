"""`lithicoat predict`: what is refused, what is printed, what is written."""

import json
from pathlib import Path

import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.io import read

from lithicoat.structures.crystals import candidates
from lithicoat.structures.crystals.prototypes import Prototype
from lithicoat.workflows.cli import run
from lithicoat.workflows.potentials.registry import register

pytestmark = pytest.mark.filterwarnings("ignore")

TYPES = (
    Prototype(
        "L1_0",
        "a layered alloy",
        Atoms("CuAu", scaled_positions=[(0, 0, 0), (0.5, 0.5, 0.5)], cell=[2.8, 2.8, 3.7], pbc=True),
    ),
    Prototype("B2", "brass", bulk("CuZn", "cesiumchloride", a=2.95)),
)


@pytest.fixture(autouse=True)
def _alloys(monkeypatch: pytest.MonkeyPatch) -> None:
    register("predict-emt", EMT, elements=("Cu", "Au", "Ni"))
    monkeypatch.setattr(candidates, "prototypes", lambda: TYPES)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["Cuau"], "'Cuau' is not a formula"),
        (["Cu2Xx"], "names the unknown element Xx"),
        (["CuAu2"], "no structure type at hand has the composition of CuAu2"),
        (["CuAu", "--max-atoms", "1"], "one unit of CuAu has 2 atoms, more than 1"),
        (["LiS"], "predict-emt does not"),
        (["CuAu", "--check-with", "nothing"], "there is no potential nothing"),
        (["CuAu", "--check-with", "mace-lithicoat-1"], "mace-lithicoat-1 does not"),
        (["CuAu", "--candidates", "0"], "--candidates"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]):
    assert run(["predict", *arguments, "--potential", "predict-emt"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert sentence in printed.err
    assert len(printed.err.splitlines()) == 1


def test_the_table_and_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    options = ["--potential", "predict-emt", "--check-with", "none", "--keep", "2", "-o", "found", "-q"]
    assert run(["predict", "CuAu", *options]) == 0
    shown = capsys.readouterr().out
    assert "P4/mmm (123)" in shown
    assert "from a layered alloy" in shown
    assert run(["predict", "CuAu", *options, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    first = answer["crystals"][0]
    assert first["space_group_number"] == 123
    (flag,) = first["energy_above_hull"]["flags"]
    assert flag.startswith("predict-emt has no record of reference energies and corrections; compute it once")
    assert answer["starts"] == 2
    cif, metadata = (tmp_path / name for name in first["files"][1:])
    assert len(read(cif)) == 2
    recipe = json.loads(metadata.read_text())["recipe"]
    assert recipe["origin"] == "predicted"
    assert recipe["potential"] == "predict-emt"
    assert recipe["prediction"]["source"] == "a layered alloy"


def test_random_crystals_go_on_where_no_type_fits(capsys: pytest.CaptureFixture[str]):
    options = ["--potential", "predict-emt", "--check-with", "none", "--keep", "1", "-q", "--json"]
    assert run(["predict", "CuAu2", "--random", "1", "--max-atoms", "6", *options]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["crystals"][0]["prototype"].startswith("random crystal")
