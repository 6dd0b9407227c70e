"""`lithicoat catalog`: what can be screened, with sources."""

from typing import Annotated

import typer

from lithicoat.structures.coating import Coating, ReportedValue, Role
from lithicoat.structures.standards import Group, quantities
from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.options import Catalog, Json, Library
from lithicoat.workflows.errors import UsageError

__all__ = ["command"]


def command(
    name: Annotated[str | None, typer.Argument(help="One coating, in full: LiGL, Al2O3@crystal.")] = None,
    *,
    role: Annotated[Role | None, typer.Option("--role", help="Only films for this electrode.")] = None,
    family: Annotated[str | None, typer.Option("--family", help="Only this family, such as oxide.")] = None,
    library: Library = None,
    catalog: Catalog = None,
    json: Json = False,
) -> None:
    """List what can be screened, with sources. Example: lithicoat catalog LiGL."""
    from lithicoat.structures.catalog.library import library_ids
    from lithicoat.structures.catalog.loading import load_catalog

    entries = load_catalog(catalog)
    if name is None:
        listed = [entries.find(key) for key in library_ids(library, catalog)] if library else list(entries)
        chosen = _chosen(listed, role, family)
        print_json([_summary(entry) for entry in chosen]) if json else _print_list(chosen)
        return
    if role is not None or family is not None:
        raise UsageError(
            "--role and --family choose from the list, a name asks for one coating",
            where="NAME",
            hint="leave out one of the two",
        )
    entry = entries.find(name)
    print_json(_document(entry)) if json else _print_entry(entry)


def _chosen(entries: list[Coating], role: Role | None, family: str | None) -> list[Coating]:
    families = list(dict.fromkeys(entry.family for entry in entries))
    if family is not None and family not in families:
        raise UsageError(
            f"there is no family {family}", where="--family", hint="one of " + ", ".join(families)
        )
    return [
        entry
        for entry in entries
        if (role is None or entry.role.covers(role)) and (family is None or entry.family == family)
    ]


def _summary(entry: Coating) -> dict[str, object]:
    from lithicoat.structures.build import elements_of
    from lithicoat.structures.catalog.facts import flags_of

    return {
        "id": entry.id,
        "name": entry.name,
        "family": entry.family,
        "role": entry.role.value,
        "builder": entry.recipe.builder,
        "elements": list(elements_of(entry)),
        "flags": list(flags_of(entry)),
        "sources": list(entry.sources),
    }


def _document(entry: Coating) -> dict[str, object]:
    from lithicoat.structures.catalog.facts import missing_quantities

    return {
        **_summary(entry),
        **entry.model_dump(mode="json"),
        "missing": list(missing_quantities(entry)),
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
    from lithicoat.structures.catalog.facts import crystals_of, missing_quantities

    out.print(f"{entry.id}  {entry.name}  ({entry.family}, {entry.role.value})")
    if entry.chemistry:
        out.print(f"chemistry: {entry.chemistry}", soft_wrap=True)
    if entry.notes:
        out.print(entry.notes, soft_wrap=True)
    out.print("recipe")
    for key, value in entry.recipe.model_dump(mode="json", exclude_none=True).items():
        out.print(f"    {key}: {value}", soft_wrap=True)
    for info in crystals_of(entry):
        beside = f", asked for as {entry.id}@crystal" if info.file == entry.crystal else ""
        out.print(f"crystal {info.file}{beside}: {info.origin}; {info.source}", soft_wrap=True)
        for flag in info.flags:
            out.print(f"    flag: {flag}", soft_wrap=True)
        if info.note:
            out.print(f"    {info.note}", soft_wrap=True)
    cited = {source: f"[{number}]" for number, source in enumerate(entry.sources, start=1)}
    groups = {name: row.group for name, row in quantities().items()}
    first = [value for value in entry.reported if groups[value.property] is not Group.OTHER]
    _print_values(first, cited)
    for missing in missing_quantities(entry):
        out.print(f"{missing}: no value with a source")
    _print_values([value for value in entry.reported if value not in first], cited, title="further values")
    for source, number in cited.items():
        out.print(f"{number} {source}", soft_wrap=True)


def _print_values(values: list[ReportedValue], cited: dict[str, str], *, title: str = "") -> None:
    """Print a table of values, each with its conditions and the number of its source."""
    if not values:
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False, title=title, title_justify="left")
    for wrapped in (True, True, True, False):
        table.add_column(no_wrap=not wrapped)
    last = ""
    for value in values:
        number = f"{value.value:g}" if isinstance(value.value, float) else value.value
        unit = "" if value.unit == "1" else f" {value.unit}"
        kelvin = "" if value.temperature_K is None else f"{value.temperature_K:g} K"
        details = "; ".join(filter(None, (value.kind, kelvin, value.phase, value.note)))
        name = "" if value.property == last else value.property.replace("_", " ")
        table.add_row(name, f"{number}{unit}", details, cited[value.source])
        last = value.property
    out.print(table)
