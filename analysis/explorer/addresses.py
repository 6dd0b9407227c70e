"""Which page of the explorer an address shows."""

__all__ = [
    "COMPARISON",
    "COMPARISON_VIEW",
    "FILM",
    "FILMS_VIEW",
    "FILM_VIEW",
    "PROGRESS",
    "PROGRESS_VIEW",
    "VIEWS",
    "view_of",
]

FILM, COMPARISON, PROGRESS = "/film/", "/compare", "/progress"
FILMS_VIEW, FILM_VIEW, COMPARISON_VIEW, PROGRESS_VIEW = VIEWS = (
    "films-view",
    "film-view",
    "comparison-view",
    "progress-view",
)
"""Ids of the parts of the page, of which one is shown."""


def view_of(path: str | None) -> str:
    """Return the id of the part that an address shows."""
    if path is not None and path.startswith(FILM):
        return FILM_VIEW
    return {COMPARISON: COMPARISON_VIEW, PROGRESS: PROGRESS_VIEW}.get(path or "/", FILMS_VIEW)
