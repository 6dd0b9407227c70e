"""How numbers are printed."""

import pytest

from lithicoat.analysis.properties import Bound, Property
from lithicoat.workflows.commands.console import format_property


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (Property(value=34.123, uncertainty=1.234, unit="GPa"), "34.1 ± 1.2 GPa"),
        (Property(value=123.4, uncertainty=25.0, unit="GPa"), "123 ± 25 GPa"),
        (Property(value=0.21234, uncertainty=0.012, unit="1"), "0.212 ± 0.012"),
        (Property(value=3.21e-7, uncertainty=1.1e-7, unit="cm2/s"), "(3.2 ± 1.1)e-07 cm2/s"),
        (Property(value=1.99e-5, uncertainty=3.2e-7, unit="cm2/s"), "(1.990 ± 0.032)e-05 cm2/s"),
        (Property(value=3.2e-12, unit="S/cm", bound=Bound.UPPER), "< 3.2e-12 S/cm"),
        (Property(value=2.5, unit="eV", bound=Bound.LOWER), "> 2.5 eV"),
        (Property(value=-5.1572, unit="eV/O2"), "-5.16 eV/O2"),
        (Property.missing("GPa", "not computed"), "–"),
    ],
)
def test_value_uncertainty_unit_and_bound(quantity: Property, text: str):
    assert format_property(quantity) == text
