"""Copper by EMT, also under the name of lithium: a potential that costs nothing, with known answers."""

import pytest
from ase.build import bulk
from ase.calculators.calculator import all_changes
from ase.calculators.emt import EMT

from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.mechanics.relaxation import RelaxMaker
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.registry import register
from lithicoat.workflows.protocols import AdhesionSpec, RelaxSpec


class LithiumAsCopper(EMT):
    """EMT that takes lithium for copper."""

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        stand_in = atoms.copy()
        stand_in.numbers[stand_in.numbers == 3] = 29
        super().calculate(stand_in, properties, system_changes)


@pytest.fixture
def emt():
    ref = register("test-emt", LithiumAsCopper, elements=["Cu", "Ag", "Ni", "Li"])
    yield ref
    potentials._registered.pop("test-emt")
    calculators._loaded.pop(ref.sha256, None)


@pytest.fixture
def spec():
    return AdhesionSpec(
        in_screen=False,
        max_atoms=60,
        film_thickness_A=6,
        electrode_thickness_A=6,
        sites=3,
        anneal_ps=0.01,
        fmax_eV_A=0.02,
        max_steps=200,
    )


@pytest.fixture
def metal(emt):
    """Make a relaxed crystal of a metal."""

    def make(symbol):
        model = Model.from_atoms(bulk(symbol, cubic=True), name=symbol, kind=ModelKind.CRYSTAL)
        relax = RelaxMaker(spec=RelaxSpec(fmax_eV_A=0.01, smax_GPa=0.02, max_steps=100))
        return RelaxMaker.make.original(relax, model, emt).model

    return make
