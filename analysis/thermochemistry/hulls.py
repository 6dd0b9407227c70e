"""The hull of competing phases, and how far a phase lies above it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.equations import balanced, per, written
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry

__all__ = ["SAME_PHASE_EV_ATOM", "Film", "Hull", "HullDistance", "hull_distance"]

SAME_PHASE_EV_ATOM = 0.005
"""A film this close to a crystal of its composition is that crystal, as far as relaxations tell."""
RESOLVED_DIGITS = 4
"""What relaxations resolve of an energy, decimals of eV/atom."""
MEANING = "energy set free by decay into the competing phases; enthalpies as at 298 K, no entropies"
ONE_CELL = (
    "± unknown: one cell, and what the corrections miss cancels against a crystal of the same composition"
)
_LEAST_SHARE = 1e-5


class HullDistance(BaseModel):
    """How far a phase lies above the hull of the phases it competes with."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    energy: Property = Field(description="eV/atom; negative for a phase below the hull of the others.")
    equation: str = Field(description="The decay per formula unit, balanced.")
    products: dict[str, float] = Field(description="Formula units by formula, per formula unit that decays.")
    same_phase: bool = Field(
        description="True if all that it decays to is a crystal of the same composition and energy, or if it "
        "does not decay."
    )


@dataclass(frozen=True)
class Film:
    """What is asked about: the mean of the replicas of a film, as a phase.

    Parameters
    ----------
    phase : Phase
        Mean energy, volume and groups per formula unit.
    standard_error_eV : float
        Standard error of the energy per formula unit from the scatter of the replicas; 0 for one.
    """

    phase: Phase
    standard_error_eV: float = 0.0

    @classmethod
    def of(cls, replicas: Sequence[Phase]) -> Self:
        """Return the mean of replicas of one composition.

        Raises
        ------
        DataError
            If there is none, or their compositions differ.
        """
        if not replicas:
            raise DataError("a film needs at least one relaxed cell", where="film")
        first = replicas[0]
        if any(phase.composition != first.composition for phase in replicas):
            raise DataError("the replicas of the film differ in composition", where=first.name)
        energies = [phase.energy_eV for phase in replicas]
        volumes = [phase.volume_A3 for phase in replicas if phase.volume_A3 is not None]
        names = sorted({name for phase in replicas for name in phase.groups or {}})
        groups = {name: fmean((phase.groups or {}).get(name, 0.0) for phase in replicas) for name in names}
        mean = first.model_copy(
            update={
                "energy_eV": fmean(energies),
                "volume_A3": fmean(volumes) if volumes else None,
                "groups": groups or None,
            }
        )
        error = stdev(energies) / np.sqrt(len(energies)) if len(energies) > 1 else 0.0
        return cls(mean, float(error))

    def widened(self, energy: Property, units: float) -> Property:
        """Add the scatter of the replicas to the uncertainty of an energy of so many formula units."""
        if energy.value is None or not self.standard_error_eV:
            return energy
        whole = np.hypot(energy.uncertainty or 0.0, units * self.standard_error_eV)
        return energy.model_copy(update={"uncertainty": float(whole)})


class Hull:
    """The lowest energies that phases can have together, at any composition of their elements.

    Parameters
    ----------
    table : Thermochemistry
        Energies of the phases.
    elements : iterable of str
        What they are made of.
    also : sequence of Phase
        Phases that compete besides the crystals and gases of the table, such as a film.

    Raises
    ------
    DataError
        If an element has no reference.
    """

    def __init__(
        self, table: Thermochemistry, elements: Iterable[str], *, also: Sequence[Phase] = ()
    ) -> None:
        from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram  # noqa: PLC0415 - heavy
        from pymatgen.core import Composition, Element  # noqa: PLC0415

        self.table = table
        self.elements = sorted(set(elements))
        crystals = {
            next(iter(phase.elements))
            for phase in table.competing(self.elements)
            if len(phase.elements) == 1 and phase.kind is PhaseKind.CRYSTAL
        }
        self.phases = tuple(
            phase for phase in (*table.competing(self.elements), *also) if not _vapour(phase, crystals)
        )
        entries = [
            PDEntry(Composition(phase.composition), table.formation_energy_eV(phase), name=str(index))
            for index, phase in enumerate(self.phases)
        ]
        self.diagram = PhaseDiagram(entries, [Element(element) for element in self.elements])

    def products(self, composition: Mapping[str, float]) -> list[tuple[Phase, float]]:
        """Return what matter of this composition is at its lowest energy, in formula units."""
        from pymatgen.core import Composition  # noqa: PLC0415

        total = sum(composition.values())
        found: dict[Any, float] = self.diagram.get_decomposition(Composition(composition))
        parts = [(self.phases[int(entry.name)], float(share)) for entry, share in found.items()]
        return [(phase, share * total / phase.atoms) for phase, share in parts if share > _LEAST_SHARE]

    def decay(self, phase: Phase) -> list[tuple[Phase, float]]:
        """Return the reaction of one formula unit of a phase to what is lowest at its composition."""
        return balanced([(phase, -1.0), *self.products(phase.composition)])

    def between(self, start: Mapping[str, float], end: Mapping[str, float]) -> list[dict[str, float]]:
        """Return the compositions on a line at which the phases change, with both ends."""
        from pymatgen.core import Composition  # noqa: PLC0415

        points = self.diagram.get_critical_compositions(Composition(start), Composition(end))
        return [{str(el): float(n) for el, n in point.items() if n > _LEAST_SHARE} for point in points]


def hull_distance(table: Thermochemistry, film: Film) -> HullDistance:
    """Hold a film against the hull of the phases that it competes with.

    Parameters
    ----------
    table : Thermochemistry
        The competing phases, by the film's potential.
    film : Film
        The film; other phases of kind FILM do not compete.

    Raises
    ------
    DataError
        If an element has no reference phase.
    """
    phase = film.phase
    hull = Hull(table, phase.elements)
    products = hull.products(phase.composition)
    reaction = balanced([(phase, -1.0), *products])
    energy = per(film.widened(table.reaction(reaction), 1.0), -phase.atoms, unit="eV/atom")
    value = round(energy.value or 0.0, RESOLVED_DIGITS) + 0.0  # no negative zero
    energy = energy.model_copy(update={"value": value})
    same = len(products) == 1 and _proportional(products[0][0], phase)
    flags = [MEANING, *([f"held against {products[0][0].name}"] if same else [])]
    if value > SAME_PHASE_EV_ATOM and not energy.uncertainty:
        energy = energy.model_copy(update={"uncertainty": None})
        flags.append(ONE_CELL)
    return HullDistance(
        energy=energy.flagged(*flags),
        equation=written(reaction),
        products={product.formula: number for product, number in reaction if number > 0},
        same_phase=value <= SAME_PHASE_EV_ATOM and (same or value <= 0),
    )


def _vapour(phase: Phase, crystals: set[str]) -> bool:
    """Tell a gas of an element that is solid, such as S2: as an element it has no energy of its own here."""
    return phase.kind is PhaseKind.GAS and len(phase.elements) == 1 and phase.elements <= crystals


def _proportional(one: Phase, other: Phase) -> bool:
    return one.elements == other.elements and all(
        abs(one.composition[el] / one.atoms - other.composition[el] / other.atoms) < _LEAST_SHARE
        for el in one.composition
    )
