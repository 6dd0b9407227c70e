"""The log of a run, for plots."""

from collections.abc import Sequence
from pathlib import Path

from lithicoat.workflows.dynamics.checkpoint import write_atomically
from lithicoat.workflows.errors import naming

__all__ = ["ThermoLog"]


class ThermoLog:
    """Time, temperature, energies and volume at every checkpoint, as a CSV file for plots.

    At constant pressure nothing is conserved, and that column is empty.

    Parameters
    ----------
    path : Path
        The file.
    until_ps : float
        Later rows, left by a run that was killed, are dropped.
    """

    COLUMNS = (
        "time_ps",
        "target_K",
        "temperature_K",
        "potential_energy_eV",
        "conserved_energy_eV",
        "volume_A3",
    )

    def __init__(self, path: Path, *, until_ps: float) -> None:
        self.path = path
        rows = path.read_text().splitlines()[1:] if path.exists() else []
        # A row that a killed process left half-written is later than the checkpoint too.
        whole = len(self.COLUMNS) - 1
        kept = [
            row for row in rows if row.count(",") == whole and float(row.split(",")[0]) <= until_ps + 1e-9
        ]
        write_atomically(path, "\n".join([",".join(self.COLUMNS), *kept, ""]).encode())

    def add(self, row: Sequence[float | None]) -> None:
        """Append one row; what a stage does not have stays empty."""
        with naming(self.path), self.path.open("a") as file:
            file.write(",".join("" if number is None else f"{number:.9g}" for number in row) + "\n")
