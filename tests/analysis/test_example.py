"""The example database that ships: small, whole, and able to say where it comes from."""

import re
import zipfile
from importlib import resources
from pathlib import Path

import pytest

from lithicoat.analysis.database import Database
from lithicoat.analysis.exchange import open_archive

ARCHIVE = Path(str(resources.files("lithicoat.analysis"))) / "data" / "example.zip"
LARGEST_BYTES = 1_500_000
MISSION = {"LiGL", "LiTEA", "LiHQ", "Li2S", "Li2SO3", "Li2SO4", "Li2SOx", "LAS-1-1", "LAS-1-4"}
OXIDES = {"Al2O3", "TiO2", "ZrO2", "LZO", "LiAlO2", "LiNbO3"}


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    yield Database.example()
    patch.undo()


def test_the_archive_is_small_and_says_how_it_was_made():
    assert ARCHIVE.stat().st_size < LARGEST_BYTES
    with open_archive(ARCHIVE) as archive:
        title = archive.manifest.title
        assert archive.manifest.schema_version == 2
    assert "lithicoat screen --preset quick --name mission-films" in title
    assert "for trying out" in title


def test_it_names_no_place_of_one_machine():
    with zipfile.ZipFile(ARCHIVE) as archive:
        for name in archive.namelist():
            assert not re.search(rb'"/(home|root|tmp|work|Users)/', archive.read(name)), name


def test_it_holds_two_campaigns_of_a_try_out_protocol(example):
    films = {campaign.name: set(campaign.coatings) for campaign in example.campaigns()}
    assert films["mission-films"] == MISSION
    assert films["cathode-films"] > OXIDES
    assert set(example.coatings()) == MISSION | OXIDES
    assert all(record.try_out and not record.failures for record in example.records())


def test_every_computation_behind_every_record_is_there(example):
    for record in example.records():
        assert {step.key for step in example.evidence(record).steps} == set(record.steps)


def test_a_number_leads_back_to_its_cell_and_computations(example):
    origin = example.provenance("LAS-1-1", "shear_modulus_calibrated")
    assert {"relax", "elastic"} <= {step.step for step in origin.steps}
    assert all(step.uuid for step in origin.steps)
    assert origin.models[0].atoms == len(example.evidence(example.record("LAS-1-1")).models()[0].symbols)
    assert origin.potential == "mace-lithicoat-1"
    assert origin.protocol_numbers
