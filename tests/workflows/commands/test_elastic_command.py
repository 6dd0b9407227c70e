"""`lithicoat elastic` on copper and aluminium by EMT: one film, a stack, bad input."""

import json

import pytest
from ase.build import bulk
from ase.calculators.emt import EMT

from lithicoat.workflows.cli import run
from lithicoat.workflows.commands import elastic as command
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.registry import register
from lithicoat.workflows.protocols import Preset, ThermalElasticSpec, preset

KEYS = {
    "bulk_modulus",
    "shear_modulus",
    "shear_modulus_calibrated",
    "shear_modulus_softest",
    "shear_modulus_stiffest",
    "youngs_modulus",
    "poisson_ratio",
    "pugh_ratio",
    "universal_anisotropy",
    "hardness_estimate",
    "lowest_elastic_eigenvalue",
    "tensor_GPa",
    "born_stable",
}
SHEARS = ThermalElasticSpec(
    in_screen=False,
    expansion_ps=0.1,
    strains=(0.01,),
    shears=3,
    equilibration_ps=0.02,
    production_ps=0.1,
    longest_ps=0.1,
    relative_error=0.5,
)


@pytest.fixture(autouse=True)
def emt(monkeypatch, tmp_path):
    ref = register("test-emt", EMT, elements=["Cu", "Al"])
    short = preset(Preset.QUICK).model_copy(update={"thermal_elastic": SHEARS})
    monkeypatch.setattr(command, "preset", lambda _name: short)
    for symbol in ("Cu", "Al"):
        bulk(symbol, cubic=True).write(tmp_path / f"{symbol}.cif")
    yield ref
    potentials._registered.pop("test-emt")
    calculators._loaded.pop(ref.sha256, None)


def elastic(*arguments):
    return run(["elastic", *arguments, "--potential", "test-emt", "-q"])


def test_one_film_keeps_its_form_and_gains_the_temperature(capsys):
    assert elastic("Cu.cif", "--json") == 0
    cold = json.loads(capsys.readouterr().out)
    assert set(cold) == KEYS
    assert cold["shear_modulus"]["value"] == pytest.approx(56.9, rel=0.03)
    assert cold["pugh_ratio"]["value"] == pytest.approx(134.5 / 56.9, rel=0.03)
    assert elastic("Cu.cif", "--temperature", "300", "--json") == 0
    warm = json.loads(capsys.readouterr().out)
    assert set(warm) == KEYS | {"shear_modulus_300K", "shear_modulus_300K_calibrated", "shears"}
    assert warm["shear_modulus_300K"]["unit"] == "GPa"
    assert warm["shear_modulus_300K"]["provenance"]["potential"] == "test-emt"
    assert "try-out protocol" in warm["shear_modulus_300K"]["flags"]
    assert [mode["mode"] for mode in warm["shears"][0]["modes"]] == ["yz", "xz", "xy"]


def test_a_stack_shows_each_film_and_both_together(capsys):
    assert elastic("Cu.cif", "Al.cif", "--thickness", "10,5") == 0
    text = capsys.readouterr().out
    assert "10 nm Cu.cif on 5 nm Al.cif: 15 nm in all" in text
    assert "shear in the plane (exact)" in text
    assert elastic("Cu.cif", "Al.cif", "--thickness", "10,5", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    copper, aluminium = (found["films"][name]["shear_modulus"]["value"] for name in ("Cu.cif", "Al.cif"))
    stack = found["laminate"]
    assert stack["shear_in_plane"]["value"] == pytest.approx((2 * copper + aluminium) / 3)
    assert stack["shear_across"]["value"] == pytest.approx(3 / (2 / copper + 1 / aluminium))
    assert found["laminate_calibrated"]["shear_across"]["flags"]
    assert stack["bulk_reuss"]["value"] <= stack["bulk_voigt"]["value"]


def test_the_text_names_shears_units_and_notes(capsys):
    assert elastic("Cu.cif", "--temperature", "250") == 0
    text = capsys.readouterr().out
    assert "shear modulus 250K" in text
    assert "shears at 250 K (GPa): yz" in text
    assert "made for covalent solids" in text
    assert "±" in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("Cu.cif", "--temperature", "-3"), "--temperature -3 is no temperature of a solid"),
        (("Cu.cif", "Al.cif", "--thickness", "10,x"), "--thickness 10,x is not a list of positive numbers"),
        (("Cu.cif", "Al.cif", "--thickness", "10,-5"), "not a list of positive numbers"),
        (("Cu.cif", "Al.cif", "--thickness", "10"), "gives 1 layer(s), but 2 film(s) are named"),
        (("Cu.cif", "--thickness", "10"), "a stack needs two or more films"),
    ],
)
def test_bad_input_is_one_sentence(arguments, sentence, capsys):
    assert elastic(*arguments) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.slow
def test_figures_are_written(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    assert elastic("Cu.cif", "--temperature", "300", "--figures", str(tmp_path / "figures")) == 0
    names = {file.name for file in (tmp_path / "figures").iterdir()}
    assert {"Cu-youngs-modulus.pdf", "Cu-stress-strain.svg"} <= names
    assert "figure " in capsys.readouterr().out
