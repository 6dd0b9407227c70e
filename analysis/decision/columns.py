"""Properties of many films as arrays, so that a hundred thousand films are judged as quickly as ten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.decision.recorded import Recorded, RecordedRows
from lithicoat.analysis.decision.scheme import Quantity
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property

__all__ = ["Column", "Columns"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """One property of all films.

    Parameters
    ----------
    value : numpy.ndarray, shape (n,)
        Values, or the bounds; nan where there is none.
    uncertainty : numpy.ndarray, shape (n,)
        Standard uncertainties, or what is assumed where none was given; 0 for a bound.
    bound : numpy.ndarray of int, shape (n,)
        0 for a value, -1 if it is an upper bound, 1 if a lower one.
    assumed : numpy.ndarray of bool, shape (n,)
        Whether the uncertainty is assumed.
    """

    value: FloatArray
    uncertainty: FloatArray
    bound: NDArray[np.int8]
    assumed: NDArray[np.bool_]

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Where there is a value or a bound."""
        return ~np.isnan(self.value)

    @cached_property
    def resolved(self) -> NDArray[np.bool_]:
        """Where there is a value that is not merely a bound."""
        return np.asarray(self.known & (self.bound == 0))


class Columns:
    """Properties of many films, one array per property, made when it is asked for.

    Parameters
    ----------
    rows : sequence of mapping of str to Property, or Recorded
        Properties of each film by name.
    quantities : mapping of str to Quantity
        Units to convert to, and the uncertainty of a property that states none.
    """

    def __init__(
        self,
        rows: Sequence[Mapping[str, Property]] | Recorded,
        quantities: Mapping[str, Quantity] | None = None,
    ) -> None:
        self._recorded: Recorded = RecordedRows(rows) if isinstance(rows, Sequence) else rows
        self._quantities = quantities or {}
        self._columns: dict[str, Column] = {}

    def __len__(self) -> int:
        """Return the number of films."""
        return len(self._recorded)

    def __getitem__(self, name: str) -> Column:
        """Return one property of all films.

        Raises
        ------
        DataError
            If a property is in a unit that cannot be converted.
        """
        if name not in self._columns:
            self._columns[name] = self._column(name)
        return self._columns[name]

    def told(self, row: int, name: str) -> Property | None:
        """Return a property of one film as it was recorded."""
        return self._recorded.told(row, name)

    def assumption(self, name: str) -> str:
        """Say which uncertainty is assumed of a property that states none."""
        quantity = self._quantities.get(name)
        if quantity is None or (quantity.relative is None and quantity.absolute is None):
            return "none"
        if quantity.relative is not None:
            return f"± {quantity.relative:.0%}"
        return f"± {quantity.absolute:g} {quantity.unit}"

    def unit(self, name: str) -> str:
        """Return the unit in which a property is judged: that of its quantity, else the first recorded."""
        if name in self._quantities:
            return self._quantities[name].unit
        return next(iter(self._recorded.numbers(name).units), "1")

    def _column(self, name: str) -> Column:
        told, quantity = self._recorded.numbers(name), self._quantities.get(name)
        known = ~np.isnan(told.value)
        factors = np.ones(max(len(told.units), 1))
        for code in np.unique(told.unit[known]).tolist():
            if quantity is not None and told.units[code] != quantity.unit:
                factors[code] = _factor(name, told.units[code], quantity)
        factor = factors[told.unit]
        value = told.value * factor
        error = np.where(told.bound == 0, told.uncertainty * factor, np.nan)
        lacking = np.isnan(error) & known & (told.bound == 0)
        assumed = quantity.uncertainty(value) if quantity is not None else np.zeros(len(value))
        error = np.where(lacking, assumed, np.nan_to_num(error))
        return Column(value, error, told.bound, lacking & (error > 0))


def _factor(name: str, unit: str, quantity: Quantity) -> float:
    """Return by what a value is multiplied to be in the unit in which it is judged."""
    factor = _conversion(unit, quantity.unit)
    if factor is None:
        raise DataError(
            f"{name} is judged in {quantity.unit}, and {unit} cannot be turned into it",
            where=name,
            hint="the unit of the property in its record",
        )
    return factor


@cache
def _conversion(unit: str, wanted: str) -> float | None:
    """Return the factor between two units; None if there is none."""
    import scipp  # noqa: PLC0415 - records of lithicoat need no conversion

    def read(text: str) -> Any:
        return scipp.Unit(text.replace("mol O2", "mol").replace("/atom", "/count").replace("/O2", "/count"))

    try:
        return float(scipp.scalar(1.0, unit=read(unit)).to(unit=read(wanted)).value)
    except scipp.UnitError:
        return None
