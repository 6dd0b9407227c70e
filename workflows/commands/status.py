"""`lithicoat status`: films × steps of the campaigns in a database."""

from pathlib import Path

from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.options import Database, Json

__all__ = ["command"]


def command(*, db: Database = Path("lithicoat.db"), json: Json = False) -> None:
    """Show which films and steps are finished or failed. Example: lithicoat status --db lithicoat.db."""
    from lithicoat.workflows.crystals.survey import survey

    campaigns = survey(db)
    if json:
        print_json(campaigns)
        return
    for campaign in campaigns:
        out.print(
            f"campaign {campaign.name}   {campaign.state}   {campaign.potential}   {campaign.protocol}   "
            f"last change {campaign.updated_at:%Y-%m-%d %H:%M}",
            soft_wrap=True,
        )
        for film in campaign.films:
            done = f"{len(film.finished)} steps finished"
            state = "done" if film.recorded else "not finished"
            out.print(f"  {film.coating:12s} {state:14s} {done}", soft_wrap=True)
            for step, reason in film.failures.items():
                out.print(f"      failed: {step}: {reason}", soft_wrap=True)
