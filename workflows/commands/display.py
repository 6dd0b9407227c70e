"""Progress on stderr: which film, which step, how much is done, how long it still takes."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskID, TextColumn

from lithicoat.workflows.commands.console import err
from lithicoat.workflows.progress import Outcome

__all__ = ["CampaignDisplay", "StepDisplay", "duration"]

MARKS = {Outcome.DONE: "✓", Outcome.REUSED: "↺", Outcome.FAILED: "✗"}


def duration(seconds: float) -> str:
    """Say how long something takes, in the words of a person: `40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


class StepDisplay:
    """One bar for the running step; plain lines where stderr is no terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.live = err.is_terminal and not quiet
        self.quiet = quiet
        self.reused = 0
        self.computed = 0
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=16),
            TextColumn("{task.fields[detail]}"),
            console=err,
            transient=True,
        )
        self._task: TaskID | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the bars while the context lasts."""
        if not self.live:
            yield
            return
        with self._bars:
            yield

    def started(self, step: str) -> None:
        """Begin a bar."""
        if self.live:
            self._drop()
            self._task = self._bars.add_task(self._label(step), total=None, detail="")

    def advanced(self, label: str, done: float, total: float, unit: str) -> None:
        """Move the bar."""
        if self.live and self._task is not None:
            detail = f"{label} {done:.3g} of {total:.3g} {unit}{self._time_left()}"
            self._bars.update(self._task, completed=done, total=total, detail=detail)

    def ended(self, step: str, outcome: Outcome) -> None:
        """Count the step, and tell of it where there is no bar."""
        self._drop()
        self.reused += outcome is Outcome.REUSED
        self.computed += outcome is Outcome.DONE
        if not self.live and not self.quiet and outcome is not Outcome.REUSED:
            err.print(f"{self._label(step)} {MARKS[outcome]}")

    def _drop(self) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None

    def _label(self, step: str) -> str:
        return step

    def _time_left(self) -> str:
        return ""


class CampaignDisplay(StepDisplay):
    """Films one below the other, each with the marks of its steps.

    Parameters
    ----------
    films : int
        Number of films in the campaign.
    greeting : sequence of str
        What is said once the campaign starts.
    quiet : bool
        Show failures only.
    """

    def __init__(self, films: int, *, greeting: Sequence[str] = (), quiet: bool = False) -> None:
        super().__init__(quiet=quiet)
        self.films, self.done, self.failed = films, 0, 0
        self.greeting = greeting
        self._film, self._marks = "", ""
        self._steps, self._ended = 1, 0
        self._began = time.monotonic()

    def campaign_started(self) -> None:
        """Say what is about to run."""
        if not self.quiet:
            for line in self.greeting:
                err.print(line, soft_wrap=True)

    def film_started(self, coating: str, steps: tuple[str, ...]) -> None:
        """Begin the line of a film."""
        self._film, self._marks = coating, ""
        self._steps, self._ended = len(steps), 0

    def ended(self, step: str, outcome: Outcome) -> None:
        """Add the mark of a step to the film's line."""
        super().ended(step, outcome)
        self._ended += 1
        self._marks += f"  {step} {MARKS[outcome]}"

    def film_ended(self, coating: str, failures: dict[str, str]) -> None:
        """Close the line of a film and tell of its failures."""
        self.done += 1
        self.failed += bool(failures)
        for step, reason in failures.items():
            err.print(
                f"failed: {coating} {step}: {reason.rstrip('.')}. The other films go on.", soft_wrap=True
            )
        if not self.quiet:
            line = f"{coating:9s}{self._marks}"
            state = (
                f"{self.done} of {self.films} films done · {self.failed} failed · {self.reused} steps reused"
            )
            err.print(line, soft_wrap=True)
            err.print(state + self._time_left(), soft_wrap=True)

    def _label(self, step: str) -> str:
        return f"{self._film:9s} {step}"

    def _time_left(self) -> str:
        films_done = self.done + min(1.0, self._ended / self._steps) * (self.done < self.films)
        if not self.computed or films_done >= self.films:
            return ""
        elapsed = time.monotonic() - self._began
        return f" · about {duration(elapsed * (self.films - films_done) / max(films_done, 0.05))} left"
