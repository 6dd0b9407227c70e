"""Reactive runs: what reacts, what is told of it, and that an interrupted run goes on."""

import json

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, fcc111
from ase.calculators.calculator import Calculator, all_changes
from matscipy.neighbours import neighbour_list

from lithicoat.analysis.oxygen.species import Oxygen
from lithicoat.analysis.properties import Bound
from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.oxygen.reacting import (
    UptakeDocument,
    UptakeMaker,
    reactive_cell,
    source_of,
    uptake_properties,
)
from lithicoat.workflows.potentials.registry import register, resolve
from lithicoat.workflows.protocols import Preset, UptakeSpec, preset

SPEC = UptakeSpec(
    temperature_K=400,
    thickness_A=3,
    width_A=6,
    max_atoms=40,
    o2_molecules=3,
    vacuum_A=12,
    timestep_fs=1.0,
    length_ps=0.12,
    frame_fs=10,
    checkpoint_ps=0.02,
)


class Sticky(Calculator):
    """Stiff O2 that copper attracts and binds at 1.9 Å, and that repel each other; copper on springs."""

    implemented_properties = ("energy", "forces")
    depth_eV, attraction = 0.15, 2.0

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        if not hasattr(self, "start"):
            self.start = {}
        copper = np.flatnonzero(atoms.symbols == "Cu")
        sites = self.start.setdefault(len(atoms), atoms.positions[copper].copy())
        forces = np.zeros_like(atoms.positions)
        shift = atoms.positions[copper] - sites
        energy = (shift**2).sum()
        forces[copper] -= 2 * shift
        i, j, away, apart = neighbour_list("ijDd", atoms, 5.0)
        oxygen = atoms.symbols == "O"
        partners = (np.abs(i - j) == 1) & (np.minimum(i, j) % 2 == len(copper) % 2) & oxygen[i] & oxygen[j]
        stretch = apart[partners] - 1.21
        energy += 0.5 * 30 * (stretch**2).sum()
        np.add.at(forces, i[partners], (60 * stretch / apart[partners])[:, None] * away[partners])
        mixed = oxygen[i] != oxygen[j]
        decay = np.exp(-(apart[mixed] - 1.9))
        energy += 0.5 * self.depth_eV * (decay**2 - self.attraction * decay).sum()
        pull = self.depth_eV * (self.attraction * decay - 2 * decay**2) / apart[mixed]
        np.add.at(forces, i[mixed], pull[:, None] * away[mixed])
        core = oxygen[i] & oxygen[j] & ~partners
        push = 20.0 * np.exp(-apart[core] / 0.4)
        energy += 0.5 * push.sum()
        np.add.at(forces, i[core], (-push / 0.4 / apart[core])[:, None] * away[core])
        self.results = {"energy": float(energy), "forces": forces}


class Aloof(Sticky):
    """The same without attraction."""

    attraction = 0.0


@pytest.fixture(scope="module")
def sticky():
    return register("sticky", Sticky, elements=["Cu", "O"])


@pytest.fixture(scope="module")
def stuck(sticky, tmp_path_factory):
    """One run that several tests look at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("stuck"))
        return run(sticky)


@pytest.fixture
def aloof():
    return register("aloof", Aloof, elements=["Cu", "O"])


def copper():
    return Model.from_atoms(bulk("Cu", "fcc", a=3.6, cubic=True), name="Cu", kind=ModelKind.CRYSTAL)


def run(potential, *, spec=SPEC, film=None, seed=0):
    maker = UptakeMaker(spec=spec)
    return maker.make.original(maker, film or copper(), potential, seed)


def test_forces_of_the_model_potential_are_its_gradient():
    atoms = reactive_cell(copper(), SPEC, seed=0).atoms
    atoms.calc = Sticky()
    atoms.get_potential_energy()
    atoms.positions[-1, 2] -= 4.0
    forces = atoms.get_forces()
    for axis in range(3):
        energies = []
        for step in (-1e-4, 1e-4):
            atoms.positions[-1, axis] += step
            energies.append(atoms.get_potential_energy())
            atoms.positions[-1, axis] -= step
        assert forces[-1, axis] == pytest.approx((energies[0] - energies[1]) / 2e-4, abs=1e-4)


def test_oxygen_is_taken_up_or_not(stuck, aloof):
    free = run(aloof)
    assert free.curve.o2[-1] == 0
    assert free.curve.final == {"O2 gas": 3}
    assert free.kinetics.rate.bound is Bound.UPPER
    assert free.reaction.events == free.releases == 0
    assert stuck.curve.final.get("O2 gas", 0) < 3
    assert stuck.reaction.events == 0  # the model potential never breaks O2
    assert len(stuck.curve.times_ps) == stuck.frames == 13
    assert stuck.curve.offered == 3
    held = [
        stuck.curve.final.get(s.value, 0) * (2 if s in {Oxygen.GAS, Oxygen.ADSORBED} else 1) for s in Oxygen
    ]
    assert sum(held) == 6


def test_what_the_document_tells(stuck, sticky):
    found = stuck
    start = reactive_cell(copper(), SPEC, seed=0)
    area_nm2 = start.recipe["area_A2"] / 100
    assert found.curve.area_nm2 == pytest.approx(2 * area_nm2)
    assert found.curve.volume_nm3 == pytest.approx(area_nm2 * start.recipe["thickness_A"] / 10)
    assert found.model.symbols == start.symbols
    assert found.model.recipe["steps"][-1]["step"] == "uptake"
    scaled = np.linalg.solve(np.array(found.model.cell_A).T, np.array(found.model.positions_A).T)
    assert scaled.min() >= -1e-9
    assert scaled.max() < 1 + 1e-9
    assert found.potential == sticky
    assert UptakeDocument.model_validate_json(found.model_dump_json()) == found


def test_properties_carry_units_and_conditions(stuck):
    found = uptake_properties(stuck)
    assert {name: one.unit for name, one in found.items()} == {
        "oxygen_uptake": "O2/nm2",
        "oxygen_uptake_rate": "1/ps",
        "oxygen_reaction_rate": "1/ps",
        "oxygen_sticking": "1",
    }
    for quantity in found.values():
        assert any("reactive MD at 400 K" in flag for flag in quantity.flags)


def test_an_interrupted_run_goes_on(stuck, sticky, tmp_path, monkeypatch):
    whole = stuck
    elsewhere = tmp_path / "again"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    compute, calls = Sticky.calculate, {"left": 90}

    def dying(self, *args, **kwargs):
        calls["left"] -= 1
        if calls["left"] == 0:
            raise KeyboardInterrupt
        compute(self, *args, **kwargs)

    monkeypatch.setattr(Sticky, "calculate", dying)
    with pytest.raises(KeyboardInterrupt):
        run(sticky)
    resumed = run(sticky)
    assert resumed.curve == whole.curve
    assert resumed.model.content_hash == whole.model.content_hash


def interface(*, oxygen=True, film_at=(5.0, 5.0, 9.0)):
    """Build a NiO pair as the electrode, one Li and one S as the film."""
    atoms = Atoms("NiO" if oxygen else "Ni2", positions=[[5, 5, 5], [5, 5, 6.9]], cell=[10, 10, 20], pbc=True)
    atoms += Atoms("LiS", positions=[[5, 8, 11], film_at])
    facts = {
        "film": "Li2S",
        "film_face": "(111)",
        "film_form": "coherent",
        "electrode": "NiO(100)",
        "misfit": 0.0,
        "film_strain": {"von_mises": 0.0, "principal": (0.0, 0.0)},
        "electrode_strain": {"von_mises": 0.0, "principal": (0.0, 0.0)},
        "area_A2": 100.0,
        "interfaces": 1,
        "gap_A": 2.1,
        "upper_gap_A": None,
        "vacuum_A": 12.0,
        "film_thickness_A": 2.0,
        "electrode_thickness_A": 1.9,
        "atoms": 4,
        "electrode_atoms": 2,
        "film_atoms": 2,
        "fixed_atoms": 0,
    }
    return Model.from_atoms(atoms, name="Li2S_on_NiO", kind=ModelKind.INTERFACE, recipe={"interface": facts})


def test_properties_tell_what_came_and_went(stuck):
    told = "reversible: oxygen that was held was let go again 4 times"
    assert told in uptake_properties(stuck.model_copy(update={"releases": 4}))["oxygen_uptake"].flags
    found = uptake_properties(stuck.model_copy(update={"releases": 0}))
    assert not any("reversible" in flag for flag in found["oxygen_uptake_rate"].flags)
    crossed = stuck.curve.model_copy(update={"gas": False})
    names = set(uptake_properties(stuck.model_copy(update={"curve": crossed})))
    assert names == {"oxygen_crossing", "oxygen_crossing_rate"}


def test_an_interface_reacts_with_the_oxygen_of_its_electrode():
    cell = interface()
    assert reactive_cell(cell, SPEC, seed=0) == cell
    source = source_of(cell)
    assert source.oxygens == (1,)
    assert source.electrode == (0, 1)
    assert not source.gas
    with pytest.raises(StructureError, match="holds no oxygen that could cross"):
        reactive_cell(interface(oxygen=False), SPEC, seed=0)


def test_a_slab_is_taken_as_it_is():
    atoms = fcc111("Cu", (2, 2, 2), vacuum=7, orthogonal=True)
    atoms.pbc = True
    slab = Model.from_atoms(atoms, name="Cu", kind=ModelKind.SLAB)
    cell = reactive_cell(slab, SPEC, seed=0)
    assert cell.symbols[:8] == slab.symbols
    assert np.allclose(cell.positions_A[:8], slab.positions_A)


def test_what_the_potential_does_not_cover(sticky):
    aluminium = Model.from_atoms(bulk("Al", cubic=True), name="Al", kind=ModelKind.CRYSTAL)
    with pytest.raises(PotentialError, match="Al"):
        run(sticky, film=aluminium)


def test_a_slab_too_thick_for_its_atoms(sticky):
    with pytest.raises(StructureError, match="no face of Cu gives a slab of 30 Å and at most 8 atoms"):
        run(sticky, spec=SPEC.model_copy(update={"thickness_A": 30.0, "max_atoms": 8}))


def test_presets_can_run():
    for name in Preset:
        spec = preset(name).uptake
        frames = spec.length_ps * 1000 / spec.frame_fs
        assert frames >= 50
        assert spec.checkpoint_ps <= 0.05 * spec.length_ps
        assert spec.vacuum_A >= 15
        json.dumps(spec.model_dump(mode="json"))


@pytest.mark.slow
def test_lithium_sulfide_takes_up_oxygen():
    film = Model.from_atoms(load_crystal("Li2S_225.cif"), name="Li2S", kind=ModelKind.CRYSTAL)
    short = preset(Preset.QUICK).uptake.model_copy(
        update={"length_ps": 0.4, "width_A": 7.0, "o2_molecules": 3, "temperature_K": 700.0}
    )
    found = run(resolve("mace-lithicoat-1"), spec=short, film=film)
    assert found.curve.final["sulfide"] + found.curve.final.get("SO", 0) > 0
    assert found.curve.final.get("O2 gas", 0) < 3  # drawn to the surface
    assert 0.5 * 700 < found.mean_temperature_K < 1.5 * 700
