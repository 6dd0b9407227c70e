"""`lithicoat references`: the phases that films may turn into, by one potential, with their corrections."""

from pathlib import Path
from typing import Annotated

import typer

from lithicoat.workflows.commands.options import Database, Json, Potential, Quiet, Trust
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.registry import DEFAULT_POTENTIAL

__all__ = ["command"]


def command(
    *,
    potential: Potential = None,
    elements: Annotated[
        str | None, typer.Option(help="Only phases of these elements, as Li,S,O; default: all there are.")
    ] = None,
    materials_project: Annotated[
        bool,
        typer.Option(
            "--materials-project", help="DFT entries of the Materials Project (needs a key) instead."
        ),
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the record into this file (JSON).")
    ] = None,
    trust: Trust = False,
    db: Database = Path("lithicoat.db"),
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compute reference phases and fit corrections. Example: lithicoat references --potential chgnet.

    Once per potential; what is computed stands before what ships with the package.
    """
    from lithicoat.workflows.commands.console import out, print_json
    from lithicoat.workflows.commands.referenced import as_json, compute, fetch, parse_elements, print_record

    if materials_project and potential:
        raise UsageError(
            "--materials-project stands in place of a potential",
            where="--potential",
            hint="leave one of the two out",
        )
    wanted = parse_elements(elements)
    if output is not None and not output.parent.is_dir():
        raise UsageError(f"there is no directory {output.parent} to write into", where="--output")
    if materials_project:
        record, checks = fetch(wanted)
    else:
        record, checks = compute(potential or DEFAULT_POTENTIAL, wanted, db, trusted=trust, quiet=quiet)
    if output is not None:
        output.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
    if json:
        print_json(as_json(record, checks))
        return
    print_record(record, checks)
    if output is not None:
        out.print(f"record {output}", soft_wrap=True)
