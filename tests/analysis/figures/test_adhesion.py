import pytest
from matplotlib.patches import Rectangle

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.adhesion import AdhesionBar, adhesion_figure
from lithicoat.analysis.properties import Property


def work(value, uncertainty=None):
    return Property(value=value, uncertainty=uncertainty, unit="J/m2")


WETS = AdhesionBar(label="Li(110) | Li2S", work=work(1.1, 0.1), cohesion_J_m2=0.99)
REPELS = AdhesionBar(
    label="Li(100) | Li2S", work=work(0.6), cohesion_J_m2=0.93, flags=("film strained by 2 %",)
)
OXIDE = AdhesionBar(label="NMC811(104) | Li2S", work=work(1.4, 0.2))


def bars(axes):
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


def test_a_metal_that_spreads_is_told_from_one_that_does_not(on_the_page, written):
    figure = adhesion_figure([WETS, REPELS, OXIDE], caption="chgnet")
    (axes,) = figure.axes
    assert [bar.get_width() for bar in bars(axes)] == pytest.approx([1.1, 0.6, 1.4])
    assert [bool(bar.get_hatch()) for bar in bars(axes)] == [True, False, False]
    marks = [line for line in axes.get_lines() if len(set(line.get_xdata())) == 1 and line.get_lw() > 1.5]
    assert [mark.get_xdata()[0] for mark in marks] == [0.99, 0.93]
    text = written(figure)
    for piece in ("Work of adhesion (J m⁻²)", "2γ of the metal", "the metal spreads", "film strained by 2 %"):
        assert piece in text
    assert on_the_page(figure)


def test_without_a_metal_there_is_no_cohesion(on_the_page, written):
    figure = adhesion_figure([OXIDE])
    assert "2γ" not in written(figure)
    assert on_the_page(figure)


def test_what_failed_is_named_below(written):
    failed = AdhesionBar(label="Cu(111) | Li2S", work=Property.missing("J/m2", "it did not relax"))
    figure = adhesion_figure([OXIDE, failed])
    assert len(bars(figure.axes[0])) == 1
    assert "Cu(111) | Li2S: it did not relax" in written(figure)


def test_sides_that_repel_reach_below_zero(on_the_page):
    figure = adhesion_figure([AdhesionBar(label="a | b", work=work(-0.2))])
    assert figure.axes[0].get_xlim()[0] < -0.2
    assert on_the_page(figure)


def test_nothing_to_draw_is_refused():
    with pytest.raises(DataError, match="no work of adhesion to draw"):
        adhesion_figure([])
