"""The maps of the front: what is drawn where, what is named, and what is said of the rest."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Annotation

from lithicoat.analysis.decision.pareto import pareto_rows
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import judge
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures import pareto, pareto_matrix, style
from lithicoat.analysis.properties import Bound, Property

ANODE, CATHODE = Electrode.ANODE, Electrode.CATHODE


def contact(value):
    return Property(value=value, uncertainty=0.02, unit="eV/atom")


@pytest.fixture
def five(film):
    unsound = {"lowest_elastic_eigenvalue": Property(value=-5, uncertainty=1, unit="GPa")}
    bound = {"log10_conductivity_298K": Property(value=-9, unit="decades", bound=Bound.UPPER)}
    films = [
        film("LiGL", 14, -8.5),
        film("LiTEA", 4.4, -6, contact_lithium=contact(-0.2)),
        film("LiHQ", 10, 0, **bound),
        film("Al2O3", 60, None),
        film("soft", 1, -7, **unsound),
    ]
    return judge(films, ANODE)


def marks(figure):
    lines = [line for line in figure.axes[0].get_lines() if line.get_marker() in {"o", "D", "X"}]
    return {(round(float(line.get_xdata()[0]), 6), line.get_marker()): line for line in lines}


def names(figure):
    return {text.get_text() for text in figure.axes[0].texts if isinstance(text, Annotation)}


def overlaps(figure):
    """Pairs of names that cover each other."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = [text for text in figure.axes[0].texts if isinstance(text, Annotation)]
    boxes = [(text.get_text(), text.get_window_extent(renderer).padded(-1)) for text in texts]
    return [
        (one, other)
        for place, (one, box) in enumerate(boxes)
        for other, its in boxes[place + 1 :]
        if box.overlaps(its)
    ]


def test_films_stand_at_their_values_with_the_front_in_black(five, on_the_page, written):
    figure = pareto.pareto_figure(five, caption="emt")
    found = marks(figure)
    assert set(found) == {(14, "o"), (4.4, "o"), (10, "o"), (60, "D"), (1, "X")}
    assert found[14, "o"].get_ydata()[0] == pytest.approx(10**-8.5)
    front = {five.films[row] for row in np.flatnonzero(pareto_rows(five))}
    assert front == {"LiGL", "LiTEA"}
    assert [found[x, "o"].get_mec() for x in (14, 4.4, 10)] == ["black", "black", pareto.GREY]
    text = written(figure)
    for piece in (
        "Shear modulus (GPa) →",
        "†: fails a gate",
        "front of all 3 terms",
        "worse edge: not known",
    ):
        assert piece in text
    assert names(figure) == {"LiGL", "LiTEA", "LiHQ", "Al2O3\u00a0?", "soft\u00a0†"}
    assert overlaps(figure) == []
    assert on_the_page(figure)


def test_a_bound_is_an_arrow_towards_what_it_leaves_open(five):
    figure = pareto.pareto_figure(five)
    (arrow,) = [line for line in figure.axes[0].get_lines() if line.get_marker() == "v"]
    assert (arrow.get_xdata()[0], arrow.get_ydata()[0]) == pytest.approx((10, 1e-16))
    assert marks(figure)[10, "o"].get_ydata()[0] == pytest.approx(10**-12.5)


def test_names_carry_the_probability_of_the_front(five, written):
    figure = pareto.pareto_figure(five, chances=[0.0, 0.724, 0.05, 1.0, 0.001])
    assert "LiGL 72 %" in names(figure)
    assert {"Al2O3\u00a0?", "soft\u00a0†"} <= names(figure)
    assert "per cent: draws" in written(figure)


def test_films_on_one_spot_share_a_label(film):
    films = [film("a", 10, -6), film("b", 10.01, -6), film("c", 30, -7)]
    figure = pareto.pareto_figure(judge(films, ANODE))
    assert names(figure) == {"b\na", "c"}


def test_a_crowd_is_drawn_as_dots_but_for_the_best(film, written):
    rng = np.random.default_rng(0)
    films = [film(f"f{i}", float(np.exp(rng.normal(2, 1))), float(rng.normal(-8, 1))) for i in range(80)]
    figure = pareto.pareto_figure(judge(films, ANODE))
    (dots,) = [line for line in figure.axes[0].get_lines() if line.get_marker() == "."]
    assert len(dots.get_xdata()) == 80 - pareto.NAMED_IN_CROWD
    assert "12 of 80 films are named" in written(figure)


def test_films_of_which_neither_is_known_are_named_below(film, written):
    none = {
        "shear_modulus_calibrated": Property.missing("GPa", "failed"),
        "log10_conductivity_298K": Property.missing("decades", "failed"),
    }
    figure = pareto.pareto_figure(
        judge([film("a", 10, -6), film("b", 20, -7), film("lost", 1, -1, **none)], ANODE)
    )
    assert "neither known, not drawn: lost" in written(figure)
    assert "lost" not in names(figure)


def test_one_film_makes_no_plane(film):
    with pytest.raises(DataError, match=r"no plane to draw for the anode: stiffness: the same"):
        pareto.pareto_figure(judge([film("a", 10, -6)], ANODE))


@pytest.fixture
def scavengers(record):
    def one(name, energy, capacity, ratio, *, reaction, window=3.0):
        return record(
            name,
            role="cathode",
            scavenging_energy=Property(value=energy, uncertainty=0.2, unit="eV/O2"),
            scavenging_capacity=Property(value=capacity, uncertainty=0.003, unit="mol O2/cm3"),
            oxidation_volume_ratio=Property(value=ratio, uncertainty=0.1, unit="1"),
            contact_NMC811=contact(reaction),
            window_high=Property(value=window, uncertainty=0.1, unit="V"),
        )

    bound = Property(value=-4.0, unit="eV/O2", bound=Bound.UPPER)
    films = [
        one("Li2S", -5, 0.07, 1.9, reaction=-0.4, window=2.2),
        one("LZO", -1, 0.01, 1.1, reaction=-0.02, window=3.9),
        one("Li2SO3", -4, 0.02, 1.2, reaction=-0.2),
        one("Li2SO4", -3, 0.03, 1.0, reaction=-0.1),
        record(
            "bounded",
            role="cathode",
            scavenging_energy=bound,
            scavenging_capacity=Property(value=0.02, unit="mol O2/cm3"),
        ),
    ]
    return judge(films, CATHODE)


def test_the_matrix_shows_every_pair_once(scavengers, on_the_page, written):
    figure = pareto_matrix.pareto_matrix(scavengers, caption="emt")
    maps = [axes for axes in figure.axes if axes.axison]
    assert len(maps) == 5 * 4 // 2
    width = pareto_matrix.FRAME_MM + 4 * pareto_matrix.PANEL_MM
    assert on_the_page(figure, width)
    text = written(figure)
    assert "no axis for conductivity: known of no film" in text
    keys = [text.get_text() for text in figure.axes[-1].get_legend().get_texts()]
    assert sorted(keys) == sorted(f"{name}\u00a0?" for name in scavengers.films)


def test_marks_of_bounds_are_open_in_the_matrix(scavengers):
    figure = pareto_matrix.pareto_matrix(scavengers)
    drawn = [line for line in figure.axes[0].get_lines() if line.get_marker() in style.MARKERS]
    assert len({(line.get_marker(), line.get_mfc()) for line in drawn}) == 5
    assert sorted(line.get_mfc() == "white" for line in drawn) == [False] * 4 + [True]


def test_films_beyond_the_key_are_dots(scavengers, written, monkeypatch):
    monkeypatch.setattr(pareto_matrix, "NAMED", 3)
    figure = pareto_matrix.pareto_matrix(scavengers)
    (dots,) = [line for line in figure.axes[0].get_lines() if line.get_marker() == "."]
    assert len(dots.get_xdata()) == 2
    assert "grey dots: 2 further films" in written(figure)


def test_two_terms_make_no_matrix(film):
    sheet = judge([film("a", 10, -6), film("b", 20, -7)], ANODE)
    with pytest.raises(DataError, match=r"2 terms tell the films for the anode apart"):
        pareto_matrix.pareto_matrix(sheet)
