import numpy as np
import pytest

from lithicoat.structures.build import elements_of
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.workflows.transport.following import charge_number, framework_of, masses_of, mobile_species


@pytest.mark.parametrize(
    ("film", "species"),
    [
        ("LiGL", ("Li",)),  # anode: its oxygen is bound
        ("Li2SOx", ("Li", "O")),
        ("Al2O3", ("O",)),
        ("Li2S", ("Li",)),
        ("Li2O", ("Li",)),
        ("ZnS", ()),
    ],
)
def test_what_is_followed_by_default(film, species):
    coating = load_catalog().find(film)
    assert mobile_species(elements_of(coating), coating.role) == species


def test_in_a_structure_of_the_users_lithium_is_followed():
    assert mobile_species({"Li", "S", "O"}) == ("Li",)
    assert mobile_species({"Al", "O"}) == ()


def test_a_framework_holds_no_other_mobile_ion():
    symbols = ("Li", "S", "O", "Al")
    assert framework_of(symbols, "Li").tolist() == [False, True, True, True]
    assert framework_of(symbols, "O").tolist() == [False, True, False, True]
    assert framework_of(symbols, "S", before=("O",)).tolist() == [False, False, False, True]
    assert framework_of(("Li", "O"), "O").tolist() == [True, False]
    assert not framework_of(("Li", "Li"), "Li").any()


def test_the_charge_of_oxygen_is_not_guessed():
    assert charge_number("Li") == 1
    assert charge_number("O") is None


def test_masses_are_those_of_the_elements():
    np.testing.assert_allclose(masses_of(("Li", "S")), [6.94, 32.06], rtol=1e-3)
