"""What a film does with oxygen, from relaxed cells and the shipped reference phases."""

from pathlib import Path

import pytest
from jobflow import Flow

from lithicoat.analysis.oxygen.conditions import UptakeSurroundings
from lithicoat.analysis.properties import Bound
from lithicoat.analysis.thermochemistry.phases import Thermochemistry
from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.campaign import run_jobs
from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.mechanics.relaxation import RelaxDocument
from lithicoat.workflows.oxygen.offer import KnownOxygen, cathode_oxygen_of
from lithicoat.workflows.oxygen.properties import scavenging_properties
from lithicoat.workflows.oxygen.scavenging import (
    ScavengingDocument,
    ScavengingMaker,
    mean_density,
    scavenging_jobs,
)
from lithicoat.workflows.potentials.registry import PotentialRef, resolve
from lithicoat.workflows.thermochemistry.records import thermochemistry_of

MEASURED = {"Li2SO4": -5.157, "Li2SO3": -5.083}
"""eV/O2 of Li2S, from tabulated enthalpies of formation at 298 K."""


@pytest.fixture(scope="module")
def mace() -> PotentialRef:
    return resolve("mace-lithicoat-1")


@pytest.fixture(scope="module")
def references(mace: PotentialRef) -> Thermochemistry:
    return thermochemistry_of(mace)


def relaxed(
    file: str, references: Thermochemistry, potential: PotentialRef, *, shift_eV: float = 0.0
) -> RelaxDocument:
    """A shipped crystal with the energy that the record has of it, per formula unit shifted."""
    atoms = load_crystal(file)
    model = Model.from_atoms(atoms, name=file, kind=ModelKind.CRYSTAL)
    units = atoms.symbols.formula.reduce()[1]
    return RelaxDocument(
        model=model,
        potential=potential,
        energy_eV=units * (references.phase(file).energy_eV + shift_eV),
        fmax_eV_A=0.0,
        stress_GPa=(0.0,) * 6,
        steps=0,
        density_g_cm3=model.density_g_cm3,
    )


def made(film: list[RelaxDocument], references: Thermochemistry, **more: KnownOxygen) -> ScavengingDocument:
    return ScavengingMaker.make.original(ScavengingMaker(), film, references, **more)


@pytest.mark.parametrize("name", ["mace-lithicoat-1", "chgnet"])
def test_the_measured_reactions_lie_within_their_uncertainty(name: str):
    potential = resolve(name)
    references = thermochemistry_of(potential)
    document = made([relaxed("Li2S_225.cif", references, potential)], references)
    found = {next(iter(reaction.products)): reaction.energy for reaction in document.reactions}
    for product, measured in MEASURED.items():
        energy = found[product]
        assert energy.value == pytest.approx(measured, abs=0.35)
        assert abs(energy.value - measured) < 2 * energy.uncertainty


def test_lithium_sulfide(mace: PotentialRef, references: Thermochemistry):
    film = relaxed("Li2S_225.cif", references, mace)
    document = made([film], references)
    assert document.reactions[0].equation == "Li2S + 2 O2 -> Li2SO4"
    assert document.energy == document.reactions[0].energy
    assert document.capacity.value == pytest.approx(2 * film.density_g_cm3 / 45.95, rel=1e-3)
    assert document.volume_ratio.value == pytest.approx(1.78, rel=0.08)  # from tabulated densities
    assert document.onset.value == pytest.approx(-2.58, abs=0.15)
    assert [condition.temperature_K for condition in document.conditions] == list(
        UptakeSurroundings().temperatures_K
    )


@pytest.mark.parametrize("file", ["Li2SO4_14.cif", "Al2O3_167.cif", "LiF_225.cif"])
def test_a_film_that_takes_up_none_has_no_capacity_and_says_why(
    file: str, mace: PotentialRef, references: Thermochemistry
):
    document = made([relaxed(file, references, mace)], references)
    assert document.reactions == ()
    assert (document.energy.value, document.energy.bound) == (0.0, Bound.LOWER)
    assert (document.capacity.value, document.capacity.uncertainty) == (0.0, 0.0)
    assert document.volume_ratio.value == 1.0
    assert "takes up no O2" in document.capacity.flags[0]


def test_an_onset_near_that_of_the_gas_is_in_doubt(mace: PotentialRef, references: Thermochemistry):
    """Li2O + 1/2 O2 -> Li2O2: -36 kJ/mol by tabulated enthalpies, where O2 gas offers -31 kJ/mol."""
    oxide = made([relaxed("Li2O_225.cif", references, mace)], references)
    assert any("within the uncertainty" in flag for flag in oxide.onset.flags)
    sulfide = made([relaxed("Li2S_225.cif", references, mace)], references)
    assert not any("within the uncertainty" in flag for flag in sulfide.onset.flags)


def test_the_entropy_of_nitrogen_is_not_counted_and_that_is_said(
    mace: PotentialRef, references: Thermochemistry
):
    document = made([relaxed("AlN_186.cif", references, mace)], references)
    assert document.reactions[0].gases == ("N2",)
    assert "the entropy of N2 is not counted" in document.energy.flags


def test_the_spread_of_the_replicas_widens_the_error(mace: PotentialRef, references: Thermochemistry):
    one = made([relaxed("Li2S_225.cif", references, mace)], references)
    shifts = (-1.0, 0.0, 1.0)
    three = made([relaxed("Li2S_225.cif", references, mace, shift_eV=s) for s in shifts], references)
    assert three.energy.value == pytest.approx(one.energy.value)
    standard_error = 1.0 / 3**0.5 / 2  # of three replicas, per O2
    assert three.energy.uncertainty == pytest.approx((one.energy.uncertainty**2 + standard_error**2) ** 0.5)


def test_film_and_references_of_two_potentials_are_refused(references: Thermochemistry):
    chgnet = resolve("chgnet")
    film = relaxed("Li2S_225.cif", references, chgnet)
    with pytest.raises(PotentialError, match="energies of two potentials are not mixed"):
        made([film], references)


def test_beside_the_cathode_all_is_by_the_potential_that_covers_it(
    mace: PotentialRef, references: Thermochemistry
):
    chgnet = resolve("chgnet")
    known = KnownOxygen(oxygen=cathode_oxygen_of(chgnet), references=thermochemistry_of(chgnet))
    document = made([relaxed("Li2S_225.cif", references, mace)], references, known=known)
    cathode = document.cathode
    assert (document.potential, cathode.potential) == ("mace-lithicoat-1", "chgnet")
    offers = [cathode.offers[f"NMC811 x={x:g}"].value for x in (1.0, 0.5, 0.25)]
    assert offers == sorted(offers)  # the less lithium, the looser the oxygen
    assert cathode.margin.value == pytest.approx(offers[-1] - cathode.onset.value)
    assert scavenging_properties(document)["oxygen_margin"] == cathode.margin
    assert scavenging_properties(document)["uptake_onset"] == document.onset


def test_without_a_known_cathode_the_reason_stays(mace: PotentialRef, references: Thermochemistry):
    document = made(
        [relaxed("Li2S_225.cif", references, mace)], references, known=KnownOxygen(reason="never computed")
    )
    assert document.cathode is None
    assert document.cathode_missing == "never computed"
    assert "oxygen_margin" not in scavenging_properties(document)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_jobs_of_a_film_run_and_round_trip(
    mace: PotentialRef, references: Thermochemistry, tmp_path: Path
):
    class Given:
        output = relaxed("Li2S_225.cif", references, mace)

    prepared, job = scavenging_jobs([Given()], mace, {"Li", "S"})  # type: ignore[list-item]
    found = run_jobs(Flow([*prepared, job]), tmp_path / "db", None)[job.uuid]
    assert found.cathode.potential == "chgnet"
    assert ScavengingDocument.model_validate(found.model_dump(mode="json")) == found


def test_the_density_of_a_film_is_the_mean_of_its_cells(mace: PotentialRef, references: Thermochemistry):
    film = relaxed("Li2S_225.cif", references, mace)
    assert mean_density([film]).uncertainty is None
    assert mean_density([film, film]).uncertainty == 0.0
    assert mean_density([film]).value == pytest.approx(film.density_g_cm3)
