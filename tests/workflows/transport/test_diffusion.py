"""The ladder of temperatures on cheap model potentials, and diffusion that no thermostat biases."""

import json
from pathlib import Path

import numpy as np
import pytest
from ase import units
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.emt import EMT
from ase.md.verlet import VelocityVerlet
from jobflow import run_locally

from lithicoat.analysis.errors import DataError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.dynamics.running import run_dynamics
from lithicoat.workflows.dynamics.stages import NVT
from lithicoat.workflows.dynamics.trajectory import read_trajectory
from lithicoat.workflows.potentials.registry import register
from lithicoat.workflows.protocols import DiffusionSpec
from lithicoat.workflows.storage import open_store
from lithicoat.workflows.transport import diffusion
from lithicoat.workflows.transport.diffusion import (
    DiffusionDocument,
    DiffusionMaker,
    LadderDocument,
    fit_ladder,
    production_schedule,
)

SPEC = DiffusionSpec(
    crystal_temperatures_K=(600, 300),
    amorphous_temperatures_K=(500,),
    molecular_temperatures_K=(400, 450, 500),
    equilibration_ps=0.1,
    production_ps=1.0,
    longest_ps=1.0,
    checkpoint_ps=0.01,
    timestep_fs=4.0,
    hydrogen_timestep_fs=1.0,
    frame_fs=20,
)


def salt():
    return Model.from_atoms(bulk("LiF", "rocksalt", a=4.03, cubic=True), name="LiF", kind=ModelKind.CRYSTAL)


class Wells(Calculator):
    """Every atom in its own harmonic well, so nothing ever diffuses."""

    implemented_properties = ("energy", "forces")

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        shift = atoms.positions - salt().atoms.positions
        self.results = {"energy": 2.0 * (shift**2).sum(), "forces": -4.0 * shift}


class Exploding(Wells):
    """Wells that turn to nonsense in cells hotter than 500 K."""

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        if atoms.get_kinetic_energy() > 1.5 * (len(atoms) - 1) * units.kB * 500:
            self.results["forces"] = np.full((len(atoms), 3), np.nan)


@pytest.fixture
def wells():
    return register("wells", Wells, elements=["Li", "F"])


def test_a_vibrating_crystal_gives_a_bound_and_its_frames(wells, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    document = DiffusionMaker.make.original(DiffusionMaker(spec=SPEC), salt(), wells, 600.0, 3)
    assert document.framework_held
    assert not document.result.diffusivity.resolved
    assert document.frames == 51
    assert document.steps == 25 + 250
    assert document.timestep_fs == 4.0
    assert document.mean_temperature_K == pytest.approx(600, rel=0.2)
    frames, header = read_trajectory(tmp_path.parent / document.trajectory)
    assert frames.shape == (51, 8, 3)
    assert header.frame_interval_ps == pytest.approx(0.02)
    assert header.potential == wells.sha256
    assert header.seed == 3
    assert len(document.trajectory_sha256) == 64
    assert DiffusionDocument.model_validate(json.loads(document.model_dump_json())) == document


def test_a_changed_bond_ends_the_run_but_not_the_film(wells, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    reasons = iter([None, None, "bond C3-O7 broke"])
    monkeypatch.setattr(diffusion, "watch_bonds", lambda _: lambda _: next(reasons))
    document = DiffusionMaker.make.original(DiffusionMaker(spec=SPEC), salt(), wells, 600.0, 3)
    assert document.framework_held is False
    assert document.framework_reason.startswith("bond C3-O7 broke at 0.100 ps")
    assert document.result is document.trajectory is None
    assert document.steps == 25


def test_a_cell_without_lithium_is_refused_before_it_costs_anything(wells, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(diffusion, "run_dynamics", None)
    model = salt().model_copy(update={"symbols": ("F",) * 8})
    with pytest.raises(DataError, match="there is no Li among the atoms"):
        DiffusionMaker.make.original(DiffusionMaker(spec=SPEC), model, wells, 600.0, 3)


def test_the_ladder_has_the_temperatures_of_its_kind(wells):
    maker = DiffusionMaker(spec=SPEC)
    flow = maker.ladder(salt(), wells, ModelKind.MOLECULAR, 0, name="LiGL")
    assert [job.name for job in flow.jobs] == [
        "LiGL diffusion 400 K",
        "LiGL diffusion 450 K",
        "LiGL diffusion 500 K",
        "LiGL diffusion fit",
    ]


def test_frames_are_as_far_apart_as_asked():
    spec = SPEC.model_copy(update={"frame_fs": 50.0})
    for timestep_fs in (0.5, 1.0, 2.0):
        stages = production_schedule(spec, temperature_K=500, timestep_fs=timestep_fs)
        assert stages[0].frame_steps is None
        assert stages[1].frame_steps * timestep_fs == 50


def test_a_ladder_runs_through_the_store_and_is_reused(wells, tmp_path):
    store = open_store(tmp_path)
    ladders = []
    for _ in range(2):
        flow = DiffusionMaker(spec=SPEC).ladder(salt(), wells, ModelKind.CRYSTAL, 5)
        responses = run_locally(flow, store=store, ensure_success=True, log=False)
        ladders.append(LadderDocument.model_validate(responses[flow.jobs[-1].uuid][1].output))
    first, again = ladders
    assert first == again
    assert [run.temperature_K for run in first.temperatures] == [300, 600]
    assert len({run.seed for run in first.temperatures}) == 2
    assert first.highest_stable_temperature_K == 600
    assert first.arrhenius.diffusivity_298K.bound is not None
    for run in first.temperatures:
        assert (tmp_path / "steps" / run.trajectory).is_file()
    assert store.count({"metadata.reused": True}) == 3


def test_a_failed_temperature_does_not_take_the_others_along(tmp_path):
    potential = register("exploding", Exploding, elements=["Li", "F"])
    flow = DiffusionMaker(spec=SPEC.model_copy(update={"crystal_temperatures_K": (200.0, 2000.0)})).ladder(
        salt(), potential, ModelKind.CRYSTAL, 5
    )
    responses = run_locally(flow, store=open_store(tmp_path), log=False)
    ladder = LadderDocument.model_validate(responses[flow.jobs[-1].uuid][1].output)
    assert [run.temperature_K for run in ladder.temperatures] == [200]
    assert ladder.failed == 1
    assert (next(Path(tmp_path / "steps").glob("*/broken.extxyz"))).is_file()


def test_a_ladder_of_failures_is_empty():
    ladder = fit_ladder.original([None, None])
    assert ladder.temperatures == ()
    assert ladder.failed == 2
    assert ladder.arrhenius is None
    assert ladder.highest_stable_temperature_K is None


def stopped(temperature_K):
    return DiffusionDocument(
        temperature_K=temperature_K,
        mean_temperature_K=None,
        framework_held=False,
        framework_reason="bond C3-O7 broke",
        result=None,
        trajectory=None,
        trajectory_sha256=None,
        frames=0,
        steps=10,
        timestep_fs=1,
        thermostat_ps=0.1,
        seed=0,
    )


def test_a_ladder_whose_bonds_all_broke_has_no_fit_and_says_where():
    ladder = fit_ladder.original([stopped(500), stopped(400), None])
    assert ladder.arrhenius is None
    assert ladder.highest_stable_temperature_K is None
    assert [run.temperature_K for run in ladder.temperatures] == [400, 500]
    assert ladder.failed == 1


def test_a_temperature_is_stable_if_every_replica_is(wells, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spec = SPEC.model_copy(update={"production_ps": 0.5, "longest_ps": 0.5, "checkpoint_ps": 0.005})
    held = DiffusionMaker.make.original(DiffusionMaker(spec=spec), salt(), wells, 400.0, 1)
    hotter = held.model_copy(update={"temperature_K": 500.0})
    ladder = fit_ladder.original([held, hotter, stopped(500)])
    assert ladder.highest_stable_temperature_K == 400
    assert ladder.failed == 0


def self_diffusion(frames, interval_ps):
    """D in Å²/ps from the mean squared displacement between 1 and 2 ps."""
    frames = np.asarray(frames, dtype=float)
    lags = np.arange(round(1 / interval_ps), round(2 / interval_ps))
    msd = [np.mean(((frames[lag:] - frames[:-lag]) ** 2).sum(axis=2)) for lag in lags]
    return np.polyfit(lags * interval_ps, msd, 1)[0] / 6


@pytest.mark.slow
def test_the_thermostat_leaves_the_diffusion_of_a_liquid_alone(tmp_path):
    """Liquid copper with EMT at 1800 K, against runs at constant energy begun from the same liquid."""
    atoms = bulk("Cu", cubic=True, a=3.9) * (2, 2, 2)
    with_thermostat, without = [], []
    for seed in range(4):
        directory = tmp_path / str(seed)
        directory.mkdir()
        schedule = (
            NVT(duration_ps=2, temperature_K=3000, end_temperature_K=1800),
            NVT(duration_ps=1, temperature_K=1800),
            NVT(duration_ps=8, temperature_K=1800, frame_steps=10),
        )
        run = run_dynamics(
            atoms, EMT(), schedule, timestep_fs=5, seed=seed, directory=directory, checkpoint_steps=1000
        )
        frames, header = read_trajectory(run.trajectory)
        with_thermostat.append(self_diffusion(frames, header.frame_interval_ps))
        free, stored = run.atoms.copy(), []
        free.calc = EMT()
        dynamics = VelocityVerlet(free, 5 * units.fs)
        dynamics.attach(lambda free=free, stored=stored: stored.append(free.get_positions()), interval=10)
        dynamics.run(1600)
        temperature = free.get_kinetic_energy() / (1.5 * (len(free) - 1) * units.kB)
        assert temperature > 1000
        without.append(self_diffusion(stored, 0.05))
    difference = np.mean(with_thermostat) - np.mean(without)
    error = np.hypot(np.std(with_thermostat, ddof=1), np.std(without, ddof=1)) / 2
    assert abs(difference) < 3 * error
    assert error < 0.15 * np.mean(without)  # a thermostat that halves D would be seen
