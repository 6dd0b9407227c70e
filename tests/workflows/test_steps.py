"""One computation, one key."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pytest
from ase.build import bulk
from jobflow import Flow, JobStore, Maker, run_locally
from pydantic import BaseModel

from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows import progress
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.progress import Outcome
from lithicoat.workflows.steps import content, run_alone, science_job, step_directory, step_key
from lithicoat.workflows.storage import open_store

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")


class Doubled(BaseModel):
    model: Model
    number: float


@dataclass
class DoubleMaker(Maker):
    name: str = "double"
    factor: float = 2.0

    @science_job(Doubled, version="1")
    def make(self, model: Model, number: float) -> Doubled:
        CALLS.append(step_directory())
        if number > 100:
            msg = "too much"
            raise RuntimeError(msg)
        return Doubled(model=model, number=number * self.factor)


CALLS: list[Path] = []


class Recorder:
    def __init__(self) -> None:
        self.outcomes: list[tuple[str, Outcome]] = []

    def started(self, step: str) -> None: ...

    def advanced(self, label: str, done: float, total: float, unit: str) -> None: ...

    def ended(self, step: str, outcome: Outcome) -> None:
        self.outcomes.append((step, outcome))


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    CALLS.clear()
    return open_store(tmp_path / "db")


@pytest.fixture
def copper() -> Model:
    return Model.from_atoms(bulk("Cu"), name="Cu", kind=ModelKind.CRYSTAL)


def _run(store: JobStore, model: Model, number: float, **maker: float) -> list[Outcome]:
    first = DoubleMaker(**maker).make(model, number)
    second = DoubleMaker(**maker).make(first.output.model, first.output.number)
    recorder = Recorder()
    with progress.listen(recorder), run_alone():
        run_locally(Flow([first, second]), store=store, log=False)
    return [outcome for _, outcome in recorder.outcomes]


def test_finished_steps_are_read_not_computed(store: JobStore, copper: Model):
    assert _run(store, copper, 1.0) == [Outcome.DONE, Outcome.DONE]
    assert _run(store, copper, 1.0) == [Outcome.REUSED, Outcome.REUSED]
    assert len(CALLS) == 2


def test_other_content_is_another_computation(store: JobStore, copper: Model):
    _run(store, copper, 1.0)
    assert _run(store, copper, 3.0) == [Outcome.DONE, Outcome.DONE]
    assert _run(store, copper, 1.0, factor=3.0) == [Outcome.DONE, Outcome.DONE]


def test_same_content_under_another_name_is_the_same_computation(store: JobStore, copper: Model):
    _run(store, copper, 1.0)
    assert _run(store, copper.model_copy(update={"name": "my-copper"}), 1.0) == [Outcome.REUSED] * 2


def test_a_later_step_reuses_what_an_earlier_one_found(store: JobStore, copper: Model):
    _run(store, copper, 1.0)  # 1 → 2 → 4
    assert _run(store, copper, 2.0) == [Outcome.REUSED, Outcome.DONE]


def test_a_step_that_is_launched_again_after_it_had_ended_is_no_copy(store: JobStore, copper: Model):
    """Its engine died before it took note; copies go when the flow ends, and this is the only document."""
    step = DoubleMaker().make(copper, 3.0)
    for _ in range(2):
        with run_alone():
            step.run(store)
    assert len(CALLS) == 1
    (document,) = store.query({"uuid": step.uuid})
    assert "reused" not in document["metadata"]
    assert document["metadata"]["seconds"] >= 0


def test_failure_is_kept_with_its_reason(store: JobStore, copper: Model):
    assert _run(store, copper, 60.0) == [Outcome.DONE, Outcome.FAILED]
    (failure,) = [d["failure"] for d in store.docs_store.query({}) if "failure" in d]
    assert failure["reason"] == "too much"
    assert failure["step"] == "double"
    assert Path(failure["directory"]) == CALLS[-1]
    assert "RuntimeError: too much" in failure["traceback"]


def test_each_key_has_a_directory_of_its_own_in_the_database(store: JobStore, copper: Model, tmp_path: Path):
    _run(store, copper, 1.0)
    assert len(set(CALLS)) == 2
    assert all(directory.parent == tmp_path / "db" / "steps" for directory in CALLS)


def test_a_step_called_without_an_engine_is_a_function(copper: Model):
    assert DoubleMaker.make.original(DoubleMaker(), copper, 4.0).number == 8.0


def test_the_key_sees_content_only(copper: Model):
    one = step_key("s", "1", {"model": copper, "maker": DoubleMaker(name="a")})
    other = step_key("s", "1", {"maker": DoubleMaker(name="b"), "model": copper})
    assert one == other
    assert step_key("s", "2", {"model": copper}) != step_key("s", "1", {"model": copper})


def test_the_key_does_not_see_where_the_weights_of_a_potential_lie():
    class Measured(BaseModel):
        potential: PotentialRef
        path: str = "Gamma-X"

    here, there = (
        PotentialRef(id="m", sha256="a", path=path) for path in ("/home/us/m.model", "/opt/m.model")
    )
    assert content([Measured(potential=here)]) == content([Measured(potential=there)])
    assert content(Measured(potential=here))["path"] == "Gamma-X"
    other = PotentialRef(id="m", sha256="b", path=here.path)
    assert content(Measured(potential=other)) != content(Measured(potential=here))


def test_content_of_plain_things():
    class Colour(Enum):
        RED = "red"

    assert content({"a": (1, 2.5, None, "x"), Colour.RED: [Colour.RED]}) == {
        "a": [1, 2.5, None, "x"],
        "Colour.RED": ["red"],
    }


def test_what_cannot_be_keyed_is_refused():
    with pytest.raises(TypeError, match="cannot be keyed by an input of type object"):
        content(object())


def test_a_failed_step_leaves_no_engine_behind(store: JobStore, copper: Model):
    _run(store, copper, 60.0)
    documents = store.count()
    assert DoubleMaker.make.original(DoubleMaker(), copper, 4.0).number == 8.0
    assert store.count() == documents
