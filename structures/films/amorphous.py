"""Amorphous cells: from a composition to packed ions, which workflows melt and quench."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil, floor
from pathlib import Path

import numpy as np

from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.anions import Component, anion, anion_names, neutral_components
from lithicoat.structures.films.filling import A3_PER_CM3_MOL, Filling
from lithicoat.structures.films.packing import Portion, Unit
from lithicoat.structures.films.supercycle import deposit
from lithicoat.structures.formulas import molar_mass_g_mol, parse_formula
from lithicoat.structures.model import ModelKind
from lithicoat.structures.radii import ion_radius_A
from lithicoat.structures.recipes import AmorphousRecipe, CrystalRecipe, SupercycleRecipe

__all__ = [
    "Mixture",
    "amorphous_filling",
    "choose_counts",
    "counterpart",
    "mixture_of",
    "whole_anions",
]

FRACTIONS = (0.92, 0.90)
"""Packing densities over the crystal's, tried in this order; 0.90-0.95 leaves ions room to move."""

ATTEMPTS = 5
EXACT = 1e-9
DEVIATION_WEIGHT = 0.01
"""A deviation of this much in an atomic fraction weighs as much as a cell left wholly empty."""


@dataclass(frozen=True)
class Mixture:
    """What an amorphous film consists of.

    Parameters
    ----------
    components : list of (Component, float)
        Neutral components and their relative numbers.
    density_g_cm3 : float
        Density of the crystal, or ideal density of the mixture.
    asked : str
        Formula, or moles of the compounds that the supercycle deposits.
    """

    components: list[tuple[Component, float]]
    density_g_cm3: float
    asked: str


@dataclass(frozen=True)
class Counts:
    """Whole numbers of the components of one cell.

    Parameters
    ----------
    numbers : tuple of int
        How many of each component.
    deviation : float
        Largest difference of an atomic fraction from that of the film.
    """

    numbers: tuple[int, ...]
    deviation: float


def mixture_of(recipe: AmorphousRecipe | SupercycleRecipe) -> Mixture:
    """Return components and density of an amorphous or supercycle recipe.

    Raises
    ------
    StructureError
        If a composition cannot be made of the units it names.
    """
    if isinstance(recipe, AmorphousRecipe):
        components = neutral_components(recipe.composition, recipe.units)
        return Mixture(components, recipe.crystal_density_g_cm3, recipe.composition)
    film = deposit(recipe.subcycles)
    units = {step.formula: step.units for step in recipe.subcycles}
    components = [
        (component, share * number)
        for formula, share in film.mole_fractions.items()
        for component, number in neutral_components(formula, units[formula])
    ]
    asked = " + ".join(f"{share:.4f} {formula}" for formula, share in film.mole_fractions.items())
    return Mixture(components, film.density_g_cm3, asked)


def choose_counts(components: Sequence[tuple[Component, float]], max_atoms: int) -> Counts:
    """Choose whole numbers of components for one cell.

    Of the cells with the exact composition the largest is taken. If none is exact, a smaller deviation
    is weighed against a larger cell: 0.01 in an atomic fraction counts as much as all of `max_atoms`.

    Parameters
    ----------
    components : sequence of (Component, float)
        Components and their relative numbers.
    max_atoms : int
        Atoms at most. Every component comes at least once.

    Raises
    ------
    StructureError
        If one of each component is already too much.
    """
    shares = np.array([share for _, share in components])
    sizes = np.array([component.size for component, _ in components])
    least = int(sizes.sum())
    if least > max_atoms:
        formulas = " + ".join(component.formula for component, _ in components)
        raise StructureError(
            f"{formulas} has {least} atoms, more than the {max_atoms} allowed",
            hint=f"--max-atoms {least} or more",
        )
    elements = sorted({symbol for component, _ in components for symbol in component.counts})
    table = np.array(
        [[component.counts.get(symbol, 0) for symbol in elements] for component, _ in components]
    )
    film = shares @ table / (shares @ table).sum()

    def judged(numbers: tuple[int, ...]) -> tuple[float, Counts]:
        total = int(np.dot(numbers, sizes))
        deviation = float(np.abs(np.array(numbers) @ table / total - film).max())
        if deviation < EXACT:
            return -total, Counts(numbers, 0.0)
        return deviation / DEVIATION_WEIGHT + 1 - total / max_atoms, Counts(numbers, deviation)

    cells = {(1,) * len(components)}
    for atoms in range(least, max_atoms + 1):
        ideal = shares * atoms / (shares @ sizes)
        cells.update(product(*((max(1, floor(n)), max(1, ceil(n))) for n in ideal)))
    fitting = sorted(numbers for numbers in cells if np.dot(numbers, sizes) <= max_atoms)
    return min(map(judged, fitting), key=lambda pair: pair[0])[1]


def amorphous_filling(recipe: AmorphousRecipe | SupercycleRecipe, *, max_atoms: int) -> Filling:
    """Choose whole numbers of ions for one cell of an amorphous film.

    Ions are packed at random in a cube at 0.92 (or 0.90) of the crystal's density, anions of several atoms
    whole. Distances are at least 0.8 of the sum of ionic radii (`radii.ion_radius_A`).

    Raises
    ------
    StructureError
        If the composition does not fit.
    """
    mixture = mixture_of(recipe)
    counts = choose_counts(mixture.components, max_atoms)
    ions = _ions(mixture.components, counts.numbers)
    portions = [Portion(_unit(ion), number) for ion, number in ions.items()]
    atoms = Counter(symbol for part in portions for symbol in part.unit.symbols * part.number)
    story = {
        "builder": recipe.builder,
        "asked": mixture.asked,
        "components": {
            component.formula: number
            for (component, _), number in zip(mixture.components, counts.numbers, strict=True)
        },
        "ions": ions,
        "composition_deviation": round(counts.deviation, 6),
        "crystal_density_g_cm3": mixture.density_g_cm3,
        "melting_point_K": recipe.melting_point_K,
    }
    return Filling(
        kind=ModelKind.AMORPHOUS,
        composition=dict(sorted(atoms.items())),
        density_g_cm3=mixture.density_g_cm3,
        portions=lambda _: portions,
        fractions=FRACTIONS,
        attempts=ATTEMPTS,
        story=story,
    )


def counterpart(recipe: CrystalRecipe) -> AmorphousRecipe:
    """Return the amorphous film of a crystal's composition and density.

    Anions of several atoms are packed whole where the table has one of the crystal's elements that makes
    its composition: sulfate of Li2SO4.

    Raises
    ------
    StructureError
        If there is no such crystal.
    """
    crystal = load_crystal(recipe.cif)
    formula = str(crystal.symbols.formula.reduce()[0].format("metal"))
    mass = molar_mass_g_mol(Counter(crystal.get_chemical_symbols()))
    return AmorphousRecipe(
        builder="amorphous",
        composition=formula,
        units=whole_anions(formula),
        crystal_density_g_cm3=mass / float(crystal.get_volume()) * A3_PER_CM3_MOL,
        density_source=f"cell of {Path(recipe.cif).name}",
        melting_point_K=None,
    )


def whole_anions(formula: str) -> tuple[str, ...]:
    """Return the name of the largest anion of several atoms that makes a formula; empty if there is none."""
    for name in sorted(anion_names(), key=lambda name: (-len(anion(name).atoms), name)):
        if len(anion(name).atoms) == 1 or not set(anion(name).symbols) < set(parse_formula(formula)):
            continue
        try:
            neutral_components(formula, (name,))
        except StructureError:
            continue
        return (name,)
    return ()


def _ions(components: Sequence[tuple[Component, float]], numbers: Sequence[int]) -> dict[str, int]:
    ions: Counter[str] = Counter()
    for (component, _), number in zip(components, numbers, strict=True):
        for ion, count in [*component.atoms.items(), *component.anions.items()]:
            ions[ion] += count * number
    return dict(sorted(ions.items()))


def _unit(ion: str) -> Unit:
    """Return an anion of the table, or a single ion of that element."""
    try:
        whole = anion(ion)
    except StructureError:
        return Unit((ion,), np.zeros((1, 3)), (ion_radius_A(ion),))
    radii = tuple(whole.radii_A.get(symbol, ion_radius_A(symbol)) for symbol in whole.symbols)
    return Unit(whole.symbols, whole.positions_A, radii)
