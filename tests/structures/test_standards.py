import pytest

from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.errors import StructureError
from lithicoat.structures.standards import quantities, quantity


def test_a_quantity_in_its_unit():
    assert quantity("ionic_conductivity", unit="S/cm").about.startswith("conductivity")


def test_unknown_quantity_offers_the_nearest():
    with pytest.raises(StructureError, match="there is no property ionic_conductance") as caught:
        quantity("ionic_conductance", unit="S/cm")
    assert "ionic_conductivity" in caught.value.hint


def test_wrong_unit():
    with pytest.raises(StructureError, match="shear_modulus is given in MPa, its unit is GPa"):
        quantity("shear_modulus", unit="MPa")


def test_every_standard_quantity_is_used():
    used = {row.property for coating in load_catalog() for row in coating.reported}
    assert set(quantities()) == used


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("ionic_conductivity", 1e-18, 1e-2),
        ("growth_per_cycle", 0.05, 30),
        ("growth_temperature", 25, 450),
        ("shear_modulus", 1, 200),
        ("density", 0.5, 9),
        ("melting_point", 400, 3300),
        ("poisson_ratio", 0.0, 0.5),
    ],
)
def test_numbers_are_in_their_unit(name, low, high):
    """A value in another unit, such as nm per cycle or K, falls out of the range of the field."""
    rows = [(coating.id, row) for coating in load_catalog() for row in coating.reported]
    assert [
        (key, row.value)
        for key, row in rows
        if row.property == name and isinstance(row.value, float) and not low <= row.value <= high
    ] == []
