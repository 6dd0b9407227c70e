"""Runs of films: those that hold, those that break, and those that go on."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.emt import EMT

from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.benchmarks import stability
from lithicoat.workflows.benchmarks.running import run_kept
from lithicoat.workflows.benchmarks.stability import FilmRun, StabilityMaker, stability_benchmark
from lithicoat.workflows.errors import PotentialError, RunError
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.registry import register


class _Pushing(Calculator):
    """A force that never ends."""

    implemented_properties = ("energy", "forces", "stress")

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        forces = np.zeros((len(atoms), 3))
        forces[0], forces[1] = 500, -500
        self.results = {"energy": 0.0, "forces": forces, "stress": np.zeros(6)}


class _Refusing(EMT):
    """EMT that refuses once the atoms have moved."""

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        if abs(atoms.get_momenta()).max() > 0 and atoms.positions[0, 0] != 0:
            raise RunError("the atoms flew apart")


@pytest.fixture
def use():
    made = []

    def make(calculator):
        ref = register("test-potential", calculator, elements=["Al", "Cu", "C", "O"])
        made.append(ref)
        return ref

    yield make
    for ref in made:
        potentials._registered.pop(ref.id, None)
        calculators._loaded.pop(ref.sha256, None)


def _copper():
    atoms = bulk("Cu", cubic=True)
    return Model.from_atoms(atoms, name="Cu", kind=ModelKind.CRYSTAL)


def _run(model, ref, directory, *, kelvin=300.0, time_ps=0.1):
    maker = StabilityMaker(time_ps=time_ps, timestep_fs=2.0, name="run")
    return run_kept(maker.make(model, ref, kelvin, 0), directory)


def test_a_film_that_holds(use, tmp_path):
    run = _run(_copper(), use(EMT), tmp_path / "db")
    assert run.held
    assert run.survived_ps == run.asked_ps == 0.1
    assert 50 < run.mean_temperature_K < 700
    assert 0 < run.largest_force_eV_A < 10
    assert not run.bonds_watched
    again = _run(_copper(), use(_Pushing), tmp_path / "db")  # read, not run: the potential's hash is the same
    assert again == run


def test_a_film_that_blows_up_is_a_result(use, tmp_path):
    run = _run(_copper(), use(_Pushing), tmp_path / "db", kelvin=900.0)
    assert not run.held
    assert 0 < run.survived_ps < 0.1
    assert run.reason == "the cell exploded" or "apart" in run.reason
    assert run.mean_temperature_K is None


def test_a_film_that_the_potential_refuses_is_a_result(use, tmp_path):
    run = _run(_copper(), use(_Refusing), tmp_path / "db")
    assert run.reason == "the atoms flew apart"
    assert run.survived_ps == 0


@pytest.mark.parametrize(("kelvin", "held"), [(300.0, False), (900.0, True)])
def test_bonds_are_watched_at_room_temperature_only(use, tmp_path, kelvin, held):
    """Two atoms said to be bonded that are far apart: a changed bond from the first look on."""
    atoms = Atoms(
        "C2Al4", positions=[[0, 0, 0], [3, 0, 0], *(bulk("Al", cubic=True).positions + 4)], cell=[9] * 3
    )
    model = Model.from_atoms(atoms, name="C", kind=ModelKind.MOLECULAR, bonds=((0, 1),))

    class Free(Calculator):
        implemented_properties = ("energy", "forces", "stress")

        def calculate(self, atoms=None, properties=None, system_changes=all_changes):
            super().calculate(atoms, properties, system_changes)
            self.results = {"energy": 0.0, "forces": np.zeros((len(atoms), 3)), "stress": np.zeros(6)}

    run = _run(model, use(Free), tmp_path / "db", kelvin=kelvin, time_ps=0.2)
    assert run.bonds_watched is (kelvin == 300)
    assert run.held is held
    if not held:
        assert "C1–C2 broke" in run.reason


def test_the_largest_force_outlives_a_break(tmp_path):
    file = tmp_path / "largest"
    watch = stability._record_forces(file)
    atoms = bulk("Cu", cubic=True)
    atoms.calc = EMT()
    atoms.rattle(0.1, seed=0)
    first = float(np.linalg.norm(atoms.get_forces(), axis=1).max())
    assert watch(atoms) is None
    atoms.positions = bulk("Cu", cubic=True).positions
    stability._record_forces(file)(atoms)
    assert stability._read(file) == pytest.approx(first)


def test_films_are_made_run_and_counted(use, tmp_path, monkeypatch):
    ref = use(EMT)

    def relaxed(coating, *_):
        if coating.id == "LiF":
            raise RunError("it does not melt")
        return _copper().model_copy(update={"name": coating.id})

    monkeypatch.setattr(stability, "_relaxed", relaxed)
    monkeypatch.setattr(stability, "check_elements", lambda *_, **__: None)
    found = stability_benchmark(ref, films=["Li2S", "LiF"], time_ps=0.02, db=tmp_path / "db")
    assert [(run.film, run.temperature_K) for run in found.runs] == [("Li2S", 300), ("Li2S", 900)]
    assert found.failures == {"LiF": "it does not melt"}
    assert found.headline() == (
        "1 of 1 runs held 0.02 ps at 300 K; 1 of 1 runs held 0.02 ps at 900 K; 1 films failed before"
    )
    assert "LiF       no cell: it does not melt" in found.lines()
    assert type(found).model_validate_json(found.model_dump_json()) == found


def test_runs_compare_on_the_same_films():
    def run(film, kelvin, reason=""):
        return FilmRun(
            film=film, temperature_K=kelvin, asked_ps=1, survived_ps=1, reason=reason, bonds_watched=False,
            mean_temperature_K=None, largest_force_eV_A=None,
        )  # fmt: skip

    one = stability.StabilityBenchmark(
        potential="one", sha256="1", protocol="quick", runs=(run("a", 300), run("b", 300)), failures={}
    )
    other = one.model_copy(update={"potential": "other", "runs": (run("a", 300, "exploded"),)})
    assert one.against(other) == [
        "on the same films:",
        "one                  1 of 1 runs held 1 ps at 300 K",
        "other                0 of 1 runs held 1 ps at 300 K",
    ]


def test_a_film_of_other_elements_is_refused(use, tmp_path):
    with pytest.raises(PotentialError, match="test-potential does not"):
        stability_benchmark(use(EMT), films=["Li2S"], db=tmp_path / "db")
