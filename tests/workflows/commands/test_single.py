import pytest
from ase.build import surface

from lithicoat.structures.crystals.cells import load_crystal
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


@pytest.mark.parametrize("command", ["stability", "scavenging", "adhesion"])
@pytest.mark.parametrize("kind", ["crystal", "slab"])
def test_a_slab_is_no_film(command, kind, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    surface(load_crystal("LiF_225.cif"), (1, 0, 0), 1, vacuum=6, periodic=True).write("thin.cif")
    assert run([command, "thin.cif", "--kind", kind, "-q"]) == 2
    assert "thin.cif is a slab or an interface, empty over 12 Å" in capsys.readouterr().err


def test_layers_are_no_slabs(tmp_path):
    from lithicoat.structures.model import ModelKind
    from lithicoat.workflows.commands.single import check_bulk, find_subject
    from lithicoat.workflows.protocols import Preset, preset

    load_crystal("TiS2_164.cif").write(tmp_path / "layers.cif")
    task = find_subject(
        str(tmp_path / "layers.cif"),
        potential="chgnet",
        protocol=preset(Preset.QUICK),
        seed=0,
        kind=ModelKind.CRYSTAL,
        catalog=None,
    )
    check_bulk(task)
