"""Packing of ions and molecules into a periodic box, by Packmol.

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

__all__ = [
    "Edges",
    "Packed",
    "PackingError",
    "Portion",
    "Unit",
    "find_packmol",
    "pack",
    "pack_densest",
    "packmol_version",
]

_OLDEST = (20, 15, 0)
"""Periodic boundaries (`pbc`) came with this version."""

_SLACK = 0.98
"""Contacts may be this much shorter than asked for: Packmol stops within a tolerance."""


_CLOSE_PACKING = np.pi / np.sqrt(18)
"""Densest packing of equal spheres; a cell fuller than this needs no trying."""


Edges = tuple[float, float, float]
"""Edges of an orthogonal box, Å."""


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
class Portion:
    """A number of equal units, and where they may stand.

    Parameters
    ----------
    unit : Unit
        What to pack.
    number : int
        How many.
    between_A : tuple of (float, float), optional
        Heights in Å that all its atoms stay between; anywhere if None.
    held_A : tuple of (int, (float, float))
        Single atoms of the unit, each with the heights in Å that it stays between.
    """

    unit: Unit
    number: int
    between_A: tuple[float, float] | None = None
    held_A: tuple[tuple[int, tuple[float, float]], ...] = ()


@dataclass(frozen=True)
class Packed:
    """A packed cell.

    Parameters
    ----------
    atoms : Atoms
        Periodic box; units are whole, so atoms may stand outside of it.
    fraction : float
        Ideal volume over volume of the cell.
    """

    atoms: Atoms
    fraction: float


def pack_densest(
    portions: Callable[[Edges], Sequence[Portion]],
    *,
    ideal_volume_A3: float,
    fractions: Sequence[float],
    attempts: int,
    rng: np.random.Generator,
    base_A: tuple[float, float] | None = None,
    finish: Callable[[Atoms], Atoms] | None = None,
) -> Packed:
    """Pack at the highest of several densities that works.

    Parameters
    ----------
    portions : callable
        Returns what to pack into a box of the edges it is given, Å; called before every attempt, so that
        it may offer other shapes.
    ideal_volume_A3 : float
        Volume at full density, Å³.
    fractions : sequence of float
        Densities to try, as fractions of the full density, highest first.
    attempts : int
        Attempts at each.
    rng : numpy.random.Generator
        Gives the seeds of Packmol.
    base_A : tuple of (float, float), optional
        Edges of the base, Å; then only the height follows from the density. A cube if None.
    finish : callable, optional
        Returns a packed cell as it shall be, or raises a PackingError if it will not do.

    Raises
    ------
    PackingError
        If none works.
    """
    reason = ""
    for fraction in fractions:
        edges = _edges(ideal_volume_A3 / fraction, base_A)
        for _ in range(attempts):
            try:
                atoms = pack(portions(edges), edges_A=edges, seed=int(rng.integers(1, 2**31 - 1)))
                if finish is not None:
                    atoms = finish(atoms)
            except PackingError as error:
                reason = error.message
            else:
                return Packed(atoms, _fraction(atoms, edges, fraction))
    raise PackingError(
        f"nothing could be packed even at {fractions[-1]:.2f} of the full density; last: {reason}",
        hint="more atoms per model, or a lower density in the catalog",
    )


def _fraction(atoms: Atoms, edges: Edges, fraction: float) -> float:
    """Return the fraction of the full density, which finishing may have changed with the cell."""
    share = float(np.prod(edges) / atoms.get_volume())
    return fraction if abs(share - 1) < 1e-9 else round(float(fraction) * share, 4)


def _edges(volume_A3: float, base_A: tuple[float, float] | None) -> Edges:
    if base_A is None:
        edge = float(np.cbrt(volume_A3))
        return (edge, edge, edge)
    return (*base_A, volume_A3 / (base_A[0] * base_A[1]))


def pack(portions: Sequence[Portion], *, edges_A: Edges, seed: int, timeout_s: float = 120.0) -> Atoms:
    """Pack units at random into a periodic box.

    Parameters
    ----------
    portions : sequence of Portion
        What to pack; atoms of the result stand in this order.
    edges_A : tuple of three floats
        Edges of the box, Å.
    seed : int
        Seed of Packmol; the same seed gives the same cell.
    timeout_s : float
        Packmol is given up after so many seconds.

    Returns
    -------
    Atoms
        Units are whole: atoms may stand outside of the cell. A single unit stays as it is given, unless it
        has to keep between heights.

    Raises
    ------
    PackingError
        If Packmol fails, or atoms of two units, or of a unit and its own image, are too close.
    StructureError
        If there is no Packmol, or only one that is too old.
    """
    filled = sum(part.number * 4 / 3 * np.pi * max(part.unit.radii_A) ** 3 for part in portions)
    if filled > _CLOSE_PACKING * np.prod(edges_A):
        raise PackingError(f"{sum(part.number for part in portions)} units cannot fit into {_size(edges_A)}")
    if [(part.number, part.between_A) for part in portions] == [(1, None)]:
        unit = portions[0].unit
        atoms = Atoms(unit.symbols, positions=unit.positions_A, cell=edges_A, pbc=True)
    else:
        symbols = [symbol for part in portions for symbol in part.unit.symbols * part.number]
        positions = _run(portions, edges_A=edges_A, seed=seed, timeout_s=timeout_s)
        atoms = Atoms(symbols, positions=positions, cell=edges_A, pbc=True)
    _check_contacts(atoms, portions)
    return atoms


def _size(edges_A: Edges) -> str:
    if len({round(edge, 2) for edge in edges_A}) == 1:
        return f"a cube of {edges_A[0]:.2f} Å"
    return "a box of " + " × ".join(f"{edge:.2f}" for edge in edges_A) + " Å"


def _run(portions: Sequence[Portion], *, edges_A: Edges, seed: int, timeout_s: float) -> NDArray[np.float64]:
    """Let Packmol place the units; return positions in Å, unit by unit."""
    with tempfile.TemporaryDirectory(prefix="packmol-") as folder:
        directory = Path(folder)
        (directory / "pack.inp").write_text(_input(portions, directory, edges_A=edges_A, seed=seed))
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
            raise PackingError(f"Packmol failed in {_size(edges_A)}: {_last_words(run.stdout + run.stderr)}")
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


def _input(portions: Sequence[Portion], directory: Path, *, edges_A: Edges, seed: int) -> str:
    lines = [
        "tolerance 1.0",  # a default that the radii below replace
        "precision 0.001",
        "nloop 60",  # what is not found by then is better sought from another start
        f"seed {seed}",
        "filetype xyz",
        "output packed.xyz",
        "pbc " + " ".join(f"{edge:.6f}" for edge in edges_A),
    ]
    for index, part in enumerate(portions):
        unit = part.unit
        file = directory / f"unit{index}.xyz"
        rows = [
            f"{symbol} {x:.6f} {y:.6f} {z:.6f}"
            for symbol, (x, y, z) in zip(unit.symbols, unit.positions_A, strict=True)
        ]
        file.write_text("\n".join([str(len(rows)), "", *rows, ""]))
        lines += [f"structure {file.name}", f"  number {part.number}"]
        if part.between_A is not None:
            low, high = part.between_A
            lines += [f"  over plane 0. 0. 1. {low:.6f}", f"  below plane 0. 0. 1. {high:.6f}"]
        held = dict(part.held_A)
        for atom, radius in enumerate(unit.radii_A):
            lines += [f"  atoms {atom + 1}", f"    radius {radius:.4f}"]
            if atom in held:
                low, high = held[atom]
                lines += [f"    over plane 0. 0. 1. {low:.6f}", f"    below plane 0. 0. 1. {high:.6f}"]
            lines.append("  end atoms")
        lines.append("end structure")
    return "\n".join([*lines, ""])


def _check_contacts(atoms: Atoms, portions: Sequence[Portion]) -> None:
    """Packmol does not see a molecule's own periodic images, nor says how far it missed a distance."""
    from ase.neighborlist import neighbor_list  # noqa: PLC0415

    radii = np.array([radius for part in portions for radius in part.unit.radii_A * part.number])
    sizes = [len(part.unit.symbols) for part in portions for _ in range(part.number)]
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
        f" in {_size(tuple(atoms.cell.lengths()))}"
    )


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if re.search(r"[A-Za-z]{3}", line)]
    told = [line for line in lines if re.search(r"error|without|perfect|violation|not", line, re.IGNORECASE)]
    return (told or lines or ["it said nothing"])[-1]
