import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.colors import to_hex

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.msd import Scale, msd_figure
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.transport.records import MsdCurve, TemperatureResult

LAGS = np.geomspace(0.02, 20, 60)


def _curve(diffusivity_A2_ps: float, *, fitted: bool) -> MsdCurve:
    msd = 0.3 + 6 * diffusivity_A2_ps * LAGS
    line = dict.fromkeys(("fit_from_ps", "line_A2", "lower_A2", "upper_A2"))
    if fitted:
        line = {"fit_from_ps": 1.0, "line_A2": msd, "lower_A2": 0.7 * msd, "upper_A2": 1.3 * msd}
    return MsdCurve(lags_ps=LAGS, msd_A2=msd, error_A2=0.1 * msd, **line)


def _run(temperature_K: float, *, resolved: bool = True, held: bool = True, **changes) -> TemperatureResult:
    own = Property(value=2e-6, uncertainty=3e-7, unit="cm2/s")
    bound = Property(value=2e-6, unit="cm2/s", bound=Bound.UPPER)
    facts = {
        "temperature_K": temperature_K,
        "diffusivity": own if resolved else bound,
        "conductivity": Property.missing("S/cm", "not asked"),
        "haven_ratio": Property.missing("1", "not asked"),
        "hops": 30,
        "duration_ps": 40.0,
        "framework_msd_A2": 0.2,
        "framework_held": held,
        "framework_reason": "held",
        "mobile_ions": 20,
        "volume_A3": 500.0,
        "site_spacing_A": 2.9,
        "msd": _curve(0.02, fitted=resolved),
        "framework_msd": _curve(0.0, fitted=False),
    }
    return TemperatureResult(**{**facts, **changes})


def test_one_run_shows_points_posterior_and_framework_on_linear_axes(on_the_page, written):
    figure = msd_figure([_run(900)], caption="Li2S; mace-lithicoat-1, protocol quick")
    (axes,) = figure.axes
    assert axes.get_xscale() == axes.get_yscale() == "linear"
    assert axes.get_xlabel() == "Lag time (ps)"
    assert axes.get_ylabel() == "MSD of Li (Å²)"
    text = written(figure)
    for wanted in ("900 K", "(2.0 ± 0.3) × 10⁻⁶ cm²", "posterior mean", "95 %", "framework", "quick"):
        assert wanted in text
    assert on_the_page(figure)


def test_the_posterior_is_drawn_where_it_was_fitted_and_nowhere_else():
    (axes,) = msd_figure([_run(900)]).axes
    (band,) = [one for one in axes.collections if isinstance(one, FillBetweenPolyCollection)]
    outline = band.get_paths()[0].vertices
    fitted = LAGS[LAGS >= 1.0]
    assert outline[:, 0].min() == pytest.approx(fitted[0])
    at_end = outline[np.isclose(outline[:, 0], LAGS[-1]), 1]
    top = 0.3 + 6 * 0.02 * LAGS[-1]
    assert at_end.min() == pytest.approx(0.7 * top)
    assert at_end.max() == pytest.approx(1.3 * top)
    line = next(line for line in axes.get_lines() if line.get_label() == "posterior mean")
    assert line.get_xdata()[0] == pytest.approx(fitted[0])


def test_points_carry_their_standard_errors():
    (axes,) = msd_figure([_run(900)]).axes
    (container,) = axes.containers
    x, y = container.lines[0].get_data()
    assert len(x) <= 22
    np.testing.assert_allclose(y, 0.3 + 0.12 * x)
    lengths = np.array([segment[:, 1] for segment in container.lines[2][0].get_segments()])
    np.testing.assert_allclose((lengths[:, 1] - lengths[:, 0]) / 2, 0.1 * y, rtol=1e-9)


def test_several_temperatures_share_logarithmic_axes(on_the_page, written):
    figure = msd_figure([_run(900), _run(600, resolved=False), _run(750)])
    (axes,) = figure.axes
    assert axes.get_xscale() == axes.get_yscale() == "log"
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["600 K, bound", "750 K", "900 K", "framework"]
    assert on_the_page(figure)
    assert "did not hold" not in written(figure)


def test_replicas_share_the_colour_and_the_entry_of_their_temperature():
    figure = msd_figure([_run(900), _run(900), _run(600), _run(600)])
    points = [container.lines[0] for container in figure.axes[0].containers]
    assert len(points) == 4
    assert len({to_hex(line.get_color()) for line in points}) == 2
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["600 K", "900 K", "framework"]


def test_the_legend_of_many_temperatures_reads_line_by_line(on_the_page):
    figure = msd_figure([_run(500 + 50 * number) for number in range(6)])
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    by_column = [labels[0:2], labels[2:4], labels[4:6], labels[6:]]  # as matplotlib fills four columns
    read = [column[row] for row in (0, 1) for column in by_column if len(column) > row]
    assert read == [*(f"{500 + 50 * number} K" for number in range(6)), "framework"]
    assert on_the_page(figure)


def test_points_without_a_fit_are_open_and_have_no_line():
    (axes,) = msd_figure([_run(600, resolved=False)]).axes
    assert axes.containers[0].lines[0].get_markerfacecolor() == "white"
    assert not axes.collections[1:]
    assert [line.get_label() for line in axes.get_lines() if not line.get_label().startswith("_")] == [
        "framework"
    ]


def test_the_end_of_the_framework_stands_in_for_its_curve(written):
    figure = msd_figure([_run(900, framework_msd=None)])
    assert "framework, at the end of the run" in written(figure)
    line = next(line for line in figure.axes[0].get_lines() if "framework" in line.get_label())
    assert set(line.get_ydata()) == {0.2}


def test_a_molten_framework_is_told(written):
    assert "the framework did not hold at 900 K" in written(msd_figure([_run(900, held=False), _run(600)]))


def test_errors_wider_than_the_value_stay_on_a_logarithmic_axis():
    wide = _curve(0.02, fitted=False).model_copy(update={"error_A2": tuple(5 * (0.3 + 0.12 * LAGS))})
    (axes,) = msd_figure([_run(900, msd=wide)], scale=Scale.LOGARITHMIC).axes
    segments = axes.containers[0].lines[2][0].get_segments()
    assert min(segment[:, 1].min() for segment in segments) > 0


def test_nothing_to_draw_is_refused():
    with pytest.raises(DataError, match="no run to draw"):
        msd_figure([])
    with pytest.raises(DataError, match="run at 900 K holds no mean squared displacement"):
        msd_figure([_run(900, msd=None)])
