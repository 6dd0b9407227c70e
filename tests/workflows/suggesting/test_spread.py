"""Choice of the most different films."""

import numpy as np
import pytest

from lithicoat.workflows.suggesting.spread import distances, farthest, scaled, telling

LINE = np.linspace(0, 1, 11)[:, None]


def test_middle_first_then_the_ends():
    chosen = farthest(LINE, LINE[:0], count=3)
    assert chosen == [5, 0, 10]


def test_away_from_what_is_computed():
    assert farthest(LINE, LINE[[0]], count=2) == [10, 5]
    assert farthest(LINE, LINE[[0, 10]], count=1) == [5]


def test_each_choice_is_as_far_as_any_could_be():
    rng = np.random.default_rng(1)
    places, computed = rng.random((30, 4)), rng.random((3, 4))
    taken = [*computed]
    for row in farthest(places, computed, count=5):
        away = np.array([min(np.linalg.norm(place - other) for other in taken) for place in places])
        assert away[row] == pytest.approx(away.max())
        taken.append(places[row])


def test_no_more_than_there_are():
    assert sorted(farthest(LINE[:3], LINE[:0], count=9)) == [0, 1, 2]
    assert farthest(LINE[:0], LINE, count=2) == []


def test_units_of_descriptors_do_not_matter():
    rng = np.random.default_rng(2)
    raw = rng.random((12, 3))
    other = raw * [1e-3, 1.0, 5e4] + [0, -7, 1e3]
    assert scaled(raw) == pytest.approx(scaled(other))


def test_what_all_films_share_is_left_out():
    raw = np.column_stack([LINE[:, 0], np.full(11, 0.3)])
    assert telling(raw).tolist() == [True, False]
    assert scaled(raw) == pytest.approx(LINE)
    assert scaled(raw[:, 1:]).tolist() == [[0.0]] * 11


def test_distance_is_one_from_corner_to_corner():
    assert distances(np.zeros((1, 5)), np.ones((1, 5)))[0, 0] == pytest.approx(1.0)
