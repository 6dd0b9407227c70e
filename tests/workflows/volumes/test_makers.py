"""Volumes of atoms in relaxed cells: a metal by EMT, lithium salts by the shipped potential."""

import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.filters import FrechetCellFilter
from ase.optimize import FIRE

from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.registry import DEFAULT_POTENTIAL, register, resolve
from lithicoat.workflows.protocols import Preset, VolumeSpec, preset
from lithicoat.workflows.volumes import makers as module
from lithicoat.workflows.volumes.makers import HOST, VolumeMaker, lithium_volumes
from lithicoat.workflows.volumes.properties import volume_properties

FINE = VolumeSpec(
    vacancies=1, interstitial=False, crystal_atoms=24, fmax_eV_A=0.01, smax_GPa=0.005, max_steps=200
)


@pytest.fixture
def emt():
    ref = register("test-emt", EMT, elements=["Cu", "Al"])
    yield ref
    potentials._registered.pop("test-emt")
    calculators._loaded.pop(ref.sha256, None)


@pytest.fixture(scope="module")
def copper():
    atoms = relax(bulk("Cu"), EMT(), fmax_eV_A=1e-3, smax_GPa=1e-3, max_steps=50, label="Cu").atoms
    return Model.from_atoms(atoms, name="Cu", kind=ModelKind.CRYSTAL)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_vacancy_in_copper_takes_part_of_an_atom(emt, copper):
    """Formation volumes of vacancies lie between 0.5 and 1 atoms in metals.

    Finnis and Nieminen, J. Phys. F 7, 1999 (1977). The number itself is had again with ASE's own optimiser,
    in a cell of another shape.
    """
    found = lithium_volumes(copper, emt, FINE, element="Cu")
    atom_A3 = copper.atoms.get_volume()
    (without,) = found.cells
    formation = 1 + without.volume_change_A3 / atom_A3
    assert 0.5 < formation < 1
    other = bulk("Cu", cubic=True).repeat(2)
    other.set_cell(other.cell.array * (32 * atom_A3 / other.get_volume()) ** (1 / 3), scale_atoms=True)
    del other[0]
    other.calc = EMT()
    FIRE(FrechetCellFilter(other), logfile=None).run(fmax=0.003, steps=300)
    assert formation == pytest.approx(other.get_volume() / atom_A3 - 31, abs=0.02)
    assert found.volume_A3 == pytest.approx(found.atoms * atom_A3, rel=1e-4)
    assert without.energy_change_eV > 0
    assert found.coordination == pytest.approx([12.0])


def test_an_atom_more_needs_more_room_than_its_own(emt, copper):
    spec = FINE.model_copy(update={"vacancies": 0, "interstitial": True})
    found = lithium_volumes(copper, emt, spec, element="Cu")
    (more,) = found.cells
    assert (more.change, more.label) == (1, "with Cu in the largest hole")
    assert more.volume_change_A3 > 1.2 * copper.atoms.get_volume()
    assert more.atoms == found.atoms + 1


def test_a_crystal_of_one_site_loses_several_and_a_film_loses_random_ones(emt, copper, monkeypatch):
    seen = []

    def fake(_, model, what):
        seen.append(what)
        return module._Relaxed(model=model, energy_eV=0.0, mean_stress_GPa=0.0, farthest_A=0.0)

    monkeypatch.setattr(module._Study, "relaxed", fake)
    three = FINE.model_copy(update={"vacancies": 3})
    crystal = lithium_volumes(copper, emt, three, element="Cu")
    assert [cell.change for cell in crystal.cells] == [-1, -2, -3]
    assert crystal.atoms >= 24
    film = Model.from_atoms(
        bulk("Cu", cubic=True).repeat((2, 1, 1)), name="film", kind=ModelKind.AMORPHOUS, seed=4
    )
    first, again = (lithium_volumes(film, emt, three, element="Cu") for _ in range(2))
    assert [cell.change for cell in first.cells] == [-1, -1, -1]
    assert first == again
    assert len({cell.label for cell in first.cells}) == 3
    other = lithium_volumes(film.model_copy(update={"seed": 5}), emt, three, element="Cu")
    assert {cell.label for cell in other.cells} != {cell.label for cell in first.cells}
    assert HOST in seen


def test_a_relaxation_that_fails_is_a_reason_and_no_loss(emt, copper):
    short = FINE.model_copy(update={"max_steps": 1})
    found = lithium_volumes(copper, emt, short, element="Cu")
    assert found.cells == ()
    assert "not converged in 1 steps" in found.failures["without Cu (atom 1)"]
    ratio = volume_properties([found])["lithium_volume_ratio"]
    assert ratio.value is None
    assert "not converged in 1 steps" in ratio.flags[0]
    assert volume_properties([found])["lithium_volume_ratio_sphere"].value > 0


def test_a_host_that_fails_leaves_the_sphere(emt, copper, monkeypatch):
    def broken(_study, _model, what):
        raise RunError(f"{what}: forces are not finite", where=what)

    monkeypatch.setattr(module._Study, "relaxed", broken)
    found = lithium_volumes(copper, emt, FINE, element="Cu")
    assert found.failures == {HOST: "film as it is: forces are not finite"}
    assert (found.volume_A3, found.cells) == (None, ())
    properties = volume_properties([found])
    assert "forces are not finite" in properties["lithium_volume_ratio"].flags[0]
    assert properties["lithium_volume_ratio_sphere"].value > 0


def test_a_broken_bond_fails_the_cell(emt, monkeypatch):
    atoms = bulk("Cu", cubic=True)
    model = Model.from_atoms(atoms, name="film", kind=ModelKind.MOLECULAR, seed=0, bonds=((0, 1),))
    monkeypatch.setattr(module, "changed_bonds", lambda *_: ["bond C3–O7 broke"])
    found = lithium_volumes(model, emt, FINE, element="Cu")
    assert found.failures == {HOST: "film film as it is: bond C3–O7 broke"}


def test_an_interrupted_step_goes_on(emt, copper, monkeypatch):
    complete = lithium_volumes(copper, emt, FINE, element="Cu")
    monkeypatch.setattr(module, "relax", lambda *_, **__: pytest.fail("relaxed again"))
    assert lithium_volumes(copper, emt, FINE, element="Cu") == complete


@pytest.mark.slow
def test_lithium_in_its_sulfide_by_the_shipped_potential():
    potential, spec = resolve(DEFAULT_POTENTIAL), preset(Preset.QUICK).volumes
    model = Model.from_atoms(load_crystal("Li2S_225.cif"), name="Li2S", kind=ModelKind.CRYSTAL)
    found = VolumeMaker.make.original(VolumeMaker(spec=spec), model, potential)
    properties = volume_properties([found])
    assert properties["lithium_volume_ratio_sphere"].value == pytest.approx(0.1519, rel=0.02)
    ratio = properties["lithium_volume_ratio"]
    assert abs(ratio.value) < 1
    assert ratio.uncertainty < 0.1
    larger = lithium_volumes(model, potential, spec.model_copy(update={"crystal_atoms": 90}))
    assert volume_properties([larger])["lithium_volume_ratio"].value == pytest.approx(
        ratio.value, abs=3 * ratio.uncertainty
    )
