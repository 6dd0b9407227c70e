"""`lithicoat potentials`: which potentials there are, and which are available here."""

from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.options import Json
from lithicoat.workflows.potentials import PotentialInfo, list_potentials

__all__ = ["command"]


def command(*, json: Json = False) -> None:
    """List the potentials: availability, licence, level of theory. Example: lithicoat potentials."""
    entries = list_potentials()
    if json:
        print_json([_summary(entry) for entry in entries])
        return
    for entry in entries:
        out.print(f"{entry.id}  [{'available' if entry.available else 'not here'}]  {entry.licence}")
        out.print(f"    {entry.level_of_theory}; {len(entry.elements)} elements", soft_wrap=True)
        out.print(f"    {entry.reason}", soft_wrap=True)
        out.print(
            f"    elastic calibration: {entry.calibration or 'none'}; sha256 {entry.sha256 or 'not known'}"
        )
    out.print("Any local MACE model: --potential FILE.model")


def _summary(entry: PotentialInfo) -> dict[str, object]:
    fields = ("id", "available", "reason", "elements", "level_of_theory", "licence", "sha256", "calibration")
    return {name: getattr(entry, name) for name in fields}
