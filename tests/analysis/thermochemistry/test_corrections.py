"""The fit of correction terms: synthetic truth, coverage of its uncertainties, limits."""

import numpy as np
import pytest
from pydantic import ValidationError

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.thermochemistry.corrections import Compound, FittedTerms, TermPrior, fit_terms

TERMS = ("oxide", "sulfide", "fluoride")
TRUTH = np.array([-0.7, -0.5, -0.4])


def compounds(rng, number, *, scatter=0.03, uncertainty=0.0):
    """Return compounds that are off by the true terms and scatter about them, per atom."""
    found = []
    for index in range(number):
        counts = rng.integers(0, 4, size=3)
        counts[index % 3] += 1
        atoms = float(counts.sum() + rng.integers(1, 4))
        noise = rng.normal(scale=np.hypot(scatter, uncertainty / atoms)) * atoms
        found.append(
            Compound(
                formula=f"X{index}", atoms=atoms,
                terms={name: float(n) for name, n in zip(TERMS, counts, strict=True) if n},
                calculated_eV=-2.0 * atoms, measured_eV=-2.0 * atoms + float(counts @ TRUTH) + noise,
                uncertainty_eV=uncertainty,
            )
        )  # fmt: skip
    return found


def test_the_truth_is_recovered_within_its_uncertainty_and_so_is_the_scatter():
    fit = fit_terms(compounds(np.random.default_rng(1), 60), TermPrior.vague(TERMS))
    errors = np.sqrt(np.diag(fit.covariance_eV2))
    assert np.all(np.abs(np.array(fit.values_eV) - TRUTH) < 3 * errors)
    assert np.all(errors < 0.03)
    assert fit.scatter_eV_atom == pytest.approx(0.03, rel=0.3)
    assert fit.left_out_error_eV_atom == pytest.approx(0.03, rel=0.35)


def test_the_stated_uncertainties_cover_what_is_left_out():
    rng = np.random.default_rng(2)
    scores = []
    for _ in range(12):
        fit = fit_terms(compounds(rng, 20), TermPrior.vague(TERMS))
        scores += [c.left_out_error_eV_atom / c.left_out_uncertainty_eV_atom for c in fit.compounds]
    assert np.mean(np.abs(scores) < 1) == pytest.approx(0.683, abs=0.08)
    assert np.mean(np.abs(scores) < 2) == pytest.approx(0.954, abs=0.04)


def test_without_compounds_of_a_term_its_prior_remains_widened_by_the_deviation():
    only_oxides = [c for c in compounds(np.random.default_rng(3), 60) if set(c.terms) == {"oxide"}]
    prior = TermPrior(
        terms=TERMS, values_eV=(-0.6, -0.5, -0.4), covariance_eV2=np.diag([0.01, 0.01, 0.04]).tolist(),
        source="a test",
    )  # fmt: skip
    fit = fit_terms(only_oxides, prior)
    assert fit.values_eV[2] == pytest.approx(-0.4)
    assert fit.covariance_eV2[2][2] == pytest.approx(0.04 + fit.deviation_eV**2)
    assert fit.values_eV[0] == pytest.approx(-0.7, abs=0.05)
    sure = fit_terms(only_oxides, prior, deviates=False)
    assert sure.deviation_eV < 1e-5


def test_a_badly_measured_compound_counts_less():
    rng = np.random.default_rng(4)
    good = compounds(rng, 30)
    wrong = good[0].model_copy(update={"measured_eV": good[0].measured_eV + 3.0, "formula": "wrong"})
    doubted = wrong.model_copy(update={"uncertainty_eV": 3.0})
    prior = TermPrior.vague(TERMS)
    plain, warned, told = (fit_terms([*good, *more], prior) for more in ([], [wrong], [doubted]))
    assert told.scatter_eV_atom == pytest.approx(plain.scatter_eV_atom, rel=0.1)
    assert warned.scatter_eV_atom > 1.5 * plain.scatter_eV_atom
    assert told.values_eV == pytest.approx(plain.values_eV, abs=0.02)


def test_entries_of_one_formula_are_left_out_together():
    one = compounds(np.random.default_rng(5), 10)
    twice = fit_terms([*one, one[0]], TermPrior.vague(TERMS))
    same = [c for c in twice.compounds if c.formula == one[0].formula]
    assert same[0] == same[1]
    alone = fit_terms(one[1:], TermPrior.vague(TERMS))
    share = np.array([one[0].terms.get(name, 0.0) for name in TERMS]) / one[0].atoms
    expected = same[0].raw_error_eV_atom - share @ np.array(alone.values_eV)
    assert same[0].left_out_error_eV_atom == pytest.approx(expected, abs=0.01)


def test_bad_input():
    with pytest.raises(DataError, match="at least one measured compound"):
        fit_terms([], TermPrior.vague(TERMS))
    with pytest.raises(DataError, match="no prior for the terms sulfide"):
        fit_terms(compounds(np.random.default_rng(6), 9), TermPrior.vague(["oxide", "fluoride"]))
    fit = fit_terms(compounds(np.random.default_rng(6), 9), TermPrior.vague(TERMS))
    with pytest.raises(DataError, match="corrections have no term carbonate"):
        fit.weights({"carbonate": 1.0})
    with pytest.raises(ValidationError, match="3 terms need 3 values and a covariance of 3 x 3"):
        FittedTerms(**{**fit.model_dump(), "values_eV": (0.0,)})
