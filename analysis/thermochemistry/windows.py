"""The electrochemical window: between which potentials a film neither takes up nor gives off lithium.

Open to lithium, matter of a given composition is at each potential what is lowest in energy with as much
lithium as that takes (grand potential; Zhu, He and Mo, ACS Appl. Mater. Interfaces 7, 23685 (2015)). Along
the line from the film without lithium to lithium metal the phases change at certain lithium contents, and
between two of them lithium enters at one potential, -energy per lithium, against Li/Li+ (lithium metal is 0).
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.equations import balanced, per, scaled, written
from lithicoat.analysis.thermochemistry.hulls import Film, Hull, hull_distance
from lithicoat.analysis.thermochemistry.phases import Thermochemistry

__all__ = ["LITHIUM", "Step", "Window", "WindowLimit", "electrochemical_window"]

LITHIUM = "Li"
"""What the film is open to."""
THERMODYNAMIC = "thermodynamic: where a reaction may begin, not that it is fast; enthalpies, no entropies"
INERT = "stable against lithium metal; below 0 V lithium is plated"
NO_LITHIUM = "the film holds no lithium that could be taken out"
CLOSED = "the window closes: what the film decays to exchanges lithium at this one potential"
WORTH_TELLING_V = 0.1
_SAME_CONTENT = 1e-4


class WindowLimit(BaseModel):
    """One end of the window."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    potential: Property = Field(description="V against Li/Li+.")
    equation: str = Field("", description="What begins there, per formula unit of film; empty if nothing.")
    products: dict[str, float] = Field(
        default_factory=dict, description="Formula units of the products per formula unit of film."
    )


class Step(BaseModel):
    """Lithium entering at one potential."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    potential: Property = Field(description="V against Li/Li+.")
    lithium: tuple[float, float] = Field(description="Lithium per formula unit of film before and after.")
    before: tuple[str, ...] = Field(description="Formulas of the phases with less lithium.")
    after: tuple[str, ...] = Field(description="Formulas of the phases with more lithium.")


class Window(BaseModel):
    """The electrochemical window of a film, and what happens outside of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    low: WindowLimit = Field(description="Reduction: lithium enters below it.")
    high: WindowLimit = Field(description="Oxidation: lithium leaves above it.")
    metastable: bool = Field(description="True if the window is that of what the film decays to.")
    steps: tuple[Step, ...] = Field(description="From the highest potential down to lithium metal.")


def electrochemical_window(table: Thermochemistry, film: Film) -> Window:
    """Find the window of a film.

    It depends on the composition alone: a film above the hull has that of the phases it decays to.

    Parameters
    ----------
    table : Thermochemistry
        The competing phases, by the film's potential, with lithium.
    film : Film
        The film.

    Raises
    ------
    DataError
        If the film is nothing but lithium, or an element has no reference phase.
    """
    profile = _Profile(table, film)
    distance = hull_distance(table, film)
    flags = [THERMODYNAMIC]
    if not distance.same_phase:
        above, error = distance.energy.value or 0.0, distance.energy.uncertainty
        told = f"{above:.3f}" if error is None else f"{above:.3f} ± {error:.3f}"
        flags.append(
            f"the film lies {told} eV/atom above the hull: the window is that of what it decays to "
            f"({', '.join(distance.products)})"
        )
    low, high = profile.limits()
    return Window(
        low=low.model_copy(update={"potential": low.potential.flagged(*flags)}),
        high=high.model_copy(update={"potential": high.potential.flagged(*flags)}),
        metastable=not distance.same_phase,
        steps=tuple(profile.step(poor, rich) for poor, rich in pairwise(profile.states)),
    )


class _State:
    """What the film is at one lithium content: phases per formula unit, and how much lithium they hold."""

    def __init__(self, hull: Hull, point: Mapping[str, float], others: Mapping[str, float]) -> None:
        element = max(others, key=lambda name: others[name])
        factor = others[element] / point[element]
        self.parts = [(phase, factor * n) for phase, n in hull.products(point)]
        self.lithium = sum(n * phase.composition.get(LITHIUM, 0.0) for phase, n in self.parts)

    @property
    def formulas(self) -> tuple[str, ...]:
        return tuple(phase.formula for phase, _ in self.parts)


class _Profile:
    """The states of a film from no lithium to as much as it takes, and the potentials between them."""

    def __init__(self, table: Thermochemistry, film: Film) -> None:
        self.film = film
        phase = film.phase
        others = {element: n for element, n in phase.composition.items() if element != LITHIUM}
        if not others:
            raise DataError("lithium itself has no electrochemical window", where=phase.name)
        self.hull = Hull(table, {*phase.elements, LITHIUM}, also=(phase,))
        self.lithium = table.phase(LITHIUM)
        points = self.hull.between(others, {LITHIUM: 1.0})[:-1]
        self.states = [_State(self.hull, point, others) for point in points]
        self.now = _State(self.hull, phase.composition, others)

    def limits(self) -> tuple[WindowLimit, WindowLimit]:
        """Return the potentials at which lithium enters and leaves."""
        content = self.film.phase.composition.get(LITHIUM, 0.0)
        tolerance = _SAME_CONTENT * self.film.phase.atoms
        poorer = [state for state in self.states if state.lithium < content - tolerance]
        richer = [state for state in self.states if state.lithium > content + tolerance]
        low = WindowLimit(potential=Property(value=0.0, uncertainty=0.0, unit="V", flags=(INERT,)))
        if richer:
            low = self._surer(self._limit(richer[0]), [self._limit(state) for state in richer], sign=1)
        if content <= tolerance:
            return low, WindowLimit(potential=Property.missing("V", NO_LITHIUM))
        high = self._surer(self._limit(poorer[-1]), [self._limit(state) for state in poorer], sign=-1)
        if len(poorer) + len(richer) == len(self.states):
            low = low.model_copy(update={"potential": low.potential.flagged(CLOSED)})
            high = high.model_copy(update={"potential": high.potential.flagged(CLOSED)})
        return low, high

    def step(self, poor: _State, rich: _State) -> Step:
        """Return how one state turns into the next."""
        return Step(
            potential=self._potential(poor, rich),
            lithium=(poor.lithium, rich.lithium),
            before=poor.formulas,
            after=rich.formulas,
        )

    @staticmethod
    def _surer(first: WindowLimit, others: Sequence[WindowLimit], *, sign: int) -> WindowLimit:
        """Flag a limit that a further reaction, of more lithium, knows better.

        A step of little lithium between nearly equal phases has a wide error; reactions that begin beyond it
        still say by which potential something has begun.
        """

        def certain_V(limit: WindowLimit) -> float:
            quantity = limit.potential
            return sign * (quantity.value or 0.0) - (quantity.uncertainty or 0.0)

        best = max(others, key=certain_V)
        if certain_V(best) - certain_V(first) < WORTH_TELLING_V:
            return first
        told = (
            f"better known: {best.potential.value:.2f} ± {best.potential.uncertainty:.2f} V, {best.equation}"
        )
        return first.model_copy(update={"potential": first.potential.flagged(told)})

    def _limit(self, then: _State) -> WindowLimit:
        """Return the potential at which the film turns into another state, with the reaction."""
        taken = then.lithium - self.now.lithium
        shown = balanced([(self.film.phase, -1.0), (self.lithium, -taken), *then.parts])
        return WindowLimit(
            potential=self._potential(self.now, then),
            equation=written(shown),
            products={phase.formula: n for phase, n in shown if n > 0},
        )

    def _potential(self, before: _State, after: _State) -> Property:
        taken = after.lithium - before.lithium
        reaction = balanced([*scaled(before.parts, -1.0), (self.lithium, -taken), *after.parts])
        moved = sum(n for phase, n in reaction if phase.name == self.lithium.name)
        own = sum(abs(n) for phase, n in reaction if phase.name == self.film.phase.name)
        return per(self.film.widened(self.hull.table.reaction(reaction), own), moved, unit="V")
