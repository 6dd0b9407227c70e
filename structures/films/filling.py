"""What a film puts into a box: whole numbers of units, and the volume they ask for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from ase import Atoms

from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.packing import Edges, Packed, Portion, pack_densest
from lithicoat.structures.formulas import molar_mass_g_mol
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.recipes import (
    AmorphousRecipe,
    CrystalRecipe,
    LithiconeRecipe,
    MetalconeRecipe,
    PolymerRecipe,
    Recipe,
    SupercycleRecipe,
)

__all__ = ["Filling", "fill", "pack_layer", "packed_model"]

A3_PER_CM3_MOL = 1e24 / 6.02214076e23

ION_LAYER_FRACTIONS = (0.92, 0.85, 0.75, 0.65, 0.55)
MOLECULE_LAYER_FRACTIONS = (0.8, 0.7, 0.6, 0.5, 0.4)
LAYER_ATTEMPTS = 2
"""Between walls denser layers are rarely found, and each search that fails costs up to seconds."""


@dataclass(frozen=True)
class Filling:
    """The contents of one cell of a film that is packed at random.

    Parameters
    ----------
    kind : ModelKind
        Of the cells it gives.
    composition : dict of str to int
        Atoms of each element.
    density_g_cm3 : float
        Ideal density.
    portions : callable
        Returns what to pack into a box of the edges it is given, Å, always with the same symbols in the
        same order; called before every attempt, so that it may offer other shapes.
    fractions : sequence of float
        Densities to try, as fractions of the ideal one, highest first.
    attempts : int
        Attempts at each.
    bonds : tuple of (int, int), optional
        Covalent graph of all its atoms; None for ions.
    story : dict
        What the recipe of a model tells about it.
    base_A : tuple of (float, float), optional
        Edges of the base of a box of its own, Å; a cube if None.
    finish : callable, optional
        Returns a packed cell as it shall be, or raises a PackingError if it will not do. A cell that is not
        periodic along z has walls there.
    """

    kind: ModelKind
    composition: dict[str, int]
    density_g_cm3: float
    portions: Callable[[Edges], Sequence[Portion]]
    fractions: Sequence[float]
    attempts: int
    bonds: tuple[tuple[int, int], ...] | None = None
    story: dict[str, Any] = field(default_factory=dict)
    base_A: tuple[float, float] | None = None
    finish: Callable[[Atoms], Atoms] | None = None

    @property
    def atoms(self) -> int:
        """Number of atoms."""
        return sum(self.composition.values())

    @property
    def volume_A3(self) -> float:
        """Volume at the ideal density, Å³."""
        return molar_mass_g_mol(self.composition) / self.density_g_cm3 * A3_PER_CM3_MOL


def fill(recipe: Recipe, *, name: str, max_atoms: int, rng: np.random.Generator) -> Filling:
    """Choose what one cell of a film holds.

    Parameters
    ----------
    recipe : Recipe
        A film that can be packed at random; a crystal gives the ions of its composition at its density.
    name : str
        Id of the coating, for messages.
    max_atoms : int
        Atoms at most.
    rng : numpy.random.Generator
        Draws the shapes of molecules.

    Raises
    ------
    StructureError
        If one unit is larger than `max_atoms`, or the film cannot be packed at random.
    """
    match recipe:
        case AmorphousRecipe() | SupercycleRecipe():
            from lithicoat.structures.films.amorphous import amorphous_filling  # noqa: PLC0415

            return amorphous_filling(recipe, max_atoms=max_atoms)
        case CrystalRecipe():
            from lithicoat.structures.films.amorphous import amorphous_filling, counterpart  # noqa: PLC0415

            filling = amorphous_filling(counterpart(recipe), max_atoms=max_atoms)
            return replace(filling, story={**filling.story, "packed_as": "amorphous counterpart"})
        case LithiconeRecipe():
            from lithicoat.structures.films.lithicones import lithicone_filling  # noqa: PLC0415

            return lithicone_filling(recipe, name=name, max_atoms=max_atoms, rng=rng)
        case MetalconeRecipe():
            from lithicoat.structures.films.metalcones import metalcone_filling  # noqa: PLC0415

            return metalcone_filling(recipe, name=name, max_atoms=max_atoms, rng=rng)
        case PolymerRecipe():
            from lithicoat.structures.films.polymers import polymer_filling  # noqa: PLC0415

            return polymer_filling(recipe, name=name, max_atoms=max_atoms, rng=rng)
        case _:
            raise StructureError(
                f"{name} is a {recipe.builder.replace('_', ' ')}, which is not packed at random", where=name
            )


def packed_model(recipe: Recipe, *, name: str, max_atoms: int, seed: int) -> Model:
    """Pack one cell of a film.

    The cell is not a film yet: ions have to be melted and quenched, molecules compressed and cooled.

    Parameters
    ----------
    recipe : Recipe
        A film that can be packed at random.
    name : str
        Name of the model.
    max_atoms : int
        Atoms at most.
    seed : int
        The same seed gives the same cell.

    Returns
    -------
    Model
        Kind amorphous, without a covalent graph because a melt may change it, or molecular, with it.

    Raises
    ------
    StructureError
        As `fill`.
    PackingError
        If nothing could be packed.
    """
    rng = np.random.default_rng(seed)
    filling = fill(recipe, name=name, max_atoms=max_atoms, rng=rng)
    packed = pack_densest(
        filling.portions,
        ideal_volume_A3=filling.volume_A3,
        fractions=filling.fractions,
        attempts=filling.attempts,
        rng=rng,
        base_A=filling.base_A,
        finish=filling.finish,
    )
    ideal = "crystal" if filling.bonds is None else "estimated"
    steps = [{"step": "pack", f"fraction_of_{ideal}_density": packed.fraction, "seed": seed}]
    story = {**filling.story, "composition": dict(sorted(filling.composition.items())), "steps": steps}
    return Model.from_atoms(
        packed.atoms, name=name, kind=filling.kind, seed=seed, bonds=filling.bonds, recipe=story
    )


def pack_layer(filling: Filling, *, base_A: tuple[float, float], rng: np.random.Generator) -> Packed:
    """Pack a filling as a layer of its own between two walls.

    Every atom stays its packing radius away from the walls, so that layers can be laid one upon the other.

    Parameters
    ----------
    filling : Filling
        What to pack; its own layers, if it has any, keep their heights.
    base_A : tuple of (float, float)
        Edges of the base, Å.
    rng : numpy.random.Generator
        Gives the seeds of Packmol.

    Returns
    -------
    Packed
        Its height follows from the density; the walls are at 0 and at that height. Molecules are whole.

    Raises
    ------
    PackingError
        If nothing could be packed.
    """
    return pack_densest(
        lambda edges: [_between_walls(part, edges[2]) for part in filling.portions(edges)],
        ideal_volume_A3=filling.volume_A3,
        fractions=ION_LAYER_FRACTIONS if filling.bonds is None else MOLECULE_LAYER_FRACTIONS,
        attempts=LAYER_ATTEMPTS,
        rng=rng,
        base_A=base_A,
        finish=lambda atoms: _finished_between_walls(filling, atoms),
    )


def _finished_between_walls(filling: Filling, atoms: Atoms) -> Atoms:
    if filling.finish is None:
        return atoms
    walled = atoms.copy()
    walled.pbc = (True, True, False)
    finished = filling.finish(walled)
    finished.pbc = True
    return finished


def _between_walls(part: Portion, height_A: float) -> Portion:
    margin = max(part.unit.radii_A)
    low, high = part.between_A or (0.0, height_A)
    return replace(part, between_A=(max(low, margin), min(high, height_A - margin)))
