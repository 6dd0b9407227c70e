"""The terms of PBE(+U) itself, against those that were published for the same data."""

import numpy as np
import pytest

from lithicoat.analysis.thermochemistry.terms import TERMS
from lithicoat.workflows.potentials.registry import Corrections
from lithicoat.workflows.thermochemistry.functional import (
    functional_terms,
    gas_elements_eV,
    mp2020_uncertainty_eV,
    term_prior,
)

PUBLISHED = {
    "oxide": -0.687,
    "sulfide": -0.503,
    "fluoride": -0.462,
    "nitride": -0.361,
    "hydride": -0.179,
    "Mn": -1.668,
    "Co": -1.638,
    "Ni": -2.541,
}
"""Wang et al., Sci. Rep. 11, 15496 (2021), eV."""


@pytest.mark.parametrize(("term", "value"), PUBLISHED.items())
def test_simple_anions_come_out_as_published(term, value):
    fit = functional_terms()
    index = fit.terms.index(term)
    error = np.sqrt(fit.covariance_eV2[index][index])
    assert fit.values_eV[index] == pytest.approx(value, abs=max(3 * error, 0.12))


def test_oxyanions_need_a_term_of_their_own():
    fit = functional_terms()
    for name in ("sulfate", "carbonate", "nitrate", "phosphate"):
        index = fit.terms.index(name)
        assert fit.values_eV[index] > 5 * np.sqrt(fit.covariance_eV2[index][index])


def test_what_a_potential_was_trained_on_decides_its_prior():
    raw, corrected, unknown = (
        term_prior(kind) for kind in (Corrections.MP2020, Corrections.INCLUDED, Corrections.UNKNOWN)
    )
    assert raw.terms == corrected.terms == unknown.terms == tuple(TERMS)
    oxide = raw.terms.index("oxide")
    assert raw.values_eV[oxide] - corrected.values_eV[oxide] == pytest.approx(-0.687)
    assert raw.covariance_eV2 == corrected.covariance_eV2
    sulfate = raw.terms.index("sulfate")
    assert raw.values_eV[sulfate] == corrected.values_eV[sulfate]  # MP2020 has no such term
    assert set(unknown.values_eV) == {0.0}


def test_gaseous_elements():
    energies = gas_elements_eV()
    assert set(energies) == {"H", "N", "O", "F", "Cl"}
    assert energies["O"] == pytest.approx(-4.948, abs=0.01)  # triplet O2 of the Materials Project, PBE


def test_published_uncertainties():
    assert mp2020_uncertainty_eV("oxide") == pytest.approx(0.002)
    assert mp2020_uncertainty_eV("sulfate") == 0.0
