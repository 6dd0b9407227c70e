"""Contacts of two films, on phases whose energies are made up so that the answers follow by hand."""

from math import hypot

import numpy as np
import pytest
from ase.formula import Formula

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.thermochemistry.corrections import FittedTerms
from lithicoat.analysis.thermochemistry.film_contacts import (
    SAME_MATTER,
    contact_of_films,
    phase_above_hull,
)
from lithicoat.analysis.thermochemistry.hulls import Film, hull_distance
from lithicoat.analysis.thermochemistry.interfaces import contact
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry
from lithicoat.analysis.thermochemistry.terms import TERMS

SCATTER = 0.03
FORMATION = {"Li2O": -6.0, "Li2S": -4.0, "Al2O3": -16.0, "Al2S3": -7.0}
"""eV per formula unit: 3 Li2O + Al2S3 -> 3 Li2S + Al2O3 sets -28 + 25 = -3 eV free."""


def counts(formula: str) -> dict[str, float]:
    return {element: float(number) for element, number in Formula(formula).count().items()}


@pytest.fixture
def table() -> Thermochemistry:
    energies = {"Li": 0.0, "S": 0.0, "Al": 0.0, **FORMATION}
    crystals = [
        Phase(name=name, formula=name, composition=counts(name), energy_eV=energy, kind=PhaseKind.CRYSTAL)
        for name, energy in energies.items()
    ]
    gas = Phase(name="O2 gas", formula="O2", composition={"O": 2.0}, energy_eV=0.0, kind=PhaseKind.GAS)
    nothing = np.zeros((len(TERMS), len(TERMS))).tolist()
    return Thermochemistry(
        potential="by hand",
        sha256="0" * 64,
        protocol="none",
        elements_eV=dict.fromkeys(("Li", "S", "Al", "O"), 0.0),
        gases_eV={},
        phases=(*crystals, gas),
        fit=FittedTerms(
            terms=tuple(TERMS),
            values_eV=(0.0,) * len(TERMS),
            covariance_eV2=tuple(map(tuple, nothing)),
            scatter_eV_atom=SCATTER,
            deviation_eV=0.0,
            prior="none",
        ),
    )


def test_an_exchange_reaction_is_found_at_its_mixture(table: Thermochemistry) -> None:
    """3 Li2O (9 atoms) with Al2S3 (5): -3 eV over 14 atoms; the scatters of four compounds add up."""
    found = contact_of_films(table, counts("Li2O"), counts("Al2S3"), names=("a", "b"))
    assert found.energy.value == pytest.approx(-3 / 14)
    assert found.first_share == pytest.approx(9 / 14)
    scatter = SCATTER * hypot(hypot(9, 5), hypot(9, 5)) / 14
    assert found.energy.uncertainty == pytest.approx(scatter, rel=1e-3)
    assert found.equation == "Li2O + 0.3333 Al2S3 -> Li2S + 0.3333 Al2O3"


def test_the_order_of_the_films_does_not_matter(table: Thermochemistry) -> None:
    one = contact_of_films(table, counts("Li2O"), counts("Al2S3"), names=("a", "b"))
    other = contact_of_films(table, counts("Al2S3"), counts("Li2O"), names=("b", "a"))
    assert one.energy.value == pytest.approx(other.energy.value)
    assert (one.first_share or 0) + (other.first_share or 0) == pytest.approx(1)


def test_the_size_of_the_cell_does_not_matter(table: Thermochemistry) -> None:
    one = contact_of_films(table, counts("Li2O"), counts("Al2S3"), names=("a", "b"))
    other = contact_of_films(table, counts("Li8O4"), counts("Al4S6"), names=("a", "b"))
    assert one == other


def test_a_film_below_the_hull_has_less_to_gain(table: Thermochemistry) -> None:
    """0.1 eV/atom below: 9 of 14 atoms keep 0.9 eV of the 3 eV."""
    found = contact_of_films(
        table, counts("Li2O"), counts("Al2S3"), names=("a", "b"), below_hull_eV_atom=(0.1, 0.0)
    )
    assert found.energy.value == pytest.approx(-(3 - 0.9) / 14)


def test_products_do_not_react_further(table: Thermochemistry) -> None:
    found = contact_of_films(table, counts("Li2S"), counts("Al2O3"), names=("a", "b"))
    assert found.energy.value == 0
    assert found.equation == ""


def test_films_of_one_composition_have_nothing_to_react(table: Thermochemistry) -> None:
    found = contact_of_films(table, counts("Li2S"), counts("Li4S2"), names=("a", "b"))
    assert (found.energy.value, found.energy.flags) == (0.0, (SAME_MATTER,))


def test_what_a_metastable_film_sets_free_alone_is_not_counted(table: Thermochemistry) -> None:
    """LiAlO2-like matter has no phase here: it counts as the Li2O and Al2O3 that it decays to."""
    found = contact_of_films(table, counts("LiAlO2"), counts("Li2S"), names=("a", "b"))
    assert found.energy.value == 0


@pytest.mark.parametrize("energy_eV", [-5.0, -5.4, -6.0])
def test_distance_and_composition_give_back_the_reaction_with_lithium(
    table: Thermochemistry, energy_eV: float
) -> None:
    """A record keeps formula and distance from the hull: enough for what the energies of the cell gave."""
    cell = Phase(
        name="film",
        formula="LiAlS2",
        composition=counts("LiAlS2"),
        energy_eV=energy_eV,
        kind=PhaseKind.FILM,
    )
    above = hull_distance(table, Film(cell)).energy.value
    assert above is not None
    again = phase_above_hull(table, counts("LiAlS2"), name="film", above_hull_eV_atom=above)
    lithium = table.phase("Li")
    one, other = (contact(table, Film(phase), lithium, name="Li") for phase in (cell, again))
    assert other.energy.value == pytest.approx(one.energy.value, abs=1e-4)  # distances have four decimals
    assert other.beyond_decay.value == pytest.approx(one.beyond_decay.value)
    assert other.beyond_decay.uncertainty == pytest.approx(one.beyond_decay.uncertainty)
    assert other.equation == one.equation


@pytest.mark.parametrize("above", [0.25, 0.0, -0.1])
def test_a_phase_lies_where_it_was_put(table: Thermochemistry, above: float) -> None:
    phase = phase_above_hull(table, counts("Li2Al2S4"), name="film", above_hull_eV_atom=above)
    assert phase.formula == "LiAlS2"
    assert hull_distance(table, Film(phase)).energy.value == pytest.approx(above)


def test_an_element_without_reference_is_told(table: Thermochemistry) -> None:
    with pytest.raises(DataError, match="no reference phase of Zr"):
        contact_of_films(table, counts("Li2O"), counts("ZrO2"), names=("a", "b"))
