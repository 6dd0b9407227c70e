"""`lithicoat adhesion` on copper by EMT, which takes lithium for copper."""

import json

import pytest
from ase.build import bulk
from ase.calculators.calculator import all_changes
from ase.calculators.emt import EMT

from lithicoat.workflows.cli import run
from lithicoat.workflows.commands import single
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.registry import register
from lithicoat.workflows.protocols import Preset, preset


class LithiumAsCopper(EMT):
    """EMT that takes lithium for copper."""

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        stand_in = atoms.copy()
        stand_in.numbers[stand_in.numbers == 3] = 29
        super().calculate(stand_in, properties, system_changes)


@pytest.fixture(autouse=True)
def emt(tmp_path, monkeypatch):
    quick = preset(Preset.QUICK)
    small = {"max_atoms": 40, "film_thickness_A": 5, "electrode_thickness_A": 5, "sites": 1}
    tiny = quick.model_copy(
        update={
            "adhesion": quick.adhesion.model_copy(update=small),
            "build": quick.build.model_copy(update={"max_atoms": 8}),
        }
    )
    monkeypatch.setattr(single, "preset", lambda _name: tiny)
    ref = register("test-emt", LithiumAsCopper, elements=["Cu", "Li"])
    bulk("Cu", cubic=True).write(tmp_path / "film.cif")
    bulk("Cu", cubic=True).write(tmp_path / "Cu.cif")
    yield ref
    potentials._registered.pop("test-emt")
    calculators._loaded.pop(ref.sha256, None)


def adhesion(*arguments):
    return run(["adhesion", *arguments, "--potential", "test-emt", "--preset", "quick", "-q"])


def test_the_answer_has_numbers_units_and_provenance_and_the_second_is_reused(capsys):
    assert adhesion("film.cif", "--to", "Cu.cif(111)", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"film", "adhesion_copper", "lithium_adsorption", "interfaces", "lithium_sites"}
    (one,) = found["interfaces"]
    assert one["work"]["value"] == pytest.approx(one["cohesion_J_m2"], rel=0.02)
    assert one["work"]["unit"] == "J/m2"
    assert one["electrode"] == "Cu(111)"
    assert found["adhesion_copper"]["provenance"]["potential"] == "test-emt"
    assert found["adhesion_copper"]["provenance"]["protocol"].startswith("quick-")
    assert "try-out protocol" in found["lithium_adsorption"]["flags"]
    assert found["lithium_adsorption"]["value"] == min(site["energy_eV"] for site in found["lithium_sites"])
    assert adhesion("film.cif", "--to", "Cu.cif(111)") == 0
    text = capsys.readouterr().out
    assert "TRY-OUT PROTOCOL" in text
    assert "Cu(111)" in text
    assert "note: one interface, Cu(111): its spread is not known" in text
    assert "the film is lithiophobic" in text
    assert "potential test-emt (sha256" in text
    assert max(map(len, [line for line in text.splitlines() if line.startswith(("on", "Cu("))])) <= 80


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("film.cif", "--to", ","), "--to names no electrode"),
        (("film.cif", "--to", "Cu.cif"), "Cu.cif is a structure file without a face"),
        (("film.cif", "--to", "LiF"), "it is not known which face of LiF to take"),
        (("film.cif", "--to", "Gold"), "Gold is not in the catalog"),
        (("Li",), "Li is an electrode itself"),
        (("Li2S",), "test-emt does not"),
    ],
)
def test_bad_input_is_one_sentence(arguments, sentence, capsys):
    assert adhesion(*arguments) == 2
    assert sentence in capsys.readouterr().err
