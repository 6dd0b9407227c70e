"""Interstitial sites of lithium, their direct and knock-on hops, and the cells before and after."""

import warnings
from dataclasses import replace
from itertools import permutations

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from lithicoat.structures.crystals.hops import (
    HopEnds,
    HopKind,
    Mechanism,
    cell_of,
    kinds_of,
    neighbour_steps,
    step_of,
)
from lithicoat.structures.crystals.sites import (
    HOME,
    Cell,
    Sites,
    class_names,
    operations,
    site_in,
)
from lithicoat.structures.errors import StructureError

__all__ = [
    "direct_hops",
    "frenkel_cell",
    "interstitial_cell",
    "interstitial_ends",
    "interstitial_sites",
    "knock_on_hops",
]

Array = NDArray[np.float64]

CLEAR_A = 1.2
"""No interstitial site is nearer to an atom, Å: nothing relaxes from there to anything but chaos."""
MERGED_A = 1.2
"""Voronoi nodes nearer to each other are one site, at their middle, Å: those around the centre of a large
octahedron are no sites of their own."""
_ROUNDS, _STILL_A = 5, 1e-6
AROUND_AN_ION = 1.3
"""Interstices up to this multiple of the distance of the nearest one surround an ion."""
BLUNTEST_DEGREES = 100.0
"""A knock-on hop turns by less than 80°: the ion that is hit leaves roughly the way the other came."""


def interstitial_sites(lattice: Sites) -> Sites:
    """Return the interstices of a crystal, in its primitive cell.

    Candidates are the nodes of the Voronoi tessellation around all atoms, as pymatgen-analysis-defects finds
    them. That code merges nodes without regard to symmetry; here each is moved to the middle of its images
    under the space group that are near it, so that sites lie where symmetry puts them.

    Parameters
    ----------
    lattice : Sites
        The lattice sites of the element.

    Raises
    ------
    StructureError
        If there is no room for one.
    """
    cell = lattice.cell
    places: list[Array] = []
    for candidate in _candidates(cell, lattice.element):
        place = _on_symmetry(cell, candidate)
        if _nearest_A(cell, cell.positions, place) < CLEAR_A:
            continue
        for image in _orbit(cell, place):
            if not places or _nearest_A(cell, np.array(places), image) > MERGED_A:
                places.append(image)
    if not places:
        raise StructureError(
            f"{cell.get_chemical_formula('metal')} has no room for another {lattice.element}",
            where=cell.get_chemical_formula("metal"),
            hint=f"every interstice is nearer than {CLEAR_A} Å to an atom",
        )
    positions = np.array(places)
    return Sites(cell, positions, class_names(cell, positions, prefix="i"), lattice.element)


def direct_hops(interstices: Sites, *, longest_A: float) -> tuple[HopKind, ...]:
    """Return the distinct hops of an interstitial ion from interstice to interstice, shortest first."""
    return kinds_of(interstices, neighbour_steps(interstices, longest_A=longest_A), Mechanism.DIRECT)


def knock_on_hops(interstices: Sites, lattice: Sites, *, longest_A: float) -> tuple[HopKind, ...]:
    """Return the distinct hops in which an interstitial ion takes a site and drives its ion out.

    Parameters
    ----------
    interstices, lattice : Sites
        Interstices, and sites that are taken, of one primitive cell.
    longest_A : float
        Distance between the two interstices at most, Å.

    Returns
    -------
    tuple of HopKind
        The point passed is counted on after the interstices: site `len(interstices.names) + k` is lattice
        site `k`.
    """
    both = _joined(interstices, lattice)
    first = len(interstices.names)
    steps = []
    for site in range(len(lattice.names)):
        around = _around(interstices, lattice.positions_A[site])
        for (start, home, way_in), (end, cell, way_out) in permutations(around, 2):
            apart = float(np.linalg.norm(way_out - way_in))
            if apart <= longest_A and _degrees(way_in, way_out) >= BLUNTEST_DEGREES:
                steps.append(step_of(((start, home), (first + site, HOME), (end, cell))))
    kinds = kinds_of(both, steps, Mechanism.KNOCK_ON)
    return tuple(_renamed(kind, both) for kind in kinds)


def interstitial_cell(interstices: Sites, site: int, supercell: Atoms) -> Atoms:
    """Return a supercell with one more ion, its last atom, in an interstice."""
    return _with_ion(supercell, interstices.element, interstices.place(site))


def interstitial_ends(interstices: Sites, lattice: Sites, kind: HopKind, supercell: Atoms) -> HopEnds:
    """Return the supercell with an ion in the first interstice of a hop, and in the second.

    Raises
    ------
    StructureError
        If the supercell is too narrow for the hop, or not one of this crystal.
    """
    step = kind.steps[0]
    here, there = interstices.place(step.start), interstices.place(step.end, step.offset)
    start = _with_ion(supercell, interstices.element, here)
    end, mobile = start.copy(), len(supercell)
    if step.via:
        taken, cell = step.via[0]
        place = _joined(interstices, lattice).place(taken, cell)
        driven = site_in(supercell, place)
        end.positions[mobile] = place
        end.positions[driven] += there - place
        mobile = driven
    else:
        end.positions[mobile] = there
    if _nearest_A(supercell, here[None], there) < CLEAR_A:
        raise StructureError(
            f"hop {kind.label} leads from an interstice to its own image in a cell of {len(supercell)} atoms",
            where=kind.label,
            hint="a wider cell",
        )
    return HopEnds(start=start, end=end, mobile=mobile)


def frenkel_cell(interstices: Sites, lattice: Sites, site: int, empty: int, supercell: Atoms) -> Atoms:
    """Return the supercell with one ion moved from its site into an interstice as far away as there is one.

    Parameters
    ----------
    interstices, lattice : Sites
        Of one primitive cell.
    site, empty : int
        Which interstice is filled, and which lattice site is emptied; their classes count.
    supercell : Atoms
        A supercell of that primitive cell.

    Returns
    -------
    Atoms
        The ion that moved is the last atom.
    """
    from ase.build import make_supercell  # noqa: PLC0415 - loads scipy
    from ase.geometry import find_mic  # noqa: PLC0415

    moved = site_in(supercell, lattice.place(empty))
    equal = [k for k, name in enumerate(interstices.names) if name == interstices.names[site]]
    once = Atoms(
        "X" * len(equal), positions=interstices.positions_A[equal], cell=interstices.cell.cell, pbc=True
    )
    times = np.rint(supercell.cell.array @ np.linalg.inv(interstices.cell.cell.array)).astype(int)
    places = make_supercell(once, times).positions
    _, distances = find_mic(places - supercell.positions[moved], supercell.cell, pbc=True)
    pair = supercell.copy()
    del pair[moved]
    return _with_ion(pair, interstices.element, places[int(np.argmax(np.round(distances, 3)))])


def _candidates(cell: Atoms, element: str) -> Array:
    from pymatgen.analysis.defects.generators import VoronoiInterstitialGenerator  # noqa: PLC0415
    from pymatgen.io.ase import AseAtomsAdaptor  # noqa: PLC0415

    structure = AseAtomsAdaptor.get_structure(cell)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = VoronoiInterstitialGenerator(min_dist=CLEAR_A).generate(structure, {element})
        try:
            defects = list(found)
        except ValueError:  # so it says that it has found nothing
            defects = []
    sites = [
        place
        for defect in defects
        for place in (defect.site.frac_coords, *(s.frac_coords for s in defect.equivalent_sites or ()))
    ]
    places: Array = np.array(sites).reshape(-1, 3) @ cell.cell.array
    return places


def _orbit(cell: Atoms, place: Array) -> Array:
    """Return all images of a place under the space group, shape (operations, 3)."""
    rotations, translations = operations(cell)
    lattice = cell.cell.array
    fractional = place @ np.linalg.inv(lattice)
    images: Array = (rotations @ fractional + translations) % 1.0 @ lattice
    return images


def _on_symmetry(cell: Atoms, place: Array) -> Array:
    """Return the middle of those images of a place that are near it, again until it stays."""
    from ase.geometry import find_mic  # noqa: PLC0415 - loads scipy

    middle: Array = place
    for _ in range(_ROUNDS):
        moves, distances = find_mic(_orbit(cell, middle) - middle, cell.cell, pbc=True)
        shift = moves[distances < MERGED_A].mean(axis=0)
        middle = middle + shift
        if np.linalg.norm(shift) < _STILL_A:
            break
    return middle


def _nearest_A(cell: Atoms, positions: Array, place: Array) -> float:
    from ase.geometry import find_mic  # noqa: PLC0415 - loads scipy

    return float(find_mic(positions - place, cell.cell, pbc=True)[1].min())


def _around(interstices: Sites, place: Array) -> list[tuple[int, Cell, Array]]:
    """Return the interstices around an ion: site, cell, and the way there."""
    lattice = interstices.cell.cell.array
    spans = np.stack(np.meshgrid(*[range(-2, 3)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    found = []
    for site, position in enumerate(interstices.positions_A):
        home = np.rint((place - position) @ np.linalg.inv(lattice)).astype(int)
        for cell in home + spans:
            way = position + cell @ lattice - place
            found.append((float(np.linalg.norm(way)), site, cell_of(cell), way))
    nearest = min(distance for distance, *_ in found)
    return [(site, cell, way) for distance, site, cell, way in found if distance <= AROUND_AN_ION * nearest]


def _degrees(first: Array, second: Array) -> float:
    cosine = np.dot(first, second) / (np.linalg.norm(first) * np.linalg.norm(second))
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def _joined(interstices: Sites, lattice: Sites) -> Sites:
    positions = np.vstack([interstices.positions_A, lattice.positions_A])
    return Sites(interstices.cell, positions, (*interstices.names, *lattice.names), interstices.element)


def _renamed(kind: HopKind, both: Sites) -> HopKind:
    """Say in the label which site is passed."""
    passed = both.names[kind.steps[0].via[0][0]]
    ends, rest = kind.label.split(" ", 1)
    first, last = ends.split("-")
    return replace(kind, label=f"{first}-({passed})-{last} {rest}")


def _with_ion(supercell: Atoms, element: str, place: Array) -> Atoms:
    more: Atoms = supercell.copy()
    more.extend(Atoms([element], positions=[place]))
    return more
