"""Label configurations one by one; a file of its own, for Python interpreters that know nothing of lithicoat.

Run as ``python teacher_worker.py REQUEST.json``. It needs ase, numpy and the calculator that is asked for.
On stdout it writes lines of JSON: {"teacher": …} once, then {"done": n, "total": m}.
"""

import hashlib
import importlib
import io
import json
import os
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

ENERGY, FORCES, STRESS = "REF_energy", "REF_forces", "REF_stress"
WEIGHTS = (".pt", ".pth", ".model", ".ckpt", ".tar", ".npz", ".h5", ".hdf5", ".pb", ".bin", ".safetensors")
"""Endings of files of weights; what an argument names counts too, whatever its ending."""


def complete_frames(path: Path) -> int:
    """Count the whole frames of an extended XYZ file and cut off what a kill has left half-written."""
    if not path.exists():
        return 0
    lines = path.read_bytes().splitlines(keepends=True)
    frames = start = 0
    while start < len(lines) and lines[start].strip().isdigit():
        end = start + int(lines[start]) + 2
        if end > len(lines) or not lines[end - 1].endswith(b"\n"):
            break
        frames, start = frames + 1, end
    with path.open("rb+") as file:
        file.truncate(sum(map(len, lines[:start])))
    return frames


def label(configurations: list[Any], calculator: Any, path: Path, tell: Callable[[int, int], None]) -> None:
    """Compute energy, forces and, of a periodic cell, stress of each configuration and append it to a file.

    Frames that the file already holds are not computed again. Atoms never move.
    """
    from ase.io import write

    done = complete_frames(path)
    tell(done, len(configurations))
    for number, start in enumerate(configurations[done:], start=done + 1):
        atoms = start.copy()
        atoms.calc = calculator
        results = {ENERGY: float(atoms.get_potential_energy()), FORCES: atoms.get_forces()}
        if atoms.pbc.all():
            results[STRESS] = atoms.get_stress(voigt=True)
        atoms.calc = None
        labelled = _bare(atoms)
        labelled.arrays[FORCES] = results.pop(FORCES)
        labelled.info.update(results)
        text = io.StringIO()
        write(text, labelled, format="extxyz", write_results=False)
        with path.open("ab") as file:
            file.write(text.getvalue().encode())
            file.flush()
            os.fsync(file.fileno())
        tell(number, len(configurations))


def _bare(atoms: Any) -> Any:
    """Return symbols, positions, cell and information without labels of another teacher."""
    from ase import Atoms

    bare = Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=atoms.pbc)
    bare.info = {key: value for key, value in atoms.info.items() if key not in (ENERGY, STRESS)}
    return bare


def build(calculator: str, arguments: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Make a calculator named ``module:Class`` and say what it is: versions, and hashes of what it read."""
    module, _, name = calculator.partition(":")
    opened: set[str] = set()
    listening = [True]

    def hear(event: str, details: tuple[Any, ...]) -> None:
        name = details[0] if listening and event == "open" else None
        if isinstance(name, str) and name.lower().endswith(WEIGHTS):
            opened.add(name)

    sys.addaudithook(hear)
    try:
        made = getattr(importlib.import_module(module), name)(**arguments)
    finally:
        listening.clear()
    opened |= {value for value in arguments.values() if isinstance(value, str)}
    weights = {Path(file).name: _sha256(Path(file)) for file in sorted(opened) if Path(file).is_file()}
    return made, {
        "calculator": calculator,
        "python": sys.version.split()[0],
        "versions": _versions(module.partition(".")[0]),
        "weights": weights,
    }


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def _versions(module: str) -> dict[str, str]:
    names = {module, "ase", "numpy", "torch", "e3nn"}
    if hasattr(metadata, "packages_distributions"):
        names |= set(metadata.packages_distributions().get(module, ()))
    found = {}
    for name in sorted(names):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _say(**news: Any) -> None:
    print(json.dumps(news), flush=True)  # noqa: T201 - the parent reads it


def main(request_file: str) -> None:
    """Do what a request asks: describe the calculator, and label if there are configurations."""
    request = json.loads(Path(request_file).read_text())
    calculator, teacher = build(request["calculator"], request["arguments"])
    _say(teacher=teacher)
    if request.get("configurations"):
        from ase.io import read

        frames = list(read(request["configurations"], index=":", format="extxyz"))
        label(frames, calculator, Path(request["labels"]), lambda n, total: _say(done=n, total=total))


if __name__ == "__main__":
    main(sys.argv[1])
