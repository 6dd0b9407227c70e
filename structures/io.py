"""Models from files and to files."""

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import covalent_radii

from lithicoat.structures.errors import StructureError, unwritable
from lithicoat.structures.films.networks import has_network, network_statistics
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.parsing import PARSER_ERRORS
from lithicoat.structures.trajectories import read_trajectory
from lithicoat.structures.validation import TOO_CLOSE, closest_pair, covalent_bonds

__all__ = ["read_atoms", "read_model", "read_trajectory", "write_model"]

_READABLE = "a periodic structure that ASE or pymatgen reads, such as CIF, POSCAR or extxyz"
_FLAT_A3 = 1e-3
_FULL_SITE = 1e-3


def read_atoms(path: Path) -> Atoms:
    """Read the last frame of a file as a periodic cell.

    Parameters
    ----------
    path : Path
        Anything ASE reads, or else pymatgen.

    Returns
    -------
    Atoms
        Symbols, positions and cell only, periodic in all directions.

    Raises
    ------
    StructureError
        If the file is missing, unreadable, empty, not periodic in three directions, or holds atoms on
        top of each other or disordered sites.
    """
    path = Path(path)
    if not path.is_file():
        what = "is a directory, not a file" if path.is_dir() else "does not exist"
        raise StructureError(f"{path} {what}", where=str(path), hint=_READABLE)
    if path.stat().st_size == 0:
        raise StructureError(f"{path} is empty", where=str(path), hint=_READABLE)
    atoms = _parse(path)
    if not len(atoms):
        raise StructureError(f"{path} holds no atoms", where=str(path), hint=_READABLE)
    if 0 in atoms.numbers:
        raise StructureError(f"{path} holds atoms of no known element", where=str(path))
    if not np.isfinite(atoms.positions).all() or not np.isfinite(atoms.cell.array).all():
        raise StructureError(f"{path} holds positions or a cell that are no numbers", where=str(path))
    _refuse_disorder(atoms, path)
    if not atoms.pbc.all() or atoms.cell.rank < 3 or atoms.get_volume() < _FLAT_A3:
        raise StructureError(
            f"{path} is not periodic in three directions",
            where=str(path),
            hint="give a cell with three vectors",
        )
    clean = Atoms(atoms.get_chemical_symbols(), positions=atoms.positions, cell=atoms.cell, pbc=True)
    _refuse_overlap(clean, path)
    return clean


def read_model(path: Path, *, kind: ModelKind = ModelKind.CRYSTAL) -> Model:
    """Read the last frame of a file as a model.

    Parameters
    ----------
    path : Path
        Anything ASE reads, or else pymatgen. The name of the model is the file's, without its ending.
    kind : ModelKind
        What sort of cell it is. A molecular one gets the covalent graph that is seen in the file.

    Raises
    ------
    StructureError
        As `read_atoms`.
    """
    path = Path(path)
    atoms = read_atoms(path)
    story = {"builder": "file", "file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    bonds = covalent_bonds(atoms) if kind is ModelKind.MOLECULAR else None
    return Model.from_atoms(atoms, name=path.stem, kind=kind, bonds=bonds, recipe=story)


def write_model(model: Model, directory: Path, *, picture: bool = False) -> tuple[Path, ...]:
    """Write a model as extxyz, CIF, JSON metadata and, if asked, PNG.

    Parameters
    ----------
    model : Model
        What to write.
    directory : Path
        Made if it is not there. Files are called `<name>-<seed>.*`, or `<name>-crystal.*` without a seed;
        `@` becomes `_`, because ASE takes what follows it in a file name for a frame number.
    picture : bool
        Draw the model too.

    Returns
    -------
    tuple of Path
        The extxyz, the CIF, the JSON file and the picture.

    Raises
    ------
    StructureError
        If the directory cannot be written.
    """
    from ase.io import write  # noqa: PLC0415

    suffix = model.kind.value if model.seed is None else str(model.seed)
    stem = Path(directory) / f"{model.name.replace('@', '_')}-{suffix}"
    paths = tuple(stem.with_name(f"{stem.name}.{ending}") for ending in ("extxyz", "cif", "json"))
    atoms = model.atoms
    try:
        paths[0].parent.mkdir(parents=True, exist_ok=True)
        write(paths[0], atoms, format="extxyz")
        write(paths[1], atoms, format="cif")
        paths[2].write_text(
            json.dumps(_metadata(model), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    except OSError as error:
        raise unwritable(Path(directory), error) from error
    if not picture:
        return paths
    from lithicoat.structures.pictures import write_picture  # noqa: PLC0415 - matplotlib is heavy

    return (*paths, write_picture(model, stem.with_name(f"{stem.name}.png")))


def _metadata(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "kind": model.kind.value,
        "formula": model.formula,
        "atoms": len(model.symbols),
        "density_g_cm3": round(model.density_g_cm3, 6),
        "seed": model.seed,
        "content_hash": model.content_hash,
        "recipe": model.recipe,
        "network": network_statistics(model).model_dump() if has_network(model) else None,
        "bonds": model.bonds,
    }


def _parse(path: Path) -> Atoms:
    from ase.io import read  # noqa: PLC0415

    try:
        found = read(path, index=-1, do_not_split_by_at_sign=True)
    except PARSER_ERRORS as error:
        return _parse_with_pymatgen(path, error)
    if not isinstance(found, Atoms):
        raise StructureError(f"{path} does not hold a structure", where=str(path), hint=_READABLE)
    return found


def _parse_with_pymatgen(path: Path, first: Exception) -> Atoms:
    from pymatgen.core import Structure  # noqa: PLC0415
    from pymatgen.io.ase import AseAtomsAdaptor  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the error below says it in one sentence
            return AseAtomsAdaptor.get_atoms(Structure.from_file(path))
    except PARSER_ERRORS as error:
        told = " ".join(str(first).split())[:120]
        raise StructureError(
            f"{path} cannot be read as a structure{': ' + told if told else ''}",
            where=str(path),
            hint=_READABLE,
        ) from error


def _refuse_disorder(atoms: Atoms, path: Path) -> None:
    """ASE keeps one occupant of a shared site, and a full one of a partly empty site, without a word."""
    for occupants in (atoms.info.get("occupancy") or {}).values():
        if len(occupants) > 1 or abs(sum(occupants.values()) - 1) > _FULL_SITE:
            told = ", ".join(f"{symbol} {share:g}" for symbol, share in occupants.items())
            raise StructureError(
                f"{path} has a disordered site ({told})", where=str(path), hint="give an ordered cell"
            )


def _refuse_overlap(atoms: Atoms, path: Path) -> None:
    near = closest_pair(atoms)
    if near is None:
        return
    i, j, distance = near
    if distance < TOO_CLOSE * float(covalent_radii[atoms.numbers[i]] + covalent_radii[atoms.numbers[j]]):
        raise StructureError(
            f"{atoms.symbols[i]}{i + 1} and {atoms.symbols[j]}{j + 1} of {path} are {distance:.2f} Å apart",
            where=str(path),
            hint="leave one of them out",
        )
