"""Another compound on the sites of a known structure type."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from math import log

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list

from lithicoat.structures.crystals.prototypes import Prototype, oxidation_states
from lithicoat.structures.crystals.symmetry import equivalent_sites

__all__ = ["radius_A", "substitute"]

MOST_ASSIGNMENTS = 2000
"""Assignments looked at per structure type."""
NEAREST = 0.7
"""No start has two atoms closer than this multiple of the sum of covalent radii; the cell grows instead."""
MOST_GROWTH = 1.15
"""An assignment whose cell has to grow by more than this factor in length is none for these ions."""
ANION_A = 0.8
"""What an anion is larger than its covalent radius, where Shannon has none: as oxide and sulfide, Å."""
SMALLEST_RADIUS_A = 0.2
_NOISE_A = 0.02


def substitute(counts: Mapping[str, int], prototype: Prototype, *, limit: int) -> list[tuple[float, Atoms]]:
    """Put a compound on the sites of a structure type.

    Each set of sites that the symmetry of the type makes equal takes one element: cations go to sites of
    cations and anions to sites of anions, where oxidation states are known. So ordered variants come along:
    Li2PO2N on Li2SiO3 has N on one of the two oxygen sites.

    Parameters
    ----------
    counts : mapping of str to int
        Atoms per formula unit.
    prototype : Prototype
        The structure type.
    limit : int
        Assignments at most; those whose ions are most like the type's come first.

    Returns
    -------
    list of (float, Atoms)
        Mean abs(ln(radius / radius in the type)), and the cell; its volume is that of the type, scaled by the
        sum of the cubes of ionic radii (of metallic ones without oxidation states).
    """
    atoms = prototype.atoms
    units, left = divmod(len(atoms), sum(counts.values()))
    if left or not units:
        return []
    states, old_states = oxidation_states(_formula(counts)), _states_of(atoms, counts)
    if (states is None) != (old_states is None):
        return []
    orbits = equivalent_sites(atoms, tolerance_A=_NOISE_A)
    signs = {symbol: _sign(states, symbol) for symbol in counts}
    allowed = [
        [symbol for symbol in counts if signs[symbol] == _sign(old_states, atoms.symbols[sites[0]])]
        for sites in orbits
    ]
    wanted = Counter({symbol: number * units for symbol, number in counts.items()})
    scored = []
    for assigned in islice(_assignments([len(sites) for sites in orbits], allowed, wanted), MOST_ASSIGNMENTS):
        new = np.array(atoms.get_chemical_symbols(), dtype=object)
        for sites, symbol in zip(orbits, assigned, strict=True):
            new[sites] = symbol
        scored.append((_unlikeness(atoms, new, states, old_states), tuple(new)))
    scored.sort(key=lambda pair: pair[0])
    cells = ((cost, _scaled(atoms, new, states, old_states)) for cost, new in scored)
    return list(islice(((cost, cell) for cost, cell in cells if cell is not None), limit))


@cache
def radius_A(symbol: str, state: float | None) -> float:
    """Return the ionic radius for an oxidation state, the nearest tabulated one, or the metallic radius, Å.

    Radii are pymatgen's (Shannon's ionic, Slater's atomic).
    """
    from pymatgen.core import Element  # noqa: PLC0415 - heavy

    element = Element(symbol)
    of_sign = {charge: r for charge, r in element.ionic_radii.items() if state and charge * state > 0}
    if state and of_sign:
        return max(float(of_sign[min(of_sign, key=lambda charge: abs(charge - state))]), SMALLEST_RADIUS_A)
    if state and state < 0:
        return float(covalent_radii[element.Z]) + ANION_A
    return float(element.atomic_radius or covalent_radii[element.Z])


def _states_of(atoms: Atoms, counts: Mapping[str, int]) -> dict[str, float] | None:
    """Oxidation states in the type; those of its elements count only if the compound can match them."""
    composition = Counter(atoms.get_chemical_symbols())
    if len(composition) == 1 or len(counts) == 1:
        return None
    return oxidation_states(_formula(composition))


def _formula(counts: Mapping[str, int]) -> str:
    return "".join(f"{symbol}{number}" for symbol, number in counts.items())


def _sign(states: Mapping[str, float] | None, symbol: str) -> int:
    return 0 if states is None else int(np.sign(states[symbol]))


def _assignments(sizes: list[int], allowed: list[list[str]], wanted: Counter[str]) -> Iterator[list[str]]:
    """Yield the elements of all sets of sites that use up exactly what is wanted."""
    if not sizes:
        yield []
        return
    for symbol in allowed[0]:
        if wanted[symbol] >= sizes[0]:
            rest = wanted - Counter({symbol: sizes[0]})
            for others in _assignments(sizes[1:], allowed[1:], rest):
                yield [symbol, *others]


def _unlikeness(
    atoms: Atoms, new: np.ndarray, states: Mapping[str, float] | None, old: Mapping[str, float] | None
) -> float:
    pairs = Counter(zip(atoms.get_chemical_symbols(), new.tolist(), strict=True))
    total = sum(
        number * abs(log(radius_A(after, _state(states, after)) / radius_A(before, _state(old, before))))
        for (before, after), number in pairs.items()
    )
    return total / len(atoms)


def _state(states: Mapping[str, float] | None, symbol: str) -> float | None:
    return None if states is None else states[symbol]


def _scaled(
    atoms: Atoms,
    new: tuple[str, ...],
    states: Mapping[str, float] | None,
    old: Mapping[str, float] | None,
) -> Atoms | None:
    """Return the cell at its new volume; None if that leaves no room for the ions as they are arranged."""
    before = sum(radius_A(symbol, _state(old, symbol)) ** 3 for symbol in atoms.get_chemical_symbols())
    after = sum(radius_A(symbol, _state(states, symbol)) ** 3 for symbol in new)
    cell = Atoms(list(new), scaled_positions=atoms.get_scaled_positions(), cell=atoms.cell.array, pbc=True)
    cell.set_cell(atoms.cell.array * (after / before) ** (1 / 3), scale_atoms=True)
    first, second, distances = neighbor_list("ijd", cell, covalent_radii[cell.numbers] * NEAREST)
    if len(distances):
        sums = covalent_radii[cell.numbers][first] + covalent_radii[cell.numbers][second]
        growth = float((NEAREST * sums / distances).max())
        if growth > MOST_GROWTH:
            return None
        cell.set_cell(cell.cell.array * growth, scale_atoms=True)
    return cell
