import numpy as np
import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.stress_strain import (
    StressStrain,
    stress_strain_figure,
    tensor_series,
    thermal_series,
)
from lithicoat.analysis.mechanics.elastic_tensor import fit_tensor
from lithicoat.analysis.mechanics.thermal_elasticity import ShearMode, pair_modulus, thermal_shear

GAMMA = np.array([-0.02, -0.01, 0.01, 0.02])
SERIES = StressStrain(
    label="xy",
    strain=GAMMA,
    stress_GPa=0.01 + 28 * GAMMA,
    error_GPa=np.full(4, 0.005),
    slope_GPa=28.0,
    slope_error_GPa=0.4,
    offset_GPa=0.01,
)


def test_points_with_errors_lie_on_the_line_and_the_rest_is_shown_below(on_the_page, written):
    figure = stress_strain_figure([SERIES], caption="Li2S, 300 K; protocol quick")
    above, below = figure.axes
    points = above.containers[0].lines[0]
    np.testing.assert_allclose(points.get_xdata(), 100 * GAMMA)
    line = next(line for line in above.get_lines() if len(line.get_xdata()) == 50)
    np.testing.assert_allclose(line.get_ydata(), 0.01 + 0.28 * line.get_xdata(), atol=1e-12)
    segments = np.array([segment[:, 1] for segment in below.containers[0].lines[2][0].get_segments()])
    np.testing.assert_allclose(segments.mean(axis=1), 0, atol=1e-9)
    np.testing.assert_allclose(segments[:, 1] - segments[:, 0], 2 * 5.0)  # MPa
    text = written(figure)
    for wanted in ("Stress (GPa)", "(MPa)", "Engineering shear strain (%)", "28.0 ± 0.4 GPa", "300 K"):
        assert wanted in text
    assert on_the_page(figure)


def test_a_tensor_gives_six_lines_whose_slopes_are_its_diagonal(on_the_page):
    tensor = np.diag([168.4] * 3 + [75.4] * 3)
    tensor[:3, :3] += 121.4 * (1 - np.eye(3))
    strains, stresses = [], []
    for row, column in ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)):
        for size in (-0.01, -0.005, 0.005, 0.01):
            strain = np.zeros((3, 3))
            strain[row, column] = strain[column, row] = size
            voigt = np.array([strain[0, 0], strain[1, 1], strain[2, 2], *(2 * strain[[1, 0, 0], [2, 2, 1]])])
            s = tensor @ voigt + np.array([0.05, 0, 0, 0, 0, 0.02])
            strains.append(strain)
            stresses.append([[s[0], s[5], s[4]], [s[5], s[1], s[3]], [s[4], s[3], s[2]]])
    series = tensor_series(strains, stresses, fit_tensor(strains, stresses).tensor_GPa)
    assert [mode.label for mode in series] == ["xx", "yy", "zz", "yz", "xz", "xy"]
    for mode in series:
        slope, offset = np.polyfit(mode.strain, mode.stress_GPa, 1)
        assert slope == pytest.approx(mode.slope_GPa)
        assert offset == pytest.approx(mode.offset_GPa, abs=1e-9)
    figure = stress_strain_figure(series)
    assert figure.axes[1].get_xlabel() == "Strain, engineering for shears (%)"
    assert on_the_page(figure)


def test_shears_at_a_temperature_have_their_moduli_as_slopes():
    rng = np.random.default_rng(3)
    pairs = []
    for mode, modulus in zip(ShearMode.chosen(3), (25.0, 30.0, 28.0), strict=True):
        for strain in (0.01, 0.02):
            noise = rng.normal(0, 0.02, (2, 400))
            stress = 2 * strain * modulus
            pairs.append(
                pair_modulus(mode, strain=strain, plus_GPa=stress + noise[0], minus_GPa=-stress + noise[1])
            )
    measured = thermal_shear(pairs, temperature_K=300, isotropic=False)
    series = thermal_series(measured)
    assert [mode.label for mode in series] == ["yz", "xz", "xy"]
    for mode, modulus in zip(series, (25.0, 30.0, 28.0), strict=True):
        assert sorted(mode.strain) == pytest.approx([-0.04, -0.02, 0.02, 0.04])
        slope, _ = np.polyfit(mode.strain, mode.stress_GPa, 1)
        assert slope == pytest.approx(modulus, rel=0.02)
        assert mode.slope_GPa == pytest.approx(slope, rel=1e-6)
        assert len(mode.error_GPa) == 4


def test_series_that_do_not_match_are_refused():
    with pytest.raises(DataError, match="no stresses to draw"):
        stress_strain_figure([])
    short = StressStrain(label="xy", strain=GAMMA, stress_GPa=[0.1], slope_GPa=28)
    with pytest.raises(DataError, match="xy: 4 strains, 1 stresses and 1 errors"):
        stress_strain_figure([short])
