"""Surfaces by the shipped potentials: the energies that the flags quote, and lithium on lithium."""

import pytest

from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.adhesion.electrodes import ElectrodeMaker
from lithicoat.workflows.adhesion.quality import surface_energies
from lithicoat.workflows.adhesion.separation import AdhesionMaker
from lithicoat.workflows.potentials.registry import resolve
from lithicoat.workflows.protocols import AdhesionSpec

pytestmark = pytest.mark.slow

SPEC = AdhesionSpec(
    in_screen=False,
    max_atoms=120,
    film_thickness_A=8,
    electrode_thickness_A=10,
    fmax_eV_A=0.03,
    max_steps=300,
)


@pytest.mark.parametrize("name", ["chgnet", "mace-lithicoat-1"])
@pytest.mark.parametrize("label", ["Li(110)", "LiF(100)"])
def test_the_surface_energies_that_are_quoted_are_those_computed(name, label):
    ref = resolve(name)
    (face,) = (face for face in surface_energies() if face.label == label)
    crystal = Model.from_atoms(load_crystal(face.file), name=label, kind=ModelKind.CRYSTAL)
    found = ElectrodeMaker.make.original(ElectrodeMaker(spec=SPEC), label, face.miller, crystal, ref, 0)
    assert found.surface_energy_J_m2 == pytest.approx(face.computed_J_m2[ref.sha256], rel=0.02)


def test_lithium_wets_itself():
    ref = resolve("mace-lithicoat-1")
    crystal = Model.from_atoms(load_crystal("Li_229.cif"), name="Li", kind=ModelKind.CRYSTAL)
    electrode = ElectrodeMaker.make.original(ElectrodeMaker(spec=SPEC), "Li", (1, 1, 0), crystal, ref, 0)
    found = AdhesionMaker.make.original(AdhesionMaker(spec=SPEC), electrode.solid, electrode, ref, 0)
    assert found.spreading_J_m2 == pytest.approx(0, abs=0.03)
