"""Axes of the terms: units, limits, which side is better, and the front of two of them."""

import numpy as np
import pytest

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import judge
from lithicoat.analysis.figures.fronts import front_line
from lithicoat.analysis.figures.term_axes import assumed_errors, leading_terms, silent_terms, term_axes
from lithicoat.analysis.properties import Bound, Property

ANODE = Electrode.ANODE


def bound(decades):
    return Property(value=decades, unit="decades", bound=Bound.UPPER)


def test_places_are_shown_in_the_units_of_the_property(film):
    stiffness, conductivity, contact = term_axes(judge([film("a", 17.0, -7)], ANODE))
    assert stiffness.shown(stiffness.at)[0] == pytest.approx(17.0)
    assert conductivity.shown(conductivity.at)[0] == pytest.approx(1e-7)
    assert contact.shown(contact.at)[0] == pytest.approx(-0.1)
    assert (stiffness.log, conductivity.log, contact.log) == (True, True, False)
    assert stiffness.heading == "Shear modulus (GPa) →"
    assert conductivity.heading == "Conductivity at 298 K (S cm⁻¹) →"
    assert contact.wrapped_heading == "Reaction with Li\n(eV per atom) →"


def test_a_record_in_another_unit_stands_at_the_same_place(film):
    pascal = Property(value=17e9, uncertainty=1e9, unit="Pa")
    same = judge([film("a", 17.0, -7), film("b", 1, -7, shear_modulus_calibrated=pascal)], ANODE)
    axis = term_axes(same)[0]
    assert axis.shown(axis.at) == pytest.approx([17.0, 17.0])
    assert axis.unit == "GPa"


def test_an_error_bar_on_a_log_axis_is_symmetric_in_decades(film):
    axis = term_axes(judge([film("a", 10, -7), film("b", 30, -7)], ANODE))[0]
    low, high = (axis.shown(end)[0] for end in axis.ends)
    assert low * high == pytest.approx(100)
    assert np.log(high / 10) == pytest.approx(np.sqrt(np.log1p(0.2**2)))


def test_a_bound_stands_in_the_middle_of_what_it_leaves_open(film):
    sheet = judge([film("a", 10, -7), film("b", 10, 0, log10_conductivity_298K=bound(-9))], ANODE)
    axis = term_axes(sheet)[1]
    assert axis.at[1] == pytest.approx((-16 - 9) / 2)
    assert [end[1] for end in axis.ends] == pytest.approx([-16, -9])
    assert (axis.open_side(0), axis.open_side(1)) == (0, -1)


def test_what_is_missing_stands_at_the_worse_edge(film):
    axis = term_axes(judge([film("a", 10, -7), film("b", 10, None)], ANODE))[1]
    assert axis.at[1] == axis.limits[0]
    assert not axis.known[1]


def test_what_satisfies_without_a_value_stands_at_the_better_edge(record):
    none = Property.missing("V", "the film holds no lithium that it could give up")
    window = Property(value=3.0, uncertainty=0.1, unit="V")
    films = [record("a", role="cathode", window_high=none), record("b", role="cathode", window_high=window)]
    axis = term_axes(judge(films, Electrode.CATHODE))[-1]
    assert axis.at[0] == axis.limits[1]


def test_terms_that_tell_films_apart_lead_by_weight(film):
    sheet = judge([film("a", 10, -7), film("b", 20, -8)], ANODE)
    assert [axis.name for axis in leading_terms(sheet)] == ["stiffness", "conductivity"]
    assert list(silent_terms(sheet)) == ["stability with Li: the same wherever it is known"]
    own = {"log10_conductivity_298K": bound(-2)}
    sheet = judge([film("a", 10, 0, **own), film("b", 20, 0, **own)], ANODE)
    assert next(silent_terms(sheet)) == "conductivity: bounds alone, which tell no films apart"
    sheet = judge([film("a", 10, None), film("b", 20, None)], ANODE)
    assert next(silent_terms(sheet)) == "conductivity: known of no film"


def test_the_front_is_a_staircase_of_films_that_pass(film):
    unsound = {"lowest_elastic_eigenvalue": Property(value=-5, uncertainty=1, unit="GPa")}
    films = [film("a", 40, -9), film("b", 10, -5), film("c", 5, -8), film("d", 90, -4, **unsound)]
    sheet = judge(films, ANODE)
    across, along = leading_terms(sheet)
    line = front_line(sheet, across, along)
    shown = np.column_stack([across.shown(line[:, 0]), line[:, 1]])
    assert shown[1:4] == pytest.approx(np.array([[10, -5], [10, -9], [40, -9]]))
    assert line[0, 0] == across.limits[0]
    assert line[-1, 1] == along.limits[0]


def test_errors_that_are_assumed_are_named(film):
    silent = {"log10_conductivity_298K": Property(value=-6, unit="decades")}
    axes = term_axes(judge([film("a", 40, -9), film("b", 10, 0, **silent)], ANODE))
    assert list(assumed_errors(axes)) == ["errors assumed where none is stated: conductivity"]
    assert axes[1].ends[1][1] == pytest.approx(-5)  # one decade, of the scheme
    assert list(assumed_errors(term_axes(judge([film("a", 40, -9)], ANODE)))) == []


def test_a_term_whose_best_is_in_between_has_no_front(record):
    def one(name, energy, ratio):
        return record(
            name,
            role="cathode",
            scavenging_energy=Property(value=energy, uncertainty=0.2, unit="eV/O2"),
            oxidation_volume_ratio=Property(value=ratio, uncertainty=0.1, unit="1"),
        )

    sheet = judge([one("a", -5, 1.5), one("b", -4, 0.8)], Electrode.CATHODE)
    energy, volume = leading_terms(sheet)
    assert (energy.better, volume.better) == (-1, 0)
    assert volume.heading == "Volume, oxidised over fresh"
    assert front_line(sheet, energy, volume) is None


def test_no_film_that_passes_has_no_front(film):
    films = [film("a", 10, None), film("b", 20, None)]
    stiffness, conductivity, _ = term_axes(judge(films, ANODE))
    assert front_line(judge(films, ANODE), stiffness, conductivity) is None
