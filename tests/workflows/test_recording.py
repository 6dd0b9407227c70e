import pytest

from lithicoat.structures.build import build_models
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.workflows.cli import run
from lithicoat.workflows.recording import ladder_properties


@pytest.mark.parametrize(
    ("name", "reason"), [("ZnO", "holds no lithium"), ("LiF", "see the failures of the film")]
)
def test_missing_transport_says_why(name, reason):
    cells = build_models(load_catalog().find(name), max_atoms=8, replicas=1, seed=0)
    found = ladder_properties(None, cells)
    assert {"conductivity_298K", "activation_energy", "highest_stable_temperature"} <= set(found)
    assert all(quantity.value is None and reason in quantity.flags[0] for quantity in found.values())


def test_diffusion_in_a_film_without_lithium_is_refused_before_anything_runs(capsys):
    assert run(["diffusion", "ZnO", "--potential", "chgnet"]) == 2
    assert "ZnO holds no lithium" in capsys.readouterr().err
