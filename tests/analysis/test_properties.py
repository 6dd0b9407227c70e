"""A number as a user sees it."""

import pytest
from pydantic import ValidationError

from lithicoat.analysis.properties import Bound, Property, Provenance


def test_a_missing_number_must_say_why():
    with pytest.raises(ValidationError, match="must say why"):
        Property(value=None, unit="GPa")
    assert Property.missing("GPa", "not converged").flags == ("not converged",)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_and_infinity_are_refused(value: float):
    with pytest.raises(ValidationError, match="finite"):
        Property(value=value, unit="GPa")


def test_json_form_is_the_contract():
    quantity = Property(
        value=1.0, uncertainty=0.1, unit="GPa", provenance=Provenance(potential="chgnet", seed=3)
    )
    assert quantity.model_dump(mode="json") == {
        "value": 1.0,
        "uncertainty": 0.1,
        "unit": "GPa",
        "bound": None,
        "flags": [],
        "provenance": {"potential": "chgnet", "sha256": None, "protocol": None, "seed": 3, "versions": {}},
    }


def test_flags_are_kept_once_and_in_order():
    quantity = Property(value=1.0, unit="1", flags=("a",)).flagged("b", "a")
    assert quantity.flags == ("a", "b")


def test_a_bound_is_not_resolved():
    assert not Property(value=1e-9, unit="cm2/s", bound=Bound.UPPER).resolved
    assert Property(value=1e-9, unit="cm2/s").resolved
