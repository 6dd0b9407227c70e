"""`lithicoat potentials`: which potentials there are, and which are available here."""

from lithicoat.workflows.benchmarks.results import shipped_headlines
from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.options import Json
from lithicoat.workflows.potentials.registry import PotentialInfo, list_potentials

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
        out.print(f"    {_equipment(entry)}; sha256 {entry.sha256 or 'not known'}", soft_wrap=True)
        for subject, headline in shipped_headlines(entry.id, entry.sha256).items():
            out.print(f"    {subject}: {headline}", soft_wrap=True)
    out.print("Any local MACE model: --potential FILE.model")


def _equipment(entry: PotentialInfo) -> str:
    """Say what there is to correct, to doubt and to widen its numbers."""
    committee = f"committee of {len(entry.committee) + 1}" if entry.committee else "no committee"
    guard = "guard" if entry.guard else "no guard"
    return f"elastic calibration: {entry.calibration or 'none'}; {guard}; {committee}"


def _summary(entry: PotentialInfo) -> dict[str, object]:
    fields = (
        "id", "available", "reason", "elements", "level_of_theory", "licence", "sha256", "calibration",
        "guard", "committee", "card",
    )  # fmt: skip
    benchmarks = shipped_headlines(entry.id, entry.sha256)
    return {**{name: getattr(entry, name) for name in fields}, "benchmarks": benchmarks}
