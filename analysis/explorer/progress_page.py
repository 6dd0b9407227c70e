"""Campaigns as they run: films, steps, what runs where, what went wrong, how long it still takes."""

from collections.abc import Iterable, Sequence
from typing import Any

from dash import html

from lithicoat.analysis.explorer.parts import bar, note
from lithicoat.analysis.explorer.progress import CampaignStanding, FilmStanding, StepStanding
from lithicoat.analysis.explorer.words import clock, span

__all__ = ["campaign_share", "progress_page", "running_line"]

OVER = {"finished", "reused"}
TOLD = {"running", "failed", "lost", "blocked"}
GOES_ON = {"running", "waiting"}
MOST_FILMS = 60
"""Films with a bar of their own; of more, only those in which something happens."""


def progress_page(standings: Sequence[CampaignStanding]) -> list[html.Section | html.P]:
    """Return all campaigns, the latest first; those that are over are folded away.

    Parameters
    ----------
    standings : sequence of CampaignStanding
        Where they stand.
    """
    if not standings:
        return [note("The database holds no campaign yet. lithicoat screen runs one.")]
    return [_campaign(standing) for standing in standings]


def running_line(standings: Iterable[CampaignStanding]) -> str:
    """Say in one line what runs; nothing if nothing does."""
    lines = []
    for standing in standings:
        if standing.state in GOES_ON:
            rest = f", about {span(standing.rest_s)} left" if standing.rest_s is not None else ""
            lines.append(f"{standing.name} {standing.state}: {_counts(standing)}{rest}")
    return "; ".join(lines)


def campaign_share(films: Iterable[FilmStanding]) -> float:
    """Return which part of all steps is finished, parts of running steps with it."""
    steps = [step for film in films for step in film.steps]
    return sum(map(_share, steps)) / len(steps) if steps else 0.0


def _campaign(standing: CampaignStanding) -> html.Section:
    share = campaign_share(standing.films)
    rest = f"about {span(standing.rest_s)} left" if standing.rest_s is not None else ""
    told = f"{_counts(standing)}{'; ' if rest else ''}{rest}"
    heading: list[Any] = [standing.name, " ", html.Span(standing.state, className=f"state {standing.state}")]
    lines = f"{standing.potential}, protocol {standing.protocol}, last change {clock(standing.updated_at)}"
    shown = _of_interest(standing.films)
    films = html.Div([_film(film) for film in shown], className="filmbars")
    hidden = len(standing.films) - len(shown)
    more = [note(f"and {hidden} films in which nothing runs and nothing failed")] if hidden else []
    body = [films, *more]
    return html.Section(
        [
            html.H3(heading),
            html.P(lines, className="small"),
            bar(share, text=f"{share:.0%} of the steps", kind=standing.state),
            html.P(told),
            html.Details([html.Summary("Films"), *body], open=standing.state != "finished"),
        ],
        className="card campaign",
    )


def _counts(standing: CampaignStanding) -> str:
    done = sum(film.recorded for film in standing.films)
    numbers: dict[str, int] = {}
    for film in standing.films:
        for step in film.steps:
            numbers[step.standing.value] = numbers.get(step.standing.value, 0) + 1
    steps = ", ".join(f"{number} {word}" for word, number in numbers.items())
    return f"{done} of {len(standing.films)} films done" + (f"; steps: {steps}" if steps else "")


def _of_interest(films: Sequence[FilmStanding]) -> list[FilmStanding]:
    if len(films) <= MOST_FILMS:
        return list(films)
    return [film for film in films if any(step.standing.value in TOLD for step in film.steps)]


def _film(film: FilmStanding) -> html.Div:
    share = 1.0 if film.recorded else campaign_share([film])
    over = sum(step.standing.value in OVER for step in film.steps)
    told = f"{film.coating}: {over} of {len(film.steps)} steps" if film.steps else f"{film.coating}: waiting"
    kinds = {step.standing.value for step in film.steps}
    kind = "failed" if kinds & {"failed", "lost"} else "running" if "running" in kinds else ""
    events = [_event(step) for step in film.steps if step.standing.value in TOLD]
    return html.Div(
        [
            html.Div(
                [html.Strong(film.coating), html.Span("done" if film.recorded else told.partition(": ")[2])]
            ),
            bar(share, text=told, kind=kind),
            html.Ul(events) if events else None,
        ],
        className="filmbar",
    )


def _event(step: StepStanding) -> html.Li:
    standing = step.standing.value
    words: list[Any] = [html.Span(standing, className=f"state {standing}"), f" {step.step}"]
    if step.reason:
        return html.Li([*words, f": {step.reason}"])
    place = f" on {step.host}" if step.host else ""
    since = f" since {clock(step.since)[11:]}" if step.since is not None else ""
    if step.done is None or not step.total:
        return html.Li([*words, place, since])
    far = f"{step.done:.3g} of {step.total:.3g} {step.unit}"
    return html.Li(
        [*words, f"{place}{since}, {far}", bar(_share(step), text=f"{step.step}: {far}", kind="running")]
    )


def _share(step: StepStanding) -> float:
    """Return which part of a step is finished."""
    if step.standing.value in OVER:
        return 1.0
    if step.standing.value == "running" and step.done is not None and step.total:
        return min(max(step.done / step.total, 0.0), 1.0)
    return 0.0
