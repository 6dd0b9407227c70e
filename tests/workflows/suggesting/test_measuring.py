"""The command that would measure a number, and what it cannot do."""

import shlex
from pathlib import Path

import pytest

from lithicoat.analysis.decision.error_sources import ErrorSource
from lithicoat.analysis.decision.suggestions import Suggestion
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.workflows.protocols import Preset, preset
from lithicoat.workflows.suggesting.measuring import NO_COMMAND, measurement
from lithicoat.workflows.transport.properties import NO_LITHIUM


def suggestion(name, source=ErrorSource.CELLS, film="LiTEA", now=None):
    return Suggestion(
        film=film,
        property=name,
        now=now or Property(value=1.0, uncertainty=0.1, unit="1"),
        gain=Property(value=0.1, uncertainty=0.01, unit="score"),
        probability_first_changes=0.1,
        probability_rank_changes=0.1,
        expected_places=0.1,
        main_error=source,
        why="",
    )


def record(film="LiTEA", protocol=None, potential="mace-lithicoat-1", seed=0):
    return ScreeningRecord(
        coating=film,
        name=film,
        family="test",
        role="anode",
        campaign="test",
        potential=potential,
        sha256="0" * 64,
        protocol=protocol or preset(Preset.QUICK).label,
        try_out=True,
        seed=seed,
        properties={},
    )


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("shear_modulus_calibrated", "elastic"),
        ("lowest_elastic_eigenvalue", "elastic"),
        ("log10_conductivity_298K", "diffusion"),
        ("conductivity_298K", "diffusion"),
        ("highest_stable_temperature", "diffusion"),
        ("contact_lithium", "stability"),
        ("contact_NMC811", "stability"),
        ("window_high", "stability"),
        ("scavenging_capacity", "scavenging"),
        ("oxidation_volume_ratio", "scavenging"),
    ],
)
def test_each_number_of_the_ranking_has_its_command(name, command):
    found = measurement(suggestion(name), record())
    assert found.command == f"lithicoat {command} LiTEA --preset standard"


@pytest.mark.parametrize(
    ("protocol", "options"),
    [
        (preset(Preset.QUICK).label, "--preset standard"),
        (preset(Preset.STANDARD).label, "--preset production"),
        (preset(Preset.PRODUCTION).label, "--preset production --seed 4"),
        ("my-own-1a2b3c4d", "--preset standard"),
    ],
)
def test_the_next_run_is_more_careful_than_the_last(protocol, options):
    found = measurement(suggestion("window_high"), record(protocol=protocol, seed=3))
    assert found.command == f"lithicoat stability LiTEA {options}"


def test_potential_and_database_are_those_of_the_record():
    found = measurement(suggestion("window_high"), record(potential="chgnet"), Path("a b/lithicoat.db"))
    assert shlex.split(found.command)[3:] == [
        "--potential", "chgnet", "--preset", "standard", "--db", "a b/lithicoat.db",
    ]  # fmt: skip


def test_a_defect_model_is_measured_by_barriers_and_says_what_they_leave():
    found = measurement(suggestion("log10_conductivity_298K", ErrorSource.DEFECT_MODEL), record())
    assert found.command == "lithicoat diffusion LiTEA --barriers --preset standard"
    assert "share of empty sites" in found.advice


def test_no_run_takes_the_error_of_a_calibration_away():
    found = measurement(suggestion("shear_modulus_calibrated", ErrorSource.CALIBRATION), record())
    assert "only a reference modulus" in found.advice


def test_a_film_without_lithium_needs_its_lithiated_form():
    missing = Property.missing("decades", NO_LITHIUM)
    found = measurement(suggestion("log10_conductivity_298K", ErrorSource.MISSING, now=missing), record())
    assert found.command is None
    assert "lithiated form" in found.advice


@pytest.mark.parametrize("source", [ErrorSource.REPORTED, ErrorSource.MISSING])
def test_a_gap_comes_from_the_catalog(source):
    found = measurement(suggestion("band_gap", source), record())
    assert found.command is None
    assert ("catalog" in found.advice) == (source is ErrorSource.REPORTED)
    assert (found.advice == NO_COMMAND) == (source is ErrorSource.MISSING)


@pytest.mark.parametrize("film", ["LiTEA", "Li-erythritol", "Li2SOx@2.5", "smiles:OCC(O)CO"])
def test_what_the_command_names_is_found(film):
    found = measurement(suggestion("window_high", film=film), record(film))
    name = shlex.split(found.command)[2]
    assert name == film
    assert load_catalog(None).find(name).id
