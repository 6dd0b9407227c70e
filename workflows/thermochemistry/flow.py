"""The flow that computes the record of a potential: every phase, then the fit."""

from collections.abc import Iterable
from dataclasses import dataclass

from jobflow import CURRENT_JOB, Flow, Job, Maker

from lithicoat.analysis.thermochemistry.phases import PhaseKind, Thermochemistry
from lithicoat.structures.references.phases import (
    CATHODE_ELEMENTS,
    cathode_models,
    gas_models,
    reference_models,
)
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.steps import science_job
from lithicoat.workflows.thermochemistry.assembling import assemble
from lithicoat.workflows.thermochemistry.records import remember
from lithicoat.workflows.thermochemistry.relaxing import (
    FMAX_EV_A,
    MAX_STEPS,
    SMAX_GPA,
    PhaseDocument,
    PhaseMaker,
)

__all__ = ["PROTOCOL", "RecordMaker", "reference_jobs"]

PROTOCOL = f"references: fmax {FMAX_EV_A:g} eV/Å, stress {SMAX_GPA:g} GPa, {MAX_STEPS} steps"


@dataclass
class RecordMaker(Maker):
    """Gather the phases, fit the corrections and keep the record in the database.

    Parameters
    ----------
    command : str
        What computes the record again.
    name : str
        Name of the job.
    """

    command: str = ""
    name: str = "corrections"

    @science_job(Thermochemistry, version=None)
    def make(self, phases: list[PhaseDocument], potential: PotentialRef) -> Thermochemistry:
        """Put the record together.

        Raises
        ------
        RunError
            If none of the phases has a measured enthalpy.
        """
        record = assemble(
            potential,
            [document.phase for document in phases if document.phase is not None],
            protocol=PROTOCOL,
            failed={document.name: document.reason for document in phases if document.phase is None},
            command=self.command,
        )
        store = getattr(CURRENT_JOB, "store", None)
        if store is not None:
            remember(record, store)
        return record


def reference_jobs(potential: PotentialRef, elements: Iterable[str], *, command: str = "") -> Flow:
    """Return the flow of all phases of these elements; the last job gives the record.

    Parameters
    ----------
    potential : PotentialRef
        Covers all the elements.
    elements : iterable of str
        Chemical symbols.
    command : str
        What the user typed, for the record.
    """
    wanted = set(elements)
    jobs: list[Job] = []
    models = [(PhaseKind.CRYSTAL, model) for model in reference_models(wanted)]
    models += [(PhaseKind.GAS, model) for model in gas_models(wanted)]
    if wanted >= CATHODE_ELEMENTS:
        models += [(PhaseKind.CATHODE, model) for model in cathode_models()]
    for kind, model in models:
        jobs.append(PhaseMaker(kind=kind, name=model.name).make(model, potential))
    record = RecordMaker(command=command).make([job.output for job in jobs], potential)
    return Flow([*jobs, record], name=f"references with {potential.id}")
