"""The step that lays lithium atoms on a film, one at a time: whether lithium likes the film."""

from dataclasses import dataclass

from ase import Atoms
from ase.constraints import FixAtoms
from jobflow import Maker

from lithicoat.structures.model import Model
from lithicoat.structures.surfaces.adsorption import AdsorptionPlace, adsorption_places, contacts
from lithicoat.structures.surfaces.film_slabs import film_slab
from lithicoat.workflows.adhesion.documents import AdsorptionDocument, AdsorptionSite, ElectrodeDocument
from lithicoat.workflows.adhesion.electrodes import VACUUM_A
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.judging import outside
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import AdhesionSpec
from lithicoat.workflows.steps import science_job

__all__ = ["AdsorptionMaker"]

WIDTH_A = 8.0
"""An adsorbed atom is at least so far from its own image, where the atoms allow it."""

HELD = 1 / 3
"""Atoms in the lowest third of the slab are held: its far side is not what is asked about."""


@dataclass
class AdsorptionMaker(Maker):
    """Relax lithium atoms on distinct sites of a film's most stable face.

    Parameters
    ----------
    spec : AdhesionSpec
        Sizes, limits and number of sites.
    guard : str, optional
        Content hash of the potential's guard: another guard is another computation.
    name : str
        Name of the job.
    """

    spec: AdhesionSpec
    guard: str | None = None
    name: str = "lithium on film"

    @science_job(AdsorptionDocument, version="1")
    def make(
        self, film: Model, lithium: ElectrodeDocument, potential: PotentialRef, seed: int
    ) -> AdsorptionDocument:
        """Take the energy of a lithium atom on a film against one of bulk lithium.

        E = E(film + Li) - E(film) - E(Li, bulk) per atom: below 0 lithium would rather lie on the film, one
        atom alone, than in its metal.

        Parameters
        ----------
        film : Model
            A crystal or an annealed film, relaxed with this potential.
        lithium : ElectrodeDocument
            Bulk lithium by this potential.
        potential : PotentialRef
            The potential of all energies.
        seed : int
            Told in the document; the sites do not depend on it.

        Raises
        ------
        StructureError
            If no slab of the film is within the protocol's atoms.
        UsageError
            If lithium was relaxed with another potential.
        RunError
            If the bare film does not converge, or none of the sites does.
        """
        if lithium.potential.sha256 != potential.sha256 or lithium.name != LITHIUM:
            raise UsageError(
                f"bulk lithium by {potential.id} is wanted, not {lithium.name} by {lithium.potential.id}",
                where=lithium.name,
                hint="energies of two potentials are never mixed",
            )
        slab = film_slab(
            film,
            thickness_A=self.spec.film_thickness_A,
            width_A=WIDTH_A,
            vacuum_A=VACUUM_A,
            max_atoms=self.spec.max_atoms,
        )
        bare, empty_eV = self._relaxed(_held(slab.atoms), potential, f"{film.name} bare")
        sites: list[AdsorptionSite] = []
        best, failed = bare, 0
        problem: RunError | None = None
        for number, place in enumerate(adsorption_places(bare, LITHIUM, number=self.spec.sites), start=1):
            try:
                covered, energy = self._relaxed(
                    _with_lithium(bare, place), potential, f"{film.name} + Li {number}"
                )
            except RunError as error:
                failed, problem = failed + 1, error
                continue
            site = _site(bare, covered, energy - empty_eV - lithium.energy_eV_per_atom)
            if all(site.energy_eV < other.energy_eV for other in sites):
                best = covered
            sites.append(site)
        if not sites:
            raise problem or RunError(f"{film.name} has no place for lithium", where=film.name)
        return AdsorptionDocument(
            film=film.name,
            face=str(slab.recipe["face"]),
            potential=potential,
            seed=seed,
            sites=tuple(sorted(sites, key=lambda site: site.energy_eV)),
            failed=failed,
            outside=outside(best, f"Li on {film.name}", potential, guard=self.guard),
        )

    def _relaxed(self, atoms: Atoms, potential: PotentialRef, label: str) -> tuple[Atoms, float]:
        outcome = relax(
            atoms,
            calculator(potential),
            fmax_eV_A=self.spec.fmax_eV_A,
            max_steps=self.spec.max_steps,
            label=label,
        )
        return outcome.atoms, outcome.energy_eV


LITHIUM = "Li"


def _held(atoms: Atoms) -> Atoms:
    heights = atoms.positions[:, 2]
    limit = heights.min() + HELD * (heights.max() - heights.min())
    held: Atoms = atoms.copy()
    held.set_constraint(FixAtoms(mask=heights <= limit))
    return held


def _with_lithium(bare: Atoms, place: AdsorptionPlace) -> Atoms:
    covered: Atoms = bare.copy()
    covered += Atoms(LITHIUM, positions=[place.position_A])
    return covered


def _site(bare: Atoms, covered: Atoms, energy_eV: float) -> AdsorptionSite:
    position = covered.positions[-1]
    return AdsorptionSite(
        energy_eV=energy_eV,
        height_A=float(position[2] - bare.positions[:, 2].max()),
        neighbours=contacts(covered[:-1], position, LITHIUM),
    )
