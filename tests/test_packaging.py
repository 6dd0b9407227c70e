"""The mapping of folders to packages, and what importing them costs."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "fireworks", "jobflow", "atomate2", "mace", "chgnet")


def _loaded_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_every_package_folder_is_mapped():
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {
        str(file.parent.relative_to(ROOT))
        for room in ("structures", "workflows", "analysis")
        for file in (ROOT / room).rglob("__init__.py")
    }
    assert set(tools["packages"]) == {"lithicoat." + folder.replace("/", ".") for folder in folders}
    assert tools["package-dir"] == {f"lithicoat.{folder.replace('/', '.')}": folder for folder in folders}


@pytest.mark.parametrize("room", ["structures", "analysis"])
def test_no_potential_and_no_engine_is_loaded(room: str):
    files = sorted((ROOT / room).rglob("*.py"))
    modules = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    statement = "; ".join(f"import lithicoat.{name}" for name in modules if not name.endswith("__init__"))
    assert _loaded_after(statement) == set()


def test_command_line_loads_nothing_heavy():
    assert _loaded_after("import lithicoat.workflows.cli") == set()


def test_command_line_loads_no_geometry():
    code = "import sys, lithicoat.workflows.cli; print(*(m for m in ('scipy', 'rdkit') if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("room", ["structures", "workflows", "analysis"])
def test_rooms_are_typed(room: str):
    assert (ROOT / room / "py.typed").exists()
