"""Campaigns in the terminal: films × steps, what runs where, what went wrong, how long it still takes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lithicoat.workflows.commands.display import duration
from lithicoat.workflows.standing import CampaignState, Engine, FilmState, Standing, StepState, kind_of_step

__all__ = ["LEGEND", "as_table", "changes", "summary"]

MARKS = {
    Standing.FINISHED: "✓",
    Standing.REUSED: "↺",
    Standing.RUNNING: "▶",
    Standing.WAITING: "·",
    Standing.FAILED: "✗",
    Standing.LOST: "?",
    Standing.BLOCKED: "–",
}
STYLES = {Standing.RUNNING: "green", Standing.FAILED: "red", Standing.LOST: "yellow"}
LEGEND = "  ".join(f"{mark} {standing.value}" for standing, mark in MARKS.items())
TOLD = {Standing.RUNNING, Standing.FAILED, Standing.LOST}
"""Standings that get a line of their own."""
MOST_FILMS = 40
"""Films in a table: of more, those in which nothing happens are only counted."""
NARROW = 12


def as_table(campaigns: Iterable[CampaignState], *, now: datetime | None = None) -> RenderableType:
    """Return all campaigns as tables, with the lines that explain them."""
    now = now or datetime.now(UTC)
    parts: list[RenderableType] = []
    for campaign in campaigns:
        parts.append(Text(_heading(campaign)))
        shown = _of_interest(campaign.films)
        parts.append(_films(shown))
        parts += [Text(line, style=style) for line, style in _lines(shown, now)]
        if hidden := len(campaign.films) - len(shown):
            parts.append(Text(f"  and {hidden} films in which nothing runs and nothing failed"))
        parts += [Text(line) for line in (*summary(campaign), *_remedies(campaign))]
    parts.append(Text(LEGEND, style="dim"))
    return Group(*parts)


def summary(campaign: CampaignState) -> list[str]:
    """Count films and steps, and say how long the rest will take."""
    done = sum(film.recorded for film in campaign.films)
    counts = [
        f"{number} {standing.value}"
        for standing in Standing
        if (number := campaign.count(standing)) or standing is Standing.FINISHED
    ]
    lines = [f"{done} of {len(campaign.films)} films done; steps: {' · '.join(counts)}"]
    if campaign.rest_steps_s is not None:
        running = campaign.count(Standing.RUNNING)
        rest = f"about {duration(campaign.rest_steps_s)} of run time left"
        if campaign.rest_s is not None and running > 1:
            rest += f", {duration(campaign.rest_s)} with {running} steps at once"
        if campaign.unknown:
            rest += f", not counting {campaign.unknown} of which none like it has finished"
        lines.append(rest)
    return lines


def _remedies(campaign: CampaignState) -> Iterator[str]:
    queued = [film for film in campaign.films if film.engine is Engine.FIREWORKS]
    if any(film.count(Standing.LOST) for film in queued):
        yield "lithicoat retry --lost puts lost steps back into the queue"
    if any(film.count(Standing.FAILED) for film in queued):
        yield "lithicoat retry FILM puts its failed steps back, once their cause is mended"


def changes(before: CampaignState | None, after: CampaignState) -> Iterator[str]:
    """Tell in one line each what became of steps between two looks; at first, what is not quiet."""
    was = (
        {(film.coating, step.step): step.standing for film in before.films for step in film.steps}
        if before
        else {}
    )
    for film in after.films:
        for step in film.steps:
            old = was.get((film.coating, step.step))
            new = step.standing in TOLD if old is None else step.standing is not old
            if new:
                place = f" on {step.host}" if step.standing is Standing.RUNNING and step.host else ""
                reason = f": {step.reason}" if step.reason else ""
                yield f"{film.coating} {step.step} {step.standing.value}{place}{reason}"


def _heading(campaign: CampaignState) -> str:
    engines = {film.engine for film in campaign.films}
    engine = "   FireWorks" if Engine.FIREWORKS in engines else ""
    return (
        f"campaign {campaign.name}   {campaign.state}{engine}   {campaign.potential}   {campaign.protocol}   "
        f"last change {campaign.updated_at.astimezone():%Y-%m-%d %H:%M}"
    )


def _of_interest(films: tuple[FilmState, ...]) -> tuple[FilmState, ...]:
    if len(films) <= MOST_FILMS:
        return films
    return tuple(film for film in films if any(step.standing in TOLD for step in film.steps))


def _films(films: Iterable[FilmState]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=True)
    table.add_column(no_wrap=True, min_width=NARROW)
    table.add_column(no_wrap=True)
    table.add_column()
    for film in films:
        table.add_row(film.coating, "done" if film.recorded else "not done", _marks(film.steps))
    return table


def _marks(steps: Iterable[StepState]) -> Text:
    """Write `relax ✓✓▶`: one mark per replica, in the order of the steps."""
    text, kinds = Text(), defaultdict(list)
    for step in steps:
        kinds[kind_of_step(step.step)].append(step)
    for kind, alike in kinds.items():
        text.append(("  " if text else "") + kind.replace(" ", "\N{NO-BREAK SPACE}") + "\N{NO-BREAK SPACE}")
        for step in alike:
            text.append(MARKS[step.standing], style=STYLES.get(step.standing, ""))
    return text or Text("waiting")


def _lines(films: Iterable[FilmState], now: datetime) -> Iterator[tuple[str, str]]:
    for film in films:
        for step in film.steps:
            if step.standing not in TOLD:
                continue
            told = f": {step.reason}" if step.reason else _whereabouts(step, now)
            mark = MARKS[step.standing]
            yield (
                f"  {mark} {film.coating} {step.step} {step.standing.value}{told}",
                STYLES.get(step.standing, ""),
            )


def _whereabouts(step: StepState, now: datetime) -> str:
    told = f" on {step.host}" if step.host else ""
    if step.since is not None:
        told += f" for {duration(max(0.0, (now - step.since).total_seconds()))}"
    if step.done is not None and step.total:
        told += f", {step.done:.3g} of {step.total:.3g} {step.unit}"
    return told
