"""All printed figures share one style and can be written as vectors."""

import importlib
import inspect
import pkgutil

import pytest
from matplotlib.figure import Figure

from lithicoat.analysis import figures


def drawing_functions():
    """Return all public functions that draw a printed figure."""
    for module in pkgutil.iter_modules(figures.__path__):
        loaded = importlib.import_module(f"{figures.__name__}.{module.name}")
        for name in getattr(loaded, "__all__", ()):
            found = getattr(loaded, name)
            if inspect.isfunction(found) and inspect.signature(found).return_annotation is Figure:
                yield pytest.param(found, id=name)


@pytest.mark.parametrize("draw", [one for one in drawing_functions() if one.id != "blank"])
def test_every_figure_is_drawn_in_the_style_of_the_house(draw):
    assert hasattr(draw, "__wrapped__"), "a drawing function carries @publication"
    assert "caption" in inspect.signature(draw).parameters
