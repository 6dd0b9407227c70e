import pytest
from matplotlib.patches import Rectangle

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.windows import CHARGED_V, PublishedWindow, WindowBar, window_figure
from lithicoat.analysis.properties import Property


def volts(value, uncertainty=None):
    return Property(value=value, uncertainty=uncertainty, unit="V")


LI2S = WindowBar(
    label="Li2S",
    low=volts(0.0),
    high=volts(2.19, 0.12),
    published=(PublishedWindow(low_V=0, high_V=2.01, source="Somewhere 1, 2 (2016)"),),
)
AL2O3 = WindowBar(label="Al2O3", low=volts(1.3, 0.2), high=Property.missing("V", "the film holds no lithium"))


def bars(axes):
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


def test_a_bar_reaches_from_limit_to_limit_with_the_published_one_beside_it(on_the_page, written):
    figure = window_figure([LI2S], caption="chgnet, protocol quick")
    (axes,) = figure.axes
    (bar,) = bars(axes)
    assert (bar.get_x(), bar.get_x() + bar.get_width()) == pytest.approx((0, 2.19))
    (diamonds,) = [line for line in axes.get_lines() if line.get_marker() == "D"]
    assert list(diamonds.get_xdata()) == [0, 2.01]
    assert set(diamonds.get_ydata()) != {0}  # beside the bar, not on it
    text = written(figure)
    for piece in ("Potential against Li/Li⁺ (V)", "chgnet, protocol quick", "Li2S: Somewhere 1, 2 (2016)"):
        assert piece in text
    assert on_the_page(figure)


def test_whiskers_are_standard_uncertainties():
    axes = window_figure([LI2S]).axes[0]
    caps = [
        line.get_xdata()[0] for line in axes.get_lines() if line.get_marker() == "|" and line.get_ms() < 5
    ]
    assert sorted(caps) == pytest.approx([2.07, 2.31])


def test_an_end_that_is_not_known_fades_out_and_says_why(on_the_page, written):
    figure = window_figure([AL2O3, LI2S])
    pieces = [bar for bar in bars(figure.axes[0]) if bar.get_y() + bar.get_height() / 2 == pytest.approx(0)]
    left_to_right = sorted(pieces, key=lambda bar: bar.get_x())
    assert left_to_right[0].get_x() == pytest.approx(1.3)
    strengths = [bar.get_alpha() for bar in left_to_right]
    assert strengths == sorted(strengths, reverse=True)
    assert "Al2O3, upper end: the film holds no lithium" in written(figure)
    assert on_the_page(figure)


def test_a_lower_end_that_is_not_known_fades_to_the_left():
    bar = WindowBar(label="x", low=Property.missing("V", "not computed"), high=volts(4.0))
    pieces = sorted(bars(window_figure([bar]).axes[0]), key=lambda piece: piece.get_x())
    assert pieces[-1].get_x() + pieces[-1].get_width() == pytest.approx(4.0)
    assert pieces[0].get_alpha() < pieces[-1].get_alpha()


def test_films_stand_from_top_to_bottom_and_what_is_metastable_is_hatched(written):
    loose = WindowBar(label="film", low=volts(1.0), high=volts(2.0), metastable=True)
    figure = window_figure([LI2S, loose])
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Li2S", "film"]
    low, high = axes.get_ylim()
    assert low > high
    assert [bool(bar.get_hatch()) for bar in bars(axes)] == [False, True]
    assert "of what it decays to" in written(figure)


def test_the_charged_cathode_is_always_in_sight():
    axes = window_figure([LI2S]).axes[0]
    assert axes.get_xlim()[1] > CHARGED_V
    assert any(set(line.get_xdata()) == {CHARGED_V} for line in axes.get_lines())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "no electrochemical window to draw"),
        (
            [WindowBar(label="Cu", low=Property.missing("V", "none"), high=Property.missing("V", "none"))],
            "Cu has no electrochemical window",
        ),
    ],
)
def test_nothing_to_draw_is_refused(given, message):
    with pytest.raises(DataError, match=message):
        window_figure(given)
