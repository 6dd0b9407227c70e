"""Properties as arrays: units, bounds, and what is assumed of an uncertainty that nobody stated."""

import numpy as np
import pytest

from lithicoat.analysis.decision.columns import Columns
from lithicoat.analysis.decision.scheme import Quantity, default_scheme
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property

QUANTITIES = default_scheme().quantities


def test_a_column_holds_values_bounds_and_holes():
    rows = [
        {"x": Property(value=2.0, uncertainty=0.5, unit="GPa")},
        {"x": Property(value=3.0, unit="GPa", bound=Bound.UPPER)},
        {"x": Property(value=4.0, uncertainty=1.0, unit="GPa", bound=Bound.LOWER)},
        {"x": Property.missing("GPa", "gone")},
        {},
    ]
    column = Columns(rows)["x"]
    np.testing.assert_array_equal(column.value, [2, 3, 4, np.nan, np.nan])
    np.testing.assert_array_equal(column.uncertainty[:3], [0.5, 0, 0])
    np.testing.assert_array_equal(column.bound, [0, -1, 1, 0, 0])
    np.testing.assert_array_equal(column.known, [True, True, True, False, False])
    np.testing.assert_array_equal(column.resolved, [True, False, False, False, False])


def test_an_uncertainty_that_is_not_stated_is_assumed_and_named():
    rows = [
        {"shear_modulus": Property(value=-20.0, unit="GPa")},
        {"shear_modulus": Property(value=20.0, uncertainty=0.0, unit="GPa")},
        {"shear_modulus": Property(value=20.0, unit="GPa", bound=Bound.UPPER)},
    ]
    columns = Columns(rows, QUANTITIES)
    np.testing.assert_allclose(columns["shear_modulus"].uncertainty, [8.0, 0.0, 0.0])
    np.testing.assert_array_equal(columns["shear_modulus"].assumed, [True, False, False])
    assert columns.assumption("shear_modulus") == "± 40%"
    assert columns.assumption("contact_lithium") == "± 0.06 eV/atom"
    assert columns.assumption("highest_stable_temperature") == "none"


@pytest.mark.parametrize(
    ("name", "unit", "factor"),
    [
        ("shear_modulus", "MPa", 1e-3),
        ("conductivity_298K", "S/m", 1e-2),
        ("contact_lithium", "meV/atom", 1e-3),
        ("window_high", "mV", 1e-3),
        ("scavenging_capacity", "mmol O2/cm3", 1e-3),
    ],
)
def test_other_units_are_converted(name, unit, factor):
    column = Columns([{name: Property(value=7.0, uncertainty=2.0, unit=unit)}], QUANTITIES)[name]
    assert (column.value[0], column.uncertainty[0]) == pytest.approx((7 * factor, 2 * factor))


@pytest.mark.parametrize("unit", ["eV", "bananas", "decades"])
def test_a_unit_that_is_none_of_the_quantity_is_refused(unit):
    columns = Columns([{"shear_modulus": Property(value=7.0, unit=unit)}], QUANTITIES)
    with pytest.raises(DataError, match=f"shear_modulus is judged in GPa, and {unit} cannot be turned"):
        columns["shear_modulus"]


def test_every_property_that_is_judged_has_a_unit():
    scheme = default_scheme()
    terms = (*scheme.anode, *scheme.cathode)
    judged = {source.property for term in terms for source in term.sources}
    judged |= {name for gate in scheme.gates for name in gate.properties}
    judged |= {term.relief.property for term in terms if term.relief}
    assert judged == set(QUANTITIES)


def test_an_assumption_is_one_of_both():
    with pytest.raises(ValueError, match="either relative or absolute"):
        Quantity(unit="GPa", relative=0.1, absolute=1.0)
