import pytest

from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.densities import alkoxide_density_g_cm3, estimated_density_g_cm3


@pytest.mark.parametrize("name", ["LiGL", "LiTEA", "LiHQ", "LiEG"])
def test_catalog_densities_are_those_of_the_estimate(name):
    recipe = load_catalog().find(name).recipe
    assert estimated_density_g_cm3(recipe.smiles) == pytest.approx(recipe.density_g_cm3, abs=0.01)


def test_density_of_lithium_methoxide_is_that_of_its_cell():
    cell_cm3 = 3.57**2 * 7.60 * 1e-24  # Wheatley 1960, two formula units
    assert estimated_density_g_cm3("CO") == pytest.approx(2 * 37.97 / 6.02214e23 / cell_cm3, rel=0.005)


def test_density_of_alucone_is_near_the_measured_one():
    """1.6 g/cm3 by X-ray reflectivity, Lee et al., J. Phys. Chem. C 116, 3250 (2012)."""
    assert alkoxide_density_g_cm3("OCCO", metal="Al", charge=3) == pytest.approx(1.6, rel=0.12)


def test_the_metal_counts_by_its_charge():
    """Al2(OC2H4O)3 by hand: 234.1 g/mol in 3 x 70.84 A3 of glycolate and 2 x 4.3 A3 of metal."""
    by_hand = 234.10 / 0.602214 / (3 * (2 * 13.87 + 4 * 5.08 + 2 * 11.39) + 2 * 4.24)
    assert alkoxide_density_g_cm3("OCCO", metal="Al", charge=3) == pytest.approx(by_hand, rel=0.005)


@pytest.mark.parametrize(("smiles", "metal", "missing"), [("OCC[Se]C", "Li", "Se"), ("OCCO", "Os", "Os")])
def test_density_of_unknown_volume(smiles, metal, missing):
    with pytest.raises(StructureError, match=f"no mean volume of {missing}"):
        alkoxide_density_g_cm3(smiles, metal=metal, charge=1)
