"""`lithicoat export`: every number of the database, with unit, uncertainty and provenance."""

import csv
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from lithicoat.workflows.commands.console import print_json
from lithicoat.workflows.commands.options import Database

__all__ = ["command"]

COLUMNS = (
    "coating", "family", "role", "campaign", "property", "value", "uncertainty", "unit", "bound", "flags",
    "potential", "sha256", "protocol", "seed", "versions",
)  # fmt: skip


def command(
    *,
    db: Database = Path("lithicoat.db"),
    as_csv: Annotated[bool, typer.Option("--csv", help="One line per number (the default).")] = False,
    json: Annotated[bool, typer.Option("--json", help="The records as JSON.")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file instead of stdout.")] = None,
) -> None:
    """Write all screening records as CSV or JSON. Example: lithicoat export --csv -o films.csv."""
    from lithicoat.analysis.database import read_records
    from lithicoat.workflows.errors import UsageError

    if as_csv and json:
        raise UsageError("--csv and --json exclude each other", where="export", hint="give one of them")
    records = read_records(db)
    try:
        stream = output.open("w", newline="") if output else sys.stdout
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}", where=str(output)) from error
    try:
        if json:
            print_json(records, stream)
        else:
            writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(row for record in records for row in _rows(record))
    finally:
        if output:
            stream.close()


def _rows(record: Any) -> list[dict[str, Any]]:
    from lithicoat.analysis.films.records import structure_properties
    from lithicoat.analysis.properties import Provenance

    shared = {name: getattr(record, name) for name in ("coating", "family", "role", "campaign")}
    rows = []
    structure = structure_properties(record.structure) if record.structure else {}
    origin = next((quantity.provenance for quantity in record.properties.values()), Provenance())
    signed = {name: quantity.attributed(origin) for name, quantity in structure.items()}
    for name, quantity in {**record.properties, **signed}.items():
        origin = quantity.provenance
        rows.append(
            {
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
        )
    return rows
