from itertools import combinations_with_replacement

import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.rdf import rdf_figure
from lithicoat.analysis.films.rdf import MeanRdf
from lithicoat.analysis.films.records import ShellStatistics
from lithicoat.analysis.properties import Property

RADII = np.arange(0.05, 6, 0.1)


def _curve(center: str, neighbor: str, *, error: float | None = 0.1) -> MeanRdf:
    g = (RADII > 1.7) * (1 + np.exp(-((RADII - 2.0) ** 2) / 0.02))
    spread = None if error is None else np.full_like(RADII, error)
    return MeanRdf(center, neighbor, RADII, g, g, spread, 4)


def _film(*elements: str) -> list[MeanRdf]:
    return [_curve(one, other) for one, other in combinations_with_replacement(elements, 2)]


SHELL = ShellStatistics(
    center="Li",
    neighbor="O",
    peak=Property(value=2.0, uncertainty=0.01, unit="Å"),
    edge_A=2.7,
    coordination=Property(value=4.13, uncertainty=0.12, unit="1"),
    by_replica=(4.0, 4.2),
    shares=(0.0, 0.0, 0.0, 0.1, 0.7, 0.2),
)


def test_one_panel_per_pair_with_shell_and_band(on_the_page, written):
    figure = rdf_figure(_film("Li", "O", "S"), shells=[SHELL], caption="4 replicas; protocol quick")
    assert len(figure.axes) == 6
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[:2] == ["Li–Li", "Li–O   CN 4.13 ± 0.12"]
    panel = figure.axes[1]
    assert [line.get_xdata()[0] for line in panel.get_lines() if line.get_linestyle() == "--"] == [2.7]
    (band,) = [one for one in panel.collections if isinstance(one, FillBetweenPolyCollection)]
    at_peak = band.get_paths()[0].vertices
    top = at_peak[np.isclose(at_peak[:, 0], 1.95), 1]
    expected = 1 + np.exp(-((1.95 - 2.0) ** 2) / 0.02)
    assert top.max() - top.min() == pytest.approx(0.2)
    assert top.mean() == pytest.approx(expected)
    text = written(figure)
    assert "$\\mathit{r}$ (Å)" in text
    assert "standard error of the mean" in text
    assert "coordination number (CN)" in text
    assert on_the_page(figure)


@pytest.mark.parametrize("elements", [("Li",), ("C", "H", "Li", "N", "O")])
def test_any_number_of_elements_fits_on_the_page(on_the_page, elements):
    curves = _film(*elements)
    figure = rdf_figure(curves)
    named = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert len(named) == len(curves)
    assert all(axes.get_xlabel() for axes in figure.axes[-(1 if len(curves) <= 3 else 2) :])
    assert on_the_page(figure)


def test_both_orders_of_a_pair_are_one_panel():
    figure = rdf_figure([_curve("Li", "O"), _curve("O", "Li")])
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Li–O"]


def test_a_pair_is_named_after_its_centre():
    around = SHELL.model_copy(update={"center": "S", "neighbor": "O", "edge_A": 2.1})
    lone = around.model_copy(update={"coordination": Property(value=3.0, unit="1", flags=("one replica",))})
    panel = rdf_figure([_curve("O", "S")], shells=[lone]).axes[0]
    assert panel.get_title(loc="left") == "S–O   CN 3.00"


def test_the_empty_beginning_is_not_shown():
    low, high = rdf_figure(_film("Li", "O")).axes[0].get_xlim()
    assert low == 1.5
    assert high == pytest.approx(5.95)


def test_a_single_replica_has_no_band_and_claims_none(written):
    figure = rdf_figure([_curve("Li", "O", error=None)])
    assert not figure.axes[0].collections
    assert "standard error" not in written(figure)


def test_nothing_to_draw_is_refused():
    with pytest.raises(DataError, match="no radial distribution function"):
        rdf_figure([])
