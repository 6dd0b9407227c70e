"""The end of a queue's job: how much time is left, and how a step leaves in time with what it has.

A queue kills a job when its time is up. Inside :func:`watching_deadline` long computations look at the clock
after every step, keep a checkpoint and raise :class:`OutOfTime` while there is still time to say so; a
SIGTERM does the same. Outside it nothing looks.
"""

import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import FrameType

from lithicoat.workflows.dynamics.walltime import deadline, now, seconds_in, time_left_s

__all__ = [
    "Lookout",
    "OutOfTime",
    "computing",
    "deadline",
    "interrupted_in_time",
    "may_begin",
    "noting_signals",
    "part_kept",
    "terminated",
    "time_left_s",
    "watching_deadline",
]

MARGIN = "LITHICOAT_MARGIN_S"
MARGIN_S = 60.0
"""Time that is left, at least, for a checkpoint and for telling the database, s."""
ROUNDS = 2.0
"""So many times the longest step so far must still fit before the margin is touched."""
BEGIN = 2.0
"""Nothing begins with less than so many margins: loading a potential would be all that it did."""


class OutOfTime(BaseException):
    """The queue's job ends before the step does; what is done is kept, and a further job goes on.

    Like an interrupt, and unlike an error, it says nothing about the film: what takes errors of a computation
    for results, such as a replica that broke, must not take this for one.

    Parameters
    ----------
    message : str
        The whole sentence.
    kept : bool
        Whether a part of the step was finished and kept since it began here. If not, another job of the same
        length may come no further.
    given_s : float
        Time since the step began here, s; 0 if it did not.
    """

    def __init__(self, message: str, *, kept: bool = False, given_s: float = 0.0) -> None:
        super().__init__(message)
        self.message, self.kept, self.given_s = message, kept, given_s


def may_begin() -> bool:
    """Tell whether a further step is worth beginning: no SIGTERM came, and two margins of time are left."""
    return not terminated() and time_left_s() >= BEGIN * _margin_s()


def terminated() -> bool:
    """Tell whether a SIGTERM came while the deadline was watched."""
    return _terminated.is_set()


@contextmanager
def watching_deadline() -> Iterator[None]:
    """Let what runs inside raise :class:`OutOfTime` before the queue's job ends, or when a SIGTERM comes.

    The margin is 60 s (LITHICOAT_MARGIN_S), or twice the longest step of the computation if that is more.
    SIGTERM is taken in the main thread only; elsewhere it is left as it is.

    Raises
    ------
    UsageError
        If LITHICOAT_DEADLINE or LITHICOAT_MARGIN_S is no number.
    OutOfTime
        What runs inside ran out of time.
    """
    end = deadline()
    watch = _Watch(ends_at=math.inf if end is None else end.timestamp(), margin_s=_margin_s())
    token = _watch.set(watch)
    try:
        with _on_sigterm(watch.take_signal):
            yield
    finally:
        _watch.reset(token)


@contextmanager
def noting_signals() -> Iterator[None]:
    """Note a SIGTERM instead of dying of it; a worker then begins nothing more, see :func:`may_begin`.

    Processes that are forked inside note it as well. In the main thread only.
    """
    with _on_sigterm(lambda _number, _frame: _terminated.set()):
        yield


@contextmanager
def interrupted_in_time() -> Iterator[None]:
    """Interrupt what runs inside, as Ctrl-C does, two margins before the queue's job ends or by a SIGTERM.

    In the main thread only.

    Raises
    ------
    KeyboardInterrupt
        With what ended it: the time, or the queue.
    UsageError
        If LITHICOAT_DEADLINE or LITHICOAT_MARGIN_S is no number.
    """

    def interrupt(number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt(
            "the queue ends this job" if number == signal.SIGTERM else "this job's time is up"
        )

    left_s = time_left_s() - BEGIN * _margin_s()
    with _on_sigterm(interrupt):
        before = signal.signal(signal.SIGALRM, interrupt)
        if not math.isinf(left_s):
            signal.setitimer(signal.ITIMER_REAL, max(left_s, 1e-3))
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, before or signal.SIG_DFL)


@contextmanager
def computing(what: str) -> Iterator[None]:
    """Run a computation that a SIGTERM may break off at any moment, if there is time to begin it.

    Parameters
    ----------
    what : str
        Its name, for the message.

    Raises
    ------
    OutOfTime
        If less than two margins of time are left, or a SIGTERM came.
    """
    watch = _watch.get()
    if watch is None:
        yield
        return
    watch.kept = False
    watch.demand(what, needed_s=(BEGIN - 1) * watch.margin_s)
    watch.breakable, watch.began = what, time.monotonic()
    try:
        yield
    finally:
        watch.breakable, watch.began = None, None


def part_kept() -> None:
    """Note that a part of the running step is finished and need not be computed again."""
    if (watch := _watch.get()) is not None:
        watch.kept = True


class Lookout:
    """Looks at the clock after every round of a loop, and measures how long rounds take.

    Parameters
    ----------
    what : str
        What goes round, for the message.
    """

    def __init__(self, what: str) -> None:
        self._what, self._watch = what, _watch.get()
        self._before, self._longest_s = time.monotonic(), 0.0

    def look(self) -> None:
        """Note that a round is over.

        Raises
        ------
        OutOfTime
            If there is no time for another one, or a SIGTERM came.
        """
        if self._watch is None:
            return
        over = time.monotonic()
        self._longest_s, self._before = max(self._longest_s, over - self._before), over
        self._watch.demand(self._what, needed_s=max(0.0, ROUNDS * self._longest_s - self._watch.margin_s))


@dataclass
class _Watch:
    """The end of the job, the margin before it, and what may be broken off by a signal."""

    ends_at: float
    margin_s: float
    breakable: str | None = None
    kept: bool = False
    began: float | None = None

    def demand(self, what: str, *, needed_s: float) -> None:
        """Refuse to go on if a SIGTERM came, or less than the margin and `needed_s` is left."""
        if terminated():
            self._leave(f"{what}: the queue ends this job; the step goes on in another one")
        left_s = self.ends_at - now()
        if left_s < self.margin_s + needed_s:
            self._leave(
                f"{what}: {max(left_s, 0.0):.0f} s are left of this job; the step goes on in another one"
            )

    def take_signal(self, number: int, frame: FrameType | None) -> None:
        """Note a SIGTERM and break off what may be, but only once: a checkpoint may be under way."""
        del number, frame
        _terminated.set()
        if self.breakable is not None:
            self._leave(f"{self.breakable}: the queue ends this job; the step goes on in another one")

    def _leave(self, message: str) -> None:
        self.breakable = None
        given_s = 0.0 if self.began is None else time.monotonic() - self.began
        raise OutOfTime(message, kept=self.kept, given_s=given_s)


_watch: ContextVar[_Watch | None] = ContextVar("watch", default=None)
_terminated = threading.Event()


@contextmanager
def _on_sigterm(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _margin_s() -> float:
    return seconds_in(MARGIN) if MARGIN in os.environ else MARGIN_S
