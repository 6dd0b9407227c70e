"""Radial distribution functions of an ideal gas, of crystals, and of ensembles."""

import numpy as np
import pytest
from ase.build import bulk

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.films.rdf import coordination_number, first_shell, mean_rdf, partial_rdfs


def rdfs_of(atoms, **options):
    return partial_rdfs(
        atoms.positions, symbols=tuple(atoms.get_chemical_symbols()), cell_A=atoms.cell.array, **options
    )


def gas(seed, *, number=100, edge=10.0, reach_A=4.0):
    positions = np.random.default_rng(seed).uniform(0, edge, (number, 3))
    symbols = ("Li",) * (number // 2) + ("S",) * (number // 2)
    return partial_rdfs(
        positions, symbols=symbols, cell_A=np.eye(3) * edge, smearing_A=0.0, bin_A=0.5, reach_A=reach_A
    )


def test_an_ideal_gas_has_no_order():
    gases = [gas(seed) for seed in range(20)]
    unlike = mean_rdf([one["Li", "S"] for one in gases])
    outer = unlike.radii_A > 2
    deviations = (unlike.g[outer] - 1) / unlike.standard_error[outer]
    assert np.abs(deviations).max() < 5
    assert unlike.g[outer].mean() == pytest.approx(1, abs=0.05)
    volume = 4 / 3 * np.pi * 4.0**3
    expected = 50 / 10.0**3 * volume
    assert coordination_number(unlike, edge_A=4.0) == pytest.approx(expected, rel=0.05)


def test_the_standard_error_says_how_the_cells_scatter():
    """Poisson: a bin with k pairs per cell has the relative error 1/√(k n)."""
    gases = [gas(seed)["Li", "S"] for seed in range(25)]
    mean = mean_rdf(gases)
    pairs = mean.counts * 50
    outer = mean.radii_A > 2
    ratio = mean.standard_error[outer] / (1 / np.sqrt(pairs[outer] * 25))
    assert ratio.mean() == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize("smearing_A", [0.0, 0.1])
def test_the_integral_counts_the_shells_of_a_crystal(smearing_A):
    a = 5.64
    rdfs = rdfs_of(bulk("NaCl", "rocksalt", a=a), smearing_A=smearing_A, reach_A=7.0)
    assert coordination_number(rdfs["Na", "Cl"], edge_A=0.65 * a) == pytest.approx(6, abs=1e-3)
    assert coordination_number(rdfs["Na", "Cl"], edge_A=1.0 * a) == pytest.approx(6 + 8, abs=1e-3)
    assert coordination_number(rdfs["Na", "Na"], edge_A=0.85 * a) == pytest.approx(12, abs=1e-3)


def test_smearing_keeps_the_outermost_bins():
    """Neighbours beyond the reach smear into it, as those within smear out."""
    atoms = bulk("Cu", cubic=True)
    near, far = (rdfs_of(atoms, reach_A=reach)["Cu", "Cu"] for reach in (4.4, 8.0))
    assert near.g == pytest.approx(far.g[: len(near.g)])
    assert near.radii_A[-1] < 4.4


def test_the_first_shell_lies_between_maximum_and_minimum():
    rdf = rdfs_of(bulk("LiF", "rocksalt", a=4.03))["Li", "F"]
    peak, edge = first_shell(rdf)
    assert peak == pytest.approx(4.03 / 2, abs=0.05)
    assert 4.03 / 2 < edge < 4.03 * np.sqrt(3) / 2
    assert first_shell(rdfs_of(bulk("LiF", "rocksalt", a=4.03), reach_A=1.5)["Li", "F"]) is None


def test_a_single_cell_has_no_error():
    one = gas(0)["Li", "S"]
    mean = mean_rdf([one])
    assert mean.standard_error is None
    assert (mean.g == one.g).all()
    assert mean.cells == 1


def test_unlike_functions_have_no_mean():
    one, other = gas(0), gas(1)
    with pytest.raises(DataError, match="a mean needs at least one cell"):
        mean_rdf([])
    with pytest.raises(DataError, match="of the same pair of elements"):
        mean_rdf([one["Li", "S"], other["S", "S"]])
    fine = rdfs_of(bulk("LiS", "rocksalt", a=5.0))
    with pytest.raises(DataError, match="with the same bins"):
        mean_rdf([one["Li", "S"], fine["Li", "S"]])


def test_a_flat_cell_is_refused():
    with pytest.raises(DataError, match="the cell has no volume"):
        partial_rdfs(np.zeros((1, 3)), symbols=("Li",), cell_A=np.diag([1.0, 1.0, 0.0]))
