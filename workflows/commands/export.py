"""`lithicoat export`: every number of the database, with unit, uncertainty and provenance."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from lithicoat.analysis.mongodb import Where
from lithicoat.workflows.commands.console import err
from lithicoat.workflows.commands.options import Database
from lithicoat.workflows.errors import UsageError

__all__ = ["command"]


def command(
    *,
    db: Database = Path("lithicoat.db"),
    as_csv: Annotated[bool, typer.Option("--csv", help="One line per number (the default).")] = False,
    json: Annotated[bool, typer.Option("--json", help="The records as one JSON list.")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One record per line, as JSON.")] = False,
    as_zip: Annotated[
        bool, typer.Option("--zip", help="An archive for another group: lithicoat db import takes it.")
    ] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file instead of stdout.")] = None,
    campaign: Annotated[str | None, typer.Option("--campaign", help="Only this one.")] = None,
    without_steps: Annotated[
        bool, typer.Option("--without-steps", help="With --zip: leave out the computations.")
    ] = False,
    title: Annotated[str, typer.Option(help="With --zip: what it is.")] = "",
    contact: Annotated[str, typer.Option(help="With --zip: whom to ask.")] = "",
    licence: Annotated[str, typer.Option(help="With --zip: how its numbers may be used.")] = "",
) -> None:
    """Write all screening records: CSV, JSON, an archive. Example: lithicoat export --zip -o films.zip."""
    from lithicoat.analysis.exchange import write_archive

    forms = {"--csv": as_csv, "--json": json, "--jsonl": jsonl, "--zip": as_zip}
    chosen = [name for name, given in forms.items() if given] or ["--csv"]
    if len(chosen) > 1:
        raise UsageError(
            f"{' and '.join(chosen)} exclude each other", where="export", hint="give one of them"
        )
    if not as_zip:
        if without_steps or title or contact or licence:
            raise UsageError(
                "--without-steps, --title, --contact and --licence go with --zip", where="export"
            )
        _write_text(db, chosen[0], output, campaign)
        return
    if output is None:
        raise UsageError("an archive needs a file", where="--zip", hint="lithicoat export --zip -o films.zip")
    about = {"title": title, "contact": contact, "licence": licence}
    manifest = write_archive(db, output, campaign=campaign, steps=not without_steps, **about)
    counts = ", ".join(f"{name[:-6]} {member.documents}" for name, member in manifest.members.items())
    err.print(f"{output}: {counts}; lithicoat db import {output} --db DIR takes it up", soft_wrap=True)


def _write_text(db: Where, form: str, output: Path | None, campaign: str | None) -> None:
    from lithicoat.analysis.exchange.exporting import campaign_named, latest_records
    from lithicoat.analysis.exchange.files import appearing
    from lithicoat.analysis.exchange.tables import as_csv, as_json, as_json_lines

    write = {"--csv": as_csv, "--json": as_json, "--jsonl": as_json_lines}[form]
    only = campaign_named(db, campaign) if campaign is not None else None
    pieces = write(latest_records(db, campaign=only))
    if output is None:
        sys.stdout.writelines(pieces)
        return
    with appearing(output) as file:
        file.writelines(piece.encode() for piece in pieces)
