"""From the numbers of a training to mace-torch's arguments; what is refused; how the trainer ends."""

import ast
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import ase.io
import numpy as np
import pytest
from ase import Atoms
from pydantic import ValidationError

from lithicoat.workflows.distill import running
from lithicoat.workflows.distill.labels import LabelFile, write_labels
from lithicoat.workflows.distill.trainer import save_checkpoint
from lithicoat.workflows.distill.training import TrainMaker, TrainSpec, arguments, write_inputs
from lithicoat.workflows.errors import RunError, UsageError

ENERGIES = {"S": -4.0, "Li": -2.5}


def _frame(symbols: str, *, family: str = "crystal", source: str = "a") -> Atoms:
    atoms = Atoms(symbols, positions=np.arange(3 * 2).reshape(2, 3), cell=[9, 9, 9], pbc=True)
    atoms.info = {"REF_energy": -6.5, "family": family, "source": source}
    atoms.arrays["REF_forces"] = np.zeros((2, 3))
    return atoms


def _labels(tmp_path: Path, frames: int) -> LabelFile:
    return write_labels(tmp_path / f"{frames}.extxyz", [_frame("LiS") for _ in range(frames)])


def _value(options: list[str], name: str) -> str:
    return options[options.index(f"--{name}") + 1]


def _train(tmp_path: Path, frames: int = 4, **settings: object) -> None:
    maker, labels = TrainMaker(), _labels(tmp_path, frames)
    TrainMaker.make.original(maker, labels, labels, ENERGIES, TrainSpec.model_validate(settings), 1)


def test_atomic_energies_go_by_number_and_keep_all_digits():
    options = arguments(TrainSpec(), energies={"S": -4.025712345678, "Li": -2.3}, seed=3)
    assert ast.literal_eval(_value(options, "E0s")) == {3: -2.3, 16: -4.025712345678}
    assert _value(options, "seed") == "3"


def test_the_default_numbers_are_those_of_the_shipped_model():
    """A change of a default would silently train another model from the same settings."""
    options = arguments(TrainSpec(), energies=ENERGIES, seed=1)
    expected = {
        "model": "ScaleShiftMACE",
        "r_max": "5.0",
        "max_ell": "2",
        "correlation": "2",
        "hidden_irreps": "64x0e",
        "num_interactions": "2",
        "loss": "universal",
        "energy_weight": "5.0",
        "forces_weight": "10.0",
        "stress_weight": "100.0",
        "default_dtype": "float32",
        "batch_size": "4",
        "valid_batch_size": "8",
        "lr": "0.01",
        "scheduler": "ExponentialLR",
        "lr_scheduler_gamma": "0.965",
        "ema_decay": "0.995",
        "max_num_epochs": "110",
        "eval_interval": "2",
    }
    assert {name: _value(options, name) for name in expected} == expected
    assert {"--pair_repulsion", "--ema", "--amsgrad"} < set(options)
    assert TrainSpec().family_weights == {"elastic": 3.0}


def test_a_training_can_go_on_after_a_kill():
    assert "--restart_latest" in arguments(TrainSpec(), energies=ENERGIES, seed=1)


def test_a_model_that_is_fine_tuned_keeps_its_architecture_and_elements():
    options = arguments(TrainSpec(), energies=ENERGIES, seed=1, fine_tune=True)
    assert _value(options, "foundation_model") == "start.model"
    assert _value(options, "foundation_model_elements") == "True"
    assert _value(options, "multiheads_finetuning") == "False"
    assert not {"--r_max", "--hidden_irreps", "--pair_repulsion", "--model"} & set(options)


@pytest.mark.slow
@pytest.mark.parametrize("fine_tune", [False, True])
def test_mace_torch_understands_all_arguments(*, fine_tune: bool):
    from mace.tools import build_default_arg_parser

    spec = TrainSpec(hidden_irreps="16x0e + 16x1o", precision="float64", pair_repulsion=False)
    options = arguments(spec, energies=ENERGIES, seed=7, fine_tune=fine_tune)
    parsed = build_default_arg_parser().parse_args(options)
    assert (parsed.lr, parsed.batch_size, parsed.max_num_epochs) == (0.01, 4, 110)
    assert parsed.lr_scheduler_gamma == 0.965
    assert parsed.default_dtype == "float64"
    assert parsed.ema
    assert parsed.amsgrad
    assert parsed.restart_latest
    assert not parsed.plot
    assert not parsed.pair_repulsion
    if not fine_tune:
        assert parsed.hidden_irreps == "16x0e + 16x1o"


def test_the_weight_of_a_family_multiplies_that_of_a_frame(tmp_path: Path):
    frames = [_frame("LiS"), _frame("LiS", family="elastic"), _frame("LiS", family="elastic")]
    frames[2].info["config_weight"] = 0.5
    write_inputs(tmp_path, frames, frames[:1], TrainSpec(family_weights={"elastic": 3.0}))
    written = ase.io.read(tmp_path / "train.xyz", ":")
    assert [atoms.info["config_weight"] for atoms in written] == [1.0, 3.0, 1.5]
    assert "config_weight" not in frames[0].info


@pytest.mark.parametrize("irreps", ["64", "64x0e + 32x1o", "0x0e", "64x1o"])
def test_features_that_mace_cannot_have_are_refused(irreps: str):
    with pytest.raises(ValidationError, match="hidden_irreps"):
        TrainSpec(hidden_irreps=irreps)


def test_a_foundation_is_found_beside_the_settings(tmp_path: Path):
    found = TrainSpec.model_validate({"foundation": "mine.model"}, context={"beside": str(tmp_path)})
    assert found.foundation == str(tmp_path / "mine.model")
    named = TrainSpec.model_validate({"foundation": "mace-mp-0"}, context={"beside": str(tmp_path)})
    assert named.foundation == "mace-mp-0"


def test_fewer_configurations_than_a_batch_are_refused(tmp_path: Path):
    with pytest.raises(UsageError, match=r"3 training configurations are fewer than one batch \(8\)"):
        _train(tmp_path, 3, batch_size=8)


def test_an_element_without_energy_is_refused(tmp_path: Path):
    labels = _labels(tmp_path, 4)
    with pytest.raises(UsageError, match="no atomic energy of S"):
        TrainMaker.make.original(TrainMaker(), labels, labels, {"Li": -2.0}, TrainSpec(), 1)


def test_the_last_words_of_a_failing_trainer_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(running, "TRAINER", "json.tool")  # knows none of the arguments
    with pytest.raises(RunError, match=r"failed with exit code 2: .*error: argument"):
        _train(tmp_path)


def test_a_killed_trainer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "dying.py").write_text("import os\nprint('step 7', flush=True)\nos.kill(os.getpid(), 9)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(running, "TRAINER", "dying")
    with pytest.raises(RunError, match=r"killed by signal 9 .* last words: step 7"):
        _train(tmp_path)


def test_the_trainer_ends_with_its_parent():
    code = (
        "import threading, time\n"
        "from lithicoat.workflows.distill import trainer\n"
        "threading.Thread(target=trainer._end_with_parent, daemon=True).start()\n"
        "print('runs', flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == b"runs\n"
    time.sleep(0.1)
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(timeout=20) == 143
    process.stdout.close()


def _handler(directory: Path) -> SimpleNamespace:
    return SimpleNamespace(
        directory=str(directory),
        tag="network_run-1",
        swa_start=None,
        _get_checkpoint_filename=lambda epochs, _: f"network_run-1_epoch-{epochs}.pt",
    )


def test_a_checkpoint_replaces_the_one_before(tmp_path: Path):
    import torch

    for epoch in (0, 2):
        save_checkpoint(_handler(tmp_path), {"epoch": epoch}, epoch)
    assert [path.name for path in tmp_path.iterdir()] == ["network_run-1_epoch-2.pt"]
    assert torch.load(tmp_path / "network_run-1_epoch-2.pt") == {"epoch": 2}


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(tmp_path: Path):
    save_checkpoint(_handler(tmp_path), {"epoch": 0}, 0)
    with pytest.raises(AttributeError, match="pickle"):
        save_checkpoint(_handler(tmp_path), {"epoch": lambda: None}, 2)
    assert [path.name for path in tmp_path.glob("*.pt")] == ["network_run-1_epoch-0.pt"]
