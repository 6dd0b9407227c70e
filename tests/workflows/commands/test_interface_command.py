import json

import pytest
from ase.io import read

from lithicoat.workflows.cli import run


def answer(capsys, *arguments):
    code = run(["interface", *arguments])
    return code, capsys.readouterr()


def test_cell_files_and_numbers(capsys, tmp_path):
    code, told = answer(
        capsys, "Al2O3", "--on", "Li(110)", "-o", "cells", "--thickness", "9", "--vacuum", "10", "--json"
    )
    document = json.loads(told.out)
    assert code == 0
    assert document["electrode"] == "Li(110)"
    assert document["misfit"] <= 0.05
    assert document["film_form"] == "packed"
    written = tmp_path / "cells" / "Al2O3_on_Li-110-0.extxyz"
    assert str(tmp_path / document["files"][0]) == str(written)
    atoms = read(written)
    assert len(atoms) == document["atoms"]
    assert len(atoms.constraints[0].index) == document["fixed_atoms"] > 0
    metadata = json.loads(written.with_suffix(".json").read_text())
    assert metadata["recipe"]["interface"]["area_A2"] == document["area_A2"]


def test_the_electrode_follows_from_the_role_and_the_answer_is_readable(capsys):
    code, told = answer(capsys, "LiF")
    assert code == 0
    assert told.out.startswith("LiF on Li(100)")
    assert "misfit 1.12%" in told.out
    assert "sandwich, two interfaces" in told.out


def test_a_film_from_a_file(capsys, tmp_path):
    from ase.build import bulk
    from ase.io import write

    write(tmp_path / "salt.cif", bulk("LiF", "rocksalt", a=4.03))
    code, told = answer(capsys, "salt.cif", "--thickness", "4", "--json")
    assert code == 0
    assert json.loads(told.out)["film_face"] == "(100)"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["LiF", "--on", "Li"], "'Li' does not name an electrode and its face"),
        (["LiF", "--max-atoms", "401"], "max_atoms is 401; it should be less than or equal to 400"),
        (["LiF", "--max-misfit", "0.1"], "max_misfit is 0.1; it should be less than or equal to 0.05"),
        (["LiF", "--thickness", "nan"], "film_thickness_A"),
        (["NMC811"], "NMC811 is no film for an electrode"),
        (["LiXX"], "LiXX is not in the catalog"),
        (["gone.cif"], "gone.cif does not exist"),
        (["Al2O3", "--max-atoms", "20"], "no rectangular base of 10 Å and wider has at most 20"),
        (["LiF", "--form", "crystal", "--max-misfit", "1e-6", "--thickness", "4"], "no face of LiF matches"),
    ],
)
def test_bad_input_is_one_sentence(capsys, arguments, sentence):
    code, told = answer(capsys, *arguments)
    assert code == 2
    assert sentence in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""
