"""`lithicoat db`: look after a database, and bring others into it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lithicoat.analysis.mongodb import located
from lithicoat.workflows.commands.console import ExitCode, err, out, print_json
from lithicoat.workflows.commands.findings import shown
from lithicoat.workflows.commands.options import Database, Json

if TYPE_CHECKING:
    from lithicoat.workflows.exchange.collecting import Waste
    from lithicoat.workflows.exchange.counting import Statistics
    from lithicoat.workflows.exchange.results import Added

__all__ = ["app"]

HERE = Path("lithicoat.db")
SHOWN = 20
app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help="The database: what is in it, whether it is whole, and others that come into it.",
)


@app.command()
def check(*, db: Database = HERE, json: Json = False) -> None:
    """Look whether the database is whole; say what mends it. Example: lithicoat db check --db films.db."""
    from lithicoat.workflows.cluster.findings import Verdict
    from lithicoat.workflows.exchange.checking import check as check_database

    found = shown(check_database(db), json=json)
    mend = [finding for finding in found if finding.verdict is Verdict.MEND]
    if json:
        print_json({"ok": not mend, "findings": found})
    if mend:
        raise typer.Exit(ExitCode.BAD_INPUT)


@app.command()
def gc(
    *,
    db: Database = HERE,
    delete: Annotated[bool, typer.Option("--delete", help="Remove it; without, only look.")] = False,
    days: Annotated[
        float, typer.Option(min=0, help="Directories of no document stay for so long after a change.")
    ] = 7.0,
    json: Json = False,
) -> None:
    """Find what no record and no unfinished film needs, and remove it. Example: lithicoat db gc --delete."""
    from lithicoat.workflows.exchange.collecting import collect

    waste = collect(db, delete=delete, days=days)
    if json:
        print_json(waste)
        return
    _print_waste(waste)


@app.command()
def stats(*, db: Database = HERE, json: Json = False) -> None:
    """Count what is in the database. Example: lithicoat db stats --db films.db."""
    from lithicoat.workflows.exchange.counting import statistics

    found = statistics(db)
    if json:
        print_json(found)
    else:
        _print_statistics(found)


@app.command()
def schema() -> None:
    """Print the JSON schema of the records. Example: lithicoat db schema > records.json."""
    from lithicoat.analysis.database.schema import json_schema

    print_json(json_schema())


@app.command("import")
def import_file(
    archive: Annotated[Path, typer.Argument(help="A file from lithicoat export --zip, or --jsonl.")],
    *,
    db: Database = HERE,
    without_steps: Annotated[
        bool, typer.Option("--without-steps", help="Records only; their computations are not taken over.")
    ] = False,
    json: Json = False,
) -> None:
    """Add an archive to the database. Example: lithicoat db import films.zip --db ours.db."""
    from lithicoat.workflows.exchange.importing import import_archive

    added = import_archive(archive, db, steps=not without_steps)
    _tell(added, db, json=json)


@app.command()
def merge(
    source: Annotated[str, typer.Argument(metavar="DIR|URI", help="The database that is added; only read.")],
    *,
    db: Database = HERE,
    without_files: Annotated[
        bool, typer.Option("--without-files", help="Leave trajectories and other files behind.")
    ] = False,
    json: Json = False,
) -> None:
    """Add another database, without duplicates. Example: lithicoat db merge theirs.db --db ours.db."""
    from lithicoat.workflows.exchange.merging import merge_databases

    added = merge_databases(located(source), db, files=not without_files)
    _tell(added, db, json=json)


def _tell(added: "Added", db: Any, *, json: bool) -> None:
    if json:
        print_json(added)
        return
    if added.nothing and not added.older:
        out.print(f"{db} has all of {added.source} already", soft_wrap=True)
        return
    for line in _lines(added, db):
        out.print(line, soft_wrap=True)
    if added.steps:
        err.print(
            "Its computations count as computed here: a campaign that needs one takes it over.",
            soft_wrap=True,
        )


def _lines(added: "Added", db: Any) -> Iterator[str]:
    yield (
        f"{added.source} → {db}: {_many(added.records, 'new record')}, {len(added.replaced)} replaced, "
        f"{added.same} known; {_many(added.steps, 'new computation')}, {added.known_steps} known"
    )
    for verb, lines in (("replaced", added.replaced), ("left out", added.older)):
        yield from (f"  {verb} {line}" for line in lines[:SHOWN])
        if len(lines) > SHOWN:
            yield f"  {verb} {len(lines) - SHOWN} more: --json lists all"
    yield from (f"  new campaign {name}" for name in added.campaigns)
    yield from (f"  campaign {name} is brought up to date" for name in added.united)
    yield from (
        f"  campaign {there} is {here} here: the name was taken" for there, here in added.renamed.items()
    )
    counts = (
        (added.files, "computation", "copied with files"),
        (added.tables, "table", "of reference phases or a cathode added"),
        (added.foreign_steps, "computation", "of training and other commands left behind"),
    )
    yield from (f"  {_many(count, what)} {how}" for count, what, how in counts if count)


def _print_waste(waste: "Waste") -> None:
    if waste.nothing:
        out.print("nothing to remove" if not waste.deleted else "nothing was there to remove")
    else:
        verb = "removed" if waste.deleted else "not needed"
        out.print(f"{verb}: {_many(waste.computations, 'computation')} that no record names")
        for count, what in (
            (waste.copies, "further copies of computations"),
            (waste.records, "records that a later one has replaced"),
            (waste.notes, "notes of failures and runs that are over"),
            (waste.blobs, "big data of documents that are gone"),
        ):
            if count:
                out.print(f"{verb}: {count} {what}")
        out.print(f"{verb}: {len(waste.directories)} directories, {waste.bytes / 1e6:.1f} MB")
    if waste.young:
        young = (
            f"{waste.young} directories of no document changed lately and stay: a step may go on from them"
        )
        out.print(young, soft_wrap=True)
    if not waste.nothing and not waste.deleted:
        out.print("Nothing was removed: lithicoat db gc --delete removes it.")


def _print_statistics(found: "Statistics") -> None:
    unfinished = f", {found.unfinished} films unfinished" if found.unfinished else ""
    out.print(f"{_many(found.records, 'record')}, {_many(found.campaigns, 'campaign')}{unfinished}")
    if found.try_out:
        out.print(f"  {found.try_out} with a protocol for trying out only")
    for heading, counts in found.by.items():
        out.print(f"  by {heading}: {_counts(counts)}", soft_wrap=True)
    imported = f", {found.imported} of them imported" if found.imported else ""
    out.print(f"{_many(sum(found.computations.values()), 'computation')}{imported}")
    out.print(f"  {_counts(found.computations)}", soft_wrap=True)
    if found.bytes:
        sizes = ", ".join(f"{name} {size / 1e6:.1f}" for name, size in found.bytes.items())
        out.print(f"{sum(found.bytes.values()) / 1e6:.1f} MB on disk: {sizes}", soft_wrap=True)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
