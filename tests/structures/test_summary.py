import pytest

from lithicoat.structures.build import build_models
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.summary import summarise


def row(name, **recipe):
    coating = load_catalog().find(name)
    [model] = build_models(coating, max_atoms=32, replicas=1, seed=0)
    return summarise(coating, model.model_copy(update={"recipe": {**model.recipe, **recipe}}))


def test_a_crystal_is_held_against_its_measured_density():
    told = row("LiF")
    assert (told.formula, told.atoms, told.kind, told.builder) == ("F4Li4", 8, "crystal", "crystal")
    assert told.reference_density_g_cm3 == 2.64  # CRC Handbook
    assert told.density_deviation == pytest.approx(2.530 / 2.64 - 1, abs=1e-3)
    assert told.flags == ()


@pytest.mark.parametrize(
    ("recipe", "flag"),
    [
        ({"density_reference_g_cm3": 3.0}, "density -16% off its reference"),
        ({"origin": "predicted"}, "predicted crystal"),
        ({"flag": "suspect"}, "suspect"),
        ({"composition_deviation": 0.02}, "composition off by 0.020: cell too small"),
    ],
)
def test_what_a_reader_must_see_is_flagged(recipe, flag):
    assert flag in row("LiF", **recipe).flags


def test_a_packed_film_is_lighter_than_its_reference_and_not_flagged_for_it():
    told = row("Li2SOx")
    assert told.reference.startswith("crystal;")
    assert -0.15 < told.density_deviation < -0.05
    assert not any("density" in flag for flag in told.flags)
