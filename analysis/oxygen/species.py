"""Species of a frame: which oxygens are still gas, which are bound to what, and what sulfur has become.

A frame is read as a graph of atoms that share electrons: non-metals within bonding distance. Its connected
components are molecules, ions and covalent networks. Whether such a unit is free or held by the solid is
seen from the metals around it. Distances, with what they lie between:

* O-O up to 1.75 Å: 1.21 in O2, 1.28 to 1.34 in superoxides, 1.46 to 1.55 in peroxides (Vaska, Acc. Chem.
  Res. 9, 175 (1976), doi:10.1021/ar50101a002, for complexes; 1.53 Å in Li2O2), 2.4 between the oxygens of
  one sulfate. Below 1.28 Å it counts as O2, below 1.42 Å as superoxide.
* S-O up to 2.0 Å (`LONGEST_SO_A`): 1.43 in SO2, 1.47 in sulfate, 1.53 in sulfite, 1.65 in S-O-S bridges.
* S-S up to 2.4 Å: 2.05 in disulfides, 2.39 in dithionite.
* other non-metals within 1.2 times the sum of their covalent radii; a metal touches within 1.25 times (radii:
  Cordero et al., Dalton Trans. 2832 (2008), doi:10.1039/b801115j).

Atoms vibrate, so a single frame misjudges now and then: `uptake` takes what most of several frames say, and
the mean length of an O-O bond over them.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

import networkx as nx
import numpy as np
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import ArrayLike, NDArray

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.thermochemistry.groups import LONGEST_SO_A

__all__ = [
    "HELD_DIOXYGEN",
    "NON_METALS",
    "REACTED",
    "TAKEN_UP",
    "Census",
    "Oxygen",
    "Source",
    "held_dioxygen",
    "take_census",
]

LONGEST_OO_A, LONGEST_SS_A = 1.75, 2.4
DIOXYGEN_A, SUPEROXIDE_A = 1.28, 1.42
"""An O-O bond shorter than the first is that of O2, one shorter than the second that of a superoxide."""

COVALENT, TOUCHING = 1.20, 1.25
LARGEST_MOLECULE = 6
"""A free unit of more atoms is part of an organic film, not a gas."""

NON_METALS = frozenset(("H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Se", "Br", "I"))
"""Only bonds between these are covalent here."""
_BY_OXYGENS = {1: "SO", 2: "SO2", 3: "sulfite", 4: "sulfate"}
"""Sulfur held by a solid, by the oxygens on it; 1 and 2 have no name that everybody knows."""


class Oxygen(Enum):
    """What has become of an oxygen that did not belong to the film."""

    GAS = "O2 gas"
    ADSORBED = "O2 adsorbed"
    """A whole O2 that touches a metal."""
    SUPEROXIDE = "superoxide"
    PEROXIDE = "peroxide"
    OXIDE = "oxide"
    """Alone among metals."""
    BONDED = "bonded to the film"
    """On sulfur or another non-metal of the film."""
    ESCAPED = "escaped"
    """In a free molecule other than O2: SO2, SO3, CO2."""
    LATTICE = "in the electrode"
    """Still on a metal of the electrode that it comes from."""

    @property
    def taken_up(self) -> bool:
        """True if the film has it."""
        return self in TAKEN_UP


HELD_DIOXYGEN = (Oxygen.ADSORBED, Oxygen.SUPEROXIDE, Oxygen.PEROXIDE)
"""States that only the length of an O-O bond tells apart."""

TAKEN_UP = frozenset((Oxygen.SUPEROXIDE, Oxygen.PEROXIDE, Oxygen.OXIDE, Oxygen.BONDED))
"""What the film has: charge has gone to the oxygen."""

REACTED = frozenset((Oxygen.OXIDE, Oxygen.BONDED))
"""What the film keeps: the O-O bond is broken, or there is a new one to sulfur or another non-metal."""


@dataclass(frozen=True)
class Source:
    """Where oxygen comes from that the film may take up.

    Parameters
    ----------
    oxygens : tuple of int
        Indices of its oxygen atoms. Those of a gas stand in pairs, molecule by molecule.
    electrode : tuple of int
        Indices of all atoms of the electrode that the oxygens belong to; empty for a gas.
    """

    oxygens: tuple[int, ...]
    electrode: tuple[int, ...] = ()

    @property
    def gas(self) -> bool:
        """True if the oxygen comes as O2."""
        return not self.electrode


@dataclass(frozen=True)
class Census:
    """Species of one frame.

    Parameters
    ----------
    oxygens : tuple of Oxygen
        State of each oxygen of the source, in its order.
    lengths_A : tuple of float or None
        Length of the shortest O-O bond of each of them, Å; None without one.
    counts : dict of str to int
        Sulfurs by kind (`sulfide`, `S-S`, `SO`, `SO2`, `sulfite`, `sulfate`, `SO2 gas`, …), `S-O-S` bridges,
        free molecules by formula (`CO2 gas`), and `S-O bonds` of the source's oxygens.
    """

    oxygens: tuple[Oxygen, ...]
    lengths_A: tuple[float | None, ...]
    counts: dict[str, int] = field(default_factory=dict)


def take_census(symbols: Sequence[str], positions_A: ArrayLike, cell_A: ArrayLike, source: Source) -> Census:
    """Recognise molecules, ions and bonds of a frame.

    Parameters
    ----------
    symbols : sequence of str
        Elements, one per atom.
    positions_A : array_like, shape (atoms, 3)
        Positions, Å; they may lie outside of the cell.
    cell_A : array_like, shape (3, 3)
        Lattice vectors as rows, Å; periodic.
    source : Source
        Which oxygens are not the film's own.

    Raises
    ------
    DataError
        If an atom of the source is no oxygen, or those of a gas are odd in number.
    """
    _check(symbols, source)
    frame = _Frame(tuple(symbols), np.asarray(positions_A, dtype=float), np.asarray(cell_A, dtype=float))
    states = tuple(_state(frame, atom, source) for atom in source.oxygens)
    lengths = tuple(frame.oxygen_bond_A(atom) for atom in source.oxygens)
    counts = _sulfurs(frame) + _molecules(frame)
    own = set(source.oxygens)
    counts["S-O bonds"] = sum(
        1 for i, j in frame.bonds.edges if {symbols[i], symbols[j]} == {"S", "O"} and own & {i, j}
    )
    return Census(states, lengths, {name: number for name, number in sorted(counts.items()) if number})


@dataclass(frozen=True)
class _Frame:
    """Atoms, the covalent graph between non-metals, and the metals that each atom touches."""

    symbols: tuple[str, ...]
    positions_A: NDArray[np.float64]
    cell_A: NDArray[np.float64]

    @cached_property
    def pairs(self) -> list[tuple[int, int, float]]:
        """Pairs of atoms that bond or touch, each once, with their shortest distance in Å."""
        from matscipy.neighbours import neighbour_list  # noqa: PLC0415 - compiled; few commands need it

        radii = np.array([covalent_radii[atomic_numbers[symbol]] for symbol in self.symbols])
        first, second, distances = neighbour_list(
            "ijd",
            positions=self.positions_A,
            cell=self.cell_A,
            pbc=np.ones(3, dtype=bool),
            cutoff=float(TOUCHING * 2 * radii.max()),
        )
        chosen = (first < second) & (distances <= TOUCHING * (radii[first] + radii[second]))
        order = np.argsort(-distances[chosen], kind="stable")  # the nearest image comes last, and stays
        found = {
            (int(i), int(j)): float(d)
            for i, j, d in zip(
                first[chosen][order], second[chosen][order], distances[chosen][order], strict=True
            )
        }
        return [(i, j, d) for (i, j), d in found.items()]

    @cached_property
    def bonds(self) -> nx.Graph:
        graph = nx.Graph()
        graph.add_nodes_from(i for i, symbol in enumerate(self.symbols) if symbol in NON_METALS)
        graph.add_edges_from(
            (i, j, {"length_A": d})
            for i, j, d in self.pairs
            if d <= _longest_A(self.symbols[i], self.symbols[j])
        )
        return graph

    @cached_property
    def metals(self) -> dict[int, set[int]]:
        """Metals that a non-metal touches."""
        touching: dict[int, set[int]] = {}
        for i, j, _ in self.pairs:
            for atom, other in ((i, j), (j, i)):
                if self.symbols[atom] in NON_METALS and self.symbols[other] not in NON_METALS:
                    touching.setdefault(atom, set()).add(other)
        return touching

    @cached_property
    def units(self) -> dict[int, frozenset[int]]:
        """The molecule, ion or network that each non-metal belongs to."""
        return {atom: frozenset(unit) for unit in nx.connected_components(self.bonds) for atom in unit}

    def free(self, unit: Iterable[int]) -> bool:
        """Return whether no metal touches a unit, and it is small enough for a gas."""
        atoms = tuple(unit)
        return len(atoms) <= LARGEST_MOLECULE and not any(self.metals.get(atom) for atom in atoms)

    def oxygen_bond_A(self, atom: int) -> float | None:
        """Return the length of the shortest O-O bond of an oxygen, Å; None if it has none."""
        near = [other for other in self.bonds[atom] if self.symbols[other] == "O"]
        return min((self.bonds.edges[atom, other]["length_A"] for other in near), default=None)

    def formula(self, unit: Iterable[int]) -> str:
        """Return the formula of a unit, as SO2 or CO2: oxygen last."""
        counts = Counter(self.symbols[atom] for atom in unit)
        order = sorted(counts, key=lambda symbol: (symbol == "O", symbol))
        return "".join(f"{symbol}{counts[symbol] if counts[symbol] > 1 else ''}" for symbol in order)


def held_dioxygen(length_A: float) -> Oxygen:
    """Tell O2, superoxide and peroxide on a solid by their length, Å, best an average over vibrations."""
    if length_A < DIOXYGEN_A:
        return Oxygen.ADSORBED
    return Oxygen.SUPEROXIDE if length_A < SUPEROXIDE_A else Oxygen.PEROXIDE


def _longest_A(one: str, other: str) -> float:
    """Return the longest covalent bond between two elements, Å; 0 where one is a metal."""
    if one not in NON_METALS or other not in NON_METALS:
        return 0.0
    special = {("O", "O"): LONGEST_OO_A, ("O", "S"): LONGEST_SO_A, ("S", "S"): LONGEST_SS_A}
    first, second = sorted((one, other))
    by_radii = COVALENT * sum(float(covalent_radii[atomic_numbers[symbol]]) for symbol in (one, other))
    return special.get((first, second), by_radii)


def _state(frame: _Frame, atom: int, source: Source) -> Oxygen:
    metals = frame.metals.get(atom, set())
    if any(metal in source.electrode and frame.symbols[metal] != "Li" for metal in metals):
        return Oxygen.LATTICE
    unit = frame.units[atom]
    if any(frame.symbols[other] != "O" for other in unit):
        return Oxygen.ESCAPED if frame.free(unit) else Oxygen.BONDED
    if len(unit) == 1:
        return Oxygen.OXIDE
    if frame.free(unit):
        return Oxygen.GAS
    length_A = frame.oxygen_bond_A(atom)
    return Oxygen.OXIDE if length_A is None else held_dioxygen(length_A)


def _sulfurs(frame: _Frame) -> Counter[str]:
    """Count sulfurs by the oxygens on them, and the oxygens that join two of them."""
    counts: Counter[str] = Counter()
    for atom, around in frame.bonds.adjacency():
        near = Counter(frame.symbols[other] for other in around)
        if frame.symbols[atom] == "O" and near["S"] > 1:
            counts["S-O-S"] += 1
        if frame.symbols[atom] != "S" or frame.free(frame.units[atom]):
            continue
        if near["O"]:
            counts[_BY_OXYGENS[min(near["O"], 4)]] += 1
        else:
            counts["S-S" if near["S"] else "sulfide"] += 1
    return counts


def _molecules(frame: _Frame) -> Counter[str]:
    """Count free molecules by formula; single atoms are none."""
    units: Collection[frozenset[int]] = set(frame.units.values())
    return Counter(f"{frame.formula(unit)} gas" for unit in units if len(unit) > 1 and frame.free(unit))


def _check(symbols: Sequence[str], source: Source) -> None:
    wrong = [atom for atom in source.oxygens if symbols[atom] != "O"]
    if wrong:
        raise DataError(f"atom {wrong[0] + 1} of the source is {symbols[wrong[0]]}, not O", where="source")
    if source.gas and len(source.oxygens) % 2:
        raise DataError(
            f"a gas of {len(source.oxygens)} oxygen atoms is not made of O2 molecules", where="source"
        )
