"""VASP as a labeller: units, signs, order of atoms, and what is said when it is not there."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from ase.build import bulk
from ase.units import GPa
from jobflow import Maker, job, run_locally
from pymatgen.core import Lattice, Structure

from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.distill import dft
from lithicoat.workflows.distill.dft import (
    DftLabelMaker,
    DftPointMaker,
    DftSet,
    DftSpec,
    check_vasp,
    point_of_task,
)
from lithicoat.workflows.distill.frames import write_frames
from lithicoat.workflows.distill.labels import read_labels
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.steps import run_alone
from lithicoat.workflows.storage import open_store

STRESS_KBAR = [[10.0, 1.0, 2.0], [1.0, 20.0, 3.0], [2.0, 3.0, 30.0]]


def task(structure: Structure | None = None, **changes: Any) -> SimpleNamespace:
    structure = structure or Structure(Lattice.cubic(4), ["Li", "F"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    forces = [[0.1 * number, 0.0, 0.0] for number in range(len(structure))]
    output = {"structure": structure, "energy": -9.5, "forces": forces, "stress": STRESS_KBAR, **changes}
    return SimpleNamespace(state=SimpleNamespace(value="successful"), output=SimpleNamespace(**output))


def test_units_and_signs():
    """A cell that VASP says pushes outwards with 10 kbar = 1 GPa is under compression: -1 GPa in ASE."""
    atoms = point_of_task(task(), story={"source": "LiF", "family": "crystal"}).atoms
    assert atoms.info["REF_energy"] == -9.5
    assert atoms.arrays["REF_forces"].tolist() == [[0.0, 0.0, 0.0], [0.1, 0.0, 0.0]]
    assert atoms.info["REF_stress"] / GPa == pytest.approx([-1, -2, -3, -0.3, -0.2, -0.1])
    assert (atoms.info["source"], atoms.info["family"]) == ("LiF", "crystal")
    assert atoms.positions[1] == pytest.approx([2, 2, 2])


def test_the_document_of_emmet_has_these_names():
    from emmet.core.tasks import OutputDoc, TaskDoc
    from emmet.core.vasp.task_valid import TaskState

    assert {"structure", "energy", "forces", "stress"} <= set(OutputDoc.model_fields)
    assert {"state", "output"} <= set(TaskDoc.model_fields)
    assert TaskState.SUCCESS.value == "successful"


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (SimpleNamespace(state="failed", output=None), "VASP did not finish: the task is failed"),
        (task(forces=None), "no energy or no forces"),
        (task(energy=None), "no energy or no forces"),
    ],
)
def test_a_calculation_that_did_not_end_well_is_refused(document, sentence):
    with pytest.raises(RunError, match=sentence):
        point_of_task(document, story={})


def test_a_task_without_stress_is_a_label_without_stress():
    assert "REF_stress" not in point_of_task(task(stress=None), story={}).atoms.info


def test_the_input_set_computes_forces_and_stress_of_a_fixed_cell():
    for input_set in DftSet:
        maker = DftSpec(input_set=input_set, incar={"ENCUT": 700}).static_maker()
        settings = maker.input_set_generator.user_incar_settings
        assert (settings["NSW"], settings["ISIF"], settings["ENCUT"]) == (0, 2, 700)


def program(name: str) -> Path:
    file = Path("bin") / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file


def test_what_vasp_lacks_is_named():
    environment = {"PATH": str(Path("bin").resolve())}
    with pytest.raises(UsageError, match="VASP cannot run here: mpirun is not found"):
        check_vasp(environment, command="mpirun -n 4 vasp_std", potcars=".")
    program("mpirun")
    with pytest.raises(UsageError, match="VASP cannot run here: vasp_std is not found"):
        check_vasp(environment, command="mpirun -n 4 vasp_std", potcars=".")
    program("vasp_std")
    check_vasp(environment, command="mpirun -n 4 vasp_std", potcars=".")
    with pytest.raises(UsageError, match="no directory of POTCARs is set"):
        check_vasp(environment, command="vasp_std", potcars="")
    with pytest.raises(UsageError, match="nowhere is no directory"):
        check_vasp(environment, command="vasp_std", potcars="nowhere")
    with pytest.raises(UsageError, match="its command is not found"):
        check_vasp(environment, command="", potcars=".")


def test_an_unconfigured_machine_is_told_before_anything_is_computed(monkeypatch):
    monkeypatch.setenv("PATH", "")
    model = Model.from_atoms(bulk("Cu"), name="Cu", kind=ModelKind.CRYSTAL)
    with pytest.raises(UsageError, match="VASP cannot run here"):
        DftPointMaker.make.original(DftPointMaker(DftSpec()), model, {})


@dataclass
class FakeVasp(Maker):
    """Puts the atoms in another order, as VASP's input sets do, and fails on copper."""

    name: str = "static"

    @job
    def make(self, structure: Structure) -> Any:
        Path("ran").write_text("here")
        if structure[0].specie.symbol == "Cu":
            msg = "no copper"
            raise RuntimeError(msg)
        return SimpleNamespace(output=task(structure.get_sorted_structure()))


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_file_is_labelled_step_by_step(monkeypatch, tmp_path):
    monkeypatch.setattr(dft, "check_vasp", lambda: None)
    monkeypatch.setattr(DftSpec, "static_maker", lambda _: FakeVasp())
    salt, copper = bulk("LiF", "rocksalt", a=4.0), bulk("Cu")
    for number, atoms in enumerate((salt, copper)):
        atoms.info = {"source": f"run-{number}", "family": "crystal"}
    swapped = salt[[1, 0]]
    swapped.info = {"source": "run-2", "family": "crystal"}
    file = write_frames(Path("asked.extxyz"), [salt, copper, swapped])
    labelling = DftLabelMaker(DftSpec()).make(file)
    store = open_store(tmp_path / "db")
    with run_alone():
        run_locally(labelling, store=store, log=False)
    document = store.get_output(labelling.uuid)
    assert document["dropped"] == 1
    assert document["flags"] == ["1 of 3 DFT calculations failed"]
    frames = read_labels(document["file"]["path"])
    assert [atoms.info["source"] for atoms in frames] == ["run-0", "run-2"]
    for atoms in frames:
        assert atoms.get_chemical_symbols() == ["Li", "F"]
        assert np.array(atoms.arrays["REF_forces"])[1, 0] == pytest.approx(0.1)
    assert len(list((tmp_path / "db" / "steps").glob("*/ran"))) == 3
