"""How far a running step is: jobs tell it here, the command line shows it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["listen", "report"]

Listener = Callable[[str, float, float, str], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def report(step: str, done: float, total: float, unit: str) -> None:
    """Tell whoever listens that `done` of `total` units of a step are finished."""
    listener = _listener.get()
    if listener is not None:
        listener(step, done, total, unit)


@contextmanager
def listen(listener: Listener) -> Iterator[None]:
    """Send the reports of all steps that run inside the context to `listener`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
