"""First shells of crystals whose coordination is known, and of a random gas that has none."""

import numpy as np
import pytest
from ase.build import bulk

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.films.shells import SMEARING_A, first_shells


def shells_of(atoms, **options):
    found = first_shells(
        atoms.positions, symbols=tuple(atoms.get_chemical_symbols()), cell_A=atoms.cell.array, **options
    )
    return {(shell.center, shell.neighbor): shell for shell in found}


def test_antifluorite_has_four_and_eight_neighbours():
    a = 5.71
    shells = shells_of(bulk("SLi2", "fluorite", a=a, cubic=True))
    assert shells["Li", "S"].peak_A == pytest.approx(a * np.sqrt(3) / 4, abs=SMEARING_A / 2)
    assert shells["Li", "S"].coordination == pytest.approx(4, abs=0.02)
    assert shells["S", "Li"].coordination == pytest.approx(8, abs=0.02)
    assert shells["S", "S"].coordination == pytest.approx(12, abs=0.02)
    assert shells["Li", "Li"].peak_A == pytest.approx(a / 2, abs=SMEARING_A / 2)


def test_the_primitive_cell_gives_what_the_cubic_one_gives():
    primitive, cubic = (bulk("LiF", "rocksalt", a=4.03, cubic=cubic) for cubic in (False, True))
    for pair, shell in shells_of(cubic).items():
        other = shells_of(primitive)[pair]
        assert other.coordination == pytest.approx(shell.coordination, rel=1e-6)
        assert other.peak_A == pytest.approx(shell.peak_A)
    assert shells_of(cubic)["Li", "F"].coordination == pytest.approx(6, abs=0.02)


def test_unwrapped_positions_count_as_wrapped_ones():
    atoms = bulk("LiF", "rocksalt", a=4.03, cubic=True)
    before = shells_of(atoms)
    atoms.positions[0] += 3 * atoms.cell.array[1] - atoms.cell.array[2]
    assert shells_of(atoms) == before


def test_a_pair_out_of_reach_has_no_shell():
    assert shells_of(bulk("LiF", "rocksalt", a=4.03, cubic=True), reach_A=1.5) == {}


def test_a_flat_cell_is_refused():
    with pytest.raises(DataError, match="the cell has no volume"):
        first_shells(np.zeros((1, 3)), symbols=("Li",), cell_A=np.diag([1.0, 1.0, 0.0]))
