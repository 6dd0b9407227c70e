"""What the computations behind a record found, on the example database of real runs."""

import subprocess
import sys
from unittest.mock import Mock

import numpy as np
import pytest

from lithicoat.analysis.database import Database
from lithicoat.analysis.database.evidence import of_kind, step_documents


@pytest.fixture(scope="module")
def example() -> Database:
    return Database.example()


@pytest.mark.parametrize(
    ("step", "kind", "found"),
    [
        ("relax", "relax", True),
        ("relax #2", "relax", True),
        ("relax by chgnet", "relax", False),
        ("relax by chgnet #2", "relax by", True),
        ("diffusion 700 K", "diffusion", True),
        ("diffusion 700 K #3", "diffusion", True),
        ("elastic by member 2", "elastic", False),
        ("relaxation", "relax", False),
        ("build", "relax", False),
    ],
)
def test_a_step_is_of_a_kind(step: str, kind: str, *, found: bool):
    assert of_kind(step, kind) is found


def test_a_crystal_has_cells_hops_and_uptake(example: Database):
    record = example.record("Li2S")
    evidence = example.evidence(record)
    (cell,) = evidence.models()
    assert (cell.kind, len(cell.symbols)) == ("crystal", record.models[0].atoms)
    assert cell.positions_A.shape == (len(cell.symbols), 3)
    assert np.linalg.det(cell.cell_A) > 0
    assert cell.energy_eV is not None
    assert cell.energy_eV < 0
    assert evidence.rdfs() == ()
    assert evidence.structure() is None
    hops = evidence.migration()
    assert hops is not None
    assert hops["space_group"] == "Fm-3m"
    (step,) = evidence.uptake()
    assert step.energy == record.properties["scavenging_energy"].model_copy(
        update={"flags": step.energy.flags, "provenance": step.energy.provenance}
    )
    scavenging = evidence.scavenging()
    assert scavenging is not None
    assert scavenging["film"] == "Li2S"
    assert evidence.models("anneal") == ()


def test_a_film_has_structure_runs_and_reactions(example: Database):
    record = example.record("LiGL")
    evidence = example.evidence(record)
    assert evidence.structure() == record.structure
    assert {(curve.center, curve.neighbor) for curve in evidence.rdfs()} >= {("Li", "O")}
    assert all(curve.radii_A.shape == curve.g.shape for curve in evidence.rdfs())
    runs = evidence.temperatures()["Li"]
    assert [run.temperature_K for run in runs] == [500.0, 700.0]
    fit = evidence.arrhenius()["Li"]
    assert fit.conductivity_298K.value == record.properties["conductivity_298K"].value
    window, hull = evidence.window(), evidence.hull()
    assert window is not None
    assert hull is not None
    assert window.high.potential.value == record.properties["window_high"].value
    assert hull.energy.value == record.properties["energy_above_hull"].value
    assert [contact.partner for contact in evidence.contacts()][:2] == ["Li", "HF"]
    (elastic,) = evidence.elastic()
    assert elastic.strains.shape == elastic.stresses_GPa.shape == (12, 3, 3)
    assert elastic.result.shear_modulus.value == record.properties["shear_modulus"].value
    assert len(evidence.lithium_volume()) == 1
    assert evidence.environments() is not None
    assert evidence.scavenging() is None
    assert evidence.uptake() == ()
    assert evidence.migration() is None


def test_a_record_without_named_steps_finds_those_with_its_potential_and_protocol(example: Database):
    record = example.record("LiGL")
    evidence = example.evidence(record.model_copy(update={"steps": {}}))
    assert {step.key for step in evidence.steps} == set(record.steps)


def test_the_computation_counts_before_those_that_found_it_finished():
    late = {"metadata": {"key": "k", "reused": True}, "completed_at": "1", "uuid": "late", "output": {}}
    first = {"metadata": {"key": "k"}, "completed_at": "2", "uuid": "first", "output": {}, "name": "relax"}
    unfinished = {"metadata": {"key": "other"}, "output": None}
    jobs = Mock(**{"find.return_value": [late, first, unfinished]})
    record = Database.example().record("LiGL").model_copy(update={"steps": {"k": "relax"}})
    (step,) = step_documents(jobs, record)
    assert (step.uuid, step.step) == ("first", "relax")


def test_opening_a_database_loads_neither_tables_nor_plots():
    code = "import sys, lithicoat.analysis.database; print({'pandas', 'scipp', 'plotly'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
