"""Training, validation and test sets that share no crystal and no trajectory."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms

from lithicoat.workflows.distill.frames import NO_FAMILY
from lithicoat.workflows.errors import UsageError

__all__ = ["Split", "refuse_shared_sources", "split_by_source"]

OVERSHOOT = 1.3
"""A side may grow to this multiple of its share: sources are taken as a whole."""
ENOUGH = 0.75
"""A side that has this much of its share needs no sources of families that have had theirs."""


@dataclass(frozen=True)
class Split:
    """Three sets of configurations; no source is in two of them."""

    train: list[Atoms]
    valid: list[Atoms]
    test: list[Atoms]


def split_by_source(
    frames: Sequence[Atoms], *, valid_fraction: float, test_fraction: float, seed: int
) -> Split:
    """Split configurations so that all that stem from one crystal or trajectory are on one side.

    Frames of a trajectory resemble one another; were they on two sides, the error on the other side would
    be that of an interpolation. An element always stays in the training set. Each side gets its share of each
    family, as far as whole sources allow.

    Parameters
    ----------
    frames : sequence of Atoms
        Each with ``info["source"]``.
    valid_fraction, test_fraction : float
        Shares of the frames, 0 to less than 1 together; 0 leaves that set empty.
    seed : int
        The same seed gives the same split.

    Raises
    ------
    UsageError
        If the fractions are absurd, or there are too few sources.
    """
    if not (0 <= valid_fraction < 1 and 0 <= test_fraction < 1 and valid_fraction + test_fraction < 1):
        raise UsageError(
            f"the split keeps {valid_fraction:g} for validation and {test_fraction:g} for the test; "
            "each must be at least 0 and both together less than 1",
            where="split",
        )
    by_source: dict[str, list[Atoms]] = {}
    for atoms in frames:
        by_source.setdefault(str(atoms.info["source"]), []).append(atoms)
    order = sorted(by_source)
    np.random.default_rng(seed).shuffle(order)
    division = _Division(by_source, order)
    test, valid = (
        [atoms for source in division.take(fraction, side) for atoms in by_source[source]]
        for side, fraction in (("test", test_fraction), ("validation", valid_fraction))
    )
    return Split(train=[a for source in division.rest for a in by_source[source]], valid=valid, test=test)


def refuse_shared_sources(train: Iterable[Atoms], test: Iterable[Atoms], *, where: str) -> None:
    """Make sure that a separate test set stems from other crystals and trajectories.

    Raises
    ------
    UsageError
        If a source is in both.
    """
    both = sorted({str(a.info["source"]) for a in train} & {str(a.info["source"]) for a in test})
    if both:
        others = f" and {len(both) - 1} more" if len(both) > 1 else ""
        raise UsageError(
            f"{both[0]}{others} in {where} is also in the training set, so its errors would look too small",
            where=where,
            hint="leave these configurations out of one of them",
        )


class _Division:
    """Sources that are not yet on a side, and how many of them hold each element."""

    def __init__(self, by_source: dict[str, list[Atoms]], order: Sequence[str]) -> None:
        self.by_source, self.rest = by_source, dict.fromkeys(order)  # an ordered set
        self.holders = Counter(symbol for source in order for symbol in _elements(by_source[source]))
        self.families = Counter(_family(atoms) for frames in by_source.values() for atoms in frames)

    def take(self, fraction: float, side: str) -> list[str]:
        """Move sources to a side until it has its share of each family, as far as whole sources allow.

        Where the sources of families are too large for that, others make up for them.
        """
        if not fraction:
            return []
        wanted = fraction * self.families.total()
        shares = {family: OVERSHOOT * fraction * count for family, count in self.families.items()}
        taken: list[str] = []
        filled: Counter[str] = Counter()
        for balanced in (True, False):
            for source in list(self.rest):
                own = Counter(map(_family, self.by_source[source]))
                full = any(filled[family] + own[family] > shares[family] for family in own)
                large = filled.total() + own.total() > max(OVERSHOOT * wanted, 1)
                enough = filled.total() >= (1.0 if balanced else ENOUGH) * wanted
                if enough or large or (balanced and full) or not self._spare(source):
                    continue
                taken.append(source)
                filled += own
                del self.rest[source]
                self.holders.subtract(_elements(self.by_source[source]))
        if not taken:
            raise UsageError(
                f"the {self.families.total()} configurations stem from too few sources "
                f"({len(self.by_source)}) to hold some out for {side} and keep every element in the training "
                "set",
                where="split",
                hint="give each crystal or trajectory its own `source`, a larger fraction, or separate files",
            )
        return taken

    def _spare(self, source: str) -> bool:
        """Whether the training set can do without a source."""
        elements = _elements(self.by_source[source])
        return len(self.rest) > 1 and all(self.holders[symbol] > 1 for symbol in elements)


def _elements(frames: Iterable[Atoms]) -> set[str]:
    return {symbol for atoms in frames for symbol in atoms.get_chemical_symbols()}


def _family(atoms: Atoms) -> str:
    return str(atoms.info.get("family", NO_FAMILY))
