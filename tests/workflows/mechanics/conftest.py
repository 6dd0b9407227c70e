"""Copper by ASE's EMT, as a potential of the registry and as a relaxed cell."""

import pytest
from ase.build import bulk
from ase.calculators.emt import EMT

from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.registry import register


@pytest.fixture
def emt():
    ref = register("test-emt", EMT, elements=["Cu", "Al"])
    yield ref
    potentials._registered.pop("test-emt")
    calculators._loaded.pop(ref.sha256, None)


@pytest.fixture(scope="module")
def copper():
    return relax(bulk("Cu", cubic=True), EMT(), fmax_eV_A=1e-3, smax_GPa=1e-3, max_steps=50, label="Cu").atoms
