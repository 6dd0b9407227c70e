"""What the cells of one film have in common: density, first shells, rings, network, and what is off."""

import math
from collections.abc import Mapping, Sequence

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.films.ensembles import find_outliers, over_replicas
from lithicoat.analysis.films.rdf import MeanRdf
from lithicoat.analysis.films.records import (
    LIGANDS,
    FilmStructure,
    LeftOut,
    OddReplica,
    RingStatistics,
    ShellStatistics,
    bonded,
)
from lithicoat.analysis.films.rings import Bonds, ring_counts
from lithicoat.analysis.films.shells import Cell, ensemble_shells

__all__ = ["FEWEST_REPLICAS", "film_structure", "odd_replicas", "ring_statistics"]

FEWEST_REPLICAS = 3
"""Replicas of an amorphous film that a number to publish takes."""
DENSITY_FRACTION, COORDINATION_FRACTION = 0.05, 0.15
"""Deviations that are out of the ordinary among cells made alike."""
NEXT_TO = 1.3
"""A ligand is next to a cation up to this multiple of the distance of the nearest kind: in a sulfite Li has
oxygen at 2.0 Å, and sulfur only behind it at 2.9 Å."""
NO_FORMERS = LIGANDS | {"Li", "Na", "K", "H", "C"}
"""Elements that do not tie ligands into rings."""


def odd_replicas(
    shells: Sequence[ShellStatistics], densities_g_cm3: Sequence[float]
) -> tuple[OddReplica, ...]:
    """Find the replicas whose density or coordination of a cation is off (see `find_outliers`).

    Density is out of the ordinary beyond 5 %, a coordination number beyond 15 %; only ligands next to a
    cation are looked at. A replica is named once: by its density, if that is off.

    Parameters
    ----------
    shells : sequence of ShellStatistics
        First shells over the replicas.
    densities_g_cm3 : sequence of float
        Densities in g/cm³, in the same order.
    """
    judged = {"density": (list(densities_g_cm3), DENSITY_FRACTION)}
    nearest: dict[str, float] = {}
    for shell in filter(bonded, shells):
        nearest[shell.center] = min(_peak(shell), nearest.get(shell.center, math.inf))
    for shell in filter(bonded, shells):
        if _peak(shell) < NEXT_TO * nearest[shell.center]:
            name = f"coordination {shell.center}-{shell.neighbor}"
            judged[name] = (list(shell.by_replica), COORDINATION_FRACTION)
    found: dict[int, OddReplica] = {}
    for quantity, (values, fraction) in judged.items():
        for outlier in find_outliers(values, fraction=fraction):
            odd = OddReplica(
                replica=outlier.replica + 1,
                quantity=quantity,
                value=values[outlier.replica],
                deviation=outlier.deviation,
            )
            found.setdefault(outlier.replica, odd)
    return tuple(found[place] for place in sorted(found))


def ring_statistics(
    cells: Sequence[Cell], bonds: Bonds, *, network: str, per: str, number: int
) -> tuple[RingStatistics, ...]:
    """Count rings over the cells of a film.

    Parameters
    ----------
    cells : sequence of Cell
        Independent cells.
    bonds : mapping of (str, str) to float
        Longest bond in Å of each pair of elements that bonds.
    network, per : str
        Names for the result.
    number : int
        How many of `per` a cell holds.
    """
    counts = [ring_counts(cell, bonds) for cell in cells]
    sizes = sorted({size for found in counts for size in found})
    return tuple(
        RingStatistics(
            network=network,
            atoms=size,
            per=per,
            number=over_replicas([found.get(size, 0.0) / number for found in counts], unit="1"),
        )
        for size in sizes
    )


def film_structure(
    cells: Sequence[Cell],
    *,
    densities_g_cm3: Sequence[float],
    seeds: Sequence[int],
    wanted: int,
    covalent: tuple[Bonds, int] | None = None,
    network: Sequence[Mapping[str, float]] = (),
    left_out: Sequence[LeftOut] = (),
) -> tuple[FilmStructure, tuple[MeanRdf, ...]]:
    """Describe a film by its replicas.

    Parameters
    ----------
    cells : sequence of Cell
        The annealed replicas.
    densities_g_cm3, seeds : sequence
        Of each replica.
    wanted : int
        Replicas that the protocol asks for.
    covalent : (mapping, int), optional
        Covalent bond lengths of a molecular film, and the molecules in a cell.
    network : sequence of mapping of str to float
        Of each replica, how ions tie its molecules together; empty if there are none.
    left_out : sequence of LeftOut
        What was made and left out.

    Returns
    -------
    structure : FilmStructure
        Flagged if there are too few replicas, or some are off.
    rdfs : tuple of MeanRdf
        Radial distribution functions of all ordered pairs.

    Raises
    ------
    DataError
        If there is no cell, or the numbers of cells, densities and seeds differ.
    """
    if not len(cells) == len(densities_g_cm3) == len(seeds):
        raise DataError("an ensemble needs one density and one seed of each cell", where="cells")
    shells, rdfs = ensemble_shells(cells)
    odd = odd_replicas(shells, densities_g_cm3)
    rings = [ring for shell in shells if _is_network(shell) for ring in _network_rings(cells, shell)]
    if covalent is not None and covalent[0]:
        bonds, units = covalent
        rings += ring_statistics(cells, bonds, network="covalent", per="unit", number=units)
    names = network[0] if network else ()
    structure = FilmStructure(
        replicas=len(cells),
        wanted=wanted,
        seeds=tuple(seeds),
        density=over_replicas(densities_g_cm3, unit="g/cm3"),
        densities_g_cm3=tuple(densities_g_cm3),
        shells=shells,
        rings=tuple(rings),
        network={name: over_replicas([one[name] for one in network], unit="1") for name in names},
        odd=odd,
        left_out=tuple(left_out),
        flags=_flags(len(cells), wanted, odd, left_out),
    )
    return structure, rdfs


def _peak(shell: ShellStatistics) -> float:
    return math.inf if shell.peak.value is None else shell.peak.value


def _is_network(shell: ShellStatistics) -> bool:
    return bonded(shell) and shell.center not in NO_FORMERS


def _network_rings(cells: Sequence[Cell], shell: ShellStatistics) -> tuple[RingStatistics, ...]:
    pair = (shell.center, shell.neighbor)
    formers = cells[0].symbols.count(shell.center)
    return ring_statistics(
        cells, {pair: shell.edge_A}, network="-".join(pair), per=shell.center, number=formers
    )


def _flags(
    found: int, wanted: int, odd: Sequence[OddReplica], left_out: Sequence[LeftOut]
) -> tuple[str, ...]:
    flags = []
    if found < wanted:
        flags.append(f"{found} of {wanted} replicas: the others failed")
    if found < FEWEST_REPLICAS:
        counted = "1 replica" if found == 1 else f"{found} replicas"
        flags.append(f"{counted} of an amorphous film; {FEWEST_REPLICAS} at least show its spread")
    flags += [f"replica {one.replica} of {found} kept though off: {one.sentence()}" for one in odd]
    flags += [f"replica {one.replica} was made again: {one.reason}" for one in left_out]
    return tuple(flags)
