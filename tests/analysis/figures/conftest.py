"""What all tests of figures ask: is everything inside the page, and what is written on it."""

from collections.abc import Callable

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from lithicoat.analysis.figures.style import MM_PER_INCH, SINGLE_COLUMN_MM
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord


@pytest.fixture
def on_the_page() -> Callable[..., bool]:
    def check(figure: Figure, width_mm: float = SINGLE_COLUMN_MM) -> bool:
        canvas = FigureCanvasAgg(figure)
        figure.draw_without_rendering()
        drawn = figure.get_tightbbox(canvas.get_renderer())
        width, height = figure.get_size_inches()
        slack = 0.5 / 72
        inside = drawn.x0 >= -slack and drawn.y0 >= -slack
        inside = inside and drawn.x1 <= width + slack and drawn.y1 <= height + slack
        return bool(inside and width * MM_PER_INCH == pytest.approx(width_mm))

    return check


@pytest.fixture
def written() -> Callable[[Figure], str]:
    """All text of a figure, one line each."""

    def collect(figure: Figure) -> str:
        return "\n".join(
            text.get_text().replace("\n", " ") for text in figure.findobj(Text) if text.get_text()
        )

    return collect


SOUND = {
    "highest_stable_temperature": Property(value=900, unit="K"),
    "lowest_elastic_eigenvalue": Property(value=5, uncertainty=0.1, unit="GPa"),
    "contact_lithium": Property(value=-0.1, uncertainty=0.02, unit="eV/atom"),
    "contact_NMC811": Property(value=-0.1, uncertainty=0.02, unit="eV/atom"),
}


@pytest.fixture
def record() -> Callable[..., ScreeningRecord]:
    """A record of a sound film; a property given replaces its own."""

    def make(coating: str, *, role: str = "anode", **properties: Property) -> ScreeningRecord:
        return ScreeningRecord(
            coating=coating,
            name=coating,
            family="test",
            role=role,
            campaign="test",
            potential="emt",
            sha256="0" * 64,
            protocol="quick-0",
            try_out=True,
            seed=0,
            properties={**SOUND, **properties},
        )

    return make


@pytest.fixture
def film(record: Callable[..., ScreeningRecord]) -> Callable[..., ScreeningRecord]:
    """A record of a film by its shear modulus and the logarithm of its conductivity, None if not known."""

    def make(coating: str, modulus: float, decades: float | None, **more: Property) -> ScreeningRecord:
        missing = Property.missing("decades", "the film holds no lithium")
        sigma = missing if decades is None else Property(value=decades, uncertainty=0.5, unit="decades")
        stiffness = Property(value=modulus, uncertainty=0.2 * modulus, unit="GPa")
        return record(
            coating, **{"shear_modulus_calibrated": stiffness, "log10_conductivity_298K": sigma, **more}
        )

    return make
