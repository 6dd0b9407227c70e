import numpy as np
import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.barriers import EnergyProfile, barrier_figure

PATH = np.linspace(0, 2.9, 9)
PROFILE = EnergyProfile(
    label="Li1–Li2",
    path_A=PATH,
    energy_eV=-40 + 0.31 * np.sin(np.pi * PATH / 2.9) ** 2,
    reference_eV=0.28,
)


def test_energies_are_over_the_lower_end_and_the_barrier_is_marked(on_the_page, written):
    figure = barrier_figure([PROFILE], caption="Li2S, vacancy; protocol quick")
    (axes,) = figure.axes
    assert axes.get_xlabel() == "Path length (Å)"
    assert axes.get_ylabel() == "Energy (eV)"
    points = next(line for line in axes.get_lines() if line.get_marker() == "o")
    np.testing.assert_allclose(points.get_ydata(), 0.31 * np.sin(np.pi * PATH / 2.9) ** 2, atol=1e-9)
    text = written(figure)
    assert "Li1–Li2: 0.31 eV (DFT 0.28 eV)" in text
    assert "\n0.31 eV" in f"\n{text}"
    reference = next(line for line in axes.get_lines() if line.get_linestyle() == "--")
    assert set(reference.get_ydata()) == {0.28}
    assert on_the_page(figure)


def test_the_curve_goes_through_the_images_and_never_above_them():
    uneven = EnergyProfile(label="Li1–Li3", path_A=[0, 0.2, 1, 1.3, 3], energy_eV=[0.1, 0.1, 0.9, 0.2, 0])
    (axes,) = barrier_figure([uneven]).axes
    curve = next(line for line in axes.get_lines() if len(line.get_xdata()) == 200)
    assert curve.get_ydata().max() <= 0.9 + 1e-9
    assert curve.get_ydata().min() >= -1e-9
    assert np.interp(1.0, curve.get_xdata(), curve.get_ydata()) == pytest.approx(0.9, abs=0.01)


def test_the_curve_is_close_to_the_true_path():
    (axes,) = barrier_figure([PROFILE]).axes
    curve = next(line for line in axes.get_lines() if len(line.get_xdata()) == 200)
    true = 0.31 * np.sin(np.pi * curve.get_xdata() / 2.9) ** 2
    np.testing.assert_allclose(curve.get_ydata(), true, atol=0.005)


def test_several_paths_are_told_apart(on_the_page):
    figure = barrier_figure([PROFILE, EnergyProfile(label="long", path_A=1.4 * PATH, energy_eV=PATH)])
    (axes,) = figure.axes
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["Li1–Li2: 0.31 eV (DFT 0.28 eV)", "long: 2.90 eV"]
    assert not [text for text in axes.texts if getattr(text, "arrow_patch", None) is not None]
    assert on_the_page(figure)


def test_ten_paths_still_fit_and_are_told_apart(on_the_page):
    profiles = [
        EnergyProfile(label=f"vacancy Li{n}–Li{n + 1}, 2.9 Å", path_A=PATH, energy_eV=0.1 * n * PATH)
        for n in range(10)
    ]
    figure = barrier_figure(profiles)
    points = [line for line in figure.axes[0].get_lines() if line.get_marker() not in {"None", ""}]
    assert len({(line.get_marker(), line.get_color()) for line in points}) == 10
    assert on_the_page(figure)


def test_paths_that_are_none_are_refused():
    with pytest.raises(DataError, match="no migration path to draw"):
        barrier_figure([])
    with pytest.raises(DataError, match="short: a path needs three images"):
        barrier_figure([EnergyProfile(label="short", path_A=[0, 1], energy_eV=[0, 1])])
    with pytest.raises(DataError, match="back: the images do not follow one another"):
        barrier_figure([EnergyProfile(label="back", path_A=[0, 2, 1], energy_eV=[0, 1, 0])])
