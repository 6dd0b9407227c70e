"""The shipped notebooks: small, whole, and true to what they print when they run again."""

import os
import re
from importlib import resources
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")

FOLDER = Path(str(resources.files("lithicoat.analysis"))) / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LARGEST_BYTES = 300_000
NUMBER = re.compile(r"[-+−]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
TOLERANCE = 0.05
"""Relative: results of fits and draws differ a little between versions of the libraries."""
NO_TORCH = 'raise ImportError("notebooks must work without torch")\n'


def named(path):
    return path.stem


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell):
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def kinds(cell):
    return [sorted(output.get("data", {})) for output in cell.outputs if output.output_type != "stream"]


def alike(one, other):
    """Tell whether two texts have the same words, and numbers that agree."""
    if NUMBER.sub("#", one) != NUMBER.sub("#", other):
        return False
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    numbers = [(float(a.replace("−", "-")), float(b.replace("−", "-"))) for a, b in pairs]
    return all(abs(a - b) <= max(TOLERANCE * max(abs(a), abs(b)), 0.1) for a, b in numbers)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("D = 5.1e-06 cm²/s", "D = 5.2e-06 cm²/s", True),
        ("off by -0.1 σ", "off by +0.1 σ", False),
        ("P 0.35", "P 0.85", False),
        ("LiGL 1", "LiHQ 1", False),
    ],
)
def test_what_counts_as_the_same_result(one, other, same):
    assert alike(one, other) is same


def test_there_are_five():
    assert [path.stem[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04", "05"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
class TestAsTheyShip:
    def test_small(self, path):
        assert path.stat().st_size < LARGEST_BYTES

    def test_run_from_top_to_bottom_without_errors(self, path):
        notebook = read(path)
        nbformat.validate(notebook)
        counts = [cell.execution_count for cell in code_cells(notebook)]
        assert counts == list(range(1, len(counts) + 1))
        outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
        assert not [output for output in outputs if output.output_type == "error"]
        assert not [output for output in outputs if output.get("name") == "stderr"]

    def test_begins_with_a_title_and_ends_with_words(self, path):
        cells = read(path).cells
        assert cells[0].cell_type == cells[-1].cell_type == "markdown"
        assert cells[0].source.startswith("# ")

    def test_names_no_place_of_one_machine(self, path):
        assert not re.search(r'["\s(](/home|/root|/tmp|/work|/Users|[A-Z]:\\\\)', path.read_text())


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_runs_again_with_the_same_results_and_without_torch(path, tmp_path, monkeypatch):
    nbclient = pytest.importorskip("nbclient")
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "torch.py").write_text(NO_TORCH)
    paths = [str(blocked), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shipped, again = read(path), read(path)
    for cell in code_cells(again):
        cell.outputs = []
    client = nbclient.NotebookClient(again, timeout=120, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    for before, after in zip(code_cells(shipped), code_cells(again), strict=True):
        assert alike(printed(before), printed(after)), before.source
        assert kinds(before) == kinds(after), before.source
