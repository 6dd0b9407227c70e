"""Vacancies: one cell for each kind of site that an atom can be missing from."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray

from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.surfaces.planes import SAME_PLANE_A

__all__ = ["SiteClasses", "Vacancy", "emptied", "random_vacancies", "site_classes", "vacancies"]

SHELL = 1.25
"""Neighbours are within this multiple of the sum of covalent radii (Cordero 2008)."""
_SYMPREC_A = 0.05


class SiteClasses(Enum):
    """How sites are told apart."""

    SYMMETRY = "symmetry"
    """By the space group: for ordered crystals and slabs."""
    ENVIRONMENT = "environment"
    """By the elements around: for cells without symmetry, such as those with random metals."""


@dataclass(frozen=True)
class Vacancy:
    """A cell with one atom missing.

    Parameters
    ----------
    model : Model
        The cell without the atom; the other atoms are where they were.
    label : str
        What tells the site: neighbours and, in a slab, the depth, such as `O surface Li2Ni3`.
    site : int
        Index of the atom in the cell that it was taken from.
    multiplicity : int
        Sites of this kind in that cell.
    depth_A : float or None
        Distance below the nearer surface of a slab; None in a crystal.
    """

    model: Model
    label: str
    site: int
    multiplicity: int
    depth_A: float | None


def vacancies(
    model: Model,
    element: str,
    *,
    by: SiteClasses | None = None,
    most: int | None = None,
    free_side_only: bool = True,
) -> tuple[Vacancy, ...]:
    """Take one atom of an element out of a model, once for each kind of site.

    Parameters
    ----------
    model : Model
        A crystal, a slab or any other cell.
    element : str
        Symbol of the element.
    by : SiteClasses, optional
        By default symmetry, or the environment if symmetry leaves as many kinds as there are atoms.
    most : int, optional
        Kinds at most, those that come first.
    free_side_only : bool
        In a slab whose bottom is held, the atom is taken from the free half where the kind has one there.

    Returns
    -------
    tuple of Vacancy
        In a slab those nearest to a surface first, then by the number of sites, most first. The numbers
        of sites add up to all atoms of the element. Each cell keeps seed, fixed atoms and recipe, with the
        vacancy among its steps.

    Raises
    ------
    StructureError
        If the model holds no such element, or `most` is less than one.
    """
    atoms = model.atoms
    atoms.set_constraint()
    if element not in model.symbols:
        raise StructureError(
            f"{model.name} holds no {element}",
            where=element,
            hint="one of " + ", ".join(sorted(set(model.symbols))),
        )
    if most is not None and most < 1:
        raise StructureError(f"most is {most}, must be at least 1", where="most")
    depths = _depths(atoms) if model.kind is ModelKind.SLAB else None
    classes = site_classes(atoms, element, by=by, depths=depths)
    held = model.fixed if free_side_only else ()
    found = [
        _vacancy(model, label, sites, _chosen(atoms, sites, held), depths) for label, sites in classes.items()
    ]
    found.sort(key=lambda v: (round(v.depth_A or 0.0, 1), -v.multiplicity, v.label))
    return tuple(found[:most])


def random_vacancies(model: Model, element: str, number: int, *, seed: int) -> tuple[Vacancy, ...]:
    """Take one atom of an element out of a model, from several sites drawn at random.

    Parameters
    ----------
    model : Model
        A cell whose sites all differ, such as that of a film.
    element : str
        Symbol of the element.
    number : int
        Sites at most, no two alike.
    seed : int
        Seed of the draw.

    Returns
    -------
    tuple of Vacancy
        One cell for each site; the label names the environment, the multiplicity counts its sites.

    Raises
    ------
    StructureError
        If the model holds no such element.
    """
    if element not in model.symbols:
        raise StructureError(
            f"{model.name} holds no {element}",
            where=element,
            hint="one of " + ", ".join(sorted(set(model.symbols))),
        )
    atoms = model.atoms
    atoms.set_constraint()
    sites = np.flatnonzero(atoms.symbols == element)
    drawn = np.random.default_rng(seed).permutation(sites)[:number]
    classes = site_classes(atoms, element, by=SiteClasses.ENVIRONMENT)
    found = []
    for site in drawn.tolist():
        label, members = next((name, group) for name, group in classes.items() if site in group)
        found.append(_vacancy(model, label, members, site, None))
    return tuple(found)


def site_classes(
    atoms: Atoms, element: str, *, by: SiteClasses | None = None, depths: NDArray[np.float64] | None = None
) -> dict[str, tuple[int, ...]]:
    """Group the sites of an element.

    Parameters
    ----------
    atoms : Atoms
        Periodic cell.
    element : str
        Symbol.
    by : SiteClasses, optional
        As in `vacancies`.
    depths : numpy.ndarray, shape (n,), optional
        Depth of each atom below the nearer surface, Å; it is part of the environment.

    Returns
    -------
    dict of str to tuple of int
        Label and indices. A label that two classes of symmetry share gets a number.
    """
    sites = np.flatnonzero(atoms.symbols == element)
    surroundings = _surroundings(atoms, sites)
    planes = _planes(depths, sites) if depths is not None else [""] * len(sites)
    told = [f"{element}{plane} {around}".strip() for plane, around in zip(planes, surroundings, strict=True)]
    environment: dict[str, list[int]] = defaultdict(list)
    for site, label in zip(sites, told, strict=True):
        environment[label].append(int(site))
    orbits: dict[int, list[int]] = defaultdict(list)
    if by is not SiteClasses.ENVIRONMENT:
        for site, orbit in zip(sites, _orbits(atoms)[sites], strict=True):
            orbits[int(orbit)].append(int(site))
        without_symmetry = len(orbits) == len(sites) > len(environment)
        if by is SiteClasses.SYMMETRY or not without_symmetry:
            return _named(list(orbits.values()), dict(zip(sites.tolist(), told, strict=True)))
    return {label: tuple(members) for label, members in environment.items()}


def emptied(model: Model, element: str, number: int) -> Model:
    """Take several atoms of an element out of a model, as far from each other as its sites allow.

    The first is of the kind with the most sites; each further one is the site whose distance to the nearest
    empty one, periodic images included, is the largest.

    Parameters
    ----------
    model : Model
        Any cell.
    element : str
        Symbol of the element.
    number : int
        Atoms to take out.

    Returns
    -------
    Model
        With one step in its recipe for each atom.

    Raises
    ------
    StructureError
        If the model has no more atoms of the element than are to be taken out.
    """
    there = model.symbols.count(element)
    if not 1 <= number < there:
        raise StructureError(
            f"{number} of {there} {element} atoms of {model.name} cannot be taken out",
            where=element,
            hint=f"between 1 and {there - 1}, or a larger cell",
        )
    first = vacancies(model, element, most=1)[0]
    atoms, taken = model.atoms, [first.site]
    atoms.set_constraint()
    sites = np.flatnonzero(atoms.symbols == element)
    while len(taken) < number:
        apart = np.array([atoms.get_distances(site, taken, mic=True).min() for site in sites])
        taken.append(int(sites[np.argmax(np.round(apart, 3))]))
    found = first.model
    for count, site in enumerate(taken[1:], start=1):
        moved = site - sum(other < site for other in taken[:count])
        found = _vacancy(found, first.label, (moved,), moved, None).model
    return found


def _vacancy(
    model: Model, label: str, sites: Sequence[int], site: int, depths: NDArray[np.float64] | None
) -> Vacancy:
    rest = [index for index in range(len(model.symbols)) if index != site]
    places = {old: new for new, old in enumerate(rest)}
    depth = None if depths is None else float(depths[site])
    step = {"step": "vacancy", "label": label, "site": site, "multiplicity": len(sites), "depth_A": depth}
    left = dict(sorted(Counter(model.symbols[index] for index in rest).items()))
    story = {**model.recipe, "composition": left, "steps": [*model.recipe.get("steps", []), step]}
    cell = Model.from_atoms(
        model.atoms[rest],
        name=model.name,
        kind=model.kind,
        seed=model.seed,
        fixed=tuple(places[index] for index in model.fixed if index != site),
        bonds=None
        if model.bonds is None
        else tuple((places[i], places[j]) for i, j in model.bonds if site not in (i, j)),
        recipe=story,
    )
    return Vacancy(model=cell, label=label, site=site, multiplicity=len(sites), depth_A=depth)


def _chosen(atoms: Atoms, sites: Sequence[int], held: Sequence[int]) -> int:
    """Return the site to empty: in a slab with a held bottom the highest one, else the first."""
    if held:
        heights = np.round(atoms.positions[list(sites), 2], 3)
        return sites[int(np.argmax(heights))]
    return sites[0]


def _depths(atoms: Atoms) -> NDArray[np.float64]:
    heights = atoms.positions[:, 2]
    nearer: NDArray[np.float64] = np.minimum(heights - heights.min(), heights.max() - heights)
    return nearer


def _planes(depths: NDArray[np.float64], sites: NDArray[np.intp]) -> list[str]:
    """Name the depth: surface, subsurface, then the number of the plane of that element."""
    own = np.sort(depths[sites])
    edges = own[np.append(True, np.diff(own) > SAME_PLANE_A)]
    numbers = np.searchsorted(edges, depths[sites] + 1e-9, side="right") - 1
    names = {0: " surface", 1: " subsurface"}
    return [names.get(int(number), f" layer {int(number) + 1}") for number in numbers]


def _surroundings(atoms: Atoms, sites: NDArray[np.intp]) -> list[str]:
    """Count the nearest neighbours of other elements around each site, such as `Li3Ni2Mn1`."""
    first, second = neighbor_list("ij", atoms, covalent_radii[atoms.numbers] * SHELL)
    symbols = np.array(atoms.get_chemical_symbols())
    told = []
    for site in sites:
        around = Counter(
            str(symbols[other]) for other in second[first == site] if symbols[other] != symbols[site]
        )
        told.append("".join(f"{symbol}{number}" for symbol, number in sorted(around.items())))
    return told


def _orbits(atoms: Atoms) -> NDArray[np.intp]:
    """Return for each atom the first of those that are equivalent to it by the symmetry of the crystal.

    That may be higher than the symmetry of a supercell, which counts when its shape breaks an axis.
    """
    import spglib  # noqa: PLC0415

    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    dataset = spglib.get_symmetry_dataset(cell, symprec=_SYMPREC_A)
    if dataset is None:
        return np.arange(len(atoms))
    orbits: NDArray[np.intp] = np.asarray(dataset.crystallographic_orbits)
    return orbits


def _named(groups: list[list[int]], told: dict[int, str]) -> dict[str, tuple[int, ...]]:
    counts = Counter(told[group[0]] for group in groups)
    seen: Counter[str] = Counter()
    named = {}
    for group in groups:
        label = told[group[0]]
        seen[label] += 1
        named[f"{label} #{seen[label]}" if counts[label] > 1 else label] = tuple(group)
    return named
