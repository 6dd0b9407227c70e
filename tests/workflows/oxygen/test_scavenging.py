"""Reaction energies with O2, and the corrections under them."""

import pytest
from ase import Atoms
from scipy.constants import N_A, e

from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.mechanics.relaxation import RelaxDocument
from lithicoat.workflows.oxygen.scavenging import ScavengingMaker, reference_models
from lithicoat.workflows.potentials.corrections import corrected_energy_eV
from lithicoat.workflows.potentials.forcefields import MoleculeDocument
from lithicoat.workflows.potentials.registry import Corrections, PotentialRef, info, register, resolve

KJ_MOL = 1000 / (N_A * e)
"""One kJ/mol in eV."""
FORMATION_KJ_MOL = {"Li2S": -441.4, "Li2SO4": -1436.5}  # CRC Handbook, 298 K


@pytest.fixture
def chgnet() -> PotentialRef:
    return resolve("chgnet")


def _crystal(file: str, name: str) -> Model:
    return Model.from_atoms(load_crystal(file), name=name, kind=ModelKind.CRYSTAL)


def _relaxed(model: Model, energy_eV: float, potential: PotentialRef) -> RelaxDocument:
    return RelaxDocument(
        model=model,
        potential=potential,
        energy_eV=energy_eV,
        fmax_eV_A=0.0,
        stress_GPa=(0.0,) * 6,
        steps=0,
        density_g_cm3=model.density_g_cm3,
    )


def _from_enthalpy(
    formula: str, file: str, oxygen: int, potential: PotentialRef, *, shift: float = 0.0
) -> RelaxDocument:
    """A cell whose energy is its enthalpy of formation against Li and S at zero and the registry's O2."""
    model = _crystal(file, formula)
    units = model.symbols.count("S")
    o2 = info(potential).o2_energy_eV or 0.0
    return _relaxed(model, units * (FORMATION_KJ_MOL[formula] * KJ_MOL + oxygen / 2 * o2 + shift), potential)


def _maker(potential: PotentialRef) -> ScavengingMaker:
    known = info(potential)
    return ScavengingMaker(
        o2_energy_eV=known.o2_energy_eV, oxidation_error_eV_per_O2=known.oxidation_error_eV_per_O2
    )


def test_tabulated_enthalpies_give_the_measured_energy_per_o2(chgnet: PotentialRef):
    film = _from_enthalpy("Li2S", "Li2S_225.cif", 0, chgnet)
    sulfate = _from_enthalpy("Li2SO4", "Li2SO4_14.cif", 4, chgnet)
    document = ScavengingMaker.make.original(_maker(chgnet), [film], {"Li2SO4": sulfate}, chgnet)
    assert document.reactions[0].equation == "Li2S + 2 O2 -> Li2SO4"
    assert document.energy.value == pytest.approx(-995.1 / 2 * KJ_MOL, abs=1e-4)
    assert document.energy.uncertainty == info(chgnet).oxidation_error_eV_per_O2
    assert document.capacity.value == pytest.approx(2 * film.density_g_cm3 / 45.95, rel=1e-3)
    assert document.volume_ratio.value == pytest.approx(1.78, abs=0.03)


def test_the_spread_of_the_replicas_widens_the_error(chgnet: PotentialRef):
    film = [_from_enthalpy("Li2S", "Li2S_225.cif", 0, chgnet, shift=shift) for shift in (-1.0, 0.0, 1.0)]
    sulfate = _from_enthalpy("Li2SO4", "Li2SO4_14.cif", 4, chgnet)
    document = ScavengingMaker.make.original(_maker(chgnet), film, {"Li2SO4": sulfate}, chgnet)
    systematic = info(chgnet).oxidation_error_eV_per_O2 or 0.0
    standard_error = 1.0 / 3**0.5 / 2  # of three replicas, per O2
    assert document.energy.uncertainty == pytest.approx((systematic**2 + standard_error**2) ** 0.5)


def test_a_sulfate_takes_up_no_more(chgnet: PotentialRef):
    film = _from_enthalpy("Li2SO4", "Li2SO4_14.cif", 4, chgnet)
    document = ScavengingMaker.make.original(_maker(chgnet), [film], {}, chgnet)
    assert document.energy.value is None
    assert "already fully oxidised" in document.energy.flags[0]


def test_a_potential_without_an_o2_energy_takes_its_own_molecule():
    other = register("no-oxygen-known", lambda: None, elements=("Li", "S", "O"))
    film = _relaxed(_crystal("Li2S_225.cif", "Li2S"), 0.0, other)
    sulfate = _relaxed(_crystal("Li2SO4_14.cif", "Li2SO4"), -40.0, other)  # four units
    maker = ScavengingMaker()
    without = ScavengingMaker.make.original(maker, [film], {"Li2SO4": sulfate}, other)
    assert without.energy.value is None
    assert "no O2 energy" in without.energy.flags[0]
    o2 = MoleculeDocument(formula="O2", energy_eV=-3.0, fmax_eV_A=0.0)
    document = ScavengingMaker.make.original(maker, [film], {"Li2SO4": sulfate}, other, o2)
    assert document.energy.value == pytest.approx(-10.0 / 2 + 3.0)
    assert document.energy.uncertainty is None
    assert "O2 is the potential's own molecule, uncorrected" in document.energy.flags


def test_references_are_what_the_elements_reach():
    assert set(reference_models(("Li", "S"))) == {"Li2SO4", "Li2SO3", "Li2O"}
    assert set(reference_models(("Li", "Al", "S"))) == {"Li2SO4", "Li2SO3", "Li2O", "Al2O3"}


# eV per anion: Wang et al., Sci. Rep. 11, 15496 (2021), table 1.
@pytest.mark.parametrize(
    ("file", "anion", "correction"),
    [
        ("Li2S_225.cif", "S", -0.503),
        ("Li2O_225.cif", "O", -0.687),
        ("Li2SO4_14.cif", "O", -0.687),
        ("LiF_225.cif", "F", -0.462),
    ],
)
def test_mp2020_corrects_per_anion(file: str, anion: str, correction: float):
    model = _crystal(file, file)
    shift = corrected_energy_eV(model, -10.0, Corrections.MP2020) + 10.0
    assert shift / model.symbols.count(anion) == pytest.approx(correction, abs=1e-3)


@pytest.mark.parametrize("scheme", [Corrections.INCLUDED, Corrections.UNKNOWN])
def test_other_potentials_are_left_as_they_are(scheme: Corrections):
    model = Model.from_atoms(Atoms("Li2O", cell=[3, 3, 3], pbc=True), name="x", kind=ModelKind.CRYSTAL)
    assert corrected_energy_eV(model, -10.0, scheme) == -10.0
