"""Vacancies and the cathode's oxygen: a Lennard-Jones cell by hand, the shipped record, chgnet again."""

from pathlib import Path

import numpy as np
import pytest
from ase.calculators.lj import LennardJones

from lithicoat.analysis.oxygen.offers import BULK, offered, vacancy_energy
from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.errors import PotentialError, UsageError
from lithicoat.workflows.mechanics.relaxation import RelaxDocument, RelaxMaker
from lithicoat.workflows.oxygen.offer import cathode_oxygen_of, remember_oxygen
from lithicoat.workflows.oxygen.offering import OfferMaker, OfferSpec
from lithicoat.workflows.oxygen.vacancies import (
    HostMaker,
    SlabMaker,
    VacancyMaker,
    cathode_recipe,
    lithiated_cell,
)
from lithicoat.workflows.potentials import calculators, registry
from lithicoat.workflows.potentials.registry import PotentialRef, register, resolve
from lithicoat.workflows.storage import open_store
from lithicoat.workflows.thermochemistry.records import thermochemistry_of


@pytest.fixture
def argon():
    """Lennard-Jones wells whatever the element."""
    ref = register(
        "test-lj-vacancy", lambda: LennardJones(sigma=2.0, epsilon=0.2, rc=5.0), elements=("Li", "O")
    )
    yield ref
    registry._registered.pop("test-lj-vacancy")
    calculators._loaded.pop(ref.sha256, None)


@pytest.fixture
def oxide() -> Model:
    atoms = load_crystal("Li2O_225.cif")
    return Model.from_atoms(atoms, name="Li2O", kind=ModelKind.CRYSTAL)


def test_a_vacancy_is_what_two_relaxations_say(argon: PotentialRef, oxide: Model):
    host = HostMaker.make.original(HostMaker(), oxide, argon)
    found = VacancyMaker.make.original(VacancyMaker(), host, 0, argon)
    atoms = host.model.atoms
    atoms.calc = LennardJones(sigma=2.0, epsilon=0.2, rc=5.0)
    assert atoms.get_potential_energy() == pytest.approx(host.energy_eV)
    del atoms[host.sites[0].site]
    assert found.unrelaxed_eV == pytest.approx(atoms.get_potential_energy() - host.energy_eV, abs=1e-6)
    assert found.difference_eV <= found.unrelaxed_eV + 1e-9  # relaxing costs nothing
    assert found.multiplicity == 4


def test_the_cheapest_oxygen_comes_first():
    slab = SlabMaker.make.original(SlabMaker(), *_nmc(), 1.0).model
    other = register(
        "test-lj-nmc",
        lambda: LennardJones(sigma=1.9, epsilon=0.1, rc=4.0),
        elements=("Li", "O", "Ni", "Mn", "Co"),
    )
    host = HostMaker.make.original(HostMaker(fmax_eV_A=1e3), slab, other)
    registry._registered.pop("test-lj-nmc")
    energies = [site.unrelaxed_eV for site in host.sites]
    assert energies == sorted(energies)
    assert len(energies) > 3
    assert max(site.depth_A for site in host.sites) <= 3.0


def _nmc(stretch: float = 1.0) -> tuple[Model, RelaxDocument]:
    """The bulk as it is built, and as if it were relaxed to a longer c."""
    built = lithiated_cell("NMC811", 1.0, max_atoms=80)
    axes = np.array(built.recipe["axes_A"])
    along = axes[2] / np.linalg.norm(axes[2])
    strain = np.eye(3) + (stretch - 1) * np.outer(along, along)
    atoms = built.atoms
    atoms.set_cell(atoms.cell.array @ strain, scale_atoms=True)
    document = RelaxDocument(
        model=built.with_atoms(atoms, step="relax"),
        potential=PotentialRef(id="none", sha256="0"),
        energy_eV=0.0,
        fmax_eV_A=0.0,
        stress_GPa=(0.0,) * 6,
        steps=0,
        density_g_cm3=1.0,
    )
    return built, document


def test_slabs_have_the_lattice_of_the_relaxed_bulk():
    plain, long = (SlabMaker.make.original(SlabMaker(), *_nmc(s), 1.0).model for s in (1.0, 1.02))
    assert long.recipe["area_A2"] > plain.recipe["area_A2"]
    assert long.recipe["area_A2"] < 1.02 * plain.recipe["area_A2"]
    assert long.formula == plain.formula


def test_a_rank_beyond_the_sites_is_refused(argon: PotentialRef, oxide: Model):
    host = HostMaker.make.original(HostMaker(), oxide, argon)
    with pytest.raises(StructureError, match="has 1 kinds of oxygen, there is no number 2"):
        VacancyMaker.make.original(VacancyMaker(), host, 1, argon)


def test_only_layered_cathodes_have_a_lithium_content():
    with pytest.raises(UsageError, match="Li2S is no layered cathode"):
        cathode_recipe("Li2S", 1.0)


def test_a_potential_that_does_not_cover_the_cathode_is_refused():
    with pytest.raises(PotentialError, match="Ni"):
        OfferMaker().make(resolve("mace-lithicoat-1"))


def test_the_flow_has_a_job_for_every_vacancy():
    spec = OfferSpec(lithium=(1.0, 0.25), bulk_sites=2, surface_sites=3)
    flow = OfferMaker(spec=spec).make(resolve("chgnet"))
    names = [job.name for job in flow.jobs]
    assert sum("vacancy" in name for name in names) == 2 * (2 + 3)
    assert names[-1] == "cathode oxygen"
    assert len(set(names)) == len(names)


def test_the_shipped_cathode_gives_its_oxygen_the_easier_the_less_lithium_it_has():
    chgnet = resolve("chgnet")
    oxygen, references = cathode_oxygen_of(chgnet), thermochemistry_of(chgnet)
    assert oxygen.sha256 == chgnet.sha256
    assert [entry.lithium for entry in oxygen.contents] == [1.0, 0.5, 0.25]
    for place in (BULK, oxygen.face):
        offers = [offered(references, oxygen, x, place=place).value for x in (1.0, 0.5, 0.25)]
        assert offers == sorted(offers)
        assert all(-3.0 < offer < 0.3 for offer in offers)


def test_what_is_remembered_comes_before_what_ships(tmp_path: Path):
    chgnet, store = resolve("chgnet"), open_store(tmp_path / "db")
    kept = cathode_oxygen_of(chgnet).model_copy(update={"protocol": "my own"})
    assert cathode_oxygen_of(chgnet, store).protocol != "my own"
    remember_oxygen(kept, store)
    assert cathode_oxygen_of(chgnet, store) == kept


def test_a_potential_without_a_record_is_told_how_to_get_one(argon: PotentialRef):
    with pytest.raises(
        PotentialError, match="what oxygen NMC811 offers is not known by test-lj-vacancy"
    ) as error:
        cathode_oxygen_of(argon)
    assert "lithicoat scavenging --offer" in error.value.hint


@pytest.mark.slow
def test_chgnet_gives_the_shipped_vacancy_again():
    """The cheapest oxygen of the bulk at x = 0.25, from the built cell on."""
    chgnet, spec = resolve("chgnet"), OfferSpec()
    built = lithiated_cell(spec.cathode, 0.25, max_atoms=spec.max_atoms)
    bulk = RelaxMaker.make.original(RelaxMaker(spec=spec.relax), built, chgnet)
    host = HostMaker.make.original(HostMaker(), bulk.model, chgnet)
    found = VacancyMaker.make.original(VacancyMaker(), host, 0, chgnet)
    shipped = next(site for site in cathode_oxygen_of(chgnet).at(0.25).sites if site.place == BULK)
    assert found.label == shipped.label
    assert found.difference_eV == pytest.approx(shipped.difference_eV, abs=0.03)
    energy = vacancy_energy(thermochemistry_of(chgnet), cathode_oxygen_of(chgnet), 0.25, shipped)
    assert 0.0 < energy.value < 1.5
