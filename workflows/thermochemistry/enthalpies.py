"""Measured enthalpies of formation, 298 K."""

import csv
from functools import cache
from importlib import resources

from ase.units import kJ, mol
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.formulas import parse_formula

__all__ = ["MeasuredEnthalpy", "measured_enthalpies"]

RED_PHOSPHORUS_KJ_MOL = -17.6
"""Enthalpy of red phosphorus, kJ/mol (CRC Handbook): tables count from white, the crystal here is red."""
USUAL_KJ_MOL = 2.0
"""Uncertainty of a tabulated enthalpy, kJ/mol: what tables differ by."""


class MeasuredEnthalpy(BaseModel):
    """One measured enthalpy of formation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    formula: str = Field(description="Reduced formula of a solid, formula of the molecule of a gas.")
    phase: str = Field(description="solid, liquid or gas.")
    enthalpy_kJ_mol: float = Field(description="Standard enthalpy of formation at 298 K, kJ/mol.")
    uncertainty_kJ_mol: float | None = Field(None, description="Where the source gives one.")
    source: str
    note: str = ""

    @property
    def composition(self) -> dict[str, float]:
        """Atoms per formula unit."""
        return {element: float(number) for element, number in parse_formula(self.formula).items()}

    @property
    def energy_eV(self) -> float:
        """The enthalpy in eV per formula unit, phosphorus counted from its red form."""
        red = self.composition.get("P", 0.0) * RED_PHOSPHORUS_KJ_MOL
        return float((self.enthalpy_kJ_mol - red) * kJ / mol)

    @property
    def uncertainty_eV(self) -> float:
        """Standard uncertainty in eV per formula unit; `USUAL_KJ_MOL` where the source gives none."""
        return float((self.uncertainty_kJ_mol or USUAL_KJ_MOL) * kJ / mol)


@cache
def measured_enthalpies(phase: str) -> dict[str, MeasuredEnthalpy]:
    """Return what is measured of all solids, liquids or gases, by formula."""
    path = resources.files("lithicoat.workflows").joinpath("data/measured_enthalpies.csv")
    lines = path.read_text("utf-8").splitlines()
    rows = [
        MeasuredEnthalpy.model_validate({k: v for k, v in row.items() if v}) for row in csv.DictReader(lines)
    ]
    return {row.formula: row for row in rows if row.phase == phase}
