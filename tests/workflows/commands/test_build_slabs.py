"""`lithicoat build --slab --vacancy`."""

import json

import pytest
from ase.io import read

from lithicoat.workflows.cli import run


def told(capsys, *arguments: str) -> tuple[int, str, str]:
    code = run(["build", *arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_a_slab_and_its_vacancies_are_written(capsys):
    code, out, _ = told(
        capsys,
        "NMC811@0.5",
        "--slab",
        "104",
        "--vacuum",
        "12",
        "--vacancy",
        "O",
        "--max-atoms",
        "100",
        "-o",
        "x",
        "--json",
    )
    assert code == 0
    rows = json.loads(out)
    assert [row["id"] for row in rows[:2]] == ["NMC811@0.5-104-vO1", "NMC811@0.5-104-vO2"]
    assert {row["kind"] for row in rows} == {"slab"}
    assert len({row["files"][0] for row in rows}) == len(rows)
    assert "surface" in rows[0]["flags"][0]
    atoms = read(rows[0]["files"][0])
    assert len(atoms) == rows[0]["atoms"]
    assert len(atoms.constraints) == 1
    assert atoms.cell[2, 2] - (atoms.positions[:, 2].max() - atoms.positions[:, 2].min()) > 11.9


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["LiF", "--vacuum", "10"], "--vacuum is for slabs"),
        (["LiF", "--thickness", "10"], "--thickness is for slabs"),
        (["LiF", "--slab", "1x0"], "'1x0' is no Miller index"),
        (["LiF", "--vacancy", "O"], "holds no O"),
        (["LiGL", "--slab", "100"], "LiGL is no crystal and has no lattice planes"),
    ],
)
def test_bad_requests_are_one_sentence(capsys, arguments, sentence):
    code, _, err = told(capsys, *arguments, "-o", "x")
    assert code == 2
    assert sentence in err
