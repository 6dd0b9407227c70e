"""The guard that a distillation leaves, on a pair potential with descriptors."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.lj import LennardJones
from ase.neighborlist import neighbor_list

from lithicoat.workflows.distill.guarding import GuardMaker
from lithicoat.workflows.distill.labels import LabelFile, write_labels
from lithicoat.workflows.potentials.guard import Guard
from lithicoat.workflows.potentials.registry import register, sha256_of_file


class Described(LennardJones):
    def get_descriptors(self, atoms: Atoms, *, invariants_only: bool) -> np.ndarray:  # noqa: ARG002
        centres, lengths = neighbor_list("id", atoms, 8.0)
        return np.array([np.sort(lengths[centres == index])[:12] for index in range(len(atoms))])


def labelled(file: Path, *, seed: int) -> LabelFile:
    cells = []
    for index in range(5):
        cell = bulk("Li", "fcc", a=4.15, cubic=True).repeat((2, 2, 2))
        cell.rattle(0.1, seed=seed + index)
        cell.calc = LennardJones(sigma=2.7, epsilon=0.1, rc=5.0, smooth=True)
        cell.info = {"REF_energy": cell.get_potential_energy(), "source": f"{seed}-{index}", "family": "lj"}
        cell.arrays["REF_forces"] = cell.get_forces()
        cell.calc = None
        cells.append(cell)
    return write_labels(file, cells)


def test_the_step_writes_a_guard_of_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    ref = register("described-too", Described, elements=("Li",))
    train = labelled(tmp_path / "train.extxyz.gz", seed=0)
    test = labelled(tmp_path / "test.extxyz.gz", seed=100)
    (tmp_path / "steps" / "key").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "steps" / "key")
    document = GuardMaker.make.original(GuardMaker(), train, test, ref)
    file = tmp_path / "steps" / document.file
    assert sha256_of_file(file) == document.sha256
    guard = Guard.model_validate_json(file.read_bytes())
    assert guard.sha256 == ref.sha256
    assert document.train_atoms == document.test_atoms == {"Li": 160}
    assert document.thresholds == {"Li": guard.elements["Li"].threshold}
    assert document.test_cells == 5
    assert document.test_cells_flagged <= 2
