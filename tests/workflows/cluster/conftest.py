"""Clusters on paper, and queues whose commands answer from a script."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lithicoat.workflows.cluster.queues import QueueSystem
from lithicoat.workflows.cluster.settings import ClusterSettings


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., ClusterSettings]:
    """Make the settings of a small SLURM cluster, with changes."""

    def make(**changes: object) -> ClusterSettings:
        settings = {
            "directory": tmp_path / "cluster",
            "db": "mongodb://127.0.0.1:1/films",
            "engine": QueueSystem.SLURM,
            "queue": "night",
            "account": "surfaces",
            "walltime_s": 7200,
            "files": tmp_path / "files",
            "worker": "slurm-night",
            "takes": ("cpu",),
            "python": Path("/opt/env/bin/python"),
            "version": "0.1.0",
        }
        return ClusterSettings.model_validate(settings | changes)

    return make


@pytest.fixture
def queue_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let nothing be on the PATH but commands that print what they are told to."""

    def install(**commands: str) -> None:
        binaries = tmp_path / "bin"
        binaries.mkdir(exist_ok=True)
        for name, text in commands.items():
            (binaries / f"{name}.txt").write_text(text)
            script = f'#!/bin/sh\nwhile IFS= read -r line; do echo "$line"; done < {binaries}/{name}.txt\n'
            (binaries / name).write_text(script)
            (binaries / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(binaries))

    return install
