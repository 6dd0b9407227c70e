"""Dynamics of sheared cells: the mean volume at a temperature, and the stress of cells sheared both ways.

The cell expands at zero pressure, isotropically, and keeps its mean volume. Each shear is run in rounds. A
round takes up the positions of the last one and draws the momenta anew, which is exact at constant
temperature and mixes the vibrations of a stiff crystal. The two signs of a shear draw the same numbers, so
that part of their noise cancels. Finished rounds are kept in files: a killed run goes on with the one it was
in, from that one's checkpoint.
"""

import csv
import hashlib
import io
import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator
from ase.units import GPa
from numpy.typing import NDArray

from lithicoat.analysis.mechanics.thermal_elasticity import (
    PairModulus,
    ShearMode,
    ThermalShear,
    pair_modulus,
    thermal_shear,
)
from lithicoat.analysis.timeseries import FEWEST_SAMPLES as FEWEST
from lithicoat.analysis.timeseries import equilibrated_from, mean_with_error
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows import progress
from lithicoat.workflows.dynamics.checkpoint import write_atomically
from lithicoat.workflows.dynamics.running import DynamicsResult, run_dynamics
from lithicoat.workflows.dynamics.stages import NPT, NVT, Schedule
from lithicoat.workflows.dynamics.trajectory import read_trajectory
from lithicoat.workflows.dynamics.watch import watch_bonds
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import ThermalElasticSpec

__all__ = ["ROUNDS", "Expanded", "ShearBench"]

Array = NDArray[np.float64]
Shear = tuple[ShearMode, float]

ROUNDS = "rounds"
"""Folder of the finished rounds."""

SAMPLE_FS = 20.0
"""Time between samples of the stress, fs: several in a period of the vibrations that carry it."""
FEWEST_SAMPLES = 64
"""Samples in a round, at least: a short one is sampled more often."""
FEWEST_VOLUMES = 50
"""Samples of the volume, at least, if there are as many steps."""
LEAST_STEPS, MOST_STEPS = 10, 25
"""Steps between checkpoints: a hundredth of a round within these limits."""
BOX_DRIFTS = "the volume still drifted at the end of the expansion"


@dataclass(frozen=True, kw_only=True)
class Expanded:
    """A cell at its mean volume.

    Parameters
    ----------
    atoms : Atoms
        The relaxed cell, scaled.
    volume_A3, error_A3 : float
        Mean volume and its standard error, Å³.
    flags : tuple of str
        Caveats.
    """

    atoms: Atoms
    volume_A3: float
    error_A3: float
    flags: tuple[str, ...] = ()


@dataclass
class _Pair:
    """One shear of one magnitude: stresses of the mode, GPa, and the last positions, Å, by sign."""

    stresses_GPa: dict[int, list[Array]] = field(default_factory=lambda: {1: [], -1: []})
    positions_A: dict[int, Array] = field(default_factory=dict)

    def add(self, sign: int, stress_GPa: Array, positions_A: Array) -> None:
        """Append a round."""
        self.stresses_GPa[sign].append(stress_GPa)
        self.positions_A[sign] = positions_A

    def modulus(self, shear: Shear) -> PairModulus:
        """Return the modulus from all rounds."""
        mode, strain = shear
        plus, minus = (np.concatenate(self.stresses_GPa[sign]) for sign in (1, -1))
        return pair_modulus(mode, strain=strain, plus_GPa=plus, minus_GPa=minus)


@dataclass(frozen=True, kw_only=True)
class ShearBench:
    """One model, and what all of its runs have in common.

    Parameters
    ----------
    model : Model
        A relaxed cell; its bonds, if it has any, are watched.
    calculator : ase calculator
        Energies, forces and stress.
    spec : ThermalElasticSpec
        Temperature, shears, times, uncertainty.
    timestep_fs : float
        Time step in fs.
    seed : int
        Seed of momenta, thermostat and barostat.
    directory : Path
        Place of all files.
    potential : PotentialRef
        What moves the atoms, for the fingerprint of the files.
    """

    model: Model
    calculator: BaseCalculator
    spec: ThermalElasticSpec
    timestep_fs: float
    seed: int
    directory: Path
    potential: PotentialRef

    @property
    def rounds(self) -> int:
        """Rounds of a shear, at most."""
        return max(1, math.floor(self.spec.longest_ps / self.spec.production_ps + 1e-9))

    def expand(self) -> Expanded:
        """Find the mean volume at zero pressure and scale the relaxed cell to it.

        Raises
        ------
        RunError
            If the dynamics failed or a bond changed.
        """
        stage = NPT(duration_ps=self.spec.expansion_ps, temperature_K=self.spec.temperature_K)
        every = max(1, min(MOST_STEPS, stage.steps(self.timestep_fs) // FEWEST_VOLUMES))
        place = self.directory / "expansion"
        run = self._run(self.model.atoms, (stage,), place, seed=self._seed(0), checkpoint_steps=every)
        with run.thermo.open() as file:
            volumes = np.array([float(row["volume_A3"]) for row in csv.DictReader(file)])
        start = min(equilibrated_from(volumes), len(volumes) - FEWEST)
        mean = mean_with_error(volumes[start:])
        atoms = self.model.atoms
        scale = (mean.mean / atoms.get_volume()) ** (1 / 3)
        atoms.set_cell(atoms.cell.array * scale, scale_atoms=True)
        drifts = (BOX_DRIFTS,) if start > len(volumes) // 2 else ()
        return Expanded(atoms=atoms, volume_A3=mean.mean, error_A3=mean.error, flags=drifts)

    def measure(self, cell: Expanded) -> ThermalShear:
        """Shear in all modes, round after round, until the modulus is known or the budget is used up.

        Only the modes whose part of the uncertainty is too large go on.

        Raises
        ------
        RunError
            If the dynamics failed or a bond changed.
        """
        pairs: dict[Shear, _Pair] = {
            (mode, strain): _Pair()
            for mode in ShearMode.chosen(self.spec.shears)
            for strain in sorted(self.spec.strains)
        }
        wanting = ShearMode.chosen(self.spec.shears)
        for number in range(1, self.rounds + 1):
            shears = [shear for shear in pairs if shear[0] in wanting]
            for index, shear in enumerate(shears):
                label = f"{self._label}, round {number}"
                for sign in (1, -1):
                    progress.report(label, 2 * index + (sign < 0), 2 * len(shears), "runs")
                    with progress.listen(None):
                        self._shear(cell.atoms, shear, sign, pairs[shear], number)
                progress.report(label, 2 * (index + 1), 2 * len(shears), "runs")
            result = self._result(pairs, cell)
            wanting = result.wanting(self.spec.relative_error)
            if not wanting:
                return result
        spent = self.rounds * self.spec.production_ps
        return self._result(
            pairs, cell, f"noise above {self.spec.relative_error:.0%} when the {spent:g} ps were used up"
        )

    def _result(self, pairs: dict[Shear, _Pair], cell: Expanded, *flags: str) -> ThermalShear:
        return thermal_shear(
            [pair.modulus(shear) for shear, pair in pairs.items()],
            temperature_K=self.spec.temperature_K,
            isotropic=self.model.kind is not ModelKind.CRYSTAL,
            volume_error=cell.error_A3 / cell.volume_A3,
            flags=(*cell.flags, *flags),
        )

    def _shear(self, cell: Atoms, shear: Shear, sign: int, pair: _Pair, number: int) -> None:
        """Add a round to a pair: the one in its file, or else run it."""
        mode, strain = shear
        name = f"{mode.value} {sign * strain:+g} {number}"
        kept = self.directory / ROUNDS / f"{name}.npz"
        found = self._kept(kept)
        if found is None:
            strained = cell.copy()
            strained.set_cell(cell.cell.array @ (np.eye(3) + sign * strain * mode.tensor), scale_atoms=True)
            if number > 1:
                strained.positions = pair.positions_A[sign]
            seed = self._seed(number, list(ShearMode).index(mode), round(strain * 1e9))
            found = self._sampled(strained, mode, self.directory / name, seed=seed, first=number == 1)
            self._keep(kept, *found)
            shutil.rmtree(self.directory / name)
        pair.add(sign, *found)

    def _sampled(
        self, atoms: Atoms, mode: ShearMode, place: Path, *, seed: int, first: bool
    ) -> tuple[Array, Array]:
        """Run a round and return the stresses, GPa, shape (samples,), and the last positions, Å."""
        production = 1000 * self.spec.production_ps
        interval_fs = min(SAMPLE_FS, production / FEWEST_SAMPLES)
        sampling = NVT(
            duration_ps=self.spec.production_ps,
            temperature_K=self.spec.temperature_K,
            frame_steps=max(1, round(interval_fs / self.timestep_fs)),
        )
        settling = NVT(duration_ps=self.spec.equilibration_ps, temperature_K=self.spec.temperature_K)
        run = self._run(
            atoms,
            (settling, sampling) if first else (sampling,),
            place,
            seed=seed,
            checkpoint_steps=max(LEAST_STEPS, min(MOST_STEPS, sampling.steps(self.timestep_fs) // 100)),
            mode=mode,
        )
        if run.trajectory is None:
            raise RunError(f"{self._label}: no frames were stored in {place}", where=str(place))
        return read_trajectory(run.trajectory).observed[:, 0].copy(), run.atoms.get_positions()

    def _run(
        self,
        atoms: Atoms,
        schedule: Schedule,
        place: Path,
        *,
        seed: int,
        checkpoint_steps: int,
        mode: ShearMode | None = None,
    ) -> DynamicsResult:
        place.mkdir(parents=True, exist_ok=True)
        watcher = watch_bonds(self.model)

        def stress(now: Atoms) -> Sequence[float]:
            return () if mode is None else (float(mode.stress(now.get_stress(voigt=False))) / GPa,)

        return run_dynamics(
            atoms,
            self.calculator,
            schedule,
            timestep_fs=self.timestep_fs,
            seed=seed,
            directory=place,
            label=self._label,
            checkpoint_steps=checkpoint_steps,
            watchers=() if watcher is None else (watcher,),
            potential=self.potential.sha256,
            observe=stress if mode is not None else None,
        )

    @property
    def _label(self) -> str:
        return f"{self.model.name} {self.spec.temperature_K:g} K"

    def _seed(self, *what: int) -> int:
        return int(np.random.SeedSequence([self.seed, *what]).generate_state(1)[0])

    @property
    def _fingerprint(self) -> str:
        numbers = self.spec.model_dump(mode="json", exclude={"in_screen", "longest_ps", "relative_error"})
        inputs = [self.model.content_hash, self.potential.content_hash, numbers, self.timestep_fs, self.seed]
        return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()

    def _kept(self, file: Path) -> tuple[Array, Array] | None:
        """Read a finished round of this computation; None if there is none."""
        if not file.is_file():
            return None
        with np.load(file) as stored:
            if str(stored["fingerprint"]) != self._fingerprint:
                return None
            return stored["stress_GPa"], stored["positions_A"]

    def _keep(self, file: Path, stress_GPa: Array, positions_A: Array) -> None:
        buffer = io.BytesIO()
        np.savez(
            buffer,
            fingerprint=np.array(self._fingerprint),
            stress_GPa=stress_GPa,
            positions_A=positions_A,
        )
        file.parent.mkdir(exist_ok=True)
        write_atomically(file, buffer.getvalue())
