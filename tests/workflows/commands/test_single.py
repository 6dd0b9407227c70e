import pytest

from lithicoat.workflows.cli import run
from lithicoat.workflows.commands.single import names_file


@pytest.mark.parametrize("name", ["film.cif", "POSCAR.vasp", "run.1.extxyz", "dir/film.xyz"])
def test_names_of_files(name):
    assert names_file(name)


@pytest.mark.parametrize(
    "name", ["LiGL", "Li2SOx@2.5", "NMC811@0.25", "LAS@1:3", "smiles:OCC(O)CO", "smiles:OC.N"]
)
def test_names_of_coatings(name):
    assert not names_file(name)


def test_a_file_that_is_there_needs_no_ending(tmp_path):
    (tmp_path / "POSCAR").write_text("")
    assert names_file(str(tmp_path / "POSCAR"))


def test_a_composition_with_a_point_is_no_missing_file(capsys):
    assert run(["elastic", "NMC811@0.5"]) == 2
    assert "mace-lithicoat-1 does not" in capsys.readouterr().err
