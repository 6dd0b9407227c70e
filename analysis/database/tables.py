"""Tables of a database as pandas DataFrames, with units."""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.database.selection import Selection
from lithicoat.analysis.database.snapshot import Snapshot
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.films.records import structure_properties
from lithicoat.analysis.properties import Property, Provenance
from lithicoat.analysis.records import ScreeningRecord

if TYPE_CHECKING:  # pandas loads only where a table is made
    from pandas import DataFrame

__all__ = ["NUMBER_COLUMNS", "Compared", "compared", "number_rows", "numbers_table", "property_table"]

HEADS = ("coating", "name", "family", "role", "campaign", "potential", "sha256", "protocol")
NUMBER_COLUMNS = (
    "coating", "family", "role", "campaign", "property", "value", "uncertainty", "unit", "bound", "flags",
    "potential", "sha256", "protocol", "seed", "versions",
)  # fmt: skip
"""Columns of the table with one row per number."""
SIDES = np.array(["lower", None, "upper"], dtype=object)
"""By 1 - bound."""


class Compared(Enum):
    """What differs between the records that are compared."""

    POTENTIAL = "potential"
    PROTOCOL = "protocol"
    SEED = "seed"


def property_table(films: Selection, properties: Sequence[str]) -> "DataFrame":
    """Return one row per record with heads and properties; see :meth:`Database.table`."""
    from pandas import DataFrame  # noqa: PLC0415

    snapshot, rows = films.snapshot, films.rows
    columns: dict[str, Any] = {name: _texts(snapshot, name, rows) for name in HEADS}
    columns["seed"] = snapshot.head["seed"][rows]
    columns["try_out"] = snapshot.head["try_out"][rows].astype(bool)
    units: dict[str, str] = {}
    for name in properties:
        column = snapshot.column(name)[rows]
        columns[name] = column["value"]
        columns[f"{name}_uncertainty"] = column["uncertainty"]
        columns[f"{name}_bound"] = SIDES[1 - column["bound"]]
        units[name] = units[f"{name}_uncertainty"] = _unit(snapshot, column, name)
    frame = DataFrame(columns)
    frame.attrs["units"] = units
    return frame


def numbers_table(records: Iterable[ScreeningRecord]) -> "DataFrame":
    """Return one row per number of records; see :meth:`Database.numbers`."""
    from pandas import DataFrame  # noqa: PLC0415

    rows = [row for record in records for row in number_rows(record)]
    return DataFrame(rows, columns=list(NUMBER_COLUMNS))


def number_rows(record: ScreeningRecord) -> Iterator[dict[str, Any]]:
    """Give every number of a record, those of its structure too, with unit and provenance."""
    shared = {name: getattr(record, name) for name in ("coating", "family", "role", "campaign")}
    structure = structure_properties(record.structure) if record.structure else {}
    origin = next((quantity.provenance for quantity in record.properties.values()), Provenance())
    signed = {name: quantity.attributed(origin) for name, quantity in structure.items()}
    for name, quantity in {**record.properties, **signed}.items():
        origin = quantity.provenance
        yield {
            **shared,
            "property": name,
            "value": quantity.value,
            "uncertainty": quantity.uncertainty,
            "unit": quantity.unit,
            "bound": quantity.bound.value if quantity.bound else "",
            "flags": "; ".join(quantity.flags),
            "potential": origin.potential,
            "sha256": origin.sha256,
            "protocol": origin.protocol,
            "seed": origin.seed,
            "versions": " ".join(f"{package}={found}" for package, found in origin.versions.items()),
        }


def compared(films: Selection, name: str, *, by: Compared) -> "DataFrame":
    """Return one row per film with a property from several records; see :meth:`Database.compare`."""
    from pandas import DataFrame  # noqa: PLC0415

    told = property_table(films, [name])
    labels = _labels(told, by)
    same = ["coating", *(each.value for each in Compared if each is not by)]
    if by is not Compared.POTENTIAL:
        same.insert(2, "sha256")
    made = []
    for key, group in told.assign(_label=labels).groupby(same, sort=False):
        if len(group) > 1:
            made.append({**dict(zip(same, key, strict=True)), **_side_by_side(group, name)})
    columns = [f"{label}{end}" for label in dict.fromkeys(labels) for end in ("", "_uncertainty", "_bound")]
    frame = DataFrame(made, columns=[*same, *columns, "spread", "relative_spread", "in_uncertainties"])
    unit = told.attrs["units"][name]
    frame.attrs["units"] = dict.fromkeys(
        [column for column in columns if not column.endswith("_bound")] + ["spread"], unit
    ) | dict.fromkeys(("relative_spread", "in_uncertainties"), "1")
    frame.attrs["property"] = name
    return frame


def _side_by_side(group: "DataFrame", name: str) -> dict[str, Any]:
    """Return the values of one film by label, and how far they lie apart where two or more are resolved."""
    found: dict[str, Any] = {}
    for _, row in group.iterrows():
        label = row["_label"]
        found[label] = row[name]
        found[f"{label}_uncertainty"] = row[f"{name}_uncertainty"]
        found[f"{label}_bound"] = row[f"{name}_bound"]
    resolved = group[group[name].notna() & group[f"{name}_bound"].isna()]
    values, errors = resolved[name].to_numpy(), resolved[f"{name}_uncertainty"].to_numpy()
    if len(values) > 1:
        found["spread"] = float(np.ptp(values))
        mean = float(np.abs(values.mean()))
        found["relative_spread"] = found["spread"] / mean if mean else np.nan
        ends = [int(values.argmin()), int(values.argmax())]
        both = float(np.hypot(*errors[ends]))
        found["in_uncertainties"] = found["spread"] / both if both > 0 else np.nan
    return found


def _labels(told: "DataFrame", by: Compared) -> list[str]:
    """Return what tells the records apart; of two potentials of one name, with the beginning of the hash."""
    if by is not Compared.POTENTIAL:
        return [f"{by.value} {value}" if by is Compared.SEED else str(value) for value in told[by.value]]
    hashes: dict[str, set[str]] = {}
    pairs = list(zip(told["potential"], told["sha256"], strict=True))
    for potential, sha256 in pairs:
        hashes.setdefault(potential, set()).add(sha256)
    return [name if len(hashes[name]) == 1 else f"{name} {sha256[:8]}" for name, sha256 in pairs]


def _texts(snapshot: Snapshot, name: str, rows: NDArray[np.intp]) -> NDArray[np.object_]:
    return np.array(snapshot.texts(name, rows), dtype=object)


def _unit(snapshot: Snapshot, column: NDArray[np.void], name: str) -> str:
    """Return the unit of a property, which all its numbers have to share."""
    found = {snapshot.words[code] for code in np.unique(column["unit"][column["state"] > 0]).tolist()}
    if len(found) > 1:
        raise DataError(
            f"{name} is recorded in {' and in '.join(sorted(found))}",
            where=name,
            hint="choose records of one unit by protocol= or campaign=",
        )
    return next(iter(found), "1")


def property_of(record: ScreeningRecord, name: str) -> Property | None:
    """Return a property of a record or of its structure."""
    if name in record.properties or record.structure is None:
        return record.properties.get(name)
    return structure_properties(record.structure).get(name)
