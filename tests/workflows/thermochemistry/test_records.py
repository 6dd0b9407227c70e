"""Which record of a potential is found: the database's before the shipped one, the larger one first."""

import pytest
from jobflow import Flow

from lithicoat.workflows.campaign import run_jobs
from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.potentials.registry import PotentialRef, resolve
from lithicoat.workflows.storage import open_store
from lithicoat.workflows.thermochemistry.records import references_for, remember, thermochemistry_of


@pytest.fixture(scope="module")
def potential():
    return resolve("mace-lithicoat-1")


@pytest.fixture
def store(tmp_path):
    return open_store(tmp_path / "db")


def test_the_shipped_record_belongs_to_its_weights_only(potential):
    assert thermochemistry_of(potential).sha256 == potential.sha256
    other = PotentialRef(id=potential.id, sha256="1" * 64)
    with pytest.raises(PotentialError, match="has no record of reference energies and corrections") as caught:
        thermochemistry_of(other)
    assert caught.value.hint == "compute it once: lithicoat references --potential mace-lithicoat-1"


def test_a_computed_record_stands_before_the_shipped_one(potential, store):
    own = thermochemistry_of(potential).model_copy(update={"protocol": "computed here"})
    remember(own, store)
    assert thermochemistry_of(potential, store).content_hash == own.content_hash
    assert thermochemistry_of(potential).protocol != "computed here"


def test_a_record_of_fewer_elements_displaces_none(potential, store):
    whole = thermochemistry_of(potential).model_copy(update={"protocol": "whole"})
    part = whole.restricted(["Li", "S", "O"]).model_copy(update={"protocol": "part"})
    remember(part, store)
    assert thermochemistry_of(potential, store).protocol == thermochemistry_of(potential).protocol
    remember(whole, store)
    remember(part, store)
    assert thermochemistry_of(potential, store).protocol == "whole"


def test_a_job_looks_up_only_the_elements_it_needs(potential, store):
    from jobflow import run_locally

    from lithicoat.workflows.steps import run_alone

    job = references_for(potential, ["Li", "S"])
    with run_alone():
        output = run_locally(job, store=store, log=False, raise_immediately=True)[job.uuid][1].output
    assert {element for phase in output.phases for element in phase.elements} == {"Li", "S"}


def test_a_lookup_leaves_no_document_behind(potential, store, tmp_path):
    """Each run of a campaign would add another one to the database."""
    for _ in range(2):
        job = references_for(potential, ["Li", "S"])
        found = run_jobs(Flow([job]), tmp_path / "db", None)[job.uuid]
        assert found.phase("Li2S").formula == "Li2S"
    assert store.count({"name": job.name}) == 0
