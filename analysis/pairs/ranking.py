"""Rank pairs of films, one on the anode and one on the cathode of the same cell.

Pairs in which all is in order come before those of which something is not known, and these before those in
which something failed: a gate of either film, the heat that its electrode must bear, or the contact of the
films. Within a group the weighted mean of both scores decides. It adds the films up and knows no synergy.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from lithicoat.analysis.decision.sheet import Sheet, check_draws
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.pairs.deposition import Deposition
from lithicoat.analysis.pairs.drawing import contenders, pair_chances
from lithicoat.analysis.pairs.reported import ReportedPair
from lithicoat.analysis.pairs.scheme import PairScheme, default_pair_scheme
from lithicoat.analysis.pairs.table import PairTable, RankedPair
from lithicoat.analysis.thermochemistry.film_contacts import FilmContact

__all__ = ["RankedPair", "leading_weights", "pairs_to_compare", "rank_pairs"]

LISTED = 1000
"""Pairs that are listed unless told otherwise."""
COMPARED = 200
"""Leading pairs whose contact is worth working out where there are too many pairs."""


def rank_pairs(
    anode: Sheet,
    cathode: Sheet,
    depositions: Mapping[str, Deposition],
    contacts: Mapping[tuple[str, str], FilmContact],
    *,
    reported: Mapping[tuple[str, str], tuple[ReportedPair, ...]] | None = None,
    seed: int = 0,
    draws: int = 10_000,
    most: int = LISTED,
    scheme: PairScheme | None = None,
) -> list[RankedPair]:
    """Rank all pairs of the films of two sheets, best first.

    Every film is drawn as in its own ranking: one that stands on both electrodes is drawn once. Beyond a
    thousand pairs only those that can come to the top three are drawn.

    Parameters
    ----------
    anode, cathode : Sheet
        Films judged for each electrode.
    depositions : mapping of str to Deposition
        How films are grown, by id; one that is not there is not known.
    contacts : mapping of (str, str) to FilmContact
        What the films do where they touch, by anode and cathode film; a pair that is not there is not known.
    reported : mapping of (str, str) to tuple of ReportedPair, optional
        What is reported of cells with both films.
    seed, draws : int
        Seed of the draws, and how many.
    most : int
        How many pairs to list.
    scheme : PairScheme, optional
        Weights, limits and gate; the shipped scheme is the default.

    Raises
    ------
    DataError
        If the sheets are not of anode and cathode, or seed, draws or the number of pairs are out of range.
    """
    check_draws(seed, draws)
    if most < 1:
        raise DataError(f"at least one pair must be listed, got {most}", where="most", hint="1 or more")
    table = PairTable(anode, cathode, depositions, contacts, scheme or default_pair_scheme())
    if table.field.size == 0:
        return []
    order = table.order()
    drawn = contenders(table.field, order, seed=seed)
    places = pair_chances(table.field, drawn, seed=seed, draws=draws)
    at = {int(pair): index for index, pair in enumerate(places.pairs)}
    ranked = []
    for rank, pair in enumerate(order[:most].tolist(), start=1):
        index = at.get(pair)
        chances: dict[str, float | None] = {}
        if index is not None:
            chances = {
                "probability_first": float(places.first[index]),
                "probability_top3": float(places.top3[index]),
                "expected_rank": float(places.expected_rank[index]),
            }
        ranked.append(table.ranked(pair, rank, chances, reported or {}))
    return ranked


def pairs_to_compare(
    anode: Sheet,
    cathode: Sheet,
    depositions: Mapping[str, Deposition],
    *,
    seed: int = 0,
    scheme: PairScheme | None = None,
) -> list[tuple[str, str]]:
    """Return the pairs whose contact is worth working out: all of them where there are few, else the leading.

    Parameters
    ----------
    anode, cathode : Sheet
        Films judged for each electrode.
    depositions : mapping of str to Deposition
        How films are grown, by id.
    seed : int
        Seed of the draws.
    scheme : PairScheme, optional
        The shipped scheme is the default.

    Raises
    ------
    DataError
        If the sheets are not of anode and cathode.
    """
    table = PairTable(anode, cathode, depositions, {}, scheme or default_pair_scheme())
    if table.field.size == 0:
        return []
    order = table.order()
    able = contenders(table.field, order, seed=seed)
    chosen = order[np.isin(order, able)][:COMPARED] if table.field.size > COMPARED else order
    return [table.names(int(pair)) for pair in chosen]


def leading_weights(pairs: Sequence[RankedPair]) -> tuple[float, float]:
    """Return between which weights of the anode, 0 to 1, the first pair stays first.

    Weights move no pair from one group to another, so only pairs of the first one's group can pass it.

    Parameters
    ----------
    pairs : sequence of RankedPair
        A ranking, best first, with all pairs of the first group.

    Raises
    ------
    DataError
        If there is no pair.
    """
    if not pairs:
        raise DataError("no pair to weigh", where="pairs")
    first, low, high = pairs[0], 0.0, 1.0
    for pair in pairs[1:]:
        if pair.group > first.group:
            break
        anode, cathode = first.anode_score - pair.anode_score, first.cathode_score - pair.cathode_score
        # the lead is weight * anode + (1 - weight) * cathode, which is not negative now
        if anode < 0 < cathode:
            high = min(high, cathode / (cathode - anode))
        elif cathode < 0 < anode:
            low = max(low, cathode / (cathode - anode))
    return low, high
