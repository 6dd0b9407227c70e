"""What is wrong with what a user asked to be built."""

__all__ = ["StructureError"]


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
