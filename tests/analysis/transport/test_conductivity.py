"""Nernst-Einstein: units, bounds, propagation."""

import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property, Provenance
from lithicoat.analysis.transport.conductivity import (
    HAVEN_TAKEN_AS_ONE,
    nernst_einstein,
    nernst_einstein_factor,
)

CELL = {"ions": 10, "volume_A3": 500.0, "temperature_K": 300.0}
DIFFUSIVITY = Property(value=1e-8, uncertainty=1e-9, unit="cm2/s", provenance=Provenance(potential="p"))
UNRESOLVED = Property.missing("1", "not resolved")


def test_factor_in_si_units():
    """By hand: n = 2e28 m⁻³; q and k_B are exact in the SI; 1 cm²/s = 1e-4 m²/s, 1 S/m = 1e-2 S/cm."""
    si = 2e28 * (1.602176634e-19) ** 2 / (1.380649e-23 * 300)  # S/m per m²/s
    assert nernst_einstein_factor(**CELL) == pytest.approx(si * 1e-4 * 1e-2, rel=1e-9)


def test_factor_agrees_with_molar_form():
    """σ = c F² D / (R T) with c in mol/cm³."""
    per_mole = 10 / 500e-24 / 6.02214076e23 * 96485.33212**2 / (8.314462618 * 300)
    assert nernst_einstein_factor(**CELL) == pytest.approx(per_mole, rel=1e-9)


def test_charge_counts_twice():
    assert nernst_einstein_factor(**CELL, charge_number=-2) == 4 * nernst_einstein_factor(**CELL)


def test_haven_ratio_divides_and_errors_add_in_quadrature():
    haven = Property(value=0.5, uncertainty=0.1, unit="1")
    sigma = nernst_einstein(DIFFUSIVITY, haven_ratio=haven, **CELL)
    assert sigma.value == pytest.approx(2 * nernst_einstein_factor(**CELL) * 1e-8)
    assert sigma.uncertainty / sigma.value == pytest.approx((0.1**2 + 0.2**2) ** 0.5)
    assert (sigma.unit, sigma.flags, sigma.provenance.potential) == ("S/cm", (), "p")


def test_unresolved_haven_ratio_is_one_and_flagged():
    sigma = nernst_einstein(DIFFUSIVITY, haven_ratio=UNRESOLVED, **CELL)
    assert sigma.value == pytest.approx(nernst_einstein_factor(**CELL) * 1e-8)
    assert sigma.uncertainty / sigma.value == pytest.approx(0.1)
    assert HAVEN_TAKEN_AS_ONE in sigma.flags


def test_bound_stays_a_bound_and_missing_stays_missing():
    bound = Property(value=1e-9, unit="cm2/s", bound=Bound.UPPER, flags=("no diffusion seen",))
    sigma = nernst_einstein(bound, haven_ratio=UNRESOLVED, **CELL)
    assert (sigma.bound, sigma.uncertainty) == (Bound.UPPER, None)
    assert sigma.flags == ("no diffusion seen", HAVEN_TAKEN_AS_ONE)
    nothing = nernst_einstein(Property.missing("cm2/s", "melted"), haven_ratio=UNRESOLVED, **CELL)
    assert (nothing.value, nothing.flags) == (None, ("melted",))


@pytest.mark.parametrize("name", ["ions", "volume_A3", "temperature_K"])
@pytest.mark.parametrize("number", [0, -3, float("nan")])
def test_numbers_must_be_positive(name, number):
    with pytest.raises(DataError, match=f"{name} must be positive"):
        nernst_einstein(DIFFUSIVITY, haven_ratio=UNRESOLVED, **{**CELL, name: number})
