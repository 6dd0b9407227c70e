"""What an error comes from, as the record says it."""

import pytest

from lithicoat.analysis.decision.error_sources import ErrorSource, main_error
from lithicoat.analysis.films.ensembles import ONE_REPLICA
from lithicoat.analysis.mechanics.calibration import calibrated, fit_calibration
from lithicoat.analysis.properties import Bound, Property


def modulus(uncertainty, *flags):
    return Property(value=10.0, uncertainty=uncertainty, unit="GPa", flags=flags)


@pytest.fixture(scope="module")
def calibration():
    """Moduli that scatter by some 20 % about the reference."""
    return fit_calibration([10, 20, 30, 40, 50], [12, 16, 33, 50, 44], list("abcde"))


def test_a_calibrated_modulus_is_split_into_cells_and_calibration(calibration):
    plain = modulus(0.5, ONE_REPLICA)
    properties = {"shear_modulus": plain, "shear_modulus_calibrated": calibrated(plain, calibration)}
    found = main_error(properties, "shear_modulus_calibrated")
    slope = calibration.slope_uncertainty / calibration.slope
    share = (calibration.scatter**2 + slope**2) ** 0.5
    assert found.source is ErrorSource.CALIBRATION
    assert found.why == f"calibration {share:.0%}, cells 5% ({ONE_REPLICA} and not in the ±)"


def test_cells_that_scatter_more_than_the_calibration_come_first(calibration):
    plain = modulus(8.0)
    properties = {"shear_modulus": plain, "shear_modulus_calibrated": calibrated(plain, calibration)}
    found = main_error(properties, "shear_modulus_calibrated")
    assert found.source is ErrorSource.CELLS
    assert "cells 80%" in found.why
    assert ONE_REPLICA not in found.why


def test_the_spread_of_a_committee_is_with_that_of_the_cells(calibration):
    plain = modulus(2.0, "n=3 committee: mean 10 GPa, spread 1.9 GPa")
    properties = {"shear_modulus": plain, "shear_modulus_calibrated": calibrated(plain, calibration)}
    assert "cells and committee 20%" in main_error(properties, "shear_modulus_calibrated").why


def decades(value=-6.0, uncertainty=1.0, bound=None, flags=()):
    return Property(value=value, uncertainty=uncertainty, unit="decades", bound=bound, flags=flags)


@pytest.mark.parametrize(
    ("quantity", "source", "words"),
    [
        (
            decades(bound=Bound.UPPER, flags=("below that at 700 K",)),
            ErrorSource.BOUND,
            "only a bound: below",
        ),
        (decades(bound=Bound.UPPER), ErrorSource.BOUND, "only a bound"),
        (
            decades(flags=("Haven ratio not resolved", "extrapolated from 500 K")),
            ErrorSource.EXTRAPOLATION,
            "extrapolated from 500 K",
        ),
        (
            decades(flags=("vacancy model: 0.001 of the Li sites assumed empty", "mean over all directions")),
            ErrorSource.DEFECT_MODEL,
            "0.001 of the Li sites",
        ),
        (Property.missing("decades", "no lithium"), ErrorSource.MISSING, "missing: no lithium"),
        (decades(), ErrorSource.CELLS, "cells"),
    ],
)
def test_a_conductivity_says_what_it_rests_on(quantity, source, words):
    found = main_error({"log10_conductivity_298K": quantity}, "log10_conductivity_298K")
    assert found.source is source
    assert words in found.why


def test_what_nobody_asked_for_was_not_computed():
    assert main_error({}, "window_high") == (ErrorSource.MISSING, "not computed")


@pytest.mark.parametrize("name", ["contact_lithium", "reaction_NMC811", "window_high", "scavenging_energy"])
def test_energies_err_by_the_potential(name):
    quantity = Property(value=-0.3, uncertainty=0.04, unit="eV/atom")
    assert main_error({name: quantity}, name).source is ErrorSource.ENERGIES


def test_an_assumed_uncertainty_is_told():
    quantity = Property(value=1.3, unit="1")
    found = main_error({"oxidation_volume_ratio": quantity}, "oxidation_volume_ratio", assumed=0.13)
    assert found == (ErrorSource.ASSUMED, "no uncertainty was stated, ± 0.13 is assumed")
    uptake = Property(value=0.03, unit="mol O2/cm3")
    assert "± 0.003 mol O2/cm3 is" in main_error({"x": uptake}, "x", assumed=0.003).why


def test_a_reported_gap_is_no_error_of_ours():
    gap = Property(value=3.5, uncertainty=0.1, unit="eV")
    assert main_error({"band_gap": gap}, "band_gap").source is ErrorSource.REPORTED
