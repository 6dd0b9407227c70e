"""Random crystals with symmetry: one formula unit, its anions whole, in general position.

The idea of ab initio random structure searching with symmetry and units, Pickard & Needs, J. Phys.: Condens.
Matter 23, 053201 (2011): most small crystals have a space group of few operations, and a search that keeps
symmetry and known bonds needs far fewer starts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import pi

import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from lithicoat.structures.crystals.prototypes import oxidation_states
from lithicoat.structures.crystals.substitution import radius_A
from lithicoat.structures.crystals.symmetry import primitive_cell
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.anions import Component
from lithicoat.structures.films.anions import anion as anion_of
from lithicoat.structures.radii import ion_radius_A

__all__ = ["random_crystal"]

Array = NDArray[np.float64]

GROUPS = {2: "P-1", 4: "P2_1", 7: "Pc", 14: "P2_1/c", 15: "C2/c", 19: "P2_12_12_1", 33: "Pna2_1"}
"""Number and symbol of the space groups tried: common ones in which all atoms can be in general positions."""
PACKING = 0.5
"""Share of the volume that the spheres of the ionic radii fill in a start; 0.55-0.6 in Li2SO4 and Li2O."""
CLOSEST = 0.8
"""Atoms start at this share of the packing distance or farther apart."""
TRIES = 400
GROWTH = 1.03
"""The cell grows by this factor in volume after each five failed tries."""


@dataclass(frozen=True)
class _Unit:
    """The contents of the asymmetric part: rigid pieces, centred on their first atom."""

    pieces: tuple[tuple[tuple[str, ...], Array], ...]


def random_crystal(component: Component, *, max_atoms: int, rng: np.random.Generator) -> Atoms:
    """Draw a crystal of random space group, cell and positions without atoms on top of each other.

    Parameters
    ----------
    component : Component
        One neutral formula unit: atoms set singly, and anions set whole.
    max_atoms : int
        Atoms of the primitive cell at most.
    rng : numpy.random.Generator
        Source of all choices.

    Returns
    -------
    Atoms
        Primitive cell.

    Raises
    ------
    StructureError
        If the cell may not hold two formula units, or no try fits.
    """
    unit = _unit(component)
    fitting = [
        number for number, symbol in GROUPS.items() if _operations(symbol)[1] * component.size <= max_atoms
    ]
    if not fitting:
        raise StructureError(
            f"two units of {component.formula} have {2 * component.size} atoms, more than {max_atoms}",
            where=component.formula,
            hint="allow more atoms",
        )
    number = int(rng.choice(fitting))
    operations, _ = _operations(GROUPS[number])
    volume = len(operations) * _volume_A3(component)
    for attempt in range(TRIES):
        cell = _cell(number, volume * GROWTH ** (attempt // 5), rng)
        found = _placed(unit, operations, cell, rng)
        if found is not None:
            return primitive_cell(found)
    raise StructureError(
        f"no random crystal of {component.formula} without close contacts in {TRIES} tries",
        where=component.formula,
    )


def _unit(component: Component) -> _Unit:
    pieces: list[tuple[tuple[str, ...], Array]] = [
        (anion_of(name).symbols, anion_of(name).positions_A)
        for name, number in component.anions.items()
        for _ in range(number)
    ]
    pieces += [
        ((symbol,), np.zeros((1, 3))) for symbol, number in component.atoms.items() for _ in range(number)
    ]
    return _Unit(tuple(pieces))


@cache
def _operations(symbol: str) -> tuple[list[tuple[Array, Array]], int]:
    """Rotations and translations of the conventional cell, and how many there are in the primitive one."""
    from pymatgen.symmetry.groups import SpaceGroup  # noqa: PLC0415 - heavy

    operations = sorted(SpaceGroup(symbol).symmetry_ops, key=str)  # a set: the seed needs an order
    rotations = {tuple(op.rotation_matrix.round().astype(int).ravel()) for op in operations}
    return [(op.rotation_matrix, op.translation_vector) for op in operations], len(rotations)


def _volume_A3(component: Component) -> float:
    """Estimate the volume of a formula unit from ionic radii."""
    counts: Mapping[str, int] = component.counts
    states = oxidation_states("".join(f"{s}{n}" for s, n in counts.items())) or {}
    spheres = sum(n * radius_A(symbol, states.get(symbol)) ** 3 for symbol, n in counts.items())
    return 4 / 3 * pi * spheres / PACKING


def _cell(number: int, volume_A3: float, rng: np.random.Generator) -> Array:
    """Draw a cell of the crystal system with edges in a ratio of at most 2 or so."""
    from ase.geometry import cellpar_to_cell  # noqa: PLC0415

    lengths = rng.uniform(0.7, 1.4, size=3)
    angles = np.full(3, 90.0)
    if number == 2:
        angles = rng.uniform(65, 115, size=3)
    elif number < 16:
        angles[1] = rng.uniform(90, 125)
    cell: Array = np.array(cellpar_to_cell([*lengths, *angles]))
    scaled: Array = cell * (volume_A3 / abs(np.linalg.det(cell))) ** (1 / 3)
    return scaled


def _placed(
    unit: _Unit, operations: list[tuple[Array, Array]], cell: Array, rng: np.random.Generator
) -> Atoms | None:
    symbols: list[str] = []
    scaled: list[Array] = []
    owners: list[int] = []
    for piece, positions_A in unit.pieces:
        turned = Rotation.from_quat(rng.normal(size=4)).apply(positions_A)
        start = turned @ np.linalg.inv(cell) + rng.random(3)
        for rotation, translation in operations:
            scaled.append(start @ rotation.T + translation)
            owners += [len(scaled)] * len(piece)
            symbols += piece
    atoms = Atoms(symbols, scaled_positions=np.concatenate(scaled), cell=cell, pbc=True)
    radii = [ion_radius_A(symbol) * CLOSEST for symbol in symbols]
    first, second, shifts = neighbor_list("ijS", atoms, radii)
    owner = np.array(owners)
    touching = (owner[first] != owner[second]) | shifts.any(axis=1)
    return None if touching.any() else atoms
