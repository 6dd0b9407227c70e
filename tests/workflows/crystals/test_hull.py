"""Energies above the hull, against convex hulls worked out by hand."""

import pytest
from ase import Atoms

from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.crystals.hull import PBE_ERROR_EV_ATOM, electrons_moved, energy_above_hull, joined
from lithicoat.workflows.potentials.registry import PotentialRef, register, resolve

PHASES = {"Li": -1.0, "S": -2.0, "Li2S": -9.0}
"""Energies per formula unit, eV; Li2S forms with -5 eV, -5/3 eV/atom."""


@pytest.fixture
def potential() -> PotentialRef:
    return register("hull-test", lambda: None, elements=("Li", "S", "O"))


def _phase(formula: str, energy_eV: float) -> tuple[Model, float]:
    atoms = Atoms(formula, cell=[5, 5, 5], pbc=True)
    atoms.set_scaled_positions([[0.3 * i, 0.1 * i, 0.0] for i in range(len(atoms))])
    return Model.from_atoms(atoms, name=formula, kind=ModelKind.CRYSTAL), energy_eV


def _rivals() -> list[tuple[Model, float]]:
    return [_phase(formula, energy_eV) for formula, energy_eV in PHASES.items()]


def test_decay_into_neighbours_on_the_hull(potential: PotentialRef):
    """LiS may become half Li2S and half S: -4.5 - 1 eV per unit, so at -4.5 eV it is 0.5 eV/atom above."""
    found = energy_above_hull(_phase("LiS", -4.5), _rivals(), potential, gases_eV={})
    assert found.energy.value == pytest.approx((-4.5 + 5.5) / 2)
    assert found.decay == pytest.approx({"Li2S": 0.75, "S": 0.25})


def test_a_crystal_below_the_hull_of_the_others(potential: PotentialRef):
    found = energy_above_hull(_phase("LiS", -6.5), _rivals(), potential, gases_eV={})
    assert found.energy.value == pytest.approx(-0.5)


def test_a_known_crystal_of_the_compound_is_a_rival(potential: PotentialRef):
    found = energy_above_hull(_phase("Li2S", -8.4), _rivals(), potential, gases_eV={})
    assert found.energy.value == pytest.approx(0.2)
    assert found.decay == pytest.approx({"Li2S": 1.0})


def test_oxygen_is_a_gas(potential: PotentialRef):
    rivals = [*_rivals(), _phase("Li2O", -12.0)]
    gases = {"O2": -8.0}
    oxide = energy_above_hull(_phase("LiO", -6.0), rivals, potential, gases_eV=gases)
    assert oxide.energy.value == pytest.approx((-6.0 - (-12.0 - 4.0) / 2) / 2)
    without = energy_above_hull(_phase("LiO", -6.0), rivals, potential, gases_eV={})
    assert without.energy.value is None
    assert without.energy.flags == ("no reference energy of O",)


def test_corrections_of_the_registry_are_applied():
    """MP2020: -0.503 eV per sulfide ion and -0.687 eV per oxide ion, in crystal and rival alike."""
    raw, corrected = register("hull-raw", lambda: None, elements=("Li", "O")), resolve("mace-lithicoat-1")
    phases = [_phase("Li", -1.0)]
    crystal, gases = _phase("Li2O", -12.0), {"O2": -8.0}
    before = energy_above_hull(crystal, phases, raw, gases_eV=gases).energy.value
    after = energy_above_hull(crystal, phases, corrected, gases_eV=gases).energy.value
    assert before is not None
    assert after == pytest.approx(before - 0.687 / 3, abs=1e-3)


def test_a_second_potential_widens_the_uncertainty(potential: PotentialRef):
    first = energy_above_hull(_phase("LiS", -4.5), _rivals(), potential, gases_eV={})
    second = energy_above_hull(_phase("LiS", -4.1), _rivals(), potential, gases_eV={})
    alone, both = joined(first, None, by=""), joined(first, second, by="other")
    assert alone.energy.uncertainty == PBE_ERROR_EV_ATOM
    assert "± holds no second potential" in alone.energy.flags
    assert both.energy.value == first.energy.value
    assert both.energy.uncertainty == pytest.approx((PBE_ERROR_EV_ATOM**2 + 0.1**2) ** 0.5)
    assert "± holds half the difference to other" in both.energy.flags


@pytest.mark.parametrize(
    ("formula", "decay", "electrons"),
    [
        ("Li2SO3", {"Li2SO4": 0.875, "Li2S": 0.125}, 0.25),
        ("Li3AlS3", {"LiAlS2": 4 / 7, "Li2S": 3 / 7}, 0.0),
        ("TiO2", {"Ti2O3": 2.5 / 3, "O2": 0.5 / 3}, 1 / 3),
    ],
)
def test_electrons_that_a_decay_moves(formula: str, decay: dict[str, float], electrons: float):
    assert electrons_moved(formula, decay) == pytest.approx(electrons)


def test_a_change_of_oxidation_state_widens_the_uncertainty():
    """0.7 eV per O2 is 0.175 eV per electron; a quarter of one per atom moves when sulfite decays."""
    rivals, crystal = [*_rivals(), _phase("Li2O", -12.0), _phase("Li2SO4", -40.0)], _phase("Li2SO3", -30.0)
    chgnet = energy_above_hull(crystal, rivals, resolve("chgnet"), gases_eV={"O2": -8.0})
    assert chgnet.decay == pytest.approx({"Li2SO4": 0.875, "Li2S": 0.125})
    assert chgnet.energy.uncertainty == pytest.approx((PBE_ERROR_EV_ATOM**2 + (0.25 * 0.7 / 4) ** 2) ** 0.5)
    unknown = register("hull-unknown", lambda: None, elements=("Li", "S", "O"))
    told = energy_above_hull(crystal, rivals, unknown, gases_eV={"O2": -8.0}).energy
    assert any("error for that is not known" in flag for flag in told.flags)
