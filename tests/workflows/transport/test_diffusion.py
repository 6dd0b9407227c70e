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
from jobflow import Flow, run_locally

from lithicoat.analysis.errors import DataError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.dynamics.running import run_dynamics
from lithicoat.workflows.dynamics.stages import NVT
from lithicoat.workflows.dynamics.trajectory import read_trajectory
from lithicoat.workflows.potentials.registry import register
from lithicoat.workflows.protocols import DiffusionSpec
from lithicoat.workflows.storage import open_store
from lithicoat.workflows.transport import diffusion, following
from lithicoat.workflows.transport.diffusion import (
    DiffusionDocument,
    DiffusionMaker,
    Ending,
    LadderDocument,
    fit_ladder,
    production_schedule,
)
from lithicoat.workflows.transport.following import Following

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


def shifts(atoms, sites_A):
    """Displacements from sites that move with the centre of mass, which the dynamics keeps at rest."""
    apart = atoms.positions - sites_A
    return apart - atoms.get_masses() @ apart / atoms.get_masses().sum()


def balanced(atoms, forces):
    """Forces of a field that moves with the centre of mass."""
    masses = atoms.get_masses()[:, None]
    return forces - masses / masses.sum() * forces.sum(axis=0)


class Wells(Calculator):
    """Every atom in its own harmonic well, so nothing ever diffuses."""

    implemented_properties = ("energy", "forces")

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        shift = shifts(atoms, SALT_A)
        self.results = {"energy": 2.0 * (shift**2).sum(), "forces": balanced(atoms, -4.0 * shift)}


def loose():
    """Make a salt with room for its lithium."""
    return Model.from_atoms(bulk("LiF", "rocksalt", a=6.0, cubic=True), name="LiF", kind=ModelKind.CRYSTAL)


SALT_A, LOOSE_A = (np.array(model.positions_A) for model in (salt(), loose()))


class EggBox(Calculator):
    """Lithium in a shallow egg-box of 1.5 Å period, in which it hops fast; fluorine in wells."""

    implemented_properties = ("energy", "forces")
    depth_eV, repulsion_eV, core_A = 0.05, 5.0, 0.8

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        shift = shifts(atoms, LOOSE_A)
        wells = np.where(atoms.symbols == "F", 4.0, 0.0)[:, None]
        waves = np.where(atoms.symbols == "Li", self.depth_eV, 0.0)[:, None]
        k = 2 * np.pi / 1.5
        apart = atoms.positions[:, None] - atoms.positions[None]
        apart -= 6.0 * np.rint(apart / 6.0)
        cores = self.repulsion_eV * np.exp(-(apart**2).sum(axis=2) / self.core_A**2)
        np.fill_diagonal(cores, 0.0)
        pushes = (cores[:, :, None] * 2 / self.core_A**2 * apart).sum(axis=1)
        energy = (wells / 2 * shift**2).sum() - (waves * np.cos(k * shift)).sum() + cores.sum() / 2
        field = balanced(atoms, -wells * shift - waves * k * np.sin(k * shift))
        self.results = {"energy": energy, "forces": field + pushes}


class Exploding(Wells):
    """Wells that turn to nonsense in cells hotter than 500 K."""

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        if atoms.get_kinetic_energy() > 1.5 * (len(atoms) - 1) * units.kB * 500:
            self.results["forces"] = np.full((len(atoms), 3), np.nan)


@pytest.fixture
def wells():
    return register("wells", Wells, elements=["Li", "F"])


@pytest.fixture
def egg():
    return register("egg", EggBox, elements=["Li", "F"])


def run(spec, potential, temperature_K, seed=3, **options):
    model = loose() if potential.id == "egg" else salt()
    return DiffusionMaker.make.original(
        DiffusionMaker(spec=spec), model, potential, temperature_K, seed, **options
    )


def test_a_vibrating_crystal_gives_a_bound_and_its_frames(wells, tmp_path):
    document = run(SPEC, wells, 600.0)
    assert document.framework_held
    assert document.ending is Ending.BUDGET
    assert not document.converged
    assert document.relative_error is None
    assert "D is not resolved after 1 ps" in document.reason
    assert not document.results["Li"].diffusivity.resolved
    assert document.frames == 51
    assert document.steps == 25 + 250
    assert document.timestep_fs == 4.0
    assert document.mean_temperature_K == pytest.approx(600, rel=0.2)
    frames = read_trajectory(tmp_path.parent / document.trajectory)
    assert frames.positions().shape == (51, 8, 3)
    assert frames.header.frame_interval_ps == pytest.approx(0.02)
    assert frames.header.potential == wells.sha256
    assert frames.header.seed == 3
    assert len(document.trajectory_sha256) == 64
    assert DiffusionDocument.model_validate(json.loads(document.model_dump_json())) == document


ADAPTIVE = {"production_ps": 4.0, "longest_ps": 60.0, "checkpoint_ps": 0.04}


@pytest.mark.slow
def test_a_run_goes_on_until_the_diffusivity_is_known_and_no_longer(egg, tmp_path, monkeypatch):
    runs = []
    for error in (0.6, 0.25):
        directory = tmp_path / str(error)
        directory.mkdir()
        monkeypatch.chdir(directory)
        runs.append(run(SPEC.model_copy(update={**ADAPTIVE, "relative_error": error}), egg, 900.0))
        assert runs[-1].ending is Ending.CONVERGED
        assert runs[-1].converged
        assert runs[-1].relative_error <= error
        assert runs[-1].frames % 200 == 1
        assert f"known within {100 * runs[-1].relative_error:.0f} % after" in runs[-1].reason
        assert runs[-1].results["Li"].diffusivity.resolved
        assert runs[-1].steps == 25 + (runs[-1].frames - 1) * 5
    coarse, fine = (read_trajectory(tmp_path / document.trajectory) for document in runs)
    assert len(coarse) < len(fine)
    np.testing.assert_array_equal(coarse.positions(), fine.positions(stop=len(coarse)))


def test_a_run_ends_when_both_the_estimate_and_the_regression_are_content(egg, monkeypatch):
    asked = iter([False, True, True])
    sure = iter([False, True, True])
    monkeypatch.setattr(following, "enough", lambda *_, **__: next(asked))
    monkeypatch.setattr(Following, "converged", lambda *_: next(sure))
    spec = SPEC.model_copy(update={"longest_ps": 9.0})
    document = run(spec, egg, 900.0)
    assert document.ending is Ending.CONVERGED
    assert document.frames == 151  # the estimate, then the regression asked for more


def test_a_run_that_is_killed_while_it_asks_itself_goes_on_as_if_nothing_had_been(egg, tmp_path, monkeypatch):
    spec = SPEC.model_copy(update={"longest_ps": 2.0, "relative_error": 0.01})
    whole = run(spec, egg, 900.0)
    (tmp_path / "killed").mkdir()
    monkeypatch.chdir(tmp_path / "killed")
    with monkeypatch.context() as context:
        context.setattr(Following, "go_on", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(spec, egg, 900.0)
    assert len(read_trajectory(Path("trajectory.frames"))) <= 51
    assert run(spec, egg, 900.0).model_copy(update={"trajectory": whole.trajectory}) == whole


def test_a_budget_ends_a_run_that_does_not_converge(egg):
    spec = SPEC.model_copy(update={"longest_ps": 2.5, "relative_error": 0.01})
    document = run(spec, egg, 900.0)
    assert document.ending is Ending.BUDGET
    assert document.frames == 126
    assert not document.converged
    assert "1 % were asked for" in document.reason


def test_a_run_whose_framework_went_does_not_go_on(egg):
    """Fluorine is followed in a frame of lithium that hops away."""
    document = run(SPEC.model_copy(update=ADAPTIVE), egg, 900.0, species=("F",))
    assert document.ending is Ending.FRAMEWORK
    assert not document.framework_held
    assert document.frames < 60 * 50
    assert document.reason.startswith("the framework did not hold")
    assert set(document.results) == {"F"}
    assert document.results["F"].diffusivity.value is not None


def test_several_species_are_followed_in_one_run(egg):
    document = run(SPEC, egg, 900.0, species=("Li", "F"))
    assert list(document.results) == ["Li", "F"]
    assert document.results["F"].species == "F"
    assert document.results["F"].diffusivity.bound is not None
    assert document.framework_held is document.results["Li"].framework_held


def test_a_changed_bond_ends_the_run_but_not_the_film(wells, monkeypatch):
    reasons = iter([None, None, "bond C3-O7 broke"])
    monkeypatch.setattr(diffusion, "watch_bonds", lambda _: lambda _: next(reasons))
    document = run(SPEC, wells, 600.0)
    assert document.framework_held is False
    assert document.ending is Ending.STOPPED
    assert document.framework_reason.startswith("bond C3-O7 broke at 0.100 ps")
    assert document.results == {}
    assert document.trajectory is None
    assert document.frames == 0
    assert document.steps == 25


def test_what_a_stopped_run_left_is_analysed_but_does_not_count(wells, tmp_path, monkeypatch):
    reasons = iter([None] * 20 + ["bond C3-O7 broke"])
    monkeypatch.setattr(diffusion, "watch_bonds", lambda _: lambda _: next(reasons))
    document = run(SPEC, wells, 600.0)
    assert document.ending is Ending.STOPPED
    assert 20 <= document.frames < 51
    assert (tmp_path.parent / document.trajectory).is_file()
    result = document.results["Li"]
    assert result.framework_held is False
    assert "bond C3-O7 broke" in result.framework_reason
    assert "bond C3-O7 broke" in result.diffusivity.flags[-1]
    ladder = fit_ladder.original([document])
    assert ladder.arrhenius["Li"].diffusivity_298K.value is None
    assert ladder.highest_stable_temperature_K is None


def test_a_cell_without_the_species_is_refused_before_it_costs_anything(wells, monkeypatch):
    monkeypatch.setattr(diffusion, "run_dynamics", None)
    model = salt().model_copy(update={"symbols": ("F",) * 8})
    with pytest.raises(DataError, match="there is no Li among the atoms"):
        DiffusionMaker.make.original(DiffusionMaker(spec=SPEC), model, wells, 600.0, 3)
    with pytest.raises(DataError, match="there is no O among the atoms"):
        run(SPEC, wells, 600.0, species=("Li", "O"))


def test_the_ladder_has_the_temperatures_of_its_kind_and_seeds_of_its_own(wells):
    maker = DiffusionMaker(spec=SPEC)
    runs, fit = maker.ladder([salt(), salt()], wells, ModelKind.MOLECULAR, seed=0)
    assert [job.name for job in (*runs, fit)] == [
        "diffusion 400 K",
        "diffusion 450 K",
        "diffusion 500 K",
        "diffusion 400 K #2",
        "diffusion 450 K #2",
        "diffusion 500 K #2",
        "diffusion fit",
    ]
    assert len({job.function_args[3] for job in runs}) == 6


def test_frames_are_as_far_apart_as_asked():
    spec = SPEC.model_copy(update={"frame_fs": 50.0, "longest_ps": 5.0})
    for timestep_fs in (0.5, 1.0, 2.0):
        stages = production_schedule(spec, temperature_K=500, timestep_fs=timestep_fs)
        assert stages[0].frame_steps is None
        assert stages[1].frame_steps * timestep_fs == 50
        assert stages[1].longest_ps == 5


def flow_of(spec, potential, kind, seed):
    runs, fit = DiffusionMaker(spec=spec).ladder([salt()], potential, kind, seed=seed)
    return Flow([*runs, fit])


def test_a_ladder_runs_through_the_store_and_is_reused(wells, tmp_path):
    store = open_store(tmp_path)
    ladders = []
    for _ in range(2):
        flow = flow_of(SPEC, wells, ModelKind.CRYSTAL, 5)
        responses = run_locally(flow, store=store, ensure_success=True, log=False)
        ladders.append(LadderDocument.model_validate(responses[flow.jobs[-1].uuid][1].output))
    first, again = ladders
    assert first == again
    assert [run.temperature_K for run in first.temperatures] == [300, 600]
    assert len({run.seed for run in first.temperatures}) == 2
    assert first.highest_stable_temperature_K == 600
    assert first.arrhenius["Li"].diffusivity_298K.bound is not None
    assert len(first.results("Li")) == 2
    assert first.results("O") == []
    for one in first.temperatures:
        assert (tmp_path / "steps" / one.trajectory).is_file()
    assert store.count({"metadata.reused": True}) == 3


def test_a_failed_temperature_does_not_take_the_others_along(tmp_path):
    potential = register("exploding", Exploding, elements=["Li", "F"])
    spec = SPEC.model_copy(update={"crystal_temperatures_K": (200.0, 2000.0)})
    flow = flow_of(spec, potential, ModelKind.CRYSTAL, 5)
    responses = run_locally(flow, store=open_store(tmp_path), log=False)
    ladder = LadderDocument.model_validate(responses[flow.jobs[-1].uuid][1].output)
    assert [run.temperature_K for run in ladder.temperatures] == [200]
    assert ladder.failed == 1
    assert (next(Path(tmp_path / "steps").glob("*/broken.extxyz"))).is_file()


def test_a_ladder_of_failures_is_empty():
    ladder = fit_ladder.original([None, None])
    assert ladder.temperatures == ()
    assert ladder.failed == 2
    assert ladder.arrhenius == {}
    assert ladder.highest_stable_temperature_K is None


def stopped(temperature_K):
    return DiffusionDocument(
        temperature_K=temperature_K,
        mean_temperature_K=None,
        framework_held=False,
        framework_reason="bond C3-O7 broke",
        results={},
        converged=False,
        relative_error=None,
        ending=Ending.STOPPED,
        reason="bond C3-O7 broke",
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
    assert ladder.arrhenius == {}
    assert ladder.highest_stable_temperature_K is None
    assert [run.temperature_K for run in ladder.temperatures] == [400, 500]
    assert ladder.failed == 1


def test_a_temperature_is_stable_if_every_replica_is(wells):
    spec = SPEC.model_copy(update={"production_ps": 0.5, "longest_ps": 0.5, "checkpoint_ps": 0.005})
    held = run(spec, wells, 400.0, 1)
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
        result = run_dynamics(
            atoms, EMT(), schedule, timestep_fs=5, seed=seed, directory=directory, checkpoint_steps=1000
        )
        frames = read_trajectory(result.trajectory)
        with_thermostat.append(self_diffusion(frames.positions(), frames.header.frame_interval_ps))
        free, stored = result.atoms.copy(), []
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
