"""The map of stability: what is drawn where, and what is said of what is not."""

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.text import Annotation

from lithicoat.analysis.criterion.chi import RelativeSign
from lithicoat.analysis.criterion.inputs import Setting, VolumeConvention
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.stability_map import MapPoint, stability_map
from lithicoat.analysis.properties import Bound, Property

CELL, SPHERE = VolumeConvention.CELL, VolumeConvention.SPHERE


def ratio(value, uncertainty=None):
    return Property(value=value, uncertainty=uncertainty, unit="1")


def point(label, modulus, *, cell=None, sphere=None, **more):
    volumes = {CELL: cell, SPHERE: sphere}
    missing = Property.missing("1", "not computed")
    return MapPoint(
        label=label,
        shear_modulus=Property(value=modulus, uncertainty=0.3 * abs(modulus), unit="GPa", **more),
        volume_ratios={kind: missing if v is None else v for kind, v in volumes.items()},
    )


LI2S = point("Li2S", 31.0, sphere=ratio(0.15, 0.03), cell=ratio(0.4, 0.1))
LITEA = point("LiTEA", 4.4, sphere=ratio(0.08, 0.02))


def marks(figure):
    lines = figure.axes[0].get_lines()
    return [line for line in lines if line.get_ls() == "None" and len(line.get_xdata()) == 1]


def names(figure):
    return [text.get_text() for text in figure.axes[0].texts if isinstance(text, Annotation)]


def shaded(figure, v, g):
    """Whether a point of the map lies in a region shaded as stable."""
    regions = [shape for shape in figure.axes[0].collections if isinstance(shape, PolyCollection)]
    stable = [shape for shape in regions if shape.get_zorder() == 0]
    return any(path.contains_point((v, g)) for shape in stable for path in shape.get_paths())


def test_films_stand_at_their_ratio_and_volumes(on_the_page, written):
    figure = stability_map([LI2S, LITEA], caption="chgnet")
    found = [(line.get_xdata()[0], line.get_ydata()[0], line.get_mfc() == "white") for line in marks(figure)]
    expected = [(0.15, 31 / 4.25, False), (0.4, 31 / 4.25, True), (0.08, 4.4 / 4.25, False)]
    assert found == [pytest.approx(place) for place in expected]
    assert names(figure) == ["Li2S", "LiTEA"]
    text = written(figure)
    for piece in (
        "G = 2 G(Li)",
        "v by ionic sphere",
        "v by cell volume",
        "disputed",
        "0.10 decades",
        "chgnet",
    ):
        assert piece in text
    assert on_the_page(figure)


def test_the_stable_sides_are_those_of_the_published_sign_and_turn_with_it():
    places = {(0.1, 0.3): True, (0.1, 10.0): False, (9.0, 10.0): True, (9.0, 0.5): False}
    published = stability_map([LI2S])
    turned = stability_map([LI2S], setting=Setting.of(relative_sign=RelativeSign.GIBBS_THOMSON))
    for (v, g), stable in places.items():
        assert shaded(published, v, g) is stable
        assert shaded(turned, v, g) is not stable


def test_the_error_of_a_modulus_is_that_of_a_log_normal():
    (axes,) = stability_map([LITEA]).axes
    upright = [line.get_ydata() for line in axes.get_lines() if list(line.get_xdata()) == [0.08, 0.08]]
    factor = np.exp(np.sqrt(np.log1p(0.3**2)))
    np.testing.assert_allclose(upright[0], [4.4 / 4.25 / factor, 4.4 / 4.25 * factor])


def test_a_volume_that_is_not_positive_stands_at_the_edge_and_is_told_below(on_the_page, written):
    figure = stability_map([point("Li2SO4", 20.0, cell=ratio(-0.12, 0.1))])
    assert "at the left edge, v by cell volume: Li2SO4 −0.12" in written(figure)
    (mark,) = marks(figure)
    assert mark.get_marker() == "<"
    assert mark.get_xdata()[0] == figure.axes[0].get_xlim()[0]
    assert on_the_page(figure)


def test_a_bound_points_where_the_modulus_may_be():
    (mark,) = marks(stability_map([point("LiPON", 30.0, sphere=ratio(0.1), bound=Bound.UPPER)]))
    assert mark.get_marker() == "v"


def test_films_beyond_the_usual_ranges_widen_the_map(on_the_page):
    figure = stability_map(
        [point("soft", 0.05, sphere=ratio(60.0)), point("stiff", 400.0, sphere=ratio(0.1))]
    )
    (axes,) = figure.axes
    assert axes.get_xlim()[1] >= 60
    assert axes.get_ylim()[0] < 0.05 / 4.25
    assert axes.get_ylim()[1] > 400 / 4.25
    assert on_the_page(figure)


def test_the_modulus_of_lithium_scales_the_axis(written):
    figure = stability_map([LITEA], setting=Setting.of(li_shear_modulus_GPa=3.4))
    assert marks(figure)[0].get_ydata()[0] == pytest.approx(4.4 / 3.4)
    assert "G(Li) = 3.4 GPa" in written(figure)
    assert "decades" not in written(figure)


def test_films_that_cannot_be_drawn_are_named_with_the_reason(written):
    text = written(stability_map([LI2S, point("LiGL", 15.0), point("ZrO2", -3.0, cell=ratio(0.1))]))
    assert "not drawn, no volume ratio: LiGL" in text
    assert "not drawn, no shear modulus: ZrO2" in text
    with pytest.raises(DataError, match="no film with a shear modulus and a volume ratio"):
        stability_map([point("LiGL", 15.0)])
