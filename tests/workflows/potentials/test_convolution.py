"""Messages as matrix products, against e3nn's tensor product; the light calculator against mace-torch's."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from ase import Atoms
from ase.build import bulk, molecule

pytestmark = pytest.mark.filterwarnings("ignore")

ELEMENTS = (1, 3, 8)


@pytest.fixture(scope="module")
def scalar(small_mace: Callable[..., Any]) -> Any:
    return small_mace(ELEMENTS, max_ell=2)


def rattled(atoms: Atoms) -> Atoms:
    atoms.rattle(0.1, seed=1)
    return atoms


LITHIA = rattled(bulk("Li2O", "fluorite", a=4.6))
WATER = rattled(molecule("H2O", cell=(9, 8, 7), pbc=True))
ALONE = Atoms("LiH", positions=[[0, 0, 0], [6, 0, 0]], cell=[12, 12, 12], pbc=True)


def calculators(model: Any) -> tuple[Any, Any]:
    from mace.calculators import MACECalculator

    from lithicoat.workflows.potentials.mace_calculator import SinglePassMACE

    options = {"device": "cpu", "default_dtype": "float64"}
    return (
        SinglePassMACE(models=[copy.deepcopy(model)], **options),
        MACECalculator(models=[copy.deepcopy(model)], **options),
    )


@pytest.mark.parametrize("atoms", [LITHIA, WATER, ALONE], ids=["crystal", "molecule", "no neighbours"])
def test_energy_forces_and_stress_are_those_of_mace(scalar: Any, atoms: Atoms):
    results = []
    for calculator in calculators(scalar):
        cell = atoms.copy()
        cell.calc = calculator
        results.append((cell.get_potential_energy(), cell.get_forces(), cell.get_stress()))
    (energy, forces, stress), (known_energy, known_forces, known_stress) = results
    assert energy == pytest.approx(known_energy, abs=1e-12)
    assert forces == pytest.approx(known_forces, abs=1e-12)
    assert stress == pytest.approx(known_stress, abs=1e-14)


def test_features_that_are_vectors_keep_the_tensor_product(small_mace: Callable[..., Any]):
    from lithicoat.workflows.potentials.convolution import ScalarConvolution

    light, known = calculators(small_mace(ELEMENTS, hidden="4x0e+4x1o"))
    replaced = [isinstance(block.conv_tp, ScalarConvolution) for block in light.models[0].interactions]
    assert replaced == [True, False]  # the first layer sees scalars only
    cell = LITHIA.copy()
    cell.calc = light
    other = LITHIA.copy()
    other.calc = known
    assert cell.get_forces() == pytest.approx(other.get_forces(), abs=1e-12)


def test_it_can_be_differentiated_twice_as_training_does(scalar: Any):
    from lithicoat.workflows.potentials.convolution import with_matrix_products

    light, _ = calculators(scalar)
    slopes = []
    for model in (copy.deepcopy(scalar), with_matrix_products(copy.deepcopy(scalar))):
        for parameter in model.parameters():
            parameter.requires_grad_(True)
        found = model(light._graph(LITHIA), training=True, compute_stress=True)
        (found["forces"].square().sum() + found["stress"].square().sum()).backward()
        slopes.append({name: p.grad.numpy() for name, p in model.named_parameters() if p.grad is not None})
    assert slopes[0].keys() == slopes[1].keys()
    for name, slope in slopes[0].items():
        assert slopes[1][name] == pytest.approx(slope, rel=1e-10, abs=1e-12), name


def test_it_can_be_undone_and_keeps_the_state(scalar: Any):
    from lithicoat.workflows.potentials.convolution import with_e3nn, with_matrix_products

    changed = with_matrix_products(copy.deepcopy(scalar))
    assert changed.state_dict().keys() == scalar.state_dict().keys()
    back = with_e3nn(changed)
    for block, original in zip(back.interactions, scalar.interactions, strict=True):
        assert type(block.conv_tp) is type(original.conv_tp)
        assert hasattr(block, "conv_fusion") == hasattr(original, "conv_fusion")
