"""What makes labels unfit for training: contradictions and other units, told from their magnitudes.

Two ratios of a set of labels do not depend on what it is of, only on the units. The mean square force of an
atom grows with its energy like that of an oscillator, d<F²>/dE = 2 k, and force constants of matter are some
tens of eV/Å². The stress grows with the logarithm of the volume by the bulk modulus, tens of GPa.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list
from ase.units import Bohr, Hartree, kJ, mol
from numpy.typing import NDArray

from lithicoat.workflows.errors import UsageError

__all__ = ["LabelError", "Problem", "element_problem", "find_problem", "nearest_contact"]

Array = NDArray[np.float64]

FORCE_CONSTANT_EV_A2 = (3.0, 400.0)
"""Limits of the median over groups of std(<F²>)/std(E/N). Perturbed crystals, films and molecules of nine
elements in PBE give 54, lithium metal alone 4.7, free molecules 220."""
LARGEST_FORCE_EV_A = 15.0
"""Limit of the median rms force of a frame. Strongly rattled crystals have 4 to 5."""
BULK_MODULUS_EV_A3 = 4.0
"""Limit of the median slope of the stress over ln V: 640 GPa, beyond diamond."""
HIGHEST_IN_GPA = 200.0
"""A median bulk modulus above this number is one in kbar: 20 GPa, against 200 GPa."""
SIGN_EV_A3 = -0.05
"""A median slope below this, -8 GPa, is one of the opposite sign; cells of vacuum have none to speak of."""
LARGEST_STRESS_EV_A3 = 1.5
"""Limit of the median of the largest stress component, 240 GPa, where no volumes are compared."""
SPREAD_EV = 3.0
"""Energies per atom of one composition from one source are closer to their median than this; an O2 molecule
stretched to 2.6 Å and compressed to 1.05 Å is at 2.1 eV."""
OUTLIER_EV, OUTLIER_FACTOR = 12.0, 10.0
"""A frame is wildly off if the fit of one energy per element misses it by so much per atom, and by so many
times the median; molecules of O2 in a set of oxides are missed by 5 eV."""
CONTACT = 0.4
"""No two nuclei are nearer than this multiple of the sum of covalent radii; colliding atoms reach 0.5."""

_ALL_PAIRS = 400
"""Atoms up to which all pairs are compared."""
_SMALLEST_GROUP = 3
_FEWEST_GROUPS = 3


class LabelError(UsageError):
    """Labels that cannot be trained on (exit code 2)."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with a set of labels, and what would be right."""

    what: str
    hint: str


def find_problem(frames: Sequence[Atoms], *, units: bool = True) -> Problem | None:
    """Look for what makes labels unfit.

    Parameters
    ----------
    frames : sequence of Atoms
        With REF_energy (eV), REF_forces (eV/Å) and, some or all, REF_stress (eV/Å³).
    units : bool
        Whether to judge by magnitudes: units, and energies against one another.

    Returns
    -------
    Problem or None
        The first problem; frames are counted from 1.
    """
    problem = _contact_problem(frames)
    if problem is not None or not units:
        return problem
    return _force_problem(frames) or _stress_problem(frames) or _energy_problem(frames)


def element_problem(counts: Mapping[str, int], *, fewest: int) -> str | None:
    """Name the elements with too few atoms to learn from; None if there is enough of each.

    Parameters
    ----------
    counts : mapping of str to int
        Atoms of each element in the training set, such as ``LabelFile.elements``.
    fewest : int
        Atoms that each element needs.
    """
    scarce = [f"{symbol} ({count})" for symbol, count in sorted(counts.items()) if count < fewest]
    if not scarce:
        return None
    verb = "has" if len(scarce) == 1 else "have"
    return f"{', '.join(scarce)} {verb} too few atoms in the training set; each element needs {fewest}"


def nearest_contact(atoms: Atoms, *, within: float) -> tuple[float, str] | None:
    """Return the shortest distance over the sum of covalent radii, and name the pair.

    None if no pair is nearer than `within` times that sum.
    """
    radii = covalent_radii[atoms.numbers]
    first, second, distances = _near(atoms, within * radii)
    if not len(distances):
        return None
    ratios = distances / (radii[first] + radii[second])
    worst = int(np.argmin(ratios))
    i, j = sorted((int(first[worst]), int(second[worst])))
    pair = f"{atoms.symbols[i]}{i + 1} and {atoms.symbols[j]}{j + 1}"
    return float(ratios[worst]), f"{pair} are {distances[worst]:.2f} Å apart"


def _near(atoms: Atoms, radii: Array) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Return the pairs within the sum of their radii, and their distances.

    Where the planes of the cell are more than twice the longest such distance apart, the rounded fractional
    difference leads to the only image that may be so near. Small cells, many in a set of labels, then take a
    hundredth of the time.
    """
    if len(atoms) > _ALL_PAIRS or atoms.cell.rank < 3:
        return tuple(neighbor_list("ijd", atoms, radii))
    inverse = np.linalg.inv(atoms.cell.array)
    if (1 / np.linalg.norm(inverse, axis=0)[atoms.pbc] <= 4 * radii.max()).any():
        return tuple(neighbor_list("ijd", atoms, radii))
    fractional = atoms.positions @ inverse
    apart = fractional[:, None] - fractional[None]
    distances = np.linalg.norm((apart - np.round(apart) * atoms.pbc) @ atoms.cell.array, axis=2)
    np.fill_diagonal(distances, np.inf)
    first, second = np.nonzero(distances < radii[:, None] + radii[None])
    return first, second, distances[first, second]


# --- one frame ------------------------------------------------------------------------------------------


def _contact_problem(frames: Sequence[Atoms]) -> Problem | None:
    for number, atoms in enumerate(frames):
        contact = nearest_contact(atoms, within=CONTACT)
        if contact is not None:
            return Problem(f"{contact[1]} in frame {number + 1}", "leave this frame out")
    return None


# --- units ----------------------------------------------------------------------------------------------


def _groups(frames: Iterable[Atoms]) -> list[list[tuple[int, Atoms]]]:
    """Gather the frames of one composition from one source."""
    found: dict[tuple[str, str], list[tuple[int, Atoms]]] = defaultdict(list)
    for number, atoms in enumerate(frames):
        found[str(atoms.info["source"]), atoms.get_chemical_formula()].append((number, atoms))
    return [group for group in found.values() if len(group) >= _SMALLEST_GROUP]


def _force_problem(frames: Sequence[Atoms]) -> Problem | None:
    size = float(np.median([_rms_force(atoms) for atoms in frames]))
    curvature = _force_constant(frames)
    low, high = FORCE_CONSTANT_EV_A2
    if size <= LARGEST_FORCE_EV_A and (curvature is None or low <= curvature <= high):
        return None
    told = f"typical forces are {size:.2g} per atom"
    if curvature is not None:
        told += f" and the force constant they give with the energies is {curvature:.2g}"
    unit = _force_unit(curvature, size)
    suspected = (
        f"{unit} are suspected"
        if unit
        else "another unit, or energies that do not belong to them, is suspected"
    )
    return Problem(
        f"{told}, which eV and Å do not give; {suspected}",
        "say in [labels.keys] which energy_unit and force_unit they have; trusted = true if right",
    )


def _force_unit(curvature: float | None, size: float) -> str | None:
    """Name the units that would make the magnitudes right; energies and forces in their usual pairs."""
    pairs = {
        "kcal/mol or kJ/mol, per Å,": (2 * kJ / mol, 2 * kJ / mol),  # too near to be told apart
        "Hartree and Hartree/Bohr": (Hartree, Hartree / Bohr),
        "eV and Hartree/Bohr": (1.0, Hartree / Bohr),
        "Hartree and eV/Å": (Hartree, 1.0),
    }
    low, high = FORCE_CONSTANT_EV_A2
    centre = np.sqrt(low * high)

    def distance(energy_eV: float, force_eV_A: float) -> float:
        in_size = abs(np.log(size * force_eV_A))
        if curvature is None:
            return float(in_size)
        return float(abs(np.log(curvature * force_eV_A**2 / energy_eV / centre)) + in_size / 2)

    best = min(pairs, key=lambda name: distance(*pairs[name]))
    return best if distance(*pairs[best]) < 1.5 * np.log(high / centre) else None


def _rms_force(atoms: Atoms) -> float:
    return float(np.sqrt((atoms.arrays["REF_forces"] ** 2).sum() / len(atoms)))


def _force_constant(frames: Sequence[Atoms]) -> float | None:
    """Return the median over groups of the spread of <F²> over that of the energy per atom, in eV/Å²."""
    ratios = []
    for group in _groups(frames):
        energies = np.array([atoms.info["REF_energy"] / len(atoms) for _, atoms in group])
        squares = np.array([_rms_force(atoms) ** 2 for _, atoms in group])
        # Strained perfect cells have energies without forces; they say nothing.
        if energies.std() > 0 and squares.std() > 0.1 * squares.mean():
            ratios.append(float(squares.std() / energies.std()))
    return float(np.median(ratios)) if len(ratios) >= _FEWEST_GROUPS else None


def _stress_problem(frames: Sequence[Atoms]) -> Problem | None:
    stressed = [atoms for atoms in frames if "REF_stress" in atoms.info]
    if not stressed:
        return None
    size = float(np.median([np.abs(atoms.info["REF_stress"]).max() for atoms in stressed]))
    modulus = _bulk_modulus(stressed)
    if modulus is not None and modulus < SIGN_EV_A3:
        unit = _stress_unit(-modulus) or "eV/Å³"
        return Problem(
            f"cells that are larger are more compressed, so the stress has the opposite sign "
            f"(VASP's; in {unit}, judging by its size)",
            "positive is tension; say in [labels.keys] which stress_unit it has",
        )
    too_large = size > LARGEST_STRESS_EV_A3 if modulus is None else modulus > BULK_MODULUS_EV_A3
    if not too_large:
        return None
    suspected = _stress_unit(size * 5 if modulus is None else modulus)
    told = f"a bulk modulus of {modulus:.2g}" if modulus is not None else f"a typical stress of {size:.2g}"
    return Problem(
        f"the stresses give {told}, which eV/Å³ do not; {suspected} is suspected",
        "say in [labels.keys] which stress_unit they have, or trusted = true if they are right",
    )


def _stress_unit(modulus: float) -> str | None:
    if modulus <= BULK_MODULUS_EV_A3:
        return None
    return "GPa" if modulus < HIGHEST_IN_GPA else "kbar"


def _bulk_modulus(frames: Sequence[Atoms]) -> float | None:
    """Return the median slope of the mean stress over ln V in the groups where the volume decides it."""
    slopes = []
    for group in _groups(frames):
        volumes = np.log([atoms.get_volume() for _, atoms in group])
        stresses = np.array([float(np.mean(atoms.info["REF_stress"][:3])) for _, atoms in group])
        if np.ptp(volumes) < 0.01 or stresses.std() == 0:
            continue
        if abs(np.corrcoef(volumes, stresses)[0, 1]) > 0.7:
            slopes.append(float(np.polyfit(volumes, stresses, 1)[0]))
    return float(np.median(slopes)) if len(slopes) >= _FEWEST_GROUPS else None


# --- energies against one another -----------------------------------------------------------------------


def _energy_problem(frames: Sequence[Atoms]) -> Problem | None:
    hint = "it may be in another unit, per atom, or of another zero; correct it or leave it out"
    for group in _groups(frames):
        energies = np.array([atoms.info["REF_energy"] / len(atoms) for _, atoms in group])
        off = np.abs(energies - np.median(energies))
        worst = int(off.argmax())
        if off[worst] > SPREAD_EV:
            number, atoms = group[worst]
            return Problem(
                f"the energy of frame {number + 1}, {energies[worst]:.2f} eV/atom, is {off[worst]:.1f} "
                f"eV/atom off the others of {atoms.get_chemical_formula()} from {atoms.info['source']}",
                hint,
            )
    misses = _misses(frames)
    worst = int(misses.argmax())
    if misses[worst] > max(OUTLIER_EV, OUTLIER_FACTOR * float(np.median(misses))):
        return Problem(
            f"the energy of frame {worst + 1} ({frames[worst].get_chemical_formula()}, "
            f"{frames[worst].info['REF_energy'] / len(frames[worst]):.2f} eV/atom) does not belong to the "
            f"others: one energy per element misses it by {misses[worst]:.0f} eV/atom",
            hint,
        )
    return None


def _misses(frames: Sequence[Atoms]) -> Array:
    """Return how far the fit of one energy per element misses each frame, eV/atom."""
    symbols = sorted({symbol for atoms in frames for symbol in atoms.get_chemical_symbols()})
    shares = np.array(
        [[atoms.get_chemical_symbols().count(s) / len(atoms) for s in symbols] for atoms in frames]
    )
    energies = np.array([atoms.info["REF_energy"] / len(atoms) for atoms in frames])
    kept = np.ones(len(frames), dtype=bool)
    misses = np.zeros(len(frames))
    for _ in range(3):  # again without those that it misses most: they pull the fit towards themselves
        fit = np.linalg.lstsq(shares[kept], energies[kept], rcond=None)[0]
        misses = np.abs(energies - shares @ fit)
        kept = misses <= max(OUTLIER_EV / 2, 5 * float(np.median(misses)))
    return misses
