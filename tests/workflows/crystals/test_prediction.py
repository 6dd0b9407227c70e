"""Relaxing, rejecting, ranking and confirming crystals, with effective-medium and pair potentials."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT

from lithicoat.structures.crystals import candidates
from lithicoat.structures.crystals.candidates import crystal_candidates, units_intact
from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.crystals.prototypes import Prototype
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.crystals.prediction import (
    CONFIRM,
    AttemptDocument,
    AttemptMaker,
    ConfirmMaker,
    lowest,
)
from lithicoat.workflows.crystals.search import Search
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.potentials.registry import PotentialRef, register, resolve
from lithicoat.workflows.progress import Outcome
from lithicoat.workflows.protocols import RelaxSpec

pytestmark = pytest.mark.filterwarnings("ignore")

EQUAL = 1 / 2
L1_0 = Atoms("CuAu", scaled_positions=[(0, 0, 0), (EQUAL, EQUAL, EQUAL)], cell=[2.8, 2.8, 3.7], pbc=True)
TYPES = (
    Prototype("L1_0", "test", L1_0),
    Prototype("B2", "test", bulk("CuZn", "cesiumchloride", a=2.95)),
    Prototype("B1", "test", bulk("CuAu", "rocksalt", a=5.2)),
    Prototype("A1", "test", bulk("Ni", "fcc", a=3.52)),
    Prototype("A15", "test", bulk("W", "bcc", a=3.17)),
    Prototype("Ah", "test", bulk("Po", "sc", a=3.35)),
)


class Listener:
    """Counts how steps end."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def started(self, step: str) -> None: ...

    def advanced(self, *_: Any) -> None: ...

    def ended(self, step: str, outcome: Outcome) -> None:  # noqa: ARG002 - a listener's signature
        self.outcomes.append(outcome)


@pytest.fixture
def emt() -> PotentialRef:
    return register("prediction-emt", EMT, elements=("Cu", "Au", "Ni"))


@pytest.fixture
def few_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "prototypes", lambda: TYPES)


def _search(formula: str, potential: PotentialRef) -> Search:
    return Search(formula=formula, potential=potential, check_potential=None, keep=2, seed=0)


def _crystal(atoms: Atoms, name: str) -> Model:
    return Model.from_atoms(atoms, name=name, kind=ModelKind.CRYSTAL)


@pytest.mark.usefixtures("few_types")
def test_copper_is_face_centred(emt: PotentialRef, tmp_path: Path):
    starts = crystal_candidates("Cu", number=3)
    first, *_ = _search("Cu", emt).run(starts, tmp_path / "db", None).crystals
    assert first.space_group_number == 225
    assert first.density_g_cm3 == pytest.approx(8.93, rel=0.03)
    assert first.stable


@pytest.mark.usefixtures("few_types")
def test_copper_gold_orders_in_layers_and_is_found_once(emt: PotentialRef, tmp_path: Path):
    """L1_0 is the ground state of CuAu; a finished search is read back, not computed again."""
    starts = crystal_candidates("CuAu", number=2)
    once, again = Listener(), Listener()
    prediction = _search("CuAu", emt).run(starts, tmp_path / "db", once)
    first = prediction.crystals[0]
    assert (first.space_group, first.space_group_number) == ("P4/mmm", 123)
    assert first.stable
    (flag,) = first.energy_above_hull.flags
    assert flag.startswith("prediction-emt has no record of reference energies")
    assert sorted(first.model.symbols) == ["Au", "Cu"]
    assert first.model.recipe["origin"] == "predicted"
    energies = [crystal.energy_eV_atom for crystal in prediction.crystals]
    assert energies == sorted(energies)
    repeated = _search("CuAu", emt).run(starts, tmp_path / "db", again)
    assert repeated == prediction
    assert set(again.outcomes) == {Outcome.REUSED}
    assert len(again.outcomes) == len(once.outcomes)


def test_a_saddle_is_no_stable_crystal(emt: PotentialRef):
    """Simple cubic copper is a stationary point that no force leaves; shifts lead to fcc or near it."""
    simple = _crystal(bulk("Cu", "sc", a=2.4).repeat((2, 2, 1)), "Cu")
    found = ConfirmMaker.make.original(ConfirmMaker(), simple, emt)
    assert not found.stable
    assert "another crystal" in found.verdict
    fixed = relax(simple.atoms, EMT(), label="Cu", **CONFIRM.model_dump()).energy_eV
    assert found.energy_eV < fixed - 0.1


def test_a_start_that_does_not_converge_is_told_not_raised(emt: PotentialRef):
    maker = AttemptMaker(spec=RelaxSpec(fmax_eV_A=1e-4, smax_GPa=1e-4, max_steps=1))
    found = AttemptMaker.make.original(maker, _crystal(L1_0, "CuAu"), emt)
    assert found.model is None
    assert "not converged in 1 steps" in found.reason


def test_a_start_that_collapses_is_rejected(emt: PotentialRef):
    loose = _crystal(bulk("Cu", "fcc", a=4.7), "Cu")
    found = AttemptMaker.make.original(AttemptMaker(), loose, emt)
    assert found.model is None
    assert "the volume went to 0.4" in found.reason


def test_a_start_without_the_units_is_rejected(emt: PotentialRef):
    found = AttemptMaker.make.original(AttemptMaker(unit="SO3"), _crystal(L1_0, "CuAu"), emt)
    assert found.model is not None  # no S and no O: nothing is missing
    assert not units_intact(load_crystal("Li2SO4_14.cif"), "SO3")


def test_the_lowest_different_crystals():
    cells = [bulk("Cu", "fcc", a=3.6), bulk("Cu", "fcc", a=3.6).repeat((1, 1, 2)), bulk("Cu", "bcc", a=2.9)]
    attempts = [
        AttemptDocument(start=_crystal(cell, "Cu"), model=_crystal(cell, "Cu"), energy_eV_atom=energy)
        for cell, energy in zip(cells, (-3.5, -3.6, -3.4), strict=True)
    ]
    found = lowest(attempts, 5)
    assert [len(model.symbols) for model in found] == [2, 1]


def test_no_start_became_a_crystal():
    failed = AttemptDocument(start=_crystal(L1_0, "CuAu"), reason="the volume went to 3.10 of the start's")
    with pytest.raises(
        RunError, match=r"none of 2 starts for CuAu became a crystal: the volume went to 3\.10"
    ):
        lowest([failed, failed], 3)


@pytest.mark.slow
@pytest.mark.parametrize("potential", ["mace-lithicoat-1", "chgnet"])
def test_the_shipped_sulfite_is_a_minimum(potential: str):
    """Its cell stays within 3 % in volume, its pyramids stay whole: S-O 1.5 Å, O-S-O below 110°."""
    from lithicoat.workflows.potentials.calculators import calculator

    start = load_crystal("Li2SO3_36.cif")
    shifted = start.copy()
    shifted.rattle(0.03, rng=np.random.default_rng(0))
    found = relax(
        shifted, calculator(resolve(potential)), label="Li2SO3", fmax_eV_A=0.02, smax_GPa=0.05, max_steps=300
    ).atoms
    assert found.get_volume() == pytest.approx(start.get_volume(), rel=0.03)
    assert units_intact(found, "SO3")
    sulfur = found.get_chemical_symbols().index("S")
    near = sorted(found.get_distance(sulfur, i, mic=True) for i, s in enumerate(found.symbols) if s == "O")
    assert near[2] == pytest.approx(1.53, abs=0.05)
    assert near[3] > 2.4
