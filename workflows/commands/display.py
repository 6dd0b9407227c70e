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


class _Bars:
    """One bar per running film or task; nothing where stderr is no terminal."""

    def __init__(self, *, quiet: bool) -> None:
        self.live = err.is_terminal and not quiet
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=12),
            TextColumn("{task.fields[detail]}"),
            console=err,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the bars while the context lasts."""
        if not self.live:
            yield
            return
        with self._progress:
            yield

    def begin(self, name: str, text: str) -> None:
        self.end(name)
        if self.live:
            self._tasks[name] = self._progress.add_task(text, total=None, detail="")

    def move(self, name: str, done: float, total: float, detail: str) -> None:
        if name in self._tasks:
            self._progress.update(self._tasks[name], completed=done, total=total, detail=detail)

    def end(self, name: str) -> None:
        if name in self._tasks:
            self._progress.remove_task(self._tasks.pop(name))


class StepDisplay:
    """A bar for the running step of one task; a line per step where stderr is no terminal.

    Parameters
    ----------
    quiet : bool
        Show nothing.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self._bars = _Bars(quiet=quiet)
        self.shown = self._bars.shown

    def started(self, step: str) -> None:
        """Begin a bar."""
        self._bars.begin("step", step)

    def advanced(self, label: str, done: float, total: float, unit: str) -> None:
        """Move the bar."""
        self._bars.move("step", done, total, f"{label} {done:.3g} of {total:.3g} {unit}")

    def ended(self, step: str, outcome: Outcome) -> None:
        """Remove the bar and leave a line."""
        self._bars.end("step")
        if not self.quiet:
            err.print(f"{step} {MARKS[outcome]}")


class CampaignDisplay:
    """A bar per running film, and a line with the marks of its steps for each finished one.

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
        self.films, self.done, self.failed = films, 0, 0
        self.computed, self.reused = 0, 0
        self._ended_steps = 0
        self._greeting, self._quiet = greeting, quiet
        self._bars = _Bars(quiet=quiet)
        self.shown = self._bars.shown
        self._steps: dict[str, int] = {}
        self._marks: dict[str, list[str]] = {}
        self._began = time.monotonic()

    def campaign_started(self) -> None:
        """Say what is about to run."""
        if not self._quiet:
            for line in self._greeting:
                err.print(line, soft_wrap=True)

    def film_started(self, coating: str, steps: tuple[str, ...]) -> None:
        """Begin a film."""
        self._steps[coating], self._marks[coating] = len(steps) - 1, []  # the record is no work

    def step_started(self, coating: str, step: str) -> None:
        """Begin the bar of a film's step."""
        self._bars.begin(coating, f"{coating:9s} {step}")

    def step_advanced(self, coating: str, label: str, done: float, total: float, unit: str) -> None:  # noqa: ARG002
        """Move the bar of a film."""
        self._bars.move(coating, done, total, f"{done:.3g} of {total:.3g} {unit}{self._time_left()}")

    def step_ended(self, coating: str, step: str, outcome: Outcome) -> None:
        """Count a step, and tell of it where there is no bar."""
        self._bars.end(coating)
        self.reused += outcome is Outcome.REUSED
        self.computed += outcome is Outcome.DONE
        self._ended_steps += 1
        self._marks[coating].append(f"{step} {MARKS[outcome]}")
        if not self._bars.live and not self._quiet and outcome is not Outcome.REUSED:
            err.print(f"{coating:9s} {step} {MARKS[outcome]}", soft_wrap=True)

    def film_ended(self, coating: str, failures: dict[str, str]) -> None:
        """Close a film and tell of its failures."""
        self._bars.end(coating)
        self.done += 1
        self.failed += bool(failures)
        for step, reason in failures.items():
            err.print(
                f"failed: {coating} {step}: {reason.rstrip('.')}. The other films go on.", soft_wrap=True
            )
        marks = "  ".join(self._marks.pop(coating, []))
        if not self._quiet:
            err.print(f"{coating:9s} {marks}", soft_wrap=True)
            state = f"{self.done} of {self.films} films done · {self.failed} failed"
            err.print(f"{state} · {self.reused} steps reused{self._time_left()}", soft_wrap=True)

    def _time_left(self) -> str:
        """Extrapolate from the computed steps, taking films to come as long as those so far."""
        ended = self._ended_steps
        total = self.films * sum(self._steps.values()) / max(1, len(self._steps))
        if not self.computed or ended >= total or self.done == self.films:
            return ""
        elapsed = time.monotonic() - self._began
        return f" · about {duration(elapsed * (total - ended) / self.computed)} left"
