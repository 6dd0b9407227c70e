"""What can go wrong while computing."""

__all__ = ["PotentialError", "RunError", "UsageError"]


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
