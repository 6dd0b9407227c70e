"""Names beside points: they cover neither each other nor the points, and belong to theirs."""

import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from lithicoat.analysis.figures.labels import PointLabel, place_labels
from lithicoat.analysis.figures.style import blank


def page(places, **more):
    """Write one name per point; return the axes with the boxes of the names, px."""
    figure = blank(70)
    axes = figure.add_subplot()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    labels = [PointLabel(text=f"film {index}", x=x, y=y) for index, (x, y) in enumerate(places)]
    written = place_labels(figure, axes, labels, **more)
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    return axes, written, [text.get_window_extent(renderer) for text in written]


def covers(box, points, axes):
    return [box.contains(*axes.transData.transform(point)) for point in points]


@pytest.mark.parametrize("seed", range(3))
def test_names_of_crowded_points_do_not_overlap(seed):
    points = np.random.default_rng(seed).uniform(0.3, 0.7, size=(12, 2))
    axes, written, boxes = page(points)
    assert [text.xy for text in written] == [tuple(point) for point in points]
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other)
    for box in boxes:
        assert not any(covers(box, points, axes))


def test_names_stay_inside_the_axes_also_in_the_corners():
    axes, _, boxes = page([(0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (1.0, 0.0)])
    frame = axes.get_window_extent()
    for box in boxes:
        assert frame.x0 - 1 <= box.x0
        assert box.x1 <= frame.x1 + 1
        assert frame.y0 - 1 <= box.y0
        assert box.y1 <= frame.y1 + 1


def test_a_name_alone_stands_close_by_without_a_line_and_a_displaced_one_has_one():
    _, (alone,), (box,) = page([(0.5, 0.5)])
    assert alone.arrow_patch is None
    assert box.height > 0
    _, crowd, _ = page([(0.5, 0.5 + 0.002 * place) for place in range(14)])
    assert any(text.arrow_patch is not None for text in crowd)


def test_names_give_way_to_further_points_and_lines():
    around = [(0.56, 0.5), (0.6, 0.5), (0.66, 0.5)]
    axes, _, (box,) = page([(0.5, 0.5)], points=around)
    assert not any(covers(box, around, axes))
    axes, _, (box,) = page([(0.5, 0.5)], segments=[((0.5, 0.5), (1.0, 0.5))])
    assert not any(covers(box, [(x, 0.5) for x in np.linspace(0.5, 1, 50)], axes))


def test_the_same_points_give_the_same_places():
    points = np.random.default_rng(5).uniform(0.4, 0.6, size=(8, 2))
    first, second = (page(points)[2] for _ in range(2))
    np.testing.assert_array_equal([box.extents for box in first], [box.extents for box in second])


def test_no_points_no_names():
    assert page([])[1] == []
