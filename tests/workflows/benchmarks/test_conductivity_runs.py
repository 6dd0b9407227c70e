"""Conductivities computed as in a screening, kept in its database, or read from its records."""

import pytest
from ase.calculators.lj import LennardJones
from jobflow import OnMissing
from pydantic import BaseModel

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.literature import Verdict
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.structures.errors import StructureError
from lithicoat.workflows.benchmarks import conductivity_runs
from lithicoat.workflows.benchmarks.conductivity_runs import conductivity_benchmark, conductivity_summary
from lithicoat.workflows.benchmarks.running import run_what_can
from lithicoat.workflows.errors import PotentialError, RunError
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.registry import register, resolve
from lithicoat.workflows.protocols import Preset, preset
from lithicoat.workflows.steps import science_job
from lithicoat.workflows.storage import open_store, sibling

pytestmark = pytest.mark.filterwarnings("ignore")


class _Number(BaseModel):
    value: float


@science_job(_Number, version="1")
def _double(value):
    _double.calls += 1
    return _Number(value=2 * value)


@science_job(_Number, version="1")
def _fail(value):
    raise RunError(f"{value} is a bad number")


@science_job(_Number, version="1", on_missing=OnMissing.NONE)
def _count(numbers):
    return _Number(value=sum(number is not None for number in numbers))


@pytest.fixture
def lithium_fluoride():
    ref = register("test-lj", LennardJones, elements=["Li", "F"])
    yield ref
    potentials._registered.pop("test-lj")
    calculators._loaded.pop(ref.sha256, None)


def record(film, value, *, potential="test-lj", protocol="quick-12345678", seed=0, sha256="abc"):
    return ScreeningRecord(
        coating=film, name=film, family="", role="anode", campaign="test", potential=potential,
        sha256=sha256, protocol=protocol, try_out=True, seed=seed,
        properties={
            "conductivity_298K": Property(value=10**value, unit="S/cm"),
            "log10_conductivity_298K": Property(value=value, uncertainty=0.5, unit="decades"),
        },
    )  # fmt: skip


def write(directory, *records):
    collection = sibling(open_store(directory), "records", index="coating")
    for one in records:
        collection.update(one.model_dump(mode="json"), key=["coating", "sha256", "protocol", "seed"])


def test_a_step_that_fails_takes_along_only_what_needs_it(tmp_path):
    def jobs():
        steps = [_double(3.0), _fail(4.0)]
        after = _double(steps[1].output.value)
        for step, name in zip([*steps, after], ("good", "bad", "after"), strict=True):
            step.name = name
        return [*steps, after, _count([step.output for step in steps])]

    _double.calls = 0
    wired = jobs()
    outputs, failures = run_what_can(wired, tmp_path / "db", name="film")
    assert outputs[wired[0].uuid].value == 6.0
    assert outputs[wired[3].uuid].value == 1
    assert failures == {"bad": "4.0 is a bad number"}
    assert set(outputs) == {wired[0].uuid, wired[3].uuid}
    again = jobs()
    outputs, _ = run_what_can(again, tmp_path / "db", name="film")
    assert outputs[again[0].uuid].value == 6.0
    assert _double.calls == 1


class _Refusing(LennardJones):
    """A potential that refuses every cell."""

    def calculate(self, *_, **__):
        raise RunError("the cell is not to its taste")


def test_the_failure_of_another_computation_is_not_told_again(tmp_path):
    assert run_what_can([_fail(4.0)], tmp_path / "db", name="film")[1]
    outputs, failures = run_what_can([_count([])], tmp_path / "db", name="film")
    assert len(outputs) == 1
    assert failures == {}


def test_a_film_whose_steps_fail_is_listed_with_the_reason(tmp_path):
    ref = register("test-refusing", _Refusing, elements=["Li", "F"])
    try:
        result = conductivity_benchmark(ref, films=["LiF"], db=tmp_path / "db")
    finally:
        potentials._registered.pop("test-refusing")
        calculators._loaded.pop(ref.sha256, None)
    assert result.failures == {"LiF": "relax: the cell is not to its taste"}
    assert result.rows[0].logarithm.value is None
    assert result.facts[0].verdict is Verdict.UNRESOLVED
    assert "LiF: no diffusion run" in result.facts[0].note


@pytest.mark.slow
def test_a_crystal_is_computed_as_a_screening_does_and_never_twice(tmp_path):
    quick = preset(Preset.QUICK)
    runs = {
        "crystal_temperatures_K": (900.0,),
        "production_ps": 0.3,
        "longest_ps": 0.3,
        "checkpoint_ps": 0.003,
    }
    protocol = quick.model_copy(update={"diffusion": quick.diffusion.model_copy(update=runs)})
    ref = resolve("mace-lithicoat-1")
    results = [
        conductivity_benchmark(ref, films=["Li2O"], db=tmp_path / "db", protocol=protocol) for _ in range(2)
    ]
    assert results[0].failures == {}
    assert results[0].rows[0].model.startswith("vacancy model: ")
    assert results[0].rows[0].holds_potential_error
    assert -12 < results[0].rows[0].logarithm.value < 0
    assert results[0] == results[1]
    documents = open_store(tmp_path / "db").query({"name": {"$regex": "migration"}}, properties=["name"])
    assert len(list(documents)) == 1


def test_the_films_that_the_potential_covers_are_computed(lithium_fluoride, tmp_path, monkeypatch):
    asked = []

    def computed(coating, _, protocol, *, db, seed):
        asked.append((coating.id, protocol.name, db.name, seed))
        return record(coating.id, -20.0)

    monkeypatch.setattr(conductivity_runs, "transport_record", computed)
    result = conductivity_benchmark(lithium_fluoride, db=tmp_path / "db", seed=7)
    assert asked == [("LiF", "quick", "db", 7)]
    assert "Li3N" in result.not_covered
    assert [judged.fact.id for judged in result.facts] == ["LiF"]
    assert result.potential == "test-lj"


def test_a_film_asked_for_by_name_has_to_be_covered_and_known(lithium_fluoride, tmp_path):
    with pytest.raises(PotentialError, match="covers O, but test-lj does not"):
        conductivity_benchmark(lithium_fluoride, films=["LiF", "Li2O"], db=tmp_path / "db")
    with pytest.raises(StructureError, match="LiFF is not in the catalog"):
        conductivity_benchmark(lithium_fluoride, films=["LiFF"], db=tmp_path / "db")


def test_the_latest_records_of_a_database_are_summed_up(tmp_path):
    write(
        tmp_path,
        record("LiF", -9.0, protocol="quick-00000000"),
        record("LiF", -20.0, protocol="standard-00000000"),
        record("Li2O", -10.0, seed=3),
        record("my own film", -10.0),
        record("LiF", -3.0, potential="another", sha256="def"),
    )
    result = conductivity_summary(tmp_path, "test-lj")
    assert {row.film: row.logarithm.value for row in result.rows} == {
        "LiF": -20.0, "Li2O": -10.0, "my own film": -10.0
    }  # fmt: skip
    assert result.sha256 == "abc"
    quick = conductivity_summary(tmp_path, "test-lj", films=["LiF"], preset_name="quick")
    assert [row.logarithm.value for row in quick.rows] == [-9.0]
    assert [row.film for row in conductivity_summary(tmp_path, "test-lj", seed=3).rows] == ["Li2O"]


def test_a_database_without_such_a_record_is_told(tmp_path):
    write(tmp_path, record("LiF", -9.0))
    with pytest.raises(DataError, match="holds no record of Li2O by test-lj with preset quick"):
        conductivity_summary(tmp_path, "test-lj", films=["Li2O"], preset_name="quick")
    with pytest.raises(DataError, match="holds no lithicoat database"):
        conductivity_summary(tmp_path / "nowhere", "test-lj")
