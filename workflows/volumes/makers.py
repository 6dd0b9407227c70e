"""Relaxed cells of a film with lithium taken out and put in."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np
from ase import Atoms
from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.criterion.spheres import voronoi_coordination
from lithicoat.analysis.criterion.volumes import LithiumCell
from lithicoat.structures.crystals.cells import supercell_for
from lithicoat.structures.crystals.symmetry import primitive_cell
from lithicoat.structures.crystals.vacancies import emptied, random_vacancies, vacancies
from lithicoat.structures.crystals.voids import filled
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.validation import changed_bonds
from lithicoat.workflows.dynamics.checkpoint import write_atomically
from lithicoat.workflows.dynamics.deadline import part_kept
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import VolumeSpec
from lithicoat.workflows.steps import science_job, step_directory, step_key
from lithicoat.workflows.transport.following import LITHIUM
from lithicoat.workflows.volumes.documents import VolumeDocument

__all__ = ["VolumeMaker", "lithium_volumes"]

HOST = "film as it is"
LARGER = 1.5
"""Supercells of a crystal hold up to this multiple of the atoms asked for: the most cubic one is taken."""
BULK_MODULUS_GPA = 20.0
"""What turns the stress that is left into an error of the volume: that of a soft film."""
RATTLE_A = 0.02
"""Random displacements, Å, that let an added atom leave a saddle it was placed on."""


@dataclass
class VolumeMaker(Maker):
    """Measure the volume of lithium in a relaxed cell.

    Parameters
    ----------
    spec : VolumeSpec
        Cells and limits.
    name : str
        Name of the job.
    """

    spec: VolumeSpec
    name: str = "lithium volume"

    @science_job(VolumeDocument, version="1")
    def make(self, model: Model, potential: PotentialRef) -> VolumeDocument:
        """Take lithium out of a cell, put it in, and relax; see :func:`lithium_volumes`."""
        return lithium_volumes(model, potential, self.spec)


def lithium_volumes(
    model: Model, potential: PotentialRef, spec: VolumeSpec, *, element: str = LITHIUM
) -> VolumeDocument:
    """Relax a cell with less and with more lithium.

    Of a crystal, a supercell loses one atom from each distinct site, and where there are fewer of those than
    cells asked for, several far from each other. A film loses one atom from sites drawn at random. One atom
    more goes into the largest hole. Every finished relaxation is kept in the directory of the step, so that
    an interrupted one goes on.

    Parameters
    ----------
    model : Model
        A relaxed cell.
    potential : PotentialRef
        What it was relaxed with.
    spec : VolumeSpec
        Cells and limits.
    element : str
        What is taken out and put in.

    Returns
    -------
    VolumeDocument
        With the reason of every cell that could not be relaxed.
    """
    host = _supercell(model, spec) if model.kind is ModelKind.CRYSTAL else model
    coordination = voronoi_coordination(
        model.positions_A, symbols=model.symbols, cell_A=model.cell_A, element=element
    )
    study, failures = _Study(potential, spec, element), dict[str, str]()
    start: _Relaxed | None = None
    try:
        start = study.relaxed(host, HOST)
    except RunError as error:
        failures[HOST] = error.message
    cells = study.varied(start, failures) if start else []
    return VolumeDocument(
        kind=model.kind,
        coordination=tuple(coordination.tolist()),
        atoms=len(host.symbols),
        volume_A3=start.volume_A3 if start else None,
        cells=tuple(cells),
        failures=failures,
        model_hash=model.content_hash,
        potential=potential,
        spec=spec,
    )


class _Relaxed(BaseModel):
    """A relaxed cell and what is left in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: Model
    energy_eV: float
    mean_stress_GPa: float = Field(description="A third of the trace, positive under tension, GPa.")
    farthest_A: float = Field(description="Farthest that an atom moved, Å.")

    @property
    def volume_A3(self) -> float:
        """Volume of the cell, Å³."""
        return float(self.model.atoms.get_volume())


@dataclass(frozen=True)
class _Study:
    """Relaxations of one film's cells, kept as they end."""

    potential: PotentialRef
    spec: VolumeSpec
    element: str

    def relaxed(self, model: Model, what: str) -> _Relaxed:
        """Return a cell relaxed, or read it if the step was interrupted after it."""
        spec = self.spec
        inputs = {"model": model, "potential": self.potential, "spec": spec}
        file = step_directory() / f"cell-{step_key('lithium volume', '1', inputs)[:16]}.json"
        if file.is_file():
            return _Relaxed.model_validate_json(file.read_text("utf-8"))
        start = model.atoms
        outcome = relax(
            start,
            calculator(self.potential),
            fmax_eV_A=spec.fmax_eV_A,
            smax_GPa=spec.smax_GPa,
            max_steps=spec.max_steps,
            label=f"{model.name} {what}",
        )
        if model.bonds is not None and (changes := changed_bonds(model, outcome.atoms)):
            raise RunError(f"{model.name} {what}: {changes[0]}", where=model.name)
        found = _Relaxed(
            model=model.with_atoms(outcome.atoms, step="relax", potential=self.potential.id),
            energy_eV=outcome.energy_eV,
            mean_stress_GPa=float(np.trace(outcome.stress_GPa)) / 3,
            farthest_A=_farthest_A(start, outcome.atoms),
        )
        write_atomically(file, found.model_dump_json().encode())
        part_kept()
        return found

    def varied(self, host: _Relaxed, failures: dict[str, str]) -> list[LithiumCell]:
        """Relax all cells with another lithium content; what cannot be had goes to the failures."""
        cells = []
        for label, change, changed in self._contents(host.model, failures):
            try:
                cells.append(self.against(host, changed, label=label, change=change))
            except RunError as error:
                failures[label] = error.message
        return cells

    def against(self, host: _Relaxed, changed: Model, *, label: str, change: int) -> LithiumCell:
        """Relax a cell with another lithium content and hold it against the cell as it was."""
        found = self.relaxed(changed, label)
        left_GPa = abs(found.mean_stress_GPa - host.mean_stress_GPa)
        return LithiumCell(
            label=label,
            change=change,
            atoms=len(changed.symbols),
            volume_change_A3=found.volume_A3 - host.volume_A3,
            error_A3=host.volume_A3 * left_GPa / BULK_MODULUS_GPA,
            energy_change_eV=found.energy_eV - host.energy_eV,
            farthest_A=found.farthest_A,
        )

    def _contents(self, host: Model, failures: dict[str, str]) -> Iterator[tuple[str, int, Model]]:
        """Yield label, change and cell of each content; what cannot be made goes to the failures."""
        spec, element = self.spec, self.element
        number = host.symbols.count(element)
        if number and spec.vacancies:
            if host.kind is ModelKind.CRYSTAL:
                sites = vacancies(host, element, most=spec.vacancies)
            else:
                sites = random_vacancies(host, element, spec.vacancies, seed=host.seed or 0)
            for vacancy in sites:
                yield f"without {vacancy.label} (atom {vacancy.site + 1})", -1, vacancy.model
            for missing in range(2, min(2 + spec.vacancies - len(sites), number)):
                yield f"without {missing} {element}", -missing, emptied(host, element, missing)
        if spec.interstitial:
            label = f"with {element} in the largest hole"
            try:
                yield label, 1, _rattled(filled(host, element))
            except StructureError as error:
                failures[label] = error.message


def _supercell(crystal: Model, spec: VolumeSpec) -> Model:
    cell = primitive_cell(crystal.atoms)
    whole = len(cell) * ceil(spec.crystal_atoms / len(cell))
    atoms = supercell_for(cell, max(whole, round(LARGER * spec.crystal_atoms)), min_atoms=spec.crystal_atoms)
    return Model.from_atoms(atoms, name=crystal.name, kind=crystal.kind, seed=crystal.seed)


def _rattled(model: Model) -> Model:
    atoms = model.atoms
    atoms.positions += np.random.default_rng(0).normal(0, RATTLE_A, atoms.positions.shape)
    return model.with_atoms(atoms, step="rattle", displacement_A=RATTLE_A)


def _farthest_A(before: Atoms, after: Atoms) -> float:
    """Return how far the atom moved that moved farthest, the change of the cell apart, Å."""
    moves = after.get_scaled_positions(wrap=False) - before.get_scaled_positions(wrap=False)
    return float(np.linalg.norm((moves - moves.mean(axis=0)) @ after.cell.array, axis=1).max())
