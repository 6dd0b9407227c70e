"""The way between two minima: a nudged elastic band whose highest image climbs to the saddle.

Improved tangents (Henkelman and Jónsson, J. Chem. Phys. 113, 9978 (2000)), a climbing image (Henkelman,
Uberuaga and Jónsson, ibid. 9901), and the adaptive step of Makri, Ortner and Kermode (J. Chem. Phys. 150,
094109 (2019)), which needs far fewer force calls than FIRE. ASE's driver of that step leaves the climbing
image out of its convergence test, so the step is driven from here.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator
from ase.calculators.singlepoint import SinglePointCalculator
from ase.geometry import find_mic
from ase.mep import NEB
from ase.optimize.ode import OptimizerConvergenceError, ode12r
from numpy.typing import NDArray

from lithicoat.workflows.dynamics.deadline import Lookout
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.progress import listen, report
from lithicoat.workflows.protocols import BandSpec

__all__ = ["Band", "descend", "minimum_energy_path", "with_energy"]

Array = NDArray[np.float64]

SPRING_EV_A2 = 0.5
"""Stiffness between neighbouring images, eV/Å²; it spaces the images and drops out of the result."""

SAME_MINIMUM_A = 0.3
"""Ends in which the moving atom is no farther apart are one minimum. Half the hop would be too much: around a
vacancy all neighbours may lean in, the one that will hop too."""


@dataclass(frozen=True)
class Band:
    """A converged band.

    Parameters
    ----------
    images : tuple of Atoms
        From the first relaxed end to the second, without calculators.
    energies_eV : numpy.ndarray, shape (images,)
        Energies of the images.
    climbed : bool
        Whether an image stands on the saddle; False if the path has no top between its ends.
    fmax_eV_A : float
        Largest force left on the band.
    steps : int
        Steps of the band.
    """

    images: tuple[Atoms, ...]
    energies_eV: Array
    climbed: bool
    fmax_eV_A: float
    steps: int

    @property
    def path_A(self) -> Array:
        """How far each image lies along the path, the moves of all atoms taken together, Å."""
        moves = [np.linalg.norm(b.positions - a.positions) for a, b in pairwise(self.images)]
        return np.concatenate([[0.0], np.cumsum(moves)])

    @property
    def top(self) -> int:
        """Index of the highest image."""
        return int(self.energies_eV.argmax())

    @property
    def forward_eV(self) -> float:
        """Highest energy over the first end."""
        return float(self.energies_eV.max() - self.energies_eV[0])

    @property
    def backward_eV(self) -> float:
        """Highest energy over the second end."""
        return float(self.energies_eV.max() - self.energies_eV[-1])


def minimum_energy_path(
    start: Atoms, end: Atoms, calculator: BaseCalculator, spec: BandSpec, *, mobile: int, label: str
) -> Band:
    """Relax both ends in their cell, span a band between them and let its highest image climb.

    Parameters
    ----------
    start, end : Atoms
        The same atoms in the same order and cell; left as they are.
    calculator : ase calculator
        Shared by all images.
    spec : BandSpec
        Images and limits.
    mobile : int
        Index of the atom that hops; the ends must keep it apart.
    label : str
        What hops, for progress and messages.

    Raises
    ------
    RunError
        If an end or the band does not converge, or both ends relax into one minimum.
    """
    ends = [
        _relaxed(atoms, calculator, spec, label=f"{label}, {which} end")
        for atoms, which in ((start, "first"), (end, "second"))
    ]
    _demand_apart(ends, start, end, mobile=mobile, label=label)
    images = [ends[0], *(ends[0].copy() for _ in range(spec.images)), ends[1]]
    NEB(images, method="improvedtangent").interpolate(method="idpp", mic=True)
    return descend(images, calculator, spec, label=label)


def descend(images: Sequence[Atoms], calculator: BaseCalculator, spec: BandSpec, *, label: str) -> Band:
    """Relax the images between two relaxed ends and let the highest climb to the saddle.

    Parameters
    ----------
    images : sequence of Atoms
        From end to end, the ends with their energies; left as they are.
    calculator : ase calculator
        Shared by all images.
    spec : BandSpec
        Limits; the number of images is that of those given.
    label : str
        What hops, for progress and messages.

    Raises
    ------
    RunError
        If the band does not converge: the force on every image, the climbing one included, must be below the
        limit.
    """
    band = _Descent(images, calculator, spec, label)
    band.run(spec.rough_fmax_eV_A, climb=False, until=spec.max_steps // 2)
    climbed = band.has_top()
    band.run(spec.fmax_eV_A, climb=climbed, until=spec.max_steps)
    if band.residual() > spec.fmax_eV_A:
        raise RunError(
            f"{label}: the band did not converge in {band.steps} steps: largest force "
            f"{band.residual():.3g} eV/Å (asked {spec.fmax_eV_A:g})",
            where=label,
            hint="raise max_steps, or look at the path: it may have several tops",
        )
    found = tuple(Atoms(i.numbers, positions=i.positions, cell=i.cell, pbc=i.pbc) for i in band.neb.images)
    return Band(found, np.array(band.neb.energies), climbed, band.residual(), band.steps)


class _Descent:
    """A band on its way down."""

    def __init__(
        self, images: Sequence[Atoms], calculator: BaseCalculator, spec: BandSpec, label: str
    ) -> None:
        between = [image.copy() for image in images[1:-1]]
        for image in between:
            image.calc = calculator
        band = [images[0], *between, images[-1]]
        self.neb = NEB(band, k=SPRING_EV_A2, method="improvedtangent", allow_shared_calculator=True)
        self.label, self.limit, self.steps = label, spec.max_steps, 0
        self.lookout = Lookout(label)
        self.place: Array = np.array(self.neb.get_positions()).ravel()
        self._known: tuple[Array, Array] | None = None

    def run(self, fmax_eV_A: float, *, climb: bool, until: int) -> None:
        """Step until the largest force is below its limit, the steps are used up, or no step helps."""
        self.neb.climb, self._known = climb, None
        with suppress(OptimizerConvergenceError):  # the caller looks at what is left
            ode12r(
                self._force,
                self.place,
                fmax=fmax_eV_A,
                steps=max(1, until - self.steps),
                verbose=0,
                callback=self._stepped,
                residual=lambda forces, _place: _largest(forces),
            )
        self._force(self.place)  # a last step may have been refused

    def residual(self) -> float:
        """Largest force on the band, the climbing image included, eV/Å."""
        return _largest(self._force(self.place))

    def has_top(self) -> bool:
        """Return whether an image between the ends is above both."""
        energies: Array = np.array(self.neb.energies)
        return bool(energies[1:-1].max() > max(energies[0], energies[-1]))

    def _force(self, place: Array) -> Array:
        if self._known is not None and np.array_equal(self._known[0], place):
            return self._known[1]
        self.neb.set_positions(place.reshape(-1, 3))
        forces: Array = np.array(self.neb.get_forces()).ravel()
        if not np.isfinite(forces).all():
            raise RunError(
                f"{self.label}: forces on the band are not finite",
                where=self.label,
                hint="atoms meet on the path, or the potential does not know such a cell",
            )
        self._known = place.copy(), forces
        return forces

    def _stepped(self, place: Array) -> None:
        self.place, self.steps = place, self.steps + 1
        report(self.label, self.steps, self.limit, "steps")
        self.lookout.look()


def _relaxed(atoms: Atoms, calculator: BaseCalculator, spec: BandSpec, *, label: str) -> Atoms:
    """Return the relaxed end with its energy attached, so that the band never asks for it again."""
    report(label, 0, spec.max_steps, "steps")
    with listen(None):
        outcome = relax(
            atoms, calculator, fmax_eV_A=spec.end_fmax_eV_A, max_steps=spec.max_steps, label=label
        )
    return with_energy(outcome.atoms, outcome.energy_eV)


def with_energy(end: Atoms, energy_eV: float) -> Atoms:
    """Return an end of a band that knows its energy, so that nobody computes it again."""
    known: Atoms = end.copy()
    known.calc = SinglePointCalculator(known, energy=energy_eV, forces=np.zeros((len(known), 3)))
    return known


def _demand_apart(ends: list[Atoms], start: Atoms, end: Atoms, *, mobile: int, label: str) -> None:
    asked, found = (
        float(np.linalg.norm(find_mic(b.positions[mobile] - a.positions[mobile], a.cell, a.pbc)[0]))
        for a, b in ((start, end), ends)
    )
    if found < SAME_MINIMUM_A:
        raise RunError(
            f"{label}: both ends relax into one minimum ({found:.2f} Å apart, {asked:.2f} Å before)",
            where=label,
            hint="the hop does not exist with this potential",
        )


def _largest(forces: Array) -> float:
    return float(np.linalg.norm(forces.reshape(-1, 3), axis=1).max())
