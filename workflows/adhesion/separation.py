"""The step that lays a film on an electrode, relaxes both together and apart, and takes the difference."""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from jobflow import Maker

from lithicoat.structures.coating import Coating
from lithicoat.structures.model import Model
from lithicoat.structures.surfaces.film_forms import NoMatchError
from lithicoat.structures.surfaces.form import Form
from lithicoat.structures.surfaces.interfaces import InterfaceSpec, interface_of, report_of, sides_of
from lithicoat.structures.validation import changed_bonds
from lithicoat.workflows.adhesion.documents import J_M2, AdhesionDocument, ElectrodeDocument
from lithicoat.workflows.adhesion.electrodes import VACUUM_A
from lithicoat.workflows.dynamics.running import run_dynamics
from lithicoat.workflows.dynamics.stages import NVT, Settle
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.mechanics.relaxation import RelaxOutcome, relax
from lithicoat.workflows.potentials.calculators import Precision, calculator
from lithicoat.workflows.potentials.judging import outside
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import AdhesionSpec
from lithicoat.workflows.steps import science_job, step_directory

__all__ = ["AdhesionMaker", "work_of_adhesion_J_m2"]

RATTLE_A = 0.02
"""Rms displacement at the start: a film laid down by symmetry must be free to leave a saddle."""

STEP_FS, HYDROGEN_STEP_FS, ROOM_K = 2.0, 0.5, 300.0
"""Annealing of a film that had to be packed: time steps without and with hydrogen, and where it ends."""


@dataclass
class AdhesionMaker(Maker):
    """Pull a film off an electrode.

    One interface under vacuum, the lowest third of the electrode held: what its far side and the film's
    upper side cost is the same together and apart, and cancels. Each side alone is relaxed twice, as it was
    cut and as the interface left it, and the lower energy is taken: an interface that mixed must not be
    held against sides that cannot heal.

    Parameters
    ----------
    spec : AdhesionSpec
        Sizes and limits.
    guard : str, optional
        Content hash of the potential's guard: another guard is another computation.
    name : str
        Name of the job.
    """

    spec: AdhesionSpec
    guard: str | None = None
    name: str = "adhesion"

    @science_job(AdhesionDocument, version="1")
    def make(
        self,
        film: Model,
        electrode: ElectrodeDocument,
        potential: PotentialRef,
        seed: int,
        coating: Coating | None = None,
    ) -> AdhesionDocument:
        """Relax a film on an electrode, and both sides alone in the same cell.

        Parameters
        ----------
        film : Model
            A crystal or an annealed film, relaxed with this potential.
        electrode : ElectrodeDocument
            The electrode, relaxed with this potential.
        potential : PotentialRef
            The potential of all three energies.
        seed : int
            Seed of the start.
        coating : Coating, optional
            What the film is: packed at random upon an electrode that the crystal does not match.

        Raises
        ------
        StructureError
            If the film fits nowhere within the protocol's atoms and 5 % of strain.
        UsageError
            If film or electrode were relaxed with another potential.
        RunError
            If a relaxation does not converge.
        """
        if electrode.potential.sha256 != potential.sha256:
            raise UsageError(
                f"{electrode.label} was relaxed with {electrode.potential.id}, not with {potential.id}",
                where=electrode.label,
                hint="energies of two potentials are never mixed",
            )
        built, start = self._laid(film, electrode, potential, seed=seed, coating=coating)
        report = report_of(built)
        together = self._relaxed(start, potential, f"{built.name} together")
        cut = _halves(built, built.atoms)[0], _halves(built, start)[1]
        left = _halves(built, together.atoms)
        below, above = (
            self._alone(as_cut, as_left, potential, f"{name} alone")
            for as_cut, as_left, name in zip(cut, left, (electrode.label, film.name), strict=True)
        )
        energies = together.energy_eV, below[0], above[0]
        cohesion = electrode.surface_energy_J_m2 if electrode.metal else None
        return AdhesionDocument(
            film=film.name,
            electrode=electrode.label,
            potential=potential,
            seed=seed,
            interface=built.with_atoms(together.atoms, step="relax", potential=potential.id),
            report=report,
            energy_eV=energies[0],
            electrode_energy_eV=energies[1],
            film_energy_eV=energies[2],
            work_J_m2=work_of_adhesion_J_m2(*energies, area_A2=report.area_A2, interfaces=report.interfaces),
            scar_J_m2=(below[1] + above[1]) / report.area_A2 * J_M2,
            cohesion_J_m2=None if cohesion is None else 2 * cohesion,
            reacted=tuple(changed_bonds(built, together.atoms)),
            outside=outside(together.atoms, built.name, potential, guard=self.guard),
        )

    def _laid(
        self,
        film: Model,
        electrode: ElectrodeDocument,
        potential: PotentialRef,
        *,
        seed: int,
        coating: Coating | None,
    ) -> tuple[Model, Atoms]:
        """Return the interface as built, and the atoms that its relaxation starts from."""
        spec = InterfaceSpec(
            max_atoms=self.spec.max_atoms,
            film_thickness_A=self.spec.film_thickness_A,
            electrode_thickness_A=self.spec.electrode_thickness_A,
            vacuum_A=VACUUM_A,
        )
        try:
            built = interface_of(film, electrode.electrode, spec=spec, seed=seed)
        except NoMatchError as error:
            if coating is None:
                raise
            packed = spec.model_copy(update={"form": Form.AMORPHOUS, "film_thickness_A": None})
            built = _noted(interface_of(coating, electrode.electrode, spec=packed, seed=seed), error.message)
            return built, self._annealed(built, potential, seed)
        return built, _rattled(built.atoms, seed)

    def _annealed(self, built: Model, potential: PotentialRef, seed: int) -> Atoms:
        """Anneal what was packed; the electrode is put back to where it was, the film stays upon it."""
        hot, warm = self.spec.anneal_temperature_K, ROOM_K
        result = run_dynamics(
            _free(built.atoms),
            calculator(potential, precision=Precision.SINGLE),
            (
                Settle(),
                NVT(duration_ps=self.spec.anneal_ps, temperature_K=hot),
                NVT(duration_ps=self.spec.anneal_ps, temperature_K=hot, end_temperature_K=warm),
            ),
            timestep_fs=HYDROGEN_STEP_FS if "H" in built.symbols else STEP_FS,
            seed=seed,
            directory=step_directory(),
            label=f"{built.name} anneal",
            thermostat_ps=0.02,
            potential=potential.sha256,
        )
        return _put_back(built, result.atoms)

    def _alone(
        self, as_cut: Atoms, as_left: Atoms, potential: PotentialRef, label: str
    ) -> tuple[float, float]:
        """Return the lower energy of a side, eV, and by how much the interface left it above that."""
        cut = self._relaxed(as_cut, potential, label).energy_eV
        left = self._relaxed(as_left, potential, label).energy_eV
        return min(cut, left), max(0.0, left - cut)

    def _relaxed(self, atoms: Atoms, potential: PotentialRef, label: str) -> RelaxOutcome:
        return relax(
            atoms,
            calculator(potential),
            fmax_eV_A=self.spec.fmax_eV_A,
            max_steps=self.spec.max_steps,
            label=label,
        )


def work_of_adhesion_J_m2(
    together_eV: float, electrode_eV: float, film_eV: float, *, area_A2: float, interfaces: int = 1
) -> float:
    """Return the reversible work of pulling two solids apart, J/m².

    W = (E_electrode + E_film - E_together) / (n A): the work of separation of Finnis, J. Phys.: Condens.
    Matter 8, 5811 (1996), eq. 1, with both sides relaxed.

    Parameters
    ----------
    together_eV, electrode_eV, film_eV : float
        Energies of the interface and of both sides, each relaxed in the same cell, eV.
    area_A2 : float
        Area of the interface, Å².
    interfaces : int
        Interfaces in the cell.
    """
    return (electrode_eV + film_eV - together_eV) / (interfaces * area_A2) * J_M2


def _halves(built: Model, atoms: Atoms) -> tuple[Atoms, Atoms]:
    """Return electrode and film of a frame, the held atoms still held."""
    whole = atoms.copy()
    whole.set_constraint(built.atoms.constraints)
    return sides_of(built, whole)


def _rattled(atoms: Atoms, seed: int) -> Atoms:
    moved: Atoms = atoms.copy()
    moved.rattle(RATTLE_A, rng=np.random.default_rng(seed))
    return moved


def _free(atoms: Atoms) -> Atoms:
    free: Atoms = atoms.copy()
    free.set_constraint()
    return free


def _put_back(built: Model, annealed: Atoms) -> Atoms:
    """Put the electrode where it was, the film where it lies with respect to it."""
    number = report_of(built).electrode_atoms
    start = built.atoms
    shift = annealed.positions - start.positions
    drift, _ = find_mic(shift[:number], start.cell, pbc=True)
    moved, _ = find_mic(shift[number:], start.cell, pbc=True)
    start.set_constraint()
    start.positions[number:] += moved - drift.mean(axis=0)
    start.set_constraint(built.atoms.constraints)
    return start


def _noted(built: Model, why: str) -> Model:
    """Write into an interface why its film was packed."""
    interface = {**built.recipe["interface"], "note": why}
    return built.model_copy(update={"recipe": {**built.recipe, "interface": interface}})
