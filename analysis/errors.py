"""What is wrong with the numbers that analysis was given."""

__all__ = ["DataError"]


class DataError(ValueError):
    """Data from which the asked quantity cannot be had.

    Parameters
    ----------
    message : str
        What is wrong, in one sentence.
    where : str, optional
        The file, option or quantity that is meant.
    hint : str, optional
        What would be right.
    """

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message, self.where, self.hint = message, where, hint
