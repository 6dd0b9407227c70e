"""Alcohols by SMILES: which of their protons a metal ion takes the place of."""

from dataclasses import dataclass
from typing import Any

from lithicoat.structures.errors import StructureError

__all__ = ["Alcohol", "deprotonate", "read_alcohol"]

_HYDROXYL = "[OX2;$([O][#6])]-[#1]"
_SOURER = {
    "an acid group": "[C,S,P](=O)[OX2]-[#1]",
    "a thiol": "[SX2;$([S][#6])]-[#1]",
}
"""What gives its proton up before an alcohol does, and leaves no alkoxide."""


@dataclass(frozen=True)
class Alcohol:
    """A molecule with all its hydrogens, and the hydroxyls that give up their protons.

    Parameters
    ----------
    smiles : str
        As it was given.
    molecule : rdkit.Chem.Mol
        Hydrogens are atoms of their own.
    sites : tuple of (int, int)
        Oxygen and hydrogen of each hydroxyl that can hold a metal ion.
    """

    smiles: str
    molecule: Any
    sites: tuple[tuple[int, int], ...]

    @property
    def symbols(self) -> tuple[str, ...]:
        """Chemical symbols of the alcohol."""
        return tuple(str(atom.GetSymbol()) for atom in self.molecule.GetAtoms())

    @property
    def bonds(self) -> tuple[tuple[int, int], ...]:
        """All bonds, the lower index first, sorted."""
        pairs = ((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in self.molecule.GetBonds())
        return tuple(sorted((min(pair), max(pair)) for pair in pairs))

    def salt_symbols(self, ion: str) -> tuple[str, ...]:
        """Chemical symbols with that ion in place of the proton of every site."""
        held = {hydrogen for _, hydrogen in self.sites}
        return tuple(ion if index in held else symbol for index, symbol in enumerate(self.symbols))


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
        As `read_alcohol`.
    """
    from rdkit import Chem  # noqa: PLC0415 - heavy

    alcohol = read_alcohol(smiles)
    editable = Chem.RWMol(alcohol.molecule)
    for _, hydrogen in alcohol.sites:
        editable.GetAtomWithIdx(hydrogen).SetAtomicNum(3)
    written = str(Chem.MolToSmiles(Chem.RemoveHs(editable.GetMol())))
    return written.replace("[O]", "O")  # brackets that RDKit puts around oxygen next to a metal


def read_alcohol(smiles: str) -> Alcohol:
    """Read an alcohol or phenol, or its lithium salt, and find the hydroxyls that can hold a metal ion.

    Parameters
    ----------
    smiles : str
        If it holds Li, only the oxygens with Li are sites; hydroxyls beside them keep their proton. Amines
        keep theirs always: an alkoxide is too weak a base to take it.

    Raises
    ------
    StructureError
        If the SMILES does not parse, has no alkoxide or hydroxyl oxygen, is not one neutral molecule, or
        has a group that is a stronger acid than an alcohol.
    """
    from rdkit import Chem, rdBase  # noqa: PLC0415 - heavy

    with rdBase.BlockLogs():  # the error below says it in one sentence
        molecule: Any = Chem.MolFromSmiles(smiles)
    if molecule is None or not molecule.GetNumAtoms():
        raise StructureError(f"'{smiles}' is not a SMILES", where=smiles, hint="such as [Li]OCCO[Li] or OCCO")
    editable = Chem.RWMol(molecule)
    lithium = [atom.GetIdx() for atom in editable.GetAtoms() if atom.GetAtomicNum() == 3]
    alkoxides = _alkoxides(editable, smiles)
    if len(alkoxides) != len(lithium):
        raise StructureError(
            f"'{smiles}' has {len(lithium)} Li for {len(alkoxides)} alkoxide oxygens",
            where=smiles,
            hint="one Li for each",
        )
    for oxygen in alkoxides:
        atom = editable.GetAtomWithIdx(oxygen)
        atom.SetFormalCharge(0)
        atom.SetNoImplicit(False)
        atom.SetIntProp("alkoxide", 1)
    for index in sorted(lithium, reverse=True):
        editable.RemoveAtom(index)
    parent = editable.GetMol()
    Chem.SanitizeMol(parent)
    alcohol = Chem.AddHs(parent)
    sites = tuple(
        (oxygen, hydrogen)
        for oxygen, hydrogen in alcohol.GetSubstructMatches(Chem.MolFromSmarts(_HYDROXYL))
        if not lithium or alcohol.GetAtomWithIdx(oxygen).HasProp("alkoxide")
    )
    _refuse(alcohol, sites, smiles, salt=bool(lithium))
    return Alcohol(smiles, alcohol, sites)


def _refuse(alcohol: Any, sites: tuple[tuple[int, int], ...], smiles: str, *, salt: bool) -> None:
    from rdkit import Chem  # noqa: PLC0415

    for group, pattern in _SOURER.items():
        if not salt and alcohol.HasSubstructMatch(Chem.MolFromSmarts(pattern)):
            raise StructureError(
                f"'{smiles}' has {group}, which gives up its proton before an alcohol does",
                where=smiles,
                hint="an alcohol or a phenol, such as OCCO",
            )
    if not sites:
        raise StructureError(
            f"'{smiles}' has no alkoxide or hydroxyl oxygen for a metal to sit on",
            where=smiles,
            hint="an alcohol or a phenol, such as OCCO",
        )
    if len(Chem.GetMolFrags(alcohol)) > 1 or Chem.GetFormalCharge(alcohol):
        raise StructureError(f"'{smiles}' is not one neutral molecule", where=smiles)


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
