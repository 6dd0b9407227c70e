"""The bands of this package as a Maker of atomate2's family: it runs wherever theirs do."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from ase import Atoms
from atomate2.forcefields.neb import ForceFieldNebFromImagesMaker
from emmet.core.neb import NebMethod, NebResult
from emmet.core.vasp.task_valid import TaskState
from jobflow import job
from pymatgen.core import Structure
from pymatgen.io.ase import AseAtomsAdaptor

from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.potentials.forcefields import force_field
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import BandSpec
from lithicoat.workflows.transport.bands import Band, descend, with_energy

__all__ = ["BandMaker", "neb_result"]


@dataclass
class BandMaker(ForceFieldNebFromImagesMaker):
    """A climbing-image band with improved tangents, on one calculator, that converges or fails.

    atomate2's own Maker uses ASE's defaults, which do not climb, loads a calculator for each image, and takes
    a band that has not converged as a result.

    Parameters
    ----------
    spec : BandSpec
        Limits of the band; the number of images is that of those given.
    name : str
        Name of the job.
    """

    name: str = "band"
    spec: BandSpec = field(default_factory=BandSpec)

    @classmethod
    def of(cls, potential: PotentialRef, *, spec: BandSpec | None = None) -> Self:
        """Make one that runs with a potential of the registry."""
        return cls(spec=spec or BandSpec(), **force_field(potential))

    @job(output_schema=NebResult)
    def make(self, images: list[Structure], prev_dir: str | Path | None = None) -> NebResult:
        """Relax a band between two ends.

        Parameters
        ----------
        images : list of Structure
            From end to end, the ends relaxed.
        prev_dir : str or Path, optional
            Not used; there for the signature of atomate2's makers.

        Raises
        ------
        UsageError
            If there are fewer than three images.
        RunError
            If an end is not at its minimum, or the band does not converge.
        """
        result: Any = self._run_ase_safe(images=images, prev_dir=prev_dir)
        found: NebResult = result
        return found

    def run_ase(  # type: ignore[override]  # atomate2's family of bands changes what its base takes and returns
        self, images: list[Any], prev_dir: str | Path | None = None
    ) -> NebResult:
        """Do what :meth:`make` does, here and now."""
        del prev_dir
        if len(images) < 3:
            raise UsageError(
                f"a band of {len(images)} images has nothing between its ends",
                where=self.name,
                hint="three images at least",
            )
        given = [_atoms(image) for image in images]
        calculator = self._get_calculator()
        ends = [self._known(given[place], calculator, place) for place in (0, -1)]
        band = descend([ends[0], *given[1:-1], ends[1]], calculator, self.spec, label=self.name)
        return neb_result(band, given)

    def _known(self, end: Atoms, calculator: Any, place: int) -> Atoms:
        work = end.copy()
        work.calc = calculator
        force = float(np.linalg.norm(work.get_forces(), axis=1).max())
        if force > self.spec.end_fmax_eV_A:
            which = "last" if place else "first"
            raise RunError(
                f"{self.name}: the {which} image is no minimum: largest force {force:.3g} eV/Å "
                f"(asked {self.spec.end_fmax_eV_A:g})",
                where=self.name,
                hint="relax the ends with this potential",
            )
        return with_energy(end, float(work.get_potential_energy()))


def neb_result(band: Band, initial: list[Atoms]) -> NebResult:
    """Return a converged band in emmet's form; its barriers are those of the climbing image, no spline's.

    Parameters
    ----------
    band : Band
        The band.
    initial : list of Atoms
        Where its images started.
    """
    result = NebResult(
        images=[_structure(image) for image in band.images],
        initial_images=[_structure(image) for image in initial],
        image_indices=list(range(len(band.images))),
        energies=band.energies_eV.tolist(),
        neb_method=NebMethod.CLIMBING_IMAGE if band.climbed else NebMethod.STANDARD,
        state=TaskState.SUCCESS,
        tags=["force converged"],
    )
    result.forward_barrier, result.reverse_barrier = band.forward_eV, band.backward_eV
    return result


def _atoms(image: Any) -> Atoms:
    if isinstance(image, Atoms):
        return image
    found = AseAtomsAdaptor.get_atoms(image)
    return Atoms(found.numbers, positions=found.positions, cell=found.cell, pbc=found.pbc)


def _structure(image: Atoms) -> Structure:
    return AseAtomsAdaptor.get_structure(image)
