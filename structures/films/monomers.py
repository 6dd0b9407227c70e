"""Molecules of a film: from SMILES to shapes in space, with ions on their oxygens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.alcohols import Alcohol, read_alcohol
from lithicoat.structures.radii import ion_oxygen_A

__all__ = ["Conformer", "Monomer", "conformers", "embed", "monomers", "turned"]

CONFORMERS = 30
ROOM = 1.028
"""Conformers that hold an ion closer than this, in lengths of its own bond to oxygen, to any atom but its
oxygen are left out, if there are others: 1.85 Å for Li."""


@dataclass(frozen=True)
class Monomer:
    """A molecule as it is packed, its ions included.

    Parameters
    ----------
    symbols : tuple of str
        Chemical symbols.
    positions_A : array of shape (atoms, 3)
        Positions in Å, centred.
    bonds : tuple of (int, int)
        Covalent bonds, those to metals left out, lower index first.
    ends : tuple of int
        Atoms by which it hangs on what is below and above it in a layered film.
    """

    symbols: tuple[str, ...]
    positions_A: NDArray[np.float64]
    bonds: tuple[tuple[int, int], ...]
    ends: tuple[int, ...] = ()


@dataclass(frozen=True)
class Conformer:
    """One shape of an alcohol.

    Parameters
    ----------
    alcohol : Alcohol
        The molecule with all its hydrogens.
    positions_A : array of shape (atoms, 3)
        Positions in Å.
    """

    alcohol: Alcohol
    positions_A: NDArray[np.float64]

    def salt(self, ions: Sequence[str]) -> Monomer:
        """Return the molecule with an ion in place of the proton of each hydroxyl.

        Parameters
        ----------
        ions : sequence of str
            One entry per site of the alcohol: the symbol of a metal, drawn out along the O-H bond to where
            it sits; `H` keeps the proton; an empty string takes it away.
        """
        symbols = list(self.alcohol.symbols)
        moved: NDArray[np.float64] = np.array(self.positions_A, dtype=float)
        gone: set[int] = set()
        metals: set[int] = set()
        for (oxygen, hydrogen), ion in zip(self.alcohol.sites, ions, strict=True):
            if not ion:
                gone.add(hydrogen)
            elif ion != "H":
                metals.add(hydrogen)
                symbols[hydrogen] = ion
                arm = self.positions_A[hydrogen] - self.positions_A[oxygen]
                moved[hydrogen] = self.positions_A[oxygen] + ion_oxygen_A(ion) / np.linalg.norm(arm) * arm
        kept = [index for index in range(len(symbols)) if index not in gone]
        moved = moved[kept]
        moved -= moved.mean(axis=0)
        number = {old: new for new, old in enumerate(kept)}
        bonds = sorted((number[i], number[j]) for i, j in self.alcohol.bonds if not {i, j} & (gone | metals))
        ends = tuple(number[oxygen] for oxygen, _ in self.alcohol.sites)
        return Monomer(tuple(symbols[index] for index in kept), moved, tuple(bonds), ends)

    def room(self, ion: str) -> float:
        """Return the shortest distance in Å from an ion to any atom but its oxygen, if all sites held one."""
        full = self.salt([ion] * len(self.alcohol.sites))
        distances = np.linalg.norm(full.positions_A[:, None] - full.positions_A[None], axis=2)
        distances = distances[[hydrogen for _, hydrogen in self.alcohol.sites]]
        near = np.abs(distances - ion_oxygen_A(ion)) < 1e-6
        return float(distances[(distances > 0) & ~near].min())


def conformers(alcohol: Alcohol, *, ion: str, number: int, seed: int) -> list[Conformer]:
    """Return shapes of an alcohol in which a metal ion has room at every site.

    Embedded by ETKDG (version 3, seeded) and relaxed with MMFF94. Conformers in which an ion comes too near
    to other atoms, as in place of a hydrogen bond, are left out; the most room comes first.

    Parameters
    ----------
    alcohol : Alcohol
        As `read_alcohol` gives it.
    ion : str
        Symbol of the metal.
    number : int
        Conformers at most.
    seed : int
        Seed of the embedding, below 2³¹.

    Raises
    ------
    StructureError
        If no conformer can be found.
    """
    found = embed(alcohol.molecule, number=max(number, CONFORMERS), seed=seed, name=alcohol.smiles)
    shapes = [Conformer(alcohol, positions) for positions in found]
    rooms = {id(shape): shape.room(ion) for shape in shapes}
    shapes.sort(key=lambda shape: -rooms[id(shape)])
    least = ROOM * ion_oxygen_A(ion)
    return [shape for shape in shapes if rooms[id(shape)] >= least][:number] or shapes[:1]


def monomers(smiles: str, *, number: int, seed: int) -> list[Monomer]:
    """Return conformers of a lithium alkoxide, Li on every site, 1.8 Å from its oxygen.

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
        As `read_alcohol`, or if no conformer can be found.
    """
    alcohol = read_alcohol(smiles)
    shapes = conformers(alcohol, ion="Li", number=number, seed=seed)
    return [shape.salt(["Li"] * len(alcohol.sites)) for shape in shapes]


def embed(molecule: Any, *, number: int, seed: int, name: str) -> list[NDArray[np.float64]]:
    """Return shapes in space of an RDKit molecule that holds all its hydrogens, positions in Å.

    ETKDG (version 3, seeded), then MMFF94, or UFF where MMFF94 lacks a parameter.

    Raises
    ------
    StructureError
        If none is found.
    """
    from rdkit.Chem import rdDistGeom, rdForceFieldHelpers  # noqa: PLC0415 - heavy

    parameters: Any = rdDistGeom.ETKDGv3()
    parameters.randomSeed = seed
    found = list(rdDistGeom.EmbedMultipleConfs(molecule, number, parameters))
    if not found:
        raise StructureError(f"no shape in space was found for {name}", where=name)
    if rdForceFieldHelpers.MMFFHasAllMoleculeParams(molecule):
        rdForceFieldHelpers.MMFFOptimizeMoleculeConfs(molecule, maxIters=2000)
    else:
        rdForceFieldHelpers.UFFOptimizeMoleculeConfs(molecule, maxIters=2000)
    return [np.array(molecule.GetConformer(index).GetPositions()) for index in found]


def turned(monomer: Monomer, rng: np.random.Generator) -> Monomer:
    """Turn a molecule at random (a uniform rotation from a Gaussian quaternion)."""
    from scipy.spatial.transform import Rotation  # noqa: PLC0415

    rotation: NDArray[np.float64] = np.asarray(Rotation.from_quat(rng.normal(size=4)).as_matrix())
    return Monomer(monomer.symbols, monomer.positions_A @ rotation.T, monomer.bonds, monomer.ends)
