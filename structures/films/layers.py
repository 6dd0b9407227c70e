"""Layers of packed films, laid one upon the other on one base."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.filling import Filling, fill, pack_layer
from lithicoat.structures.model import ModelKind
from lithicoat.structures.recipes import Simple
from lithicoat.structures.surfaces.sheets import Bonds, Sheet

__all__ = ["LayerWish", "Pile", "atoms_per_A3", "composition_of", "fill_layers", "pack_layers"]

_PROBE = 300
"""Atoms of the cell from which a film's number density is taken."""


@dataclass(frozen=True)
class LayerWish:
    """One layer that is wanted.

    Parameters
    ----------
    name : str
        Id of its coating.
    recipe : Recipe
        How it is packed.
    volume_A3 : float
        Volume that it should fill at its ideal density, Å³.
    """

    name: str
    recipe: Simple
    volume_A3: float


@dataclass(frozen=True)
class Pile:
    """Packed layers one upon the other.

    Parameters
    ----------
    sheet : Sheet
        All atoms, the walls at heights 0 and `height_A`, so that no atom comes nearer to them than its
        packing radius; atoms of the first layer come first.
    height_A : float
        Height of all layers, Å.
    layers : tuple of dict
        Of each layer: atoms, heights and packing density.
    kind : ModelKind
        Molecular if a layer is.
    """

    sheet: Sheet
    height_A: float
    layers: tuple[dict[str, Any], ...]
    kind: ModelKind


def atoms_per_A3(recipe: Simple, *, name: str, seed: int) -> float:
    """Return how many atoms a film has per Å³ at its ideal density.

    Raises
    ------
    StructureError
        As `fill`.
    """
    probe = fill(recipe, name=name, max_atoms=_PROBE, rng=np.random.default_rng(seed))
    return probe.atoms / probe.volume_A3


def fill_layers(
    wishes: Sequence[LayerWish], *, max_atoms: int, rng: np.random.Generator, shrink: bool = False
) -> list[Filling]:
    """Choose whole units for each layer, as near below its volume as they allow; at least one unit.

    Parameters
    ----------
    wishes : sequence of LayerWish
        The layers.
    max_atoms : int
        Atoms at most.
    rng : numpy.random.Generator
        Draws the shapes of molecules.
    shrink : bool
        True makes all layers smaller where they have too many atoms.

    Raises
    ------
    StructureError
        If the layers have more atoms than allowed, or one cannot be packed at random.
    """
    ideal = [wish.volume_A3 * atoms_per_A3(wish.recipe, name=wish.name, seed=0) for wish in wishes]
    scale = min(1.0, max_atoms / sum(ideal)) if shrink else 1.0
    fillings = [
        _fill_one(wish, max(1, floor(scale * atoms + 0.5)), max_atoms if shrink else None, rng)
        for wish, atoms in zip(wishes, ideal, strict=True)
    ]
    total = sum(filling.atoms for filling in fillings)
    if total > max_atoms:
        names = " and ".join(wish.name for wish in wishes)
        raise StructureError(
            f"{names} would take {total} atoms, more than the {max_atoms} left for the film",
            where=wishes[0].name,
            hint="more atoms, or a thinner film",
        )
    return fillings


def _fill_one(wish: LayerWish, wanted: int, most: int | None, rng: np.random.Generator) -> Filling:
    """Fill with the wanted number of atoms, or with the smallest number that holds one unit."""
    limit = max(wanted, _PROBE) if most is None else max(most, 1)
    while True:
        try:
            return fill(wish.recipe, name=wish.name, max_atoms=min(wanted, limit), rng=rng)
        except StructureError:
            if wanted >= limit:
                raise
            wanted += max(1, wanted // 4)


def pack_layers(
    fillings: Sequence[Filling], *, base_A: tuple[float, float], rng: np.random.Generator
) -> Pile:
    """Pack each filling between walls of its own and lay them one upon the other.

    Parameters
    ----------
    fillings : sequence of Filling
        The lowest first.
    base_A : tuple of (float, float)
        Edges of the base, Å.
    rng : numpy.random.Generator
        Gives the seeds of Packmol.

    Raises
    ------
    PackingError
        If a layer could not be packed.
    """
    symbols: list[str] = []
    positions: list[NDArray[np.float64]] = []
    radii: list[float] = []
    bonds: list[tuple[int, int]] = []
    told: list[dict[str, Any]] = []
    height = 0.0
    for filling in fillings:
        packed = pack_layer(filling, base_A=base_A, rng=rng)
        top = height + float(packed.atoms.cell[2, 2])
        first = len(symbols)
        symbols += packed.atoms.get_chemical_symbols()
        positions.append(packed.atoms.get_positions() + np.array([0.0, 0.0, height]))
        radii += [
            radius
            for part in filling.portions((*base_A, top - height))
            for radius in part.unit.radii_A * part.number
        ]
        bonds += [(i + first, j + first) for i, j in filling.bonds or ()]
        told.append(
            {
                **{key: value for key, value in filling.story.items() if key != "composition"},
                "composition": dict(sorted(filling.composition.items())),
                "ideal_density_g_cm3": filling.density_g_cm3,
                "packed_fraction": packed.fraction,
                "atoms": [first, len(symbols) - 1],
                "heights_A": [round(height, 4), round(top, 4)],
            }
        )
        height = top
    molecular = any(filling.bonds is not None for filling in fillings)
    graph: Bonds | None = tuple(bonds) if molecular else None
    sheet = Sheet(tuple(symbols), np.vstack(positions), np.diag(base_A).astype(float), np.array(radii), graph)
    kind = ModelKind.MOLECULAR if molecular else ModelKind.AMORPHOUS
    return Pile(sheet, height, tuple(told), kind)


def composition_of(symbols: Sequence[str]) -> dict[str, int]:
    """Return atoms of each element, in alphabetical order."""
    return dict(sorted(Counter(symbols).items()))
