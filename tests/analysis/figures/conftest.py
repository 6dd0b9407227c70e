"""What all tests of figures ask: is everything inside the page, and what is written on it."""

from collections.abc import Callable

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from lithicoat.analysis.figures.style import MM_PER_INCH, SINGLE_COLUMN_MM


@pytest.fixture
def on_the_page() -> Callable[[Figure], bool]:
    def check(figure: Figure) -> bool:
        canvas = FigureCanvasAgg(figure)
        figure.draw_without_rendering()
        drawn = figure.get_tightbbox(canvas.get_renderer())
        width, height = figure.get_size_inches()
        slack = 0.5 / 72
        inside = drawn.x0 >= -slack and drawn.y0 >= -slack
        inside = inside and drawn.x1 <= width + slack and drawn.y1 <= height + slack
        return bool(inside and width * MM_PER_INCH == pytest.approx(SINGLE_COLUMN_MM))

    return check


@pytest.fixture
def written() -> Callable[[Figure], str]:
    """All text of a figure, one line each."""

    def collect(figure: Figure) -> str:
        return "\n".join(
            text.get_text().replace("\n", " ") for text in figure.findobj(Text) if text.get_text()
        )

    return collect
