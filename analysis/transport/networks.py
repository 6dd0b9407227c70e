"""The sites of a crystal that a carrier visits and the hops between them, with their energies."""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from lithicoat.analysis.errors import DataError

__all__ = ["HopNetwork", "NetworkHop"]

Array = NDArray[np.float64]
_Vector = tuple[float, float, float]


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NetworkHop(_Stored):
    """A hop between two sites, and back over the same saddle."""

    start: int = Field(ge=0, description="Index of a site.")
    end: int = Field(ge=0, description="Index of the site that it leads to.")
    offset: tuple[int, int, int] = Field(description="Cell in which the second site is, in lattice vectors.")
    saddle_eV: float = Field(description="Energy of the saddle, on the scale of the sites' energies, eV.")
    label: str = Field("", description="Which of the distinct hops it is.")


class HopNetwork(_Stored):
    """All sites of a carrier in one cell and all hops from them, each of a pair of sites once."""

    cell_A: tuple[_Vector, _Vector, _Vector] = Field(description="Lattice vectors as rows, Å.")
    sites_A: tuple[_Vector, ...] = Field(min_length=1, description="Positions of the sites, Å.")
    energies_eV: tuple[float, ...] = Field(
        description="Energy of the crystal with the carrier at each site, on any common scale, eV."
    )
    hops: tuple[NetworkHop, ...] = ()

    @model_validator(mode="after")
    def _belongs_together(self) -> "HopNetwork":
        if len(self.sites_A) != len(self.energies_eV):
            msg = f"{len(self.sites_A)} sites have {len(self.energies_eV)} energies; each needs one"
            raise DataError(msg, where="energies_eV")
        for hop in self.hops:
            if max(hop.start, hop.end) >= len(self.sites_A):
                msg = f"hop {hop.label or hop} leads to a site that is none of {len(self.sites_A)}"
                raise DataError(msg, where="hops")
            lower = max(self.energies_eV[hop.start], self.energies_eV[hop.end])
            if hop.saddle_eV < lower - 1e-6:
                msg = f"the saddle of hop {hop.label or hop} is below one of its ends"
                raise DataError(msg, where="hops", hint="give the highest energy of the path")
        return self

    @property
    def displacements_A(self) -> Array:
        """How far each hop carries the carrier, shape (hops, 3), Å."""
        sites, cell = np.array(self.sites_A), np.array(self.cell_A)
        rows = [sites[hop.end] + np.array(hop.offset) @ cell - sites[hop.start] for hop in self.hops]
        return np.array(rows).reshape(-1, 3)

    @property
    def volume_A3(self) -> float:
        """Volume of the cell, Å³."""
        return float(abs(np.linalg.det(np.array(self.cell_A))))
