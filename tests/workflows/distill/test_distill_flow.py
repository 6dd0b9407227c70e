"""How a distillation is wired, and what its user finds at the end."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.emt import EMT
from jobflow import Flow, run_locally

from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.distill.config import DistillConfig
from lithicoat.workflows.distill.flow import (
    Beginnings,
    DistillDocument,
    DistillInputs,
    DistillMaker,
    ValidateMaker,
)
from lithicoat.workflows.distill.frames import FrameFile
from lithicoat.workflows.distill.gathering import gather
from lithicoat.workflows.distill.inputs import find_inputs
from lithicoat.workflows.distill.labels import write_labels
from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.potentials.registry import PotentialRef, register
from lithicoat.workflows.storage import open_store

SETTINGS: dict[str, Any] = {
    "name": "mine",
    "committee": [1, 2],
    "labeller": {"potential": "chgnet"},
    "labels": {"fewest_atoms": 1},
}


def _labels(folder: Path, name: str = "labels") -> FrameFile:
    frames = []
    for number in range(10):
        atoms = Atoms("Cu2", positions=[[0, 0, 0], [1.9 + 0.1 * number, 0, 0]], cell=[9, 9, 9], pbc=True)
        atoms.calc = EMT()
        energy, forces = atoms.get_potential_energy(), atoms.get_forces()
        atoms.calc = None
        atoms.info = {"REF_energy": energy, "family": "dimer", "source": f"{name} {number}"}
        atoms.arrays["REF_forces"] = forces
        frames.append(atoms)
    return write_labels(folder / f"{name}.extxyz", frames)


def _flow(folder: Path, **settings: Any) -> Flow:
    start = settings.pop("start", None)
    file = _labels(folder)
    config = DistillConfig.model_validate({**SETTINGS, "labels": {"train": [file.path]}, **settings})
    cell = Model.from_atoms(Atoms("Cu", cell=[4, 4, 4], pbc=True), name="cell", kind=ModelKind.CRYSTAL)
    rounds = config.active.labelled if config.active else ()
    inputs = DistillInputs(
        train=[file],
        test=[],
        rounds=[_labels(folder, path.stem) for path in rounds],
        start=start,
        labeller=PotentialRef(id="chgnet", sha256="0"),
        mover=PotentialRef(id="chgnet", sha256="0"),
        sample=Beginnings(cells=(cell,), coatings=(load_catalog(None).find("LiF"),)),
        active=Beginnings(cells=(cell,)),
    )
    return DistillMaker(config=config).make(inputs)


def _parents(flow: Flow, name: str) -> set[str]:
    names = {job.uuid: job.name for job in flow.jobs}
    (job,) = (job for job in flow.jobs if job.name == name)
    return {names[uuid] for uuid in job.input_uuids}


def test_labels_lead_to_a_committee_its_errors_and_cards(tmp_path: Path):
    flow = _flow(tmp_path)
    assert [job.name for job in flow.jobs] == [
        "collect",
        "prepare",
        "train seed 1",
        "train seed 2",
        "errors seed 1",
        "errors seed 2",
        "cards",
    ]
    assert _parents(flow, "errors seed 2") == {"prepare", "train seed 2"}


def test_samples_are_labelled_before_the_first_training(tmp_path: Path):
    flow = _flow(tmp_path, sample={"rattle": {}, "dynamics": {}, "models": {"films": ["LiF"]}})
    assert _parents(flow, "rattle") == {"build LiF (sample)"}
    assert _parents(flow, "label dynamics 2") == {"dynamics 2"}
    assert _parents(flow, "prepare") == {"collect", "label rattle", "label dynamics 1", "label dynamics 2"}


def test_an_active_round_goes_on_from_its_own_model(tmp_path: Path):
    flow = _flow(tmp_path, active={"rounds": 1})
    assert _parents(flow, "round 1 dynamics 1") == {"train seed 1"}
    assert _parents(flow, "round 1 select") == {
        "round 1 dynamics 1",
        "train seed 1",
        "train seed 2",
        "prepare",
    }
    assert _parents(flow, "train seed 2, round 1") == {"prepare, round 1", "train seed 2"}
    assert _parents(flow, "cards") >= {"prepare, round 1", "train seed 2, round 1", "round 1 label"}


def test_a_round_with_labels_only_trains(tmp_path: Path):
    path = _labels(tmp_path, "added").path
    flow = _flow(tmp_path, active={"rounds": 1, "labelled": [path], "start": "scratch"})
    names = [job.name for job in flow.jobs]
    assert "collect round 1" in names
    assert not any("dynamics" in name or "select" in name for name in names)
    assert _parents(flow, "train seed 1, round 1") == {"prepare, round 1"}


def test_fine_tuning_compares_with_the_model_before(tmp_path: Path):
    start = PotentialRef(id="old", sha256="1", path="/old.model")
    flow = _flow(tmp_path, start=start, training={"foundation": "old.model"})
    assert _parents(flow, "errors before fine-tuning") == {"prepare"}
    assert "errors before fine-tuning" in _parents(flow, "cards")


def test_a_guard_is_fitted_if_asked(tmp_path: Path):
    assert _parents(_flow(tmp_path, guard=True), "guard") == {"prepare", "train seed 1"}


def test_the_errors_step_runs_in_a_database_and_is_reused(tmp_path: Path):
    ref = register("emt-of-flow", EMT, elements=["Cu"])
    labels = _labels(tmp_path)
    for _ in range(2):
        job = ValidateMaker().make(labels, ref)
        output = run_locally(job, store=open_store(tmp_path / "db"), log=False)[job.uuid][1].output
        assert output.errors.overall.forces_mae_eV_A.value == pytest.approx(0, abs=1e-8)
    assert job.metadata["reused"]


def test_without_a_test_set_there_are_no_errors():
    ref = PotentialRef(id="none", sha256="0")
    assert ValidateMaker.make.original(ValidateMaker(), None, ref).errors is None


def test_a_labeller_that_does_not_know_the_films_is_refused_at_once(tmp_path: Path):
    register("emt-of-inputs", EMT, elements=["Cu"])
    settings = {
        **SETTINGS,
        "labels": {"train": [_labels(tmp_path).path]},
        "labeller": {"potential": "emt-of-inputs"},
        "sample": {"rattle": {}, "models": {"films": ["LiF"]}},
    }
    with pytest.raises(PotentialError, match="emt-of-inputs does not"):
        find_inputs(DistillConfig.model_validate(settings))


def test_nobody_need_be_there_to_label_what_is_labelled(tmp_path: Path):
    path = _labels(tmp_path).path
    settings = {**SETTINGS, "labels": {"train": [path]}, "labeller": {"potential": "nowhere.model"}}
    rounds = {"rounds": 1, "labelled": [path]}
    config = DistillConfig.model_validate({**settings, "active": rounds})
    assert find_inputs(config).labeller is None
    with pytest.raises(PotentialError, match="no potential file nowhere"):
        find_inputs(DistillConfig.model_validate({**settings, "active": {"rounds": 1}}))


def test_added_labels_are_gathered(tmp_path: Path):
    document = DistillDocument(potentials=(), cards=(), added=(_labels(tmp_path),))
    gathered = gather(document, tmp_path / "out", steps=tmp_path)
    assert gathered.added == (tmp_path / "out" / "active-1.extxyz.gz",)
    assert gathered.added[0].is_file()
    assert np.all([not gathered.models, not gathered.cards, gathered.guard is None])
