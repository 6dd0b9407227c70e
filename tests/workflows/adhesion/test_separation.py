"""A film pulled off an electrode: identities of metals by EMT, and what is refused."""

import numpy as np
import pytest
from ase.build import bulk

from lithicoat.structures.coating import Coating, Role
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.recipes import CrystalRecipe
from lithicoat.structures.surfaces.film_forms import NoMatchError
from lithicoat.structures.surfaces.interfaces import InterfaceSpec, interface_of
from lithicoat.workflows.adhesion import separation
from lithicoat.workflows.adhesion.electrodes import ElectrodeMaker
from lithicoat.workflows.adhesion.separation import AdhesionMaker, work_of_adhesion_J_m2
from lithicoat.workflows.errors import RunError, UsageError


@pytest.fixture
def copper(emt, spec):
    solid = Model.from_atoms(bulk("Cu", cubic=True), name="Cu", kind=ModelKind.CRYSTAL)
    return ElectrodeMaker.make.original(ElectrodeMaker(spec=spec), "Cu", (1, 0, 0), solid, emt, 0)


def adhere(film, electrode, ref, spec, *, seed=0, coating=None):
    return AdhesionMaker.make.original(AdhesionMaker(spec=spec), film, electrode, ref, seed, coating)


def test_a_metal_on_itself_holds_with_twice_its_surface_energy(emt, spec, metal, copper):
    found = adhere(metal("Cu"), copper, emt, spec)
    assert found.work_J_m2 == pytest.approx(2 * copper.surface_energy_J_m2, rel=2e-3)
    assert found.cohesion_J_m2 == pytest.approx(2 * copper.surface_energy_J_m2)
    assert found.spreading_J_m2 == pytest.approx(0, abs=5e-3)
    assert found.report.film_strain.von_mises == pytest.approx(0, abs=1e-4)
    assert found.scar_J_m2 < 0.01
    assert found.reacted == ()
    assert found.outside is None
    assert type(found).model_validate_json(found.model_dump_json()) == found


def test_the_strain_of_a_film_is_told_and_costs_no_adhesion(emt, spec, metal, copper):
    """Silver does not spread copper, nickel does; both sides are strained alike, together and apart."""
    silver, nickel = (adhere(metal(name), copper, emt, spec) for name in ("Ag", "Ni"))
    assert silver.work_J_m2 < copper.surface_energy_J_m2 * 2 < nickel.work_J_m2
    assert silver.spreading_J_m2 < 0 < nickel.spreading_J_m2
    assert nickel.report.film_strain.principal[1] == pytest.approx(3.5898 / 3.4875 - 1, abs=2e-3)


def test_the_seed_does_not_matter_to_a_perfect_interface(emt, spec, metal, copper):
    works = [adhere(metal("Cu"), copper, emt, spec, seed=seed).work_J_m2 for seed in (1, 2)]
    assert works[0] == pytest.approx(works[1], abs=5e-3)


def test_held_atoms_stay_where_the_bulk_has_them(emt, spec, metal, copper):
    found = adhere(metal("Cu"), copper, emt, spec)
    built = interface_of(
        metal("Cu"),
        copper.electrode,
        spec=InterfaceSpec(
            max_atoms=60, film_thickness_A=6, electrode_thickness_A=6, vacuum_A=separation.VACUUM_A
        ),
    )
    held = list(found.interface.fixed)
    assert held
    np.testing.assert_allclose(
        np.array(found.interface.positions_A)[held], np.array(built.positions_A)[held], atol=1e-6
    )


def test_the_work_is_what_the_sides_lack_together():
    assert work_of_adhesion_J_m2(-10, -4, -5, area_A2=2) == pytest.approx(0.5 * 16.02176634)
    assert work_of_adhesion_J_m2(-10, -4, -5, area_A2=2, interfaces=2) == pytest.approx(0.25 * 16.02176634)


def test_two_potentials_are_never_mixed(emt, spec, metal, copper):
    other = emt.model_copy(update={"id": "other", "sha256": "0" * 64})
    with pytest.raises(UsageError, match=r"Cu\(100\) was relaxed with test-emt, not with other"):
        adhere(metal("Cu"), copper, other, spec)


def test_what_does_not_converge_fails(emt, spec, metal, copper):
    hasty = spec.model_copy(update={"max_steps": 1, "fmax_eV_A": 1e-3})
    with pytest.raises(RunError, match="together: not converged in 1 steps"):
        adhere(metal("Ag"), copper, emt, hasty)


def test_a_film_that_fits_nowhere_is_refused(emt, spec, metal, copper):
    tight = spec.model_copy(update={"max_atoms": 12})
    with pytest.raises(NoMatchError, match="no face of Ag matches within"):
        adhere(metal("Ag"), copper, emt, tight)


def test_a_film_that_fits_nowhere_is_packed_if_it_is_known_how(monkeypatch, emt, spec, metal, copper):
    """The electrode's far side stays where it was while the packed film is annealed upon it."""
    calls = []

    def rather_packed(film, electrode, *, spec, seed):
        calls.append((type(film).__name__, spec.form.value))
        if isinstance(film, Model):
            raise NoMatchError("no face matches", where="Cu")
        return interface_of(metal("Cu"), electrode, spec=spec, seed=seed)

    monkeypatch.setattr(separation, "interface_of", rather_packed)
    coating = Coating(
        id="Cu",
        name="copper",
        family="metal",
        role=Role.ANODE,
        recipe=CrystalRecipe(builder="crystal", cif="Cu_225.cif"),
    )
    found = adhere(metal("Cu"), copper, emt, spec, coating=coating)
    assert calls == [("Model", "best"), ("Coating", "amorphous")]
    assert found.report.note == "no face matches"
    assert found.work_J_m2 == pytest.approx(2 * copper.surface_energy_J_m2, rel=0.05)
