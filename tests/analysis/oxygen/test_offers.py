"""What a cathode offers, and a film beside it."""

import pytest
from scipy.constants import N_A, e

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.oxygen.judging import compared
from lithicoat.analysis.oxygen.mixtures import Mixtures
from lithicoat.analysis.oxygen.offers import (
    CathodeOxygen,
    OxygenSite,
    SitesAt,
    margin,
    offered,
    vacancy_energy,
)
from lithicoat.analysis.oxygen.staircase import rungs, staircase
from lithicoat.analysis.properties import Bound

KJ_MOL = 1000 / (N_A * e)


def site(difference_eV: float, place: str = "(104)") -> OxygenSite:
    return OxygenSite(
        place=place,
        label="O",
        multiplicity=1,
        depth_A=None,
        difference_eV=difference_eV,
        unrelaxed_eV=difference_eV,
    )


@pytest.fixture
def cathode() -> CathodeOxygen:
    """Surface vacancies cost 0.5 eV and more at x = 0.25, 2 eV at x = 1; 1 eV more in the bulk."""
    contents = [
        SitesAt(lithium=x, sites=(site(cost + 0.2), site(cost), site(cost + 1.0, "bulk")))
        for x, cost in ((1.0, 2.0), (0.25, 0.5))
    ]
    return CathodeOxygen(
        cathode="NMC811",
        metals={"Ni": 0.8, "Mn": 0.1, "Co": 0.1},
        face="(104)",
        potential="tabulated",
        sha256="0" * 64,
        protocol="by hand",
        contents=tuple(contents),
    )


def test_a_vacancy_costs_its_difference_less_the_oxide_correction(table_of, cathode):
    plain = vacancy_energy(table_of(), cathode, 1.0, site(2.0))
    corrected = vacancy_energy(table_of(oxide_eV=-0.7), cathode, 1.0, site(2.0))
    assert plain.value == pytest.approx(2.0)  # O2 lies at 0 here
    assert corrected.value == pytest.approx(2.7)
    assert corrected.unit == "eV"


def test_its_uncertainty_is_that_of_the_correction_and_of_one_formula_unit(table_of, cathode):
    """LiMO2 has 4 atoms, LiMO 3."""
    found = vacancy_energy(table_of(oxide_variance_eV2=0.04, scatter=0.1), cathode, 1.0, site(2.0))
    assert found.uncertainty == pytest.approx((0.04 + 0.01 * (4**2 + 3**2)) ** 0.5)


def test_the_cheapest_oxygen_makes_the_offer(table, cathode):
    assert offered(table, cathode, 0.25).value == pytest.approx(-0.5)
    assert offered(table, cathode, 0.3).value == pytest.approx(-0.5)  # the nearest content there is
    assert offered(table, cathode, 1.0).value == pytest.approx(-2.0)
    assert offered(table, cathode, 0.25, place="bulk").value == pytest.approx(-1.5)
    assert "2 sites: 0.50 to 0.70 eV per vacancy" in offered(table, cathode, 0.25).flags


def test_the_margin_is_the_offer_minus_the_onset(table, film_of, cathode):
    film = film_of("Li2S")
    before, after = rungs(Mixtures(table, film))[0]
    onset = staircase(table, film)[0].oxygen_potential.value
    found = margin(table, cathode, 0.25, before, after)
    assert found.value == pytest.approx(-0.5 - onset)


def test_an_error_that_both_have_cancels(table_of, film_of, cathode):
    """The oxide correction is in the cathode's offer and in alumina alike: none of it is in the margin."""
    table = table_of(oxide_variance_eV2=1.0)
    film = film_of("Al2S3")
    before, after = rungs(Mixtures(table, film))[0]
    assert offered(table, cathode, 0.25).uncertainty > 0.9
    assert staircase(table, film)[0].oxygen_potential.uncertainty > 0.9
    assert margin(table, cathode, 0.25, before, after).uncertainty < 0.1


def test_a_sulfide_pulls_lattice_oxygen(table, film_of, cathode):
    found = compared(table, cathode, film_of("Li2S"))
    assert found.margin.value == pytest.approx(-0.5 + 995.1 / 4 * KJ_MOL)
    assert found.catches_released
    assert found.working_range_eV is None
    assert "pulls lattice oxygen out of NMC811 x=0.25" in found.verdict
    assert set(found.offers) == {"NMC811 x=1", "NMC811 x=1 bulk", "NMC811 x=0.25", "NMC811 x=0.25 bulk"}


def test_lithium_oxide_catches_gas_only(table, film_of, cathode):
    """Its onset, -0.38 eV, lies between the offer of the lattice and O2 gas at 298 K, -0.32 eV."""
    found = compared(table, cathode, film_of("Li2O"))
    assert found.working_range_eV == pytest.approx((-36.4 * KJ_MOL, -0.317), abs=2e-3)
    assert found.margin.value < 0
    assert "leaves the lattice oxygen of NMC811 x=0.25 where it is" in found.verdict


def test_alumina_takes_nothing(table, film_of, cathode):
    found = compared(table, cathode, film_of("Al2O3"))
    assert not found.catches_released
    assert found.working_range_eV is None
    assert found.margin.bound is Bound.UPPER
    assert found.margin.value == pytest.approx(-0.5)
    assert found.verdict == "takes up no oxygen, neither from gas nor from the lattice"


def test_a_doubtful_margin_says_so(table_of, film_of, cathode):
    found = compared(table_of(scatter=0.2), cathode, film_of("Li2O"))
    assert "within the uncertainty" in found.verdict


def test_two_potentials_are_not_mixed(table, cathode):
    other = cathode.model_copy(update={"sha256": "1" * 64})
    with pytest.raises(DataError, match="energies of two potentials are not mixed"):
        offered(table, other, 0.25)


def test_an_unknown_place_is_named(table, cathode):
    with pytest.raises(DataError, match=r"no oxygen of NMC811 x=0.25 is known at \(012\)"):
        offered(table, cathode, 0.25, place="(012)")
