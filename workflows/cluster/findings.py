"""What a check of a cluster found: in order, to be mended, or not tried."""

from collections.abc import Iterable
from enum import Enum

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.workflows.errors import UsageError

__all__ = ["Finding", "Verdict", "bad", "good", "require", "skipped"]


class Verdict(Enum):
    """What a check found."""

    OK = "ok"
    MEND = "mend"
    SKIPPED = "skipped"


class Finding(BaseModel):
    """One line of a check."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str = Field(description="What was tried.")
    verdict: Verdict
    message: str = Field(description="What was found.")
    hint: str = Field("", description="What to do about it.")


def good(subject: str, message: str) -> Finding:
    """Report that something works."""
    return Finding(subject=subject, verdict=Verdict.OK, message=message)


def bad(subject: str, message: str, hint: str = "") -> Finding:
    """Report that something must be mended."""
    return Finding(subject=subject, verdict=Verdict.MEND, message=message, hint=hint)


def skipped(subject: str, message: str) -> Finding:
    """Report that something could not be tried here."""
    return Finding(subject=subject, verdict=Verdict.SKIPPED, message=message)


def require(findings: Iterable[Finding]) -> None:
    """Let nothing be queued on a cluster that cannot run it.

    Raises
    ------
    UsageError
        The first finding that must be mended.
    """
    for finding in findings:
        if finding.verdict is Verdict.MEND:
            raise UsageError(finding.message, where=finding.subject, hint=finding.hint)
