"""The oxygen that a cathode offers, from what it costs to take an atom of it out.

Lattice oxygen whose removal as half an O2 costs E is in equilibrium with oxygen of the chemical potential -E
per O: this is what the cathode offers. A film whose uptake is downhill below that potential pulls lattice
oxygen out of the cathode; one whose uptake begins above it takes only what comes off by itself.
"""

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.oxygen.mixtures import Mixture, oxygen_gas
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry

__all__ = ["BULK", "CathodeOxygen", "OxygenSite", "SitesAt", "margin", "offered", "vacancy_energy"]

BULK = "bulk"
OWN_ERROR = "± is that of the corrections; the potential's own error for a vacancy is not known"


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class OxygenSite(_Document):
    """One kind of oxygen in the cathode, taken out of its cell."""

    place: str = Field(description="`bulk`, or the face of the slab: `(104)`.")
    label: str = Field(description="Its neighbours and, in a slab, its depth: `O surface Li1Ni2`.")
    multiplicity: int = Field(gt=0, description="Sites of this kind in the cell.")
    depth_A: float | None = Field(description="Below the surface, Å; None in the bulk.")
    difference_eV: float = Field(
        description="Energy of the relaxed cell without the atom, minus that with it, uncorrected, eV."
    )
    unrelaxed_eV: float = Field(description="The same before any atom moved, eV.")


class SitesAt(_Document):
    """The oxygens of a cathode at one lithium content."""

    lithium: float = Field(description="x in LixMO2.")
    sites: tuple[OxygenSite, ...] = Field(min_length=1)


class CathodeOxygen(_Document):
    """The oxygens of a cathode at several lithium contents, by one potential."""

    cathode: str = Field(description="Id in the catalog.")
    metals: dict[str, float] = Field(description="Share of each metal.")
    face: str = Field(description="Face of the slabs.")
    potential: str
    sha256: str
    protocol: str = Field(description="Cells and limits of the relaxations.")
    contents: tuple[SitesAt, ...] = Field(min_length=1)
    versions: dict[str, str] = Field(default_factory=dict)

    @property
    def elements(self) -> frozenset[str]:
        """Elements of the cathode."""
        return frozenset({"Li", "O", *self.metals})

    def at(self, lithium: float) -> SitesAt:
        """Return the oxygens at the nearest lithium content there is."""
        return min(self.contents, key=lambda entry: abs(entry.lithium - lithium))

    def label(self, lithium: float) -> str:
        """Name the cathode at a lithium content: `NMC811 x=0.25`."""
        return f"{self.cathode} x={lithium:g}"


def vacancy_energy(
    table: Thermochemistry, cathode: CathodeOxygen, lithium: float, site: OxygenSite
) -> Property:
    """Return what it costs to take one O out as half an O2, eV.

    It is a reaction of one formula unit, LixMO2 -> LixMO + 1/2 O2, with the difference that the cell shows:
    the oxide correction with its uncertainty comes from the table, and so does the scatter of a compound,
    for the one formula unit whose surroundings change.

    Parameters
    ----------
    table : Thermochemistry
        Corrections of the potential of the cells; references of all their elements.
    cathode : CathodeOxygen
        What the site belongs to.
    lithium : float
        x in LixMO2.
    site : OxygenSite
        The oxygen.

    Raises
    ------
    DataError
        If table and cells are not of the same potential.
    """
    return _with_metals(table, cathode).reaction(
        [*_emptied(table, cathode, lithium, site), (oxygen_gas(table), 0.5)]
    )


def offered(
    table: Thermochemistry, cathode: CathodeOxygen, lithium: float, *, place: str | None = None
) -> Property:
    """Return the highest chemical potential of oxygen that a cathode offers, eV per O.

    It is that of the site that is cheapest to empty, at the surface unless another place is named. The flag
    tells by how much the sites differ.
    """
    entry = cathode.at(lithium)
    where = place or cathode.face
    costs = [
        vacancy_energy(table, cathode, entry.lithium, site) for site in entry.sites if site.place == where
    ]
    if not costs:
        raise DataError(f"no oxygen of {cathode.label(lithium)} is known at {where}", where=where)
    values = [float(cost.value or 0.0) for cost in costs]
    lowest = costs[int(np.argmin(values))]
    spread = (
        (f"{len(values)} sites: {min(values):.2f} to {max(values):.2f} eV per vacancy",)
        if len(values) > 1
        else ()
    )
    return lowest.model_copy(update={"value": -min(values)}).flagged(*spread, OWN_ERROR)


def margin(
    table: Thermochemistry, cathode: CathodeOxygen, lithium: float, before: Mixture, after: Mixture
) -> Property:
    """Return what is gained when the film takes one O out of the cathode's surface, eV.

    It is the cathode's offer minus the onset of the film's uptake, as one reaction: errors of the oxide
    correction that both have in common cancel.

    Parameters
    ----------
    table : Thermochemistry
        Of the cathode's potential.
    cathode : CathodeOxygen
        The cathode.
    lithium : float
        x in LixMO2.
    before, after : Mixture
        What the film is, and what it becomes in the first step of its uptake.

    Returns
    -------
    Property
        In eV per O; positive: lattice oxygen goes into the film downhill.
    """
    entry = cathode.at(lithium)
    sites = [site for site in entry.sites if site.place == cathode.face]
    cheapest = min(sites, key=lambda site: site.difference_eV)
    rise = after.oxygen - before.oxygen
    transfer = _with_metals(table, cathode).reaction(
        [
            *_emptied(table, cathode, entry.lithium, cheapest),
            *((phase, -number / rise) for phase, number in before.amounts),
            *((phase, number / rise) for phase, number in after.amounts),
        ]
    )
    shift = (after.shift_eV - before.shift_eV) / rise
    return transfer.model_copy(update={"value": -float(transfer.value or 0.0) - shift}).flagged(OWN_ERROR)


def _emptied(
    table: Thermochemistry, cathode: CathodeOxygen, lithium: float, site: OxygenSite
) -> list[tuple[Phase, float]]:
    if table.sha256 != cathode.sha256:
        raise DataError(
            f"the oxygen of {cathode.cathode} is by {cathode.potential}, the reference phases are by "
            f"{table.potential}: energies of two potentials are not mixed",
            where=table.potential,
        )
    unit = {"Li": lithium, **cathode.metals, "O": 2.0}
    full = Phase(name="cathode", formula="LixMO2", composition=unit, energy_eV=0.0, kind=PhaseKind.CATHODE)
    emptied = Phase(
        name="cathode with a vacancy",
        formula="LixMO",
        composition={**unit, "O": 1.0},
        energy_eV=site.difference_eV,
        kind=PhaseKind.CATHODE,
    )
    return [(full, -1.0), (emptied, 1.0)]


def _with_metals(table: Thermochemistry, cathode: CathodeOxygen) -> Thermochemistry:
    """Return the table with some reference of every metal: it stands on both sides and cancels."""
    anything = dict.fromkeys(cathode.elements, 0.0)
    return table.model_copy(update={"elements_eV": {**anything, **table.elements_eV}})
