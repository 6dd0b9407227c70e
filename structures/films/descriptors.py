"""What a lithicone's molecule is like, in a few numbers: for models that learn from film to film."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lithicoat.structures.coating import Coating
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.alcohols import Alcohol, deprotonate, read_alcohol
from lithicoat.structures.formulas import molar_mass_g_mol
from lithicoat.structures.recipes import LithiconeRecipe

__all__ = ["DESCRIPTORS", "Descriptor", "Salt", "describe", "salt_of"]

HALOGENS = ("F", "Cl", "Br", "I")


@dataclass(frozen=True, kw_only=True)
class Descriptor:
    """One number of a molecule.

    Parameters
    ----------
    name : str
        Short name.
    reason : str
        What it is, and why a film's stiffness or its Li should depend on it.
    """

    name: str
    reason: str


@dataclass(frozen=True, order=True)
class Salt:
    """What makes two films the same film: the molecule and how much of it is lithiated.

    Parameters
    ----------
    smiles : str
        Canonical SMILES of the lithium alkoxide.
    lithiation : float
        Share of its hydroxyls that hold Li.
    """

    smiles: str
    lithiation: float = 1.0

    @property
    def polyol(self) -> str:
        """SMILES of the alcohol."""
        return self.smiles.replace("[Li]", "")


_Measure = Callable[[Alcohol, float], float]


def _lithium(alcohol: Alcohol, lithiation: float) -> float:
    return lithiation * len(alcohol.sites)


def _lithium_mass_share(alcohol: Alcohol, lithiation: float) -> float:
    lithium = _lithium(alcohol, lithiation)
    counts = Counter(alcohol.symbols)
    mass_g_mol = molar_mass_g_mol(counts) + lithium * (
        molar_mass_g_mol({"Li": 1}) - molar_mass_g_mol({"H": 1})
    )
    return lithium * molar_mass_g_mol({"Li": 1}) / mass_g_mol


def _size(alcohol: Alcohol, lithiation: float) -> float:  # noqa: ARG001
    return float(np.log2(_heavy(alcohol)))


def _rotatable(alcohol: Alcohol, lithiation: float) -> float:  # noqa: ARG001
    from rdkit import Chem  # noqa: PLC0415
    from rdkit.Chem.rdMolDescriptors import CalcNumRotatableBonds  # noqa: PLC0415

    return float(CalcNumRotatableBonds(Chem.RemoveHs(alcohol.molecule))) / _heavy(alcohol)


def _chelation(alcohol: Alcohol, lithiation: float) -> float:  # noqa: ARG001
    from rdkit.Chem.rdmolops import GetDistanceMatrix  # noqa: PLC0415 - heavy

    bonds = np.asarray(GetDistanceMatrix(alcohol.molecule))
    donors = [index for index, symbol in enumerate(alcohol.symbols) if symbol in {"O", "N", "S"}]
    near = [[bonds[oxygen, donor] for donor in donors if donor != oxygen] for oxygen, _ in alcohol.sites]
    return float(np.mean([1 / min(steps) if steps else 0.0 for steps in near]))


def _aromatic(alcohol: Alcohol, lithiation: float) -> float:  # noqa: ARG001
    return sum(bool(atom.GetIsAromatic()) for atom in alcohol.molecule.GetAtoms()) / _heavy(alcohol)


def _ringed(alcohol: Alcohol, lithiation: float) -> float:  # noqa: ARG001
    atoms = alcohol.molecule.GetAtoms()
    return sum(bool(atom.IsInRing() and not atom.GetIsAromatic()) for atom in atoms) / _heavy(alcohol)


def _other_oxygen(alcohol: Alcohol, lithiation: float) -> float:  # noqa: ARG001
    return (alcohol.symbols.count("O") - len(alcohol.sites)) / _heavy(alcohol)


def _nitrogen(alcohol: Alcohol, lithiation: float) -> float:  # noqa: ARG001
    return alcohol.symbols.count("N") / _heavy(alcohol)


def _sulfur(alcohol: Alcohol, lithiation: float) -> float:  # noqa: ARG001
    return alcohol.symbols.count("S") / _heavy(alcohol)


def _halogen(alcohol: Alcohol, lithiation: float) -> float:  # noqa: ARG001
    return sum(alcohol.symbols.count(symbol) for symbol in HALOGENS) / _heavy(alcohol)


def _heavy(alcohol: Alcohol) -> int:
    return int(alcohol.molecule.GetNumHeavyAtoms())


_MEASURES: dict[Descriptor, _Measure] = {
    Descriptor(
        name="Li per molecule", reason="Links of a molecule to others: two make chains, more a network."
    ): _lithium,
    Descriptor(
        name="Li mass share", reason="Density of ionic links and of carriers in the film."
    ): _lithium_mass_share,
    Descriptor(name="size", reason="log2 of the number of heavy atoms: the mesh between links."): _size,
    Descriptor(
        name="rotatable bonds", reason="Per heavy atom: what turns before a bond is strained."
    ): _rotatable,
    Descriptor(
        name="chelation",
        reason="Mean of one over the bonds from a hydroxyl to the nearest other O, N or S: near donors hold "
        "one Li together, distant ones link two.",
    ): _chelation,
    Descriptor(
        name="aromatic", reason="Share of heavy atoms: stiff plates, and phenolates, which bind Li less."
    ): _aromatic,
    Descriptor(
        name="rings", reason="Share of heavy atoms in rings that are not aromatic: stiff, puckered."
    ): _ringed,
    Descriptor(
        name="other O", reason="Ethers and further oxygen per heavy atom: they hold Li too."
    ): _other_oxygen,
    Descriptor(
        name="N", reason="Per heavy atom: amines hold Li, and their protons react with it."
    ): _nitrogen,
    Descriptor(name="S", reason="Per heavy atom: soft donors, which Li metal reduces."): _sulfur,
    Descriptor(
        name="halogen", reason="Per heavy atom: draws charge from the oxygens; Li metal turns it into salt."
    ): _halogen,
}

DESCRIPTORS: tuple[Descriptor, ...] = tuple(_MEASURES)
"""What `describe` tells of a molecule, in its order."""


def salt_of(coating: Coating) -> Salt:
    """Return the salt that a lithicone is: equal for two names of one film.

    Parameters
    ----------
    coating : Coating
        A lithicone.

    Raises
    ------
    StructureError
        If the film is none, or its SMILES is wrong.
    """
    recipe = coating.recipe
    if not isinstance(recipe, LithiconeRecipe):
        raise StructureError(
            f"{coating.id} is built as {recipe.builder}, so no molecule describes it",
            where=coating.id,
            hint="a lithicone, such as the films of lithicoat catalog --library polyols",
        )
    return Salt(_canonical(recipe.smiles), recipe.lithiation)


@cache
def _canonical(smiles: str) -> str:
    return deprotonate(deprotonate(smiles))


def describe(salt: Salt) -> NDArray[np.float64]:
    """Return the numbers of a molecule, in the order of `DESCRIPTORS`.

    They are of its bonds alone, so that conformers, mirror images and spellings of a SMILES give the same.

    Parameters
    ----------
    salt : Salt
        As `salt_of` gives it.

    Returns
    -------
    array of shape (descriptors,)

    Raises
    ------
    StructureError
        If the SMILES is wrong.
    """
    alcohol = read_alcohol(salt.smiles)
    return np.array([measure(alcohol, salt.lithiation) for measure in _MEASURES.values()])
