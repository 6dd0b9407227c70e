"""What the steps of a film are and how each of them ended, kept for `status` where films run here."""

from typing import Any

from jobflow import Flow, JobStore

from lithicoat.workflows.progress import Outcome
from lithicoat.workflows.storage import sibling

__all__ = ["FilmLog"]


class FilmLog:
    """The plan of one film in the collection `films`; one process writes it, for as long as it runs the film.

    Parameters
    ----------
    store : JobStore
        The database.
    flow : Flow
        All steps of the film; the last one writes the record.
    """

    def __init__(self, store: JobStore, flow: Flow) -> None:
        facts = flow.jobs[0].metadata
        self._films = sibling(store, "films", index="film")
        self._document: dict[str, Any] = {
            "film": f"{facts['campaign']}/{facts['coating']}",
            **{name: facts[name] for name in ("campaign", "coating", "sha256", "protocol", "seed")},
            "steps": [job.name for job in flow.jobs][:-1],
            "outcomes": [],
            "ended": False,
        }
        self._write()

    def note(self, step: str, outcome: Outcome) -> None:
        """Write down how a step ended."""
        self._document["outcomes"].append({"step": step, "outcome": outcome.value})
        self._write()

    def close(self) -> None:
        """Write down that the film is over."""
        self._document["ended"] = True
        self._write()

    def _write(self) -> None:
        self._films.update(self._document, key=["film"])
