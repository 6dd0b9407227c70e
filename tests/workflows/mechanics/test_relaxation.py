import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms
from ase.io import read

from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics.relaxation import RelaxMaker, relax
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.registry import register
from lithicoat.workflows.progress import listen
from lithicoat.workflows.protocols import RelaxSpec

EMT_COPPER_A = 3.5898
"""Lattice constant at which ASE's EMT copper has no stress."""


class Nonsense(Calculator):
    """Forces that are no numbers."""

    implemented_properties = ("energy", "forces", "stress")

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.results = {"energy": 0.0, "forces": np.full((len(atoms), 3), np.nan), "stress": np.zeros(6)}


@pytest.fixture
def rattled():
    atoms = bulk("Cu", cubic=True) * (2, 2, 2)
    atoms.set_cell(atoms.cell * 1.04, scale_atoms=True)
    atoms.rattle(0.1, seed=1)
    return atoms


@pytest.fixture
def emt():
    ref = register("test-emt", EMT, elements=["Cu"])
    yield ref
    potentials._registered.pop("test-emt")
    calculators._loaded.pop(ref.sha256, None)


def test_a_free_cell_reaches_its_minimum(rattled):
    start = rattled.copy()
    outcome = relax(rattled, EMT(), fmax_eV_A=1e-3, smax_GPa=1e-3, max_steps=200, label="Cu")
    np.testing.assert_allclose(outcome.atoms.cell.lengths() / 2, EMT_COPPER_A, atol=2e-4)
    check = outcome.atoms.copy()
    check.calc = EMT()
    assert np.linalg.norm(check.get_forces(), axis=1).max() == pytest.approx(outcome.fmax_eV_A)
    assert outcome.fmax_eV_A <= 1e-3
    assert np.abs(outcome.stress_GPa).max() <= 1e-3
    assert outcome.energy_eV == pytest.approx(check.get_potential_energy())
    np.testing.assert_array_equal(rattled.positions, start.positions)
    assert rattled.calc is None


def test_a_fixed_cell_stays_and_keeps_its_stress(rattled):
    outcome = relax(rattled, EMT(), fmax_eV_A=1e-3, max_steps=200, label="Cu")
    np.testing.assert_array_equal(outcome.atoms.cell.array, rattled.cell.array)
    assert outcome.fmax_eV_A <= 1e-3
    assert outcome.stress_GPa.trace() / 3 > 5  # 4 % too long: under tension


def test_a_cell_at_its_minimum_takes_no_step(rattled):
    first = relax(rattled, EMT(), fmax_eV_A=1e-2, max_steps=200, label="Cu")
    again = relax(first.atoms, EMT(), fmax_eV_A=1e-2, max_steps=200, label="Cu")
    assert again.steps == 0
    assert again.energy_eV == pytest.approx(first.energy_eV)


def test_a_spoiled_curvature_is_forgotten(rattled, monkeypatch):
    whole = relax(rattled, EMT(), fmax_eV_A=1e-3, max_steps=200, label="Cu")
    monkeypatch.setattr("lithicoat.workflows.mechanics.relaxation.MEMORY_STEPS", 5)
    pieces = relax(rattled, EMT(), fmax_eV_A=1e-3, max_steps=200, label="Cu")
    assert pieces.steps > 5
    assert pieces.energy_eV == pytest.approx(whole.energy_eV, abs=1e-4)


def test_constraints_are_kept(rattled):
    rattled.set_constraint(FixAtoms([0]))
    outcome = relax(rattled, EMT(), fmax_eV_A=0.05, max_steps=200, label="Cu")
    np.testing.assert_array_equal(outcome.atoms.positions[0], rattled.positions[0])


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({"smax_GPa": 0.01}, r"Cu: not converged in 1 steps: largest force .* largest stress .*asked 0\.01"),
        ({}, r"Cu: not converged in 1 steps: largest force \S+ eV/Å \(asked 0\.001\)$"),
    ],
)
def test_not_converged_is_an_error(rattled, limits, sentence):
    with pytest.raises(RunError, match=sentence):
        relax(rattled, EMT(), fmax_eV_A=1e-3, max_steps=1, label="Cu", **limits)


def test_residual_stress_alone_is_not_converged():
    strained = bulk("Cu", cubic=True, a=3.8)  # no force by symmetry
    with pytest.raises(RunError, match="largest stress"):
        relax(strained, EMT(), fmax_eV_A=0.01, smax_GPa=0.01, max_steps=1, label="Cu")


def test_forces_that_are_no_numbers_are_an_error(rattled):
    with pytest.raises(RunError, match="forces are not finite"):
        relax(rattled, Nonsense(), fmax_eV_A=0.01, max_steps=10, label="Cu")


def test_the_document_holds_model_energy_and_stress(rattled, emt):
    model = Model.from_atoms(rattled, name="Cu", kind=ModelKind.CRYSTAL)
    maker = RelaxMaker(spec=RelaxSpec(fmax_eV_A=0.01, smax_GPa=0.05, max_steps=100))
    document = RelaxMaker.make.original(maker, model, emt)
    assert document.density_g_cm3 == document.model.density_g_cm3 > model.density_g_cm3
    assert document.model.recipe["steps"][-1]["step"] == "relax"
    assert max(map(abs, document.stress_GPa)) <= 0.05
    assert type(document).model_validate_json(document.model_dump_json()) == document


def test_progress_counts_steps(rattled):
    told = []

    class Listener:
        def advanced(self, *news):
            told.append(news)

    with listen(Listener()):
        outcome = relax(rattled, EMT(), fmax_eV_A=0.05, max_steps=100, label="Cu relax")
    assert told[-1] == ("Cu relax", outcome.steps, 100, "steps")


def test_a_changed_molecule_is_an_error(tmp_path, monkeypatch, emt):
    validation = pytest.importorskip("lithicoat.structures.validation")
    monkeypatch.setattr(validation, "changed_bonds", lambda _model, _atoms: ["the bond Cu0–Cu1 broke"])
    monkeypatch.chdir(tmp_path)
    atoms = Atoms("Cu2", positions=[[0, 0, 0], [2.2, 0, 0]], cell=[6, 6, 6], pbc=True)
    model = Model.from_atoms(atoms, name="pair", kind=ModelKind.MOLECULAR, bonds=((0, 1),))
    maker = RelaxMaker(spec=RelaxSpec(fmax_eV_A=0.1, smax_GPa=2, max_steps=200))
    with pytest.raises(RunError, match="pair relax: the bond Cu0–Cu1 broke"):
        RelaxMaker.make.original(maker, model, emt)
    assert len(read(tmp_path / "broken.extxyz")) == 2
