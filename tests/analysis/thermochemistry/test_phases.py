"""The table of phases: lookups, formation energies, reactions and their uncertainty."""

import numpy as np
import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.thermochemistry.corrections import FittedTerms
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry

OXIDE, SULFIDE, SULFATE = -0.7, -0.5, 1.3
COVARIANCE = np.array([[0.01, 0.004, 0.0], [0.004, 0.04, 0.0], [0.0, 0.0, 0.09]])
SCATTER = 0.05


def crystal(name, formula, composition, energy, **more):
    return Phase(
        name=name, formula=formula, composition=composition, energy_eV=energy, kind=PhaseKind.CRYSTAL, **more
    )


@pytest.fixture
def table():
    fit = FittedTerms(
        terms=("oxide", "sulfide", "sulfate"), values_eV=(OXIDE, SULFIDE, SULFATE),
        covariance_eV2=COVARIANCE.tolist(), scatter_eV_atom=SCATTER, deviation_eV=0.1, prior="a test",
    )  # fmt: skip
    phases = (
        crystal("Li.cif", "Li", {"Li": 1}, -1.9),
        crystal("S.cif", "S", {"S": 1}, -4.1),
        crystal("Li2S_a.cif", "Li2S", {"Li": 2, "S": 1}, -12.0),
        crystal("Li2S_b.cif", "Li2S", {"Li": 2, "S": 1}, -11.8),
        crystal("Li2O.cif", "Li2O", {"Li": 2, "O": 1}, -14.0),
        crystal("Li2SO4.cif", "Li2SO4", {"Li": 2, "S": 1, "O": 4}, -41.0),
        Phase(name="O2 gas", formula="O2", composition={"O": 2}, energy_eV=-9.8, kind=PhaseKind.GAS),
        Phase(name="SO2 gas", formula="SO2", composition={"S": 1, "O": 2}, energy_eV=-17, kind=PhaseKind.GAS),
        Phase(
            name="SO3 measured", formula="SO3", composition={"S": 1, "O": 3}, energy_eV=-4.7,
            uncertainty_eV=0.02, kind=PhaseKind.MEASURED,
        ),
        Phase(
            name="cathode", formula="Li2O", composition={"Li": 2, "O": 1}, energy_eV=-99,
            kind=PhaseKind.CATHODE,
        ),
    )  # fmt: skip
    return Thermochemistry(
        potential="test", sha256="0" * 64, protocol="none", elements_eV={"Li": -1.9, "S": -4.1, "O": -4.9},
        gases_eV={"SO2": -3.08}, phases=phases, fit=fit,
    )  # fmt: skip


def test_formation_energies(table):
    assert table.formation_energy_eV(table.phase("Li2O")) == pytest.approx(-14.0 + 3.8 + 4.9 + OXIDE)
    sulfate = table.phase("Li2SO4")
    assert table.formation_energy_eV(sulfate) == pytest.approx(-41 + 3.8 + 4.1 + 19.6 + 4 * OXIDE + SULFATE)
    assert table.formation_energy_eV(table.phase("O2")) == 0.0
    assert table.formation_energy_eV(table.phase("Li")) == 0.0
    assert table.formation_energy_eV(table.phase("SO2 gas")) == -3.08  # measured, whatever the potential says
    assert table.formation_energy_eV(table.phase("SO3")) == -4.7


def test_a_formula_finds_its_lowest_phase_in_any_order_of_elements_and_never_a_cathode(table):
    assert table.phase("Li2S").name == table.phase("SLi2").name == "Li2S_a.cif"
    assert table.phase("Li2S_b.cif").name == "Li2S_b.cif"
    assert table.phase("Li2O").name == "Li2O.cif"
    with pytest.raises(DataError, match="no reference phase Li3N with test"):
        table.phase("Li3N")


def test_what_competes(table):
    names = {phase.name for phase in table.competing({"S", "O"})}
    assert names == {"S.cif", "O2 gas", "SO2 gas", "SO3 measured"}
    with pytest.raises(DataError, match="test has no reference phase of Zr"):
        table.competing({"Li", "Zr"})
    assert {phase.name for phase in table.restricted({"Li"}).phases} == {"Li.cif"}
    film = crystal("film", "LiS", {"Li": 1, "S": 1}, -6.0)
    assert table.including(film).phase("film") == film


def test_the_uncertainty_of_a_reaction_holds_covariance_and_scatter(table):
    reaction = [(table.phase("Li2S"), -1), (table.phase("O2 gas"), -2), (table.phase("Li2SO4"), 1)]
    weights = np.array([4.0, -1.0, 1.0])
    scatter = SCATTER**2 * (3**2 + 7**2)
    assert table.reaction(reaction).uncertainty == pytest.approx(
        np.sqrt(weights @ COVARIANCE @ weights + scatter)
    )
    difference = table.formation_energy_eV(table.phase("Li2SO4")) - table.formation_energy_eV(
        table.phase("Li2S")
    )
    assert table.reaction(reaction).value == pytest.approx(difference)


def test_errors_cancel_between_two_forms_of_one_composition(table):
    change = table.reaction([(table.phase("Li2S_a.cif"), -1), (table.phase("Li2S_b.cif"), 1)])
    assert change.value == pytest.approx(0.2)
    assert change.uncertainty == 0.0


def test_a_measured_phase_brings_its_own_uncertainty_only(table):
    burning = [(table.phase("S"), -2), (table.phase("O2 gas"), -3), (table.phase("SO3 measured"), 2)]
    assert table.reaction(burning).value == pytest.approx(-9.4)
    assert table.reaction(burning).uncertainty == pytest.approx(0.04)


def test_a_reaction_scales_with_its_coefficients(table):
    reaction = [(table.phase("Li2O"), 1.0), (table.phase("Li"), -2.0), (table.phase("O2 gas"), -0.5)]
    once, twice = (table.reaction([(p, factor * n) for p, n in reaction]) for factor in (1, 2))
    assert (twice.value, twice.uncertainty) == pytest.approx((2 * once.value, 2 * once.uncertainty))


def test_an_unbalanced_reaction(table):
    with pytest.raises(DataError, match="not balanced in O"):
        table.reaction([(table.phase("Li2O"), 1), (table.phase("Li"), -2)])


def test_the_hash_is_of_the_numbers(table):
    again = table.model_copy(update={"command": "lithicoat references", "versions": {"ase": "4"}})
    assert again.content_hash == table.content_hash
    other = table.model_copy(update={"elements_eV": {**table.elements_eV, "Li": -1.91}})
    assert other.content_hash != table.content_hash
