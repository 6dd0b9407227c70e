"""Hulls, windows and reactions, on phases whose energies are made up so that the answers follow by hand."""

from math import hypot

import numpy as np
import pytest
from ase.formula import Formula

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.corrections import FittedTerms
from lithicoat.analysis.thermochemistry.equations import balanced, per, scaled, written
from lithicoat.analysis.thermochemistry.hulls import Film, Hull, hull_distance
from lithicoat.analysis.thermochemistry.interfaces import contact, most_exothermic
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry
from lithicoat.analysis.thermochemistry.terms import TERMS
from lithicoat.analysis.thermochemistry.windows import NO_LITHIUM, electrochemical_window

SCATTER = 0.03
"""Scatter of a compound, eV/atom."""
SULFIDES = {"Li2S": -4.0, "Li2O": -6.0, "Li2SO4": -14.0, "SO2": -3.0}
"""Formation energies, eV per formula unit."""


def made(
    formula: str, energy_eV: float = 0.0, *, kind: PhaseKind = PhaseKind.CRYSTAL, name: str = ""
) -> Phase:
    counts = {element: float(number) for element, number in Formula(formula).count().items()}
    return Phase(name=name or formula, formula=formula, composition=counts, energy_eV=energy_eV, kind=kind)


def film_of(formula: str, energy_eV: float, **more: float) -> Film:
    return Film(made(formula, energy_eV, kind=PhaseKind.FILM, name="film"), **more)


def table_of(
    compounds: dict[str, float], *, gases: str = "O2 H2 F2", crystals: str = "Li S Ni Al Zr"
) -> Thermochemistry:
    """Return a table whose elements lie at 0 and whose corrections are nothing but scatter."""
    elements = [made(el) for el in crystals.split()]
    molecules = [made(gas, kind=PhaseKind.GAS, name=f"{gas} gas") for gas in gases.split()]
    phases = (*elements, *molecules, *(made(formula, energy) for formula, energy in compounds.items()))
    nothing = np.zeros((len(TERMS), len(TERMS))).tolist()
    return Thermochemistry(
        potential="by hand",
        sha256="0" * 64,
        protocol="none",
        elements_eV={el: 0.0 for phase in (*elements, *molecules) for el in phase.composition},
        gases_eV={"FH": -2.0},
        phases=phases,
        fit=FittedTerms(
            terms=tuple(TERMS),
            values_eV=(0.0,) * len(TERMS),
            covariance_eV2=tuple(map(tuple, nothing)),
            scatter_eV_atom=SCATTER,
            deviation_eV=0.0,
            prior="none",
        ),
    )


def test_a_film_decays_to_its_neighbours():
    """LiS at -1.5 eV against half Li2S and half S, -2 eV: 0.25 eV/atom above the hull."""
    found = hull_distance(table_of(SULFIDES), film_of("LiS", -1.5))
    assert found.energy.value == pytest.approx(0.25)
    assert found.equation == "film -> 0.5 Li2S + 0.5 S".replace("film", "LiS")
    assert found.products == pytest.approx({"Li2S": 0.5, "S": 0.5})
    assert not found.same_phase


def test_the_uncertainty_of_a_hull_distance_is_that_of_its_reaction():
    """The scatter of LiS (2 atoms) and of half a Li2S (1.5 atoms), per atom of LiS; S is an element."""
    found = hull_distance(table_of(SULFIDES), film_of("LiS", -1.5))
    assert found.energy.uncertainty == pytest.approx(SCATTER * hypot(2, 1.5) / 2)


def test_replicas_widen_it():
    replicas = [made("LiS", energy, kind=PhaseKind.FILM, name="film") for energy in (-1.4, -1.5, -1.6)]
    film = Film.of(replicas)
    assert film.phase.energy_eV == pytest.approx(-1.5)
    assert film.standard_error_eV == pytest.approx(0.1 / np.sqrt(3))
    found = hull_distance(table_of(SULFIDES), film)
    assert found.energy.uncertainty == pytest.approx(hypot(SCATTER * hypot(2, 1.5) / 2, 0.1 / np.sqrt(3) / 2))


def test_a_film_below_the_hull_of_the_others_is_stable():
    found = hull_distance(table_of(SULFIDES), film_of("LiS", -3.0))
    assert found.energy.value == pytest.approx(-0.5)
    assert found.same_phase


def test_a_crystal_like_the_film_is_a_competitor_and_its_scatter_cancels():
    found = hull_distance(table_of(SULFIDES), film_of("Li2S", -3.7))
    assert found.energy.value == pytest.approx(0.1)
    assert found.energy.uncertainty is None  # one cell: nothing is known but that the rest cancels
    assert any("one cell" in flag for flag in found.energy.flags)
    assert not found.same_phase
    assert "held against Li2S" in found.energy.flags
    assert hull_distance(table_of(SULFIDES), film_of("Li2S", -4.0)).same_phase


def test_replicas_of_a_glass_spread_about_its_crystal():
    replicas = [made("Li2S", energy, kind=PhaseKind.FILM, name="film") for energy in (-3.6, -3.7, -3.8)]
    found = hull_distance(table_of(SULFIDES), Film.of(replicas))
    assert found.energy.uncertainty == pytest.approx(0.1 / np.sqrt(3) / 3)


def test_vapour_of_a_solid_element_does_not_compete():
    """A gas of one element counts as 0: right for O2, and 1.3 eV too low for S2."""
    table = table_of(SULFIDES, gases="O2 S2")
    names = {phase.name for phase in Hull(table, {"Li", "S", "O"}).phases}
    assert {"S", "O2 gas"} <= names
    assert "S2 gas" not in names


def test_measured_solids_compete():
    """A compound without a crystal takes part with its measured enthalpy, free of scatter."""
    rival = made("LiS", -2.4, kind=PhaseKind.MEASURED, name="LiS measured")
    found = hull_distance(table_of(SULFIDES).including(rival), film_of("LiS", -1.5))
    assert found.energy.value == pytest.approx(0.45)
    assert found.energy.uncertainty == pytest.approx(SCATTER)


def test_an_element_without_reference():
    with pytest.raises(DataError, match="no reference phase of K"):
        hull_distance(table_of(SULFIDES), film_of("K2S", -1.0))


def test_a_film_needs_cells_of_one_composition():
    with pytest.raises(DataError, match="at least one relaxed cell"):
        Film.of([])
    with pytest.raises(DataError, match="differ in composition"):
        Film.of([made("Li2S", -4.0), made("LiS", -2.0)])


def test_mean_groups_of_replicas():
    first = made("Li2SO3", -9.0).model_copy(update={"groups": {"sulfite": 1.0}, "volume_A3": 60.0})
    second = first.model_copy(update={"groups": {"sulfate": 1.0}, "volume_A3": 64.0})
    mean = Film.of([first, second]).phase
    assert mean.groups == {"sulfate": 0.5, "sulfite": 0.5}
    assert mean.volume_A3 == pytest.approx(62.0)


# --- windows


def test_window_of_a_binary():
    """Li2S -> 2 Li + S costs 4 eV for two lithium: 2 V; it meets lithium metal unchanged."""
    window = electrochemical_window(table_of(SULFIDES), film_of("Li2S", -4.0))
    assert window.low.potential.value == 0
    assert window.low.equation == ""
    assert window.high.potential.value == pytest.approx(2.0)
    assert window.high.potential.uncertainty == pytest.approx(SCATTER * 3 / 2)
    assert window.high.equation == "Li2S -> 2 Li + S"
    assert window.high.products == pytest.approx({"Li": 2, "S": 1})
    assert not window.metastable


def test_window_of_a_ternary():
    """Reduced: Li2SO4 + 8 Li -> 4 Li2O + Li2S, -14 eV for 8 Li. Oxidised: 2 Li + SO2 + O2, 11 eV for 2 Li."""
    window = electrochemical_window(table_of(SULFIDES), film_of("Li2SO4", -14.0))
    assert window.low.potential.value == pytest.approx(14 / 8)
    assert window.low.equation == "Li2SO4 + 8 Li -> 4 Li2O + Li2S"
    assert window.high.potential.value == pytest.approx(11 / 2)
    assert window.high.equation == "Li2SO4 -> 2 Li + SO2 + O2"
    scatter = SCATTER * np.sqrt(7**2 + 12**2 + 3**2) / 8
    assert window.low.potential.uncertainty == pytest.approx(scatter)


def test_steps_fall_from_the_highest_potential_and_hold_all_lithium():
    """Their mean, weighted by lithium, is the energy of the whole reaction: they are slopes of one hull."""
    window = electrochemical_window(table_of(SULFIDES), film_of("Li2SO4", -14.0))
    potentials = [step.potential.value or 0.0 for step in window.steps]
    assert potentials == sorted(potentials, reverse=True)
    edges = [step.lithium for step in window.steps]
    assert edges[0][0] == pytest.approx(0)
    assert edges[-1][1] == pytest.approx(10)
    whole = sum(v * (rich - poor) for v, (poor, rich) in zip(potentials, edges, strict=True))
    assert whole == pytest.approx(-3.0 - (4 * -6.0 - 4.0))  # SO2 + O2 + 10 Li -> 4 Li2O + Li2S


def test_the_window_does_not_see_the_energy_of_a_metastable_film():
    """pymatgen's profile, like any, depends on the composition alone: the flag says so."""
    stable = electrochemical_window(table_of(SULFIDES), film_of("Li2SO4", -14.0))
    high_up = electrochemical_window(table_of(SULFIDES), film_of("Li2SO4", -12.0))
    assert high_up.high.potential.value == stable.high.potential.value
    assert high_up.metastable
    assert any(
        "0.286 eV/atom above the hull: the window is that of" in flag for flag in high_up.low.potential.flags
    )


def test_the_window_is_pymatgens():
    """Independent of our own walk along the line: the chemical potentials of pymatgen's element profile."""
    from pymatgen.core import Composition, Element

    table = table_of(SULFIDES)
    hull = Hull(table, {"Li", "S", "O"})
    profile = hull.diagram.get_element_profile(Element("Li"), Composition("Li2SO4"))
    ours = electrochemical_window(table, film_of("Li2SO4", -14.0))
    theirs = sorted(-entry["chempot"] for entry in profile)
    assert [step.potential.value for step in reversed(ours.steps)] == pytest.approx(theirs[1:], abs=1e-4)


def test_a_stable_film_unknown_to_the_references_has_its_own_window():
    """LiS below the hull: oxidised to S at 3 V, reduced to Li2S at 1 V."""
    window = electrochemical_window(table_of(SULFIDES), film_of("LiS", -3.0))
    assert window.low.potential.value == pytest.approx(1.0)
    assert window.high.potential.value == pytest.approx(3.0)


def test_a_film_that_decays_between_two_phases_has_no_width():
    window = electrochemical_window(table_of(SULFIDES), film_of("LiS", -1.5))
    assert window.low.potential.value == pytest.approx(2.0)
    assert window.high.potential.value == pytest.approx(2.0)
    assert any("the window closes" in flag for flag in window.low.potential.flags)


def test_a_film_without_lithium_has_a_low_end_only():
    window = electrochemical_window(table_of({"Al2O3": -17.0, "Li2O": -6.0}), film_of("Al2O3", -17.0))
    assert window.low.potential.value == pytest.approx((18.0 - 17.0) / 6)
    assert window.high.potential.value is None
    assert NO_LITHIUM in window.high.potential.flags


def test_the_scatter_of_replicas_enters_a_limit():
    table = table_of({})
    alone = electrochemical_window(table, film_of("Li2S", -4.0))
    spread = electrochemical_window(table, film_of("Li2S", -4.0, standard_error_eV=0.2))
    error = alone.high.potential.uncertainty or 0.0
    assert spread.high.potential.uncertainty == pytest.approx(hypot(error, 0.2 / 2))


def test_a_limit_that_a_deeper_reaction_knows_better_says_so():
    """Al2O3 + 3/8 Li -> 3/8 LiAl5O8 + Al/8 moves little lithium, so that its error is wide."""
    table = table_of({"Al2O3": -17.0, "LiAl5O8": -46.5, "LiAlO2": -12.3, "Li2O": -6.0})
    low = electrochemical_window(table, film_of("Al2O3", -17.0)).low
    assert low.potential.value == pytest.approx((46.5 * 3 / 8 - 17) / (3 / 8))
    assert low.potential.uncertainty == pytest.approx(SCATTER * hypot(5, 14 * 3 / 8) / (3 / 8))
    (told,) = [flag for flag in low.potential.flags if flag.startswith("better known")]
    assert told.endswith("Al2O3 + 1.5 Li -> 1.5 LiAlO2 + 0.5 Al")


def test_lithium_has_no_window():
    with pytest.raises(DataError, match="lithium itself has no electrochemical window"):
        electrochemical_window(table_of(SULFIDES), film_of("Li", 0.0))


# --- contacts


def test_no_reaction_is_zero_and_says_so():
    found = contact(table_of(SULFIDES), film_of("Li2S", -4.0), made("Li"), name="Li")
    assert found.energy.value == 0
    assert found.equation == ""
    assert "no reaction with Li" in found.energy.flags[0]
    assert [kink.energy_eV_atom for kink in found.kinks] == pytest.approx([0, 0])


def test_reaction_with_lithium():
    """Li2SO4 + 8 Li -> 4 Li2O + Li2S: -14 eV for 15 atoms."""
    found = contact(table_of(SULFIDES), film_of("Li2SO4", -14.0), made("Li"), name="Li")
    assert found.energy.value == pytest.approx(-14 / 15)
    assert found.energy.uncertainty == pytest.approx(SCATTER * np.sqrt(7**2 + 12**2 + 3**2) / 15)
    assert found.per_partner.value == pytest.approx(-14 / 8)
    assert found.film_share == pytest.approx(7 / 15)
    assert found.equation == "Li2SO4 + 8 Li -> 4 Li2O + Li2S"


def test_energies_are_per_atom_as_those_of_pymatgen_with_norm():
    """norm=False gives energies per mixed formula under the heading eV/atom; the default is right."""
    from pymatgen.analysis.interface_reactions import InterfacialReactivity
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition

    table = table_of(SULFIDES)
    diagram = PhaseDiagram(
        [
            PDEntry(Composition(phase), energy)
            for phase, energy in {**SULFIDES, "Li": 0, "S": 0, "O2": 0}.items()
        ]
    )
    theirs = InterfacialReactivity(Composition("Li2SO4"), Composition("Li"), diagram, norm=True)
    found = contact(table, film_of("Li2SO4", -14.0), made("Li"), name="Li")
    expected = {round(x, 6): energy for _, x, energy, _, _ in theirs.get_kinks()}
    ours = {round(kink.film_share, 6): kink.energy_eV_atom for kink in found.kinks}
    assert ours == pytest.approx(expected)
    formula = InterfacialReactivity(Composition("Li2SO4"), Composition("Li"), diagram, norm=False)
    assert abs(formula.minimum[1]) > 1.5 * abs(theirs.minimum[1])


def test_the_decay_of_the_cathode_is_not_counted():
    """NiO2 falls apart to NiO + 1/2 O2 by itself; beside inert alumina that is no reactivity of the film."""
    table = table_of({"NiO": -2.4, "Al2O3": -17.0})
    cathode = made("NiO2", -2.1, kind=PhaseKind.CATHODE, name="NMC811 x=0")
    found = contact(table, film_of("Al2O3", -17.0), cathode, name="NMC811 x=0")
    assert found.partner_decay_eV_atom == pytest.approx(-0.1)
    assert found.energy.value == 0
    assert [kink.energy_eV_atom for kink in found.kinks] == pytest.approx([0.0] * len(found.kinks), abs=1e-9)


def test_a_reaction_with_the_cathode_counts_from_its_decay():
    """Li2S + 4 NiO2 -> Li2SO4 + 4 NiO: from NiO + 1/2 O2 each, -14 + 4 eV for 15 atoms."""
    table = table_of({**SULFIDES, "NiO": -2.4})
    cathode = made("NiO2", -2.1, kind=PhaseKind.CATHODE, name="NMC811 x=0")
    found = contact(table, film_of("Li2S", -4.0), cathode, name="NMC811 x=0")
    assert found.energy.value == pytest.approx((-14 + 4) / 15)
    assert found.equation == "Li2S + 4 NiO2 -> 4 NiO + Li2SO4"
    assert "alone sets 0.100 eV/atom free" in found.energy.flags[0]


def test_a_cathode_is_written_with_its_metals_first():
    cathode = made("NiO2", kind=PhaseKind.CATHODE).model_copy(
        update={"formula": "LiO2Ni0.8Al0.2", "composition": {"Li": 0.5, "O": 2.0, "Ni": 0.8, "Al": 0.2}}
    )
    found = contact(table_of({**SULFIDES, "NiO": -2.4}), film_of("Li2S", -4.0), cathode, name="NMC811")
    assert "Li0.5Al0.2Ni0.8O2 ->" in found.equation


def test_a_stable_cathode_takes_part_with_its_own_energy():
    table = table_of({**SULFIDES, "NiO": -2.4})
    cathode = made("NiO2", -3.0, kind=PhaseKind.CATHODE, name="NMC811 x=0")
    found = contact(table, film_of("Li2S", -4.0), cathode, name="NMC811 x=0")
    assert found.partner_decay_eV_atom == 0
    assert found.energy.value == pytest.approx((-14 + 4 - 4 * 2.4 + 4 * 3.0) / 15)


def test_a_metastable_film_adds_what_it_sets_free():
    table = table_of(SULFIDES)
    found = contact(table, film_of("Li2SO4", -12.0), made("Li"), name="Li")
    assert found.energy.value == pytest.approx(-16 / 15)
    assert found.beyond_decay.value == pytest.approx(-14 / 15)
    assert found.kinks[-1].energy_eV_atom == pytest.approx(-2 / 7)


def test_a_metastable_film_without_reaction_does_not_react_by_decaying():
    found = contact(table_of(SULFIDES), film_of("Li2S", -3.7), made("Li"), name="Li")
    assert found.energy.value == 0
    assert found.kinks[-1].energy_eV_atom == pytest.approx(-0.1)


def test_what_does_not_react_with_itself():
    with pytest.raises(DataError, match="are the same matter"):
        contact(table_of(SULFIDES), film_of("Li2S", -4.0), made("Li4S2", -8.0, name="other"), name="Li2S")


def test_the_worst_of_several():
    table = table_of(SULFIDES)
    mild = contact(table, film_of("Li2S", -4.0), made("Li"), name="mild")
    wild = contact(table, film_of("Li2SO4", -14.0), made("Li"), name="wild")
    assert most_exothermic([mild, wild]) is wild
    with pytest.raises(DataError, match="no contact to choose from"):
        most_exothermic([])


# --- equations


def test_rounding_is_removed_from_coefficients():
    rough = [(made("Li2S"), -1.0), (made("O2"), -2.00001), (made("Li2SO4"), 0.99999)]
    exact = balanced(rough)
    assert [n / exact[2][1] for _, n in exact] == pytest.approx([-1, -2, 1], abs=1e-12)


def test_what_does_not_balance():
    with pytest.raises(DataError, match=r"Li2S -> Li2SO4 does not balance"):
        balanced([(made("Li2S"), -1.0), (made("Li2SO4"), 1.0)])


def test_a_phase_on_both_sides_drops_out():
    assert balanced([(made("Li2S"), -1.0), (made("Li2S"), 1.0)]) == []


def test_writing_and_scaling():
    reaction = [(made("Li2S"), -1.0), (made("O2"), -2.0), (made("Li2SO4"), 1.0)]
    assert written(reaction) == "Li2S + 2 O2 -> Li2SO4"
    assert written(scaled(reaction, 0.5)) == "0.5 Li2S + O2 -> 0.5 Li2SO4"
    assert written(reaction, names={"Li2S": "film"}) == "film + 2 O2 -> Li2SO4"


def test_energies_per_something():
    energy = Property(value=-4.0, uncertainty=0.2, unit="eV")
    each = per(energy, -2.0, unit="V")
    assert (each.value, each.uncertainty, each.unit) == (2.0, 0.1, "V")
    assert per(Property.missing("eV", "no energy"), 2.0, unit="V").unit == "V"
