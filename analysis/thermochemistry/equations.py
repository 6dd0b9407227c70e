"""Balanced reactions of phases: their coefficients, and how they are written."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.phases import Phase

__all__ = ["Coefficients", "balanced", "per", "scaled", "written"]

Coefficients = Sequence[tuple[Phase, float]]
"""Formula units of each phase; products are positive, reactants negative."""

_NONE = 1e-6
"""A phase with less than this share of the atoms is not in a reaction."""


def balanced(guess: Coefficients) -> list[tuple[Phase, float]]:
    """Remove the rounding errors from the coefficients of a reaction.

    The nearest coefficients that balance are taken; phases that are not in the reaction are left out.

    Raises
    ------
    DataError
        If the phases do not balance.
    """
    size = sum(abs(number) * phase.atoms for phase, number in guess)
    merged: dict[str, tuple[Phase, float]] = {}
    for phase, number in guess:
        before = merged.get(phase.name, (phase, 0.0))[1]
        merged[phase.name] = (phase, before + number)
    kept = [(phase, n) for phase, n in merged.values() if abs(n) * phase.atoms > _NONE * size]
    if not kept:
        return []
    elements = sorted({element for phase, _ in kept for element in phase.composition})
    matrix = np.array([[phase.composition.get(element, 0.0) for phase, _ in kept] for element in elements])
    numbers = np.array([number for _, number in kept])
    exact = numbers - np.linalg.pinv(matrix) @ (matrix @ numbers)
    if np.abs(exact - numbers).max() > 1e-3 * np.abs(numbers).max():
        raise DataError(f"the reaction {written(kept)} does not balance", where="coefficients")
    return [(phase, float(number)) for (phase, _), number in zip(kept, exact, strict=True)]


def scaled(reaction: Coefficients, factor: float) -> list[tuple[Phase, float]]:
    """Return the reaction with all coefficients multiplied."""
    return [(phase, factor * number) for phase, number in reaction]


def per(energy: Property, amount: float, *, unit: str) -> Property:
    """Return an energy of a reaction for one unit of an amount, such as an atom or a lithium.

    A negative amount turns the sign.
    """
    if energy.value is None:
        return energy.model_copy(update={"unit": unit})
    error = None if energy.uncertainty is None else abs(energy.uncertainty / amount)
    return energy.model_copy(update={"value": energy.value / amount, "uncertainty": error, "unit": unit})


def written(reaction: Coefficients, *, names: Mapping[str, str] | None = None) -> str:
    """Write a reaction as `Li2S + 2 O2 -> Li2SO4`; reactants with negative coefficients come first.

    Parameters
    ----------
    reaction : pairs of Phase and float
        The reaction.
    names : mapping of str to str, optional
        What to write in place of the formula, by the name of the phase.
    """
    given = names or {}
    left = [(given.get(phase.name, phase.formula), -n) for phase, n in reaction if n < 0]
    right = [(given.get(phase.name, phase.formula), n) for phase, n in reaction if n > 0]
    return f"{_side(left)} -> {_side(right)}"


def _side(terms: Iterable[tuple[str, float]]) -> str:
    return " + ".join(formula if abs(n - 1) < 5e-4 else f"{n:.4g} {formula}" for formula, n in terms)
