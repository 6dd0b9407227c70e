"""`lithicoat references`: what is printed, the file it writes, and bad input."""

import json

import pytest

from lithicoat.analysis.thermochemistry.phases import Thermochemistry
from lithicoat.workflows.cli import run
from lithicoat.workflows.commands import referenced
from lithicoat.workflows.potentials.registry import resolve
from lithicoat.workflows.thermochemistry.checking import left_out_reactions
from lithicoat.workflows.thermochemistry.records import thermochemistry_of


@pytest.fixture
def computed(monkeypatch):
    """Answer with the shipped record in place of a computation."""
    potential = resolve("mace-lithicoat-1")
    record = thermochemistry_of(potential)
    monkeypatch.setattr(
        referenced, "compute", lambda *_args, **_more: (record, left_out_reactions(record, potential))
    )
    return record


@pytest.mark.usefixtures("computed")
def test_terms_errors_and_reactions_are_printed(capsys):
    assert run(["references", "-q"]) == 0
    text = capsys.readouterr().out
    assert "mace-lithicoat-1: " in text
    for words in (
        "correction term (eV)", "  sulfate ", "scatter of a compound", "left out of the fit is off by",
        "worst", "Li2S + 2 O2 -> Li2SO4", "eV/O2, measured -5.1", "sha256 8bfa19e9bb61",
        "measured enthalpy takes its place",
    ):  # fmt: skip
        assert words in text
    assert "  Ni  " not in text  # no phase of this record holds it


def test_json_and_the_file(computed, tmp_path, capsys):
    assert run(["references", "-q", "--json", "-o", str(tmp_path / "record.json")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["sha256"] == computed.sha256
    assert found["terms"]["sulfate"]["unit"] == "eV"
    assert found["terms"]["sulfate"]["uncertainty"] > 0
    assert {reaction["equation"] for reaction in found["reactions"]} == {
        "Li2S + 2 O2 -> Li2SO4",
        "Li2S + 1.5 O2 -> Li2SO3",
    }
    assert found["phases"]["crystal"] > 40
    written = Thermochemistry.model_validate_json((tmp_path / "record.json").read_text())
    assert written.content_hash == computed.content_hash


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--elements", "Li,Xx"], "there is no reference of Xx"),
        (["--elements", ","], "there is no reference of nothing"),
        (["--elements", "Li,Ni", "--potential", "mace-lithicoat-1"], "mace-lithicoat-1 does not"),
        (["--materials-project", "--potential", "chgnet"], "stands in place of a potential"),
        (["-o", "nowhere/record.json"], "there is no directory nowhere"),
    ],
)
def test_bad_input_is_one_sentence(arguments, message, capsys):
    assert run(["references", "-q", *arguments]) == 2
    assert message in capsys.readouterr().err
