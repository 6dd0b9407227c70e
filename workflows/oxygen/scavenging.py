"""Oxygen scavenging: what a film does with oxygen, all energies by one potential with its corrections."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np
from jobflow import Job, Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.oxygen.conditions import (
    NONE,
    ROOM_K,
    UptakeCondition,
    UptakeSurroundings,
    conditions_of,
    gas_shift,
    onset_of,
)
from lithicoat.analysis.oxygen.judging import CathodeComparison, compared
from lithicoat.analysis.oxygen.quantities import ReactionEnergy, named_routes, of_step
from lithicoat.analysis.oxygen.staircase import UptakeStep, reached, staircase
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.thermochemistry.gases import oxygen_chemical_potential_eV
from lithicoat.analysis.thermochemistry.hulls import Film
from lithicoat.analysis.thermochemistry.phases import Thermochemistry
from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.mechanics.relaxation import RelaxDocument
from lithicoat.workflows.oxygen.offer import KnownOxygen, cathode_oxygen_for
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.steps import science_job
from lithicoat.workflows.thermochemistry.films import film_phases
from lithicoat.workflows.thermochemistry.records import references_for

__all__ = ["ScavengingDocument", "ScavengingMaker", "mean_density", "scavenging_jobs"]


class ScavengingDocument(BaseModel):
    """What a film does with oxygen."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    film: str = Field(description="Reduced formula of the film.")
    composition: dict[str, float] = Field(description="Atoms per formula unit of film.")
    potential: str
    sha256: str
    reactions: tuple[ReactionEnergy, ...] = Field(
        description="The one to quote first: along the oxides of sulfur if the film has such, else as far as "
        "O2 at 298 K and 1 bar takes it; none if it takes up none."
    )
    steps: tuple[UptakeStep, ...] = Field(description="The staircase at 298 K, the potential rising.")
    conditions: tuple[UptakeCondition, ...] = Field(description="By temperature.")
    energy: Property = Field(
        description="Of the first reaction, eV per O2; a bound of 0 if it takes up none."
    )
    capacity: Property = Field(description="mol O2 per cm³ of film.")
    volume_ratio: Property = Field(description="Volume of the solid products over that of the film.")
    onset: Property = Field(description="O potential above which uptake is downhill at 298 K, eV per O.")
    cathode: CathodeComparison | None = Field(description="None if it is not known; then the reason.")
    cathode_missing: str = ""


@dataclass
class ScavengingMaker(Maker):
    """What a film does with oxygen, from its relaxed cells and the reference phases.

    Parameters
    ----------
    surroundings : UptakeSurroundings
        Temperatures and pressures.
    name : str
        Name of the job.
    """

    surroundings: UptakeSurroundings = UptakeSurroundings()  # noqa: RUF009 - frozen
    name: str = "scavenging"

    @science_job(ScavengingDocument, version="2")
    def make(
        self,
        film: list[RelaxDocument],
        references: Thermochemistry,
        known: KnownOxygen | None = None,
    ) -> ScavengingDocument:
        """Balance the reactions of the film and take their energies.

        Parameters
        ----------
        film : list of RelaxDocument
            Relaxed replicas of the film.
        references : Thermochemistry
            Reference phases of the film's elements and oxygen, by the film's potential.
        known : KnownOxygen, optional
            The oxygen of the cathode with the reference phases of its potential.

        Raises
        ------
        PotentialError
            If film and references are of two potentials.
        DataError
            If an element of the film has no reference phase.
        """
        _same_potential(film, references)
        mean = Film.of(film_phases(film))
        density = mean_density(film)
        shift = gas_shift(ROOM_K, self.surroundings.gas_bar)
        steps = staircase(references, mean.phase, gas_shift_eV=shift)
        gas = oxygen_chemical_potential_eV(temperature_K=ROOM_K)
        last = reached(steps, gas)
        reactions = list(named_routes(references, mean, density))
        if last is not None:
            end = of_step(references, mean, last, density)
            reactions += [] if end.equation in {named.equation for named in reactions} else [end]
        quoted = _quoted(reactions, steps, gas)
        return ScavengingDocument(
            film=mean.phase.formula,
            composition=mean.phase.composition,
            potential=references.potential,
            sha256=references.sha256,
            reactions=tuple(reactions),
            steps=steps,
            conditions=conditions_of(references, mean, density, self.surroundings),
            energy=quoted.energy,
            capacity=quoted.capacity,
            volume_ratio=quoted.volume_ratio,
            onset=_doubted(onset_of(steps), gas),
            cathode=_beside(known, mean),
            cathode_missing="" if known is None else known.reason,
        )


def scavenging_jobs(
    relaxed: Sequence[Job], potential: PotentialRef, elements: Iterable[str]
) -> tuple[list[Job], Job]:
    """Return the jobs that prepare a film's scavenging, and the job that makes the document.

    Parameters
    ----------
    relaxed : sequence of Job
        Relaxations of the film's cells, by `potential`.
    potential : PotentialRef
        Potential of the film.
    elements : iterable of str
        Elements of the film.
    """
    wanted = sorted({*elements, "O"})
    references = references_for(potential, wanted)
    references.name = "reference phases"
    known = cathode_oxygen_for(potential, wanted)
    known.name = "oxygen of NMC811"
    job = ScavengingMaker().make([cell.output for cell in relaxed], references.output, known.output)
    return [references, known], job


def mean_density(film: list[RelaxDocument]) -> Property:
    """Return the mean density of the replicas in g/cm³ with its standard error."""
    densities = [document.model.density_g_cm3 for document in film]
    if len(densities) == 1:
        return Property(value=densities[0], unit="g/cm3")
    return Property(
        value=fmean(densities), uncertainty=stdev(densities) / np.sqrt(len(densities)), unit="g/cm3"
    )


def _doubted(onset: Property, gas_eV: float) -> Property:
    """Say if it is not certain on which side of O2 gas the onset lies."""
    if not onset.resolved or abs(float(onset.value or 0.0) - gas_eV) > (onset.uncertainty or 0.0):
        return onset
    return onset.flagged(f"O2 gas at 298 K and 1 bar offers {gas_eV:.2f} eV per O: within the uncertainty")


def _beside(known: KnownOxygen | None, film: Film) -> CathodeComparison | None:
    if known is None or known.oxygen is None or known.references is None:
        return None
    return compared(known.references, known.oxygen, film.phase)


@dataclass(frozen=True)
class _Quoted:
    energy: Property
    capacity: Property
    volume_ratio: Property


def _quoted(reactions: Sequence[ReactionEnergy], steps: Sequence[UptakeStep], gas_eV: float) -> _Quoted:
    """Return what is quoted of a film: its first reaction, or that it takes up none."""
    if reactions:
        first = reactions[0]
        return _Quoted(first.energy, first.capacity, first.volume_ratio)
    reason = NONE
    if steps:
        onset = steps[0].oxygen_potential.value or 0.0
        reason = f"takes up O2 above {onset:.2f} eV per O only; at 298 K and 1 bar it offers {gas_eV:.2f}"
    return _Quoted(
        Property(value=0.0, bound=Bound.LOWER, unit="eV/O2", flags=(reason,)),
        Property(value=0.0, uncertainty=0.0, unit="mol O2/cm3", flags=(reason,)),
        Property(value=1.0, uncertainty=0.0, unit="1", flags=(reason,)),
    )


def _same_potential(film: Sequence[RelaxDocument], references: Thermochemistry) -> None:
    for document in film:
        if document.potential.sha256 != references.sha256:
            raise PotentialError(
                f"the film is relaxed with {document.potential.id}, the reference phases are by "
                f"{references.potential}: energies of two potentials are not mixed",
                where=references.potential,
            )
