"""Lithicones: from the SMILES of a lithium alkoxide, or of its alcohol, to a packed cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase.data import atomic_masses, atomic_numbers
from numpy.typing import NDArray

from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.packing import Edges, Portion, Unit, pack_densest
from lithicoat.structures.radii import contact_radius_A
from lithicoat.structures.recipes import LithiconeRecipe

__all__ = [
    "Monomer",
    "deprotonate",
    "estimated_density_g_cm3",
    "lithicone_elements",
    "lithicone_model",
    "monomers",
]

LI_O_A = 1.80
"""Li-O distance of a monomer in Å; one- and two-coordinate oxygen in lithium alkoxides has 1.7-1.9 Å."""

FRACTIONS = tuple(np.round(np.arange(0.90, 0.39, -0.05), 2).tolist())
"""Packing densities over the estimated one; workflows close what is left by pressure."""

ATTEMPTS = 8
LONE_ATTEMPTS = 100
"""A lone molecule in its cell must only miss its own images; trying costs a millisecond."""

CONFORMERS = 30
ROOM_A = 1.85
"""Conformers that hold a Li closer than this to any atom but its oxygen are left out, if there are others."""

A3_PER_CM3_MOL = 1e24 / 6.02214076e23

_HYDROXYL = "[OX2;$([O][#6])]-[#1]"
_MEAN_VOLUMES_A3 = {
    "H": 5.08,
    "C": 13.87,
    "N": 11.8,
    "O": 11.39,
    "F": 11.17,
    "S": 25.2,
    "Cl": 25.8,
    "Li": 7.9,
}
"""Mean atomic volumes in organic crystals, Hofmann, Acta Cryst. B 58, 489 (2002). Li is what the cell of
lithium methoxide (Wheatley 1960: a = 3.57 Å, c = 7.60 Å, two formula units) leaves to Li."""


@dataclass(frozen=True)
class Monomer:
    """One conformer of a lithium alkoxide.

    Parameters
    ----------
    symbols : tuple of str
        Chemical symbols.
    positions_A : array of shape (atoms, 3)
        Positions in Å, centred.
    bonds : tuple of (int, int)
        Covalent bonds, those to Li left out, lower index first.
    """

    symbols: tuple[str, ...]
    positions_A: NDArray[np.float64]
    bonds: tuple[tuple[int, int], ...]


def deprotonate(smiles: str) -> str:
    """Return the lithium alkoxide of an alcohol: `OCC(O)CO` gives `[Li]OCC(O[Li])CO[Li]`.

    Parameters
    ----------
    smiles : str
        An alcohol: every hydroxyl on carbon gives its proton for Li. A SMILES that holds Li already
        comes back in canonical form with its alkoxides as they are.

    Raises
    ------
    StructureError
        If the SMILES does not parse, or has no alkoxide or hydroxyl oxygen.
    """
    from rdkit import Chem  # noqa: PLC0415 - heavy

    alcohol, marked = _alcohol(smiles)
    editable = Chem.RWMol(alcohol)
    for index in marked:
        editable.GetAtomWithIdx(index).SetAtomicNum(3)
    written = str(Chem.MolToSmiles(Chem.RemoveHs(editable.GetMol())))
    return written.replace("[O]", "O")  # brackets that RDKit puts around oxygen next to a metal


def lithicone_elements(recipe: LithiconeRecipe) -> set[str]:
    """Return the elements of a lithicone, Li included.

    Raises
    ------
    StructureError
        As `deprotonate`.
    """
    return set(_symbols(*_alcohol(recipe.smiles)))


def estimated_density_g_cm3(smiles: str) -> float:
    """Estimate the density of a lithicone in g/cm³ from mean atomic volumes (Hofmann 2002).

    Raises
    ------
    StructureError
        As `deprotonate`, or if no volume of an element is known.
    """
    symbols = _symbols(*_alcohol(smiles))
    missing = sorted(set(symbols) - set(_MEAN_VOLUMES_A3))
    if missing:
        raise StructureError(f"no mean volume of {missing[0]} is known", where=smiles, hint="give a density")
    volume = sum(_MEAN_VOLUMES_A3[symbol] for symbol in symbols)
    return _mass(symbols) / volume * A3_PER_CM3_MOL


def monomers(smiles: str, *, number: int, seed: int) -> list[Monomer]:
    """Return conformers of a lithium alkoxide.

    The alcohol is embedded by ETKDG (version 3, seeded) and relaxed with MMFF94; then the hydrogen of
    each alkoxide is replaced by Li, 1.8 Å from its oxygen. Conformers in which that brings Li too near
    to other atoms, as a hydrogen bond does, are left out; the most room around Li comes first.

    Parameters
    ----------
    smiles : str
        Lithium alkoxide, or an alcohol.
    number : int
        Conformers at most.
    seed : int
        Seed of the embedding, below 2³¹.

    Raises
    ------
    StructureError
        As `deprotonate`, or if no conformer can be found.
    """
    from rdkit.Chem import rdDistGeom, rdForceFieldHelpers  # noqa: PLC0415

    alcohol, marked = _alcohol(smiles)
    parameters: Any = rdDistGeom.ETKDGv3()
    parameters.randomSeed = seed
    conformers = list(rdDistGeom.EmbedMultipleConfs(alcohol, max(number, CONFORMERS), parameters))
    if not conformers:
        raise StructureError(f"no shape in space was found for {smiles}", where=smiles)
    if rdForceFieldHelpers.MMFFHasAllMoleculeParams(alcohol):
        rdForceFieldHelpers.MMFFOptimizeMoleculeConfs(alcohol, maxIters=2000)
    else:
        rdForceFieldHelpers.UFFOptimizeMoleculeConfs(alcohol, maxIters=2000)
    symbols = _symbols(alcohol, marked)
    bonds = tuple(
        sorted(
            (min(pair), max(pair))
            for pair in ((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in alcohol.GetBonds())
            if not set(pair) & set(marked)
        )
    )
    shapes = [
        Monomer(symbols, _with_lithium(alcohol.GetConformer(index).GetPositions(), marked), bonds)
        for index in conformers
    ]
    shapes.sort(key=lambda shape: -_room(shape, marked))
    return [shape for shape in shapes if _room(shape, marked) >= ROOM_A][:number] or shapes[:1]


def lithicone_model(recipe: LithiconeRecipe, *, name: str, max_atoms: int, seed: int) -> Model:
    """Pack one lithicone cell.

    As many whole monomers as fit into `max_atoms`, each in a conformer of its own, at the highest of
    0.90, 0.85 ... of the estimated density that Packmol can fill. The cell has to be compressed and
    annealed before it is a film.

    Parameters
    ----------
    recipe : LithiconeRecipe
        SMILES and density.
    name : str
        Name of the model.
    max_atoms : int
        Atoms at most.
    seed : int
        The same seed gives the same cell.

    Returns
    -------
    Model
        Kind lithicone, with its covalent graph.

    Raises
    ------
    StructureError
        If the SMILES is wrong, one monomer is larger than `max_atoms`, or the packing fails.
    """
    rng = np.random.default_rng(seed)
    shapes = monomers(recipe.smiles, number=CONFORMERS, seed=int(rng.integers(1, 2**31 - 1)))
    symbols, bonds = shapes[0].symbols, shapes[0].bonds
    size = len(symbols)
    number = max_atoms // size
    if number == 0:
        raise StructureError(
            f"one unit of {name} has {size} atoms, more than the {max_atoms} allowed",
            where=name,
            hint=f"--max-atoms {size} or more",
        )
    radii = tuple(contact_radius_A(symbol) for symbol in symbols)

    def draw(_: Edges) -> Sequence[Portion]:
        chosen = rng.integers(0, len(shapes), size=number)
        return [Portion(Unit(symbols, _turned(shapes[index].positions_A, rng), radii), 1) for index in chosen]

    volume = number * _mass(symbols) / recipe.density_g_cm3 * A3_PER_CM3_MOL
    attempts = LONE_ATTEMPTS if number == 1 else ATTEMPTS
    packed = pack_densest(draw, ideal_volume_A3=volume, fractions=FRACTIONS, attempts=attempts, rng=rng)
    story: dict[str, Any] = {
        "builder": recipe.builder,
        "smiles": deprotonate(recipe.smiles),
        "composition": {symbol: number * symbols.count(symbol) for symbol in sorted(set(symbols))},
        "monomers": number,
        "density_estimate_g_cm3": recipe.density_g_cm3,
        "steps": [{"step": "pack", "fraction_of_estimated_density": packed.fraction, "seed": seed}],
    }
    graph = tuple((i + shift, j + shift) for shift in range(0, number * size, size) for i, j in bonds)
    return Model.from_atoms(
        packed.atoms, name=name, kind=ModelKind.MOLECULAR, seed=seed, bonds=graph, recipe=story
    )


def _alcohol(smiles: str) -> tuple[Any, tuple[int, ...]]:
    """Return the alcohol with all hydrogens, and the indices of those that stand for Li."""
    from rdkit import Chem, rdBase  # noqa: PLC0415

    with rdBase.BlockLogs():  # the error below says it in one sentence
        molecule: Any = Chem.MolFromSmiles(smiles)
    if molecule is None or not molecule.GetNumAtoms():
        raise StructureError(f"'{smiles}' is not a SMILES", where=smiles, hint="such as [Li]OCCO[Li] or OCCO")
    editable = Chem.RWMol(molecule)
    lithium = [atom.GetIdx() for atom in editable.GetAtoms() if atom.GetAtomicNum() == 3]
    sites = _alkoxides(editable, smiles)
    if len(sites) != len(lithium):
        raise StructureError(
            f"'{smiles}' has {len(lithium)} Li for {len(sites)} alkoxide oxygens",
            where=smiles,
            hint="one Li for each",
        )
    for oxygen in sites:
        atom = editable.GetAtomWithIdx(oxygen)
        atom.SetFormalCharge(0)
        atom.SetNoImplicit(False)
        atom.SetIntProp("alkoxide", 1)
    for index in sorted(lithium, reverse=True):
        editable.RemoveAtom(index)
    parent = editable.GetMol()
    Chem.SanitizeMol(parent)
    alcohol = Chem.AddHs(parent)
    hydroxyls = alcohol.GetSubstructMatches(Chem.MolFromSmarts(_HYDROXYL))
    marked = tuple(
        hydrogen
        for oxygen, hydrogen in hydroxyls
        if not lithium or alcohol.GetAtomWithIdx(oxygen).HasProp("alkoxide")
    )
    if not marked:
        raise StructureError(
            f"'{smiles}' has no alkoxide or hydroxyl oxygen for Li to sit on",
            where=smiles,
            hint="such as OCCO",
        )
    if len(Chem.GetMolFrags(alcohol)) > 1 or Chem.GetFormalCharge(alcohol):
        raise StructureError(f"'{smiles}' is not one neutral molecule", where=smiles)
    return alcohol, marked


def _alkoxides(molecule: Any, smiles: str) -> list[int]:
    """Return oxygens on carbon that hold a Li or a negative charge."""
    found = []
    for atom in molecule.GetAtoms():
        partners = [neighbour.GetAtomicNum() for neighbour in atom.GetNeighbors()]
        if atom.GetAtomicNum() == 3 and any(partner != 8 for partner in partners):
            raise StructureError(f"'{smiles}' has Li on another atom than oxygen", where=smiles)
        if atom.GetAtomicNum() == 8 and 6 in partners and (3 in partners or atom.GetFormalCharge() == -1):
            found.append(atom.GetIdx())
    return found


def _symbols(alcohol: Any, marked: Sequence[int]) -> tuple[str, ...]:
    return tuple("Li" if atom.GetIdx() in marked else str(atom.GetSymbol()) for atom in alcohol.GetAtoms())


def _mass(symbols: Sequence[str]) -> float:
    return float(sum(atomic_masses[atomic_numbers[symbol]] for symbol in symbols))


def _with_lithium(positions_A: NDArray[np.float64], marked: Sequence[int]) -> NDArray[np.float64]:
    """Draw each marked hydrogen out along its O-H bond to where Li sits."""
    moved: NDArray[np.float64] = np.array(positions_A, dtype=float)
    for hydrogen in marked:
        distances = np.linalg.norm(positions_A - positions_A[hydrogen], axis=1)
        oxygen = int(np.argsort(distances)[1])
        moved[hydrogen] = positions_A[oxygen] + LI_O_A / distances[oxygen] * (
            positions_A[hydrogen] - positions_A[oxygen]
        )
    moved -= moved.mean(axis=0)
    return moved


def _room(shape: Monomer, marked: Sequence[int]) -> float:
    """Return the shortest distance in Å from a Li to any atom but its own oxygen, which is 1.8 Å away."""
    distances = np.linalg.norm(shape.positions_A[:, None] - shape.positions_A[None], axis=2)[list(marked)]
    near = np.abs(distances - LI_O_A) < 1e-6
    return float(distances[(distances > 0) & ~near].min())


def _turned(positions_A: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Turn a molecule at random (a uniform rotation from a Gaussian quaternion)."""
    from scipy.spatial.transform import Rotation  # noqa: PLC0415

    rotation: NDArray[np.float64] = np.asarray(Rotation.from_quat(rng.normal(size=4)).as_matrix())
    return positions_A @ rotation.T
