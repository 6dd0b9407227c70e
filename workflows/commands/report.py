"""`lithicoat report`: one HTML file with the ranking, the evidence and the data, to be mailed."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.options import Database, Json, Seed

if TYPE_CHECKING:
    from lithicoat.analysis.pairs.table import RankedPair
    from lithicoat.analysis.report.screening import Screening

__all__ = ["command"]

MEGABYTE = 1e6


def command(
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")] = Path("report.html"),
    campaign: Annotated[str | None, typer.Option(help="A campaign by name; default: the latest.")] = None,
    draws: Annotated[
        int, typer.Option(min=1, help="How often every property is drawn from its error.")
    ] = 10_000,
    seed: Seed = None,
    db: Database = Path("lithicoat.db"),
    json: Json = False,
) -> None:
    """Write one HTML file that opens anywhere, without a network. Example: lithicoat report -o films.html."""
    from lithicoat.analysis.database import Database as ScreeningDatabase
    from lithicoat.analysis.report.cautions import Weight, cautions
    from lithicoat.analysis.report.screening import gather
    from lithicoat.analysis.report.writing import write_screening

    found = gather(ScreeningDatabase(db), campaign=campaign, seed=seed or 0, draws=draws)
    screening = replace(found, pairs=_pairs(found))
    file = write_screening(screening, output)
    told = [caution.text for caution in cautions(screening) if caution.weight is Weight.WARNING]
    if json:
        films = [record.coating for record in screening.records]
        print_json({"file": str(file), "campaign": screening.campaign.name, "films": films, "warnings": told})
        return
    size = file.stat().st_size / MEGABYTE
    out.print(
        f"report {file}: campaign {screening.campaign.name}, {len(screening.records)} films, {size:.1f} MB",
        soft_wrap=True,
    )
    for text in told:
        out.print(f"  warning: {text}", soft_wrap=True)


def _pairs(screening: "Screening") -> "list[RankedPair]":
    """Rank the pairs of a campaign that has films for both electrodes."""
    from lithicoat.workflows.commands.pairs import ranked_pairs

    anode, cathode = screening.sheets[Electrode.ANODE], screening.sheets[Electrode.CATHODE]
    if not anode.films or not cathode.films:
        return []
    where = screening.database.where
    return ranked_pairs(anode, cathode, screening.records, where, seed=screening.seed, draws=screening.draws)
