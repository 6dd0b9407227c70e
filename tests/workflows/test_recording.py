import pytest

from lithicoat.analysis.decision.columns import Columns
from lithicoat.analysis.decision.gates import GateState, check_gate
from lithicoat.analysis.decision.scheme import default_scheme
from lithicoat.analysis.properties import Property
from lithicoat.analysis.transport.arrhenius import fit_arrhenius
from lithicoat.analysis.transport.records import TemperatureResult
from lithicoat.structures.build import build_models
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.workflows.cli import run
from lithicoat.workflows.potentials.registry import resolve
from lithicoat.workflows.protocols import Preset, preset
from lithicoat.workflows.recording import record_of
from lithicoat.workflows.transport.diffusion import DiffusionDocument, Ending, LadderDocument
from lithicoat.workflows.transport.properties import PERFECT_CRYSTAL, convergence_flags, ladder_properties


def cells_of(name):
    return build_models(load_catalog().find(name), max_atoms=8, replicas=1, seed=0)


@pytest.mark.parametrize(
    ("name", "reason"), [("ZnO", "holds no lithium"), ("LiF", "see the failures of the film")]
)
def test_missing_transport_says_why(name, reason):
    found = ladder_properties(None, cells_of(name))
    assert {"conductivity_298K", "activation_energy", "haven_ratio", "highest_stable_temperature"} <= set(
        found
    )
    assert all(quantity.value is None and reason in quantity.flags[0] for quantity in found.values())


def result(species, kelvin, value, error=0.1):
    return TemperatureResult(
        species=species,
        temperature_K=kelvin,
        diffusivity=Property(value=value, uncertainty=error * value, unit="cm2/s"),
        conductivity=Property.missing("S/cm", "not needed"),
        haven_ratio=Property(value=0.5, uncertainty=0.1, unit="1"),
        hops=100,
        duration_ps=10,
        framework_msd_A2=0.1,
        framework_held=True,
        framework_reason="the framework held",
        mobile_ions=20,
        volume_A3=1000,
        site_spacing_A=3,
    )


def document(kelvin, results, *, converged=True, error=0.1):
    return DiffusionDocument(
        temperature_K=kelvin,
        mean_temperature_K=kelvin,
        framework_held=True,
        framework_reason="the framework held",
        results=results,
        converged=converged,
        relative_error=error,
        ending=Ending.CONVERGED if converged else Ending.BUDGET,
        reason="as asked",
        trajectory=None,
        trajectory_sha256=None,
        frames=0,
        steps=10,
        timestep_fs=1,
        thermostat_ps=0.1,
        seed=0,
    )


def ladder(*documents):
    species = dict.fromkeys(one for run in documents for one in run.results)
    return LadderDocument(
        temperatures=documents,
        failed=0,
        arrhenius={one: fit_arrhenius([run.results[one] for run in documents]) for one in species},
        highest_stable_temperature_K=max(run.temperature_K for run in documents),
    )


BOTH = ladder(
    document(600, {"Li": result("Li", 600, 1e-6), "O": result("O", 600, 1e-9)}),
    document(900, {"Li": result("Li", 900, 1e-5), "O": result("O", 900, 1e-7)}),
)


def test_oxygen_stands_beside_lithium_where_it_was_followed():
    found = ladder_properties(BOTH, [], ("Li", "O"))
    assert found["oxygen_diffusivity_298K"].value < found["diffusivity_298K"].value
    assert found["oxygen_activation_energy"].value > found["activation_energy"].value
    assert found["lithium_over_oxygen"].value > 3
    assert found["haven_ratio"].value == pytest.approx(0.5)
    assert found["highest_stable_temperature"].value == 900
    assert "oxygen_diffusivity_298K" not in ladder_properties(BOTH, [], ("Li",))


def test_oxygen_alone_leaves_lithium_missing_with_its_reason():
    alone = ladder(*(document(kelvin, {"O": result("O", kelvin, 1e-9 * kelvin)}) for kelvin in (600, 900)))
    found = ladder_properties(alone, cells_of("ZnO"), ("O",))
    assert found["oxygen_activation_energy"].resolved
    assert "holds no lithium" in found["conductivity_298K"].flags[0]
    assert "lithium_over_oxygen" not in found
    assert found["highest_stable_temperature"].value == 900


def test_a_film_whose_runs_failed_has_no_oxygen_either():
    found = ladder_properties(None, [], ("Li", "O"))
    assert {"oxygen_diffusivity_298K", "oxygen_activation_energy", "lithium_over_oxygen"} <= set(found)
    assert all(quantity.value is None for quantity in found.values())


def test_a_perfect_crystal_is_called_one():
    found = ladder_properties(BOTH, cells_of("LiF"), ("Li", "O"))
    assert PERFECT_CRYSTAL in found["conductivity_298K"].flags
    assert PERFECT_CRYSTAL in found["lithium_over_oxygen"].flags


def test_runs_that_did_not_converge_are_told_of():
    sure = document(900, {"Li": result("Li", 900, 1e-5)})
    loose = document(600, {"Li": result("Li", 600, 1e-6, 0.4)}, converged=False, error=0.4)
    unseen = document(500, {}, converged=False, error=None)
    assert convergence_flags(ladder(sure)) == ()
    assert convergence_flags(None) == ()
    found = ladder_properties(ladder(loose, sure), [])
    told = "1 of 2 runs ended before D was known as well as asked: within 40 % at 600 K"
    assert told in found["conductivity_298K"].flags
    assert told in found["activation_energy"].flags
    joined = LadderDocument(
        temperatures=(unseen, sure), failed=0, arrhenius={}, highest_stable_temperature_K=900
    )
    assert convergence_flags(joined) == ("not resolved at 500 K",)


def test_diffusion_with_nothing_to_follow_is_refused_before_anything_runs(capsys):
    assert run(["diffusion", "ZnS", "--potential", "chgnet"]) == 2
    assert "ZnS holds no lithium, so there is nothing to follow (it holds S, Zn)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("failures", "state"),
    [
        ({"anneal": "C6–S7 broke at 0.15 ps"}, GateState.FAILED),
        ({"anneal": "node lost"}, GateState.UNKNOWN),
        ({"lithium volume": "C6–S7 broke"}, GateState.UNKNOWN),
    ],
)
def test_a_film_that_falls_apart_before_its_runs_fails_the_gate_of_the_framework(failures, state):
    record = record_of(
        load_catalog().find("LiGL"),
        resolve("mace-lithicoat-1"),
        preset(Preset.QUICK),
        seed=0,
        campaign="trial",
        film=[None],
        elastic=[None],
        ladder=None,
        scavenging=None,
        failures=failures,
    )
    framework = next(gate for gate in default_scheme().gates if gate.name == "framework")
    held = check_gate(framework, Columns([record.properties]))
    assert held.state(0) is state
    assert ("broke" in held.why(0)) == (state is GateState.FAILED)
