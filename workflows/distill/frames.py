"""Files of configurations: extended XYZ, known by their content."""

import gzip
import hashlib
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from ase import Atoms
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.parsing import PARSER_ERRORS
from lithicoat.workflows.dynamics.checkpoint import write_atomically
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.registry import sha256_of_file
from lithicoat.workflows.steps import step_directory

__all__ = ["NO_FAMILY", "FrameFile", "located", "open_frames", "read_frames", "source_of", "write_frames"]

NO_FAMILY = "other"
"""Family of a frame that names none."""

_READABLE = "extended XYZ, vasprun.xml, OUTCAR or another file of configurations that ASE reads"
_GENERIC = ("vasprun", "OUTCAR", "XDATCAR", "CONTCAR", "POSCAR")
"""File names that say nothing; the directory they lie in does."""


class FrameFile(BaseModel):
    """A file of configurations and what is in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="The file.")
    sha256: str = Field(description="sha256 of the file.")
    frames: int = Field(ge=0, description="Configurations in it.")
    atoms: int = Field(ge=0, description="Atoms in all of them.")
    families: dict[str, int] = Field(description="Configurations of each family.")
    elements: dict[str, int] = Field(description="Atoms of each element.")

    @property
    def content_hash(self) -> str:
        """What a computation sees of the file."""
        return self.sha256

    @classmethod
    def of(cls, path: Path, frames: Sequence[Atoms]) -> Self:
        """Describe a file that holds `frames`."""
        elements = Counter(symbol for atoms in frames for symbol in atoms.get_chemical_symbols())
        families = Counter(str(atoms.info.get("family", NO_FAMILY)) for atoms in frames)
        return cls(
            path=str(path.resolve()),
            sha256=sha256_of_file(path),
            frames=len(frames),
            atoms=sum(map(len, frames)),
            families=dict(sorted(families.items())),
            elements=dict(sorted(elements.items())),
        )


def read_frames(path: Path | str) -> list[Atoms]:
    """Read all configurations of a file, with whatever the file says of them.

    Parameters
    ----------
    path : Path or str
        Extended XYZ (also gzipped), or anything else that ASE reads.

    Returns
    -------
    list of Atoms
        Each has an ``info["source"]``: its own, else the name of the file.

    Raises
    ------
    UsageError
        If the file is missing, empty or cannot be read.
    """
    path = Path(path)
    if not path.is_file():
        what = "is a directory, not a file" if path.is_dir() else "does not exist"
        raise UsageError(f"{path} {what}", where=str(path), hint=_READABLE)
    try:
        frames = _parse(path)
    except PARSER_ERRORS as error:
        told = " ".join(str(error).split())[:120]
        raise UsageError(
            f"{path} cannot be read as configurations{': ' + told if told else ''}",
            where=str(path),
            hint=_READABLE,
        ) from error
    if not frames:
        raise UsageError(f"{path} holds no configurations", where=str(path), hint=_READABLE)
    for atoms in frames:
        atoms.info.setdefault("source", source_of(path))
    return frames


def write_frames(path: Path, frames: Sequence[Atoms]) -> FrameFile:
    """Write configurations as extended XYZ, as a whole or not at all; a name in ``.gz`` is compressed.

    The same frames give the same bytes, so that the file's sha256 names its content.
    """
    write_atomically(path, encoded(path, frames))
    return FrameFile.of(path, frames)


def encoded(path: Path, frames: Sequence[Atoms]) -> bytes:
    """Return the bytes of an extended XYZ file; results of a calculator are not written."""
    from ase.io import write

    if not frames:
        return b""
    text = io.StringIO()
    write(text, list(frames), format="extxyz", write_results=False)
    plain = text.getvalue().encode()
    return gzip.compress(plain, mtime=0) if path.suffix == ".gz" else plain


def open_frames(file: FrameFile) -> list[Atoms]:
    """Read the configurations of a file that an earlier step has written.

    Raises
    ------
    UsageError
        If the file is gone or has changed since.
    """
    path = located(file)
    if not path.is_file():
        raise UsageError(
            f"the configurations in {path} are gone",
            where=str(path),
            hint="run the step that wrote them again",
        )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != file.sha256:
        raise UsageError(
            f"{path} has changed (sha256 {digest[:12]}…, expected {file.sha256[:12]}…)",
            where=str(path),
            hint="name it again so that its new content is used",
        )
    return read_frames(path) if file.frames else []


def located(file: FrameFile) -> Path:
    """Return where a file is now: a step finds those of other steps beside its own, wherever they moved."""
    path = Path(file.path)
    moved = step_directory().parent / path.parent.name / path.name
    return moved if not path.is_file() and moved.is_file() else path


def source_of(path: Path) -> str:
    """Name what the frames of a file stem from: its name, with the directory where the name says nothing."""
    name = path.name.removesuffix(".gz")
    if name.startswith(_GENERIC):
        return f"{path.resolve().parent.name}/{name}"
    return Path(name).stem


def _parse(path: Path) -> list[Atoms]:
    from ase.io import read

    plain = path.name.removesuffix(".gz")
    if not plain.endswith((".xyz", ".extxyz")):
        options: dict[str, Any] = {"index": ":", "do_not_split_by_at_sign": True}
        return list(read(path, **options))
    # From memory: ASE seeks for every frame, which starts a gzipped file from its beginning each time.
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    frames = list(read(io.StringIO(text.decode()), index=":", format="extxyz"))
    for atoms in frames:
        atoms.info = {key: _plain(value) for key, value in atoms.info.items()}
    return frames


def _plain(value: Any) -> Any:
    """Turn numpy's scalars into Python's."""
    return value.item() if isinstance(value, np.generic) else value
