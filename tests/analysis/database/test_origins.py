"""From a number back to the cells, the potential, the protocol and the code."""

import pytest

from lithicoat.analysis.database import Database
from lithicoat.analysis.errors import DataError


@pytest.fixture(scope="module")
def example() -> Database:
    return Database.example()


def test_a_number_is_traced_to_what_produced_it(example: Database):
    record = example.record("LiGL")
    origin = example.provenance("LiGL", "shear_modulus_calibrated")
    assert origin.number == record.properties["shear_modulus_calibrated"]
    assert [step.step for step in origin.steps] == ["build", "anneal", "relax", "elastic"]
    assert all(record.steps[step.key] == step.step and step.uuid for step in origin.steps)
    assert origin.sha256 == record.sha256
    assert origin.models == record.models
    assert origin.protocol_numbers is not None
    assert "relax" in origin.protocol_numbers
    assert "torch" in origin.versions
    told = str(origin)
    assert told.startswith("shear modulus of LiGL: 15.2 ± 4.2 GPa")
    assert origin.models[0].content_hash in told
    assert origin.steps[-1].key in told


def test_a_number_by_another_potential_names_that_one(example: Database):
    origin = example.provenance("LiGL", "contact_NMC811")
    assert origin.potential == "chgnet" != example.record("LiGL").potential
    assert [step.step for step in origin.steps][-2:] == ["relax by chgnet", "contact with NMC811"]


def test_a_run_per_temperature_stands_behind_a_conductivity(example: Database):
    steps = [step.step for step in example.provenance("LiGL", "conductivity_298K").steps]
    assert steps == ["build", "anneal", "relax", "diffusion 500 K", "diffusion 700 K", "diffusion fit"]


def test_a_number_of_the_structure_comes_from_the_replicas(example: Database):
    origin = example.provenance("LiGL", "density_annealed")
    assert [step.step for step in origin.steps] == ["build", "anneal", "ensemble"]


def test_a_reported_number_has_no_computation(example: Database):
    assert example.provenance("Li2S", "band_gap").steps == ()


def test_a_step_whose_document_is_gone_is_named_without_its_job(collection, film, tmp_path):
    record = film("A", steps={"a" * 64: "elastic", "b" * 64: "relax"})
    collection("records").insert_one(record.model_dump(mode="json"))
    origin = Database(tmp_path / "films.db").provenance("A", "shear_modulus")
    assert [(step.step, step.uuid) for step in origin.steps] == [("relax", None), ("elastic", None)]
    assert "not in this database" in str(origin)
    assert origin.protocol_numbers is None


def test_a_property_of_which_nothing_is_known_has_all_steps(collection, film, tmp_path):
    properties = {"my_own": film("A").properties["shear_modulus"]}
    record = film("A", properties=properties, steps={"a" * 64: "something"})
    collection("records").insert_one(record.model_dump(mode="json"))
    origin = Database(tmp_path / "films.db").provenance("A", "my_own")
    assert [step.step for step in origin.steps] == ["something"]
    assert (origin.facts.label, origin.facts.heading) == ("my own", "my own (GPa)")


def test_what_there_is_not_is_said_so(collection, film, tmp_path):
    records = [film("A"), film("A", seed=7, minutes=1)]
    collection("records").insert_many([record.model_dump(mode="json") for record in records])
    database = Database(tmp_path / "films.db")
    with pytest.raises(DataError, match="there are 2 records of A") as caught:
        database.provenance("A", "shear_modulus")
    assert "chgnet quick-1 seed 7" in caught.value.hint
    with pytest.raises(DataError, match="holds no record of B"):
        database.provenance("B", "shear_modulus")
    with pytest.raises(DataError, match="holds no such record of A"):
        database.provenance("A", "shear_modulus", seed=8)
    with pytest.raises(DataError, match="the record of A has no density"):
        database.provenance("A", "density", seed=7)
