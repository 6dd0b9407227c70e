"""The Pareto front."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lithicoat.analysis.decision.pareto import front, pareto_probability, pareto_rows
from lithicoat.analysis.decision.ranking import rank
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import judge
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord


def film(name, modulus, decades, contact=0.0, *, errors=(0.0, 0.0), stable=5.0):
    given_properties = {
        "highest_stable_temperature": Property(value=900, unit="K"),
        "lowest_elastic_eigenvalue": Property(value=stable, uncertainty=0, unit="GPa"),
        "contact_lithium": Property(value=contact, uncertainty=0, unit="eV/atom"),
        "shear_modulus_calibrated": Property(value=modulus, uncertainty=errors[0], unit="GPa"),
    }
    if decades is not None:
        conductivity = Property(value=decades, uncertainty=errors[1], unit="decades")
        given_properties["log10_conductivity_298K"] = conductivity
    return ScreeningRecord(
        coating=name,
        name=name,
        family="test",
        role="anode",
        campaign="test",
        potential="emt",
        sha256="0" * 64,
        protocol="quick",
        try_out=True,
        seed=0,
        properties=given_properties,
    )


@given(arrays(float, st.tuples(st.integers(1, 12), st.integers(1, 4)), elements=st.integers(0, 3)))
def test_the_front_is_what_nothing_dominates(points):
    expected = [
        not any(np.all(other >= point) and np.any(other > point) for other in points) for point in points
    ]
    np.testing.assert_array_equal(front(points), expected)


def test_an_empty_front():
    assert front(np.zeros((0, 3))).shape == (0,)


def on_front(records):
    sheet = judge(records, Electrode.ANODE)
    return {name for name, found in zip(sheet.films, pareto_rows(sheet), strict=True) if found}


def test_the_front_goes_on_where_the_ramps_end():
    # both are worth 1 in both terms; still one is stiffer and conducts better
    assert on_front([film("best", 80, -2), film("good", 40, -3)]) == {"best"}
    assert on_front([film("stiff", 80, -3), film("conducts", 40, -2)]) == {"stiff", "conducts"}


def test_a_film_that_fails_a_gate_does_not_compete():
    assert on_front([film("unstable", 99, -1, stable=-1.0), film("sound", 3, -9)]) == {"sound"}


def test_a_film_without_a_conductivity_fails_the_gate_of_the_path():
    assert on_front([film("unknown", 99, None), film("sound", 3, -9)]) == {"sound"}


def test_the_probability_follows_the_normal_law():
    # equal but for the conductivity: the front is the better of the two
    records = [film("a", 20, -6.5, errors=(0, 0.5)), film("b", 20, -7.0, errors=(0, 0.5))]
    found = pareto_probability(judge(records, Electrode.ANODE), draws=20_000)
    assert found == pytest.approx([0.760, 0.240], abs=0.01)  # Phi(0.5 / 0.707)
    ranking = rank(records, Electrode.ANODE)
    assert [entry.pareto for entry in ranking] == [True, False]
    assert ranking[0].probability_pareto == pytest.approx(0.760, abs=0.05)
