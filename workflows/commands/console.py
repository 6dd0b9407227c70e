"""What all commands share: the two consoles and how numbers are printed."""

import json
import sys
from enum import IntEnum
from typing import Any, TextIO

from rich.console import Console

from lithicoat.analysis.properties import Bound, Property

__all__ = ["ExitCode", "err", "format_property", "out", "print_json", "to_json"]

out = Console(highlight=False, markup=False)
"""Results go to stdout."""
err = Console(stderr=True, highlight=False, markup=False)
"""Progress and errors go to stderr."""


class ExitCode(IntEnum):
    """What the process tells the shell."""

    DONE = 0
    FAILED = 1
    BAD_INPUT = 2
    INTERRUPTED = 130


def to_json(value: Any) -> Any:
    """Reduce pydantic models, nested in lists and dicts, to plain JSON."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


def print_json(value: Any, stream: TextIO | None = None) -> None:
    """Print a result for machines: one JSON document on stdout, or on another stream."""
    stream = stream or sys.stdout
    stream.write(json.dumps(to_json(value), indent=1, ensure_ascii=False) + "\n")


def format_property(quantity: Property, *, unit: bool = True, digits: int = 2) -> str:
    """Print a property as people write it: `34.1 ± 1.2 GPa`, `< 3e-12 cm2/s`, or `–` if it is missing.

    Parameters
    ----------
    quantity : Property
        What to print.
    unit : bool
        False where a heading has the unit.
    digits : int
        Significant digits of the uncertainty.
    """
    if quantity.value is None:
        return "–"
    suffix = f" {quantity.unit}" if unit and quantity.unit != "1" else ""
    if quantity.bound is not None:
        sign = "<" if quantity.bound is Bound.UPPER else ">"
        return (
            f"{sign} {quantity.value:.1e}{suffix}"
            if _tiny(quantity)
            else f"{sign} {quantity.value:.3g}{suffix}"
        )
    if quantity.uncertainty is None:
        return f"{quantity.value:.3g}{suffix}"
    if _tiny(quantity):
        return _scientific(quantity.value, quantity.uncertainty, digits) + suffix
    decimals = _decimals(quantity.uncertainty, digits)
    return f"{quantity.value:.{decimals}f} ± {quantity.uncertainty:.{decimals}f}{suffix}"


def _tiny(quantity: Property) -> bool:
    return quantity.value is not None and 0 < abs(quantity.value) < 1e-3


def _scientific(value: float, uncertainty: float, digits: int) -> str:
    """Write `(1.99 ± 0.03)e-05`."""
    power = int(f"{value:e}".partition("e")[2])
    decimals = _decimals(uncertainty / 10.0**power, digits)
    return f"({value / 10.0**power:.{decimals}f} ± {uncertainty / 10.0**power:.{decimals}f})e{power:03d}"


def _decimals(uncertainty: float, digits: int) -> int:
    """Decimals that show so many digits of the uncertainty, none if it is large."""
    if uncertainty <= 0:
        return 3
    return max(0, min(6, digits - 1 - int(f"{uncertainty:e}".partition("e")[2])))
