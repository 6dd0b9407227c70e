"""From documents to the record, and the step in the flow of a film."""

import pytest

from lithicoat.analysis.criterion.volumes import LithiumCell
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.model import ModelKind
from lithicoat.workflows.potentials.registry import DEFAULT_POTENTIAL, resolve
from lithicoat.workflows.protocols import Preset, VolumeSpec, preset
from lithicoat.workflows.recording import record_of
from lithicoat.workflows.screening import ScreeningMaker
from lithicoat.workflows.volumes.documents import VolumeDocument
from lithicoat.workflows.volumes.properties import NO_LITHIUM, volume_properties

SPEC = preset(Preset.QUICK).volumes


@pytest.fixture(scope="module")
def potential():
    return resolve(DEFAULT_POTENTIAL)


def document(potential, changes, *, coordination=(6.0, 6.0), kind=ModelKind.AMORPHOUS, failures=None):
    cells = tuple(
        LithiumCell(
            label=f"{change:+d} #{number}",
            change=change,
            atoms=30 + change,
            volume_change_A3=volume_A3,
            energy_change_eV=3.0,
            farthest_A=0.2,
        )
        for number, (change, volume_A3) in enumerate(changes)
    )
    return VolumeDocument(
        kind=kind,
        coordination=coordination,
        atoms=30,
        volume_A3=300.0,
        cells=cells,
        failures=failures or {},
        model_hash="0",
        potential=potential,
        spec=SPEC,
    )


def test_both_conventions_stand_side_by_side(potential):
    found = volume_properties([document(potential, [(-1, -5.0), (-1, -7.0), (1, 6.0)])])
    assert found["lithium_volume_ratio"].value == pytest.approx(6.0 / 21.587, rel=1e-4)
    assert found["lithium_volume_ratio"].uncertainty > 0
    assert found["lithium_volume_ratio_sphere"].value == pytest.approx(0.0841, rel=1e-3)


def test_failed_replicas_and_cells_are_told(potential):
    reason = {"without Li O4 (atom 3)": "film: not converged in 5 steps"}
    documents = [document(potential, [(-1, -5.0)], failures=reason), None, document(potential, [(-1, -7.0)])]
    found = volume_properties(documents)["lithium_volume_ratio"]
    assert "1 of 3 replicas without a value" in found.flags
    assert any("1 cells could not be relaxed, without Li O4 (atom 3)" in flag for flag in found.flags)
    assert found.value == pytest.approx(6.0 / 21.587, rel=1e-4)


def test_what_is_missing_says_why(potential):
    nothing = volume_properties([])
    assert nothing["lithium_volume_ratio"].flags == (NO_LITHIUM,)
    assert nothing["lithium_volume_ratio_sphere"].flags == ("the film holds no lithium",)
    failed = volume_properties([None])
    assert all("see the failures of the film" in quantity.flags[0] for quantity in failed.values())
    oxide = volume_properties([document(potential, [(1, 4.0)], coordination=())])
    assert oxide["lithium_volume_ratio"].value > 0
    assert oxide["lithium_volume_ratio_sphere"].flags == ("the film holds no lithium",)


@pytest.mark.parametrize(
    ("coating", "interstitial", "steps"),
    [("Li2S", True, 1), ("Li2S", False, 1), ("Al2O3", True, 1), ("Al2O3", False, 0), ("NMC811", True, None)],
)
def test_a_screening_measures_it_where_there_is_lithium(coating, interstitial, steps, potential):
    protocol = preset(Preset.QUICK)
    protocol = protocol.model_copy(
        update={"volumes": protocol.volumes.model_copy(update={"interstitial": interstitial})}
    )
    jobs = [type("Job", (), {"output": type("Output", (), {"model": None})})]
    found = ScreeningMaker(protocol=protocol).volumes(load_catalog().find(coating), jobs, potential)
    assert (None if found is None else len(found)) == steps


def test_the_step_is_in_the_flow_and_in_the_record(potential):
    protocol, coating = preset(Preset.QUICK), load_catalog().find("Li2S")
    flow = ScreeningMaker(protocol=protocol).make(coating, potential, seed=0, campaign="c")
    names = [job.name for job in flow.jobs]
    assert names.index("relax") < names.index("lithium volume") < names.index("record")
    facts = {"seed": 0, "campaign": "c", "film": [], "elastic": [], "ladder": None, "scavenging": None}
    record = record_of(
        coating, potential, protocol, failures={}, volumes=[document(potential, [(-1, -5.0)])], **facts
    )
    ratio = record.properties["lithium_volume_ratio"]
    assert (ratio.unit, ratio.provenance.protocol) == ("1", protocol.label)
    without = record_of(coating, potential, protocol, failures={}, **facts)
    assert "lithium_volume_ratio" not in without.properties


def test_a_protocol_that_changes_no_content_is_refused():
    numbers = SPEC.model_dump() | {"vacancies": 0, "interstitial": False}
    with pytest.raises(ValueError, match="no vacancy and no interstitial"):
        VolumeSpec.model_validate(numbers)
