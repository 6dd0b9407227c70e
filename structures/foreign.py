"""Frames of other programs' trajectories, one after the other, whatever library reads them."""

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lithicoat.structures.errors import StructureError
from lithicoat.structures.parsing import PARSER_ERRORS

__all__ = ["Frame", "frames_of"]

_WITH_TOPOLOGY = (".dcd", ".xtc", ".trr", ".nc", ".ncdf", ".tng", ".h5md")
"""Endings of formats that hold no elements; MDAnalysis reads them."""
_HEADING = "ITEM: ATOMS"
_XDR_MAGIC = {".xtc": (1995, 2023), ".trr": (1993,)}
"""First number of GROMACS files; MDAnalysis prints a traceback of its own where it is another."""


class Frame(NamedTuple):
    """One frame."""

    symbols: tuple[str, ...]
    """Chemical symbols."""
    positions_A: NDArray[np.floating[Any]]
    """Positions in Å, shape (atoms, 3)."""
    cell_A: NDArray[np.float64]
    """Lattice vectors as rows in Å; zeros if the file has none."""
    periodic: bool
    """Whether the file says that it is periodic in three directions."""


def frames_of(path: Path, *, types: Sequence[str] = (), topology: Path | None = None) -> Iterator[Frame]:
    """Read the frames of a trajectory, one after the other.

    Parameters
    ----------
    path : Path
        The file.
    types : sequence of str
        Elements of LAMMPS types 1, 2, ...
    topology : Path, optional
        Structure file that names the elements of formats which do not.

    Raises
    ------
    StructureError
        If a file is missing or cannot be read, or the elements are not known.
    """
    if not path.is_file():
        raise StructureError(f"{path} does not exist", where=str(path))
    if path.suffix.lower() in _WITH_TOPOLOGY or topology is not None:
        yield from _by_mdanalysis(path, topology)
    elif "XDATCAR" in path.name:
        yield from _xdatcar(path)
    else:
        yield from _by_ase(path, types)


def _by_ase(path: Path, types: Sequence[str]) -> Iterator[Frame]:
    from ase.data import chemical_symbols  # noqa: PLC0415
    from ase.io import iread  # noqa: PLC0415

    options = _dump_options(path, types)
    if types and not options:
        raise StructureError(
            f"{path} is no LAMMPS dump with numbers of types", where="types", hint="leave the types out"
        )
    numbers: NDArray[np.int64] = np.empty(0, dtype=np.int64)
    symbols: tuple[str, ...] = ()
    try:
        for atoms in iread(path, index=":", do_not_split_by_at_sign=True, **options):
            if not np.array_equal(atoms.numbers, numbers):
                numbers = np.array(atoms.numbers)
                symbols = tuple(chemical_symbols[number] for number in numbers)
            yield Frame(symbols, atoms.positions, atoms.cell.array, bool(atoms.pbc.all()))
    except PARSER_ERRORS as error:
        if types and isinstance(error, LookupError):
            raise StructureError(
                f"{path} has more types than the {len(types)} that were named ({', '.join(types)})",
                where="types",
                hint="name the element of every type, in the order of their numbers",
            ) from error
        raise _unreadable(path, error) from error


def _dump_options(path: Path, types: Sequence[str]) -> dict[str, Any]:
    """Return what ASE has to be told of a LAMMPS dump, nothing for other files.

    Left alone, ASE takes the number of a type for an atomic number, and atoms without ids for sorted.
    """
    try:
        with path.open(encoding="utf-8") as file:
            if not file.readline().startswith(("ITEM: TIMESTEP", "ITEM: UNITS")):
                return {}
            heading = next((line for line in file if line.startswith(_HEADING)), "")
    except UnicodeDecodeError:
        return {}
    columns = heading.removeprefix(_HEADING).split()
    if "id" not in columns:
        raise StructureError(
            f"{path} has no column id, and LAMMPS changes the order of atoms on the way",
            where=str(path),
            hint="dump custom with id element xu yu zu",
        )
    options: dict[str, Any] = {"format": "lammps-dump-text"}
    if "element" in columns:
        return options
    if not types:
        raise StructureError(
            f"{path} has numbers of types and no elements",
            where=str(path),
            hint="say which they are, as --types Li,S, or dump the column element",
        )
    return {**options, "specorder": list(types)}


def _xdatcar(path: Path) -> Iterator[Frame]:
    """Read an XDATCAR as it comes; ASE would hold all frames of it in memory."""
    symbols: tuple[str, ...] = ()
    cell = np.zeros((3, 3))
    try:
        with path.open(encoding="utf-8") as file:
            while line := file.readline():
                if "configuration=" not in line:  # the heading, which runs at constant pressure repeat
                    scale = float(file.readline())
                    cell = scale * np.array([file.readline().split() for _ in range(3)], dtype=float)
                    names, counts = file.readline().split(), map(int, file.readline().split())
                    symbols = tuple(
                        name for name, count in zip(names, counts, strict=True) for _ in range(count)
                    )
                    continue
                rows = [file.readline() for _ in symbols]
                if not rows[-1].endswith("\n"):
                    return  # a run that was killed while it wrote this frame
                yield Frame(
                    symbols, np.array([row.split()[:3] for row in rows], dtype=float) @ cell, cell, True
                )
    except PARSER_ERRORS as error:
        raise _unreadable(path, error) from error


def _by_mdanalysis(path: Path, topology: Path | None) -> Iterator[Frame]:
    if topology is None:
        raise StructureError(
            f"{path} holds no elements",
            where=str(path),
            hint="name a structure file with the same atoms, as --topology FILE",
        )
    from MDAnalysis.coordinates.core import get_reader_for  # noqa: PLC0415 - heavy, and seldom needed
    from MDAnalysis.lib.mdamath import triclinic_vectors  # noqa: PLC0415

    symbols, cell, periodic = _topology(topology)
    with path.open("rb") as file:
        magic = int.from_bytes(file.read(4))
    if magic not in _XDR_MAGIC.get(path.suffix.lower(), (magic,)):
        told = f"it is no {path.suffix[1:].upper()} file"
        raise StructureError(f"{path} cannot be read as a trajectory: {told}", where=str(path))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about its coming versions
            reader = get_reader_for(str(path))(str(path), n_atoms=len(symbols))
        atoms = int(reader.n_atoms)
    except PARSER_ERRORS as error:
        raise _unreadable(path, error) from error
    if atoms != len(symbols):
        raise StructureError(
            f"{path} holds {atoms} atoms, its topology {topology} {len(symbols)}",
            where=str(topology),
            hint="name a structure file with the same atoms in the same order",
        )
    try:
        for step in reader:
            if step.dimensions is None or not np.all(step.dimensions[:3] > 0):
                yield Frame(symbols, step.positions, cell, periodic)
            else:
                yield Frame(symbols, step.positions, triclinic_vectors(step.dimensions).astype(float), True)
    except PARSER_ERRORS as error:
        raise _unreadable(path, error) from error
    finally:
        reader.close()


def _topology(path: Path) -> tuple[tuple[str, ...], NDArray[np.float64], bool]:
    from ase.io import read  # noqa: PLC0415

    if not path.is_file():
        raise StructureError(f"{path} does not exist", where=str(path))
    try:
        atoms = read(path, index=0, do_not_split_by_at_sign=True)
    except PARSER_ERRORS as error:
        raise StructureError(
            f"{path} cannot be read as a structure: {_told(error)}",
            where=str(path),
            hint="give PDB, extxyz, CIF, POSCAR or another file that ASE reads",
        ) from error
    found = atoms[0] if isinstance(atoms, list) else atoms
    return tuple(found.get_chemical_symbols()), found.cell.array.astype(float), bool(found.pbc.all())


def _unreadable(path: Path, error: Exception) -> StructureError:
    return StructureError(f"{path} cannot be read as a trajectory: {_told(error)}", where=str(path))


def _told(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
