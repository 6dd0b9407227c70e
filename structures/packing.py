"""Packing of ions and molecules into a periodic cube, by Packmol.

Martínez, Andrade, Birgin, Martínez, J. Comput. Chem. 30, 2157 (2009), doi:10.1002/jcc.21224.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from lithicoat.structures.errors import StructureError

__all__ = ["Packed", "PackingError", "Unit", "find_packmol", "pack", "pack_densest", "packmol_version"]

_OLDEST = (20, 15, 0)
"""Periodic boundaries (`pbc`) came with this version."""

_SLACK = 0.98
"""Contacts may be this much shorter than asked for: Packmol stops within a tolerance."""


_CLOSE_PACKING = np.pi / np.sqrt(18)
"""Densest packing of equal spheres; a cell fuller than this needs no trying."""


class PackingError(StructureError):
    """The units do not fit into the cell, or Packmol did not find out how."""


@dataclass(frozen=True)
class Unit:
    """An ion or a molecule that is packed as a rigid body.

    Parameters
    ----------
    symbols : tuple of str
        Chemical symbols.
    positions_A : array of shape (atoms, 3)
        Positions in Å.
    radii_A : tuple of float
        Packing radii in Å: atoms of two units stay at least the sum of their radii apart.
    """

    symbols: tuple[str, ...]
    positions_A: NDArray[np.float64]
    radii_A: tuple[float, ...]


@dataclass(frozen=True)
class Packed:
    """A packed cell.

    Parameters
    ----------
    atoms : Atoms
        Periodic cube; units are whole, so atoms may stand outside of it.
    fraction : float
        Ideal volume over volume of the cell.
    """

    atoms: Atoms
    fraction: float


def pack_densest(
    units: Callable[[], Sequence[tuple[Unit, int]]],
    *,
    ideal_volume_A3: float,
    fractions: Sequence[float],
    attempts: int,
    rng: np.random.Generator,
) -> Packed:
    """Pack at the highest of several densities that works.

    Parameters
    ----------
    units : callable
        Returns units and their numbers; called before every attempt, so that it may offer other shapes.
    ideal_volume_A3 : float
        Volume at full density, Å³.
    fractions : sequence of float
        Densities to try, as fractions of the full density, highest first.
    attempts : int
        Attempts at each.
    rng : numpy.random.Generator
        Gives the seeds of Packmol.

    Raises
    ------
    PackingError
        If none works.
    """
    reason = ""
    for fraction in fractions:
        for _ in range(attempts):
            edge = float(np.cbrt(ideal_volume_A3 / fraction))
            try:
                atoms = pack(units(), edge_A=edge, seed=int(rng.integers(1, 2**31 - 1)))
            except PackingError as error:
                reason = error.message
            else:
                return Packed(atoms, fraction)
    raise PackingError(
        f"nothing could be packed even at {fractions[-1]:.2f} of the full density; last: {reason}",
        hint="more atoms per model, or a lower density in the catalog",
    )


def pack(units: Sequence[tuple[Unit, int]], *, edge_A: float, seed: int, timeout_s: float = 120.0) -> Atoms:
    """Pack units at random into a periodic cube.

    Parameters
    ----------
    units : sequence of (Unit, int)
        What to pack and how many of each; atoms of the result stand in this order.
    edge_A : float
        Edge of the cube, Å.
    seed : int
        Seed of Packmol; the same seed gives the same cell.
    timeout_s : float
        Packmol is given up after so many seconds.

    Returns
    -------
    Atoms
        Units are whole: atoms may stand outside of the cell. A single unit stays as it is given.

    Raises
    ------
    PackingError
        If Packmol fails, or atoms of two units, or of a unit and its own image, are too close.
    StructureError
        If there is no Packmol, or only one that is too old.
    """
    filled = sum(number * 4 / 3 * np.pi * max(unit.radii_A) ** 3 for unit, number in units)
    if filled > _CLOSE_PACKING * edge_A**3:
        raise PackingError(f"{sum(n for _, n in units)} units cannot fit into a cube of {edge_A:.2f} Å")
    if [number for _, number in units] == [1]:
        atoms = Atoms(units[0][0].symbols, positions=units[0][0].positions_A, cell=[edge_A] * 3, pbc=True)
        _check_contacts(atoms, units)
        return atoms
    symbols = [symbol for unit, number in units for symbol in unit.symbols * number]
    atoms = Atoms(
        symbols,
        positions=_run(units, edge_A=edge_A, seed=seed, timeout_s=timeout_s),
        cell=[edge_A] * 3,
        pbc=True,
    )
    _check_contacts(atoms, units)
    return atoms


def _run(
    units: Sequence[tuple[Unit, int]], *, edge_A: float, seed: int, timeout_s: float
) -> NDArray[np.float64]:
    """Let Packmol place the units; return positions in Å, unit by unit."""
    with tempfile.TemporaryDirectory(prefix="packmol-") as folder:
        directory = Path(folder)
        (directory / "pack.inp").write_text(_input(units, directory, edge_A=edge_A, seed=seed))
        with (directory / "pack.inp").open() as stdin:  # Packmol rewinds its input: a pipe will not do
            try:
                run = subprocess.run(
                    [str(find_packmol())],
                    stdin=stdin,
                    cwd=directory,
                    capture_output=True,
                    text=True,
                    timeout=timeout_s,
                    check=False,
                )
            except subprocess.TimeoutExpired as error:
                raise PackingError(f"Packmol did not end within {timeout_s:g} s") from error
        result = directory / "packed.xyz"
        if run.returncode or "Success!" not in run.stdout or not result.exists():
            raise PackingError(
                f"Packmol failed in a cube of {edge_A:.2f} Å: {_last_words(run.stdout + run.stderr)}"
            )
        return np.loadtxt(result, skiprows=2, usecols=(1, 2, 3), ndmin=2)


@cache
def find_packmol() -> Path:
    """Return a Packmol that knows periodic boundaries: that of the Python package, else the one on PATH.

    Raises
    ------
    StructureError
        If there is none, or the one on PATH is older than 20.15.
    """
    hint = "pip install packmol"
    try:
        from packmol.cli import get_binary_path  # noqa: PLC0415 - the package may be missing

        return Path(get_binary_path())
    except (ImportError, FileNotFoundError):
        found = shutil.which("packmol")
    if found is None:
        raise StructureError("Packmol is not installed", hint=hint)
    version = packmol_version(Path(found))
    if version < _OLDEST:
        wanted, got = (".".join(map(str, number)) for number in (_OLDEST, version))
        raise StructureError(
            f"{found} is Packmol {got}, which cannot pack with periodic boundaries; {wanted} can",
            where=found,
            hint=hint,
        )
    return Path(found)


def packmol_version(binary: Path) -> tuple[int, ...]:
    """Return the version a Packmol binary prints about itself.

    Raises
    ------
    StructureError
        If it prints none.
    """
    run = subprocess.run(
        [str(binary)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False
    )
    match = re.search(r"Version\s+(\d+(?:\.\d+)*)", run.stdout)
    if match is None:
        raise StructureError(
            f"{binary} does not say its version, so it is not taken for Packmol", where=str(binary)
        )
    return tuple(int(part) for part in match[1].split("."))


def _input(units: Sequence[tuple[Unit, int]], directory: Path, *, edge_A: float, seed: int) -> str:
    lines = [
        "tolerance 1.0",  # a default that the radii below replace
        "precision 0.001",
        "nloop 60",  # what is not found by then is better sought from another start
        f"seed {seed}",
        "filetype xyz",
        "output packed.xyz",
        "pbc " + " ".join([f"{edge_A:.6f}"] * 3),
    ]
    for index, (unit, number) in enumerate(units):
        file = directory / f"unit{index}.xyz"
        rows = [
            f"{symbol} {x:.6f} {y:.6f} {z:.6f}"
            for symbol, (x, y, z) in zip(unit.symbols, unit.positions_A, strict=True)
        ]
        file.write_text("\n".join([str(len(rows)), "", *rows, ""]))
        lines += [f"structure {file.name}", f"  number {number}"]
        for atom, radius in enumerate(unit.radii_A, start=1):
            lines += [f"  atoms {atom}", f"    radius {radius:.4f}", "  end atoms"]
        lines.append("end structure")
    return "\n".join([*lines, ""])


def _check_contacts(atoms: Atoms, units: Sequence[tuple[Unit, int]]) -> None:
    """Packmol does not see a molecule's own periodic images, nor says how far it missed a distance."""
    from ase.neighborlist import neighbor_list  # noqa: PLC0415

    radii = np.array([radius for unit, number in units for radius in unit.radii_A * number])
    sizes = [len(unit.symbols) for unit, number in units for _ in range(number)]
    owner = np.repeat(np.arange(len(sizes)), sizes)
    first, second, vectors, distances = neighbor_list("ijDd", atoms, radii * _SLACK)
    inside = (owner[first] == owner[second]) & np.isclose(
        vectors, atoms.positions[second] - atoms.positions[first], atol=1e-6
    ).all(axis=1)
    if inside.all():
        return
    worst = np.flatnonzero(~inside)[np.argmin(distances[~inside])]
    i, j = first[worst], second[worst]
    raise PackingError(
        f"{atoms.symbols[i]}{i + 1} and {atoms.symbols[j]}{j + 1} are {distances[worst]:.2f} Å apart"
        f" in a cube of {atoms.cell[0, 0]:.2f} Å"
    )


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if re.search(r"[A-Za-z]{3}", line)]
    told = [line for line in lines if re.search(r"error|without|perfect|violation|not", line, re.IGNORECASE)]
    return (told or lines or ["it said nothing"])[-1]
