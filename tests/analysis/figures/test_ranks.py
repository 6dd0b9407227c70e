"""Places, scores and other weights: what the bars and fields show is what the numbers say."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import judge
from lithicoat.analysis.decision.standing import acceptability, standing
from lithicoat.analysis.decision.weights import robustness
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.ranks import FILMS, PLACES, rank_figure
from lithicoat.analysis.figures.robustness import robustness_figure
from lithicoat.analysis.figures.scores import score_figure
from lithicoat.analysis.properties import Bound, Property

ANODE = Electrode.ANODE


@pytest.fixture
def sheet(film):
    unsound = {"lowest_elastic_eigenvalue": Property(value=-5, uncertainty=0.1, unit="GPa")}
    bound = {"log10_conductivity_298K": Property(value=-4, unit="decades", bound=Bound.UPPER)}
    films = [film("stiff", 14, -8.5), film("conductor", 5, -6), film("bounded", 10, 0, **bound)]
    return judge([*films, film("oxide", 60, None), film("unsound", 20, -5, **unsound)], ANODE)


def shares_of(sheet, draws=500):
    rows = sheet.order.tolist()
    return rows, acceptability(sheet.drawn_scores(rows, seed=0, draws=draws))


def row_names(figure):
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_fields_are_the_probabilities_of_places(sheet, on_the_page, written):
    rows, shares = shares_of(sheet)
    figure = rank_figure(sheet, rows, shares, caption="emt")
    (image,) = figure.axes[0].get_images()
    assert np.asarray(image.get_array()) == pytest.approx(shares)
    found = standing(sheet, seed=0, draws=500)
    assert np.asarray(image.get_array())[:, 0] == pytest.approx(found.first[rows], abs=1e-6)
    assert row_names(figure)[-2:] == ["oxide\u00a0?", "unsound\u00a0†"]
    means = [f"{found.expected_rank[row]:.1f}" for row in rows]
    assert [text.get_text() for text in figure.axes[0].texts][-5:] == means
    assert "†: fails a gate" in written(figure)
    assert on_the_page(figure)


def test_late_places_share_a_column(film, on_the_page, written):
    films = [film(f"long-name-of-film-{number}", 5 + number, -8) for number in range(30)]
    sheet = judge(films, ANODE)
    rows, shares = shares_of(sheet, draws=50)
    figure = rank_figure(sheet, rows, shares)
    fields = np.asarray(figure.axes[0].get_images()[0].get_array())
    assert fields.shape == (FILMS, PLACES + 1)
    assert fields.sum(axis=1) == pytest.approx(1)
    assert f">{PLACES}" in written(figure)
    assert "the first 25 of 30 films" in written(figure)
    assert on_the_page(figure)


def test_places_need_two_films_and_their_own_shares(sheet):
    with pytest.raises(DataError, match="two films or more"):
        rank_figure(sheet, [0], np.ones((1, 1)))
    with pytest.raises(DataError, match=r"5 films take 5 places each, got shares of shape \(2, 2\)"):
        rank_figure(sheet, sheet.order.tolist(), np.eye(2))


def test_pieces_add_up_to_the_score(sheet, on_the_page, written):
    figure = score_figure(sheet, draws=200, caption="emt")
    pieces = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    solid = [piece for piece in pieces if piece.get_facecolor()[3] > 0]
    for line, row in enumerate(sheet.order.tolist()):
        own = [piece for piece in solid if round(piece.get_y() + piece.get_height() / 2) == line]
        ends = sorted((piece.get_x(), piece.get_x() + piece.get_width()) for piece in own)
        assert ends[0][0] == 0
        assert ends[-1][1] == pytest.approx(sheet.scores[row])
        assert [start for start, _ in ends[1:]] == pytest.approx([end for _, end in ends[:-1]])
    hatched = [piece for piece in solid if piece.get_hatch()]
    assert [round(piece.get_y() + piece.get_height() / 2) for piece in hatched] == [
        sheet.order.tolist().index(sheet.films.index("bounded"))
    ]
    (empty,) = [piece for piece in pieces if piece.get_facecolor()[3] == 0]
    assert empty.get_width() == pytest.approx(0.4)
    assert empty.get_x() == pytest.approx(sheet.scores[sheet.films.index("oxide")])
    assert "not known, at most" in written(figure)
    assert on_the_page(figure)


def test_the_line_across_a_bar_holds_the_draws(sheet):
    figure = score_figure(sheet, seed=3, draws=400)
    (lines,) = figure.axes[0].collections
    low, high = np.array([segment[:, 0] for segment in lines.get_segments()]).T
    for line, row in enumerate(sheet.order.tolist()):
        drawn = sheet.weights @ sheet.draw(seed=3, draws=400, rows=[row]).worths[0]
        share = np.mean((drawn >= low[line] - 1e-6) & (drawn <= high[line] + 1e-6))
        assert 0.88 <= share <= 1


def test_bars_are_the_shares_of_weightings(sheet, on_the_page, written):
    found = robustness(sheet, seed=0, draws=200)
    figure = robustness_figure(sheet, found, caption="emt")
    leaders = [name.split("\u00a0")[0] for name in row_names(figure)]
    widths = np.array([bar.get_width() for bar in figure.axes[0].patches]).reshape(-1, 3)
    by_id = {film.id: film for film in found.films}
    expected = [
        (by_id[name].first_reasonable, by_id[name].first_drawn, by_id[name].first_any) for name in leaders
    ]
    assert widths == pytest.approx(100 * np.array(expected))
    text = written(figure)
    assert "documented weights: stiffness 0.4, conductivity 0.4, stability with Li 0.2" in text
    assert "unsound\u00a0†" in text.partition("never first:")[2]
    assert on_the_page(figure)


def test_many_leaders_are_cut_and_said_to_be(film, written):
    films = [film(f"film{number}", 8.5, -7) for number in range(16)]
    sheet = judge(films, ANODE)
    figure = robustness_figure(sheet, robustness(sheet, draws=50))
    assert len(row_names(figure)) == 12
    assert "the best 12 of 16 films that lead" in written(figure)


def test_figures_of_nothing_are_refused(film):
    nothing = judge([], ANODE)
    with pytest.raises(DataError, match="no film for the anode to draw"):
        score_figure(nothing)
    with pytest.raises(DataError, match="no film for the anode to draw"):
        robustness_figure(nothing, robustness(nothing, draws=5))
    other = robustness(judge([film("a", 10, -7), film("b", 5, -7)], ANODE), draws=5)
    with pytest.raises(DataError, match="a leads in a ranking that it is not in"):
        robustness_figure(nothing, other)
