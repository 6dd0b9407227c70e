"""The volume that lithium takes in a film: how the cell grows with its lithium content.

The partial molar volume of lithium is dV/dN at zero pressure. It is the slope of the volumes of relaxed
cells with lithium taken out and put in against the number of atoms, by least squares through the cell as it
was; divided by the volume of an atom in the metal it is v = V(Li)/V(Li metal). Lithium comes and goes as an
atom, with its electron. The volume need not be positive: where anions repel each other across an empty site,
the cell swells as lithium leaves.

The slope may differ on the two sides. The potential of lithium is that of an interstitial atom and minus that
of a vacancy; where both are as many it is half the sum of the two, and so its derivative by the pressure is
the mean of the two slopes, which is taken. Where one kind of carrier prevails, its side alone counts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.criterion.spheres import METAL_A3
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mechanics.elasticity import ensemble
from lithicoat.analysis.properties import Property

__all__ = ["LithiumCell", "VolumeSlope", "lithium_volume_ratio", "volume_slope"]

NEUTRAL = "lithium moves as an atom, with its electron: the potential knows no charge"
SWELLS = "negative: the cell swells where lithium leaves it"
ONE_CELL = "one cell with another lithium content: spread over the sites unknown"


class LithiumCell(BaseModel):
    """A relaxed cell with lithium taken out or put in."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    label: str = Field(description="Which sites.")
    change: int = Field(description="Lithium atoms put in; below 0: taken out.")
    atoms: int = Field(ge=1, description="Atoms of the cell.")
    volume_change_A3: float = Field(description="Volume less that of the cell as it was, Å³.")
    error_A3: float = Field(0.0, ge=0, description="Standard uncertainty of that, from the stress left, Å³.")
    energy_change_eV: float = Field(description="Energy less that of the cell as it was, eV.")
    farthest_A: float = Field(ge=0, description="Farthest that an atom moved in the relaxation, Å.")


@dataclass(frozen=True, kw_only=True)
class VolumeSlope:
    """Volume of a cell against its lithium.

    Parameters
    ----------
    volume_A3 : float
        dV/dN, Å³ per atom.
    uncertainty_A3 : float or None
        Standard uncertainty from the spread over the cells; None if there is one.
    """

    volume_A3: float
    uncertainty_A3: float | None


def volume_slope(cells: Sequence[LithiumCell]) -> VolumeSlope:
    """Fit the volume against the lithium content, through the cell as it was.

    Cells with lithium taken out weigh together as much as those with lithium put in, so that with both
    the slope is that at the content of the film. The uncertainty is the sandwich estimate from the residuals
    times √(m/(m-1)) for m cells, joined with the errors of the volumes: for m cells with one atom less it
    is the standard error of their mean.

    Raises
    ------
    DataError
        If there is no cell, or one has the lithium of the film.
    """
    if not cells:
        raise DataError("a slope needs a cell with another lithium content", where="cells")
    changes = np.array([cell.change for cell in cells], dtype=float)
    if not changes.all():
        raise DataError("a cell with as much lithium as the film has no place in the slope", where="cells")
    volumes = np.array([cell.volume_change_A3 for cell in cells])
    errors = np.array([cell.error_A3 for cell in cells])
    out = changes < 0
    weights = np.where(out, 1 / max(out.sum(), 1), 1 / max((~out).sum(), 1))
    leverage = weights * changes / float(weights @ changes**2)
    slope = float(leverage @ volumes)
    number = len(cells)
    if number == 1:
        return VolumeSlope(volume_A3=slope, uncertainty_A3=None)
    residuals = volumes - slope * changes
    spread = float((leverage * residuals) @ (leverage * residuals)) * number / (number - 1)
    return VolumeSlope(
        volume_A3=slope, uncertainty_A3=math.sqrt(spread + float((leverage * errors) @ (leverage * errors)))
    )


def lithium_volume_ratio(replicas: Sequence[Sequence[LithiumCell]], *, crystal: bool) -> Property:
    """Return v = V(Li in the film)/V(Li in the metal) from the change of cell volume with lithium content.

    Parameters
    ----------
    replicas : sequence of sequence of LithiumCell
        The cells that were made of each replica of the film.
    crystal : bool
        Whether the cells are those of a crystal, of which one is enough.

    Returns
    -------
    Property
        Mean over the replicas, 1; the uncertainty joins the spread over sites and over replicas.

    Raises
    ------
    DataError
        If there is no cell.
    """
    ratios = [_ratio(volume_slope(cells)) for cells in replicas]
    found = ratios[0] if crystal and len(ratios) == 1 else ensemble(ratios)
    every = [cell for cells in replicas for cell in cells]
    if len(every) == 1:
        found = found.flagged(ONE_CELL)
    if (found.value or 0.0) < 0:
        found = found.flagged(SWELLS)
    return found.flagged(_story(every), *_sides(every), NEUTRAL)


def _ratio(slope: VolumeSlope) -> Property:
    uncertainty = slope.uncertainty_A3
    return Property(
        value=slope.volume_A3 / METAL_A3,
        uncertainty=None if uncertainty is None else uncertainty / METAL_A3,
        unit="1",
    )


def _sides(cells: Sequence[LithiumCell]) -> tuple[str, ...]:
    """Say how the ratio differs between taking out and putting in, if there is both."""
    sides = [[cell for cell in cells if cell.change < 0], [cell for cell in cells if cell.change > 0]]
    if not all(sides):
        return ()
    out, into = (volume_slope(side).volume_A3 / METAL_A3 for side in sides)
    return (f"{out:.2f} as lithium leaves, {into:.2f} as it enters",)


def _story(cells: Sequence[LithiumCell]) -> str:
    """Say from what the number was had."""
    taken = sum(cell.change < 0 for cell in cells)
    told = [f"{taken} with lithium taken out"] if taken else []
    told += [f"{len(cells) - taken} with lithium put in"] if taken < len(cells) else []
    sizes = sorted({cell.atoms - cell.change for cell in cells})
    atoms = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    return f"from relaxed cells of {atoms} atoms, {' and '.join(told)}"
