"""Fillings of whole molecules: drawn at random, in bulk or in layers as MLD lays them down."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms

from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.crosslinks import metal_oxygen_contacts
from lithicoat.structures.films.filling import A3_PER_CM3_MOL, Filling
from lithicoat.structures.films.gathering import gather, lonely_share, overlapping, press
from lithicoat.structures.films.monomers import Monomer, turned
from lithicoat.structures.films.packing import Edges, PackingError, Portion, Unit
from lithicoat.structures.formulas import molar_mass_g_mol
from lithicoat.structures.model import ModelKind
from lithicoat.structures.radii import contact_radius_A
from lithicoat.structures.recipes import MolecularRecipe
from lithicoat.structures.validation import NON_METALS

__all__ = ["Molecules", "molecular_filling"]

FRACTIONS = tuple(np.round(np.arange(0.90, 0.39, -0.05), 2).tolist())
"""Packing densities over the estimated one; workflows close what is left by pressure."""

ATTEMPTS = 8
LONE_ATTEMPTS = 100
"""A lone molecule in its cell must only miss its own images; trying costs a millisecond."""

LONELY = 1 / 8
"""Of the alkoxide oxygens of a cell that are drawn to ions, so many may be left without one: such an oxygen
takes a proton from carbon when the cell is heated."""

PER_LAYER = 2
"""Molecules of a layer at least: a single one would have itself for a neighbour on all sides."""

HELD = 1 / 3
"""A molecule's lower end stands in the lowest third of its layer, its upper end in the highest."""

MANY_CHARGES_A = 1.15
"""Least packing radius of a metal ion but Li: two start 2.3 Å apart at least, and as far from oxygen."""

TOUCH_A = 3.0
"""An ion and an oxygen so near are drawn together by annealing."""

OVERLAP = 1 / 4
"""A molecule reaches into the layers below and above by as much as this share of a layer."""


@dataclass(frozen=True)
class Molecules:
    """The molecules of one cell, before they are packed.

    Parameters
    ----------
    kinds : tuple of tuple of str
        Symbols of each molecule, ions included, in packing order.
    bonds : tuple of tuple of (int, int)
        Covalent bonds of each molecule.
    draw : callable
        Returns the molecules in shapes drawn at random.
    """

    kinds: tuple[tuple[str, ...], ...]
    bonds: tuple[tuple[tuple[int, int], ...], ...]
    draw: Callable[[], Sequence[Monomer]]

    @property
    def graph(self) -> tuple[tuple[int, int], ...]:
        """Covalent graph of all molecules."""
        starts = np.cumsum([0, *(len(symbols) for symbols in self.kinds)]).tolist()
        return tuple(
            (i + start, j + start) for start, bonds in zip(starts, self.bonds, strict=False) for i, j in bonds
        )


def molecular_filling(
    molecules: Molecules,
    recipe: MolecularRecipe,
    *,
    name: str,
    rng: np.random.Generator,
    story: dict[str, Any],
    fractions: Sequence[float] = FRACTIONS,
    attempts: int = ATTEMPTS,
    draw_in: bool = False,
    pressed_to: float | None = None,
) -> Filling:
    """Make a filling of molecules.

    One layer packs them anywhere. With several, the molecules are shared out evenly; the base of the cell is
    chosen such that a layer is as high as a molecule is wide (the cube root of its volume), each molecule
    stays in its layer but for a quarter of the height on either side, and hangs with one end on what is
    below and with the other on what is above, as in MLD growth. Layers that hold ions must touch: an ion of
    one, an oxygen of the other.

    Parameters
    ----------
    molecules : Molecules
        What to pack.
    recipe : MolecularRecipe
        Density of the film, and how many layers.
    name : str
        Id of the coating, for messages.
    rng : numpy.random.Generator
        Turns the molecules.
    story : dict
        What the model's recipe tells of them, besides builder and density.
    fractions : sequence of float
        Packing densities over the film's, highest first.
    attempts : int
        Attempts at each.
    draw_in : bool
        Draw oxygens to the ions of the packed cell.
    pressed_to : float, optional
        Press the packed cell to this share of the film's density, or as near as it goes.

    Raises
    ------
    StructureError
        If there are fewer than two molecules for a layer.
    """
    number, layers = len(molecules.kinds), recipe.layers
    composition = Counter(symbol for symbols in molecules.kinds for symbol in symbols)
    share = [len(part) for part in np.array_split(np.arange(number), layers)]
    if layers > 1 and min(share) < PER_LAYER:
        largest = max(map(len, molecules.kinds))
        raise StructureError(
            f"{layers} layers of {name} need {PER_LAYER * layers} molecules, and only {number} fit",
            where=name,
            hint=f"fewer layers, or --max-atoms {PER_LAYER * layers * largest} or more",
        )
    layer_of = np.repeat(np.arange(layers), share)
    volume = molar_mass_g_mol(composition) / recipe.density_g_cm3 * A3_PER_CM3_MOL
    wide = float(np.cbrt(volume / number))

    def portions(edges: Edges) -> Sequence[Portion]:
        chosen = [turned(monomer, rng) for monomer in molecules.draw()]
        if layers == 1:
            return [Portion(_unit(monomer), 1) for monomer in chosen]
        floors = edges[2] * np.cumsum([0, *share]) / number
        return [
            _in_layer(monomer, float(floors[layer]), float(floors[layer + 1]))
            for monomer, layer in zip(chosen, layer_of, strict=True)
        ]

    owners = np.repeat(layer_of, [len(symbols) for symbols in molecules.kinds])

    def finish(atoms: Atoms) -> Atoms:
        done = gather(atoms, molecules.graph) if draw_in else atoms
        if pressed_to is not None:
            done = press(done, molecules.graph, volume_A3=volume / pressed_to)
        if draw_in and overlapping(done, molecules.graph):
            raise PackingError("the oxygens could not be drawn to the ions without molecules overlapping")
        if draw_in and lonely_share(done, molecules.graph) > LONELY:
            raise PackingError("too many oxygens are left without an ion")
        _link(done, owners, layers)
        return done

    told = {"builder": recipe.builder, **story, "density_estimate_g_cm3": recipe.density_g_cm3}
    if layers > 1:
        told["layers"] = {"number": layers, "molecules": share}
    base = float(np.sqrt(volume / (wide * layers)))
    return Filling(
        kind=ModelKind.MOLECULAR,
        composition=dict(sorted(composition.items())),
        density_g_cm3=recipe.density_g_cm3,
        portions=portions,
        fractions=fractions,
        attempts=LONE_ATTEMPTS if number == 1 else attempts,
        bonds=molecules.graph,
        story=told,
        base_A=(base, base) if layers > 1 else None,
        finish=finish,
    )


def _unit(monomer: Monomer) -> Unit:
    return Unit(monomer.symbols, monomer.positions_A, tuple(map(_radius_A, monomer.symbols)))


def _radius_A(symbol: str) -> float:
    """Packing radius; ions of more than one charge keep farther from each other than Li does."""
    radius = contact_radius_A(symbol)
    return radius if symbol == "Li" or symbol in NON_METALS else max(radius, MANY_CHARGES_A)


def _in_layer(monomer: Monomer, floor_A: float, ceiling_A: float) -> Portion:
    """Hang a molecule between two heights; its ends are the two that are farthest apart."""
    height = ceiling_A - floor_A
    low, high = floor_A - OVERLAP * height, ceiling_A + OVERLAP * height
    held: tuple[tuple[int, tuple[float, float]], ...] = ()
    if len(monomer.ends) > 1:
        ends = monomer.positions_A[list(monomer.ends)]
        apart = np.linalg.norm(ends[:, None] - ends[None], axis=2)
        lower, upper = np.unravel_index(int(apart.argmax()), apart.shape)
        held = (
            (monomer.ends[lower], (low, floor_A + HELD * height)),
            (monomer.ends[upper], (ceiling_A - HELD * height, high)),
        )
    return Portion(_unit(monomer), 1, between_A=(low, high), held_A=held)


def _link(atoms: Atoms, layer_of: np.ndarray[Any, np.dtype[np.int64]], layers: int) -> None:
    """Refuse a cell in which an ion of no layer touches an oxygen of the next one."""
    contacts = metal_oxygen_contacts(atoms, within_A=TOUCH_A)
    if not len(contacts.ions):
        return
    pairs = {
        frozenset(pair) for pair in zip(layer_of[contacts.ions], layer_of[contacts.oxygens], strict=True)
    }
    for layer in range(layers - 1):
        if frozenset((layer, layer + 1)) not in pairs:
            raise PackingError(f"layer {layer + 1} does not touch the next one")
