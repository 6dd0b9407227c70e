"""`lithicoat stability`: what is printed, the JSON form, and what is refused before anything is computed."""

import json
from pathlib import Path

import pytest
from ase.build import bulk

from lithicoat.workflows.cli import run
from lithicoat.workflows.potentials.registry import register
from lithicoat.workflows.stability import wiring

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A cell of copper, for which no potential has reference phases."""
    file = tmp_path / "film.cif"
    bulk("Cu", cubic=True).write(file)
    return file


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["Li"], "lithium is no film: its stability against itself means nothing"),
        (["LiGLL"], "not in the catalog"),
        (["Li2S", "--potential", "nothing"], "there is no potential nothing"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    db = tmp_path / "db"
    assert run(["stability", *arguments, "--db", str(db)]) == 2
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert len(printed.err.splitlines()) == 1
    assert not db.exists()


def test_a_potential_without_record_says_how_to_get_one(film: Path, capsys: pytest.CaptureFixture[str]):
    from ase.calculators.emt import EMT

    register("stability-emt", EMT, elements=("Cu", "Au"))
    assert run(["stability", str(film), "--potential", "stability-emt"]) == 2
    assert "Compute it once: lithicoat references --potential stability-emt" in capsys.readouterr().err


def test_an_element_without_reference_phase(film: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["stability", str(film), "--potential", "chgnet", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert "chgnet has no reference phase of Cu" in error["message"]


@pytest.mark.slow
def test_lithium_sulfide(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """Inert beside lithium, oxidised to sulfur near 2.2 V, and eaten by charged NMC811."""
    db = tmp_path / "db"
    options = ["Li2S", "--preset", "quick", "--db", str(db), "--quiet"]
    assert run(["stability", *options, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    low, high = answer["window_V"]
    assert low["value"] == 0
    assert high["value"] == pytest.approx(2.29, abs=3 * high["uncertainty"])
    assert answer["window"]["above"]["equation"] == "Li2S -> 2 Li + S"
    assert set(answer["reactions"]) == {"Li", "NMC811", "NMC811 x=1", "NMC811 x=0.5", "NMC811 x=0.25", "HF"}
    assert answer["reactions"]["Li"]["energy"]["value"] == 0
    assert answer["reactions"]["NMC811"]["energy"]["value"] < -0.2
    assert answer["reactions"]["NMC811"]["energy"]["provenance"]["potential"] == "chgnet"
    assert answer["energy_above_hull"]["provenance"]["potential"] == "mace-lithicoat-1"
    assert answer["band_gap"]["bound"] == "lower"
    assert run(["stability", *options]) == 0
    text = capsys.readouterr().out
    assert "TRY-OUT PROTOCOL" in text
    assert "Li2S -> 2 Li + S" in text
    assert "with NMC811 all by chgnet" in text
    monkeypatch.setattr(wiring, "covering", _nothing_covers)
    assert run(["stability", *options, "--json"]) == 0
    alone = json.loads(capsys.readouterr().out)
    assert "no potential on this machine covers" in alone["reactions"]["NMC811"]["energy"]["flags"][0]


def _nothing_covers(*_: object) -> None:
    from lithicoat.workflows.errors import PotentialError

    raise PotentialError("nothing covers both")
