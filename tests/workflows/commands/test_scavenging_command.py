"""`lithicoat scavenging` on a Lennard-Jones crystal with a record of its own: answer, JSON, bad input."""

import json

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.lj import LennardJones

from lithicoat.analysis.oxygen.offers import CathodeOxygen
from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.workflows.cli import run
from lithicoat.workflows.commands.offers import offer_json, print_offer
from lithicoat.workflows.oxygen.offer import cathode_oxygen_of
from lithicoat.workflows.potentials import calculators, registry
from lithicoat.workflows.potentials.registry import PotentialRef, register, resolve
from lithicoat.workflows.storage import open_store
from lithicoat.workflows.thermochemistry.records import remember, thermochemistry_of

RECORD = thermochemistry_of(resolve("mace-lithicoat-1"))


class Still(LennardJones):
    """Leaves every atom where it is, with the energy that the record has of the crystal."""

    def calculate(self, atoms: Atoms, *_: object) -> None:
        formula, units = atoms.symbols.formula.reduce()
        energy = RECORD.phase(str(formula)).energy_eV * units
        self.results = {"energy": energy, "forces": np.zeros((len(atoms), 3)), "stress": np.zeros(6)}


@pytest.fixture
def potential(tmp_path) -> PotentialRef:
    """A potential with a record of its own."""
    ref = register("test-still", Still, elements=("Li", "S", "O", "Al", "W"))
    record = RECORD.model_copy(update={"potential": ref.id, "sha256": ref.sha256})
    remember(record, open_store(tmp_path / "lithicoat.db"))
    load_crystal("Li2S_225.cif").write(tmp_path / "sulfide.cif")
    load_crystal("Li2SO4_14.cif").write(tmp_path / "sulfate.cif")
    yield ref
    registry._registered.pop("test-still")
    calculators._loaded.pop(ref.sha256, None)


def scavenging(*arguments: str) -> int:
    return run(["scavenging", *arguments, "--preset", "quick", "-q"])


def test_the_answer_as_json(potential, capsys):
    assert scavenging("sulfide.cif", "--potential", potential.id, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    first = found["reactions"][0]
    assert first["equation"] == "Li2S + 2 O2 -> Li2SO4"
    assert first["energy_eV_per_O2"]["unit"] == "eV/O2"
    assert first["energy_eV_per_O2"]["uncertainty"] > 0
    assert first["energy_eV_per_O2"]["provenance"]["potential"] == "test-still"
    assert "try-out protocol" in first["energy_eV_per_O2"]["flags"]
    assert first["products"] == {"Li2SO4": 1.0}
    assert found["capacity_mol_O2_cm3"]["value"] == pytest.approx(0.0709, abs=0.001)
    areal = found["areal_capacity_mol_O2_cm2_per_nm"]
    assert areal["value"] == pytest.approx(1e-7 * found["capacity_mol_O2_cm3"]["value"])
    assert found["volume_ratio"]["value"] > 1.5
    assert found["conditions"][0]["temperature_K"] == 298.15
    assert found["cathode"]["potential"] == "chgnet"
    assert found["oxygen_margin"]["value"] > 0
    assert found["staircase"][-1]["equation"] == "Li2S + 2 O2 -> Li2SO4"


def test_the_answer_as_a_table(potential, capsys):
    assert scavenging("sulfide.cif", "--potential", potential.id) == 0
    text = capsys.readouterr().out
    for part in (
        "Li2S + 2 O2 -> Li2SO4",
        "per nm of film: 7.0",
        "uptake begins above",
        "beside NMC811, both by chgnet",
        "pulls lattice oxygen out of NMC811 x=0.25",
        "test-still (sha256",
        "note: try-out protocol",
    ):
        assert part in text


def test_figures_are_written(potential, capsys, tmp_path):
    assert scavenging("sulfide.cif", "--potential", potential.id, "--figures", str(tmp_path / "f")) == 0
    assert "figure" in capsys.readouterr().out
    assert {file.suffix for file in (tmp_path / "f").iterdir()} == {".pdf", ".svg"}


def test_a_film_that_takes_up_none(potential, capsys):
    assert scavenging("sulfate.cif", "--potential", potential.id) == 0
    assert "Li2SO4 takes up no oxygen: capacity 0 mol O2/cm3" in capsys.readouterr().out


def test_the_offer_as_table_and_json(capsys):
    chgnet = resolve("chgnet")
    references, oxygen = thermochemistry_of(chgnet), cathode_oxygen_of(chgnet)
    assert isinstance(oxygen, CathodeOxygen)
    print_offer(references, oxygen)
    text = capsys.readouterr().out
    assert "NMC811 x=0.25" in text
    assert "offered, eV per O" in text
    found = offer_json(references, oxygen)
    assert set(found["offers"]) == {"NMC811 x=1", "NMC811 x=0.5", "NMC811 x=0.25"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give either a film or structure file, or --offer"),
        (("Li2S", "--offer"), "give either a film or structure file, or --offer"),
        (("Li2S", "-o", "x.json"), "-o belongs to --offer"),
        (("--offer", "--potential", "mace-lithicoat-1"), "Ni"),
        (("LiNbO3",), "Nb"),
    ],
)
def test_bad_input_is_one_sentence(arguments, message, capsys):
    assert scavenging(*arguments) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def test_a_potential_without_a_record_is_told_before_anything_runs(capsys):
    ref = register("test-no-record", LennardJones, elements=("Li", "S", "O"))
    try:
        assert scavenging("Li2S", "--potential", ref.id) == 2
    finally:
        registry._registered.pop("test-no-record")
    assert "no record of reference energies" in capsys.readouterr().err


def test_an_element_without_reference_phase_is_named(potential, tmp_path, capsys):
    Atoms(
        "WO3", positions=[[0, 0, 0], [1.9, 0, 0], [0, 1.9, 0], [0, 0, 1.9]], cell=[3.8] * 3, pbc=True
    ).write(tmp_path / "WO3.cif")
    assert scavenging("WO3.cif", "--potential", potential.id) == 2
    assert "no reference phase of W" in capsys.readouterr().err


class WiredError(Exception):
    """The jobs are known."""


def test_all_that_is_asked_of_a_film_is_one_flow(monkeypatch):
    from jobflow import Flow

    from lithicoat.workflows.commands import oxygen

    def wire(_task, jobs, wanted, _db, **_):
        flow = Flow(jobs)
        raise WiredError({job.name for job in flow.jobs} if set(wanted) <= set(jobs) else "lost")

    monkeypatch.setattr(oxygen, "run_task", wire)
    with pytest.raises(WiredError) as caught:
        run(["scavenging", "Li2S", "--kinetics", "--protection", "--crossing", "--preset", "quick", "-q"])
    (names,) = caught.value.args
    assert {"scavenging", "adhesion to NMC811@0.25(104)", "oxygen crossing"} <= names
