"""Phases with their energies, and the table of them that every reaction energy is taken from."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import Enum
from typing import Self

import numpy as np
from ase.formula import Formula
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.corrections import FittedTerms
from lithicoat.analysis.thermochemistry.terms import correction_terms

__all__ = ["Phase", "PhaseKind", "Thermochemistry"]

FloatArray = NDArray[np.float64]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class PhaseKind(Enum):
    """What a phase is."""

    CRYSTAL = "crystal"
    GAS = "gas"
    CATHODE = "cathode"
    """A layered oxide at some lithium content; it competes in no hull but its own."""
    MEASURED = "measured"
    """A solid or liquid that stands for no crystal here: its enthalpy of formation is the measured one."""
    FILM = "film"
    """What is asked about; it is no reference."""


_COMPETING = frozenset({PhaseKind.CRYSTAL, PhaseKind.GAS, PhaseKind.MEASURED})
_TABULATED = frozenset({PhaseKind.GAS, PhaseKind.MEASURED})


class Phase(_Document):
    """A phase and its energy by one potential."""

    name: str = Field(description="What tells it apart: `Li2S_225.cif`, `SO2 gas`, `NMC811 x=0.5`, a film.")
    formula: str = Field(description="Formula of the unit that energy and volume are of.")
    composition: dict[str, float] = Field(description="Atoms per formula unit.")
    energy_eV: float = Field(
        description="Energy per formula unit by the potential, eV; its enthalpy of formation if measured."
    )
    uncertainty_eV: float = Field(
        0.0, ge=0, description="Standard uncertainty of the energy of a measured phase, eV."
    )
    volume_A3: float | None = Field(
        None, description="Volume per formula unit, Å³; None for a gas or a measured phase."
    )
    kind: PhaseKind
    groups: dict[str, float] | None = Field(
        None,
        description="Sulfurs per formula unit that the structure shows as sulfide, sulfite and sulfate.",
    )
    flags: tuple[str, ...] = Field((), description="Cautions of the structure.")

    @property
    def atoms(self) -> float:
        """Atoms per formula unit."""
        return sum(self.composition.values())

    @property
    def elements(self) -> frozenset[str]:
        """Elements of the phase."""
        return frozenset(self.composition)


class Thermochemistry(_Document):
    """The phases of one potential with the corrections of their energies.

    Formation energies are those of a formula unit from its elements: energy, minus the elements' reference
    energies, plus the correction terms; of a gas of several elements and of what has no crystal here, the
    measured enthalpy of formation. They are held against enthalpies at 298 K: the difference to 0 K is in
    the fitted terms.
    """

    potential: str
    sha256: str
    protocol: str = Field(description="How the phases were relaxed.")
    elements_eV: dict[str, float] = Field(description="Reference energy of each element, eV/atom.")
    gases_eV: dict[str, float] = Field(
        description="Measured enthalpies of formation of gases, eV per molecule, 298 K."
    )
    gas_source: str = ""
    phases: tuple[Phase, ...]
    fit: FittedTerms
    left_out: dict[str, str] = Field(
        default_factory=dict, description="Why phases or measured compounds are missing, by name."
    )
    command: str = Field("", description="What computes this record again.")
    versions: dict[str, str] = Field(default_factory=dict)
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @property
    def content_hash(self) -> str:
        """sha256 of all numbers."""
        numbers = self.model_dump_json(exclude={"created_at", "versions", "command"})
        return hashlib.sha256(numbers.encode()).hexdigest()

    @property
    def elements(self) -> frozenset[str]:
        """Elements that have a reference energy."""
        return frozenset(self.elements_eV)

    def including(self, *phases: Phase) -> Self:
        """Return the table with further phases, such as a film."""
        return self.model_copy(update={"phases": (*self.phases, *phases)})

    def restricted(self, elements: Iterable[str]) -> Self:
        """Return the table with only the phases of these elements, which a film of them can turn into."""
        wanted = set(elements)
        kept = tuple(phase for phase in self.phases if phase.elements <= wanted)
        references = {el: energy for el, energy in self.elements_eV.items() if el in wanted}
        return self.model_copy(update={"phases": kept, "elements_eV": references})

    def phase(self, name: str) -> Phase:
        """Return a phase by its name, or the lowest crystal, gas or measured phase of a formula.

        Raises
        ------
        DataError
            If there is none.
        """
        named = [phase for phase in self.phases if phase.name == name]
        same = [p for p in self.phases if p.kind in _COMPETING and _same_formula(p.formula, name)]
        found = named or sorted(same, key=self.formation_energy_eV)
        if not found:
            raise DataError(f"no reference phase {name} with {self.potential}", where=name)
        return found[0]

    def competing(self, elements: Iterable[str]) -> tuple[Phase, ...]:
        """Return the crystals, gases and measured phases made of these elements.

        Raises
        ------
        DataError
            If an element has no reference.
        """
        wanted = set(elements)
        absent = sorted(wanted - self.elements)
        if absent:
            raise DataError(
                f"{self.potential} has no reference phase of {', '.join(absent)}",
                where=", ".join(absent),
                hint=f"known are {' '.join(sorted(self.elements))}",
            )
        return tuple(phase for phase in self.phases if phase.kind in _COMPETING and phase.elements <= wanted)

    def formation_energy_eV(self, phase: Phase) -> float:
        """Corrected formation energy per formula unit, eV (see the class)."""
        if len(phase.composition) == 1 and phase.kind is PhaseKind.GAS:
            return 0.0
        if phase.kind is PhaseKind.GAS:
            return self.gases_eV[phase.formula]
        if phase.kind is PhaseKind.MEASURED:
            return phase.energy_eV
        elements = sum(number * self.elements_eV[el] for el, number in phase.composition.items())
        return float(phase.energy_eV - elements + self._weights(phase) @ np.array(self.fit.values_eV))

    def reaction(self, coefficients: Iterable[tuple[Phase, float]]) -> Property:
        """Energy of a reaction; products count positive, reactants negative.

        The standard uncertainty holds the covariance of the correction terms and, for each composition, the
        scatter of a compound about the fit: it cancels between two phases of one composition.

        Parameters
        ----------
        coefficients : pairs of Phase and float
            Formula units of each phase.

        Returns
        -------
        Property
            In eV.

        Raises
        ------
        DataError
            If the reaction is not balanced.
        """
        pairs = list(coefficients)
        balance: dict[str, float] = {}
        atoms: dict[str, float] = {}
        weights = np.zeros(len(self.fit.terms))
        energy = measured = 0.0
        for phase, number in pairs:
            for element, count in phase.composition.items():
                balance[element] = balance.get(element, 0.0) + number * count
            energy += number * self.formation_energy_eV(phase)
            measured += (number * phase.uncertainty_eV) ** 2
            if phase.kind in _TABULATED or len(phase.composition) == 1:
                continue
            weights += number * self._weights(phase)
            key = _mixture(phase)
            atoms[key] = atoms.get(key, 0.0) + number * phase.atoms
        size = sum(abs(number) * phase.atoms for phase, number in pairs)
        off = [element for element, left in balance.items() if abs(left) > 1e-6 * max(size, 1.0)]
        if off:
            raise DataError(f"the reaction is not balanced in {', '.join(off)}", where="coefficients")
        scatter = self.fit.scatter_eV_atom**2 * sum(number**2 for number in atoms.values())
        variance = weights @ np.array(self.fit.covariance_eV2) @ weights + scatter + measured
        return Property(value=float(energy), uncertainty=float(np.sqrt(max(variance, 0.0))), unit="eV")

    def _weights(self, phase: Phase) -> FloatArray:
        return self.fit.weights(correction_terms(phase.composition, groups=phase.groups))


def _same_formula(one: str, other: str) -> bool:
    """Compare formulas whatever the order of their elements: LiHO is LiOH."""
    if one == other:
        return True
    try:
        return bool(Formula(one).count() == Formula(other).count())
    except (KeyError, ValueError):  # a name such as `SO2 gas` is no formula
        return False


def _mixture(phase: Phase) -> str:
    """Name the composition, whatever its formula unit."""
    total = phase.atoms
    return " ".join(f"{el}{number / total:.4f}" for el, number in sorted(phase.composition.items()))
