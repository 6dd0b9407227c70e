"""Labels by potentials of the registry: single points that survive a kill."""

from pathlib import Path

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from jobflow import Flow, run_locally

from lithicoat.workflows import progress
from lithicoat.workflows.distill.frames import FrameFile, read_frames, write_frames
from lithicoat.workflows.distill.labelling import LabelMaker
from lithicoat.workflows.distill.labels import read_labels
from lithicoat.workflows.distill.teacher_worker import complete_frames
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.potentials.registry import PotentialRef, register
from lithicoat.workflows.progress import Outcome
from lithicoat.workflows.steps import run_alone
from lithicoat.workflows.storage import open_store


class Mortal(EMT):
    """EMT that dies at the call number `LIFE`."""

    LIFE, calls = 10**6, 0

    def calculate(self, *args, **kwargs):
        if Mortal.calls >= Mortal.LIFE:
            raise KeyboardInterrupt
        Mortal.calls += 1
        super().calculate(*args, **kwargs)


@pytest.fixture
def mortal() -> PotentialRef:
    Mortal.LIFE, Mortal.calls = 10**6, 0
    return register("mortal", Mortal, elements=["Cu", "Al"])


def configurations(scales=(0.05, 0.1, 0.02, 0.08, 0.12), *, symbol: str = "Cu") -> FrameFile:
    frames = []
    for number, scale in enumerate(scales):
        atoms = bulk(symbol, cubic=True)
        atoms.rattle(scale, seed=number)
        atoms.info = {"source": f"run-{number}", "family": "crystal", "note": f"rattle {scale} A"}
        frames.append(atoms)
    return write_frames(Path("configurations.extxyz"), frames)


def make(file: FrameFile, ref: PotentialRef, **maker):
    return LabelMaker.make.original(LabelMaker(**maker), file, ref)


def test_labels_are_those_of_the_atoms_where_they_are(mortal):
    file = configurations()
    found = make(file, mortal)
    assert (found.labeller, found.identity, found.dropped) == ("mortal", mortal.sha256, 0)
    for start, atoms in zip(read_frames(file.path), read_labels(found.file.path), strict=True):
        assert atoms.positions == pytest.approx(start.positions, abs=1e-8)
        start.calc = EMT()
        assert atoms.info["REF_energy"] == pytest.approx(start.get_potential_energy(), abs=1e-9)
        assert atoms.arrays["REF_forces"] == pytest.approx(start.get_forces(), abs=1e-8)
        assert atoms.info["REF_stress"] == pytest.approx(start.get_stress(), abs=1e-10)
        assert {key: atoms.info[key] for key in ("source", "family", "note")} == {
            key: start.info[key] for key in ("source", "family", "note")
        }


def test_a_kill_costs_no_label(mortal):
    file = configurations()
    Mortal.LIFE = 3
    with pytest.raises(KeyboardInterrupt):
        make(file, mortal)
    partial = Path("partial.extxyz")
    assert complete_frames(partial) == 3
    partial.write_bytes(partial.read_bytes()[:-20])  # the third was half written
    Mortal.LIFE, Mortal.calls = 10**6, 0
    found = make(file, mortal)
    assert Mortal.calls == 3
    assert [a.info["source"] for a in read_labels(found.file.path)] == [f"run-{n}" for n in range(5)]
    assert not partial.exists()


@pytest.mark.parametrize("cut", [0, 1, 30, 200, 500])
def test_only_whole_frames_count(cut):
    whole = Path(configurations((0.1, 0.1)).path).read_bytes()
    path = Path("cut.extxyz")
    path.write_bytes(whole[: len(whole) - cut])
    count = complete_frames(path)
    assert count == (2 if cut == 0 else 1 if cut < len(whole) // 2 else 0)
    assert path.read_bytes() == whole[: len(whole) // 2 * count]
    assert complete_frames(Path("nowhere.extxyz")) == 0


def test_frames_beyond_belief_are_dropped_and_counted(mortal):
    file = configurations()
    largest = []
    for atoms in read_frames(file.path):
        atoms.calc = EMT()
        largest.append(np.linalg.norm(atoms.get_forces(), axis=1).max())
    limit = float(np.mean(sorted(largest)[2:4]))
    found = make(file, mortal, max_force_eV_A=limit)
    assert (found.dropped, found.file.frames) == (2, 3)
    assert found.flags[0].startswith("2 of 5 frames dropped: forces above")
    with pytest.raises(RunError, match="all 5 configurations have forces above 1e-06 eV/Å"):
        make(file, mortal, max_force_eV_A=1e-6)


def test_an_element_that_the_potential_does_not_know_is_refused(mortal):
    with pytest.raises(UsageError, match="mortal"):
        make(configurations(symbol="Ni"), mortal)


class Recorder:
    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def started(self, step: str) -> None: ...

    def advanced(self, label: str, done: float, total: float, unit: str) -> None: ...

    def ended(self, _step: str, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_same_configurations_are_labelled_once(mortal, tmp_path):
    """Wherever the file of configurations lies: it counts by its content."""
    file = configurations()
    (tmp_path / "moved.extxyz").write_bytes(Path(file.path).read_bytes())
    moved = file.model_copy(update={"path": str(tmp_path / "moved.extxyz")})
    store, recorder = open_store(tmp_path / "db"), Recorder()
    for given in (file, moved):
        with progress.listen(recorder), run_alone():
            run_locally(Flow([LabelMaker().make(given, mortal)]), store=store, log=False)
    assert recorder.outcomes == [Outcome.DONE, Outcome.REUSED]
