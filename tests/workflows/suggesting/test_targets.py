"""What films are chosen by."""

import math

import numpy as np
import pytest

from lithicoat.analysis.decision.ranking import Electrode, rank
from lithicoat.analysis.decision.scheme import Axis
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property
from lithicoat.workflows.suggesting.targets import SCORE, Sense, found, target_of


def test_a_modulus_is_judged_in_decades_and_upwards(lithicone):
    records = [lithicone("LiGL", 10.0, error=2.0)]
    aim = target_of("shear_modulus_calibrated", records)
    assert (aim.axis, aim.sense, aim.unit, aim.axis_unit) == (Axis.LOG10, Sense.HIGHEST, "GPa", "decades")
    values, lacking = found(records, aim, seed=0)
    assert values["LiGL"].place == pytest.approx(1.0)
    assert values["LiGL"].spread == pytest.approx(math.sqrt(math.log(1.04)) / math.log(10))
    assert lacking == {}


@pytest.mark.parametrize(("name", "unit"), [("activation_energy", "eV"), ("shear_modulus_calibrated", "GPa")])
@pytest.mark.parametrize("sense", list(Sense))
def test_a_quantity_comes_back_from_its_place(lithicone, name, unit, sense):
    quantity = Property(value=0.4, uncertainty=0.05, unit=unit)
    records = [lithicone("LiGL", **{name: quantity})]
    aim = target_of(name, records, sense=sense)
    value = found(records, aim, seed=0)[0]["LiGL"]
    back = aim.quantity(value.place, value.spread)
    assert (back.value, back.uncertainty, back.unit) == (pytest.approx(0.4), pytest.approx(0.05), unit)


def test_a_barrier_is_wanted_low(lithicone):
    records = [
        lithicone(name, activation_energy=Property(value=e, unit="eV"))
        for name, e in (("a", 0.3), ("b", 0.9))
    ]
    aim = target_of("activation_energy", records)
    values, _ = found(records, aim, seed=0)
    assert aim.sense is Sense.LOWEST
    assert values["a"].place > values["b"].place


def test_what_is_negative_has_a_straight_axis(lithicone):
    records = [lithicone("a", tension=Property(value=-1.0, uncertainty=0.1, unit="GPa"))]
    assert target_of("tension", records).axis is Axis.LINEAR


def test_too_wide_for_a_plus_minus(lithicone):
    aim = target_of("shear_modulus_calibrated", [lithicone("a", 10.0)])
    quantity = aim.quantity(1.0, 2.5)
    assert quantity.value == pytest.approx(10.0)
    assert quantity.uncertainty is None
    assert quantity.flags == ("known within 2.5 decades",)


def test_bounds_and_holes_say_why_they_teach_nothing(lithicone):
    name = "shear_modulus_calibrated"
    records = [
        lithicone("a", 10.0),
        lithicone("b"),
        lithicone("c", **{name: Property.missing("GPa", "the cell melted")}),
        lithicone("d", **{name: Property(value=3.0, unit="GPa", bound=Bound.UPPER)}),
        lithicone("e").model_copy(update={"failures": {"anneal": "C1–C2 broke; and again"}}),
    ]
    values, lacking = found(records, target_of(name, records), seed=0)
    assert list(values) == ["a"]
    assert lacking == {
        "b": "not computed",
        "c": "the cell melted",
        "d": "only a bound (upper) is known",
        "e": "anneal failed: C1–C2 broke",
    }


def test_an_assumed_uncertainty_is_told(lithicone):
    records = [
        lithicone(
            "a",
            shear_modulus_calibrated=Property(value=10.0, unit="GPa"),
            size=Property(value=5.0, unit="nm"),
        )
    ]
    by_scheme = found(records, target_of("shear_modulus_calibrated", records), seed=0)[0]["a"]
    assert by_scheme.remark == "no uncertainty stated, 3 GPa assumed"
    by_share = found(records, target_of("size", records), seed=0)[0]["a"]
    assert (by_share.spread, by_share.remark) == (1.5, "no uncertainty stated, 1.5 nm assumed")


def test_an_unknown_property_is_refused(lithicone):
    with pytest.raises(DataError, match="no film of the campaign has the property stiffness") as caught:
        target_of("stiffness", [lithicone("a", 1.0)])
    assert "shear_modulus_calibrated" in caught.value.hint
    with pytest.raises(DataError, match="has the property stiffness") as caught:
        target_of("stiffness", [])
    assert caught.value.hint == "a campaign with results"


def test_what_a_score_assumes_is_told(lithicone):
    bare = Property(value=10.0, unit="GPa")
    records = [lithicone("a", shear_modulus_calibrated=bare)]
    values, _ = found(records, target_of(None, records), seed=0)
    assert values["a"].remark == "± 3 assumed for shear_modulus_calibrated"


def test_units_are_converted_or_refused(lithicone):
    name = "shear_modulus_calibrated"
    records = [
        lithicone("a", 10.0),
        lithicone("b", **{name: Property(value=1e4, uncertainty=1e3, unit="MPa")}),
    ]
    values, _ = found(records, target_of(name, records), seed=0)
    assert (values["a"].place, values["a"].spread) == pytest.approx((values["b"].place, values["b"].spread))
    mixed = [
        lithicone("a", size=Property(value=1.0, unit="nm")),
        lithicone("b", size=Property(value=1.0, unit="A")),
    ]
    with pytest.raises(DataError, match="the records give size in A and in nm"):
        target_of("size", mixed)


def test_the_lowest_score_is_refused(lithicone):
    with pytest.raises(DataError, match="the lowest score is no aim"):
        target_of(SCORE, [lithicone("a")], sense=Sense.LOWEST)


def test_a_score_is_that_of_the_ranking(lithicone):
    records = [lithicone("a", 9.0, error=0.09), lithicone("b", 5.0, error=0.05)]
    values, _ = found(records, target_of(None, records), seed=0)
    for film in rank(records, Electrode.ANODE):
        assert values[film.id].place == pytest.approx(film.score, abs=0.002)
        assert 0 < values[film.id].spread < 0.01
        assert values[film.id].open == ()


def test_a_score_is_made_of_its_parts(lithicone):
    doubtful = Property(value=0.5, uncertainty=1.0, unit="GPa")
    records = [lithicone("a", 9.0, error=2.0, lowest_elastic_eigenvalue=doubtful)]
    aim = target_of(None, records)
    value = found(records, aim, seed=0)[0]["a"]
    assert sum(aim.weights) == pytest.approx(1.0)
    assert aim.combine([np.array(mean) for mean, _ in value.parts]) == pytest.approx(value.place, abs=0.01)
    mean, error = value.parts[-1]
    assert error == pytest.approx(math.sqrt(mean * (1 - mean)))


def test_what_is_open_adds_no_error_and_no_favour(lithicone):
    hidden = Property.missing("decades", "not computed")
    bound = Property(value=0.5, unit="decades", bound=Bound.UPPER)
    records = [
        lithicone("hidden", 9.0, error=0.09, log10_conductivity_298K=hidden),
        lithicone("bounded", 9.0, error=0.09, log10_conductivity_298K=bound),
    ]
    records[0] = records[0].model_copy(
        update={
            "properties": records[0].properties
            | {"log10_conductivity_298K": bound.model_copy(update={"value": 0.4})}
        }
    )
    values, _ = found(records, target_of(None, records), seed=0)
    assert values["hidden"].open == values["bounded"].open == ("conductivity",)
    assert values["hidden"].spread < 0.01
    assert values["hidden"].place == pytest.approx(values["bounded"].place, abs=0.01)


def test_a_film_that_fails_a_gate_is_worth_nothing(lithicone):
    broken = Property(value=-1.0, uncertainty=0.01, unit="GPa")
    doubtful = Property(value=0.0, uncertainty=1.0, unit="GPa")
    records = [
        lithicone("fails", 9.0, lowest_elastic_eigenvalue=broken),
        lithicone("may fail", 9.0, lowest_elastic_eigenvalue=doubtful),
        lithicone("sound", 9.0),
    ]
    values, _ = found(records, target_of(None, records), seed=0)
    assert (values["fails"].place, values["fails"].spread) == (0.0, 0.0)
    assert values["may fail"].place == pytest.approx(values["sound"].place / 2, rel=0.1)
    assert values["may fail"].remark == "P(gates) 0.52"  # in 4000 draws


def test_a_film_for_the_cathode_has_no_score(lithicone):
    records = [lithicone("a", 9.0), lithicone("c", 9.0, role="cathode")]
    values, lacking = found(records, target_of(None, records), seed=0)
    assert list(values) == ["a"]
    assert lacking == {"c": "a film for the cathode, not for the anode"}


def test_a_film_of_which_nothing_is_known_has_no_score(lithicone):
    hidden = Property.missing("1", "no cell")
    broken = dict.fromkeys(lithicone("x").properties, hidden) | {"shear_modulus_calibrated": hidden}
    records = [lithicone("known", 9.0), lithicone("broken", **broken)]
    records[1] = records[1].model_copy(update={"failures": {"anneal": "S4–C5 broke"}})
    values, lacking = found(records, target_of(None, records), seed=0)
    assert list(values) == ["known"]
    assert lacking == {"broken": "anneal failed: S4–C5 broke"}
