import numpy as np
import pytest
from matplotlib.patches import StepPatch

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.oxygen import oxygen_figure
from lithicoat.analysis.oxygen.equations import OxidationReaction
from lithicoat.analysis.oxygen.staircase import UptakeStep
from lithicoat.analysis.properties import Property


def gas_eV(temperature_K):
    return -1.07e-3 * temperature_K


def step(potential, o2, products):
    return UptakeStep(
        oxygen_potential=Property(value=potential, uncertainty=0.15, unit="eV"),
        reaction=OxidationReaction(
            film="Al2S3", composition={"Al": 2.0, "S": 3.0}, o2=o2, products=products, gases=("SO2",)
        ),
        phases=tuple(products),
        energy=Property(value=-5.0, unit="eV/O2"),
        volume_A3=80.0,
    )


STEPS = (step(-3.5, 1.5, {"S": 3.0, "Al2O3": 1.0}), step(-1.85, 4.5, {"SO2": 3.0, "Al2O3": 1.0}))
OFFERS = {
    f"NMC811 x={x:g}": Property(value=-y, uncertainty=0.2, unit="eV") for x, y in ((1, 2.6), (0.25, 0.7))
}


def draw(steps=STEPS, offers=OFFERS, **more):
    return oxygen_figure(steps, film="Al2S3", offers=offers, gas_potential_eV=gas_eV, **more)


def test_the_staircase_rises_where_the_film_takes_up_oxygen(on_the_page, written):
    figure = draw(caption="chgnet, protocol quick")
    (axes,) = figure.axes
    (stairs,) = [patch for patch in axes.patches if isinstance(patch, StepPatch)]
    values, edges, _ = stairs.get_data()
    np.testing.assert_allclose(values, [0, 1.5, 4.5])
    np.testing.assert_allclose(edges[1:3], [-3.5, -1.85])
    text = written(figure)
    for piece in (
        "Chemical potential of oxygen (eV per O)",
        "O₂ per formula unit of film",
        "1: S + Al2O3",
        "2: Al2S3 + 4.5 O2 → 3 SO2 + Al2O3",
        "chgnet, protocol quick",
    ):
        assert piece in text
    assert on_the_page(figure)


def test_offers_are_lines_with_bands_of_their_uncertainty(written):
    figure = draw()
    (axes,) = figure.axes
    places = [line.get_xdata()[0] for line in axes.get_lines() if line.get_linestyle() == "--"]
    assert sorted(places) == [-2.6, -0.7]
    bands = sorted(patch.get_x() for patch in axes.patches if hasattr(patch, "get_x"))
    assert bands == pytest.approx([-2.8, -0.9])
    assert "NMC811 x=0.25: −0.70 ± 0.20" in written(figure)


def test_the_upper_axis_gives_the_temperature_of_the_gas():
    (upper,) = draw(oxygen_bar=0.2).axes[0].child_axes
    shown = {
        int(label.get_text()): tick
        for label, tick in zip(upper.get_xticklabels(), upper.get_xticks(), strict=True)
    }
    assert shown
    assert all(place == pytest.approx(gas_eV(temperature)) for temperature, place in shown.items())
    assert "0.2 bar" in upper.get_xlabel()


def test_a_film_that_takes_up_none_still_shows_the_offers(on_the_page, written):
    figure = draw(steps=())
    assert "takes up no O₂" in written(figure)
    assert on_the_page(figure)


def test_a_narrow_plateau_has_its_number_alone(on_the_page, written):
    near = (*STEPS, step(-1.8, 5.0, {"SO3": 3.0, "Al2O3": 1.0}))
    figure = draw(near)
    lines = written(figure).splitlines()
    assert "2" in lines
    assert "3: SO3 + Al2O3" in lines
    assert on_the_page(figure)


def test_the_onset_by_the_potential_of_the_offers_is_a_circle(on_the_page, written):
    figure = draw(same_onset=Property(value=-3.9, uncertainty=0.1, unit="eV"))
    (circle,) = [line for line in figure.axes[0].get_lines() if line.get_marker() == "o"]
    assert list(circle.get_xdata()) == [-3.9]
    assert figure.axes[0].get_xlim()[0] < -3.9
    assert "circle: the first step by the potential of these lines" in written(figure)
    assert on_the_page(figure)


def test_steps_without_an_offer_are_drawn(on_the_page):
    assert on_the_page(draw(offers={}))


def test_nothing_to_draw_is_refused():
    with pytest.raises(DataError, match="neither uptake of oxygen nor an offer"):
        draw((), {})
