"""How long the rest of a campaign will take, from the steps of the same kind that have finished."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from lithicoat.workflows.standing import Standing, StepState, kind_of_step

__all__ = ["Rest", "RunTimes", "rest_of", "run_times"]

RunTimes = Mapping[str, float]
"""Typical run time of a step in s, by its kind (`diffusion 900 K`) and by its family (`diffusion`)."""


@dataclass(frozen=True)
class Rest:
    """What a campaign still has to do.

    Parameters
    ----------
    steps_s : float
        Run time of the remaining steps, s.
    at_once : int
        Steps that run side by side now.
    unknown : int
        Remaining steps of which none like it has finished: they are left out.
    known : int
        Remaining steps that are counted.
    """

    steps_s: float
    at_once: int
    unknown: int
    known: int

    @property
    def wall_s(self) -> float | None:
        """Time until the end with as many steps at once as now, s; None if none runs.

        Steps that wait for each other may make it longer.
        """
        return self.steps_s / self.at_once if self.at_once else None


def run_times(finished: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return the median run time of finished steps by kind and by family.

    Parameters
    ----------
    finished : iterable of (str, float)
        Name and run time in s of each step that was computed, not reused.
    """
    samples = defaultdict(list)
    for step, seconds in finished:
        for name in {kind_of_step(step), _family(step)}:
            samples[name].append(seconds)
    return {name: median(values) for name, values in samples.items()}


def rest_of(steps: Iterable[StepState], typical: RunTimes, *, now: datetime) -> Rest:
    """Estimate what the steps that run or wait will still take.

    A running step takes what is typical less what it has run; one that runs longer than is typical counts as
    about to end.

    Parameters
    ----------
    steps : iterable of StepState
        Steps of all films.
    typical : mapping of str to float
        See :func:`run_times`.
    now : datetime
        Time of the look.
    """
    steps_s, unknown, known, running = 0.0, 0, 0, 0
    for step in steps:
        if not step.standing.open:
            continue
        running += step.standing is Standing.RUNNING
        expected = typical.get(kind_of_step(step.step), typical.get(_family(step.step)))
        if expected is None:
            unknown += 1
            continue
        known += 1
        spent = (
            (now - step.since).total_seconds() if step.since and step.standing is Standing.RUNNING else 0.0
        )
        steps_s += max(0.0, expected - max(0.0, spent))
    return Rest(steps_s=steps_s, at_once=running, unknown=unknown, known=known)


def _family(step: str) -> str:
    return step.split(" ", 1)[0]
