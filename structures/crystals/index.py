"""The index of shipped crystals: what each file is, and how far it may be trusted."""

import csv
import difflib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.errors import StructureError

__all__ = ["CRYSTALS", "CrystalInfo", "crystal_info", "crystal_names"]

CRYSTALS = Path(__file__).parents[1] / "data" / "crystals"
"""Folder of the shipped crystals."""

_CAUTIONS = {
    "noisy": "relaxed: the coordinates of the source carry noise",
    "predicted": "predicted",
    "model": "model by analogy",
    "hypothetical": "hypothetical",
}
"""Origins that are no refined structure, in words."""


class CrystalInfo(BaseModel):
    """One row of the index of shipped crystals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    formula: str
    file: str
    spacegroup: str = Field(
        description="Number in the International Tables; `molecule` for a molecule in a box."
    )
    density_g_cm3: float
    density_reference_g_cm3: float | None = Field(None, description="Measured density, where known.")
    source: str
    origin: str = Field(description="db, textbook, noisy, predicted, model, hypothetical or molecule.")
    flag: str = ""
    note: str = ""

    @property
    def flags(self) -> tuple[str, ...]:
        """What a reader must know: no refined structure, or held together by van der Waals forces."""
        flags = [_CAUTIONS[self.origin]] if self.origin in _CAUTIONS else []
        if self.flag == "suspect":
            flags.append("suspect: van der Waals crystal, its volume comes out wrong")
        elif self.flag and self.flag not in flags:
            flags.append(self.flag)
        elif "vdW" in self.note or "molecular" in self.note:
            flags.append("van der Waals bonds")
        return tuple(flags)


@cache
def _index() -> dict[str, CrystalInfo]:
    with (CRYSTALS / "index.csv").open(encoding="utf-8", newline="") as lines:
        rows = [
            CrystalInfo.model_validate({k: v for k, v in row.items() if v}) for row in csv.DictReader(lines)
        ]
    return {row.file: row for row in rows}


def crystal_names() -> tuple[str, ...]:
    """Return the file names of all shipped crystals."""
    return tuple(_index())


def crystal_info(file_name: str) -> CrystalInfo:
    """Return formula, density, source, origin and flag of a shipped crystal.

    Raises
    ------
    StructureError
        If there is no such crystal; the nearest names are offered.
    """
    try:
        return _index()[file_name]
    except KeyError:
        near = difflib.get_close_matches(file_name, _index(), n=3, cutoff=0.4)
        hint = f"Did you mean {' or '.join(near)}?" if near else ""
        raise StructureError(f"there is no shipped crystal {file_name}", where=file_name, hint=hint) from None
