"""Numbers and names as the pages of the explorer write them."""

from datetime import datetime

from lithicoat.analysis.database import quantity
from lithicoat.analysis.figures.units import quantity_text, typeset
from lithicoat.analysis.properties import Property

__all__ = ["MISSING", "clock", "headed", "label", "span", "written"]

MISSING = "–"


def label(name: str) -> str:
    """Return what people call a property."""
    return quantity(name).label


def headed(name: str) -> str:
    """Return the heading of a column: the property and its unit."""
    facts = quantity(name)
    unit = typeset(facts.unit)
    title = facts.symbol or facts.label
    return f"{title} ({unit})" if unit else title


def written(number: Property | None, *, unit: bool = True) -> str:
    """Write a number with its uncertainty or bound, and its unit unless a heading has it."""
    if number is None or number.value is None:
        return MISSING
    return quantity_text(number, unit=unit)


def span(seconds: float) -> str:
    """Say how long something takes: `40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def clock(time: datetime) -> str:
    """Write a time in the time zone of this machine."""
    return f"{time.astimezone():%Y-%m-%d %H:%M}"
