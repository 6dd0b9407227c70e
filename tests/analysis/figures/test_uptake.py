import numpy as np
import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.uptake import uptake_figure
from lithicoat.analysis.oxygen.uptake import UptakeCurve

CURVE = UptakeCurve(
    times_ps=(0.0, 1.0, 2.0, 3.0),
    o2=(0.0, 1.0, 2.0, 4.0),
    species={
        "O2 gas": (6, 5, 4, 2),
        "sulfide": (8, 7, 7, 6),
        "sulfite": (0, 1, 1, 0),
        "sulfate": (0, 0, 0, 2),
        "S-O bonds": (0, 2, 4, 8),
    },
    offered=6.0,
    area_nm2=2.0,
    volume_nm3=1.5,
    gas=True,
)


def steps(axes):
    return {line.get_label(): line for line in axes.get_lines() if len(line.get_xdata()) == 4}


def test_uptake_is_per_area_and_the_species_are_below(on_the_page, written):
    figure = uptake_figure({"seed 0": CURVE}, caption="Li2S, mace-lithicoat-1")
    above, below = figure.axes
    np.testing.assert_allclose(steps(above)["seed 0"].get_ydata(), [0, 0.5, 1, 2])
    assert set(steps(below)) == {"sulfate (2)", "sulfite (0)"}
    text = written(figure)
    for piece in ("O₂ taken up (nm⁻²)", "Time (ps)", "Number in the cell", "Li2S, mace-lithicoat-1"):
        assert piece in text
    assert "species: seed 0" not in text
    assert on_the_page(figure)


def test_what_the_gas_holds_is_marked_where_it_is_near():
    above = uptake_figure({"seed 0": CURVE}).axes[0]
    assert any(set(line.get_ydata()) == {3.0} for line in above.get_lines())
    much = CURVE.model_copy(update={"offered": 600.0})
    above = uptake_figure({"seed 0": much}).axes[0]
    assert above.get_ylim()[1] < 3


def test_several_runs_are_told_apart(on_the_page, written):
    other = CURVE.model_copy(update={"times_ps": (0.0, 2.0, 4.0, 6.0)})
    figure = uptake_figure({"mace-lithicoat-1": CURVE, "chgnet": other})
    above = figure.axes[0]
    assert list(steps(above)) == ["mace-lithicoat-1", "chgnet"]
    assert above.get_xlim()[1] == 6
    assert "species: mace-lithicoat-1" in written(figure)
    assert on_the_page(figure)


def test_a_run_without_uptake_says_so(on_the_page, written):
    none = CURVE.model_copy(update={"o2": (0.0,) * 4, "species": {"O2 gas": (6,) * 4, "sulfide": (8,) * 4}})
    figure = uptake_figure({"seed 0": none})
    assert "no species formed" in written(figure)
    assert on_the_page(figure)


def test_nothing_to_draw_is_refused():
    with pytest.raises(DataError, match="no run of oxygen uptake"):
        uptake_figure({})
