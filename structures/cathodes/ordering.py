"""Which lithium leaves a layered oxide: orderings ranked by their electrostatic energy.

Oxidation states are means over all atoms of an element, so that every cell is neutral at any x. On
delithiation nickel is oxidised first, from 2 to 4, then cobalt, from 3 to 4; manganese is 4 before either
(Manthiram, Nat. Commun. 11, 1550 (2020); it is 3 only where no other metal can be reduced).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from lithicoat.structures.errors import StructureError

__all__ = ["Ordering", "lithium_orderings", "metal_charges"]

Array = NDArray[np.float64]
Chosen = NDArray[np.bool_]

LITHIUM, OXYGEN = 1.0, -2.0

RANGES: tuple[tuple[str, float, float], ...] = (
    ("Al", 3, 3),
    ("Mg", 2, 2),
    ("Ti", 4, 4),
    ("Zr", 4, 4),
    ("Nb", 5, 5),
    ("W", 6, 6),
    ("Mn", 3, 4),
    ("Ni", 2, 4),
    ("Co", 3, 4),
)
"""Lowest and highest oxidation state of each metal, in the order in which they are oxidised."""

EXHAUSTIVE = 5_000
"""Orderings up to this number are all looked at; of more, the lowest are searched by exchanges."""
STARTS = 30
_SAME_eV = 1e-5
_SYMPREC_A = 0.01


@dataclass(frozen=True)
class Ordering:
    """One way to leave lithium out.

    Parameters
    ----------
    removed : tuple of int
        Indices of the lithium atoms that are left out.
    energy_eV : float
        Electrostatic energy of the cell that is left, point charges at their sites, eV.
    """

    removed: tuple[int, ...]
    energy_eV: float


def metal_charges(metals: Mapping[str, float], *, lithium: float, oxygen: float = 2.0) -> dict[str, float]:
    """Return the mean oxidation state of every element of LixMOy, so that it is neutral.

    Parameters
    ----------
    metals : mapping of str to float
        Amount of each metal per formula unit.
    lithium, oxygen : float
        Amounts per formula unit.

    Raises
    ------
    StructureError
        If a metal is not known here, or no oxidation states make the oxide neutral.
    """
    unknown = sorted(set(metals) - {symbol for symbol, _, _ in RANGES})
    if unknown:
        raise StructureError(
            f"the oxidation states of {unknown[0]} in a layered oxide are not known",
            where="metals",
            hint="one of " + ", ".join(symbol for symbol, _, _ in RANGES),
        )
    ranges = [entry for entry in RANGES if metals.get(entry[0], 0) > 0]
    charges = {symbol: float(low) for symbol, low, _ in ranges}
    missing = -OXYGEN * oxygen - LITHIUM * lithium - sum(metals[s] * charge for s, charge in charges.items())
    for symbol, low, high in ranges:
        rise = min(max(missing, 0.0) / metals[symbol], high - low)
        charges[symbol] += rise
        missing -= rise * metals[symbol]
    if abs(missing) > 1e-6:
        raise StructureError(
            f"no oxidation states make Li{lithium:g} with {', '.join(charges)} and O{oxygen:g} neutral",
            where="lithium",
            hint="more lithium" if missing > 0 else "less lithium",
        )
    return {"Li": LITHIUM, **charges, "O": OXYGEN}


def lithium_orderings(
    atoms: Atoms, *, removed: int, charges: Mapping[str, float], candidates: int = 1, seed: int = 0
) -> tuple[Ordering, ...]:
    """Return the orderings of lowest electrostatic energy, symmetry-equivalent ones once.

    The energy is a sum over pairs of Ewald's matrix (`pymatgen.analysis.ewald`), so that one Ewald sum
    serves all orderings. If there are few, all are compared. Otherwise lithium and vacancies are exchanged
    as long as the energy falls, from many random starts; the best found need not be the best there is.

    Parameters
    ----------
    atoms : Atoms
        Cell with all its lithium.
    removed : int
        Lithium atoms to leave out.
    charges : mapping of str to float
        Charge of each element, e; the cell that is left must be neutral.
    candidates : int
        Orderings wanted; fewer come if there are fewer.
    seed : int
        Seed of the random starts.

    Returns
    -------
    tuple of Ordering
        Lowest energy first.

    Raises
    ------
    StructureError
        If the cell does not hold so much lithium, or would not be neutral.
    """
    sites = np.flatnonzero(atoms.symbols == "Li")
    if not 0 <= removed <= len(sites):
        raise StructureError(f"{removed} of {len(sites)} lithium atoms cannot be removed", where="lithium")
    total = sum(charges[symbol] for symbol in atoms.get_chemical_symbols()) - removed * charges["Li"]
    if abs(total) > 1e-6:
        raise StructureError(f"the cell left by {removed} lithium atoms has a charge of {total:.3f} e")
    matrix = _ewald_matrix(atoms, charges)
    host = np.setdiff1d(np.arange(len(atoms)), sites)
    between = matrix[np.ix_(sites, sites)]
    alone = 2 * matrix[np.ix_(sites, host)].sum(axis=1)
    frame = float(matrix[np.ix_(host, host)].sum())

    def energy(kept: Chosen) -> float:
        return frame + float(alone[kept].sum() + between[np.ix_(kept, kept)].sum())

    number = len(sites) - removed
    permutations = _lithium_permutations(atoms, sites)
    found: dict[bytes, tuple[float, Chosen]] = {}
    for kept in _candidates(alone, between, number, candidates, np.random.default_rng(seed)):
        key = min(kept[permutation].tobytes() for permutation in permutations)
        if key not in found:
            found[key] = (energy(kept), np.frombuffer(key, dtype=bool))
    ranked = sorted(found.items(), key=lambda item: (round(item[1][0], 6), item[0]))
    return tuple(
        Ordering(tuple(int(site) for site in sites[~kept]), value) for _, (value, kept) in ranked[:candidates]
    )


def _ewald_matrix(atoms: Atoms, charges: Mapping[str, float]) -> Array:
    from pymatgen.analysis.ewald import EwaldSummation  # noqa: PLC0415
    from pymatgen.core import Structure  # noqa: PLC0415

    structure = Structure(atoms.cell.array, atoms.get_chemical_symbols(), atoms.get_scaled_positions())
    structure.add_oxidation_state_by_site([charges[symbol] for symbol in atoms.get_chemical_symbols()])
    matrix: Array = EwaldSummation(structure).total_energy_matrix
    return matrix


def _candidates(
    alone: Array, between: Array, number: int, wanted: int, rng: np.random.Generator
) -> Iterator[Chosen]:
    """Yield occupations: all there are, or local minima and their neighbours."""
    sites = len(alone)
    if comb(sites, number) <= EXHAUSTIVE:
        for chosen in combinations(range(sites), number):
            kept = np.zeros(sites, dtype=bool)
            kept[list(chosen)] = True
            yield kept
        return
    minima: dict[bytes, tuple[float, Chosen]] = {}
    for _ in range(STARTS):
        kept = np.zeros(sites, dtype=bool)
        kept[rng.permutation(sites)[:number]] = True
        kept = _descend(kept, alone, between)
        minima[kept.tobytes()] = (float(alone[kept].sum() + between[np.ix_(kept, kept)].sum()), kept)
    lowest = [kept for _, kept in sorted(minima.values(), key=lambda pair: (pair[0], pair[1].tobytes()))]
    yield from lowest
    for kept in lowest[: max(1, wanted // 2)] if wanted > 1 else []:
        for leaving in np.flatnonzero(kept):
            for coming in np.flatnonzero(~kept):
                neighbour = kept.copy()
                neighbour[[leaving, coming]] = False, True
                yield neighbour


def _descend(kept: Chosen, alone: Array, between: Array) -> Chosen:
    """Exchange one lithium and one vacancy, always the pair that lowers the energy most, until none does."""
    kept = kept.copy()
    own = alone + np.diag(between)
    while True:
        field = own + 2 * (between @ kept - np.diag(between) * kept)
        full, empty = np.flatnonzero(kept), np.flatnonzero(~kept)
        change = field[empty][None, :] - field[full][:, None] - 2 * between[np.ix_(full, empty)]
        best = np.unravel_index(int(np.argmin(change)), change.shape)
        if change[best] > -_SAME_eV:
            return kept
        kept[full[best[0]]], kept[empty[best[1]]] = False, True


def _lithium_permutations(atoms: Atoms, sites: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return how the symmetry of the full cell permutes its lithium sites, shape (operations, sites)."""
    import spglib  # noqa: PLC0415

    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    symmetry = spglib.get_symmetry(cell, symprec=_SYMPREC_A)
    places = atoms.get_scaled_positions()[sites]
    if symmetry is None:
        return np.arange(len(sites))[None, :]
    found = []
    for rotation, shift in zip(symmetry["rotations"], symmetry["translations"], strict=True):
        moved = places @ rotation.T + shift
        apart = moved[:, None, :] - places[None, :, :]
        apart = (apart - np.rint(apart)) @ atoms.cell.array
        found.append(np.linalg.norm(apart, axis=2).argmin(axis=1))
    return np.unique(np.array(found), axis=0)
