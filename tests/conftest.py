"""Every test runs in a directory of its own, with its own list of trusted files.

Steps without a database leave their files where they are.
"""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LITHICOAT_TRUSTED", str(tmp_path / "trusted.json"))
