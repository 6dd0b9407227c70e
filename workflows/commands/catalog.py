"""`lithicoat catalog`: what can be screened, with sources."""

from typing import Annotated

import typer

from lithicoat.structures.coating import Coating, ReportedValue
from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.options import Catalog, Json

__all__ = ["command"]


def command(
    name: Annotated[str | None, typer.Argument(help="One coating, in full.")] = None,
    *,
    catalog: Catalog = None,
    json: Json = False,
) -> None:
    """List what can be screened, with sources. Example: lithicoat catalog LiGL."""
    from lithicoat.structures.catalog import load_catalog

    entries = load_catalog(catalog)
    if name is None:
        chosen = list(entries)
        print_json([_summary(entry) for entry in chosen]) if json else _print_list(chosen)
    else:
        entry = entries.find(name)
        print_json({**_summary(entry), **entry.model_dump(mode="json")}) if json else _print_entry(entry)


def _summary(entry: Coating) -> dict[str, object]:
    return {
        "id": entry.id,
        "name": entry.name,
        "family": entry.family,
        "role": entry.role.value,
        "builder": entry.recipe.builder,
        "sources": list(entry.sources),
    }


def _print_list(entries: list[Coating]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("id", "name", "family", "role", "builder"):
        table.add_column(column, no_wrap=column == "id")
    for entry in entries:
        table.add_row(entry.id, entry.name, entry.family, entry.role.value, entry.recipe.builder)
    out.print(table)
    out.print("lithicoat catalog NAME shows the reported values and their sources.")


def _print_entry(entry: Coating) -> None:
    out.print(f"{entry.id}  {entry.name}  ({entry.family}, {entry.role.value})")
    if entry.notes:
        out.print(entry.notes, soft_wrap=True)
    out.print("recipe")
    for key, value in entry.recipe.model_dump(mode="json", exclude_none=True).items():
        out.print(f"    {key}: {value}", soft_wrap=True)
    for value in entry.reported:
        out.print(_reported(value), soft_wrap=True)


def _reported(value: ReportedValue) -> str:
    """Write one reported value as two lines: the number, and where it comes from."""
    number = f"{value.value:g}" if isinstance(value.value, float) else value.value
    unit = "" if value.unit == "1" else f" {value.unit}"
    kelvin = "" if value.temperature_K is None else f"{value.temperature_K:g} K"
    details = "; ".join(filter(None, (value.kind, kelvin, value.phase, value.note)))
    return f"{value.property.replace('_', ' ')}: {number}{unit}  ({details})\n    {value.source}"
