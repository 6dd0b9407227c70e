"""How metal ions tie the molecules of a film together."""

from typing import NamedTuple

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.crosslinks import Contacts, PeriodicGraph, bond_edges, metal_oxygen_contacts
from lithicoat.structures.model import Model
from lithicoat.structures.validation import NON_METALS

__all__ = ["NetworkStatistics", "has_network", "network_statistics"]

MOST = 8
"""Coordination numbers are told apart up to this one; higher ones are counted with it."""


class NetworkStatistics(BaseModel):
    """The ionic network of a lithicone or metalcone. All numbers are pure, lengths are in Å.

    A unit is a molecule: atoms that covalent bonds hold together, carbon among them. An ion is a metal. They
    touch within the first metal-oxygen shell: 2.6 Å for Li, 1.25 times the sum of covalent radii for others.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    units: int = Field(gt=0, description="Molecules in the cell.")
    ions: int = Field(gt=0, description="Metal ions in the cell.")
    ion_coordination: float = Field(ge=0, description="Mean number of oxygens around an ion.")
    ions_by_oxygens: tuple[float, ...] = Field(
        description="Share of the ions with 0, 1, 2 … oxygens around them; the last holds 8 and more."
    )
    oxygens_by_ions: tuple[float, float, float, float] = Field(
        description="Share of the units' oxygens that touch 0, 1, 2, and 3 or more ions."
    )
    bridges_per_unit: float = Field(
        ge=0, description="Ion–O–ion bridges per unit: pairs of ions that share one of its oxygens."
    )
    bridges_per_oxygen: float = Field(ge=0, description="The same per oxygen of the units.")
    hydroxyls_per_unit: float = Field(
        ge=0, description="Hydroxyls on carbon that kept their proton, per unit."
    )
    clusters: int = Field(gt=0, description="Groups of units that do not hang together through ions.")
    largest_cluster_share: float = Field(gt=0, le=1, description="Share of the units in the largest group.")
    percolating_directions: int = Field(
        ge=0, le=3, description="Independent directions in which the widest group goes on for ever."
    )


class _Units(NamedTuple):
    owner: NDArray[np.int64]
    """Number of the unit of each atom, -1 for atoms of none."""
    number: int


def has_network(model: Model) -> bool:
    """Return whether a model holds molecules and metal ions, so that it has network statistics."""
    return model.bonds is not None and "C" in model.symbols and bool(set(model.symbols) - NON_METALS)


def network_statistics(model: Model) -> NetworkStatistics:
    """Describe how metal ions tie the molecules of a cell together.

    Parameters
    ----------
    model : Model
        As packed, annealed or relaxed; its covalent graph says what a molecule is. It may hold a film of
        oxide besides: only oxygens of molecules are counted, but every metal ion.

    Raises
    ------
    StructureError
        If the model has no covalent graph, no molecule or no metal ion.
    """
    if not has_network(model):
        raise StructureError(
            f"{model.name} does not hold molecules and metal ions, so it has no ionic network",
            where=model.name,
            hint="a lithicone or a metalcone",
        )
    atoms, bonds = model.atoms, model.bonds or ()
    symbols = np.array(model.symbols)
    units = _units(atoms, bonds)
    contacts = metal_oxygen_contacts(atoms)
    ions = np.flatnonzero(~np.isin(symbols, list(NON_METALS)))
    oxygens = np.flatnonzero((symbols == "O") & (units.owner >= 0))
    shared = contacts.ions_around(oxygens)
    bridges = float((shared * (shared - 1) / 2).sum())
    graph = _network(atoms, bonds, contacts)
    sizes = [len({int(units.owner[atom]) for atom in part} - {-1}) for part in graph.parts]
    around = contacts.oxygens_around(ions)
    return NetworkStatistics(
        units=units.number,
        ions=len(ions),
        ion_coordination=float(around.mean()),
        ions_by_oxygens=_shares(around, MOST),
        oxygens_by_ions=_shares(shared, 3),
        bridges_per_unit=bridges / units.number,
        bridges_per_oxygen=bridges / len(oxygens) if len(oxygens) else 0.0,
        hydroxyls_per_unit=_hydroxyls(symbols, bonds) / units.number,
        clusters=sum(size > 0 for size in sizes),
        largest_cluster_share=max(sizes) / units.number,
        percolating_directions=max(
            dimension for dimension, size in zip(graph.dimensions, sizes, strict=True) if size
        ),
    )


def _units(atoms: Atoms, bonds: tuple[tuple[int, int], ...]) -> _Units:
    """Give a number to each covalently bonded part that holds carbon."""
    graph = PeriodicGraph.of(range(len(atoms)), [(i, j, (0, 0, 0)) for i, j in bonds])
    owner = np.full(len(atoms), -1)
    number = 0
    for part in sorted(graph.parts):
        if any(atoms.symbols[atom] == "C" for atom in part):
            owner[list(part)] = number
            number += 1
    return _Units(owner, number)


def _network(atoms: Atoms, bonds: tuple[tuple[int, int], ...], contacts: Contacts) -> PeriodicGraph:
    ties = zip(contacts.ions.tolist(), contacts.oxygens.tolist(), contacts.shifts.tolist(), strict=True)
    edges = [(i, j, (a, b, c)) for i, j, (a, b, c) in ties]
    return PeriodicGraph.of(range(len(atoms)), [*bond_edges(atoms, bonds), *edges])


def _hydroxyls(symbols: NDArray[np.str_], bonds: tuple[tuple[int, int], ...]) -> int:
    partners: dict[int, set[str]] = {}
    for i, j in bonds:
        partners.setdefault(i, set()).add(str(symbols[j]))
        partners.setdefault(j, set()).add(str(symbols[i]))
    return sum(symbols[atom] == "O" and {"C", "H"} <= near for atom, near in partners.items())


def _shares(numbers: NDArray[np.int64], most: int) -> tuple[float, ...]:
    counts = np.bincount(np.minimum(numbers, most), minlength=most + 1)
    return tuple((counts / max(counts.sum(), 1)).tolist())
