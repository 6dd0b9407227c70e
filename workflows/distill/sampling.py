"""Configurations to be labelled: displaced, strained and moving models."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from jobflow import Maker
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.distill.checks import nearest_contact
from lithicoat.workflows.distill.frames import FrameFile, read_frames, write_frames
from lithicoat.workflows.dynamics.running import run_dynamics
from lithicoat.workflows.dynamics.stages import NVT, Schedule, Settle
from lithicoat.workflows.dynamics.trajectory import TRAJECTORY, read_trajectory
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef, check_elements
from lithicoat.workflows.steps import science_job, step_directory

__all__ = [
    "DynamicsSampleMaker",
    "DynamicsSpec",
    "RattleMaker",
    "RattleSpec",
    "SampleDocument",
    "StrainMaker",
    "StrainSpec",
    "family_of",
    "models_of_file",
    "sampled",
]

Array = NDArray[np.float64]

CLOSEST = 0.6
"""Frames with a pair nearer than this multiple of the sum of covalent radii are dropped, unless a spec says
otherwise."""
NAMED = 3
"""Dropped frames that a note names."""


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    closest: float = Field(
        CLOSEST, gt=0, le=1, description="Smallest allowed distance over the sum of covalent radii."
    )


class RattleSpec(_Spec):
    """Random displacements of all atoms."""

    amplitudes_A: tuple[float, ...] = Field(
        (0.02, 0.05, 0.1, 0.2), min_length=1, description="Standard deviations of each coordinate, Å."
    )
    frames_per_amplitude: int = Field(3, ge=1, description="Configurations of each amplitude.")


class StrainSpec(_Spec):
    """Random homogeneous strains, with small displacements on half of the cells."""

    frames: int = Field(12, ge=1, description="Strained configurations; the unstrained one comes on top.")
    volume: float = Field(0.06, ge=0, lt=0.5, description="Largest relative change of the volume.")
    shear: float = Field(0.02, ge=0, lt=0.3, description="Largest component of the traceless strain.")
    rattle_A: float = Field(0.01, ge=0, description="Displacements of every other configuration, Å.")


class DynamicsSpec(_Spec):
    """Snapshots of molecular dynamics at constant volume."""

    temperatures_K: tuple[float, ...] = Field((300.0, 900.0), min_length=1, description="One run each, K.")
    duration_ps: float = Field(2.0, gt=0, description="Length of a run, after its equilibration, ps.")
    equilibration_ps: float = Field(0.1, ge=0, description="Time before the first snapshot, ps.")
    stride_fs: float = Field(50.0, gt=0, description="Time between snapshots, fs.")
    timestep_fs: float = Field(1.0, gt=0, description="Time step without hydrogen, fs.")
    hydrogen_timestep_fs: float = Field(0.5, gt=0, description="Time step with hydrogen, fs.")
    settle: bool = Field(True, description="Take the worst forces out of a packed cell first.")


class SampleDocument(BaseModel):
    """A file of configurations."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: FrameFile
    dropped: int = Field(ge=0, description="Configurations left out because atoms were too close.")
    notes: tuple[str, ...] = Field((), description="What a reader should know.")


@dataclass
class RattleMaker(Maker):
    """Displace the atoms of models at random.

    Parameters
    ----------
    spec : RattleSpec
        How far and how often.
    seed : int
        Seed of the displacements.
    name : str
        Name of the job.
    """

    spec: RattleSpec
    seed: int
    name: str = "rattle"

    @science_job(SampleDocument, version="1")
    def make(self, models: list[Model]) -> SampleDocument:
        """Displace; each model is one source."""
        rng, frames = np.random.default_rng(self.seed), []
        for model in models:
            for amplitude in self.spec.amplitudes_A:
                for _ in range(self.spec.frames_per_amplitude):
                    atoms = model.atoms
                    atoms.positions += rng.normal(scale=amplitude, size=(len(atoms), 3))
                    frames.append(
                        _signed(atoms, model, source=source_of(model), note=f"rattle {amplitude:g} A")
                    )
        return sampled(frames, closest=self.spec.closest)


@dataclass
class StrainMaker(Maker):
    """Strain models at random: volume and shape.

    Parameters
    ----------
    spec : StrainSpec
        How much and how often.
    seed : int
        Seed of strains and displacements.
    name : str
        Name of the job.
    """

    spec: StrainSpec
    seed: int
    name: str = "strain"

    @science_job(SampleDocument, version="1")
    def make(self, models: list[Model]) -> SampleDocument:
        """Strain; each model is one source, of the family "elastic"."""
        rng, frames = np.random.default_rng(self.seed), []
        for model in models:
            strains = [np.zeros((3, 3)), *(_strain(self.spec, rng) for _ in range(self.spec.frames))]
            for number, strain in enumerate(strains):
                atoms = model.atoms
                atoms.set_cell(atoms.cell.array @ (np.eye(3) + strain), scale_atoms=True)
                amplitude = self.spec.rattle_A if number % 2 else 0.0
                atoms.positions += rng.normal(scale=amplitude, size=(len(atoms), 3))
                note = f"volume {np.linalg.det(np.eye(3) + strain) - 1:+.3f}, rattle {amplitude:g} A"
                frames.append(_signed(atoms, model, source=source_of(model), note=note, family="elastic"))
        return sampled(frames, closest=self.spec.closest)


@dataclass
class DynamicsSampleMaker(Maker):
    """Take snapshots of molecular dynamics of a model.

    Parameters
    ----------
    spec : DynamicsSpec
        Temperatures, times.
    seed : int
        Seed of the dynamics.
    name : str
        Name of the job.
    """

    spec: DynamicsSpec
    seed: int
    name: str = "dynamics"

    @science_job(SampleDocument, version="1")
    def make(self, model: Model, potential: PotentialRef) -> SampleDocument:
        """Run one trajectory per temperature; each is one source.

        A trajectory that breaks gives the frames before the break: a young potential shows there what it
        has to learn. A killed run goes on from its last checkpoint.

        Raises
        ------
        PotentialError
            If the potential does not cover an element.
        RunError
            If no trajectory gave a frame.
        """
        check_elements(potential, model.symbols, where=model.name)
        frames: list[Atoms] = []
        notes: list[str] = []
        for number, temperature in enumerate(self.spec.temperatures_K):
            source = f"{source_of(model)}-{temperature:g}K-s{self.seed}-{potential.sha256[:6]}"
            directory = step_directory() / f"{number}-{temperature:g}K"
            directory.mkdir(exist_ok=True)
            found, broken = self._snapshots(model, potential, temperature, directory)
            if broken:
                notes.append(broken)
            frames += [
                _signed(atoms, model, source=source, note=f"MD {temperature:g} K, {time_ps:.3f} ps")
                for time_ps, atoms in found
            ]
        return sampled(frames, closest=self.spec.closest, notes=notes)

    def _snapshots(
        self, model: Model, potential: PotentialRef, temperature_K: float, directory: Path
    ) -> tuple[list[tuple[float, Atoms]], str | None]:
        """Return the frames of one run with their times, and why it broke, if it did."""
        spec = self.spec
        timestep = spec.hydrogen_timestep_fs if "H" in model.symbols else spec.timestep_fs
        every = max(1, round(spec.stride_fs / timestep))
        broken = None
        try:
            run_dynamics(
                model.atoms,
                calculator(potential),
                _schedule(spec, temperature_K, every),
                timestep_fs=timestep,
                seed=self.seed,
                directory=directory,
                label=f"{model.name} {temperature_K:g} K",
                potential=potential.sha256,
            )
        except RunError as error:
            broken = error.message
        stored = directory / TRAJECTORY
        if not stored.is_file():
            return [], broken
        frames, found = read_trajectory(stored), []
        # The first frame is the start, and the same at all temperatures.
        for time_ps, positions in zip(frames.times_ps[1:].tolist(), frames.positions(1), strict=True):
            atoms = model.atoms
            atoms.positions = positions
            found.append((time_ps, atoms))
        return found, broken


def sampled(frames: Sequence[Atoms], *, closest: float, notes: Sequence[str] = ()) -> SampleDocument:
    """Drop configurations with atoms too close and write the others into the step's directory.

    Raises
    ------
    RunError
        If nothing is left.
    """
    kept, near = [], []
    for atoms in frames:
        contact = nearest_contact(atoms, within=closest)
        if contact is None:
            kept.append(atoms)
        else:
            near.append(f"{atoms.info['source']} ({atoms.info['note']}): {contact[1]}")
    if not kept:
        told = "; ".join([*near[:NAMED], *notes[:NAMED]])
        raise RunError(
            f"sampling gave no configuration to keep{': ' + told if told else ''}",
            where=str(step_directory()),
            hint="smaller displacements, lower temperatures or another potential",
        )
    said = list(notes)
    if near:
        others = f" and {len(near) - NAMED} more" if len(near) > NAMED else ""
        named = "; ".join(near[:NAMED])
        said.append(f"{len(near)} of {len(frames)} dropped, atoms too close: {named}{others}")
    file = write_frames(step_directory() / "configurations.extxyz", kept)
    return SampleDocument(file=file, dropped=len(near), notes=tuple(said))


def models_of_file(path: Path, *, kind: ModelKind = ModelKind.CRYSTAL) -> list[Model]:
    """Take every frame of a file as a model; they must be periodic.

    Raises
    ------
    UsageError
        If the file cannot be read, or a frame is not periodic in three directions.
    """
    from lithicoat.workflows.errors import UsageError

    models = []
    for number, atoms in enumerate(read_frames(path), start=1):
        if not atoms.pbc.all() or atoms.cell.rank < 3:
            raise UsageError(
                f"frame {number} of {path} is not periodic in three directions",
                where=str(path),
                hint="give a cell with three vectors",
            )
        name = f"{atoms.info['source']}-{number}".replace("/", "-")
        models.append(
            Model.from_atoms(atoms, name=name, kind=kind, recipe={"builder": "file", "file": path.name})
        )
    return models


def family_of(model: Model) -> str:
    """Return the family of a model's configurations: its kind."""
    return model.kind.value


def source_of(model: Model) -> str:
    """Name what the configurations of a model stem from; replicas have names of their own."""
    return model.name if model.seed is None else f"{model.name}-{model.seed}"


def _signed(atoms: Atoms, model: Model, *, source: str, note: str, family: str | None = None) -> Atoms:
    atoms.wrap()
    atoms.info = {"family": family or family_of(model), "source": source, "note": note}
    return atoms


def _strain(spec: StrainSpec, rng: np.random.Generator) -> Array:
    """Draw a symmetric strain: traceless within `shear`, and the volume within `volume`."""
    components = rng.uniform(-spec.shear, spec.shear, size=(3, 3))
    shape = (components + components.T) / 2
    shape -= np.eye(3) * np.trace(shape) / 3
    stretch = (1 + rng.uniform(-spec.volume, spec.volume)) / np.linalg.det(np.eye(3) + shape)
    return np.asarray((np.eye(3) + shape) * stretch ** (1 / 3) - np.eye(3))


def _schedule(spec: DynamicsSpec, temperature_K: float, every: int) -> Schedule:
    warm = (
        (NVT(duration_ps=spec.equilibration_ps, temperature_K=temperature_K),)
        if spec.equilibration_ps
        else ()
    )
    run = NVT(duration_ps=spec.duration_ps, temperature_K=temperature_K, frame_steps=every)
    return (*((Settle(),) if spec.settle else ()), *warm, run)
