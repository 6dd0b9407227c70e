"""`lithicoat screen`: the main job."""

import shlex
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.mongodb import MongoDatabase, Where
from lithicoat.workflows.commands.console import ExitCode, err, out, print_json
from lithicoat.workflows.commands.options import (
    CampaignName,
    Catalog,
    Coatings,
    Config,
    DatabaseIfGiven,
    Json,
    Library,
    Potential,
    PresetName,
    Quiet,
    Seed,
    Trust,
)

if TYPE_CHECKING:  # the engine loads only when the command runs
    from lithicoat.workflows.campaign import Campaign

__all__ = ["command"]


def command(
    names: Coatings = None,
    *,
    role: Annotated[
        Electrode | None, typer.Option(help="Films for this electrode, where none are named; only its table.")
    ] = None,
    config: Config = None,
    protocol: PresetName = None,
    potential: Potential = None,
    trust: Trust = False,
    db: DatabaseIfGiven = None,
    seed: Seed = None,
    name: CampaignName = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Films side by side; default: one per core, one on a GPU.")
    ] = None,
    library: Library = None,
    catalog: Catalog = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Screen films here; run again, it resumes. Example: lithicoat screen --preset quick Li2S LiGL."""
    from lithicoat.workflows.configuration import CampaignConfig

    settings = CampaignConfig.read(
        config,
        coatings=tuple(names) if names else None,
        role=role.value if role else None,
        preset=protocol,
        potential=potential,
        db=db,
        seed=seed,
        name=name,
        catalog=catalog,
        library=library,
    )
    campaign = settings.campaign(trust=trust)

    from lithicoat.workflows.campaign import run_campaign
    from lithicoat.workflows.commands.display import CampaignDisplay
    from lithicoat.workflows.dynamics.deadline import interrupted_in_time

    display = CampaignDisplay(len(campaign.coatings), greeting=_greeting(campaign, settings.db), quiet=quiet)
    try:
        with display.shown(), interrupted_in_time():
            run_campaign(campaign, settings.db, display, workers=workers or _default_workers())
    except KeyboardInterrupt as interrupt:
        why = f" ({interrupt})" if str(interrupt) else ""
        err.print(
            f"interrupted{why}: {display.done} of {display.films} films done, finished steps and checkpoints "
            f"are kept in {settings.db}. The same command goes on where it stopped.",
            soft_wrap=True,
        )
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    err.print(
        f"{display.computed} steps computed, {display.reused} reused, {display.failed} films with failures"
    )
    _answer(campaign, settings.db, [role] if role else tuple(Electrode), json=json)
    if display.failed == display.films:
        raise typer.Exit(ExitCode.FAILED)


def _default_workers() -> int:
    """One film per core: cells are too small to share a step among cores. One film at a time on a GPU."""
    from lithicoat.workflows.potentials.calculators import threads

    return 1 if shutil.which("nvidia-smi") else threads()


def _greeting(campaign: "Campaign", db: Where) -> list[str]:
    from lithicoat.analysis.films.structure import FEWEST_REPLICAS
    from lithicoat.workflows.potentials.calculators import threads
    from lithicoat.workflows.potentials.registry import info
    from lithicoat.workflows.steps import files_directory
    from lithicoat.workflows.storage import open_store

    potential = info(campaign.potential)
    described = f"{potential.level_of_theory}, sha {campaign.potential.sha256[:4]}…, {potential.licence}"
    films = f"campaign {campaign.name}   {len(campaign.coatings)} films"
    lines = [f"{films} · potential {potential.id} ({described}) · {threads()} cores · db {db}"]
    if isinstance(db, MongoDatabase):
        files = files_directory(open_store(db))
        lines.append(f"files of the steps in {files} (LITHICOAT_FILES: a directory that all machines see)")
    if campaign.substitutes:
        others = sorted({other.id for other in campaign.substitutes.values()})
        lines.append(
            f"{', '.join(campaign.substitutes)} by {' and '.join(others)}: {potential.id} does not cover them"
        )
    if campaign.protocol.try_out:
        lines.append(
            "TRY-OUT PROTOCOL: small cells, short runs; trends only. "
            "For numbers to publish: --preset production"
        )
    if (replicas := campaign.protocol.build.replicas) < FEWEST_REPLICAS:
        lines.append(f"replicas of an amorphous film: {replicas}, too few to show its spread")
    return lines


def _answer(campaign: "Campaign", db: Where, electrodes: Sequence[Electrode], *, json: bool) -> None:
    from lithicoat.analysis.decision.ranking import ranked
    from lithicoat.analysis.decision.sheet import judge
    from lithicoat.workflows.commands.suggestions import what_would_change_most
    from lithicoat.workflows.commands.tables import print_ranking, records_to_rank

    records = records_to_rank(db, campaign.name)
    sheets = {electrode.value: judge(records, electrode) for electrode in electrodes}
    rankings = {electrode: ranked(sheet) for electrode, sheet in sheets.items()}
    if json:
        print_json(rankings)
        return
    for name, films in rankings.items():
        print_ranking(name, films, records)
        if change := what_would_change_most(sheets[name], records):
            out.print(change, soft_wrap=True)
    name = shlex.quote(str(db))
    out.print(
        f"Report: lithicoat report -o report.html --db {name}   Look: lithicoat serve --db {name}   "
        f"Next: lithicoat rank --role pair --db {name}",
        soft_wrap=True,
    )
