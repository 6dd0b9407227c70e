"""Stacks: films grown one upon the other, as one periodic cell of packed layers."""

from collections.abc import Sequence

import numpy as np

from lithicoat.structures.films.filling import Filling
from lithicoat.structures.films.layers import (
    LayerWish,
    atoms_per_A3,
    composition_of,
    fill_layers,
    pack_layers,
)
from lithicoat.structures.model import Model
from lithicoat.structures.recipes import StackRecipe

__all__ = ["fill_stack", "stack_model"]

NARROWEST_A = 8.0
"""No base is narrower: a small molecule must not meet its own image."""

THINNEST_A = 5.5
"""A layer should be at least so thick: two atoms and the room between them."""


def stack_model(recipe: StackRecipe, *, name: str, max_atoms: int, seed: int) -> Model:
    """Pack a stack of films as one cell, periodic in all directions.

    The layers keep the ratio of their thicknesses as far as whole formula units allow and no layer gets
    thinner than 5.5 Å; the whole is scaled down to `max_atoms`. Each layer is packed by itself, as its own
    recipe is, between walls that its atoms keep their packing radius from. A crystalline layer is packed as
    its amorphous counterpart: the ions of its composition at its density.

    Parameters
    ----------
    recipe : StackRecipe
        Layers, the one on the electrode first; it lies lowest.
    name : str
        Name of the model.
    max_atoms : int
        Atoms at most.
    seed : int
        The same seed gives the same cell.

    Returns
    -------
    Model
        Kind molecular, with its covalent graph, if a layer is; else amorphous. The recipe tells, layer by
        layer, which atoms it holds, between which heights, and how far its share of the thickness is from
        that of the film (`thickness_deviation`).

    Raises
    ------
    StructureError
        If one unit of each layer is too much, or the packing fails.
    """
    rng = np.random.default_rng(seed)
    edge = _base_edge(recipe, max_atoms)
    fillings = fill_stack(recipe, area_A2=edge**2, max_atoms=max_atoms, rng=rng)
    pile = pack_layers(fillings, base_A=(edge, edge), rng=rng)
    shares = _volume_shares(fillings)
    wanted = _thickness_shares(recipe)
    layers = [
        {
            "coating": layer.coating,
            "thickness_nm": layer.thickness_nm,
            "thickness_source": layer.source,
            "thickness_share": round(share, 4),
            "thickness_deviation": round(share - ideal, 4),
            **told,
        }
        for layer, share, ideal, told in zip(recipe.layers, shares, wanted, pile.layers, strict=True)
    ]
    story = {
        "builder": recipe.builder,
        "composition": composition_of(pile.sheet.symbols),
        "density_estimate_g_cm3": _mean_density(fillings),
        "layers": layers,
        "steps": [{"step": "pack", "layers": len(layers), "seed": seed}],
    }
    return Model.from_atoms(
        pile.sheet.in_cell(pile.height_A),
        name=name,
        kind=pile.kind,
        seed=seed,
        bonds=pile.sheet.bonds,
        recipe=story,
    )


def fill_stack(
    recipe: StackRecipe,
    *,
    area_A2: float,
    max_atoms: int,
    rng: np.random.Generator,
    thickness_A: float = np.inf,
) -> list[Filling]:
    """Choose what each layer of a stack holds on a base, with as many atoms as are allowed.

    Parameters
    ----------
    recipe : StackRecipe
        The layers.
    area_A2 : float
        Area of the base, Å².
    max_atoms : int
        Atoms at most.
    rng : numpy.random.Generator
        Draws the shapes of molecules.
    thickness_A : float
        Thickness of the whole, at most, Å; a layer may not get too thin for it.

    Raises
    ------
    StructureError
        If one unit of each layer is too much.
    """
    densities = [atoms_per_A3(layer.recipe, name=layer.coating, seed=0) for layer in recipe.layers]
    heights = _heights_A(recipe, densities, area_A2=area_A2, max_atoms=max_atoms, most_A=thickness_A)
    wishes = [
        LayerWish(layer.coating, layer.recipe, height * area_A2)
        for layer, height in zip(recipe.layers, heights, strict=True)
    ]
    return fill_layers(wishes, max_atoms=max_atoms, rng=rng, shrink=True)


def _heights_A(
    recipe: StackRecipe, densities: Sequence[float], *, area_A2: float, max_atoms: int, most_A: float
) -> list[float]:
    """Scale the thicknesses so that all layers have `max_atoms`, none of them being too thin."""
    shares = np.array(_thickness_shares(recipe))
    per_height = np.array(densities) * area_A2

    def heights(total: float) -> np.ndarray:
        return np.maximum(shares * total, THINNEST_A)

    low, high = 0.0, min(most_A, max_atoms / float((shares * per_height).sum()))
    if float(heights(0.0) @ per_height) > max_atoms:
        return [float(height) for height in heights(0.0) * max_atoms / (heights(0.0) @ per_height)]
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if float(heights(middle) @ per_height) <= max_atoms else (low, middle)
    return [float(height) for height in heights(low)]


def _base_edge(recipe: StackRecipe, max_atoms: int) -> float:
    """Return the edge of the base in Å: that of a cube, or less if a layer would be too thin."""
    shares = np.array(_thickness_shares(recipe))
    densities = np.array([atoms_per_A3(layer.recipe, name=layer.coating, seed=0) for layer in recipe.layers])
    volume = max_atoms / float(shares @ densities)
    height = max(np.cbrt(volume), THINNEST_A / shares.min())
    return max(NARROWEST_A, float(np.sqrt(volume / height)))


def _thickness_shares(recipe: StackRecipe) -> list[float]:
    total = sum(layer.thickness_nm for layer in recipe.layers)
    return [layer.thickness_nm / total for layer in recipe.layers]


def _volume_shares(fillings: Sequence[Filling]) -> list[float]:
    total = sum(filling.volume_A3 for filling in fillings)
    return [filling.volume_A3 / total for filling in fillings]


def _mean_density(fillings: Sequence[Filling]) -> float:
    shares = _volume_shares(fillings)
    return float(np.dot(shares, [filling.density_g_cm3 for filling in fillings]))
