"""What the trainer writes about its epochs: read as it grows, across restarts, and when it diverges."""

import json
from pathlib import Path
from typing import Any

import pytest
from ase.units import GPa

from lithicoat.workflows.distill.history import History
from lithicoat.workflows.errors import RunError


def _step(epoch: int) -> dict[str, Any]:
    return {"loss": 0.1, "time": 0.2, "mode": "opt", "epoch": epoch}


def _evaluation(epoch: int | None, forces: float = 0.5, **others: Any) -> dict[str, Any]:
    errors = {"loss": 0.01, "mae_e_per_atom": 0.2, "mae_f": forces, "mae_stress": 0.005}
    return {**errors, "mode": "eval", "epoch": epoch, "head": "Default", **others}


def _append(file: Path, *entries: dict[str, Any]) -> None:
    with file.open("a") as stream:
        stream.writelines(json.dumps(entry) + "\n" for entry in entries)


def test_epochs_are_counted_as_the_file_grows(tmp_path: Path):
    file = tmp_path / "train.txt"
    history = History(file, batches=2)
    assert not history.update()
    _append(file, _evaluation(None, 0.9), _step(0))
    assert history.update()
    assert history.epochs == 0.5
    _append(file, _step(0), _evaluation(0, 0.6), _step(1), _step(1), _evaluation(1, 0.4))
    assert history.update()
    assert not history.update()
    assert history.epochs == 2
    assert [(errors.epoch, errors.forces_mae_eV_A) for errors in history.errors] == [
        (0, 0.9),
        (1, 0.6),
        (2, 0.4),
    ]
    assert history.errors[0].stress_mae_GPa == pytest.approx(0.005 / GPa)


def test_a_line_that_is_not_whole_yet_waits(tmp_path: Path):
    file = tmp_path / "train.txt"
    line = json.dumps(_evaluation(None)) + "\n"
    history = History(file, batches=2)
    file.write_text(line[:20])
    assert not history.update()
    file.write_text(line)
    assert history.update()
    assert len(history.errors) == 1


def test_a_restart_repeats_an_epoch_and_counts_it_once(tmp_path: Path):
    file = tmp_path / "train.txt"
    _append(file, _evaluation(None, 0.9), _step(0), _step(0), _evaluation(0, 0.6), _step(1))
    _append(file, _evaluation(None, 0.6), _step(0), _step(0), _evaluation(0, 0.5), _step(1))
    history = History(file, batches=2)
    history.update()
    assert history.epochs == 1.5
    assert [errors.forces_mae_eV_A for errors in history.errors] == [0.9, 0.5]


def test_labels_without_stress_have_no_stress_error(tmp_path: Path):
    _append(tmp_path / "train.txt", _evaluation(None, mae_stress=float("nan")))
    history = History(tmp_path / "train.txt", batches=1)
    history.update()
    assert history.errors[0].stress_mae_GPa is None


def test_a_loss_that_is_no_number_is_a_failure(tmp_path: Path):
    _append(tmp_path / "train.txt", _evaluation(None), _step(0), _evaluation(0, loss=float("nan")))
    with pytest.raises(RunError, match="diverged: after 1 epochs the loss is nan"):
        History(tmp_path / "train.txt", batches=1).update()
