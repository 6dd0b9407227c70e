"""Measured enthalpies of formation, 298 K."""

import csv
from functools import cache
from importlib import resources

from ase.units import kJ, mol
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["MeasuredEnthalpy", "measured_enthalpies"]


class MeasuredEnthalpy(BaseModel):
    """One measured enthalpy of formation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    formula: str = Field(description="Reduced formula of a solid, formula of the molecule of a gas.")
    phase: str = Field(description="solid or gas.")
    enthalpy_kJ_mol: float = Field(description="Standard enthalpy of formation at 298 K, kJ/mol.")
    uncertainty_kJ_mol: float | None = Field(None, description="Where the source gives one.")
    source: str
    note: str = ""

    @property
    def energy_eV(self) -> float:
        """The enthalpy in eV per formula unit."""
        return float(self.enthalpy_kJ_mol * kJ / mol)


@cache
def measured_enthalpies(phase: str) -> dict[str, MeasuredEnthalpy]:
    """Return what is measured of all solids or all gases, by formula."""
    path = resources.files("lithicoat.workflows").joinpath("data/measured_enthalpies.csv")
    lines = path.read_text("utf-8").splitlines()
    rows = [
        MeasuredEnthalpy.model_validate({k: v for k, v in row.items() if v}) for row in csv.DictReader(lines)
    ]
    return {row.formula: row for row in rows if row.phase == phase}
