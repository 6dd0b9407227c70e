"""Watching dynamics: what must stop a run before it wastes time on a cell that is no longer the film."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from lithicoat.structures.model import Model
from lithicoat.structures.validation import changed_bonds
from lithicoat.workflows.dynamics.checkpoint import Memory
from lithicoat.workflows.errors import RunError

__all__ = [
    "WATCH_STEPS",
    "BrokenError",
    "Remembering",
    "StoppedError",
    "Watcher",
    "watch_bonds",
    "watch_framework",
]

WATCH_STEPS = 10
"""Steps between looks at distances, drift and displacements, and between calls of a watcher."""

Watcher = Callable[[Atoms], str | None]
"""Looks at the atoms, leaves them alone, and returns why the run must stop, or None."""


@runtime_checkable
class Remembering(Protocol):
    """A watcher that judges by what it has seen before; the checkpoint keeps that."""

    def __call__(self, atoms: Atoms) -> str | None:
        """Look at the atoms; see :data:`Watcher`."""

    def memory(self) -> Memory:
        """Return what was seen, as arrays that nobody changes any more."""

    def recall(self, memory: Memory) -> None:
        """Take over what was seen before an interruption."""


LASTING_CHECKS = 5
"""A bond counts as changed when so many checks in a row see it, so that a vibration does not."""


FRAMEWORK_BLOCK_ps = 0.5
"""Positions of the framework are averaged over so long: longer than vibrations, shorter than the diffusion of
a melt through one spacing."""

FRAMEWORK_BLOCKS = 8
"""When so many averages are kept, neighbours are joined: four to seven always span the whole run."""

FEWEST_INTERVALS = 3
"""Displacements from block to block that are needed to tell a melt from a single event."""

LEAST_MOTION_A, SHARE_OF_SPACING, GROWTH, SHARE_OF_WHOLE = 2.0, 0.8, 2.5, 0.3
"""Least displacement of a melt in Å and in mean spacings, and how it goes on: :func:`watch_framework`."""


class BrokenError(RunError):
    """The dynamics ended because the cell is broken.

    Parameters
    ----------
    message : str
        The whole sentence.
    reason : str
        What is broken.
    time_ps : float
        Time since the run began, ps.
    temperature_K : float
        Kinetic temperature at that moment, K.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        time_ps: float,
        temperature_K: float,
        where: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.reason, self.time_ps, self.temperature_K = reason, time_ps, temperature_K


class StoppedError(BrokenError):
    """A watcher stopped the dynamics; the reason is what it said."""


def watch_bonds(model: Model) -> Watcher | None:
    """Watch the covalent graph of a model; None if the model has none.

    Parameters
    ----------
    model : Model
        Its ``bonds`` must last.
    """
    return None if model.bonds is None else _Bonds(model)


class _Bonds:
    """What changed at the latest checks, joined to one string each."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._seen: tuple[str, ...] = ()

    def __call__(self, atoms: Atoms) -> str | None:
        now = "; ".join(changed_bonds(self._model, atoms))
        self._seen = (*self._seen[1 - LASTING_CHECKS :], now)
        if len(self._seen) < LASTING_CHECKS:
            return None
        lasting = set.intersection(*(set(one.split("; ")) for one in self._seen)) - {""}
        return "; ".join(sorted(lasting)) or None

    def memory(self) -> Memory:
        return {"seen": np.array(self._seen, dtype=str)}

    def recall(self, memory: Memory) -> None:
        self._seen = tuple(memory["seen"].tolist())


def watch_framework(
    symbols: Sequence[str], *, timestep_fs: float, mobile: Collection[str] = ("Li",)
) -> Watcher | None:
    """Watch whether the framework, all atoms but the mobile ones, melts; None if there is none.

    Positions are averaged over blocks of time, without the motion of the framework as a whole, so that
    vibrations do not count. The run is stopped when, in the last four or more blocks, all of these hold:

    * from the first to the last, the slower two thirds of the framework's atoms went at least 2 Å and 0.8 of
      the mean spacing (V/N)^(1/3), root mean square; so some that hop do not count, nor do anions that turn
      in place (1.5 Å for SO4, 2.1 of 3.2 Å for PS4);
    * the square of that is at least 2.5 times the mean one between neighbouring blocks: it grows with time
      (fourfold in a melt, over four blocks);
    * in half of the pairs of neighbours, and in all but two, theirs is at least 0.3 of an even share of the
      whole (0.7 in a melt): a cell that rearranged once is left alone.

    A run that is stopped was going to be refused by :func:`framework_motion`; the converse is not so.

    Parameters
    ----------
    symbols : sequence of str
        Chemical symbols of the run's atoms.
    timestep_fs : float
        Time step of the run, fs.
    mobile : collection of str
        Elements that may leave their places.
    """
    chosen = np.array([symbol not in mobile for symbol in symbols])
    return _Framework(chosen, timestep_fs=timestep_fs) if chosen.any() else None


class _Framework:
    """Mean positions of the framework in successive blocks of time, which grow as the run does."""

    def __init__(self, chosen: NDArray[np.bool_], *, timestep_fs: float) -> None:
        self._chosen, self._look_ps = chosen, WATCH_STEPS * timestep_fs / 1000
        count = int(chosen.sum())
        self._means = np.empty((0, count, 3))
        self._sum = np.zeros((count, 3))
        self._looks, self._block = 0, max(1, round(FRAMEWORK_BLOCK_ps / self._look_ps))

    def __call__(self, atoms: Atoms) -> str | None:
        positions = atoms.positions[self._chosen]
        self._sum = self._sum + positions
        self._looks += 1
        if self._looks < self._block:
            return None
        self._means = np.concatenate([self._means, self._sum[None] / self._block])
        self._sum, self._looks = np.zeros_like(self._sum), 0
        spacing_A = float(atoms.get_volume() / len(positions)) ** (1 / 3)
        found = self._judge(least_A=max(LEAST_MOTION_A, SHARE_OF_SPACING * spacing_A))
        if len(self._means) == FRAMEWORK_BLOCKS:
            self._means = self._means.reshape(FRAMEWORK_BLOCKS // 2, 2, -1, 3).mean(axis=1)
            self._block *= 2
        return found

    def _judge(self, *, least_A: float) -> str | None:
        between = [_square(step) for step in np.diff(self._means, axis=0)]
        for intervals in range(FEWEST_INTERVALS, len(between) + 1):
            whole = _square(self._means[-1] - self._means[-1 - intervals])
            steps: list[float] = sorted(between[-intervals:])
            typical = steps[min(intervals - 3, (intervals - 1) // 2)]
            if (
                whole >= max(least_A**2, GROWTH * sum(steps) / intervals)
                and typical >= SHARE_OF_WHOLE * whole / intervals
            ):
                time_ps = intervals * self._block * self._look_ps
                return (
                    f"the framework melted: its atoms moved more than {whole**0.5:.1f} Å in {time_ps:.1f} ps"
                )
        return None

    def memory(self) -> Memory:
        counts = np.array([self._looks, self._block])
        return {"means": self._means, "sum": self._sum, "counts": counts}

    def recall(self, memory: Memory) -> None:
        self._means, self._sum = memory["means"], memory["sum"]
        self._looks, self._block = memory["counts"].tolist()


def _square(steps: NDArray[Any]) -> float:
    """Mean squared displacement of the slower two thirds of the atoms, less what most have in common."""
    squares = np.sort(((steps - np.median(steps, axis=0)) ** 2).sum(axis=1))
    return float(squares[: max(1, 2 * len(squares) // 3)].mean())
