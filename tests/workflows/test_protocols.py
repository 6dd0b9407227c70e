"""Presets and the numbers in them."""

import pytest
from pydantic import ValidationError

from lithicoat.structures.model import ModelKind
from lithicoat.workflows.protocols import DiffusionSpec, Preset, Protocol, preset


@pytest.mark.parametrize("name", list(Preset))
def test_presets_are_valid_and_survive_json(name: Preset):
    protocol = preset(name)
    assert Protocol.model_validate_json(protocol.model_dump_json()) == protocol
    assert protocol.label.startswith(f"{name.value}-")


def test_only_quick_is_for_trying_out():
    assert [name for name in Preset if preset(name).try_out] == [Preset.QUICK]


def test_presets_keep_the_rules_of_the_field():
    """Quench rates, replicas and forces that make a number publishable, or at least a film a glass."""
    quick, production = preset(Preset.QUICK), preset(Preset.PRODUCTION)
    assert quick.build.max_atoms <= 64
    assert quick.anneal.quench_rate_K_ps <= 500
    assert production.anneal.quench_rate_K_ps <= 20
    assert production.build.replicas >= 5
    assert preset(Preset.STANDARD).build.replicas >= 3
    assert all(preset(name).build.rebuilds >= 1 for name in Preset)
    assert production.elastic.fmax_eV_A <= 0.01
    assert len(production.elastic.strains) == 2
    for protocol in (quick, production):
        assert max(protocol.diffusion.molecular_temperatures_K) <= 700


def test_the_label_follows_the_numbers():
    protocol = preset(Preset.QUICK)
    other = protocol.model_copy(update={"relax": protocol.relax.model_copy(update={"max_steps": 501})})
    assert other.label != protocol.label


def test_runs_without_frames_are_refused():
    numbers = preset(Preset.QUICK).diffusion.model_dump() | {"production_ps": 0.1}
    with pytest.raises(ValidationError, match="fewer than 20 frames"):
        DiffusionSpec.model_validate(numbers)


def test_hydrogen_needs_a_shorter_step():
    spec = preset(Preset.STANDARD).diffusion
    assert spec.step_fs(("Li", "S")) == 2.0
    assert spec.step_fs(("Li", "O", "C", "H")) == 0.5
    assert spec.temperatures_K(ModelKind.MOLECULAR) == spec.molecular_temperatures_K
