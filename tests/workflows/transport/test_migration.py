"""Migration of vacancies: saddles known by symmetry, resuming, the defect model, what failures leave."""

import math

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.lj import LennardJones
from ase.neighborlist import neighbor_list
from scipy.special import erfc

from lithicoat.analysis.properties import Property
from lithicoat.analysis.transport.carriers import carrier_diffusivity
from lithicoat.analysis.transport.records import BOLTZMANN_eV_K
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.crystals.cells import load_crystal, supercell_of_width
from lithicoat.structures.crystals.hops import Mechanism, vacancy_hops
from lithicoat.structures.crystals.sites import lithium_sites
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.registry import register
from lithicoat.workflows.protocols import BandSpec, CarrierSpec, Preset, preset
from lithicoat.workflows.recording import record_of
from lithicoat.workflows.screening import ScreeningMaker
from lithicoat.workflows.transport import defect_model, defects
from lithicoat.workflows.transport.defect_model import (
    MIGRATION_UNITS,
    crystal_transport,
    crystal_transport_lines,
    migration_properties,
)
from lithicoat.workflows.transport.migration import MigrationMaker
from lithicoat.workflows.transport.migration_records import MigrationDocument

EDGE_A = 4.4
SPEC = CarrierSpec(
    width_A=6.0,
    max_atoms=40,
    longest_hop_A=3.5,
    interstitials=False,
    band=BandSpec(images=3, end_fmax_eV_A=0.005, fmax_eV_A=0.01),
)


class _SoftSpheres(LennardJones):
    def __init__(self):
        super().__init__(sigma=EDGE_A / math.sqrt(2) / 1.09, epsilon=0.1, rc=5.5, smooth=True)


@pytest.fixture
def spheres():
    ref = register("test-spheres", _SoftSpheres, elements=["Li"])
    yield ref
    potentials._registered.pop("test-spheres")
    calculators._loaded.pop(ref.sha256, None)


@pytest.fixture
def crystal():
    return Model.from_atoms(bulk("Li", "fcc", a=EDGE_A), name="spheres", kind=ModelKind.CRYSTAL)


def _make(model, potential, spec=SPEC):
    return MigrationMaker.make.original(MigrationMaker(spec=spec), model, potential)


def _saddle_by_symmetry(supercell):
    """Halfway a hop of fcc the ion feels no force along it: the saddle without a band."""
    nearest = int(np.argmin(supercell.get_distances(0, range(1, len(supercell)), mic=True))) + 1
    way = supercell.get_distance(nearest, 0, mic=True, vector=True)
    start, middle = supercell.copy(), supercell.copy()
    middle.positions[nearest] += way / 2
    del start[0], middle[0]
    limits = {"fmax_eV_A": 0.002, "max_steps": 300, "label": "check"}
    return (
        relax(middle, _SoftSpheres(), **limits).energy_eV - relax(start, _SoftSpheres(), **limits).energy_eV
    )


def test_a_vacancy_in_fcc(spheres, crystal):
    found = _make(crystal, spheres)
    assert found.missing == {}
    vacancy = found.vacancy
    assert len(vacancy.hops) == 1
    hop = vacancy.hops[0]
    assert hop.multiplicity == 6
    assert hop.length_A == pytest.approx(EDGE_A / math.sqrt(2))
    assert hop.forward_eV == pytest.approx(hop.backward_eV, abs=1e-3)
    supercell = supercell_of_width(lithium_sites(crystal.atoms).cell, SPEC.width_A, max_atoms=SPEC.max_atoms)
    assert hop.forward_eV == pytest.approx(_saddle_by_symmetry(supercell), abs=2e-3)
    assert vacancy.atoms == len(supercell) - 1
    assert vacancy.width_A >= SPEC.width_A
    assert vacancy.barriers.three_eV == pytest.approx(hop.forward_eV, abs=1e-3)
    assert hop.path_A[0] == 0
    assert np.all(np.diff(hop.path_A) > 0)
    assert max(hop.path_eV) == pytest.approx(hop.forward_eV)
    assert MigrationDocument.model_validate_json(found.model_dump_json()) == found
    assert found.lithium_per_A3 == pytest.approx(4 / EDGE_A**3)


def test_the_defect_model_of_that_vacancy(spheres, crystal):
    found = _make(crystal, spheres)
    quantities = migration_properties(found, spheres)
    barrier, kT = found.vacancy.barriers.three_eV, BOLTZMANN_eV_K * 298.15
    distance = EDGE_A / math.sqrt(2)
    walk = 12 * 10 * math.exp(-barrier / kT) * distance**2 / 6 * 1e-4  # z ν d² / 6
    assert quantities["diffusivity_298K"].value == pytest.approx(1e-3 * walk, rel=1e-3)
    assert quantities["activation_energy"].value == pytest.approx(barrier, abs=1e-3)
    assert quantities["migration_barrier"].value == barrier
    sigma = quantities["conductivity_298K"]
    per_cm3, charge = 4 / (EDGE_A * 1e-8) ** 3, 1.602177e-19
    assert sigma.value == pytest.approx(1e-3 * per_cm3 * charge * walk / kT, rel=1e-3)
    assert quantities["log10_conductivity_298K"].value == pytest.approx(math.log10(sigma.value))
    told = " ".join(sigma.flags)
    assert "vacancy model: 0.001 of the Li sites assumed empty, attempt frequency 10 THz assumed" in told
    assert f"barrier {barrier:.2f} eV by NEB" in told
    assert "uncertainty not known: no shipped barrier benchmark" in told
    assert quantities["frenkel_energy"].value is None
    assert "interstitials were not asked for" in quantities["frenkel_energy"].flags
    assert set(MIGRATION_UNITS) <= set(quantities)
    lines = "\n".join(crystal_transport_lines(found, spheres))
    assert f"{barrier:.3f} eV along three" in lines


def test_the_error_of_the_barriers_is_carried_into_decades(spheres, crystal, monkeypatch):
    monkeypatch.setattr(defect_model, "_barrier_error_eV", lambda _: 0.1)
    quantities = migration_properties(_make(crystal, spheres), spheres)
    decades = 0.1 / (BOLTZMANN_eV_K * 298.15) / math.log(10)
    assert quantities["log10_conductivity_298K"].uncertainty == pytest.approx(decades)
    assert quantities["migration_barrier"].uncertainty == pytest.approx(0.1)


def test_the_shipped_potential_has_an_error_of_its_barriers():
    """√(π/2) times the mean absolute error of its benchmark, and none for other weights."""
    from lithicoat.workflows.benchmarks.results import Subject, shipped_result
    from lithicoat.workflows.potentials.registry import resolve

    ref = resolve("mace-lithicoat-1")
    mae_eV = shipped_result(ref.id, Subject.BARRIERS).mae_eV
    assert defect_model._barrier_error_eV(ref) == pytest.approx(mae_eV * math.sqrt(math.pi / 2))
    assert defect_model._barrier_error_eV(ref.model_copy(update={"sha256": "0" * 64})) is None


def test_what_dynamics_resolved_stays(spheres, crystal):
    document = _make(crystal, spheres)
    resolved = {
        "conductivity_298K": Property(value=1e-3, uncertainty=1e-4, unit="S/cm"),
        "activation_energy": Property(value=0.2, uncertainty=0.01, unit="eV"),
    }
    joined = crystal_transport(resolved, document, spheres)
    assert joined["conductivity_298K"] == resolved["conductivity_298K"]
    assert joined["activation_energy"] == resolved["activation_energy"]
    assert joined["migration_barrier"].value == document.vacancy.barriers.three_eV
    unseen = {
        "conductivity_298K": Property(value=1e-3, unit="S/cm", bound="upper"),
        "highest_stable_temperature": Property(value=900, unit="K"),
    }
    joined = crystal_transport(unseen, document, spheres)
    assert joined["conductivity_298K"].flags[0].startswith("vacancy model")
    assert joined["highest_stable_temperature"].value == 900
    joined = crystal_transport(unseen, None, spheres)
    assert joined["conductivity_298K"] == unseen["conductivity_298K"]
    assert "see the failures of the film" in joined["migration_barrier"].flags[0]


def test_an_interrupted_step_goes_on_after_its_last_band(spheres, crystal, monkeypatch):
    first = _make(crystal, spheres)

    def never(*_, **__):
        raise AssertionError

    monkeypatch.setattr(defects, "minimum_energy_path", never)
    assert _make(crystal, spheres) == first
    with pytest.raises(AssertionError):  # another limit is another band
        _make(crystal, spheres, SPEC.model_copy(update={"band": BandSpec(images=1)}))


def test_a_vacancy_without_barriers_is_missing_with_the_reason(spheres, crystal):
    stiff = SPEC.model_copy(update={"band": BandSpec(images=3, fmax_eV_A=1e-6, max_steps=12)})
    found = _make(crystal, spheres, stiff)
    assert found.vacancy is None
    assert "did not converge" in found.missing["vacancy"] or "not converged" in found.missing["vacancy"]
    quantities = migration_properties(found, spheres)
    assert all(quantity.value is None for quantity in quantities.values())
    assert "no vacancy model" in quantities["conductivity_298K"].flags[0]
    kept = {"conductivity_298K": Property(value=1e-3, unit="S/cm", bound="upper")}
    assert crystal_transport(kept, found, spheres)["conductivity_298K"] == kept["conductivity_298K"]
    assert any(line.startswith("no vacancy: ") for line in crystal_transport_lines(found, spheres))


def test_no_hops_within_reach(spheres, crystal):
    found = _make(crystal, spheres, SPEC.model_copy(update={"longest_hop_A": 1.0}))
    assert "none is shorter than 1 Å" in found.missing["vacancy"]


def test_longer_hops_than_needed_are_left_out(spheres):
    """In bcc the nearest neighbours make an endless network; the edge, 15 % longer, is still computed."""
    bcc = Model.from_atoms(bulk("Li", "bcc", a=3.5), name="bcc", kind=ModelKind.CRYSTAL)
    sites = lithium_sites(bcc.atoms)
    study = defects.Study("bcc", spheres, SPEC, sites.cell)
    kinds = vacancy_hops(sites, longest_A=6.0)
    assert [round(kind.length_A / 3.5, 2) for kind in kinds[:3]] == [0.87, 1.0, 1.41]
    asked = []

    def hop(kind, _):
        asked.append(round(kind.length_A / 3.5, 2))
        raise StructureError("not now")

    study.hop = hop
    with pytest.raises(RunError, match="no hop of the vacancy has a barrier: not now"):
        study.network("vacancy", sites, energies={"Li": 0.0}, groups=[kinds], ends=lambda _: None)
    assert len(asked) == len(kinds)  # none succeeded, so all were tried


def test_a_crystal_without_lithium_is_refused(spheres):
    model = Model.from_atoms(bulk("Al"), name="Al", kind=ModelKind.CRYSTAL)
    with pytest.raises(StructureError, match="holds no Li"):
        _make(model, spheres)


class _RockSalt(Calculator):
    """Li and F as ions: Coulomb by Wolf's damped sum, and Born-Mayer repulsion between unlike ions."""

    implemented_properties = ("energy", "forces", "stress")
    reach_A, damping, hard_eV, rho_A = 6.0, 0.25, 250.0, 0.31

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        first, second, ways, distances = neighbor_list("ijDd", atoms, self.reach_A)
        charges = np.where(atoms.numbers == 3, 1.0, -1.0)
        pair = 14.3996 * charges[first] * charges[second]
        screened = erfc(self.damping * distances)
        edge = erfc(self.damping * self.reach_A) / self.reach_A
        gauss = 2 * self.damping / np.sqrt(np.pi)
        slope = -screened / distances**2 - gauss * np.exp(-((self.damping * distances) ** 2)) / distances
        slope_edge = (
            -edge / self.reach_A - gauss * np.exp(-((self.damping * self.reach_A) ** 2)) / self.reach_A
        )
        energies = pair * (screened / distances - edge - slope_edge * (distances - self.reach_A))
        forces = -pair * (slope - slope_edge)
        unlike = (charges[first] != charges[second]) * self.hard_eV * np.exp(-distances / self.rho_A)
        energies, forces = energies + unlike, forces + unlike / self.rho_A
        vectors = -forces[:, None] * ways / distances[:, None]
        total = np.zeros((len(atoms), 3))
        np.add.at(total, first, vectors)
        self.results = {"energy": energies.sum() / 2, "forces": total, "stress": np.zeros(6)}


@pytest.fixture
def ions():
    ref = register("test-ions", _RockSalt, elements=["F", "Li"])
    yield ref
    potentials._registered.pop("test-ions")
    calculators._loaded.pop(ref.sha256, None)


@pytest.mark.slow
def test_interstitials_and_a_frenkel_pair_in_rock_salt(ions):
    model = Model.from_atoms(load_crystal("LiF_225.cif"), name="salt", kind=ModelKind.CRYSTAL)
    spec = SPEC.model_copy(
        update={"interstitials": True, "max_atoms": 64, "width_A": 7.5, "longest_hop_A": 4.0}
    )
    found = _make(model, ions, spec)
    assert found.frenkel is not None, found.missing
    assert found.interstitial is not None, found.missing
    assert {hop.mechanism for hop in found.interstitial.hops} >= {Mechanism.KNOCK_ON}
    assert found.interstitial.barriers.dimensions == 3
    assert found.frenkel.energy_eV > 1
    assert found.frenkel.energy_eV < found.frenkel.apart_eV  # the two attract each other
    quantities = migration_properties(found, ions)
    pairs = math.exp(-found.frenkel.energy_eV / (2 * BOLTZMANN_eV_K * 298.15))
    vacancy, interstitial = (
        carrier_diffusivity(carrier.network, temperature_K=298.15, attempt_THz=10)
        for carrier in found.carriers
    )
    ratio = quantities["intrinsic_conductivity_298K"].value / quantities["conductivity_298K"].value
    assert ratio == pytest.approx(pairs * (vacancy + interstitial) / (1e-3 * vacancy))
    assert MigrationDocument.model_validate_json(found.model_dump_json()) == found


def _record(coating, ref, document):
    return record_of(
        load_catalog().find(coating),
        ref,
        preset(Preset.QUICK),
        seed=0,
        campaign="test",
        film=[],
        elastic=[],
        ladder=None,
        scavenging=None,
        failures={},
        migration=[document],
    )


def test_the_record_of_a_crystal_states_its_model(spheres, crystal):
    found = _record("LiF", spheres, _make(crystal, spheres)).properties
    sigma = found["conductivity_298K"]
    assert sigma.flags[0].startswith("vacancy model: 0.001 of the Li sites assumed empty")
    assert sigma.provenance.potential == spheres.id
    assert sigma.provenance.protocol.startswith("quick")
    assert found["migration_barrier"].unit == "eV"
    failed = _record("LiF", spheres, None).properties
    assert failed["migration_barrier"].flags[0].startswith("no migration barriers: see the failures")


def test_only_crystals_with_lithium_are_asked_for_hops(spheres):
    maker = ScreeningMaker(protocol=preset(Preset.QUICK))

    def steps(name):
        flow = maker.make(load_catalog().find(name), spheres, seed=0, campaign="test")
        return [job.name for job in flow.jobs]

    assert steps("LiF").count("migration") == 1
    assert "migration" not in steps("LiGL")  # a molecular film
    assert "migration" not in steps("ZnO")
