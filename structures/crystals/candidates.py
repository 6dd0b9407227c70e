"""Starts for the unknown crystal of a compound: known structure types, and random crystals."""

from collections.abc import Sequence
from math import lcm
from typing import Any

import numpy as np
from ase import Atoms

from lithicoat.structures.crystals.prototypes import Prototype, prototypes
from lithicoat.structures.crystals.random_crystals import random_crystal
from lithicoat.structures.crystals.substitution import substitute
from lithicoat.structures.crystals.symmetry import primitive_cell
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.anions import Component, anion, anion_names, neutral_components
from lithicoat.structures.formulas import parse_formula
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.validation import covalent_bonds

__all__ = ["crystal_candidates", "different", "same_structure", "unit_of", "units_intact", "whole_counts"]

SAME_A = 0.1
"""What symmetry may be off when crystals are compared, Å."""
PER_TYPE = 6
"""Assignments of one structure type at most."""


def whole_counts(formula: str) -> dict[str, int]:
    """Return the smallest whole numbers of atoms in the proportions of a formula.

    Raises
    ------
    StructureError
        If it is no formula.
    """
    atoms = parse_formula(formula)
    scale = lcm(*(count.denominator for count in atoms.values()))
    numbers = {symbol: int(count * scale) for symbol, count in atoms.items()}
    divisor = int(np.gcd.reduce(list(numbers.values())))
    return {symbol: number // divisor for symbol, number in numbers.items()}


def unit_of(formula: str) -> str | None:
    """Return the anion of several atoms that a salt is made of, such as `SO3` for Li2SO3; None if none is.

    Anions are those of `data/anions.toml`; the rest of the salt must be metals.
    """
    from pymatgen.core import Element  # noqa: PLC0415 - heavy

    for name in anion_names():
        inside = anion(name).counts
        if len(anion(name).symbols) < 2:
            continue
        try:
            [(component, _)] = neutral_components(formula, (name,))
        except StructureError:
            continue
        rest = component.atoms
        if rest and all(Element(symbol).is_metal for symbol in rest) and not inside.keys() & rest.keys():
            return name
    return None


def units_intact(atoms: Atoms, unit: str) -> bool:
    """Return whether the covalent graph of a cell falls into exactly these anions.

    Every molecule of bonded non-metals must hold the atoms of the anion, the first of them bonded to all
    others and these to nothing else.
    """
    centre, *ligands = anion(unit).symbols
    symbols = atoms.get_chemical_symbols()
    neighbours: dict[int, list[int]] = {i: [] for i, s in enumerate(symbols) if s in {centre, *ligands}}
    for i, j in covalent_bonds(atoms):
        neighbours.setdefault(i, []).append(j)
        neighbours.setdefault(j, []).append(i)
    for index, bonded in neighbours.items():
        found = sorted(symbols[other] for other in bonded)
        if found != (sorted(ligands) if symbols[index] == centre else [centre]):
            return False
    return True


def crystal_candidates(
    formula: str, *, number: int, random: int = 0, max_atoms: int = 40, seed: int = 0
) -> tuple[Model, ...]:
    """Return different starts for the crystal of a compound, the most promising ones first.

    Parameters
    ----------
    formula : str
        The compound.
    number : int
        Starts from structure types at most: types of as many elements first, of these the best assignment of
        every type, by how alike the ions are, then the second best.
    random : int
        Random crystals besides.
    max_atoms : int
        Atoms of a primitive cell at most.
    seed : int
        Seed of the random crystals.

    Returns
    -------
    tuple of Model
        Their recipe says from what type each was made, and where that is from.

    Raises
    ------
    StructureError
        If the formula is none, or there is no structure type for it and no random crystal is asked for.
    """
    counts = whole_counts(formula)
    if sum(counts.values()) > max_atoms:
        raise StructureError(
            f"one unit of {formula} has {sum(counts.values())} atoms, more than {max_atoms}",
            where=formula,
            hint="allow more atoms",
        )
    found = _substituted(formula, counts, number=number, max_atoms=max_atoms)
    if not found and not random:
        raise StructureError(
            f"no structure type at hand has the composition of {formula}",
            where=formula,
            hint="search with random crystals: --random 30",
        )
    return (*found, *_random(formula, counts, number=random, max_atoms=max_atoms, seed=seed))


def same_structure(one: Atoms, other: Atoms) -> bool:
    """Return whether two cells are the same crystal but for small shifts and size (pymatgen's matcher)."""
    return not different([one, other])[1:]


def different(cells: Sequence[Atoms]) -> list[int]:
    """Return the indices of cells none of which is like an earlier one."""
    from pymatgen.analysis.structure_matcher import StructureMatcher  # noqa: PLC0415 - heavy
    from pymatgen.io.ase import AseAtomsAdaptor  # noqa: PLC0415

    matcher = StructureMatcher(primitive_cell=False, scale=True)
    structures = [AseAtomsAdaptor.get_structure(primitive_cell(cell, tolerance_A=SAME_A)) for cell in cells]
    kept: list[int] = []
    for index, structure in enumerate(structures):
        alike = [earlier for earlier in kept if len(structures[earlier]) == len(structure)]
        if not any(matcher.fit(structures[earlier], structure) for earlier in alike):
            kept.append(index)
    return kept


def _substituted(formula: str, counts: dict[str, int], *, number: int, max_atoms: int) -> list[Model]:
    ranked: list[tuple[tuple[int, int, float], Prototype, Atoms]] = []
    for prototype in prototypes():
        if len(prototype.atoms) <= max_atoms:
            kinds = abs(len(set(prototype.atoms.symbols)) - len(counts))
            for turn, (cost, atoms) in enumerate(substitute(counts, prototype, limit=PER_TYPE)):
                ranked.append(((kinds, turn, cost), prototype, atoms))
    ranked.sort(key=lambda entry: entry[0])
    best = ranked[: 2 * number]  # room for types that turn out the same
    return [
        _model(formula, atoms, prototype=prototype.name, source=prototype.source, builder="substitution")
        for _, prototype, atoms in (best[index] for index in different([cell for *_, cell in best])[:number])
    ]


def _random(formula: str, counts: dict[str, int], *, number: int, max_atoms: int, seed: int) -> list[Model]:
    unit = unit_of(formula)
    [(component, _)] = neutral_components(formula, (unit,)) if unit else [(Component(counts), 1.0)]
    models = []
    for draw in range(number):
        rng = np.random.default_rng((seed, draw))
        atoms = random_crystal(component, max_atoms=max_atoms, rng=rng)
        models.append(
            _model(
                formula,
                atoms,
                prototype=f"random crystal {draw + 1}",
                source=f"drawn at random, seed {seed}",
                builder="random crystal",
            )
        )
    return models


def _model(formula: str, atoms: Atoms, **story: Any) -> Model:
    composition: dict[str, int] = {}
    for symbol in atoms.get_chemical_symbols():
        composition[symbol] = composition.get(symbol, 0) + 1
    return Model.from_atoms(
        atoms,
        name=formula,
        kind=ModelKind.CRYSTAL,
        recipe={**story, "origin": "predicted", "composition": composition},
    )
