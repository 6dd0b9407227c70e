"""Active learning chooses what is least known."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT

from lithicoat.workflows.distill.frames import FrameFile, read_frames, write_frames
from lithicoat.workflows.distill.selection import SelectMaker, SelectSpec, farthest_frames
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.registry import PotentialRef, register


class Softened(EMT):
    """EMT with forces a tenth too small: disagrees most where forces are largest."""

    def calculate(self, *args, **kwargs):
        super().calculate(*args, **kwargs)
        self.results["forces"] = 0.9 * self.results["forces"]


class Descriptive(EMT):
    """One descriptor per atom: the sum of its distances to all others."""

    def get_descriptors(self, atoms, **_options):
        return atoms.get_all_distances(mic=True).sum(axis=1, keepdims=True)


def rattled(scales, *, source="run") -> list[Atoms]:
    frames = []
    for number, scale in enumerate(scales):
        atoms = bulk("Cu", cubic=True).repeat(2)
        atoms.rattle(scale, seed=number)
        atoms.info = {"source": f"{source}-{number % 2}", "family": "crystal"}
        frames.append(atoms)
    return frames


def candidates(scales) -> FrameFile:
    return write_frames(Path("candidates.extxyz"), rattled(scales))


def refs(*makers) -> list[PotentialRef]:
    return [register(f"select-{maker.__name__.lower()}", maker, elements=["Cu"]) for maker in makers]


def select(spec: SelectSpec, *inputs):
    return SelectMaker.make.original(SelectMaker(spec), *inputs)


def test_a_committee_chooses_where_it_disagrees():
    file = candidates([0.01, 0.2, 0.05, 0.15])
    found = select(SelectSpec(frames=2), [file], refs(EMT, Softened))
    frames = read_frames(found.file.path)
    assert [atoms.info["choice"] for atoms in frames] == [0, 1]
    expected = []
    for atoms in rattled([0.01, 0.2, 0.05, 0.15]):
        atoms.calc = EMT()
        # two values a and 0.9 a have the sample standard deviation 0.1 a / sqrt(2)
        expected.append(0.1 / np.sqrt(2) * np.linalg.norm(atoms.get_forces(), axis=1).max())
    assert found.scores == pytest.approx(sorted(expected)[:1:-1], rel=1e-5)
    assert found.median_score == pytest.approx(np.median(expected), rel=1e-5)
    assert found.candidates == 4


def test_no_trajectory_takes_all_places():
    file = candidates([0.2, 0.01, 0.2, 0.01])  # both strong ones stem from run-0
    found = select(SelectSpec(frames=2, per_source=1), [file], refs(EMT, Softened))
    assert {atoms.info["source"] for atoms in read_frames(found.file.path)} == {"run-0", "run-1"}


def test_a_single_model_chooses_what_is_far_from_what_it_knows():
    known = write_frames(Path("known.extxyz"), rattled([0.01, 0.02]))
    found = select(SelectSpec(frames=1), [candidates([0.02, 0.25, 0.05])], refs(Descriptive), known)
    assert read_frames(found.file.path)[0].positions == pytest.approx(
        rattled([0.02, 0.25])[1].positions, abs=1e-6
    )
    assert found.scores[0] > found.median_score


def test_a_model_without_descriptors_cannot_choose_alone():
    with pytest.raises(UsageError, match="select-emt has no descriptors"):
        select(SelectSpec(), [candidates([0.1])], refs(EMT))


def test_nothing_to_choose_from_is_refused():
    with pytest.raises(UsageError, match="needs candidates and at least one model"):
        select(SelectSpec(), [candidates([0.1])], [])


def rows(*values: float) -> dict[str, np.ndarray]:
    return {"Li": np.array(values, dtype=float)[:, None]}


def test_farthest_first_on_a_line():
    """Known 0; candidates 1, 10, 9.5, 5: first 10, then 5 (4.5 from 9.5's side, 5 from both ends), then 1."""
    frames = [rows(1), rows(10), rows(9.5), rows(5)]
    chosen, distances, median = farthest_frames(frames, rows(0), count=3, sources=list("abcd"))
    assert chosen == [1, 3, 0]
    assert distances == pytest.approx([10, 5, 1])
    assert median == pytest.approx(7.25)


def test_a_frame_counts_by_its_strangest_atom_and_elements_by_themselves():
    frames = [{"Li": np.array([[0.0], [3.0]])}, {"Li": np.array([[2.0]]), "O": np.array([[0.1]])}]
    known = {"Li": np.array([[0.0]]), "O": np.array([[0.0]])}
    chosen, distances, _ = farthest_frames(frames, known, count=2, sources=["a", "b"])
    assert chosen == [0, 1]
    assert distances == pytest.approx([3, 1])  # Li at 2 is 1 from the Li at 3; O at 0.1 is 0.1 away


def test_an_element_never_seen_comes_first_and_copies_not_at_all():
    frames = [rows(5), {"O": np.array([[0.0]])}, rows(5)]
    chosen, distances, _ = farthest_frames(frames, rows(0), count=3, sources=list("abc"))
    assert chosen == [1, 0]
    assert distances == pytest.approx([5, 5])
