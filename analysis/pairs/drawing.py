"""How often a pair of films takes which place, from the draws of both films."""

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from lithicoat.analysis.decision.gates import GateState
from lithicoat.analysis.decision.pilot import best_scores, pilot_scores
from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.decision.standing import share_of_places

__all__ = ["PairChances", "PairField", "contenders", "pair_chances", "parted"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

ALL_IN_FULL = 1000
"""Up to so many pairs, every one is drawn."""
MOST_DRAWN = 2000
"""More pairs than that are never drawn in full: those that lead most often in a few draws are taken."""
LEADING = 50
"""Pairs of each of those draws that count as leading."""
PILOT_PAIRS, PILOT_DRAWS = 200, 100
REACH = 4.0
"""Standard uncertainties by which every property of a film may be better than it seems."""
CHUNK = 500
"""Draws that are worked out at once."""
_SURE = 1e-9


@dataclass(frozen=True)
class PairField:
    """All pairs of the films of two sheets: anode films in the rows, cathode films in the columns.

    Parameters
    ----------
    anode, cathode : Sheet
        Films of each electrode, n and m of them.
    shares : tuple of float
        Weight of the anode and of the cathode film, of sum 1.
    anode_floor, cathode_floor : numpy.ndarray of int, shapes (n,) and (m,)
        Group that the deposition puts each film into: 0 its electrode bears it, 1 unknown, 2 it does not.
    contact_groups : numpy.ndarray of int, shape (n, m)
        Group that the contact of the two films puts each pair into.
    contact_chances : numpy.ndarray, shape (n, m)
        Probability that the contact passes; nan where it is not uncertain or not known.
    """

    anode: Sheet
    cathode: Sheet
    shares: tuple[float, float]
    anode_floor: NDArray[np.int8]
    cathode_floor: NDArray[np.int8]
    contact_groups: NDArray[np.int8]
    contact_chances: FloatArray

    @property
    def size(self) -> int:
        """Number of pairs."""
        return int(self.contact_groups.size)

    def rows(self, pairs: IntArray) -> tuple[IntArray, IntArray]:
        """Return the row of each pair's film in the sheet of the anode and in that of the cathode."""
        anode, cathode = np.divmod(pairs, len(self.cathode.films))
        return anode, cathode

    def scores(self) -> FloatArray:
        """Return scores of the best estimates, shape (n · m,): the weighted mean of both films."""
        one, other = self.shares
        return np.add.outer(one * self.anode.scores, other * self.cathode.scores).ravel()

    def groups(self) -> NDArray[np.int8]:
        """Return groups of the best estimates, shape (n · m,): the worst of films, depositions, contact."""
        films = np.maximum.outer(
            np.maximum(self.anode.groups, self.anode_floor),
            np.maximum(self.cathode.groups, self.cathode_floor),
        )
        return np.asarray(np.maximum(films, self.contact_groups)).ravel()

    def prospects(self) -> FloatArray:
        """Score, less 2 for each group, that each pair has if all of it turns out well, shape (n · m,)."""
        sides = ((self.anode, self.anode_floor), (self.cathode, self.cathode_floor))
        (one, first), (other, second) = (
            (worths, np.maximum(groups, floor))
            for sheet, floor in sides
            for worths, groups in [parted(best_scores(sheet, REACH))]
        )
        scores = np.add.outer(self.shares[0] * one, self.shares[1] * other)
        contact = np.where(self.contact_groups == GateState.FAILED.group, self._contact_at_best(), 0)
        return np.asarray(scores - 2.0 * np.maximum(np.maximum.outer(first, second), contact)).ravel()

    def _contact_at_best(self) -> NDArray[np.int8]:
        return np.where(self.contact_chances > _SURE, 0, self.contact_groups).astype(np.int8)


@dataclass(frozen=True)
class PairChances:
    """Places of the pairs that were drawn.

    Parameters
    ----------
    pairs : numpy.ndarray of int, shape (p,)
        Which pairs of the field.
    first, top3, expected_rank : numpy.ndarray, shape (p,)
        Share of the draws in which a pair is first, and in the first three; its mean rank among these.
    """

    pairs: IntArray
    first: FloatArray
    top3: FloatArray
    expected_rank: FloatArray


def parted(scores: NDArray[np.floating]) -> tuple[FloatArray, NDArray[np.int8]]:
    """Part drawn scores into worth (0 to 1) and group: a score is the worth less 2 for each group."""
    groups = np.ceil(-np.asarray(scores, dtype=float) / 2 - 1e-5).astype(np.int8)
    return scores + 2.0 * groups, groups


def contenders(field: PairField, order: IntArray, *, seed: int) -> IntArray:
    """Return the pairs that can come to the top, ascending: all of them where there are few.

    With every property four standard uncertainties on its good side they reach the lowest third place among
    the leading pairs in a few draws. Of more than 2000 such pairs those are taken that lead most often.

    Parameters
    ----------
    field : PairField
        All pairs.
    order : numpy.ndarray of int
        The leading pairs by best estimates, best first.
    seed : int
        Seed of the draws.
    """
    if field.size <= ALL_IN_FULL:
        return np.arange(field.size)
    leading = np.sort(order[:PILOT_PAIRS])
    pilot = _Drawn(field, leading, seed=seed, draws=PILOT_DRAWS).scores(0, PILOT_DRAWS)
    third = np.partition(pilot, -3, axis=0)[-3].min()
    prospects = field.prospects()
    able = np.flatnonzero(prospects >= third)
    if len(able) > MOST_DRAWN:
        often = _times_leading(field, able, seed=seed)
        able = np.sort(able[np.argsort(-often, kind="stable")[:MOST_DRAWN]])
    return able


def _times_leading(field: PairField, pairs: IntArray, *, seed: int) -> IntArray:
    """Return in how many of a few draws each pair is among the leading ones."""
    one, other = field.rows(pairs)
    sides = [
        (parted(pilot_scores(sheet, seed=seed, draws=PILOT_DRAWS)), floor)
        for sheet, floor in ((field.anode, field.anode_floor), (field.cathode, field.cathode_floor))
    ]
    ((first, first_group), first_floor), ((second, second_group), second_floor) = sides
    settled = np.maximum(
        np.maximum(first_floor[one], second_floor[other]), field.contact_groups.ravel()[pairs]
    )
    times = np.zeros(len(pairs), dtype=np.intp)
    for draw in range(PILOT_DRAWS):
        groups = np.maximum(np.maximum(first_group[one, draw], second_group[other, draw]), settled)
        scores = field.shares[0] * first[one, draw] + field.shares[1] * second[other, draw] - 2.0 * groups
        times[np.argpartition(-scores, LEADING)[:LEADING]] += 1
    return times


def pair_chances(field: PairField, pairs: IntArray, *, seed: int, draws: int) -> PairChances:
    """Work out the places of pairs from draws of their scores; ties share a place.

    Parameters
    ----------
    field : PairField
        All pairs.
    pairs : numpy.ndarray of int, shape (p,)
        Those that are drawn.
    seed, draws : int
        Seed of the draws, and how many.
    """
    drawn = _Drawn(field, pairs, seed=seed, draws=draws)
    first, top3, ranks = (np.zeros(len(pairs)) for _ in range(3))
    for start in range(0, draws, CHUNK):
        scores = drawn.scores(start, min(start + CHUNK, draws))
        share = scores.shape[1] / draws
        first += share * share_of_places(scores, places=1)
        top3 += share * share_of_places(scores, places=3)
        ranks += share * rankdata(-scores, axis=0).mean(axis=1)
    return PairChances(pairs, np.clip(first, 0, 1), np.clip(top3, 0, 1), ranks)


class _Drawn:
    """Draws of the films behind some pairs, joined to scores of pairs piece by piece."""

    def __init__(self, field: PairField, pairs: IntArray, *, seed: int, draws: int) -> None:
        self._field, self._pairs, self._seed, self._draws = field, pairs, seed, draws
        one, other = field.rows(pairs)
        self._anode = self._side(field.anode, field.anode_floor, one)
        self._cathode = self._side(field.cathode, field.cathode_floor, other)
        self._contact = field.contact_groups.ravel()[pairs]
        chances = field.contact_chances.ravel()[pairs]
        self._open = np.flatnonzero((chances > _SURE) & (chances < 1 - _SURE))
        self._passes = {int(at): self._contact_passes(int(at), float(chances[at])) for at in self._open}

    def _side(
        self, sheet: Sheet, floor: NDArray[np.int8], rows: IntArray
    ) -> tuple[FloatArray, NDArray[np.int8], IntArray]:
        films, place = np.unique(rows, return_inverse=True)
        worths, groups = parted(sheet.drawn_scores(films.tolist(), seed=self._seed, draws=self._draws))
        return worths, np.maximum(groups, floor[films][:, None]), place

    def _contact_passes(self, at: int, chance: float) -> NDArray[np.bool_]:
        one, other = self._field.rows(self._pairs[at : at + 1])
        names = (self._field.anode.films[int(one[0])], self._field.cathode.films[int(other[0])])
        key = [self._seed, *(zlib.crc32(name.encode()) for name in names)]
        standard = np.random.default_rng(key).standard_normal(self._draws)
        return np.asarray(standard > -ndtri(chance))

    def scores(self, start: int, stop: int) -> FloatArray:
        """Return weighted worths less 2 for each group, shape (p, stop - start)."""
        part = slice(start, stop)
        (one, first, here), (other, second, there) = self._anode, self._cathode
        groups = np.maximum(first[here, part], second[there, part])
        contact = np.repeat(self._contact[:, None], stop - start, axis=1)
        for at, passes in self._passes.items():
            contact[at] = np.where(passes[part], GateState.PASSED.group, GateState.FAILED.group)
        shares = self._field.shares
        worths = shares[0] * one[here, part] + shares[1] * other[there, part]
        return np.asarray(worths - 2.0 * np.maximum(groups, contact))
