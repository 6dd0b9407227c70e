"""Energies above the hull of predicted crystals."""

from math import hypot

import pytest
from ase import Atoms

from lithicoat.analysis.thermochemistry.phases import Thermochemistry
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.crystals.hull import energy_above_hull, joined, no_hull
from lithicoat.workflows.potentials.registry import resolve
from lithicoat.workflows.thermochemistry.records import thermochemistry_of

CHGNET = resolve("chgnet")


def _crystal(references: Thermochemistry, formula: str, *, above_eV_atom: float) -> tuple[Model, float]:
    """Return a cell whose corrected energy lies so far above the reference phase of its formula."""
    known = references.phase(formula)
    counts = {element: int(number) for element, number in known.composition.items()}
    atoms = Atoms([el for el, n in counts.items() for _ in range(n)], cell=[9, 9, 9], pbc=True)
    atoms.set_scaled_positions([[0.37 * i, 0.13 * i, 0.2 * i] for i in range(len(atoms))])
    model = Model.from_atoms(atoms, name=formula, kind=ModelKind.CRYSTAL)
    return model, known.energy_eV + above_eV_atom * known.atoms


@pytest.fixture(scope="module")
def references() -> Thermochemistry:
    return thermochemistry_of(CHGNET)


def test_a_known_crystal_of_the_compound_is_a_rival(references: Thermochemistry):
    found = energy_above_hull(*_crystal(references, "Li2S", above_eV_atom=0.2), references)
    assert found.energy.value == pytest.approx(0.2, abs=1e-4)
    assert found.products == pytest.approx({"Li2S": 1.0})


def test_a_predicted_crystal_is_no_rival_of_another_one(references: Thermochemistry):
    crystal = _crystal(references, "Li2S", above_eV_atom=-0.05)
    rival = references.phase("Li2S").model_copy(update={"flags": ("predicted",), "name": "predicted"})
    others = [phase for phase in references.phases if phase.formula != "Li2S"]
    alone = references.model_copy(update={"phases": (*others, rival)})
    found = energy_above_hull(*crystal, alone)
    assert found.energy.value is not None
    assert found.energy.value < -1.0  # against lithium and sulfur
    assert set(found.products) == {"Li", "S"}


def test_an_element_without_reference_is_told(references: Thermochemistry):
    atoms = Atoms("CuO", positions=[[0, 0, 0], [2, 0, 0]], cell=[4, 4, 4], pbc=True)
    model = Model.from_atoms(atoms, name="CuO", kind=ModelKind.CRYSTAL)
    found = energy_above_hull(model, -10.0, references)
    assert found.energy.value is None
    assert "chgnet has no reference phase of Cu" in found.energy.flags[0]


def test_a_second_potential_widens_the_uncertainty(references: Thermochemistry):
    first = energy_above_hull(*_crystal(references, "Li3PO4", above_eV_atom=0.3), references)
    second = energy_above_hull(*_crystal(references, "Li3PO4", above_eV_atom=0.1), references)
    alone, both = joined(first, None, by=""), joined(first, second, by="other")
    assert "± holds no second potential" in alone.energy.flags
    assert both.energy.value == first.energy.value
    assert both.energy.uncertainty == pytest.approx(hypot(first.energy.uncertainty or 0.0, 0.1), abs=1e-4)
    assert "± holds half the difference to other" in both.energy.flags


def test_nothing_to_join():
    none = no_hull("no record")
    assert joined(none, None, by="other") == none
    assert none.energy.flags == ("no record",)
