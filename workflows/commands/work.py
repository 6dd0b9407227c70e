"""`lithicoat work`: take the steps of submitted campaigns on this machine."""

import os
from typing import Annotated

import typer

from lithicoat.workflows.cluster import DEFAULT_DIRECTORY
from lithicoat.workflows.cluster.categories import Category
from lithicoat.workflows.commands.options import Cluster, DatabaseIfGiven
from lithicoat.workflows.errors import UsageError

__all__ = ["command"]


def command(
    *,
    db: DatabaseIfGiven = None,
    cluster: Cluster = DEFAULT_DIRECTORY,
    n: Annotated[
        int, typer.Option("--n", min=1, help="Workers side by side, each with its share of cores and GPUs.")
    ] = 1,
    category: Annotated[
        Category | None, typer.Option(help="Only steps of this kind; default: all that fit this machine.")
    ] = None,
    timeout: Annotated[
        int | None, typer.Option(min=1, help="Begin no further step after so many seconds.")
    ] = None,
) -> None:
    """Run submitted steps until none is left. Example: lithicoat work --db mongodb://host/group --n 2."""
    from lithicoat.workflows.cluster.launching import campaign_database

    where, settings = campaign_database(db, cluster)
    if settings is not None:
        os.environ.setdefault("LITHICOAT_FILES", str(settings.files))
        os.environ.setdefault("FW_CONFIG_FILE", str(settings.directory / "FW_config.yaml"))

    from lithicoat.workflows.cluster.working import gpus_here, work, work_side_by_side

    gpus = gpus_here()
    if n > 1:
        given = ["--db", where.uri]
        given += ["--cluster", str(cluster)] if settings is not None else []
        given += ["--category", category.value] if category else []
        given += ["--timeout", str(timeout)] if timeout else []
        raise typer.Exit(work_side_by_side(given, number=n, gpus=gpus))
    takes = _fitting((category,) if category else settings.takes if settings else tuple(Category), gpus=gpus)
    work(where, categories=takes, name=settings.worker if settings else None, timeout_s=timeout)


def _fitting(wanted: tuple[Category, ...], *, gpus: int) -> tuple[Category, ...]:
    """Return the kinds of steps that this machine can take.

    Raises
    ------
    UsageError
        If only steps for a GPU are wanted and there is none.
    """
    fitting = tuple(kind for kind in wanted if gpus or kind is not Category.GPU)
    if not fitting:
        raise UsageError(
            "this machine has no GPU that torch sees, and only steps for one are to be taken",
            where="--category or category in my_fworker.yaml",
            hint="lithicoat cluster check --submit-test tells what a node sees",
        )
    return fitting
