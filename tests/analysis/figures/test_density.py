import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.patches import Circle

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.density import density_figure
from lithicoat.analysis.transport.density_map import DensityMap

CELL = np.diag([6.0, 5.0, 5.0])


def _map(*, flat: bool = False, framework: bool = True) -> DensityMap:
    axes = [np.arange(n) / n * length for n, length in zip((24, 20, 20), np.diag(CELL), strict=True)]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    bumps = sum(np.exp(-((x - at) ** 2 + (y - 2.5) ** 2 + (z - 2.5) ** 2) / 0.4) for at in (1.5, 4.5))
    density = np.ones_like(x) if flat else bumps
    return DensityMap(
        species="Li",
        per_A3=2 * density / (density.sum() * 150 / density.size),
        cell_A=CELL,
        framework_symbols=("S", "O") if framework else (),
        framework_A=np.array([[0.0, 0.0, 0.0], [3.0, 2.5, 0.6]]) if framework else np.empty((0, 3)),
        ions=2,
        frames=100,
        smearing_A=0.25,
    )


def test_two_surfaces_the_framework_and_the_cell(on_the_page, written):
    figure = density_figure(_map(), caption="Li2S, 900 K; protocol quick")
    text = written(figure)
    for wanted in ("50 % of Li", "85 %", "900 K", "Li per Å³", "100 frames", "spread by 0.25 Å"):
        assert wanted in text
    assert {"a", "b", "c", "S", "O"} <= set(text.splitlines())
    assert on_the_page(figure)


def test_atoms_on_a_face_are_drawn_on_the_opposite_faces_too():
    balls = [patch for patch in density_figure(_map()).axes[0].patches if isinstance(patch, Circle)]
    assert len(balls) == 2 * (8 + 1)  # each with its gleam: S at the corners, O inside


def test_surfaces_lie_within_the_cell_as_seen():
    axes = density_figure(_map(framework=False)).axes[0]
    drawn = [path.vertices for layer in axes.collections for path in layer.get_paths()]
    corners = np.concatenate(drawn)
    edges = np.concatenate([line.get_xydata() for line in axes.get_lines()])
    assert (corners.min(axis=0) > edges.min(axis=0)).all()
    assert (corners.max(axis=0) < edges.max(axis=0)).all()


def test_nearer_things_are_drawn_over_farther_ones():
    axes = density_figure(_map()).axes[0]
    layers = [layer.get_zorder() for layer in axes.collections if isinstance(layer, PolyCollection)]
    assert len(set(layers)) > 10
    first, *_, last = sorted(
        (patch.get_zorder(), patch.center) for patch in axes.patches if isinstance(patch, Circle)
    )
    assert first[0] < min(layers) < max(layers) < last[0]  # corners behind and before the surfaces


def test_a_density_without_structure_is_refused():
    with pytest.raises(DataError, match="same everywhere"):
        density_figure(_map(flat=True))
