"""The flow of a record on EMT: phases, what fails, the database; three phases of a shipped record again."""

import pytest
from ase.calculators.emt import EMT
from jobflow import run_locally

from lithicoat.analysis.thermochemistry.phases import PhaseKind
from lithicoat.structures.references.phases import reference_models
from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.potentials import calculators, registry
from lithicoat.workflows.potentials.registry import register, resolve
from lithicoat.workflows.steps import run_alone
from lithicoat.workflows.storage import open_store
from lithicoat.workflows.thermochemistry.flow import reference_jobs
from lithicoat.workflows.thermochemistry.records import thermochemistry_of
from lithicoat.workflows.thermochemistry.relaxing import PhaseMaker


@pytest.fixture
def emt():
    ref = register("test-references", EMT, elements=["Al", "N", "Ni"])
    yield ref
    registry._registered.pop("test-references")
    calculators._loaded.pop(ref.sha256, None)


@pytest.fixture
def store(tmp_path):
    return open_store(tmp_path / "db")


def compute(flow, store):
    with run_alone():
        responses = run_locally(flow, store=store, log=False, raise_immediately=True)
    return responses[flow.jobs[-1].uuid][1].output


def test_a_record_is_computed_kept_and_found_again(emt, store):
    with pytest.raises(PotentialError, match="test-references has no record of reference energies"):
        thermochemistry_of(emt, store)
    record = compute(reference_jobs(emt, ["Al", "N"], command="lithicoat references"), store)
    assert {phase.name for phase in record.phases} == {"Al_225.cif", "AlN_186.cif", "N2 gas"}
    assert record.phase("Al").volume_A3 == pytest.approx(EMT_ALUMINIUM_A3, rel=0.01)
    assert [compound.formula for compound in record.fit.compounds] == ["AlN"]
    assert record.command == "lithicoat references"
    assert thermochemistry_of(emt, store).content_hash == record.content_hash
    again = reference_jobs(emt, ["Al", "N"])
    compute(again, store)
    assert all(job.metadata.get("reused") for job in again.jobs[:-1])


EMT_ALUMINIUM_A3 = 3.99**3 / 4
"""Lattice constant of aluminium by EMT, Å (Jacobsen, Stoltze, Norskov, Surf. Sci. 366, 394 (1996))."""


def test_what_does_not_converge_is_a_reason_not_an_error(emt):
    (nickel_aluminide, *_) = [m for m in reference_models(["Al", "N"]) if m.name == "AlN_186.cif"]
    maker = PhaseMaker(kind=PhaseKind.CRYSTAL, max_steps=1)
    document = PhaseMaker.make.original(maker, nickel_aluminide, emt)
    assert document.phase is None
    assert "not converged in 1 steps" in document.reason


def test_a_crystal_that_the_potential_blows_up_is_flagged(emt):
    (aluminium,) = [m for m in reference_models(["Al"]) if m.name == "Al_225.cif"]
    atoms = aluminium.atoms
    atoms.set_cell(atoms.cell.array * 0.93, scale_atoms=True)
    dense = aluminium.with_atoms(atoms, step="compressed")
    document = PhaseMaker.make.original(PhaseMaker(kind=PhaseKind.CRYSTAL), dense, emt)
    (flag,) = document.phase.flags
    assert flag.startswith("its volume changed by +")
    exchanged = dense.model_copy(update={"recipe": {"of": "Al_225.cif"}})
    assert PhaseMaker.make.original(PhaseMaker(kind=PhaseKind.CRYSTAL), exchanged, emt).phase.flags == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["chgnet", "mace-lithicoat-1"])
def test_three_phases_of_the_shipped_record_come_out_again(name):
    potential = resolve(name)
    record = thermochemistry_of(potential)
    models = {model.name: model for model in reference_models(["Li", "S", "O"])}
    for crystal in ("Li2S_225.cif", "Li2O_225.cif", "Li_229.cif"):
        document = PhaseMaker.make.original(PhaseMaker(kind=PhaseKind.CRYSTAL), models[crystal], potential)
        assert document.phase.energy_eV == pytest.approx(record.phase(crystal).energy_eV, abs=2e-3)
        assert document.phase.volume_A3 == pytest.approx(record.phase(crystal).volume_A3, rel=2e-3)
