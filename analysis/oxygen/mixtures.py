"""The most stable mixture of phases that a film can be, closed or open to oxygen, by linear programming."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry

__all__ = ["OXYGEN", "GasShift", "Mixture", "Mixtures", "oxygen_gas"]

FloatArray = NDArray[np.float64]
GasShift = Callable[[Phase], float]
"""Chemical potential of a gas against its enthalpy at 298 K, eV per molecule."""

OXYGEN = "O"
LOWEST_EV = -15.0
"""No compound holds oxygen below this, eV per O: that of the most stable oxides is -6.3."""
_SMALL = 1e-7


@dataclass(frozen=True)
class Mixture:
    """Phases that hold the film's elements other than oxygen, with as much oxygen as they like.

    Parameters
    ----------
    amounts : tuple of (Phase, float)
        Formula units per formula unit of film.
    oxygen : float
        O atoms in them.
    energy_eV : float
        Sum of their formation energies, gases shifted.
    shift_eV : float
        The part of it that is the shift of the gases.
    """

    amounts: tuple[tuple[Phase, float], ...]
    oxygen: float
    energy_eV: float
    shift_eV: float


class Mixtures:
    """All mixtures of reference phases with the elements of a film.

    Parameters
    ----------
    table : Thermochemistry
        Reference phases.
    film : Phase
        What gives the elements; its own energy does not count.
    gas_shift_eV : callable, optional
        See :data:`GasShift`; zero without it.

    Raises
    ------
    DataError
        If an element has no reference phase.
    """

    def __init__(self, table: Thermochemistry, film: Phase, gas_shift_eV: GasShift | None = None) -> None:
        self.film = film
        shift = gas_shift_eV or (lambda _: 0.0)
        shifts: dict[str, float] = {}
        energies: dict[str, float] = {}
        lowest: dict[str, Phase] = {}
        for phase in table.competing({*film.composition, OXYGEN}):
            moved = shift(phase) if phase.kind is PhaseKind.GAS else 0.0
            energy = table.formation_energy_eV(phase) + moved
            key = _proportions(phase)
            if key not in lowest or energy / phase.atoms < energies[key] / lowest[key].atoms:
                lowest[key], energies[key], shifts[key] = phase, energy, moved
        self._phases = list(lowest.values())
        self._energies = np.array([energies[key] for key in lowest])
        self._shifts = np.array([shifts[key] for key in lowest])
        self._oxygen = np.array([phase.composition.get(OXYGEN, 0.0) for phase in self._phases])
        self._elements = [element for element in film.composition if element != OXYGEN]
        self._table = np.array(
            [[phase.composition.get(el, 0.0) for phase in self._phases] for el in self._elements]
        )
        self._amounts = np.array([film.composition[el] for el in self._elements])

    @property
    def film_oxygen(self) -> float:
        """O atoms of the film."""
        return self.film.composition.get(OXYGEN, 0.0)

    def closed(self) -> Mixture:
        """Return the most stable mixture with as much oxygen as the film has; some of it may be O2."""
        balance = np.vstack([self._table, self._oxygen])
        return self._solved(self._energies, balance, np.append(self._amounts, self.film_oxygen))

    def at(self, oxygen_potential_eV: float) -> Mixture:
        """Return the stable mixture at a chemical potential of oxygen, eV per O."""
        bound = self._table.any(axis=0)  # gaseous O2 itself is no part of the film
        prices = np.where(bound, self._energies - oxygen_potential_eV * self._oxygen, 1.0)
        return self._solved(prices, self._table, self._amounts)

    def corners(self, highest_eV: float = 0.0) -> list[Mixture]:
        """Return the mixtures that are stable at some potential up to a highest one, oxygen rising."""
        first, last = self.at(LOWEST_EV), self.at(highest_eV)
        return [first, *self._between(first, last)]

    def _between(self, low: Mixture, high: Mixture) -> list[Mixture]:
        """Return the corners above `low`, `high` among them: where two meet, a third may lie lower."""
        rise = high.oxygen - low.oxygen
        if rise < _SMALL:
            return []
        crossing = (high.energy_eV - low.energy_eV) / rise
        middle = self.at(crossing)
        line = low.energy_eV - crossing * low.oxygen
        lies = middle.energy_eV - crossing * middle.oxygen
        same = min(abs(middle.oxygen - low.oxygen), abs(middle.oxygen - high.oxygen)) < _SMALL
        if same or lies > line - _SMALL * max(1.0, abs(line)):
            return [high]
        return [*self._between(low, middle), *self._between(middle, high)]

    def _solved(self, prices: FloatArray, balance: FloatArray, amounts: FloatArray) -> Mixture:
        result = linprog(prices, A_eq=balance, b_eq=amounts, bounds=(0, None), method="highs")
        if not result.success:
            raise DataError(
                f"no mixture of the reference phases has the composition {self.film.formula}",
                where=self.film.formula,
            )
        taken = [index for index in np.argsort(-result.x, kind="stable") if result.x[index] > _SMALL]
        return Mixture(
            amounts=tuple((self._phases[index], float(result.x[index])) for index in taken),
            oxygen=float(result.x @ self._oxygen),
            energy_eV=float(result.x @ self._energies),
            shift_eV=float(result.x @ self._shifts),
        )


def oxygen_gas(table: Thermochemistry) -> Phase:
    """Return the phase of gaseous O2.

    Raises
    ------
    DataError
        If the table has none.
    """
    for phase in table.phases:
        if phase.kind is PhaseKind.GAS and phase.composition == {OXYGEN: 2.0}:
            return phase
    raise DataError(
        f"{table.potential} has no reference phase of O2", where="O2", hint="lithicoat references"
    )


def _proportions(phase: Phase) -> str:
    return " ".join(f"{el}{number / phase.atoms:.5f}" for el, number in sorted(phase.composition.items()))
