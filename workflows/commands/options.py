"""Options that several commands share, defined once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lithicoat.analysis.mongodb import Where, located
from lithicoat.workflows.protocols import Preset

__all__ = [
    "CampaignName",
    "Catalog",
    "Cluster",
    "ClusterIfGiven",
    "Coatings",
    "Config",
    "Database",
    "DatabaseIfGiven",
    "Figures",
    "Json",
    "Library",
    "Potential",
    "PresetName",
    "Quiet",
    "Seed",
    "Trust",
]

CampaignName = Annotated[
    str | None, typer.Option("--name", help="Name of the campaign; default: preset and date.")
]
Coatings = Annotated[list[str] | None, typer.Argument(help="Coatings; default: the nine mission films.")]
Config = Annotated[Path | None, typer.Option("--config", help="Settings of the campaign (TOML).")]
Figures = Annotated[
    Path | None, typer.Option("--figures", help="Write figures (PDF, SVG) into this directory.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress; failures only.")]
Catalog = Annotated[
    Path | None, typer.Option("--catalog", help="A catalog of your own (TOML), added to the shipped one.")
]
if TYPE_CHECKING:
    Place = Where
else:
    Place = Any  # typer knows no unions; the parser returns either kind of database
DATABASE = "Database: a directory, or mongodb://USER@HOST/NAME; the password in LITHICOAT_MONGODB_PASSWORD."
Database = Annotated[Place, typer.Option("--db", parser=located, metavar="DIR|URI", help=DATABASE)]
DatabaseIfGiven = Annotated[
    Place | None,
    typer.Option("--db", parser=located, metavar="DIR|URI", help=f"{DATABASE} Default: ./lithicoat.db."),
]
CLUSTER_OPTION = typer.Option("--cluster", help="Directory of the cluster's settings; default ./cluster.")
Cluster = Annotated[Path, CLUSTER_OPTION]
ClusterIfGiven = Annotated[Path | None, CLUSTER_OPTION]
Library = Annotated[
    str | None, typer.Option("--library", help="Films of a library: polyols, lithicones that could be.")
]
Potential = Annotated[
    str | None, typer.Option("--potential", help="Name from `lithicoat potentials`, or a MACE .model file.")
]
PresetName = Annotated[Preset | None, typer.Option("--preset", help="How long and how large.")]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="The same seed gives the same result.")]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust", help="Open this local model file, now and later: it is a pickle and may run code."
    ),
]
