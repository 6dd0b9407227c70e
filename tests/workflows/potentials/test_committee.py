"""Means and spreads of a committee of Lennard-Jones wells, whose answers are in the ratio of their depths."""

import math

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.calculators.lj import LennardJones

from lithicoat.analysis.mechanics.elasticity import ElasticResult
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows import screening
from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.mechanics.elastic import ElasticMaker
from lithicoat.workflows.mechanics.moduli import elastic_properties
from lithicoat.workflows.potentials import committee
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.committee import evaluate, members_of, sisters_of
from lithicoat.workflows.potentials.registry import PotentialRef, info, register
from lithicoat.workflows.protocols import Preset, preset
from lithicoat.workflows.screening import ScreeningMaker

DEPTHS = (0.08, 0.10, 0.15)


@pytest.fixture(scope="module")
def refs() -> list[PotentialRef]:
    """Energies, forces, stresses and moduli of these are in the ratio of their depths."""

    def well(depth: float) -> LennardJones:
        return LennardJones(sigma=2.7, epsilon=depth, rc=5.0, smooth=True)

    return [
        register(f"well-{depth:g}", lambda depth=depth: well(depth), elements=("Li",)) for depth in DEPTHS
    ]


@pytest.fixture
def cell() -> Atoms:
    atoms = bulk("Li", "fcc", a=4.15, cubic=True)
    atoms.rattle(0.1, seed=0)
    return atoms


def test_means_and_spreads_are_those_of_the_depths(cell: Atoms, refs: list[PotentialRef]):
    found = evaluate(cell, [potentials.factory(ref)() for ref in refs])
    cell.calc = LennardJones(sigma=2.7, epsilon=1.0, rc=5.0, smooth=True)
    mean, spread = np.mean(DEPTHS), np.std(DEPTHS, ddof=1)
    assert found.members == 3
    assert found.energy_eV == pytest.approx(mean * cell.get_potential_energy())
    assert found.energy_spread_eV == pytest.approx(spread * abs(cell.get_potential_energy()))
    np.testing.assert_allclose(found.forces_eV_A, mean * cell.get_forces(), atol=1e-12)
    np.testing.assert_allclose(found.forces_spread_eV_A, spread * abs(cell.get_forces()), atol=1e-12)
    np.testing.assert_allclose(found.stress_eV_A3, mean * cell.get_stress(), atol=1e-12)
    np.testing.assert_allclose(found.stress_spread_eV_A3, spread * abs(cell.get_stress()), atol=1e-12)
    strengths = np.linalg.norm(cell.get_forces(), axis=1)
    np.testing.assert_allclose(found.atom_spreads_eV_A, spread * strengths, atol=1e-12)


def test_members_that_agree_have_no_spread(cell: Atoms):
    cell.symbols[:] = "Cu"
    found = evaluate(cell, [EMT(), EMT()])
    assert found.energy_spread_eV == 0
    assert not found.forces_spread_eV_A.any()
    assert cell.calc is None


def test_one_has_no_spread(cell: Atoms):
    with pytest.raises(PotentialError, match="a committee of 1 has no spread"):
        evaluate(cell, [EMT()])


def test_sisters_come_from_the_registry(monkeypatch: pytest.MonkeyPatch, refs: list[PotentialRef]):
    assert sisters_of(refs[0]) == ()
    entry = info(refs[0]).model_copy(update={"committee": (refs[1].id, refs[2].id)})
    monkeypatch.setattr(committee, "shipped", lambda ref: entry if ref == refs[0] else None)
    assert sisters_of(refs[0]) == (refs[1], refs[2])
    assert [member.parameters.epsilon for member in members_of(refs[0])] == list(DEPTHS)


def test_moduli_carry_the_spread_of_the_same_cell(refs: list[PotentialRef]):
    """The moduli of the wells are proportional to their depths, and so is their spread."""
    spec = preset(Preset.QUICK).elastic
    model = Model.from_atoms(bulk("Li", "fcc", a=4.148, cubic=True), name="well", kind=ModelKind.CRYSTAL)

    def measured(ref: PotentialRef) -> ElasticResult:
        return ElasticMaker.make.original(ElasticMaker(spec=spec), model, ref).result

    results = [measured(ref) for ref in refs]
    alone = elastic_properties(results[:1], refs[0])
    found = elastic_properties(results[:1], refs[0], [[result] for result in results[1:]])
    own = alone["shear_modulus"]
    spread = np.std(DEPTHS, ddof=1) / DEPTHS[0] * own.value
    assert found["shear_modulus"].value == own.value
    assert found["shear_modulus"].uncertainty == pytest.approx(math.hypot(own.uncertainty, spread), rel=1e-3)
    assert any(flag.startswith("n=3 committee") for flag in found["shear_modulus_calibrated"].flags)
    assert found["lowest_elastic_eigenvalue"] == alone["lowest_elastic_eigenvalue"]


def test_sisters_measure_the_cells_of_the_first(monkeypatch: pytest.MonkeyPatch, refs: list[PotentialRef]):
    monkeypatch.setattr(screening, "sisters_of", lambda _potential: tuple(refs[1:]))
    maker = ScreeningMaker(protocol=preset(Preset.QUICK))
    model = Model.from_atoms(bulk("Li", "fcc", a=4.15), name="well", kind=ModelKind.CRYSTAL)
    _, relaxed = maker.prepare(model, refs[0], seed=0)
    found = maker.committee_elastic(relaxed, refs[0])
    assert [[job.name for job in jobs] for jobs in found] == [
        ["elastic by member 2"],
        ["elastic by member 3"],
    ]
    assert [job.function_args[1] for (job,) in found] == refs[1:]
