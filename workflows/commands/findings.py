"""Findings of a check, printed as they come."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lithicoat.workflows.commands.console import out

if TYPE_CHECKING:
    from lithicoat.workflows.cluster.findings import Finding

__all__ = ["shown"]


def shown(findings: Iterable["Finding"], *, json: bool) -> list["Finding"]:
    """Print each finding as soon as it is there, unless all are printed as JSON; return them."""
    found = []
    for finding in findings:
        found.append(finding)
        if not json:
            remedy = f": {finding.hint}" if finding.hint else ""
            out.print(
                f"  {finding.verdict.value:7}  {finding.subject}: {finding.message}{remedy}", soft_wrap=True
            )
    return found
