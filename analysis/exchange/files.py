"""Files that appear under their name when they are whole."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from lithicoat.analysis.errors import DataError

__all__ = ["appearing"]


@contextmanager
def appearing(path: Path) -> Iterator[BinaryIO]:
    """Write beside a file and put it in its place when all is written.

    Raises
    ------
    DataError
        If it cannot be written.
    """
    if path.is_dir():
        raise DataError(f"{path} is a directory", where=str(path), hint="name a file")
    try:
        handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
            Path(beside).chmod(0o666 & ~_umask())
            Path(beside).replace(path)
        finally:
            Path(beside).unlink(missing_ok=True)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}", where=str(path)) from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
