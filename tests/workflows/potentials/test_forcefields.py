"""Our potentials inside atomate2's force-field Makers."""

import pytest
from ase.build import bulk, molecule
from ase.calculators.emt import EMT
from atomate2.forcefields.jobs import ForceFieldStaticMaker
from jobflow import run_locally
from pymatgen.io.ase import AseAtomsAdaptor

from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials.forcefields import MoleculeMaker, force_field
from lithicoat.workflows.potentials.registry import PotentialRef, register

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def emt() -> PotentialRef:
    return register("emt-of-forcefields", EMT, elements=("O", "Cu"))


@pytest.fixture
def stretched_o2() -> Model:
    atoms = molecule("O2", vacuum=5.0)
    atoms.set_distance(0, 1, 1.3)
    return Model.from_atoms(atoms, name="O2", kind=ModelKind.CRYSTAL)


def test_any_force_field_maker_runs_with_our_potentials(emt: PotentialRef):
    copper = bulk("Cu", cubic=True)
    copper.rattle(0.05, seed=1)
    job = ForceFieldStaticMaker(**force_field(emt), steps=0).make(AseAtomsAdaptor.get_structure(copper))
    document = run_locally(job, log=False, ensure_success=True)[job.uuid][1].output
    copper.calc = EMT()
    assert document.output.energy == pytest.approx(copper.get_potential_energy(), abs=1e-6)


def test_a_molecule_is_relaxed_in_its_box(emt: PotentialRef, stretched_o2: Model):
    document = MoleculeMaker.make.original(MoleculeMaker(), stretched_o2, emt)
    atoms = molecule("O2", vacuum=5.0)
    atoms.calc = EMT()
    energies = []
    for bond_A in (1.05, 1.10, 1.15, 1.20, 1.25):
        atoms.set_distance(0, 1, bond_A)
        energies.append(atoms.get_potential_energy())
    assert document.energy_eV <= min(energies) + 1e-3
    assert document.fmax_eV_A <= 0.02


def test_a_molecule_that_does_not_converge_is_an_error(emt: PotentialRef, stretched_o2: Model):
    with pytest.raises(RunError, match="O2: not converged in 1 steps"):
        MoleculeMaker.make.original(MoleculeMaker(max_steps=1), stretched_o2, emt)
