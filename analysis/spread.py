"""The spread between potentials as a source of uncertainty beside that of one of them."""

import math
from collections.abc import Sequence

import numpy as np

from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord

__all__ = ["with_other_potentials", "with_spread"]


def with_spread(quantity: Property, others: Sequence[Property], *, of: str = "committee") -> Property:
    """Widen the uncertainty of a property by the spread of several potentials.

    The value stays that of the named potential, to which its provenance and its calibration belong. The
    spread is the sample standard deviation over all of them, the named one among them: the standard
    uncertainty that the choice between them leaves to each. It joins the uncertainty in quadrature.

    Parameters
    ----------
    quantity : Property
        By the named potential.
    others : sequence of Property
        The same by the others, in the same unit. Those without a value are left out.
    of : str
        What they are together, for the flag: a committee, or names.
    """
    values = [other.value for other in others if other.resolved and other.unit == quantity.unit]
    if not quantity.resolved or not others:
        return quantity
    if not values:
        return quantity.flagged(f"no other member of the {of} has a value")
    everyone = np.array([quantity.value, *values], dtype=float)
    spread, mean = float(np.std(everyone, ddof=1)), float(everyone.mean())
    widened = quantity.model_copy(update={"uncertainty": math.hypot(quantity.uncertainty or 0.0, spread)})
    unit = "" if quantity.unit == "1" else f" {quantity.unit}"
    return widened.flagged(f"n={len(everyone)} {of}: mean {mean:.3g}{unit}, spread {spread:.2g}{unit}")


def with_other_potentials(
    records: Sequence[ScreeningRecord], others: Sequence[ScreeningRecord]
) -> list[ScreeningRecord]:
    """Widen the properties of films by what other potentials say of the same films.

    Parameters
    ----------
    records : sequence of ScreeningRecord
        The films as they are ranked.
    others : sequence of ScreeningRecord
        Records by other potentials; those of the same potential, and of other films, play no part.

    Returns
    -------
    list of ScreeningRecord
        In the order of the records; a film without a second potential stays as it is.
    """
    found = []
    for record in records:
        second = [
            other for other in others if other.coating == record.coating and other.sha256 != record.sha256
        ]
        names = ", ".join([record.potential, *(other.potential for other in second)])
        widened = {
            name: with_spread(
                quantity,
                [other.properties[name] for other in second if name in other.properties],
                of=f"potentials ({names})",
            )
            for name, quantity in record.properties.items()
        }
        found.append(record.model_copy(update={"properties": widened}) if second else record)
    return found
