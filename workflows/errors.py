"""What can go wrong while computing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["DiskError", "PotentialError", "RunError", "UsageError", "naming"]


class _ReportedError(Exception):
    """An error that reaches the user as one sentence with its place and its remedy."""

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message, self.where, self.hint = message, where, hint


class UsageError(_ReportedError, ValueError):
    """The user asked for something that cannot be done as asked (exit code 2)."""


class PotentialError(UsageError):
    """A potential is unknown, not to be had here, or does not cover an element (exit code 2)."""


class RunError(_ReportedError, RuntimeError):
    """A computation failed: not converged, blown up, decomposed (exit code 1)."""


class DiskError(_ReportedError):
    """A file cannot be written: no space, no quota, no permission (exit code 1).

    It is no `RunError`: those may say something about a film, such as that a cell broke, and are then taken
    for a result.
    """


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name the file that could not be written.

    Raises
    ------
    DiskError
        Instead of an ``OSError``.
    """
    try:
        yield
    except OSError as error:
        raise DiskError(
            f"{path} cannot be written: {error.strerror or error}",
            where=str(path),
            hint="make room there and run it again; it goes on from the last checkpoint, which is whole",
        ) from error
