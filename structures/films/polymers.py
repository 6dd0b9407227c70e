"""Polymers: from the SMILES of a repeat unit to chains packed whole."""

from typing import Any

import numpy as np

from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.filling import Filling
from lithicoat.structures.films.molecules import Molecules, molecular_filling
from lithicoat.structures.films.monomers import Monomer, embed
from lithicoat.structures.recipes import PolymerRecipe
from lithicoat.structures.validation import NON_METALS

__all__ = ["chain_smiles", "polymer_elements", "polymer_filling"]

FRACTIONS = (0.5, 0.4, 0.3)
PRESSED_TO = 0.9
ATTEMPTS = 3
"""Stiff chains seldom fit more densely, and finding that out takes long; they are pressed together later."""

SHAPES = 30
COMPACT = 10
"""Of the shapes of a chain, the most compact ones: a long arm meets its own image in a small cell."""

_ENDS = "a repeat unit has two open ends: *NC(=O)NCC*"


def chain_smiles(unit: str, length: int) -> str:
    """Return the chain of some repeat units, closed, as canonical SMILES.

    Hydrogen closes both ends, which leaves an amine where the unit begins or ends with nitrogen. A carbonyl
    end would become an aldehyde, which no urea or amide film has: it gets NH2, what an isocyanate or an acid
    chloride turns into with ammonia.

    Parameters
    ----------
    unit : str
        SMILES of the repeat unit with two `*`: the first is where it begins.
    length : int
        Repeat units.

    Raises
    ------
    StructureError
        If the SMILES does not parse, has not two single-bonded ends, is charged or in pieces, or holds
        metals or radicals.
    """
    from rdkit import Chem  # noqa: PLC0415 - heavy

    return str(Chem.MolToSmiles(Chem.RemoveHs(_chain(unit, length))))


def polymer_elements(recipe: PolymerRecipe) -> set[str]:
    """Return the elements of a polymer.

    Raises
    ------
    StructureError
        As `chain_smiles`.
    """
    return {str(atom.GetSymbol()) for atom in _chain(recipe.unit, 1).GetAtoms()}


def polymer_filling(recipe: PolymerRecipe, *, name: str, max_atoms: int, rng: np.random.Generator) -> Filling:
    """Choose how many chains one cell of a polymer holds.

    As many whole chains as fit into `max_atoms`, each in a shape of its own.

    Raises
    ------
    StructureError
        If the SMILES is wrong, or one chain is larger than `max_atoms`.
    """
    chain = _chain(recipe.unit, recipe.length)
    size = chain.GetNumAtoms()
    number = max_atoms // size
    if number == 0:
        raise StructureError(
            f"one chain of {name} has {size} atoms, more than the {max_atoms} allowed",
            where=f"{name}: recipe.length",
            hint=f"a shorter chain than {recipe.length} units, or --max-atoms {size} or more",
        )
    shapes = _shapes(chain, name=name, seed=int(rng.integers(1, 2**31 - 1)))

    def draw() -> list[Monomer]:
        return [shapes[index] for index in rng.integers(0, len(shapes), size=number)]

    story: dict[str, Any] = {
        "unit": recipe.unit,
        "chain": chain_smiles(recipe.unit, recipe.length),
        "length": recipe.length,
        "chains": number,
    }
    molecules = Molecules(kinds=(shapes[0].symbols,) * number, bonds=(shapes[0].bonds,) * number, draw=draw)
    return molecular_filling(
        molecules,
        recipe,
        name=name,
        rng=rng,
        story=story,
        fractions=FRACTIONS,
        attempts=ATTEMPTS,
        pressed_to=PRESSED_TO,
    )


def _shapes(chain: Any, *, name: str, seed: int) -> list[Monomer]:
    """Return the most compact shapes of a chain; its ends are its two outermost heavy atoms."""
    symbols = tuple(str(atom.GetSymbol()) for atom in chain.GetAtoms())
    pairs = ((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in chain.GetBonds())
    bonds = tuple(sorted((min(pair), max(pair)) for pair in pairs))
    ends = tuple(atom.GetIdx() for atom in chain.GetAtoms() if atom.HasProp("end"))
    found = embed(chain, number=SHAPES, seed=seed, name=name)
    found = [positions - positions.mean(axis=0) for positions in found]
    found.sort(key=lambda positions: float((positions**2).sum()))
    return [Monomer(symbols, positions, bonds, ends) for positions in found[:COMPACT]]


def _chain(unit: str, length: int) -> Any:
    """Join repeat units, close the ends and add all hydrogens; the end atoms are marked `end`."""
    from rdkit import Chem  # noqa: PLC0415

    piece = _unit(unit)
    chain = Chem.RWMol(piece)
    for _ in range(length - 1):
        _, tail = _open_ends(chain)
        grown = Chem.RWMol(Chem.CombineMols(chain, piece))
        head = _open_ends(Chem.RWMol(piece))[0] + chain.GetNumAtoms()
        grown.AddBond(_partner(grown, tail), _partner(grown, head), Chem.BondType.SINGLE)
        for dummy in sorted((tail, head), reverse=True):
            grown.RemoveAtom(dummy)
        chain = grown
    for dummy in _open_ends(chain):
        end = chain.GetAtomWithIdx(_partner(chain, dummy))
        end.SetIntProp("end", 1)
        closed = chain.GetAtomWithIdx(dummy)
        closed.SetAtomicNum(7 if _is_carbonyl(end) else 1)
        closed.SetNoImplicit(False)
    Chem.SanitizeMol(chain)
    return Chem.AddHs(Chem.RemoveHs(chain.GetMol()))


def _unit(unit: str) -> Any:
    from rdkit import Chem, rdBase  # noqa: PLC0415

    with rdBase.BlockLogs():
        molecule: Any = Chem.MolFromSmiles(unit)
    if molecule is None:
        raise StructureError(f"'{unit}' is not a SMILES", where=unit, hint=_ENDS)
    ends = [atom for atom in molecule.GetAtoms() if atom.GetAtomicNum() == 0]
    single = all(atom.GetDegree() == 1 and atom.GetTotalNumHs() == 0 for atom in ends) and all(
        bond.GetBondType() == Chem.BondType.SINGLE for atom in ends for bond in atom.GetBonds()
    )
    if len(ends) != 2 or not single or molecule.GetNumAtoms() < 3:
        raise StructureError(
            f"'{unit}' has {len(ends)} open ends, or one that is not a single bond", where=unit, hint=_ENDS
        )
    if len(Chem.GetMolFrags(molecule)) > 1 or any(atom.GetFormalCharge() for atom in molecule.GetAtoms()):
        raise StructureError(f"'{unit}' is charged or in pieces", where=unit, hint=_ENDS)
    strange = sorted({atom.GetSymbol() for atom in molecule.GetAtoms()} - NON_METALS - {"*"})
    if strange:
        raise StructureError(f"'{unit}' holds {strange[0]}, which is not covalently bonded", where=unit)
    return molecule


def _open_ends(molecule: Any) -> tuple[int, int]:
    first, second = (atom.GetIdx() for atom in molecule.GetAtoms() if atom.GetAtomicNum() == 0)
    return first, second


def _partner(molecule: Any, dummy: int) -> int:
    return int(molecule.GetAtomWithIdx(dummy).GetNeighbors()[0].GetIdx())


def _is_carbonyl(atom: Any) -> bool:
    return atom.GetAtomicNum() == 6 and any(
        bond.GetBondTypeAsDouble() == 2 and bond.GetOtherAtom(atom).GetAtomicNum() == 8
        for bond in atom.GetBonds()
    )
