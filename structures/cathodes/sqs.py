"""Search of special quasirandom arrangements with icet, for cells and compositions that are not shipped.

`python -m lithicoat.structures.cathodes.sqs FOLDER` writes the shipped ones anew; needs `lithicoat[sqs]`.

Method: Monte Carlo annealing towards the cluster vector of full disorder (van de Walle et al., Calphad 42,
13 (2013)) in icet (Ångqvist et al., Adv. Theory Simul. 2, 1900015 (2019)), on the metal sites of one layered
oxide: pairs to 6 Å, triangles of nearest neighbours.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from importlib.metadata import version
from io import StringIO
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lithicoat.structures.cathodes.arrangements import (
    IDEAL_A,
    IDEAL_C,
    RHOMBOHEDRAL,
    Arrangement,
    ArrangementSet,
    Neighbours,
    Purpose,
    hexagonal_axes,
    metal_lattice,
)
from lithicoat.structures.errors import StructureError
from lithicoat.structures.surfaces.planes import miller_in_cell, shortest_in_plane

__all__ = ["METHOD", "cells_for", "search_arrangement", "shipped_set", "site_counts"]

Matrix = NDArray[np.int_]

METHOD = "Monte Carlo towards the cluster vector of full disorder, pairs to 6 Å and nearest triangles"

PAIRS_A, TRIANGLES_A = 6.0, 4.0
RANDOM_DRAWS = 200
SLAB_A = (9.0, 13.5)
"""A cell is good for slabs if one repeat along the normal is in this range."""
SHAPES = 2
"""Cells of equally good shape that are tried; the one that gets nearest to disorder is kept."""
SMALL, SEEDS_SMALL, SEEDS_LARGE = 30, 8, 2
"""The fewer the sites, the more the result depends on the seed, and the less a search costs."""

SIZES = {
    Purpose.BULK: (10, 20, 30, 40, 60),
    Purpose.SLAB_104: (20, 30, 40, 60),
    Purpose.SLAB_012: (20, 30, 40, 60),
}
SHIPPED = {"NMC811": {"Ni": 0.8, "Mn": 0.1, "Co": 0.1}, "NMC622": {"Ni": 0.6, "Mn": 0.2, "Co": 0.2}}
PLANES = {Purpose.SLAB_104: (1, 0, 4), Purpose.SLAB_012: (0, 1, 2)}


def site_counts(metals: Mapping[str, float], sites: int) -> tuple[dict[str, int], float]:
    """Share out sites among metals by largest remainders.

    Returns
    -------
    dict of str to int
        Sites of each metal.
    float
        Largest difference of a share from the one that was asked for.
    """
    exact = {symbol: share * sites for symbol, share in metals.items()}
    counts = {symbol: int(number + 1e-9) for symbol, number in exact.items()}
    left = sorted(exact, key=lambda symbol: (counts[symbol] - exact[symbol], symbol))
    for symbol in left[: sites - sum(counts.values())]:
        counts[symbol] += 1
    deviation = max(abs(counts[symbol] / sites - share) for symbol, share in metals.items())
    return counts, round(deviation, 9)


def cells_for(sites: int, purpose: Purpose) -> list[Matrix]:
    """Return supercells of so many metal sites, best shape first.

    For bulk the one whose images are farthest apart; for a slab the one with the widest surface cell among
    those of which one repeat along the normal is 9 to 13.5 Å.
    """
    vectors = RHOMBOHEDRAL @ hexagonal_axes(IDEAL_A, IDEAL_C)
    axes = hexagonal_axes(IDEAL_A, IDEAL_C)
    judged: list[tuple[float, float, Matrix]] = []
    for matrix in _hermite_forms(sites):
        cell = _reduced(matrix @ vectors)
        reach = float(np.linalg.norm(cell, axis=1).min())
        if purpose is Purpose.BULK:
            judged.append((round(reach, 3), 0.0, matrix))
            continue
        indices = miller_in_cell(PLANES[purpose], axes, cell)
        repeat = 1 / float(np.linalg.norm(np.linalg.inv(cell) @ indices))
        if SLAB_A[0] <= repeat <= SLAB_A[1]:
            judged.append((round(shortest_in_plane(cell, indices), 3), round(reach, 3), matrix))
    judged.sort(key=lambda entry: (-entry[0], -entry[1], entry[2].tolist()))
    return [matrix for _, _, matrix in judged]


def search_arrangement(
    metals: Mapping[str, float], matrix: Matrix, *, purpose: Purpose = Purpose.BULK, seed: int, steps: int
) -> Arrangement:
    """Search the arrangement of metals in one supercell that is nearest to full disorder.

    Parameters
    ----------
    metals : mapping of str to float
        Share of each metal; where they are not whole numbers of sites, the nearest are taken.
    matrix : numpy.ndarray, shape (3, 3)
        Supercell in Hermite form, in primitive vectors.
    purpose : Purpose
        Written into the result.
    seed : int
        The same seed gives the same arrangement.
    steps : int
        Monte Carlo steps.

    Raises
    ------
    StructureError
        If icet is not installed.
    """
    try:
        from icet import ClusterSpace  # noqa: PLC0415 - an optional extra
        from icet.tools.structure_generation import generate_sqs_from_supercells  # noqa: PLC0415
    except ImportError as error:
        raise StructureError(
            "special quasirandom cells of other compositions or sizes than the shipped ones need icet",
            where="metals",
            hint="pip install 'lithicoat[sqs]'; shipped are " + " and ".join(SHIPPED),
        ) from error
    sites = round(float(np.linalg.det(matrix)))
    counts, _ = site_counts(metals, sites)
    present = {symbol: number / sites for symbol, number in counts.items() if number}
    start = metal_lattice(matrix, [next(iter(present))] * sites)
    primitive = metal_lattice(np.eye(3, dtype=int), [next(iter(present))])
    with redirect_stdout(StringIO()):
        space = ClusterSpace(primitive, [PAIRS_A, TRIANGLES_A], sorted(present))
        found = generate_sqs_from_supercells(space, [start], present, n_steps=steps, random_seed=seed)
    if not np.allclose(found.positions, start.positions):
        raise StructureError("icet has put the sites of the supercell in another order")
    return describe(found.get_chemical_symbols(), matrix, purpose=purpose, seed=seed, steps=steps)


def describe(metals: list[str], matrix: Matrix, *, purpose: Purpose, seed: int, steps: int) -> Arrangement:
    """Return an arrangement with its pair statistics and those of random ones."""
    neighbours = Neighbours.of(metal_lattice(matrix, metals))
    rng = np.random.default_rng(seed)
    draws = [neighbours.mismatch(rng.permutation(metals).tolist()) for _ in range(RANDOM_DRAWS)]
    shares = neighbours.shares(metals)
    fractions = {symbol: n / len(metals) for symbol, n in sorted(Counter(metals).items())}
    pairs, ideal = {}, {}
    for one, other in combinations_with_replacement(fractions, 2):
        times = 1 if one == other else 2
        pairs[f"{one}-{other}"] = tuple(np.round(times * shares[one, other], 6).tolist())
        ideal[f"{one}-{other}"] = round(times * fractions[one] * fractions[other], 6)
    return Arrangement(
        purpose=purpose,
        matrix=matrix.tolist(),
        metals=tuple(metals),
        mismatch=round(neighbours.mismatch(metals), 6),
        random_mismatch=round(float(np.mean(draws)), 6),
        pairs=pairs,
        ideal=ideal,
        seed=seed,
        steps=steps,
    )


def shipped_set(metals: Mapping[str, float], *, steps: int = 6000) -> ArrangementSet:
    """Search all cells that are shipped for one composition; of several seeds the best is kept."""
    kept = []
    for purpose, sizes in SIZES.items():
        for sites in sizes:
            tried = [
                search_arrangement(metals, matrix, purpose=purpose, seed=seed, steps=steps)
                for matrix in cells_for(sites, purpose)[:SHAPES]
                for seed in range(SEEDS_SMALL if sites <= SMALL else SEEDS_LARGE)
            ]
            kept.append(min(tried, key=lambda arrangement: arrangement.mismatch))
    return ArrangementSet(
        metals=dict(metals), library=f"icet {version('icet')}", method=METHOD, arrangements=tuple(kept)
    )


def _hermite_forms(sites: int) -> Iterator[Matrix]:
    for p in (n for n in range(1, sites + 1) if sites % n == 0):
        for q in (n for n in range(1, sites // p + 1) if sites // p % n == 0):
            r = sites // p // q
            for b in range(q):
                for d in range(r):
                    for e in range(r):
                        yield np.array([[p, b, d], [0, q, e], [0, 0, r]])


def _reduced(cell: NDArray[np.float64]) -> NDArray[np.float64]:
    from ase.geometry import minkowski_reduce  # noqa: PLC0415

    reduced: NDArray[np.float64] = minkowski_reduce(cell)[0]
    return reduced


def _write(folder: Path) -> None:
    for name, metals in SHIPPED.items():
        document = shipped_set(metals).model_dump(mode="json")
        (folder / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m lithicoat.structures.cathodes.sqs FOLDER")
    _write(Path(sys.argv[1]))
