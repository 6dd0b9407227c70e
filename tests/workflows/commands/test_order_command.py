import json

import pytest
from ase.io import read

from lithicoat.workflows.cli import run


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["LiF"], "LiF is no layered oxide"),
        (["NMC811@0.5"], "mace-lithicoat-1"),
        (["NMC811@1.5"], "outside"),
    ],
)
def test_bad_input_is_one_sentence(capsys, arguments, told):
    assert run(["order", *arguments]) == 2
    printed = capsys.readouterr()
    assert told in printed.err
    assert printed.err.count("error:") == 1
    assert printed.out == ""


@pytest.mark.slow
def test_a_charged_cathode_is_ordered(capsys):
    arguments = ["NMC811@0.5", "--potential", "chgnet", "--max-atoms", "40", "--candidates", "2"]
    assert run(["order", *arguments, "--preset", "quick", "-o", "x", "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["relaxed"] == 2
    energies = [ordering["above_lowest_meV"] for ordering in told["orderings"]]
    assert min(energies) == 0
    assert told["spread_meV"] == pytest.approx(max(energies))
    assert read(told["files"][0]).get_chemical_formula() == "CoLi5MnNi8O20"
