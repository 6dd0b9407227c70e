"""What is wrong with what a user asked to be built."""

from pathlib import Path

__all__ = ["StructureError", "unwritable"]


class StructureError(ValueError):
    """Bad input to the building of models: one sentence, the place, and the way out.

    Parameters
    ----------
    message : str
        What is wrong, in one sentence.
    where : str, optional
        The file, catalog entry, option or bond that is meant.
    hint : str, optional
        What would be right.
    """

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message, self.where, self.hint = message, where, hint


def unwritable(path: Path, error: OSError) -> StructureError:
    """Return the error that says why a file or directory cannot be written."""
    return StructureError(
        f"{path} cannot be written: {error.strerror}", where=str(path), hint="another directory"
    )
