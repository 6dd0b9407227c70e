import numpy as np
import pytest
from ase.geometry import minkowski_reduce

from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.crystals.cells import crystal_info, crystal_names, load_crystal, supercell_for
from lithicoat.structures.crystals.index import CRYSTALS
from lithicoat.structures.errors import StructureError
from lithicoat.structures.formulas import parse_formula


@pytest.mark.parametrize("name", crystal_names())
def test_every_crystal_has_the_formula_and_density_of_its_row(name):
    info, atoms = crystal_info(name), load_crystal(name)
    counts = {symbol: int((atoms.symbols == symbol).sum()) for symbol in set(atoms.symbols)}
    formula = parse_formula(info.formula)
    ratios = {counts[symbol] / number for symbol, number in formula.items()}
    assert set(counts) == set(formula)
    assert len(ratios) == 1
    density = atoms.get_masses().sum() / atoms.get_volume() * 1.66053906660
    # the file rounds the O2 box to 0.04
    assert density == pytest.approx(info.density_g_cm3, rel=2e-3, abs=6e-4)
    assert atoms.pbc.all()


def test_catalog_crystals_are_indexed():
    for coating in load_catalog():
        if coating.recipe.builder == "crystal":
            assert crystal_info(coating.recipe.cif).source


@pytest.mark.parametrize("name", crystal_names())
def test_every_crystal_has_its_measured_density_or_says_why_not(name):
    info = crystal_info(name)
    if info.density_reference_g_cm3 is None or info.flag == "suspect":
        return
    if info.density_g_cm3 == pytest.approx(info.density_reference_g_cm3, rel=0.1):
        return
    assert "van der Waals bonds" in info.flags
    assert "density off reference" in info.note


def test_folder_and_index_agree():
    files = {file.name for file in CRYSTALS.glob("*.cif")}
    assert files == set(crystal_names())
    assert len(files) >= 112


def test_origins_that_are_no_refined_structure_are_flagged():
    assert crystal_info("LiAlF4_18.cif").flags == ("predicted",)
    assert crystal_info("Li5AlS4_11.cif").flags == ("relaxed: the coordinates of the source carry noise",)
    assert crystal_info("S_70.cif").flags[0].startswith("suspect")
    assert crystal_info("LiF_225.cif").flags == ()
    for name in crystal_names():
        info = crystal_info(name)
        assert bool({info.origin} & {"noisy", "predicted", "model", "hypothetical"}) <= bool(info.flags)


def test_li2s_is_antifluorite():
    atoms = load_crystal("Li2S_225.cif")
    distances = atoms.get_all_distances(mic=True)[np.ix_(atoms.symbols == "Li", atoms.symbols == "S")]
    assert (np.isclose(distances, distances.min(), atol=1e-3).sum(axis=1) == 4).all()
    assert distances.min() == pytest.approx(np.sqrt(3) / 4 * 5.7214, abs=1e-3)


def test_unknown_crystal_offers_the_nearest():
    with pytest.raises(StructureError, match=r"no shipped crystal Li2S\.cif") as caught:
        crystal_info("Li2S.cif")
    assert "Li2S_" in caught.value.hint


@pytest.mark.parametrize("max_atoms", [8, 32, 64, 120, 250])
@pytest.mark.parametrize(
    "name", ["Li_229.cif", "Li2S_225.cif", "Li2SO4_14.cif", "Al2O3_167.cif", "Li3N_191.cif"]
)
def test_supercell_keeps_density_and_bounds(name, max_atoms):
    cell = load_crystal(name)
    bigger = supercell_for(cell, max_atoms)
    assert len(cell) <= len(bigger) <= max(max_atoms, len(cell))
    assert len(bigger) % len(cell) == 0
    assert bigger.get_volume() / len(bigger) == pytest.approx(cell.get_volume() / len(cell))

    def reach(atoms):
        return np.linalg.norm(minkowski_reduce(atoms.cell.array)[0], axis=1).min()

    assert reach(bigger) >= reach(cell) - 1e-6


@pytest.mark.parametrize(("max_atoms", "repeat"), [(12, 1), (95, 1), (96, 2), (323, 2), (324, 3)])
def test_cubic_crystal_grows_as_a_cube(max_atoms, repeat):
    cell = load_crystal("Li2S_225.cif")
    bigger = supercell_for(cell, max_atoms)
    if len(bigger) == 12 * repeat**3:
        np.testing.assert_allclose(bigger.cell.array, np.eye(3) * repeat * cell.cell[0, 0], atol=1e-9)
    else:  # a cell of other shape must hold its images farther apart for its lack of right angles
        shortest = np.linalg.norm(minkowski_reduce(bigger.cell.array)[0], axis=1).min()
        assert shortest > 1.1 * repeat * cell.cell[0, 0]


def test_supercell_of_a_long_cell_is_nearly_cubic():
    cell = load_crystal("Al2O3_167.cif")
    lengths = supercell_for(cell, 120).cell.lengths()
    assert lengths.max() / lengths.min() < 2 < cell.cell.lengths().max() / cell.cell.lengths().min()


@pytest.mark.parametrize("name", ["Li2S_225.cif", "Al2O3_167.cif", "LiF_225.cif"])
def test_supercell_has_the_atoms_asked_for_where_whole_cells_can(name):
    cell = load_crystal(name)
    assert 40 <= len(supercell_for(cell, 60, min_atoms=40)) <= 60
    assert len(supercell_for(cell, len(cell) + 1, min_atoms=len(cell) + 1)) == len(cell)
