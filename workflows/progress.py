"""How far a running step is: steps tell it here, whoever shows it listens."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from typing import Protocol

__all__ = ["Listener", "Outcome", "announce", "conclude", "current", "listen", "report"]


class Outcome(Enum):
    """How a step ended."""

    DONE = "done"
    REUSED = "reused"
    FAILED = "failed"


class Listener(Protocol):
    """What a display of progress has to offer."""

    def started(self, step: str) -> None:
        """Take note that a step begins."""

    def advanced(self, label: str, done: float, total: float, unit: str) -> None:
        """Take note that `done` of `total` units of the running step are finished."""

    def ended(self, step: str, outcome: Outcome) -> None:
        """Take note that a step is over."""


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def current() -> Listener | None:
    """Return whoever listens."""
    return _listener.get()


def announce(step: str) -> None:
    """Tell whoever listens that a step begins."""
    if listener := _listener.get():
        listener.started(step)


def report(label: str, done: float, total: float, unit: str) -> None:
    """Tell whoever listens that `done` of `total` units of the running step are finished."""
    if listener := _listener.get():
        listener.advanced(label, done, total, unit)


def conclude(step: str, outcome: Outcome) -> None:
    """Tell whoever listens that a step is over."""
    if listener := _listener.get():
        listener.ended(step, outcome)


@contextmanager
def listen(listener: Listener | None) -> Iterator[None]:
    """Send the news of all steps that run inside the context to `listener`; None sends them nowhere."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
