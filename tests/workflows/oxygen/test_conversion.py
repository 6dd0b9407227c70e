"""The film after its uptake: composition, density and units of what is packed; its jobs; its properties."""

import pytest

from lithicoat.analysis.oxygen.quantities import ReactionEnergy
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.phases import Thermochemistry
from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.films.amorphous import amorphous_filling, mixture_of
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.mechanics.relaxation import RelaxDocument
from lithicoat.workflows.oxygen.conversion import conversion_jobs, converted_film, converted_properties
from lithicoat.workflows.potentials.registry import resolve
from lithicoat.workflows.protocols import Preset, preset
from lithicoat.workflows.screening import ScreeningMaker
from lithicoat.workflows.thermochemistry.records import thermochemistry_of


@pytest.fixture(scope="module")
def references() -> Thermochemistry:
    return thermochemistry_of(resolve("mace-lithicoat-1"))


def reaction(products: dict[str, float], *gases: str) -> ReactionEnergy:
    nothing = Property.missing("1", "not asked")
    return ReactionEnergy(
        equation="film + O2 -> products",
        products=products,
        gases=gases,
        o2=1.0,
        energy=nothing,
        capacity=nothing,
        volume_ratio=nothing,
    )


def test_one_product_is_packed_at_the_density_of_its_crystal(references: Thermochemistry):
    coating = converted_film("Li2S", reaction({"Li2SO4": 1.0}), references)
    assert coating.id == "Li2S+O2"
    assert (coating.recipe.composition, coating.recipe.units) == ("Li2SO4", ("SO4",))
    phase = references.phase("Li2SO4")
    assert coating.recipe.crystal_density_g_cm3 == pytest.approx(109.94 / phase.volume_A3 * 1.66054, rel=1e-3)


def test_several_products_are_mixed_by_their_moles_and_volumes(references: Thermochemistry):
    film = converted_film("LAS", reaction({"Li2SO4": 14.5, "Al2O3": 2.5, "SO2": 7.5}, "SO2"), references)
    mixture = mixture_of(film.recipe)
    moles = {component.formula: share for component, share in mixture.components}
    assert moles["Li2SO4"] / moles["Al2O3"] == pytest.approx(14.5 / 2.5)
    volume = 14.5 * references.phase("Li2SO4").volume_A3 + 2.5 * references.phase("Al2O3").volume_A3
    mass = 14.5 * 109.94 + 2.5 * 101.96
    assert mixture.density_g_cm3 == pytest.approx(mass / volume * 1.66054, rel=1e-3)
    cell = amorphous_filling(film.recipe, max_atoms=150)
    assert cell.composition["O"] == 4 * cell.composition["S"] + 1.5 * cell.composition["Al"]


def test_nothing_solid_is_no_film(references: Thermochemistry):
    with pytest.raises(UsageError, match="nothing solid is left of S"):
        converted_film("S", reaction({"SO2": 1.0}, "SO2"), references)


def test_a_product_without_a_crystal_is_named(references: Thermochemistry):
    with pytest.raises(UsageError, match="no crystal of TiO2"):
        converted_film("TiS2", reaction({"TiO2": 1.0}), references)


def test_its_jobs_are_those_of_a_screening(references: Thermochemistry):
    coating = converted_film("Li2S", reaction({"Li2SO4": 1.0}), references)
    maker = ScreeningMaker(protocol=preset(Preset.QUICK))
    found = conversion_jobs(maker, coating, resolve("mace-lithicoat-1"), seed=0)
    replicas = preset(Preset.QUICK).build.replicas
    assert len(found.relaxed) == len(found.elastic) == replicas
    assert len(found.ladder) == 1
    assert all("Li2S+O2" in job.name for job in found.jobs)
    without = converted_film("Al2S3", reaction({"Al2O3": 1.0}), references)
    assert conversion_jobs(maker, without, resolve("mace-lithicoat-1"), seed=0).ladder == []


def test_density_and_moduli_come_from_the_cells():
    potential = resolve("mace-lithicoat-1")
    model = Model.from_atoms(load_crystal("Li2SO4_14.cif"), name="x", kind=ModelKind.AMORPHOUS)
    cell = RelaxDocument(
        model=model,
        potential=potential,
        energy_eV=0.0,
        fmax_eV_A=0.0,
        stress_GPa=(0.0,) * 6,
        steps=0,
        density_g_cm3=model.density_g_cm3,
    )
    found = converted_properties([cell], [], None, None, potential)
    assert found["density"].value == pytest.approx(model.density_g_cm3)
    assert found["shear_modulus"].value is None
    assert "conductivity_298K" not in found
