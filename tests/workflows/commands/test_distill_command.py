"""`lithicoat distill`: refused before anything is computed, and fine-tuning from end to end with a kill."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT

from lithicoat.workflows.cli import run
from lithicoat.workflows.commands.distill import TrainingDisplay
from lithicoat.workflows.distill.inputs import find_settings, shipped_recipes
from lithicoat.workflows.errors import UsageError

LITHICOAT = Path(sys.executable).with_name("lithicoat")

SETTINGS = """
name = "tuned"
description = "A trial."

[labels]
train = ["labels.extxyz"]
fewest_atoms = 4

[split]
valid_fraction = 0.2
test_fraction = 0.2

[training]
foundation = "mine.model"
epochs = 12
evaluate_every = 1
learning_rate = 0.02
"""


def _metals() -> list[Atoms]:
    """Twenty disturbed cells of Al, Cu and their alloys, labelled by EMT; five sources."""
    rng = np.random.default_rng(0)
    frames = []
    for source in range(5):
        for _ in range(4):
            atoms = bulk("Al", cubic=True)
            atoms.symbols[: source % 3 + 1] = "Cu"
            atoms.set_cell(atoms.cell.array * (0.96 + 0.02 * rng.normal()), scale_atoms=True)
            atoms.rattle(0.12, rng=rng)
            atoms.calc = EMT()
            energy, forces, stress = atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()
            atoms.calc = None
            atoms.info = {
                "REF_energy": energy,
                "REF_stress": stress,
                "source": f"run {source}",
                "family": "metal",
            }
            atoms.arrays["REF_forces"] = forces
            frames.append(atoms)
    return frames


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ase.io.write(tmp_path / "labels.extxyz", _metals())
    (tmp_path / "settings.toml").write_text(SETTINGS)
    return tmp_path


def _refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["distill", *arguments]) == 2
    return capsys.readouterr().err


def test_settings_that_are_not_there(capsys: pytest.CaptureFixture[str]):
    assert "there is no file mine.toml and no recipe" in _refusal(capsys, "mine.toml")


def test_every_shipped_recipe_is_found_by_its_name():
    for name, file in shipped_recipes().items():
        assert find_settings(name) == file
    with pytest.raises(UsageError, match="no recipe of that name"):
        find_settings("nothing")


def test_a_wrong_setting_is_named(capsys: pytest.CaptureFixture[str], folder: Path):
    (folder / "settings.toml").write_text(SETTINGS + "epoch = 3\n")
    assert "training.epoch is not a setting" in _refusal(capsys, str(folder / "settings.toml"))


def test_unlabelled_configurations_are_refused_before_training(
    capsys: pytest.CaptureFixture[str], folder: Path
):
    frames = _metals()
    for atoms in frames:
        del atoms.info["REF_energy"]
    ase.io.write(folder / "labels.extxyz", frames)
    sentence = _refusal(capsys, str(folder / "settings.toml"), "--db", str(folder / "db"))
    assert "REF_energy" in sentence
    assert not (folder / "db").exists()


def test_a_foundation_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str], folder: Path):
    assert "there is no potential file" in _refusal(capsys, str(folder / "settings.toml"))


def test_a_foundation_of_another_kind_is_refused(capsys: pytest.CaptureFixture[str], folder: Path):
    (folder / "mine.model").write_bytes(b"not a model")
    assert "mine.model is no MACE model" in _refusal(capsys, str(folder / "settings.toml"))


def test_an_output_directory_that_is_a_file_is_refused(capsys: pytest.CaptureFixture[str], folder: Path):
    (folder / "out").write_text("")
    (folder / "settings.toml").write_text(SETTINGS.replace('foundation = "mine.model"\n', ""))
    assert "out cannot be made" in _refusal(
        capsys, str(folder / "settings.toml"), "-o", str(folder / "out"), "--db", str(folder / "db")
    )


def test_epochs_are_told_once_each_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]):
    display = TrainingDisplay()
    display.started("train")
    for done in (0.5, 1.0, 1.5, 1.5, 2.0):
        display.advanced("forces 80 meV/Å;", done, 3, "epochs")
    display.advanced("labels", 1, 3, "frames")
    lines = capsys.readouterr().err.splitlines()
    assert [line.strip() for line in lines] == [f"forces 80 meV/Å; {epoch} of 3 epochs" for epoch in range(3)]
    quiet = TrainingDisplay(quiet=True)
    quiet.advanced("forces 80 meV/Å;", 1, 3, "epochs")
    assert capsys.readouterr().err == ""


def test_an_interruption_is_answered(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lithicoat.workflows.distill.inputs.find_settings", interrupt)
    assert run(["distill", "mine.toml"]) == 130
    assert "finished work is kept" in capsys.readouterr().err


# --- from end to end ------------------------------------------------------------------------------------


def _start(folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [LITHICOAT, "distill", "settings.toml", "-o", "out", "--db", "db", "--json", *options]
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _wait(until: float, process: subprocess.Popen[str], found: Callable[[], object]) -> None:
    while not found():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < until, "nothing happened within the time"
        time.sleep(0.05)


def _session_is_over(session: int) -> bool:
    try:
        os.killpg(session, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_killed_fine_tuning_goes_on_and_lowers_the_test_error(folder: Path, small_mace: Callable[..., Any]):
    import torch

    model = small_mace((13, 29), r_max=4.5, num_bessel=8, avg_num_neighbors=20.0, atomic_inter_scale=0.5)
    torch.save(model.float(), folder / "mine.model")
    process = _start(folder, "--trust")
    _wait(time.monotonic() + 200, process, lambda: list(folder.glob("db/steps/*/checkpoints/*.pt")))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    until = time.monotonic() + 20
    while not _session_is_over(process.pid):  # the trainer must not go on alone
        assert time.monotonic() < until, "the trainer outlives its parent"
        time.sleep(0.1)

    process = _start(folder)
    result, told = process.communicate(timeout=300)
    assert process.returncode == 0, told
    assert re.search(r"^collect ↺$", told, re.MULTILINE)
    assert re.search(r"^prepare ↺$", told, re.MULTILINE)
    assert re.search(r"^train seed 1 ✓$", told, re.MULTILINE)
    (log,) = folder.glob("db/steps/*/trainer.log")
    assert "Loading checkpoint" in log.read_text().split("===========TRAINING===========")[1]

    (card,) = json.loads(result)["cards"]
    before, after = card["start_errors"]["overall"], card["errors"]["overall"]
    assert after["forces_mae_eV_A"]["value"] < 0.7 * before["forces_mae_eV_A"]["value"]
    assert after["energy_mae_eV_atom"]["value"] < 0.7 * before["energy_mae_eV_atom"]["value"]
    assert [entry["epoch"] for entry in card["history"]] == list(range(13))
    assert "Fine-tuned from the model" in (folder / "out" / "tuned.md").read_text()
    assert json.loads(result)["files"]["models"] == ["out/tuned.model"]
    assert (folder / "out" / "tuned.model").stat().st_size == card["size_bytes"] < 5e6
