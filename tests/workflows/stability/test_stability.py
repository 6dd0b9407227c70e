"""The steps of a film's stability, on made-up energies; wiring, gaps and published windows."""

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.emt import EMT
from ase.formula import Formula

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound
from lithicoat.analysis.thermochemistry.corrections import FittedTerms
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry
from lithicoat.analysis.thermochemistry.terms import TERMS
from lithicoat.structures.coating import ReportedValue
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics.relaxation import RelaxDocument, RelaxMaker
from lithicoat.workflows.potentials.registry import PotentialRef, register, resolve
from lithicoat.workflows.protocols import RelaxSpec
from lithicoat.workflows.provenance import provenance, signed
from lithicoat.workflows.stability.gaps import UNKNOWN, band_gap
from lithicoat.workflows.stability.makers import CathodeContactMaker, StabilityMaker
from lithicoat.workflows.stability.properties import NO_CATHODE, stability_properties
from lithicoat.workflows.stability.published import compared_films, measured_window, published_windows
from lithicoat.workflows.stability.wiring import cathode_potential, stability_jobs

pytestmark = pytest.mark.filterwarnings("ignore")

COMPOUNDS = {"Li2S": -4.0, "Li2O": -6.0, "Li2SO4": -14.0, "NiO": -2.4, "LiF": -6.0}
"""Formation energies, eV per formula unit; elements lie at 0."""
RELAX = RelaxSpec(fmax_eV_A=0.05, smax_GPa=0.1, max_steps=10)


@pytest.fixture
def potential() -> PotentialRef:
    return register("stability-test", EMT, elements=("Li", "S", "O", "Ni", "H", "F"))


def _phase(formula: str, energy_eV: float, kind: PhaseKind = PhaseKind.CRYSTAL, name: str = "") -> Phase:
    counts = {element: float(number) for element, number in Formula(formula).count().items()}
    return Phase(name=name or formula, formula=formula, composition=counts, energy_eV=energy_eV, kind=kind)


def _references(ref: PotentialRef, *, cathodes: bool = True, acid: bool = True) -> Thermochemistry:
    solids = [_phase(element, 0.0) for element in ("Li", "S", "Ni")]
    gases = [_phase(gas, 0.0, PhaseKind.GAS, f"{gas} gas") for gas in ("O2", *(("H2", "F2") if acid else ()))]
    contents = {"NMC811 x=0.5": -2.6, "NMC811 x=0": -2.1} if cathodes else {}
    oxides = [_phase("NiO2", energy, PhaseKind.CATHODE, name) for name, energy in contents.items()]
    compounds = [_phase(formula, energy) for formula, energy in COMPOUNDS.items()]
    phases = (*solids, *gases, *oxides, *compounds, *([_phase("H2S", 0.0, PhaseKind.GAS)] if acid else []))
    return Thermochemistry(
        potential=ref.id,
        sha256=ref.sha256,
        protocol="none",
        elements_eV={el: 0.0 for phase in (*solids, *gases) for el in phase.composition},
        gases_eV={"FH": -2.8, "H2S": -0.2},
        phases=tuple(phase for phase in phases if acid or not {"H", "F"} & set(phase.composition)),
        fit=FittedTerms(
            terms=tuple(TERMS),
            values_eV=(0.0,) * len(TERMS),
            covariance_eV2=tuple(map(tuple, np.zeros((len(TERMS), len(TERMS))).tolist())),
            scatter_eV_atom=0.03,
            deviation_eV=0.0,
            prior="none",
        ),
    )


def _relaxed(ref: PotentialRef, formula: str, energy_eV: float) -> RelaxDocument:
    atoms = Atoms(formula, cell=[6, 6, 6], pbc=True)
    atoms.set_scaled_positions([[0.31 * i, 0.17 * i, 0.0] for i in range(len(atoms))])
    model = Model.from_atoms(atoms, name=formula, kind=ModelKind.CRYSTAL)
    return RelaxDocument(
        model=model,
        potential=ref,
        energy_eV=energy_eV,
        fmax_eV_A=0.0,
        stress_GPa=(0.0,) * 6,
        steps=0,
        density_g_cm3=model.density_g_cm3,
    )


def test_all_of_a_films_stability(potential: PotentialRef):
    make = StabilityMaker.make.original
    film = [_relaxed(potential, "Li4S2", energy) for energy in (-7.9, -8.1)]
    found = make(StabilityMaker(), film, _references(potential))
    assert (found.formula, found.replicas) == ("Li2S", 2)
    assert found.hull.energy.value == pytest.approx(0.0)
    assert found.hull.energy.uncertainty == pytest.approx(0.1 / np.sqrt(2) / np.sqrt(2) / 3)
    assert found.window.low.potential.value == 0
    assert found.window.high.potential.value == pytest.approx(2.0)
    assert found.lithium.energy.value == 0
    assert found.acid is not None
    assert found.acid.equation == "Li2S + 2 HF -> H2S + 2 LiF".replace("HF", "FH")
    assert found.acid.per_partner.value == pytest.approx((-12.0 - 0.2 + 4.0 + 5.6) / 2)


def test_without_references_of_hydrogen_and_fluorine_there_is_no_reaction_with_hf(potential: PotentialRef):
    film = [_relaxed(potential, "Li2S", -4.0)]
    found = StabilityMaker.make.original(StabilityMaker(), film, _references(potential, acid=False))
    assert found.acid is None
    assert found.without_acid == "stability-test has no reference phase of F, H"


def test_the_worst_cathode_is_the_records(potential: PotentialRef):
    film = [_relaxed(potential, "Li2S", -4.0)]
    document = CathodeContactMaker.make.original(CathodeContactMaker(), film, _references(potential))
    assert [one.partner for one in document.contacts] == ["NMC811 x=0.5", "NMC811 x=0"]
    assert document.worst.partner == "NMC811 x=0"
    stability = StabilityMaker.make.original(StabilityMaker(), film, _references(potential))
    found = stability_properties(stability, document)
    assert set(found) == {
        "energy_above_hull", "window_low", "window_high",
        "reaction_lithium", "reaction_NMC811", "contact_lithium", "contact_NMC811",
    }  # fmt: skip
    assert found["reaction_NMC811"].value == pytest.approx((-14 + 4) / 15)
    assert "worst of 2: NMC811 x=0" in found["reaction_NMC811"].flags
    assert {quantity.provenance.potential for quantity in found.values()} == {"stability-test"}


def test_a_glass_counts_its_own_decay_in_the_reaction_and_not_in_the_contact(potential: PotentialRef):
    crystal, glass = ([_relaxed(potential, "Li2S", energy)] for energy in (-4.0, -3.7))
    of_crystal, of_glass = (
        stability_properties(
            StabilityMaker.make.original(StabilityMaker(), film, _references(potential)),
            CathodeContactMaker.make.original(CathodeContactMaker(), film, _references(potential)),
        )
        for film in (crystal, glass)
    )
    assert of_glass["reaction_NMC811"].value < of_crystal["reaction_NMC811"].value
    assert of_glass["contact_NMC811"].value == pytest.approx(of_crystal["contact_NMC811"].value)
    assert of_glass["contact_lithium"].value == of_crystal["contact_lithium"].value == 0


def test_what_is_not_there_says_why(potential: PotentialRef):
    film = [_relaxed(potential, "Li2S", -4.0)]
    stability = StabilityMaker.make.original(StabilityMaker(), film, _references(potential))
    missing = stability_properties(stability, None)["reaction_NMC811"]
    assert missing.value is None
    assert missing.flags == (NO_CATHODE,)
    assert stability_properties(None) == {}


def test_a_cathode_of_another_potential_keeps_its_name_in_the_record(potential: PotentialRef):
    other = PotentialRef(id="covering", sha256="1" * 64)
    film = [_relaxed(other, "Li2S", -4.0)]
    document = CathodeContactMaker.make.original(CathodeContactMaker(), film, _references(other))
    quantity = stability_properties(None, document)["reaction_NMC811"]
    assert signed(quantity, provenance(potential, None, 0), None).provenance.potential == "covering"


def test_two_potentials_are_never_mixed(potential: PotentialRef):
    film = [_relaxed(PotentialRef(id="other", sha256="2" * 64), "Li2S", -4.0)]
    for maker in (StabilityMaker, CathodeContactMaker):
        with pytest.raises(RunError, match="relaxed with other, its reference phases with stability-test"):
            maker.make.original(maker(), film, _references(potential))


def test_references_without_a_cathode(potential: PotentialRef):
    film = [_relaxed(potential, "Li2S", -4.0)]
    with pytest.raises(RunError, match="hold no NMC811"):
        CathodeContactMaker.make.original(CathodeContactMaker(), film, _references(potential, cathodes=False))


def test_an_element_without_reference(potential: PotentialRef):
    with pytest.raises(DataError, match="no reference phase of K"):
        StabilityMaker.make.original(
            StabilityMaker(), [_relaxed(potential, "K2S", -4.0)], _references(potential)
        )


# --- wiring


def test_a_potential_without_the_cathode_hands_over_to_one_that_covers_it():
    own, film = resolve("mace-lithicoat-1"), _relaxed(resolve("mace-lithicoat-1"), "Li2S", -4.0)
    cell = RelaxMaker(spec=RELAX).make(film.model, own)
    steps = stability_jobs([cell, cell], own, {"Li", "S"}, RELAX)
    names = [job.name for job in steps.jobs]
    assert names == [
        "reference phases", "stability", "relax by chgnet", "relax by chgnet #2",
        "reference phases with NMC811 by chgnet", "contact with NMC811",
    ]  # fmt: skip
    assert steps.contact is not None
    assert {steps.stability.uuid, steps.contact.uuid} <= {job.uuid for job in steps.jobs}
    assert steps.jobs[4].function_args[1] == ["Co", "Li", "Mn", "Ni", "O", "S"]


def test_a_potential_that_covers_the_cathode_relaxes_nothing_twice():
    own = resolve("chgnet")
    cell = RelaxMaker(spec=RELAX).make(_relaxed(own, "Li2S", -4.0).model, own)
    names = [job.name for job in stability_jobs([cell], own, {"Li", "S"}, RELAX).jobs]
    assert not any(name.startswith("relax") for name in names)


def test_where_nothing_covers_film_and_cathode(potential: PotentialRef, monkeypatch: pytest.MonkeyPatch):
    from lithicoat.workflows.potentials import covering

    monkeypatch.setattr(covering, "list_potentials", list)
    assert cathode_potential(potential, {"Li", "S"}) is None
    cell = RelaxMaker(spec=RELAX).make(_relaxed(potential, "Li2S", -4.0).model, potential)
    steps = stability_jobs([cell], potential, {"Li", "S"}, RELAX)
    assert steps.contact is None
    assert len(steps.jobs) == 2


# --- band gaps


def _gap(value: float | str, **more: str) -> ReportedValue:
    return ReportedValue.model_validate(
        {"property": "band_gap", "value": value, "unit": "eV", "source": "a paper", **more}
    )


def test_a_measured_gap_comes_before_a_computed_one():
    rows = [_gap(3.4, kind="DFT", note="semilocal gap"), _gap("3.6-4", phase="ALD film")]
    found = band_gap(rows)
    assert found.value == pytest.approx(3.8)
    assert found.uncertainty == pytest.approx(0.4 / np.sqrt(12))
    assert found.bound is None
    assert found.flags == ("reported of ALD film (experiment): a paper",)


def test_a_semilocal_gap_is_a_lower_bound_and_the_smallest_counts():
    found = band_gap([_gap(v, kind="DFT", note="semilocal gap", phase=str(v)) for v in (6.12, 4.59)])
    assert (found.value, found.bound) == (4.59, Bound.LOWER)
    assert any("lower bound" in flag for flag in found.flags)
    assert "also 6.12 eV, of 6.12" in found.flags


def test_a_gap_by_an_unknown_functional_and_a_bound():
    assert any("functional that is not known" in flag for flag in band_gap([_gap(6.1, kind="DFT")]).flags)
    assert band_gap([_gap(">5")]).bound is Bound.LOWER


def test_a_gap_is_never_guessed():
    other = ReportedValue(property="hardness", value=1.0, unit="GPa", source="a paper")
    found = band_gap([other])
    assert found.value is None
    assert found.flags == (UNKNOWN,)
    kept = signed(found, provenance(resolve("chgnet"), None, 0), None)
    assert kept.provenance.potential is None


def test_what_is_no_gap():
    for value in ("<3", "wide", "1-2-3"):
        with pytest.raises(StructureError, match="is no band gap"):
            band_gap([_gap(value)])


# --- published windows


def test_windows_of_measured_enthalpies():
    """-441.4 kJ/mol for two lithium of Li2S, -616 for one of LiF (CRC Handbook): E = -H / n F."""
    faraday = 96.48533
    sulfide, fluoride = measured_window("Li2S"), measured_window("LiF")
    assert sulfide is not None
    assert fluoride is not None
    assert sulfide.low.potential.value == fluoride.low.potential.value == 0
    assert sulfide.high.potential.value == pytest.approx(441.4 / 2 / faraday, abs=2e-3)
    assert fluoride.high.potential.value == pytest.approx(616 / faraday, abs=2e-3)
    assert measured_window("Li3PS4") is None


def test_published_windows_have_a_source_and_an_order():
    for formula in compared_films():
        for row in published_windows(formula):
            assert row.source
            assert "recalled" not in row.source + row.note
            assert row.low_V is None or row.high_V is None or row.low_V < row.high_V
    assert str(published_windows("Li3PO4")[0]) == "0.69 to ? V (DFT)"
