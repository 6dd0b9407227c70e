import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mechanics.hardness import (
    ESTIMATE,
    chen_hardness_GPa,
    hardness_estimate,
    pugh_ratio,
    tian_hardness_GPa,
)
from lithicoat.analysis.properties import Bound, Property


def _gpa(value, uncertainty=0.0, **rest):
    return Property(value=value, uncertainty=uncertainty, unit="GPa", **rest)


@pytest.mark.parametrize(
    ("solid", "shear", "bulk", "chen", "measured"),
    [("diamond", 536.3, 442.3, 95.7, 96), ("c-BN", 403.4, 403.7, 64.5, 66), ("SiC", 191.4, 224.7, 33.8, 34)],
)
def test_chens_own_examples_come_out(solid, shear, bulk, chen, measured):
    """Moduli and hardness of table 1 of Chen et al. (2011), moduli as measured."""
    found = chen_hardness_GPa(shear, bulk_GPa=bulk)
    assert found == pytest.approx(chen, rel=0.03), solid
    assert found == pytest.approx(measured, rel=0.1)
    assert tian_hardness_GPa(shear, bulk_GPa=bulk) == pytest.approx(measured, rel=0.1)


def test_both_correlations_agree_where_they_were_made():
    for shear, bulk in ((300, 350), (200, 250), (120, 150)):
        chen, tian = (f(shear, bulk_GPa=bulk) for f in (chen_hardness_GPa, tian_hardness_GPa))
        assert tian == pytest.approx(chen, rel=0.15)


def test_a_soft_solid_keeps_a_positive_estimate():
    assert chen_hardness_GPa(5, bulk_GPa=12) < 0
    found = hardness_estimate(_gpa(5.0, 0.5), Property(value=2.4, uncertainty=0.1, unit="1"))
    assert 0 < found.value < 2
    assert "too soft" in found.flags[-1]


def test_an_estimate_says_so_and_holds_the_scatter_of_the_correlation():
    found = hardness_estimate(_gpa(40.0), Property(value=1.5, uncertainty=0.0, unit="1"))
    assert found.uncertainty == pytest.approx(0.15 * found.value)
    assert ESTIMATE in found.flags[-1]
    wide = hardness_estimate(_gpa(40.0, 8.0), Property(value=1.5, uncertainty=0.0, unit="1"))
    assert wide.uncertainty > found.uncertainty


def test_pugh_ratio_carries_both_errors():
    ratio = pugh_ratio(_gpa(60.0, 6.0), _gpa(30.0, 3.0))
    assert ratio.value == pytest.approx(2.0)
    assert ratio.uncertainty == pytest.approx(2.0 * 0.1 * 2**0.5)


@pytest.mark.parametrize(
    "shear", [_gpa(-3.0), _gpa(1.0, bound=Bound.UPPER), Property.missing("GPa", "not computed")]
)
def test_what_is_not_known_gives_no_ratio_and_no_hardness(shear):
    ratio = pugh_ratio(_gpa(60.0), shear)
    assert ratio.value is None
    assert "above zero" in ratio.flags[-1]
    assert hardness_estimate(shear, Property(value=2.0, unit="1")).value is None


def test_moduli_below_zero_are_refused():
    with pytest.raises(DataError, match="needs moduli above zero"):
        tian_hardness_GPa(-1, bulk_GPa=3)
    with pytest.raises(DataError, match="must be in GPa"):
        pugh_ratio(_gpa(60.0), Property(value=1.0, unit="eV"))
