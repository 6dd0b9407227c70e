import numpy as np
import pytest
from matplotlib.collections import PolyCollection

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures import anisotropy
from lithicoat.analysis.figures.anisotropy import Modulus, anisotropy_figure

COPPER = np.diag([168.4] * 3 + [75.4] * 3)
COPPER[:3, :3] += 121.4 * (1 - np.eye(3))


@pytest.fixture(autouse=True)
def _coarse(monkeypatch):
    monkeypatch.setattr(anisotropy, "STEPS", 16)


@pytest.mark.parametrize(
    ("modulus", "wanted"),
    [
        (Modulus.YOUNGS, ("191 GPa, along (0.58, 0.58, 0.58)", "66.7 GPa, along (0.00, 0.00, 1.00)")),
        (Modulus.SHEAR, ("75.4 GPa, on (0.00, 0.00, 1.00)", "23.5 GPa, on (0.71, 0.00, 0.71) along")),
    ],
)
def test_the_surface_tells_its_extremes_and_its_unit(on_the_page, written, modulus, wanted):
    figure = anisotropy_figure(COPPER, modulus=modulus, caption="Cu, measured")
    text = written(figure)
    for piece in (*wanted, "(GPa)", "Cu, measured", "universal anisotropy index 1.8"):
        assert piece in text
    assert {"x", "y", "z"} <= set(text.splitlines())
    assert on_the_page(figure)


def test_the_surface_reaches_as_far_as_the_modulus():
    figure = anisotropy_figure(COPPER)
    corners = np.concatenate(
        [
            path.vertices
            for layer in figure.axes[0].collections
            if isinstance(layer, PolyCollection)
            for path in layer.get_paths()
        ]
    )
    assert np.linalg.norm(corners, axis=1).max() <= 191.2
    assert np.linalg.norm(corners, axis=1).max() > 0.85 * 191.2


def test_noise_on_an_isotropic_solid_does_not_look_like_structure():
    tensor = np.diag([3 + 8 / 3 - 5 / 3] * 3 + [2.0] * 3)
    tensor[:3, :3] += 5 / 3
    figure = anisotropy_figure(tensor * (1 + 1e-4 * np.eye(6)))
    low, high = figure.axes[1].get_ylim()
    assert (high - low) / ((high + low) / 2) >= anisotropy.ISOTROPIC * 0.999


def test_an_unstable_tensor_has_no_surface():
    unstable = COPPER.copy()
    unstable[3, 3] = -5
    with pytest.raises(DataError, match="not Born-stable"):
        anisotropy_figure(unstable)
