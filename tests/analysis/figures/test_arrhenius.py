import math

import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.arrhenius import arrhenius_figure
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.transport.arrhenius import fit_arrhenius
from lithicoat.analysis.transport.records import BOLTZMANN_eV_K, TemperatureResult

ENERGY_EV, PREFACTOR = 0.35, 3e-3


def _law(temperature_K: float, energy_eV: float = ENERGY_EV) -> float:
    return PREFACTOR * math.exp(-energy_eV / (BOLTZMANN_eV_K * temperature_K))


def _run(temperature_K: float, value: float, *, bound: Bound | None = None, held: bool = True):
    own = Property(value=value, uncertainty=None if bound else 0.1 * value, unit="cm2/s", bound=bound)
    return TemperatureResult(
        temperature_K=temperature_K,
        diffusivity=own,
        conductivity=Property.missing("S/cm", "not asked"),
        haven_ratio=Property.missing("1", "not asked"),
        hops=30,
        duration_ps=40.0,
        framework_msd_A2=0.2,
        framework_held=held,
        framework_reason="held",
        mobile_ions=20,
        volume_A3=500.0,
        site_spacing_A=2.9,
    )


LADDER = [_run(temperature, _law(temperature)) for temperature in (500, 600, 700, 800, 900)]


def test_points_line_band_and_extrapolation(on_the_page, written):
    figure = arrhenius_figure({"Li": LADDER}, {"Li": fit_arrhenius(LADDER)}, caption="protocol quick")
    axes = figure.axes[0]
    assert axes.get_yscale() == "log"
    assert "cm² s⁻¹" in axes.get_ylabel()
    assert "K⁻¹" in axes.get_xlabel()
    solid, dashed = (line for line in axes.get_lines() if len(line.get_xdata()) > 10)
    assert solid.get_linestyle() == "-"
    np.testing.assert_allclose(solid.get_xdata()[[0, -1]], [1000 / 900, 1000 / 500])
    assert dashed.get_linestyle() == "--"
    np.testing.assert_allclose(dashed.get_xdata()[[0, -1]], [1000 / 500, 1000 / 298.15])
    np.testing.assert_allclose(
        dashed.get_ydata(), [_law(1000 / inverse) for inverse in dashed.get_xdata()], rtol=1e-6
    )
    text = written(figure)
    assert "$\\mathit{E}_a$ = 0.35" in text
    assert "bands: 95 % intervals, dashed where extrapolated" in text
    assert "protocol quick" in text
    assert "arrows" not in text
    assert on_the_page(figure)


def test_the_band_at_298_K_is_the_interval_of_the_extrapolation():
    fit = fit_arrhenius(LADDER)
    axes = arrhenius_figure({"Li": LADDER}, {"Li": fit}).axes[0]
    bands = [one for one in axes.collections if isinstance(one, FillBetweenPolyCollection)]
    outline = np.concatenate([band.get_paths()[0].vertices for band in bands])
    there = outline[np.isclose(outline[:, 0], 1000 / 298.15), 1]
    value, error = fit.line.at(298.15)
    reach = fit.line.coverage_factor * error
    assert there.min() == pytest.approx(math.exp(value - reach))
    assert there.max() == pytest.approx(math.exp(value + reach))


def test_bounds_are_arrows_down_from_open_points(written):
    runs = [*LADDER, _run(400, 3e-7, bound=Bound.UPPER)]
    figure = arrhenius_figure({"Li": runs}, {"Li": fit_arrhenius(runs)})
    axes = figure.axes[0]
    arrows = [text for text in axes.texts if getattr(text, "arrow_patch", None) is not None]
    assert [arrow.xy for arrow in arrows] == [(2.5, 3e-7)]
    assert arrows[0].get_position()[1] < 0
    assert "arrows: upper bounds" in written(figure)


def test_without_a_line_298_K_is_a_bound_too(on_the_page):
    runs = [_run(800, 2e-6, bound=Bound.UPPER), _run(900, 3e-6, bound=Bound.UPPER)]
    figure = arrhenius_figure({"Li": runs}, {"Li": fit_arrhenius(runs)})
    axes = figure.axes[0]
    arrows = {text.xy[0] for text in axes.texts if getattr(text, "arrow_patch", None) is not None}
    assert arrows == {1000 / 800, 1000 / 900, 1000 / 298.15}
    assert not [line for line in axes.get_lines() if len(line.get_xdata()) > 10]
    assert on_the_page(figure)


def test_caveats_of_the_fit_are_written_below(written, on_the_page):
    low = [*LADDER, _run(400, 1e-9, bound=Bound.UPPER)]
    figure = arrhenius_figure({"Li": low}, {"Li": fit_arrhenius(low)})
    assert "Li: the fit lies above the bound found at 400 K" in written(figure)
    assert on_the_page(figure)


def test_a_melt_is_a_cross_and_not_in_the_legend(written):
    runs = [_run(1000, 2e-4, held=False), *LADDER]
    figure = arrhenius_figure({"Li": runs}, {"Li": fit_arrhenius(runs)})
    crosses = [line for line in figure.axes[0].get_lines() if line.get_marker() == "x"]
    assert [line.get_xdata()[0] for line in crosses] == [1.0]
    assert "crosses: the framework did not hold" in written(figure)
    assert len(figure.axes[0].get_legend().get_texts()) == 1


def test_elements_stand_side_by_side(on_the_page):
    oxygen = [_run(temperature, _law(temperature, 0.9)) for temperature in (700, 800, 900)]
    figure = arrhenius_figure(
        {"Li": LADDER, "O": oxygen}, {"Li": fit_arrhenius(LADDER), "O": fit_arrhenius(oxygen)}
    )
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert [label.partition(":")[0] for label in labels] == ["Li", "O"]
    assert on_the_page(figure)


def test_points_alone_need_no_fit(on_the_page):
    figure = arrhenius_figure({"Li": LADDER[:1]}, {})
    assert on_the_page(figure)
    low, high = figure.axes[0].get_ylim()
    assert high / low > 100  # the axis has labels


def test_the_upper_axis_tells_temperatures_that_have_room():
    figure = arrhenius_figure({"Li": LADDER}, {"Li": fit_arrhenius(LADDER)})
    (upper,) = figure.axes[0].child_axes
    ticks = [1000 / tick for tick in upper.get_xticks()]
    np.testing.assert_allclose(ticks, [300, 400, 500, 600, 800])
    assert [label.get_text() for label in upper.get_xticklabels()] == ["300", "400", "500", "600", "800"]


def test_melts_alone_have_no_legend(on_the_page):
    figure = arrhenius_figure({"Li": [_run(1000, 2e-4, held=False)]}, {})
    assert figure.axes[0].get_legend() is None
    assert on_the_page(figure)


def test_nothing_to_draw_is_refused():
    with pytest.raises(DataError, match="no diffusivity to draw"):
        arrhenius_figure({"Li": []}, {})
