"""The command `lithicoat`: turns arguments into calls, and every error into one sentence."""

import os
import sqlite3
import sys
from importlib import metadata
from typing import Annotated

import typer
from typer.exceptions import TyperException

from lithicoat.analysis.errors import DataError
from lithicoat.structures.errors import StructureError
from lithicoat.workflows.commands import (
    adhesion,
    anneal,
    benchmark,
    build,
    catalog,
    cluster,
    criterion,
    db,
    diffusion,
    distill,
    elastic,
    export,
    interface,
    order,
    potentials,
    predict,
    rank,
    references,
    report,
    retry,
    scavenging,
    screen,
    serve,
    stability,
    status,
    submit,
    suggest,
    work,
)
from lithicoat.workflows.commands.console import ExitCode, err, out, print_json
from lithicoat.workflows.errors import DiskError, RunError, UsageError
from lithicoat.workflows.quiet import quieten_libraries

__all__ = ["app", "main", "run"]

app = typer.Typer(
    name="lithicoat",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (
    catalog,
    potentials,
    build,
    interface,
    order,
    anneal,
    elastic,
    diffusion,
    criterion,
    scavenging,
    screen,
    stability,
    adhesion,
    submit,
    work,
    status,
    retry,
    rank,
    suggest,
    references,
    export,
    report,
    serve,
    benchmark,
    distill,
    predict,
):
    app.command(module.__name__.rpartition(".")[2])(module.command)
app.add_typer(cluster.app, name="cluster")
app.add_typer(db.app, name="db")


def _show_version(asked: bool) -> None:  # noqa: FBT001 - typer's form of a callback
    if asked:
        out.print(f"lithicoat {metadata.version('lithicoat')}")
        raise typer.Exit


@app.callback()
def about(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Which thin film should we grow on our lithium anode, and which on our NMC cathode."""


BAD_INPUT = (StructureError, DataError, UsageError)


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : list of str
        As typed after ``lithicoat``.

    Returns
    -------
    int
        0 done, 1 failed, 2 bad input, 130 interrupted.
    """
    quieten_libraries()
    as_json = "--json" in arguments
    try:
        return _answer(arguments or ["--help"])
    except BAD_INPUT as error:
        return _fail(error.message, error.where, error.hint, ExitCode.BAD_INPUT, as_json=as_json)
    except (RunError, DiskError) as error:
        return _fail(error.message, error.where, error.hint, ExitCode.FAILED, as_json=as_json)
    except TyperException as error:
        return _fail(error.format_message(), "", "see lithicoat --help", ExitCode.BAD_INPUT, as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        err.print("interrupted; finished work is kept. The same command goes on where it stopped.")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE


def _answer(arguments: list[str]) -> int:
    try:
        code = int(app(arguments, standalone_mode=False) or ExitCode.DONE)
    except sqlite3.OperationalError as error:
        raise DiskError(
            f"the database cannot be read or written: {error}",
            where="--db",
            hint="make room there and run the same command again; finished steps and checkpoints are kept",
        ) from error
    if code == ExitCode.INTERRUPTED:  # newer typer takes a KeyboardInterrupt for itself
        raise KeyboardInterrupt
    return code


def _fail(message: str, where: str, hint: str, code: ExitCode, *, as_json: bool) -> int:
    kind = "failed" if code is ExitCode.FAILED else "error"
    end = "" if message.endswith("?") else "."
    first = hint if hint.startswith("lithicoat") else hint[:1].upper() + hint[1:]
    remedy = f" {first.rstrip('.')}." if hint else ""
    err.print(f"{kind}: {message.rstrip('.')}{end}{remedy}", soft_wrap=True)
    if as_json:
        print_json({"error": {"message": message, "where": where, "hint": hint}})
    return code
