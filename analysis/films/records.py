"""The structure of a film as it is stored: what its annealed replicas have in common."""

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.properties import Property

__all__ = [
    "LIGANDS",
    "FilmStructure",
    "LeftOut",
    "OddReplica",
    "RingStatistics",
    "Shell",
    "ShellStatistics",
    "bonded",
    "structure_properties",
]

LIGANDS = frozenset({"N", "O", "F", "S", "Cl", "Se", "Br", "I"})
"""Elements that surround a cation."""
LONGEST_BOND_A = 3.6


class Shell(BaseModel):
    """The first coordination shell of one pair of elements."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    center: str = Field(description="Element whose neighbours are counted.")
    neighbor: str = Field(description="Element of the neighbours.")
    peak_A: float = Field(gt=0, description="First maximum of the radial distribution function, Å.")
    edge_A: float = Field(gt=0, description="Minimum after it, Å.")
    coordination: float = Field(ge=0, description="Mean number of neighbours within the edge.")


class ShellStatistics(BaseModel):
    """The first coordination shell of one pair of elements over the cells of an ensemble."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    center: str = Field(description="Element whose neighbours are counted.")
    neighbor: str = Field(description="Element of the neighbours.")
    peak: Property = Field(description="First maximum of the radial distribution function, Å.")
    edge_A: float = Field(
        gt=0, description="Minimum of the mean function after it, Å; the same in all cells."
    )
    coordination: Property = Field(description="Mean number of neighbours within the edge.")
    by_replica: tuple[float, ...] = Field(description="Coordination number of each cell.")
    shares: tuple[float, ...] = Field(
        description="Share of the centers with 0, 1, 2 … neighbours within the edge, over all cells."
    )


class LeftOut(BaseModel):
    """A replica that was made and is not in the film's statistics."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    replica: int = Field(ge=1, description="Number of the replica that was made again in its place.")
    seed: int = Field(description="Seed of the one that was left out.")
    reason: str = Field(description="Why it was left out.")
    density_g_cm3: float | None = Field(None, description="Its density, g/cm³; None if it was not finished.")


class OddReplica(BaseModel):
    """A replica that is not of one kind with the others."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    replica: int = Field(ge=1, description="Number of the replica.")
    quantity: str = Field(description="What is off, such as `density` or `coordination Li-O`.")
    value: float = Field(description="Its value, in the unit of the quantity.")
    deviation: float = Field(description="How far it is off the middle of the others, as a fraction.")

    def sentence(self) -> str:
        """Say what is off."""
        return f"{self.quantity} {abs(self.deviation):.0%} {self._side} that of the other replicas"

    def reason(self) -> str:
        """Say the same without the number, which changes with every further replica."""
        return f"{self.quantity} far {self._side} that of the other replicas"

    @property
    def _side(self) -> str:
        return "above" if self.deviation > 0 else "below"


class RingStatistics(BaseModel):
    """Rings of one size in one network."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    network: str = Field(description="Bonds that make the network, such as `Al-S`, or `covalent`.")
    atoms: int = Field(ge=3, description="Atoms of a ring.")
    per: str = Field(description="What they are counted per: an element, or `unit`.")
    number: Property = Field(description="Shortest-path rings of that size per atom of `per`.")


class FilmStructure(BaseModel):
    """Structure of a film over its annealed replicas."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    replicas: int = Field(gt=0, description="Replicas in the statistics.")
    wanted: int = Field(gt=0, description="Replicas that the protocol asks for.")
    seeds: tuple[int, ...] = Field(description="Their seeds.")
    density: Property = Field(description="Density as annealed, g/cm3: mean and standard error.")
    densities_g_cm3: tuple[float, ...] = Field(description="Density of each replica, g/cm³.")
    shells: tuple[ShellStatistics, ...] = Field(description="First coordination shells.")
    rings: tuple[RingStatistics, ...] = Field((), description="Rings of network formers, and covalent ones.")
    network: dict[str, Property] = Field(
        default_factory=dict, description="How ions tie the molecules of a molecular film together."
    )
    odd: tuple[OddReplica, ...] = Field((), description="Outliers that were kept.")
    left_out: tuple[LeftOut, ...] = Field((), description="Replicas that were made again.")
    flags: tuple[str, ...] = Field((), description="Caveats a reader must see.")


def bonded(shell: ShellStatistics) -> bool:
    """Return whether a shell is that of a ligand around a cation, near enough to be bonded."""
    cation = shell.center not in LIGANDS | {"H", "C"} and shell.neighbor in LIGANDS
    return cation and shell.edge_A < LONGEST_BOND_A


def structure_properties(structure: FilmStructure) -> dict[str, Property]:
    """Return the numbers of a film's structure by name, one level deep, for tables.

    Returns
    -------
    dict of str to Property
        density_annealed, first_peak_A-B and coordination_A-B of each cation A and ligand B,
        rings_A-B_n (rings of n atoms per A), and the numbers of the network.
    """
    found = {"density_annealed": structure.density.flagged(*structure.flags)}
    for shell in filter(bonded, structure.shells):
        pair = f"{shell.center}-{shell.neighbor}"
        found[f"first_peak_{pair}"] = shell.peak
        found[f"coordination_{pair}"] = shell.coordination
    for ring in structure.rings:
        found[f"rings_{ring.network}_{ring.atoms}"] = ring.number
    return found | structure.network
