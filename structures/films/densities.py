"""Densities of organic films, estimated from the volumes that their atoms take."""

from collections.abc import Mapping

from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.alcohols import read_alcohol
from lithicoat.structures.films.filling import A3_PER_CM3_MOL
from lithicoat.structures.formulas import molar_mass_g_mol

__all__ = ["alkoxide_density_g_cm3", "density_of_atoms_g_cm3", "estimated_density_g_cm3"]

SOURCE = (
    "estimate: sum of mean atomic volumes in crystals (Hofmann, Acta Cryst. B 58, 489 (2002)); "
    "Li 7.9 Å3 from the cell of lithium methoxide (Wheatley 1960)"
)
"""What a recipe says of an estimated density of a lithicone."""

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

_OXIDES = {
    "Al": ({"Al": 2, "O": 3}, 3.97),
    "Ti": ({"Ti": 1, "O": 2}, 4.17),
    "Zr": ({"Zr": 1, "O": 2}, 5.68),
}
"""Oxides and their densities in g/cm³ (CRC Handbook, densities of solids): what they leave to the metal when
oxygen has its mean volume is what the metal takes. Al 4.3, Ti 9.0, Zr 13.2 Å³."""


def _volume_A3(symbol: str) -> float:
    if symbol in _MEAN_VOLUMES_A3:
        return _MEAN_VOLUMES_A3[symbol]
    if symbol not in _OXIDES:
        raise StructureError(f"no mean volume of {symbol} is known", where=symbol, hint="give a density")
    formula, density = _OXIDES[symbol]
    whole = molar_mass_g_mol(formula) / density * A3_PER_CM3_MOL
    return (whole - formula["O"] * _MEAN_VOLUMES_A3["O"]) / formula[symbol]


def density_of_atoms_g_cm3(atoms: Mapping[str, int]) -> float:
    """Estimate the density of an organic solid in g/cm³ from mean atomic volumes (Hofmann 2002).

    Parameters
    ----------
    atoms : mapping of str to int
        Atoms of one formula unit.

    Raises
    ------
    StructureError
        If no volume of an element is known.
    """
    volume = sum(count * _volume_A3(symbol) for symbol, count in atoms.items())
    return molar_mass_g_mol(atoms) / volume * A3_PER_CM3_MOL


def estimated_density_g_cm3(smiles: str) -> float:
    """Estimate the density of a lithicone in g/cm³ from mean atomic volumes.

    Raises
    ------
    StructureError
        As `read_alcohol`, or if no volume of an element is known.
    """
    return alkoxide_density_g_cm3(smiles, metal="Li", charge=1)


def alkoxide_density_g_cm3(smiles: str, *, metal: str, charge: int) -> float:
    """Estimate the density of a fully deprotonated metal alkoxide in g/cm³ from mean atomic volumes.

    The metal takes what its oxide leaves to it. For AlEG this gives 1.76 g/cm³; 1.6 g/cm³ were measured by
    X-ray reflectivity (Lee et al., J. Phys. Chem. C 116, 3250 (2012)): a film grown by MLD is less dense
    than a crystal.

    Parameters
    ----------
    smiles : str
        The alcohol.
    metal : str
        Symbol of the metal.
    charge : int
        Charge of its ion.

    Raises
    ------
    StructureError
        As `read_alcohol`, or if no volume of an element is known.
    """
    alcohol = read_alcohol(smiles)
    protons = len(alcohol.sites)
    atoms = {symbol: charge * alcohol.symbols.count(symbol) for symbol in set(alcohol.symbols)}
    atoms["H"] -= charge * protons
    return density_of_atoms_g_cm3({**atoms, metal: protons})
