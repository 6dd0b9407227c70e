"""One film or structure, outside of a campaign: what `elastic` and `diffusion` share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jobflow import Flow, Job

from lithicoat.analysis.mongodb import Where
from lithicoat.structures.build import elements_of, kind_of
from lithicoat.structures.catalog.library import SMILES
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.errors import StructureError
from lithicoat.structures.io import read_model
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.campaign import run_jobs
from lithicoat.workflows.commands.display import StepDisplay
from lithicoat.workflows.potentials.registry import DEFAULT_POTENTIAL, PotentialRef, check_elements
from lithicoat.workflows.potentials.trust import choose_potential
from lithicoat.workflows.protocols import Preset, Protocol, preset
from lithicoat.workflows.screening import ScreeningMaker, Subject

__all__ = ["Task", "check_bulk", "find_film", "find_subject", "names_file", "run_task"]


LARGEST_GAP_A = 8.0
"""A cell that is empty over more than this holds surfaces; between layers there are 3 to 4 Å."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One film or structure with all that a computation on it needs.

    Parameters
    ----------
    name : str
        As the user gave it.
    subject : Coating or Model
        A coating that is built first, or the user's own cell.
    potential : PotentialRef
        Covers all elements of the subject.
    protocol : Protocol
        All numbers.
    seed : int
        Seed of models and dynamics.
    """

    name: str
    subject: Subject
    potential: PotentialRef
    protocol: Protocol
    seed: int

    @property
    def kind(self) -> ModelKind:
        """Kind of the models."""
        return self.subject.kind if isinstance(self.subject, Model) else kind_of(self.subject.recipe)

    @property
    def title(self) -> str:
        """Name of the coating or stem of the file, for the names of figures."""
        return self.subject.name if isinstance(self.subject, Model) else self.subject.id

    @property
    def elements(self) -> set[str]:
        """Elements of what is computed."""
        subject = self.subject
        return set(subject.symbols if isinstance(subject, Model) else elements_of(subject))

    @property
    def maker(self) -> ScreeningMaker:
        """The maker whose steps the task takes."""
        return ScreeningMaker(protocol=self.protocol)


def names_file(name: str) -> bool:
    """Tell a structure file from a coating: it is there, or its ending is no number as in `Li2SOx@2.5`."""
    path = Path(name)
    return path.is_file() or (bool(path.suffix.strip(".0123456789")) and not name.startswith(SMILES))


def find_subject(
    name: str,
    *,
    potential: str,
    protocol: Protocol,
    seed: int,
    kind: ModelKind | None,
    catalog: Path | None,
    trust: bool = False,
) -> Task:
    """Read a structure file, or find a coating, and check that the potential covers it.

    `trust` says that the user vouches for the potential's file.

    Raises
    ------
    StructureError
        If the file cannot be used, or there is neither such a file nor such a coating.
    PotentialError
        If the potential is not to be had or does not cover an element.
    """
    ref = choose_potential(potential, trusted=trust)
    if names_file(name):
        model = read_model(Path(name), kind=kind or ModelKind.CRYSTAL)
        check_elements(ref, set(model.symbols), where=name)
        subject: Subject = model
    else:
        if kind is not None:
            raise StructureError(
                f"--kind is for structure files; the catalog knows what {name} is",
                where="--kind",
                hint="leave it out",
            )
        coating = load_catalog(catalog).find(name)
        check_elements(ref, elements_of(coating), where=name)
        subject = coating
    return Task(name=name, subject=subject, potential=ref, protocol=protocol, seed=seed)


def find_film(
    name: str,
    *,
    potential: str | None,
    preset_name: Preset | None,
    seed: int | None,
    kind: ModelKind | None,
    catalog: Path | None,
    trust: bool,
) -> Task:
    """Find a film whose energies are asked for, with the defaults of the command line.

    Raises
    ------
    StructureError
        As `find_subject`, or if a file holds a slab or an interface.
    PotentialError
        As `find_subject`.
    """
    task = find_subject(
        name,
        potential=potential or DEFAULT_POTENTIAL,
        trust=trust,
        protocol=preset(preset_name or Preset.STANDARD),
        seed=seed or 0,
        kind=kind,
        catalog=catalog,
    )
    check_bulk(task)
    return task


def check_bulk(task: Task) -> None:
    """Make sure that a cell is one of the film itself, without surfaces.

    Raises
    ------
    StructureError
        If it is a slab or an interface: it holds surfaces, so that no energy per formula unit is the film's.
    """
    subject = task.subject
    if not isinstance(subject, Model):
        return
    room_A = max(_empty_A(subject, axis) for axis in range(3))
    if subject.kind in {ModelKind.SLAB, ModelKind.INTERFACE} or room_A > LARGEST_GAP_A:
        empty = f", empty over {room_A:.0f} Å" if room_A > LARGEST_GAP_A else ""
        raise StructureError(
            f"{task.name} is a slab or an interface{empty}: its energy is not that of the film",
            where=task.name,
            hint="give a periodic cell of the film; slabs are cut from it, as thick as the protocol says",
        )


def _empty_A(model: Model, axis: int) -> float:
    """Return the largest empty height between atoms along an axis of the cell, Å."""
    atoms = model.atoms
    levels = np.sort(atoms.get_scaled_positions(wrap=True)[:, axis])
    spacing_A = 1 / float(np.linalg.norm(atoms.cell.reciprocal()[axis]))
    return float(np.diff(np.append(levels, levels[0] + 1)).max()) * spacing_A


def run_task(task: Task, jobs: list[Job] | Flow, wanted: list[Job], db: Where, *, quiet: bool) -> list[Any]:
    """Run jobs, or a flow of them, with progress on stderr; return the outputs of the wanted ones."""
    display = StepDisplay(quiet=quiet)
    with display.shown():
        flow = jobs if isinstance(jobs, Flow) else Flow([*jobs], name=f"lithicoat on {task.name}")
        outputs = run_jobs(flow, db, display)
    return [outputs[job.uuid] for job in wanted]
