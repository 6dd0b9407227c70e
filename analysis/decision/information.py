"""What it would be worth to know one number: expected value of partial perfect information.

The film one would choose today is that of the highest expected utility. If one number of one film were known
exactly, that film's expected utility would become the mean over those draws which agree with the number, and
one might choose another film. What that gains on average, over all values the number may turn out to have, is
its value: E_z[max_i E(U_i | z)] - max_i E(U_i). It is never negative, it is 0 for a number that cannot change
the choice, and it is an upper limit for any real measurement, which leaves an error of its own.

All conditional means come from one sample of draws, by regression of the utility on what was drawn: Strong,
Oakley, Brennan, Med. Decis. Making 34, 311 (2014), doi:10.1177/0272989X13505910. The regression here is the
simplest, means over bins of equally many draws, since the gates make steps that no smooth curve follows.
Scatter of the bin means would make worthless numbers look valuable (the maximum of noisy means is too high),
so the means are drawn together by the share of their variance that is scatter (James and Stein), and entirely
where an F-test finds no dependence. All numbers are drawn independently: knowing one moves the expected
utility of its own film only, and what the film's other numbers do on average is taken off as scatter.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lithicoat.analysis.errors import DataError

__all__ = ["FEWEST_DRAWS", "Gain", "Learned", "Learning", "conditional_means", "learn", "pieces"]

FloatArray = NDArray[np.float64]
FEWEST_DRAWS = 200
"""Below this there are too few draws for bins that hold enough of them."""
_NO_CHANCE = 3.09
"""Standard normal deviate of one in a thousand: how often scatter alone passes the F-test."""


@dataclass(frozen=True)
class Gain:
    """What some knowledge is worth.

    Parameters
    ----------
    value : float
        Expected gain of utility of the film that one chooses, in the unit of the utility.
    error : float
        Standard error of the value, from the finite number of draws.
    """

    value: float
    error: float


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What knowing one number of one film would do.

    Parameters
    ----------
    film : int
        Row of the film.
    name : str
        Name of the number.
    gain : Gain
        What it is worth.
    first : float
        Chance that another film would come first by expected utility.
    moved : float
        Chance that the film itself would change its rank.
    places : float
        Expected number of places by which it would.
    """

    film: int
    name: str
    gain: Gain
    first: float
    moved: float
    places: float


@dataclass(frozen=True, kw_only=True)
class Learning:
    """What knowledge would be worth.

    Parameters
    ----------
    best : int
        Row of the film of the highest expected utility.
    expected : numpy.ndarray, shape (n,)
        Expected utility of each film.
    numbers : tuple of Learned
        One number of one film, the most valuable first.
    films : tuple of Gain
        Everything about one film, in the order of the films.
    everywhere : dict of str to Gain
        One number of all films at once, by its name.
    everything : Gain
        Everything about all films: no other knowledge is worth more.
    """

    best: int
    expected: FloatArray
    numbers: tuple[Learned, ...]
    films: tuple[Gain, ...]
    everywhere: dict[str, Gain]
    everything: Gain


def conditional_means(utility: ArrayLike, behind: ArrayLike, *, bins: int | None = None) -> FloatArray:
    """Return the expected utility given a number, at the number's value in each draw.

    A dependence that shows only in less than one bin is not seen.

    Parameters
    ----------
    utility : array_like, shape (d,)
        Utility of a film in each draw.
    behind : array_like, shape (d,)
        What the number was in each draw; only its order matters.
    bins : int, optional
        Number of bins, of equally many draws each; by default :func:`pieces`.

    Returns
    -------
    numpy.ndarray, shape (d,)
        All equal to the mean utility if the utility does not depend on the number.

    Raises
    ------
    DataError
        If the two differ in length, one is not finite, or there are too few draws for the bins.
    """
    utilities, numbers = np.asarray(utility, dtype=float), np.asarray(behind, dtype=float)
    if utilities.ndim != 1 or utilities.shape != numbers.shape:
        raise DataError(
            f"utilities of shape {utilities.shape}, numbers of shape {numbers.shape}: one of each per draw",
            where="behind",
        )
    if not (np.isfinite(utilities).all() and np.isfinite(numbers).all()):
        raise DataError("a utility or a number of a draw is not finite", where="utility")
    draws = len(utilities)
    number = pieces(draws) if bins is None else bins
    if draws < FEWEST_DRAWS or not 2 <= number <= draws // 10:
        raise DataError(
            f"{draws} draws in {number} bins: too few to tell a mean from scatter",
            where="draws",
            hint=f"{FEWEST_DRAWS} draws at least, and ten in each bin",
        )
    return _binned(utilities, numbers, number)


def pieces(draws: int) -> int:
    """Return into how many ranges the values of a number are cut: twice the cube root of the draws.

    So few that each mean is sharp (10,000 draws: 43 ranges of 232), so many that what happens within one
    matters little.
    """
    return round(2 * math.cbrt(draws))


def learn(utility: ArrayLike, behind: Mapping[str, ArrayLike]) -> Learning:
    """Work out what knowing any one number, any one film, one number of all films, or all would be worth.

    Parameters
    ----------
    utility : array_like, shape (n, d)
        Utility of n films in d draws.
    behind : mapping of str to array_like, shape (n, d)
        By name of a number, what it was in each draw; a row of nan where a film's is not uncertain.

    Raises
    ------
    DataError
        If shapes differ, there are too few draws, or an array is not finite where it must be.
    """
    utilities = np.asarray(utility, dtype=float)
    if utilities.ndim != 2 or not utilities.size:
        raise DataError(
            f"utilities of shape {utilities.shape}, and they must be films by draws", where="utility"
        )
    means = utilities.mean(axis=1)
    known = _known(utilities, behind)
    numbers = [
        _learned(film, name, utilities, means, row)
        for film, rows in enumerate(known)
        for name, row in rows.items()
    ]
    return Learning(
        best=int(means.argmax()),
        expected=means,
        numbers=tuple(sorted(numbers, key=lambda one: (-one.gain.value, -one.places, one.film, one.name))),
        films=tuple(_gain(film, utilities, means, _Known(row, row)) for film, row in enumerate(utilities)),
        everywhere={name: _one_number(name, known, utilities) for name in behind},
        everything=_best_of(utilities, utilities),
    )


class _Known(NamedTuple):
    """A film in each draw, once one of its numbers is known."""

    given: FloatArray
    """Expected utility given the number."""
    rest: FloatArray
    """Utility without what the other numbers do on average: what the expectation was taken from."""


def _known(utilities: FloatArray, behind: Mapping[str, ArrayLike]) -> list[dict[str, _Known]]:
    """Return what each film is, by name of a number, once that number is known."""
    numbers = {name: np.asarray(given, dtype=float) for name, given in behind.items()}
    for name, given in numbers.items():
        if given.shape != utilities.shape:
            raise DataError(
                f"{name} has shape {given.shape}, the utilities {utilities.shape}: one per film and draw",
                where=name,
            )
    return [
        _each_alone(
            utility, {name: rows[film] for name, rows in numbers.items() if not np.isnan(rows[film]).all()}
        )
        for film, utility in enumerate(utilities)
    ]


def _each_alone(utility: FloatArray, numbers: Mapping[str, FloatArray]) -> dict[str, _Known]:
    """Return the expected utility of a film given each number, without the scatter of the others.

    The numbers are independent, so that what the others do on average may be taken off before the mean over
    a bin is formed: it changes no expectation, and leaves the mean little to scatter.
    """
    mean = float(utility.mean())
    alone = {name: conditional_means(utility, given) - mean for name, given in numbers.items()}
    found = {}
    for name, number in numbers.items():
        others = [effect for other, effect in alone.items() if other != name]
        rest = utility - np.sum(others, axis=0) if others else utility
        given = conditional_means(rest, number)
        found[name] = _Known(given if np.ptp(given) else np.full(len(utility), mean), rest)
    return found


def _one_number(name: str, known: Sequence[Mapping[str, _Known]], utilities: FloatArray) -> Gain:
    rows = [
        films[name].given if name in films else np.full(len(utility), utility.mean())
        for films, utility in zip(known, utilities, strict=True)
    ]
    return _best_of(np.array(rows), utilities)


def _binned(utilities: FloatArray, numbers: FloatArray, bins: int) -> FloatArray:
    draws, mean = len(utilities), float(utilities.mean())
    order = np.argsort(numbers, kind="stable")
    which = np.empty(draws, dtype=np.intp)
    which[order] = np.arange(draws) * bins // draws
    counts = np.bincount(which, minlength=bins)
    means = np.bincount(which, weights=utilities, minlength=bins) / counts
    between = float(counts @ (means - mean) ** 2) / (bins - 1)
    within = float(((utilities - means[which]) ** 2).sum()) / (draws - bins)
    rounding = (1e-12 * float(np.abs(utilities).max())) ** 2 * draws
    if between <= max(within * _critical_ratio(bins - 1), rounding):
        return np.full(draws, mean)
    return np.asarray(mean + (1 - within / between) * (means - mean))[which]


def _critical_ratio(freedom: int) -> float:
    """F of so many degrees of freedom against many, exceeded by scatter alone one time in a thousand.

    Wilson and Hilferty, Proc. Natl. Acad. Sci. 17, 684 (1931).
    """
    spread = 2 / (9 * freedom)
    return float((1 - spread + _NO_CHANCE * math.sqrt(spread)) ** 3)


def _learned(film: int, name: str, utilities: FloatArray, means: FloatArray, known: _Known) -> Learned:
    given = known.given
    others = np.sort(np.delete(means, film))
    now = len(others) - np.searchsorted(others, means[film], side="right")
    then = len(others) - np.searchsorted(others, given, side="right")
    best = int(means.argmax())
    overtaken = given < others.max(initial=-math.inf) if film == best else given > means[best]
    return Learned(
        film=film,
        name=name,
        gain=_gain(film, utilities, means, known),
        first=float(overtaken.mean()),
        moved=float((then != now).mean()),
        places=float(np.abs(then - now).mean()),
    )


def _gain(film: int, utilities: FloatArray, means: FloatArray, known: _Known) -> Gain:
    """Value of knowing what a film is worth on average, in each draw.

    Its error is the spread over the draws of what each of them adds to the value: by itself, to the mean of
    its bin, and to the mean utilities of the film and of its rival.
    """
    if len(means) == 1:
        return Gain(0.0, 0.0)
    others = np.delete(np.arange(len(means)), film)
    rival = int(others[means[others].argmax()])
    side = -1.0 if film == int(means.argmax()) else 1.0
    ahead = side * (known.given - means[rival])
    changed = ahead > 0
    gained, share = np.where(changed, ahead, 0.0), float(changed.mean())
    if not share:
        return Gain(0.0, 0.0)
    scatter = np.where(changed, known.rest - known.given, 0.0)
    levels = utilities[film] - known.rest - (utilities[rival] - means[rival])
    added = gained + side * (scatter + share * levels)
    return Gain(float(gained.mean()), float(added.std()) / math.sqrt(len(added)))


def _best_of(given: FloatArray, utilities: FloatArray) -> Gain:
    """Value of choosing in each draw the film of the highest expected utility given what is known there.

    Its error is no smaller than that of the finite number of draws.
    """
    means = utilities.mean(axis=1)
    best = int(means.argmax())
    films, draws = given.argmax(axis=0), np.arange(utilities.shape[1])
    gained = given[films, draws] - given[best]
    told = utilities[films, draws] - utilities[best]
    return Gain(max(0.0, float(gained.mean())), float(told.std()) / math.sqrt(utilities.shape[1]))
