"""Records from phases: references, what is fitted, outliers, measured phases; the shipped records."""

import numpy as np
import pytest
from ase.calculators.emt import EMT

from lithicoat.analysis.thermochemistry.phases import PhaseKind
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials import registry
from lithicoat.workflows.potentials.registry import register, resolve
from lithicoat.workflows.thermochemistry.assembling import assemble
from lithicoat.workflows.thermochemistry.checking import left_out_reactions
from lithicoat.workflows.thermochemistry.enthalpies import measured_enthalpies
from lithicoat.workflows.thermochemistry.records import thermochemistry_of

SHIPPED = ("chgnet", "mace-lithicoat-1")


@pytest.fixture(scope="module", params=SHIPPED)
def potential(request):
    return resolve(request.param)


@pytest.fixture(scope="module")
def record(potential):
    return thermochemistry_of(potential)


def computed(record):
    return [phase for phase in record.phases if phase.kind is not PhaseKind.MEASURED]


def test_measured_oxidations_left_out_of_the_fit_are_met(record, potential):
    checks = left_out_reactions(record, potential)
    assert [check.equation for check in checks] == ["Li2S + 2 O2 -> Li2SO4", "Li2S + 1.5 O2 -> Li2SO3"]
    for check, literature in zip(checks, (-5.157, -5.08), strict=True):
        assert check.measured.value == pytest.approx(literature, abs=0.01)
        off = abs(check.energy.value - check.measured.value)
        assert off < 0.35
        assert off < check.energy.uncertainty


def test_the_stated_uncertainties_of_left_out_compounds_are_honest(record):
    scores = [c.left_out_error_eV_atom / c.left_out_uncertainty_eV_atom for c in record.fit.compounds]
    assert 0.7 < np.sqrt(np.mean(np.square(scores))) < 1.3
    assert record.fit.left_out_error_eV_atom < 0.1


def test_a_record_says_how_it_is_computed_again(record, potential):
    assert record.command.startswith(f"lithicoat references --potential {potential.id}")
    assert {"lithicoat", "ase"} <= set(record.versions)
    assert record.sha256 == potential.sha256


def test_every_phase_has_a_formation_energy_and_stable_salts_are_near_the_tables(record):
    for phase in record.phases:
        assert np.isfinite(record.formation_energy_eV(phase))
    for formula in ("Li2O", "Li2S", "LiF", "Li2CO3", "Li3PO4", "Al2O3"):
        phase = record.phase(formula)
        measured = measured_enthalpies("solid")[formula].energy_eV
        assert record.formation_energy_eV(phase) / phase.atoms == pytest.approx(
            measured / phase.atoms, abs=0.11
        )


def test_what_has_no_crystal_enters_as_measured(record):
    metaphosphate = record.phase("LiPO3")
    assert metaphosphate.kind is PhaseKind.MEASURED
    assert record.formation_energy_eV(metaphosphate) == measured_enthalpies("solid")["LiPO3"].energy_eV
    assert record.phase("Li2S").kind is PhaseKind.CRYSTAL


def test_flagged_crystals_compete_but_are_not_fitted():
    chgnet = thermochemistry_of(resolve("chgnet"))
    fitted = {compound.formula for compound in chgnet.fit.compounds}
    assert not {"TiS2", "ZrS2", "NbO2", "NiAl2O4"} & fitted
    assert chgnet.phase("TiS2").kind is PhaseKind.CRYSTAL
    assert chgnet.left_out["TiS2_164.cif in the fit"] == "van der Waals bonds"


def test_the_cathode_and_the_charged_oxides_are_there():
    chgnet = thermochemistry_of(resolve("chgnet"))
    for lithium in ("1", "0.5", "0.25"):
        cathode = chgnet.phase(f"NMC811 x={lithium}")
        assert cathode.kind is PhaseKind.CATHODE
        assert cathode.composition["O"] == pytest.approx(2)
        assert cathode.composition["Li"] == pytest.approx(float(lithium))
        assert cathode.volume_A3 is not None


def test_a_compound_that_the_potential_does_not_know_is_replaced_by_its_measured_enthalpy(record, potential):
    phases = [
        phase.model_copy(update={"energy_eV": phase.energy_eV - 2.0 * phase.atoms})
        if phase.formula == "LiCl" or phase.name == "LiF_225.cif"
        else phase
        for phase in computed(record)
    ]
    again = assemble(potential, phases, protocol="a test")
    assert again.phase("LiF").kind is PhaseKind.MEASURED
    assert "the potential does not know it: off by" in again.left_out["LiF_225.cif"]
    sane = record.fit
    assert again.fit.scatter_eV_atom == pytest.approx(sane.scatter_eV_atom, rel=0.3)


def test_reasons_of_failed_phases_are_kept(record, potential):
    again = assemble(potential, computed(record), protocol="a test", failed={"X.cif": "not converged"})
    assert again.left_out["X.cif"] == "not converged"


def test_unknown_corrections_refer_to_the_potentials_own_molecules():
    chgnet = thermochemistry_of(resolve("chgnet"))
    unknown = register("test-unknown", EMT, elements=["Li"])
    try:
        again = assemble(unknown, computed(chgnet), protocol="a test")
    finally:
        registry._registered.pop("test-unknown")
    own = chgnet.phase("O2 gas").energy_eV / 2
    assert again.elements_eV["O"] == pytest.approx(own)
    assert chgnet.elements_eV["O"] != pytest.approx(own, abs=1e-4)


def test_without_a_measured_compound_there_is_no_record(record, potential):
    metals = [phase for phase in computed(record) if len(phase.composition) == 1]
    with pytest.raises(RunError, match="none of the reference phases has a measured enthalpy"):
        assemble(potential, metals, protocol="a test")
