"""`lithicoat submit`: the campaign of `screen`, sent to FireWorks."""

from typing import TYPE_CHECKING, Annotated

import typer

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.workflows.cluster import DEFAULT_DIRECTORY
from lithicoat.workflows.commands.console import err, out, print_json
from lithicoat.workflows.commands.options import (
    CampaignName,
    Catalog,
    Cluster,
    Coatings,
    Config,
    DatabaseIfGiven,
    Json,
    Library,
    Potential,
    PresetName,
    Seed,
    Trust,
)

if TYPE_CHECKING:
    from lithicoat.workflows.campaign import Campaign
    from lithicoat.workflows.cluster.settings import ClusterSettings

__all__ = ["command"]


def command(
    names: Coatings = None,
    *,
    role: Annotated[
        Electrode | None, typer.Option(help="Films for this electrode, where none are named.")
    ] = None,
    config: Config = None,
    protocol: PresetName = None,
    potential: Potential = None,
    trust: Trust = False,
    db: DatabaseIfGiven = None,
    cluster: Cluster = DEFAULT_DIRECTORY,
    seed: Seed = None,
    name: CampaignName = None,
    library: Library = None,
    catalog: Catalog = None,
    priority: Annotated[int, typer.Option(help="Films of a higher one come first.")] = 0,
    gpus: Annotated[
        bool, typer.Option(help="Steps with long dynamics wait for a worker with a GPU.")
    ] = False,
    worker: Annotated[
        str | None, typer.Option(help="Only workers of this name (lithicoat cluster init --worker).")
    ] = None,
    json: Json = False,
) -> None:
    """Send films to FireWorks, one workflow each. Example: lithicoat submit --preset quick LiGL Li2S."""
    from lithicoat.workflows.cluster.launching import campaign_database, launchpad_at
    from lithicoat.workflows.configuration import CampaignConfig

    where, there = campaign_database(db, cluster)
    campaign = CampaignConfig.read(
        config,
        coatings=tuple(names) if names else None,
        role=role.value if role else None,
        preset=protocol,
        potential=potential,
        db=where,
        seed=seed,
        name=name,
        catalog=catalog,
        library=library,
    ).campaign(trust=trust)
    if there is not None:
        _check(there, campaign)
        _warn(there, gpus=gpus, worker=worker)

    from lithicoat.workflows.cluster.submitting import submit

    done = submit(campaign, where, launchpad_at(where), priority=priority, gpus=gpus, worker=worker)
    if json:
        print_json({"campaign": campaign.name, "added": done.added, "there": done.there, "steps": done.steps})
        return
    out.print(
        f"campaign {campaign.name}: {len(done.added)} films with {done.steps} steps sent to {where}",
        soft_wrap=True,
    )
    for film, state in done.there.items():
        out.print(f"  {film}: sent before ({state.lower()}), left as it is", soft_wrap=True)
    out.print(
        f"Next: lithicoat cluster run qlaunch rapidfire   or, here: lithicoat work --db {where}   "
        f"lithicoat status --watch --db {where}",
        soft_wrap=True,
    )


def _warn(settings: "ClusterSettings", *, gpus: bool, worker: str | None) -> None:
    """Say what will wait for other workers than those of these settings."""
    from lithicoat.workflows.cluster.categories import Category

    if worker not in (None, settings.worker):
        err.print(
            f"note: the workers of {settings.directory} are {settings.worker}; the steps wait for {worker}.",
            soft_wrap=True,
        )
    elif gpus and Category.GPU not in settings.takes:
        err.print(
            f"note: the workers of {settings.directory} have no GPU; long dynamics wait for some that do.",
            soft_wrap=True,
        )


def _check(settings: "ClusterSettings", campaign: "Campaign") -> None:
    """Ask the cluster what takes no time, before anything is queued."""
    from lithicoat.workflows.cluster.checking import check_machine
    from lithicoat.workflows.cluster.findings import require
    from lithicoat.workflows.cluster.probing import needed

    potentials = {campaign.potential, *campaign.substitutes.values()}
    require(check_machine(settings, needed(potentials)))
