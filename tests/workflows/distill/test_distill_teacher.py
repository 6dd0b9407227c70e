"""A teacher in another interpreter: found, asked, interrupted. Here the other interpreter is this one."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT

from lithicoat.workflows import progress
from lithicoat.workflows.distill import teacher_worker
from lithicoat.workflows.distill.frames import FrameFile, read_frames, write_frames
from lithicoat.workflows.distill.labels import read_labels
from lithicoat.workflows.distill.teacher import Teacher, TeacherLabelMaker, TeacherSpec, find_teacher
from lithicoat.workflows.errors import RunError, UsageError

EMT_SPEC = TeacherSpec(
    python=sys.executable, calculator="ase.calculators.emt:EMT", arguments={"asap_cutoff": True}
)


def configurations(number: int = 4, *, symbol: str = "Cu") -> FrameFile:
    frames = []
    for seed in range(number):
        atoms = bulk(symbol, cubic=True)
        atoms.rattle(0.05, seed=seed)
        atoms.info = {"source": "run", "family": "crystal"}
        frames.append(atoms)
    return write_frames(Path("asked.extxyz"), frames)


def label(file: FrameFile, teacher: Teacher):
    return TeacherLabelMaker.make.original(TeacherLabelMaker(), file, teacher)


def test_a_teacher_says_what_it_is():
    found = find_teacher(EMT_SPEC)
    assert found.name == "EMT"
    assert {"ase", "numpy"} <= set(found.versions)
    assert found.weights == {}


def test_what_it_reads_is_hashed():
    """np.load stands for a calculator that reads its weights."""
    import hashlib

    np.savez("weights.npz", numbers=np.arange(5))
    spec = TeacherSpec(python=sys.executable, calculator="numpy:load", arguments={"file": "weights.npz"})
    expected = hashlib.sha256(Path("weights.npz").read_bytes()).hexdigest()
    assert find_teacher(spec).weights == {"weights.npz": expected}


def test_the_same_teacher_elsewhere_is_the_same():
    found = find_teacher(EMT_SPEC)
    moved = found.model_copy(update={"spec": EMT_SPEC.model_copy(update={"python": "/elsewhere/python"})})
    assert moved.content_hash == found.content_hash
    other = found.model_copy(update={"versions": {**found.versions, "ase": "0.1"}})
    assert other.content_hash != found.content_hash


def test_its_labels_are_its_own_and_its_progress_is_told():
    told = []

    class Listener:
        def started(self, step: str) -> None: ...

        def ended(self, step: str, outcome: progress.Outcome) -> None: ...

        def advanced(self, label: str, done: float, total: float, unit: str) -> None:
            told.append((label, done, total, unit))

    file = configurations()
    with progress.listen(Listener()):
        found = label(file, find_teacher(EMT_SPEC))
    assert [entry[1] for entry in told] == [0, 1, 2, 3, 4]
    assert told[-1] == ("labels by EMT", 4, 4, "frames")
    assert found.versions == find_teacher(EMT_SPEC).versions
    for start, atoms in zip(read_frames(file.path), read_labels(found.file.path), strict=True):
        start.calc = EMT(asap_cutoff=True)
        assert atoms.info["REF_energy"] == pytest.approx(start.get_potential_energy(), abs=1e-7)
        assert atoms.arrays["REF_forces"] == pytest.approx(start.get_forces(), abs=1e-6)
        assert atoms.info["REF_stress"] == pytest.approx(start.get_stress(), abs=1e-8)


def test_a_teacher_that_dies_is_told_and_goes_on_later():
    """The third frame holds an element that EMT does not know; corrected, only the rest is computed."""
    file = configurations()
    frames = read_frames(file.path)
    broken = [atoms.copy() for atoms in frames]
    broken[2].symbols[:] = "W"
    teacher = find_teacher(EMT_SPEC)
    with pytest.raises(RunError, match="emt:EMT stopped with exit code 1: ValueError") as e:
        label(write_frames(Path("broken.extxyz"), broken), teacher)
    assert "kept" in e.value.hint
    partial = Path("partial.extxyz")
    assert teacher_worker.complete_frames(partial) == 2
    partial.write_text(partial.read_text().replace("source=run", "source=before"))
    sources = [atoms.info["source"] for atoms in read_labels(label(file, teacher).file.path)]
    assert sources == ["before", "before", "run", "run"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"python": "/no/such/python"}, "there is no Python interpreter /no/such/python"),
        ({"python": "true"}, "did not answer"),
        ({"calculator": "no_such_module:Potential"}, "No module named 'no_such_module'"),
        ({"calculator": "ase.calculators.emt:Nothing"}, "has no attribute 'Nothing'"),
        ({"calculator": "ase.calculators.tip3p:TIP3P"}, "cannot be made by .*asap_cutoff"),
    ],
)
def test_a_teacher_that_is_not_there_is_refused_in_one_sentence(changes, sentence):
    with pytest.raises(UsageError, match=sentence):
        find_teacher(EMT_SPEC.model_copy(update=changes))


def test_a_teacher_that_has_changed_is_refused():
    teacher = find_teacher(EMT_SPEC)
    earlier = teacher.model_copy(update={"versions": {**teacher.versions, "ase": "0.1"}})
    with pytest.raises(
        UsageError, match=r"the versions of the teacher ase\.calculators\.emt:EMT have changed"
    ):
        label(configurations(1), earlier)


def test_the_worker_needs_nothing_of_ours():
    """It is run by interpreters without lithicoat, pydantic or torch."""
    code = (
        "import sys, runpy; sys.modules.update(dict.fromkeys(['lithicoat', 'pydantic', 'torch', 'jobflow']));"
        f"sys.argv[1:] = ['request.json']; runpy.run_path({teacher_worker.__file__!r}, run_name='__main__')"
    )
    Path("request.json").write_text('{"calculator": "ase.calculators.emt:EMT", "arguments": {}}')
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert '"teacher"' in done.stdout
