"""Units and numbers as they are typeset, for figures and pages."""

import re

from lithicoat.analysis.figures.style import RAISED, property_text
from lithicoat.analysis.properties import Bound, Property

__all__ = ["power_of_ten", "quantity_text", "typeset"]

_WORDS = {"atom": "per atom", "O2": "per O₂", "O": "per O"}


def typeset(unit: str) -> str:
    """Write a unit as journals do: `cm2/s` is `cm² s⁻¹`, `eV/atom` is `eV per atom`, `1` is nothing."""
    if unit == "1":
        return ""
    above, *below = unit.split("/")
    return " ".join([_raised(above), *(_WORDS.get(one) or _raised(one, inverse=True) for one in below)])


def _raised(unit: str, *, inverse: bool = False) -> str:
    """Write `cm3` as `cm³`, or as `cm⁻³` below a stroke."""
    text = unit.replace("O2", "O₂")
    found = re.fullmatch(r"(?P<name>.*[^\W\d])(?P<power>\d*)", text)
    if found is None:
        return text
    power = ("-" if inverse else "") + (found["power"] or ("1" if inverse else ""))
    return found["name"] + power.translate(RAISED)


def quantity_text(quantity: Property, *, unit: bool = True) -> str:
    """Write a property with its uncertainty and unit, or its bound, with a minus sign for negative ones.

    Parameters
    ----------
    quantity : Property
        What to write.
    unit : bool
        False where a heading has it.
    """
    suffix = typeset(quantity.unit) if unit and quantity.value is not None else ""
    return " ".join(filter(None, (property_text(quantity).replace("-", "−"), suffix)))


def power_of_ten(exponent: Property) -> str:
    """Write a base-10 logarithm as a power of ten: `10^(−5.5 ± 2.6)`, `< 10^0.7`; `–` if it is not known."""
    if exponent.value is None:
        return "–"
    value = f"{exponent.value:.1f}".replace("-", "−")
    if exponent.bound is not None:
        return f"{'<' if exponent.bound is Bound.UPPER else '>'} 10^{value}"
    return f"10^{value}" if exponent.uncertainty is None else f"10^({value} ± {exponent.uncertainty:.1f})"
