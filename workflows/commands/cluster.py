"""`lithicoat cluster`: the settings of a cluster, whether it can run a campaign, and FireWorks' own tools."""

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lithicoat.workflows.cluster import DEFAULT_DIRECTORY
from lithicoat.workflows.cluster.categories import Category
from lithicoat.workflows.cluster.queues import QueueSystem
from lithicoat.workflows.commands.console import ExitCode, err, out, print_json
from lithicoat.workflows.commands.findings import shown
from lithicoat.workflows.commands.options import Cluster, Json, Potential
from lithicoat.workflows.errors import UsageError

if TYPE_CHECKING:
    from lithicoat.workflows.cluster.queues import Partition
    from lithicoat.workflows.cluster.settings import ClusterSettings

__all__ = ["app"]

LONGEST_S = 24 * 3600
"""Walltime where a queue allows more, or knows no limit."""
TOOLS = ("lpad", "qlaunch", "rlaunch")

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help="The queue of a cluster: settings, checks, FireWorks' tools.",
)


@app.command()
def init(
    *,
    db: Annotated[str, typer.Option("--db", help="The group's MongoDB: mongodb://USER@HOST:PORT/NAME.")],
    directory: Annotated[
        Path, typer.Option("-o", "--output", help="Where the files go.")
    ] = DEFAULT_DIRECTORY,
    engine: Annotated[QueueSystem | None, typer.Option(help="Default: what this machine has.")] = None,
    queue: Annotated[str | None, typer.Option(help="Partition or queue; default: the cluster's own.")] = None,
    account: Annotated[str | None, typer.Option(help="What is charged; default: your own.")] = None,
    walltime: Annotated[
        str | None, typer.Option(help="Of a queue job, 24:00:00; default: the queue's limit, at most a day.")
    ] = None,
    cpus: Annotated[int, typer.Option(min=1, help="Threads of a step; cells are small, one is best.")] = 1,
    side_by_side: Annotated[
        int | None,
        typer.Option(min=1, help="Steps a job computes at a time; default: 1, or a whole node's worth."),
    ] = None,
    gpus: Annotated[
        int | None, typer.Option(min=0, help="GPUs of a queue job; default: 1 if there are.")
    ] = None,
    worker: Annotated[
        str | None, typer.Option(help="Name of the queue's workers; default: system and queue, slurm-night.")
    ] = None,
    files: Annotated[
        Path | None, typer.Option(help="Trajectories and checkpoints; all nodes must see it.")
    ] = None,
    keep_password: Annotated[
        bool, typer.Option("--keep-password", help="Keep the password in a file that only you can read.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write files anew that are there.")] = False,
    json: Json = False,
) -> None:
    """Write the files of FireWorks and jobflow. Example: lithicoat cluster init --db mongodb://me@db/films."""
    from lithicoat.workflows.cluster.passwords import keep_password as keep
    from lithicoat.workflows.cluster.queues import account as own_account
    from lithicoat.workflows.cluster.queues import detect, parallel_environment, partitions
    from lithicoat.workflows.cluster.settings import ClusterSettings
    from lithicoat.workflows.cluster.templates import write

    database = _database(db)
    system = engine or detect()
    chosen = _chosen(partitions(system), queue)
    place = directory.expanduser().absolute()
    name = chosen.name if chosen else queue
    cards = min(chosen.gpus, 1) if gpus is None and chosen else gpus or 0
    settings = ClusterSettings(
        directory=place,
        db=database,
        engine=system,
        queue=name,
        account=account or (own_account() if system is QueueSystem.SLURM else None),
        walltime_s=_walltime(walltime, chosen),
        cpus=cpus,
        side_by_side=side_by_side or _side_by_side(chosen, cpus),
        gpus=cards,
        worker=worker or f"{system.value}-{name or 'default'}",
        takes=(Category.GPU, Category.CPU) if cards else (Category.CPU,),
        files=(files or place / "files").expanduser().absolute(),
        python=Path(sys.executable),
        version=version("lithicoat"),
    )
    environment = parallel_environment() if system is QueueSystem.SGE else "smp"
    password = _password(settings) if keep_password else None
    written = write(settings, parallel_environment=environment, force=force)
    kept = keep(password) if password else None
    if json:
        print_json({"files": [str(file) for file in written], "settings": settings})
        return
    _say(settings, written, kept)


@app.command()
def check(
    *,
    cluster: Cluster = DEFAULT_DIRECTORY,
    submit_test: Annotated[
        bool, typer.Option("--submit-test", help="Also send a trivial job through the queue.")
    ] = False,
    patience: Annotated[int, typer.Option(min=1, help="Seconds to wait for that job.")] = 300,
    campaign: Annotated[str | None, typer.Option(help="Look for the weights of this campaign.")] = None,
    potential: Potential = None,
    json: Json = False,
) -> None:
    """Try what a campaign needs, and say what to mend. Example: lithicoat cluster check --submit-test."""
    from lithicoat.workflows.cluster.checking import check as check_here
    from lithicoat.workflows.cluster.checking import not_tried
    from lithicoat.workflows.cluster.findings import Verdict
    from lithicoat.workflows.cluster.settings import read_settings
    from lithicoat.workflows.cluster.trial import try_node

    settings = read_settings(cluster)
    potentials = _potentials(settings, campaign, potential)
    found = shown(check_here(settings, potentials), json=json)
    nodes = try_node(settings, potentials, patience_s=patience) if submit_test else [not_tried(settings)]
    found += shown(nodes, json=json)
    mend = [finding for finding in found if finding.verdict is Verdict.MEND]
    if json:
        print_json({"ok": not mend, "findings": found})
    if mend:
        raise typer.Exit(ExitCode.BAD_INPUT)


@app.command(
    "run",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
)
def run_tool(
    context: typer.Context,
    tool: Annotated[str, typer.Argument(help="lpad, qlaunch or rlaunch, and what they take.")],
    *,
    cluster: Cluster = DEFAULT_DIRECTORY,
) -> None:
    """Run a tool of FireWorks with the files and the password. Example: lithicoat cluster run lpad report."""
    if tool not in TOOLS:
        raise UsageError(
            f"{tool} is no tool of FireWorks", where="TOOL", hint=f"there are {', '.join(TOOLS)}"
        )
    if tool == "qlaunch" and {"-r", "--reserve"} & set(context.args):
        raise UsageError(
            "queue jobs here take steps of their kind, one after the other, and none in particular",
            where="--reserve",
            hint="leave it out; steps find the right jobs by category (lithicoat submit --gpus, --worker)",
        )
    from lithicoat.workflows.cluster.passwords import launchpad_file
    from lithicoat.workflows.cluster.settings import read_settings

    settings = read_settings(cluster)
    os.environ["FW_CONFIG_FILE"] = str(settings.directory / "FW_config.yaml")
    os.environ["JOBFLOW_CONFIG_FILE"] = str(settings.directory / "jobflow.yaml")
    with launchpad_file(settings) as launchpad:
        code = _fireworks(tool, ["-l", str(launchpad), "-c", str(settings.directory), *context.args])
    raise typer.Exit(code)


def _fireworks(tool: str, arguments: list[str]) -> int:
    """Run the main function of a tool; FireWorks reads its settings as it loads."""
    from importlib import import_module

    main = getattr(import_module(f"fireworks.scripts.{tool}_run"), tool)
    try:
        return int(main(arguments) or 0)
    except SystemExit as end:  # argparse
        return end.code if isinstance(end.code, int) else int(bool(end.code))


def _database(uri: str) -> str:
    """Return the URI of the database, which holds no password."""
    from lithicoat.analysis.mongodb import PASSWORD, located
    from lithicoat.workflows.cluster.launching import shared

    database = shared(located(uri))
    if database.typed is not None:
        raise UsageError(
            f"the URI of {database} holds a password, which would stand in files that others may read",
            where="--db",
            hint=f"leave it out, and set {PASSWORD} or keep it in a file with --keep-password",
        )
    return database.uri


def _chosen(found: list["Partition"], queue: str | None) -> "Partition | None":
    """Return the partition that is asked for, else the default, else the only one."""
    if not found:
        return None
    if queue is None:
        defaults = [each for each in found if each.default] or (found if len(found) == 1 else [])
        if not defaults:
            raise UsageError(
                "the cluster has no default queue",
                where="--queue",
                hint=f"name one of {', '.join(each.name for each in found)}",
            )
        return defaults[0]
    for each in found:
        if each.name == queue:
            return each
    raise UsageError(
        f"there is no queue {queue}",
        where="--queue",
        hint=f"there are {', '.join(each.name for each in found)}",
    )


def _side_by_side(chosen: "Partition | None", cpus: int) -> int:
    """Use all cores where a job gets whole nodes."""
    if chosen is None or not chosen.whole or chosen.cpus is None:
        return 1
    return max(1, chosen.cpus // cpus)


def _walltime(given: str | None, chosen: "Partition | None") -> int:
    from lithicoat.workflows.cluster.queues import seconds
    from lithicoat.workflows.cluster.settings import clock

    limit = chosen.limit_s if chosen else None
    if given is None:
        return min(limit or LONGEST_S, LONGEST_S)
    asked = seconds(given)
    if not asked:
        raise UsageError(f"{given} is no walltime of a job", where="--walltime", hint="24:00:00, for example")
    if chosen and limit is not None and asked > limit:
        raise UsageError(
            f"queue {chosen.name} allows {clock(limit)}, and {given} is asked for", where="--walltime"
        )
    return asked


def _password(settings: "ClusterSettings") -> str:
    """Return the password that is to be kept: of the environment, else asked for."""
    from lithicoat.analysis.mongodb import PASSWORD

    user = settings.database.user
    if user is None:
        raise UsageError(
            f"{settings.db} names no user, so there is no password to keep",
            where="--keep-password",
            hint="give mongodb://USER@HOST:PORT/NAME",
        )
    if password := os.environ.get(PASSWORD):
        return password
    if not sys.stdin.isatty():
        raise UsageError(f"there is no password to keep: {PASSWORD} is not set", where="--keep-password")
    return str(typer.prompt(f"Password of {user}", hide_input=True, err=True))


def _say(settings: "ClusterSettings", written: list[Path], kept: Path | None) -> None:
    from lithicoat.analysis.mongodb import PASSWORD
    from lithicoat.workflows.cluster.checking import described

    out.print(f"{settings.directory}: {described(settings)}", soft_wrap=True)
    out.print(f"  {', '.join(file.name for file in written)}", soft_wrap=True)
    out.print(f"  trajectories and checkpoints: {settings.files}; all nodes must see it", soft_wrap=True)
    if kept:
        out.print(f"  password: {kept} (mode 600)", soft_wrap=True)
    elif settings.database.user and not settings.database.password():
        jobs = (
            ""
            if settings.engine is QueueSystem.SLURM
            else f"; jobs of {settings.engine.value.upper()} need its file"
        )
        err.print(
            f"note: no password of {settings.database.user} is known: set {PASSWORD}, or keep it in a file "
            f"with --keep-password{jobs}.",
            soft_wrap=True,
        )
    where = "" if settings.directory == DEFAULT_DIRECTORY.absolute() else f" --cluster {settings.directory}"
    out.print(f"Next: lithicoat cluster check --submit-test{where}", soft_wrap=True)


def _potentials(settings: "ClusterSettings", campaign: str | None, potential: str | None) -> dict[str, str]:
    """Return the sha256 of the weights to look for, by the potential's id or file."""
    from lithicoat.workflows.potentials.registry import DEFAULT_POTENTIAL, list_potentials, resolve

    known = {entry.id: entry.sha256 or "" for entry in list_potentials()}
    if campaign is None:
        name = potential or DEFAULT_POTENTIAL
        if name in known:
            return {name: known[name]}
        ref = resolve(name)
        return {ref.path or ref.id: ref.sha256}
    from lithicoat.analysis.database import read_campaigns

    found = read_campaigns(settings.database)
    record = next((each for each in found if each.name == campaign), None)
    if record is None:
        raise UsageError(
            f"there is no campaign {campaign} in {settings.database}",
            where="--campaign",
            hint=f"there are {', '.join(each.name for each in found) or 'none yet'}",
        )
    names = {sha256: name for name, sha256 in known.items()} | {record.sha256: record.potential}
    return {names.get(sha256, sha256): sha256 for sha256 in {record.sha256, *record.substitutes.values()}}
