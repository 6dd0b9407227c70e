"""The two steps of stability: by the film's own potential, and against the cathode by the covering one."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobflow import Maker

from lithicoat.analysis.thermochemistry.hulls import Film, hull_distance
from lithicoat.analysis.thermochemistry.interfaces import Contact, contact
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry
from lithicoat.analysis.thermochemistry.windows import LITHIUM, electrochemical_window
from lithicoat.structures.formulas import parse_formula
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics.relaxation import RelaxDocument
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.stability.documents import CathodeContactDocument, StabilityDocument
from lithicoat.workflows.steps import science_job
from lithicoat.workflows.thermochemistry.films import film_phases

__all__ = ["ACID", "CATHODE", "CathodeContactMaker", "StabilityMaker"]

ACID = {"H": 1.0, "F": 1.0}
"""HF, which electrolyte salts give off."""
CATHODE = "NMC811"
"""The cathode whose reference phases at several lithium contents a record holds."""


@dataclass
class StabilityMaker(Maker):
    """Hull, electrochemical window, and reactions with lithium metal and HF.

    Parameters
    ----------
    name : str
        Name of the job.
    """

    name: str = "stability"

    @science_job(StabilityDocument, version="2")
    def make(self, film: list[RelaxDocument], references: Thermochemistry) -> StabilityDocument:
        """Hold a film against the reference phases of its own potential.

        Parameters
        ----------
        film : list of RelaxDocument
            Relaxed replicas.
        references : Thermochemistry
            Reference phases of the film's elements with lithium (and H and F, for HF), same potential.

        Raises
        ------
        RunError
            If film and references are of two potentials.
        DataError
            If an element has no reference phase.
        """
        potential = _one_potential(film, references)
        mean = Film.of(film_phases(film))
        acid, why_not = _acid(references, mean)
        return StabilityDocument(
            potential=potential,
            references=references.content_hash,
            formula=mean.phase.formula,
            replicas=len(film),
            hull=hull_distance(references, mean),
            window=electrochemical_window(references, mean),
            lithium=contact(references, mean, references.phase(LITHIUM), name=LITHIUM),
            acid=acid,
            without_acid=why_not,
        )


@dataclass
class CathodeContactMaker(Maker):
    """Reactions with NMC811 at each lithium content that the references hold.

    Parameters
    ----------
    name : str
        Name of the job.
    """

    name: str = "contact with NMC811"

    @science_job(CathodeContactDocument, version="1")
    def make(self, film: list[RelaxDocument], references: Thermochemistry) -> CathodeContactDocument:
        """Hold a film against the cathode, all with one potential.

        Parameters
        ----------
        film : list of RelaxDocument
            Replicas relaxed with the potential of the references.
        references : Thermochemistry
            Reference phases of film and cathode, and the cathode itself.

        Raises
        ------
        RunError
            If film and references are of two potentials, or the references hold no cathode.
        DataError
            If an element has no reference phase.
        """
        potential = _one_potential(film, references)
        mean = Film.of(film_phases(film))
        cathodes = [phase for phase in references.phases if phase.kind is PhaseKind.CATHODE]
        if not cathodes:
            raise RunError(
                f"the reference phases of {references.potential} hold no {CATHODE}",
                where=references.potential,
                hint=f"compute them again: lithicoat references --potential {references.potential}",
            )
        contacts = [contact(references, mean, cathode, name=cathode.name) for cathode in cathodes]
        return CathodeContactDocument(
            potential=potential,
            references=references.content_hash,
            formula=mean.phase.formula,
            contacts=tuple(contacts),
        )


def _one_potential(film: Sequence[RelaxDocument], references: Thermochemistry) -> PotentialRef:
    """Return the potential of a film; energies of two are never mixed."""
    others = {document.potential.id for document in film if document.potential.sha256 != references.sha256}
    if others:
        raise RunError(
            f"the film was relaxed with {', '.join(sorted(others))}, its reference phases with "
            f"{references.potential}",
            where=references.potential,
            hint="relax both with one potential",
        )
    return film[0].potential


def _acid(references: Thermochemistry, film: Film) -> tuple[Contact | None, str]:
    """Return the reaction with HF, or why there is none."""
    absent = sorted(set(ACID) - references.elements)
    if absent:
        return None, f"{references.potential} has no reference phase of {', '.join(absent)}"
    known = [name for name in references.gases_eV if _counts(name) == ACID]
    if not known:
        return None, "no measured enthalpy of HF"
    gas = Phase(name="HF gas", formula=known[0], composition=ACID, energy_eV=0.0, kind=PhaseKind.GAS)
    return contact(references, film, gas, name="HF"), ""


def _counts(formula: str) -> dict[str, float]:
    return {element: float(number) for element, number in parse_formula(formula).items()}
