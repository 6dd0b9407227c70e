"""Reactive dynamics: a film under O2, or on an electrode that may give its oxygen to it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.oxygen.kinetics import FirstOrder, first_order_rate, sticking_probability
from lithicoat.analysis.oxygen.species import REACTED, TAKEN_UP, Census, Source, take_census
from lithicoat.analysis.oxygen.uptake import UptakeCurve, capture_times, releases, uptake_curve
from lithicoat.analysis.properties import Property
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.surfaces.film_slabs import film_slab
from lithicoat.structures.surfaces.gas import with_oxygen
from lithicoat.structures.surfaces.interfaces import report_of
from lithicoat.workflows.dynamics.running import DynamicsResult, run_dynamics
from lithicoat.workflows.dynamics.stages import NVT, Schedule, Settle
from lithicoat.workflows.dynamics.trajectory import Frames, read_trajectory
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials.calculators import Precision, calculator
from lithicoat.workflows.potentials.judging import outside
from lithicoat.workflows.potentials.registry import PotentialRef, check_elements, sha256_of_file
from lithicoat.workflows.protocols import UptakeSpec
from lithicoat.workflows.steps import science_job, step_directory

__all__ = ["UptakeDocument", "UptakeMaker", "reactive_cell", "source_of", "uptake_properties"]

HOTTER = 1.1
"""A mean temperature this much above what was asked for is told: the heat of reaction drives the reaction."""


_NO_GAS = Property.missing("1", "the oxygen comes from an electrode, not a gas")


class UptakeDocument(BaseModel):
    """A film that was given oxygen."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: Model = Field(description="The last frame: film first, then gas; or electrode first, then film.")
    potential: PotentialRef
    curve: UptakeCurve = Field(description="Oxygen taken up, and species, against time.")
    kinetics: FirstOrder = Field(description="First-order rate of uptake per O2, or per electrode oxygen.")
    reaction: FirstOrder = Field(
        description="First-order rate at which O2, or an electrode oxygen, becomes oxide or bonds to sulfur "
        "or another non-metal of the film."
    )
    releases: int = Field(ge=0, description="How often oxygen that was taken up was let go again.")
    sticking: Property = Field(description="Share of collisions of O2 with the film that end in uptake, 1.")
    temperature_K: float = Field(gt=0, description="Target temperature, K.")
    mean_temperature_K: float = Field(description="Mean kinetic temperature of the stored frames, K.")
    hottest_K: float = Field(description="Highest kinetic temperature of a stored frame, K.")
    energy_eV: tuple[float, float] = Field(description="Potential energy of the first and last frame, eV.")
    trajectory: str = Field(description="File of the frames, relative to the directory of all steps.")
    trajectory_sha256: str = Field(description="sha256 of that file.")
    frames: int = Field(gt=0, description="Number of frames.")
    steps: int = Field(gt=0, description="Time steps.")
    timestep_fs: float = Field(gt=0, description="Time step, fs.")
    seed: int = Field(description="Seed of gas, momenta and thermostat.")
    flags: tuple[str, ...] = Field((), description="What a reader must know of all numbers of the run.")


@dataclass
class UptakeMaker(Maker):
    """Reactive dynamics of a film with oxygen, at constant volume.

    No bond and no framework is watched: reactions are what the run is for. A cell that explodes, drifts in
    energy or holds coinciding nuclei still ends it.

    Parameters
    ----------
    spec : UptakeSpec
        Size, temperature, times.
    guard : str or None
        Content hash of the potential's guard, from `potentials.judging.guard_hash`.
    name : str
        Name of the job.
    """

    spec: UptakeSpec
    guard: str | None = None
    name: str = "uptake"

    @science_job(UptakeDocument, version="1")
    def make(self, film: Model, potential: PotentialRef, seed: int) -> UptakeDocument:
        """Let a film react.

        Parameters
        ----------
        film : Model
            A relaxed or annealed cell of the film, of which a slab is cut and put under O2; a slab, which is
            put under O2 as it is; or an interface with an electrode, whose own oxygen may cross into it.
        potential : PotentialRef
            Covers film, oxygen and electrode.
        seed : int
            Seed of gas, momenta and thermostat.

        Raises
        ------
        PotentialError
            If the potential does not cover oxygen or another element.
        StructureError
            If no slab can be cut within the limits, or the gas has no room.
        RunError
            If the dynamics broke down.
        """
        check_elements(potential, {*film.symbols, "O"}, where=film.name)
        start = reactive_cell(film, self.spec, seed=seed)
        result = self._run(start, potential, seed=seed)
        if result.trajectory is None:  # the last stage stores frames, so there are some
            raise RunError(f"{film.name} {self.name} left no frames", where=str(step_directory()))
        frames = read_trajectory(result.trajectory)
        end = start.with_atoms(
            _wrapped(result.atoms), step="uptake", potential=potential.id, length_ps=self.spec.length_ps
        )
        return UptakeDocument(
            model=end,
            potential=potential,
            energy_eV=(float(frames.energies_eV[0]), float(frames.energies_eV[-1])),
            flags=self._flags(start, end, frames, potential),
            seed=seed,
            steps=sum(report.steps for report in result.reports),
            **_species(start, frames, self.spec),
            **_facts(frames, self.spec),
        )

    def _run(self, start: Model, potential: PotentialRef, *, seed: int) -> DynamicsResult:
        spec = self.spec
        return run_dynamics(
            start.atoms,
            calculator(potential, precision=Precision.SINGLE),
            _schedule(spec),
            timestep_fs=spec.timestep_fs,
            seed=seed,
            directory=step_directory(),
            label=f"{start.name} {self.name} {spec.temperature_K:g} K",
            checkpoint_steps=max(1, round(spec.checkpoint_ps * 1000 / spec.timestep_fs)),
            potential=potential.sha256,
        )

    def _flags(self, start: Model, end: Model, frames: Frames, potential: PotentialRef) -> tuple[str, ...]:
        flags = []
        mean_K, asked_K = float(frames.temperatures_K.mean()), self.spec.temperature_K
        if mean_K > HOTTER * asked_K:
            flags.append(f"heat of reaction: {mean_K:.0f} K on average, {asked_K:g} K asked for")
        for model, when in ((start, "before"), (end, "after")):
            label = f"{model.name} {when} uptake"
            flags.append(outside(model.atoms, label, potential, guard=self.guard) or "")
        return tuple(flag for flag in flags if flag)


def reactive_cell(film: Model, spec: UptakeSpec, *, seed: int) -> Model:
    """Return the cell that reacts: a slab of the film under O2, or an interface as it is.

    Raises
    ------
    StructureError
        If no slab can be cut within the limits, the gas has no room, or an interface holds no oxygen on its
        electrode.
    """
    if film.kind is ModelKind.INTERFACE:
        if not source_of(film).oxygens:
            raise StructureError(
                f"the electrode of {film.name} holds no oxygen that could cross", where=film.name
            )
        return film
    slab = film
    if film.kind is not ModelKind.SLAB:
        slab = film_slab(
            film,
            thickness_A=spec.thickness_A,
            width_A=spec.width_A,
            vacuum_A=spec.vacuum_A,
            max_atoms=spec.max_atoms,
        )
    return with_oxygen(slab, molecules=spec.o2_molecules, seed=seed)


def source_of(model: Model) -> Source:
    """Return the oxygens of a cell that are not the film's own: those of its gas, or of its electrode."""
    if model.kind is ModelKind.INTERFACE:
        electrode = tuple(range(report_of(model).electrode_atoms))
        return Source(tuple(atom for atom in electrode if model.symbols[atom] == "O"), electrode)
    return Source(tuple(range(model.recipe["gas"]["first_atom"], len(model.symbols))))


def uptake_properties(document: UptakeDocument) -> dict[str, Property]:
    """Return what a run found, by the names of a record.

    Of a film under O2: oxygen_uptake (O2/nm2), oxygen_uptake_rate and oxygen_reaction_rate (1/ps, per O2) and
    oxygen_sticking (1). Of a film on an electrode: oxygen_crossing (O2/nm2, two atoms counted as one O2) and
    oxygen_crossing_rate (1/ps, per oxygen of the electrode).
    """
    uptake, rate = document.curve.uptake(), document.kinetics.rate
    if document.releases:
        held = f"reversible: oxygen that was held was let go again {document.releases} times"
        uptake, rate = uptake.flagged(held), rate.flagged(held)
    if document.curve.gas:
        found = {
            "oxygen_uptake": uptake,
            "oxygen_uptake_rate": rate,
            "oxygen_reaction_rate": document.reaction.rate,
            "oxygen_sticking": document.sticking,
        }
    else:
        found = {"oxygen_crossing": uptake, "oxygen_crossing_rate": rate}
    told = f"reactive MD at {document.temperature_K:g} K; the potential's own barriers, of unknown error"
    return {name: quantity.flagged(told, *document.flags) for name, quantity in found.items()}


def _schedule(spec: UptakeSpec) -> Schedule:
    frame_steps = max(1, round(spec.frame_fs / spec.timestep_fs))
    return (
        Settle(),
        NVT(duration_ps=spec.length_ps, temperature_K=spec.temperature_K, frame_steps=frame_steps),
    )


def _species(start: Model, frames: Frames, spec: UptakeSpec) -> dict[str, Any]:
    """Recognise the species of all frames and put them together: the fields of the document."""
    source, interval_ps = source_of(start), frames.header.frame_interval_ps
    area_A2, volume_A3 = _geometry(start)
    censuses: list[Census] = [
        take_census(start.symbols, positions, frames.header.cell_A, source)
        for block in frames.blocks()
        for positions in block
    ]
    duration_ps = (len(frames) - 1) * interval_ps
    kinetics, reaction = (
        first_order_rate(
            capture_times(censuses, source, interval_ps=interval_ps, states=states), duration_ps=duration_ps
        )
        for states in (TAKEN_UP, REACTED)
    )
    return {
        "curve": uptake_curve(
            censuses, source, interval_ps=interval_ps, area_nm2=area_A2 / 100, volume_nm3=volume_A3 / 1000
        ),
        "kinetics": kinetics,
        "reaction": reaction,
        "releases": releases(censuses, source, interval_ps=interval_ps),
        "sticking": _sticking(start, kinetics.rate, area_A2, spec) if source.gas else _NO_GAS,
    }


def _sticking(start: Model, rate: Property, area_A2: float, spec: UptakeSpec) -> Property:
    return sticking_probability(
        rate,
        gas_volume_nm3=start.recipe["gas"]["volume_A3"] / 1000,
        area_nm2=area_A2 / 100,
        temperature_K=spec.temperature_K,
    )


def _geometry(model: Model) -> tuple[float, float]:
    """Return the surface that oxygen can reach, Å², and the volume of the film, Å³."""
    if model.kind is ModelKind.INTERFACE:
        report = report_of(model)
        return report.area_A2 * report.interfaces, report.area_A2 * report.film_thickness_A
    area = float(np.linalg.norm(np.cross(*model.atoms.cell.array[:2])))
    thickness = model.recipe.get("thickness_A") or _height(model)
    return 2 * area, area * float(thickness)


def _height(model: Model) -> float:
    heights = np.array(model.positions_A)[: model.recipe["gas"]["first_atom"], 2]
    return float(np.ptp(heights))


def _facts(frames: Frames, spec: UptakeSpec) -> dict[str, Any]:
    return {
        "temperature_K": spec.temperature_K,
        "mean_temperature_K": float(frames.temperatures_K.mean()),
        "hottest_K": float(frames.temperatures_K.max()),
        "trajectory": f"{frames.path.parent.name}/{frames.path.name}",
        "trajectory_sha256": sha256_of_file(frames.path),
        "frames": len(frames),
        "timestep_fs": spec.timestep_fs,
    }


def _wrapped(atoms: Atoms) -> Atoms:
    work: Atoms = atoms.copy()
    work.set_constraint()
    work.wrap()
    return work
