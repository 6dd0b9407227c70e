"""Faces of a crystal as sheets that a film or an electrode may show."""

from dataclasses import dataclass
from typing import Any

from ase import Atoms

from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model
from lithicoat.structures.surfaces.sheets import Sheet
from lithicoat.structures.surfaces.slabs import slab_of
from lithicoat.structures.validation import NON_METALS

__all__ = ["Face", "face_of", "low_index_faces"]

Miller = tuple[int, int, int]


@dataclass(frozen=True)
class Face:
    """One face of a crystal.

    Parameters
    ----------
    miller : tuple of int
        Indices in the crystal's conventional cell.
    sheet : Sheet
        Whole repeats of the crystal, on the smallest cell of the face.
    story : dict
        How the slab was cut.
    """

    miller: Miller
    sheet: Sheet
    story: dict[str, Any]

    @property
    def name(self) -> str:
        """Indices in brackets, such as `(100)`."""
        return "(" + "".join(map(str, self.miller)) + ")"

    @property
    def flaws(self) -> tuple[bool, bool]:
        """Whether covalent bonds are cut, and whether atoms had to change sides: the less the better."""
        return self.story["covalent_bonds_cut"] > 0, self.story["moved"] is not None


def face_of(solid: Atoms | Model, miller: Miller, *, name: str, thickness_A: float, max_atoms: int) -> Face:
    """Cut one face of a crystal, without a dipole.

    Parameters
    ----------
    solid : Atoms or Model
        The crystal; indices refer to its cell, or to the axes that its model names.
    miller : tuple of int
        Indices of the face.
    name : str
        Of the crystal, for messages.
    thickness_A : float
        Thickness at least; whole repeats are taken.
    max_atoms : int
        Atoms at most.

    Raises
    ------
    StructureError
        As `slab_of`.
    """
    slab = slab_of(solid, miller, name=name, thickness_A=thickness_A, vacuum_A=0.0, max_atoms=max_atoms)
    molecular = set(slab.symbols) <= NON_METALS
    return Face(miller, Sheet.of(slab.atoms, molecular=molecular), slab.recipe)


def low_index_faces(crystal: Atoms, *, name: str, thickness_A: float, max_atoms: int) -> list[Face]:
    """Return the inequivalent faces with indices up to 1 that can be cut within a number of atoms."""
    from pymatgen.core.surface import get_symmetrically_distinct_miller_indices  # noqa: PLC0415
    from pymatgen.io.ase import AseAtomsAdaptor  # noqa: PLC0415

    faces = []
    structure = AseAtomsAdaptor.get_structure(crystal)
    for indices in get_symmetrically_distinct_miller_indices(structure, 1):
        h, k, l = (int(index) for index in indices)  # noqa: E741
        try:
            faces.append(face_of(crystal, (h, k, l), name=name, thickness_A=thickness_A, max_atoms=max_atoms))
        except StructureError:  # too thick for the limit, or polar beyond repair
            continue
    return faces
