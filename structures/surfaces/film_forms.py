"""A film on the cell of an electrode: a matched crystal, packed ions or molecules, or a strained cell."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.filling import Filling
from lithicoat.structures.films.layers import LayerWish, fill_layers, pack_layers
from lithicoat.structures.films.stacks import fill_stack
from lithicoat.structures.model import Model
from lithicoat.structures.recipes import Recipe, StackRecipe
from lithicoat.structures.surfaces.faces import low_index_faces
from lithicoat.structures.surfaces.matching import Misfit, PlaneMatch, match_planes, misfit_of, smallest_good
from lithicoat.structures.surfaces.sheets import Sheet
from lithicoat.structures.surfaces.substrates import rectangle_of

__all__ = ["FilmForm", "Limits", "NoMatchError", "Piece", "coherent", "cut_film", "packed"]

Array = NDArray[np.float64]

NEARLY = 0.06
"""Cells strained by so much are seen even where the limit is less, so that the nearest can be told."""

NO_STRAIN = Misfit((0.0, 0.0), 0.0)


class FilmForm(Enum):
    """How a film came onto its electrode."""

    COHERENT = "coherent"
    """A crystal strained to the electrode's cell."""
    PACKED = "packed"
    """Packed at random on the electrode's cell; to be annealed."""
    STRAINED = "strained"
    """A prepared cell strained to the electrode's."""


@dataclass(frozen=True)
class Limits:
    """What a cell may be.

    Parameters
    ----------
    max_atoms : int
        Atoms of both sides, at most.
    max_misfit : float
        Largest strain of either side, as a fraction.
    least_edge_A : float
        Least edge of the base of a packed film, Å.
    """

    max_atoms: int
    max_misfit: float
    least_edge_A: float


@dataclass(frozen=True)
class Piece:
    """A film and its electrode on one cell, not yet joined.

    Parameters
    ----------
    form : FilmForm
        How the film came there.
    film, electrode : Sheet
        Both on the same cell.
    face : str
        Face of the film, `amorphous`, or the axis that was cut.
    film_misfit, electrode_misfit : Misfit
        Strains of both.
    unit_A : array of shape (2, 2), optional
        Vectors by which a crystal may be shifted, Å.
    height_A : float
        Volume of the film at its ideal density over the area, Å.
    story : dict
        What there is to tell of the film.
    """

    form: FilmForm
    film: Sheet
    electrode: Sheet
    face: str
    film_misfit: Misfit
    electrode_misfit: Misfit
    unit_A: Array | None
    height_A: float
    story: dict[str, Any]


class NoMatchError(StructureError):
    """No common cell within the limits."""


def coherent(
    crystal: Atoms,
    electrode: Sheet,
    *,
    name: str,
    thickness_A: float,
    limits: Limits,
    faces: Sequence[str] | None = None,
) -> Piece:
    """Match a face of a crystal to an electrode.

    Faces with indices up to 1 are tried. Those that cut no covalent bond and need no repair of a dipole come
    first; of these the face with the least misfit, misfits within 0.01 counting as equal, then the fewest
    atoms.

    Parameters
    ----------
    crystal : Atoms
        Conventional cell.
    electrode : Sheet
        On its smallest cell.
    name : str
        Of the film, for messages.
    thickness_A : float
        Thickness of the film, at least.
    limits : Limits
        What the cell may be.
    faces : sequence of str, optional
        Faces allowed, such as `(001)`; all if None.

    Raises
    ------
    NoMatchError
        If none is within the limits; the nearest is told.
    """
    room = limits.max_atoms - electrode.size
    candidates = [
        face
        for face in low_index_faces(crystal, name=name, thickness_A=thickness_A, max_atoms=room)
        if faces is None or face.name in faces
    ]
    nearest: tuple[float, str, int] | None = None
    for flaws in sorted({face.flaws for face in candidates}):
        found: list[tuple[PlaneMatch, int]] = []
        for index, face in enumerate(candidates):
            if face.flaws != flaws:
                continue
            tried = match_planes(
                face.sheet.plane_A,
                electrode.plane_A,
                film_atoms=face.sheet.size,
                substrate_atoms=electrode.size,
                max_atoms=limits.max_atoms,
                tolerance=max(NEARLY, 1.2 * limits.max_misfit),
            )
            for match in tried[:1]:
                here = match.misfit.value, face.name, match.atoms
                nearest = min(nearest, here) if nearest else here
            good = [match for match in tried if match.misfit.value <= limits.max_misfit]
            if good:
                found.append((smallest_good(good), index))
        if found:
            best = smallest_good([match for match, _ in found])
            face = candidates[next(index for match, index in found if match is best)]
            height = float(face.story["thickness_A"])
            return _matched(
                face.sheet, electrode, best, face=face.name, height_A=height, story={"slab": face.story}
            )
    told = (
        f"the nearest, {nearest[1]}, has {nearest[0]:.1%} with {nearest[2]} atoms" if nearest else "none fits"
    )
    raise NoMatchError(
        f"no face of {name} matches within {limits.max_misfit:.1%} and {limits.max_atoms} atoms: {told}",
        where=name,
        hint="a thinner film, more atoms, or an amorphous film",
    )


def packed(
    recipe: Recipe,
    electrode: Sheet,
    *,
    name: str,
    thickness_A: float,
    exact: bool,
    limits: Limits,
    rng: np.random.Generator,
) -> Piece:
    """Pack a film on a rectangular base of the electrode.

    Parameters
    ----------
    recipe : Recipe
        A film that can be packed at random; a crystal gives its ions.
    electrode : Sheet
        On its smallest cell.
    name : str
        Of the film, for messages.
    thickness_A : float
        Thickness of the film at its ideal density.
    exact : bool
        False lets the film be thinner where the number of atoms asks for it.
    limits : Limits
        What the cell may be.
    rng : numpy.random.Generator
        Draws shapes and seeds.

    Raises
    ------
    StructureError
        If the film does not fit, or cannot be packed.
    """
    base = rectangle_of(
        electrode,
        least_A=limits.least_edge_A,
        max_atoms=limits.max_atoms,
        max_misfit=limits.max_misfit,
    )
    edges = base.sheet.edges_A
    room = limits.max_atoms - base.sheet.size
    area = base.sheet.area_A2
    try:
        fillings = _fillings(
            recipe, name=name, area_A2=area, thickness_A=thickness_A, room=room, exact=exact, rng=rng
        )
    except StructureError as error:
        raise StructureError(
            f"the electrode takes {base.sheet.size} of {limits.max_atoms} atoms: {error.message}",
            where=name,
            hint="more atoms, a thinner electrode, or a thinner film",
        ) from error
    pile = pack_layers(fillings, base_A=(float(edges[0]), float(edges[1])), rng=rng)
    return Piece(
        form=FilmForm.PACKED,
        film=pile.sheet,
        electrode=base.sheet,
        face="amorphous",
        film_misfit=NO_STRAIN,
        electrode_misfit=base.misfit,
        unit_A=None,
        height_A=sum(filling.volume_A3 for filling in fillings) / area,
        story={"layers": list(pile.layers)},
    )


def cut_film(model: Model, electrode: Sheet, *, limits: Limits) -> Piece:
    """Cut a prepared cell open and strain it to the electrode's cell.

    The cell is opened across the axis, at the height, where the fewest contacts are cut; molecules are kept
    whole. A film is isotropic, so it may be turned in the plane.

    Parameters
    ----------
    model : Model
        A film annealed by itself, amorphous or molecular.
    electrode : Sheet
        On its smallest cell.
    limits : Limits
        What the cell may be.

    Raises
    ------
    NoMatchError
        If no common cell is within the limits; the nearest is told.
    """
    found: list[tuple[PlaneMatch, int, Sheet]] = []
    nearest: PlaneMatch | None = None
    for axis in range(3):
        sheet = _opened(model, axis)
        tried = match_planes(
            sheet.plane_A,
            electrode.plane_A,
            film_atoms=sheet.size,
            substrate_atoms=electrode.size,
            max_atoms=limits.max_atoms,
            tolerance=max(NEARLY, 1.2 * limits.max_misfit),
        )
        if tried and (nearest is None or tried[0].misfit.value < nearest.misfit.value):
            nearest = tried[0]
        good = [match for match in tried if match.misfit.value <= limits.max_misfit]
        if good:
            found.append((smallest_good(good), axis, sheet))
    if not found:
        told = (
            f"the nearest has {nearest.misfit.value:.1%} with {nearest.atoms} atoms"
            if nearest
            else "it has too many atoms"
        )
        raise NoMatchError(
            f"the cell of {model.name} matches the electrode nowhere within {limits.max_misfit:.1%} and "
            f"{limits.max_atoms} atoms: {told}",
            where=model.name,
            hint="a film cell of another size, or more atoms",
        )
    best = smallest_good([match for match, _, _ in found])
    _, axis, sheet = next(entry for entry in found if entry[0] is best)
    piece = _matched(
        sheet,
        electrode,
        best,
        face=f"cut across {'abc'[axis]}",
        height_A=float(model.atoms.get_volume()) / sheet.area_A2,
        story={"cell": model.recipe},
    )
    return replace(piece, form=FilmForm.STRAINED, unit_A=None)


def _fillings(
    recipe: Recipe,
    *,
    name: str,
    area_A2: float,
    thickness_A: float,
    room: int,
    exact: bool,
    rng: np.random.Generator,
) -> list[Filling]:
    if isinstance(recipe, StackRecipe):
        return fill_stack(recipe, area_A2=area_A2, thickness_A=thickness_A, max_atoms=room, rng=rng)
    wish = LayerWish(name, recipe, thickness_A * area_A2)
    return fill_layers([wish], max_atoms=room, shrink=not exact, rng=rng)


def _matched(
    film: Sheet, electrode: Sheet, match: PlaneMatch, *, face: str, height_A: float, story: dict[str, Any]
) -> Piece:
    """Return both on the common cell, the film strained, right-handed for the electrode."""
    on, of = match.substrate, match.film
    if np.linalg.det(on @ electrode.plane_A) < 0:
        on, of = on[::-1], of[::-1]
    below = electrode.repeated(on)
    above = film.repeated(of).stretched(below.plane_A)
    units = [electrode.plane_A, np.linalg.solve(of.astype(float), below.plane_A)]
    unit = min(units, key=lambda plane: abs(float(np.linalg.det(plane))))
    misfit = misfit_of(of @ film.plane_A, below.plane_A)
    return Piece(
        form=FilmForm.COHERENT,
        film=above,
        electrode=below,
        face=face,
        film_misfit=misfit,
        electrode_misfit=NO_STRAIN,
        unit_A=unit,
        height_A=height_A,
        story=story,
    )


def _opened(model: Model, axis: int) -> Sheet:
    """Open a periodic cell across one axis, where the fewest contacts are cut, and make molecules whole."""
    from lithicoat.structures.surfaces.planes import cuts, layers_of  # noqa: PLC0415

    atoms = model.atoms
    miller = tuple(int(axis == index) for index in range(3))
    plane = (miller[0], miller[1], miller[2])
    found = cuts(atoms, plane, np.zeros(len(atoms)))
    best = min(found, key=lambda cut: (cut.covalent, cut.bonds, cut.height_A))
    slab = layers_of(atoms, plane, 1, cut_A=best.height_A)
    if model.bonds:
        period = float(slab.cell[2, 2])
        slab.positions[:, 2] = _whole(slab.positions[:, 2], model.bonds, period)
    return Sheet.of(slab, molecular=model.bonds is not None, bonds=model.bonds)


def _whole(heights: Array, bonds: Sequence[tuple[int, int]], period_A: float) -> Array:
    """Return heights at which no bond crosses the period, the middle of each molecule inside of it."""
    near: dict[int, list[int]] = {}
    for i, j in bonds:
        near.setdefault(i, []).append(j)
        near.setdefault(j, []).append(i)
    whole, seen = heights.copy(), set[int]()
    for start in near:
        if start in seen:
            continue
        molecule, waiting = [start], [start]
        seen.add(start)
        while waiting:
            here = waiting.pop()
            for there in near[here]:
                if there not in seen:
                    seen.add(there)
                    apart = whole[there] - whole[here]
                    whole[there] -= period_A * np.rint(apart / period_A)
                    molecule.append(there)
                    waiting.append(there)
        whole[molecule] -= period_A * np.floor(whole[molecule].mean() / period_A)
    return whole
