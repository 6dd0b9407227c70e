"""Configurations from models: how far they are, what they are called, what is dropped."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.emt import EMT
from ase.io import write

from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.distill.frames import read_frames
from lithicoat.workflows.distill.sampling import (
    DynamicsSampleMaker,
    DynamicsSpec,
    RattleMaker,
    RattleSpec,
    StrainMaker,
    StrainSpec,
    models_of_file,
)
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.potentials.registry import PotentialRef, register


def model(symbol: str = "Cu", *, repeat: int = 2, seed: int | None = None) -> Model:
    atoms = bulk(symbol, cubic=True).repeat(repeat)
    return Model.from_atoms(atoms, name=symbol, kind=ModelKind.CRYSTAL, seed=seed)


def sample(maker, *inputs):
    return type(maker).make.original(maker, *inputs)


@pytest.fixture
def emt() -> PotentialRef:
    return register("emt-sampling", EMT, elements=["Cu", "Al"])


def test_rattled_atoms_are_as_far_as_asked():
    found = sample(RattleMaker(RattleSpec(amplitudes_A=(0.01, 0.1), frames_per_amplitude=4), 3), [model()])
    frames = read_frames(found.file.path)
    assert (found.dropped, found.file.frames) == (0, 8)
    assert {(a.info["source"], a.info["family"]) for a in frames} == {("Cu", "crystal")}
    start = model().atoms
    for atoms, amplitude in zip(frames, [0.01] * 4 + [0.1] * 4, strict=True):
        moved = np.linalg.solve(start.cell.T, (atoms.positions - start.positions).T).T
        moved = (moved - moved.round()) @ start.cell.array
        assert np.sqrt((moved**2).mean()) == pytest.approx(amplitude, rel=0.25)
        assert f"{amplitude:g}" in atoms.info["note"]


def test_the_seed_decides():
    spec = RattleSpec(amplitudes_A=(0.1,), frames_per_amplitude=1)
    files = [sample(RattleMaker(spec, seed), [model()]).file.sha256 for seed in (1, 1, 2)]
    assert files[0] == files[1] != files[2]


def test_replicas_are_sources_of_their_own():
    found = sample(RattleMaker(RattleSpec(), 0), [model(seed=1), model(seed=2)])
    assert {atoms.info["source"] for atoms in read_frames(found.file.path)} == {"Cu-1", "Cu-2"}


def test_strains_stay_within_their_limits_and_reach_them():
    spec = StrainSpec(frames=60, volume=0.06, shear=0.02)
    frames = read_frames(sample(StrainMaker(spec, 0), [model(repeat=1)]).file.path)
    start = model(repeat=1).atoms
    assert len(frames) == 61
    assert frames[0].cell.array == pytest.approx(start.cell.array)
    volumes = np.array([atoms.get_volume() / start.get_volume() - 1 for atoms in frames])
    assert 0.05 < np.abs(volumes).max() <= 0.06 + 1e-6
    for atoms in frames:
        strain = np.linalg.solve(start.cell.array, atoms.cell.array) - np.eye(3)
        assert strain == pytest.approx(strain.T, abs=1e-7)
        shear = strain - np.eye(3) * np.trace(strain) / 3
        assert np.abs(shear[~np.eye(3, dtype=bool)]).max() <= 0.0205
        assert atoms.info["family"] == "elastic"


def test_frames_with_atoms_too_close_are_dropped_and_named():
    spec = RattleSpec(amplitudes_A=(0.01, 0.8), frames_per_amplitude=3)
    found = sample(RattleMaker(spec, 0), [model()])
    assert (found.dropped, found.file.frames) == (3, 3)
    assert "3 of 6 dropped, atoms too close: Cu (rattle 0.8 A): Cu" in found.notes[0]
    with pytest.raises(RunError, match="sampling gave no configuration to keep: Cu"):
        sample(RattleMaker(spec.model_copy(update={"amplitudes_A": (2.0,)}), 0), [model()])


def test_snapshots_of_dynamics(emt, tmp_path, monkeypatch):
    spec = DynamicsSpec(
        temperatures_K=(300, 900), duration_ps=0.1, stride_fs=20, timestep_fs=2, equilibration_ps=0.02
    )
    maker = DynamicsSampleMaker(spec, 5)
    found = sample(maker, model(), emt)
    frames = read_frames(found.file.path)
    assert len(frames) == 10
    runs = {atoms.info["source"] for atoms in frames}
    assert runs == {f"Cu-{t}K-s5-{emt.sha256[:6]}" for t in (300, 900)}
    assert [atoms.info["note"] for atoms in frames[:2]] == ["MD 300 K, 0.020 ps", "MD 300 K, 0.040 ps"]
    cold, hot = (np.mean([_disorder(a) for a in frames if f"-{t}K-" in a.info["source"]]) for t in (300, 900))
    assert hot > cold > 0
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    other = read_frames(sample(replace(maker, seed=6), model("Al"), emt).file.path)
    assert not runs & {atoms.info["source"] for atoms in other}


def _disorder(atoms: Atoms) -> float:
    atoms = atoms.copy()
    atoms.calc = EMT()
    return float(np.abs(atoms.get_forces()).mean())


class Falling(Calculator):
    """Forces that pull all atoms to the middle of the cell: every run breaks."""

    implemented_properties = ("energy", "forces", "stress")

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        middle = atoms.cell.array.sum(axis=0) / 2
        forces = 20 * (middle - atoms.positions)
        self.results = {"energy": -float((forces**2).sum()) / 40, "forces": forces, "stress": np.zeros(6)}


def test_a_run_that_breaks_gives_the_frames_before():
    falling = register("falling", Falling, elements=["Cu"])
    spec = DynamicsSpec(
        temperatures_K=(300,), duration_ps=1, stride_fs=1, equilibration_ps=0, settle=False, closest=0.3
    )
    found = sample(DynamicsSampleMaker(spec, 0), model(), falling)
    assert 1 < found.file.frames < 1000
    assert found.notes[0].startswith("Cu 300 K: ")


def test_an_element_that_the_potential_does_not_know_is_refused(emt):
    with pytest.raises(UsageError, match="emt-sampling"):
        sample(DynamicsSampleMaker(DynamicsSpec(), 0), model("Ni"), emt)


def test_frames_of_a_file_become_models():
    write("cells.extxyz", [bulk("Cu"), bulk("Al", cubic=True)], format="extxyz")
    models = models_of_file(Path("cells.extxyz"))
    assert [(m.name, m.formula) for m in models] == [("cells-1", "Cu"), ("cells-2", "Al4")]
    write("cluster.extxyz", [Atoms("Cu2", positions=[[0, 0, 0], [2.5, 0, 0]])], format="extxyz")
    with pytest.raises(UsageError, match=r"frame 1 of cluster\.extxyz is not periodic"):
        models_of_file(Path("cluster.extxyz"))
