import json

import pytest

from lithicoat.workflows.cli import run


def printed(capsys, *arguments):
    assert run(["catalog", *arguments]) == 0
    return capsys.readouterr().out


def listed(capsys, *arguments):
    return {film["id"]: film for film in json.loads(printed(capsys, "--json", *arguments))}


def test_the_list_is_chosen_by_role_and_family(capsys):
    anode, cathode = listed(capsys, "--role", "anode"), listed(capsys, "--role", "cathode")
    assert {"LiGL", "LiF", "Al2O3", "polyurea"} <= anode.keys()
    assert {"Li2S", "Al2O3", "LZO-1-1"} <= cathode.keys()
    assert not {"Li2S", "NMC811"} & anode.keys()
    assert {film["role"] for film in cathode.values()} == {"cathode", "both"}
    assert listed(capsys, "--role", "reference").keys() == {"NMC811", "NMC622", "Li", "Cu"}
    assert {film["family"] for film in listed(capsys, "--family", "fluoride").values()} == {"fluoride"}
    assert listed(capsys, "--role", "anode", "--family", "fluoride").keys() == {"LiF"}


def test_the_list_gives_elements_and_flags(capsys):
    films = listed(capsys, "--family", "fluoride")
    assert films["LiAlF4"]["elements"] == ["Al", "F", "Li"]
    assert films["LiAlF4"]["flags"] == ["LiAlF4_18.cif: predicted"]


def test_an_entry_shows_key_quantities_sources_and_flags(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    text = printed(capsys, "LiTaO3")
    assert "growth temperature" in text
    assert "225 °C" in text
    assert "1e-08 S/cm" in text
    assert "growth per cycle: no value with a source" in text
    assert "thickness: no value with a source" in text
    assert "asked for as LiTaO3@crystal" in text
    assert "flag: model by analogy" in text
    assert "[1] Ionic conductivity in LixTaOy" in text


def test_contradicting_values_are_both_shown(capsys):
    text = printed(capsys, "LiF")
    assert "1e-14 S/cm" in text
    assert "1e-10 S/cm" in text


def test_an_entry_as_json(capsys):
    entry = json.loads(printed(capsys, "LiAlF4", "--json"))
    assert entry["missing"] == ["growth temperature", "growth per cycle", "thickness", "ionic conductivity"]
    assert entry["crystal"] == "LiAlF4_18.cif"
    assert entry["recipe"]["composition"] == "LiAlF4"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--family", "oxid"], "there is no family oxid. One of lithicone"),
        (["LiF", "--role", "anode"], "--role and --family choose from the list"),
        (["LAS@0:0"], "the supercycle 0:0 of LAS is impossible"),
    ],
)
def test_mistakes_are_one_sentence(capsys, arguments, told):
    assert run(["catalog", *arguments]) == 2
    assert told in capsys.readouterr().err
