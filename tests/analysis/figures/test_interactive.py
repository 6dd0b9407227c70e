import colorsys
import math

import pytest

from lithicoat.analysis.figures.interactive import (
    DARK_OF,
    INK,
    MUTED,
    PAPER,
    Dress,
    Towards,
    canvas,
    dressed,
    film_marks,
    film_trace,
    log_bars,
    plain,
)
from lithicoat.analysis.figures.name_sides import name_sides
from lithicoat.analysis.figures.style import COLOURS
from lithicoat.analysis.figures.ticks import log_ticks
from lithicoat.analysis.figures.units import power_of_ten, quantity_text, typeset
from lithicoat.analysis.properties import Bound, Property


def luminance(colour):
    """Relative luminance after WCAG 2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_can_be_read_on_either_page():
    for colour in (INK, MUTED):
        assert contrast(colour, PAPER) > 4.5
        assert contrast(DARK_OF[colour], DARK_OF[PAPER]) > 4.5


@pytest.mark.parametrize("colour", COLOURS)
def test_marks_show_on_the_dark_page_in_the_same_hue(colour):
    assert contrast(DARK_OF[colour], DARK_OF[PAPER]) > 3
    if colour != "#000000":
        hues = [colorsys.rgb_to_hsv(*(int(one[place : place + 2], 16) for place in (1, 3, 5)))[0]
                for one in (colour, DARK_OF[colour])]  # fmt: skip
        assert abs(hues[0] - hues[1]) < 0.05


def test_the_dark_dress_exchanges_every_colour_and_the_light_one_none():
    figure = canvas()
    figure.add_trace(film_trace("Li2S", (1.0, 2.0), film_marks(["Li2S"])["Li2S"]))
    assert dressed(figure, Dress.LIGHT) is figure
    dark = dressed(figure, Dress.DARK)
    assert dark.layout.font.color == DARK_OF[INK]
    assert dark.data[0].marker.color == DARK_OF[COLOURS[0]]
    assert list(dark.data[0].x) == [1.0]


def test_forty_nine_films_look_different():
    marks = film_marks(map(str, range(49)))
    assert len(set(marks.values())) == 49
    assert marks["0"].colour != marks["1"].colour
    assert marks["0"].symbol != marks["1"].symbol


@pytest.mark.parametrize(
    ("bound", "upright", "towards"),
    [
        (Bound.UPPER, True, Towards.DOWN),
        (Bound.LOWER, True, Towards.UP),
        (Bound.UPPER, False, Towards.LEFT),
        (Bound.LOWER, False, Towards.RIGHT),
        (None, True, None),
    ],
)
def test_an_arrow_points_to_where_a_value_may_lie(bound, upright, towards):
    assert Towards.of(bound, upright=upright) is towards


def test_a_bound_is_an_open_mark_with_an_arrow_and_a_value_is_neither():
    look = film_marks(["a"])["a"]
    value, bound = film_trace("a", (1, 1), look), film_trace("a", (1, 1), look, towards=Towards.LEFT)
    assert value.marker.symbol == (look.symbol,)
    assert bound.marker.symbol == (f"{look.symbol}-open", "triangle-down")


def test_bars_on_a_logarithm_are_symmetric_factors():
    above, below = log_bars(Property(value=10.0, uncertainty=3.0, unit="GPa"))
    assert (10 + above) / 10 == pytest.approx(10 / (10 - below))
    assert log_bars(Property(value=10.0, unit="GPa", bound=Bound.UPPER)) == (0.0, 0.0)


def test_text_from_a_database_is_drawn_as_it_is():
    trace = film_trace('<a href="https://x">Li</a>', (1, 1), film_marks(["a"])["a"], told=["a < b"])
    assert "<a" not in trace.name
    assert "&lt;a" in trace.name
    assert "a &lt; b" in trace.hovertemplate
    assert plain("A & B") == "A &amp; B"


def test_names_of_neighbours_stand_on_different_sides():
    assert name_sides(["one"], [0.5], [0.5]) == ["middle right"]
    sides = name_sides(["left one", "right one"], [0.5, 0.52], [0.5, 0.5])
    assert sides[0] != sides[1]
    assert "right" not in name_sides(["at the edge"], [0.99], [0.5])[0]


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.0, 1.0, ["1", "2", "5", "10"]),
        (-12.0, 2.0, ["10⁻¹²", "10⁻¹⁰", "10⁻⁸", "10⁻⁶", "10⁻⁴", "0.01", "1", "100"]),
        (-4.8, -3.9, ["2×10⁻⁵", "5×10⁻⁵", "10⁻⁴"]),
    ],
)
def test_ticks_of_a_logarithmic_axis(low, high, words):
    values, said = log_ticks(low, high)
    assert said == words
    assert all(low <= math.log10(value) <= high for value in values)


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("1", ""),
        ("GPa", "GPa"),
        ("cm2/s", "cm² s⁻¹"),
        ("S/cm", "S cm⁻¹"),
        ("eV/atom", "eV per atom"),
        ("eV/O2", "eV per O₂"),
        ("mol O2/cm3", "mol O₂ cm⁻³"),
        ("kJ/mol/nm", "kJ mol⁻¹ nm⁻¹"),
    ],
)
def test_units_are_typeset(unit, text):
    assert typeset(unit) == text


def test_numbers_are_typeset():
    assert (
        quantity_text(Property(value=-0.52, uncertainty=0.04, unit="eV/atom")) == "−0.52 ± 0.04 eV per atom"
    )
    assert quantity_text(Property(value=1200.0, unit="K")) == "1200 K"
    assert quantity_text(Property.missing("V", "no lithium")) == "not known"
    exponent = Property(value=-5.5, uncertainty=2.6, unit="decades")
    assert power_of_ten(exponent) == "10^(−5.5 ± 2.6)"
    assert power_of_ten(Property(value=0.7, unit="decades", bound=Bound.UPPER)) == "< 10^0.7"
    assert power_of_ten(Property.missing("decades", "no runs")) == "–"
