"""How a film's hold on its electrodes is measured by `lithicoat adhesion`, printed, and written as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.properties import Property
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.coating import Coating, Role
from lithicoat.workflows.adhesion.documents import AdhesionDocument, AdsorptionDocument
from lithicoat.workflows.adhesion.jobs import adhesion_jobs, targets_of
from lithicoat.workflows.adhesion.properties import adhesion_properties, adhesion_property
from lithicoat.workflows.commands.console import format_property, out, to_json
from lithicoat.workflows.commands.single import Task, run_task
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.provenance import TRY_OUT, provenance, signed

__all__ = ["Answer", "as_json", "measure", "parse_targets", "print_answer"]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is told of a film.

    Parameters
    ----------
    task : Task
        What was asked.
    interfaces : sequence of AdhesionDocument
        One per face of an electrode and cell of the film.
    adsorption : sequence of AdsorptionDocument
        One per cell of the film.
    properties : dict of str to Property
        As in the record, with provenance.
    """

    task: Task
    interfaces: Sequence[AdhesionDocument]
    adsorption: Sequence[AdsorptionDocument]
    properties: dict[str, Property]

    @property
    def works(self) -> list[Property]:
        """Work of adhesion of every interface, J/m², with its cautions."""
        origin = provenance(self.task.potential, self.task.protocol, self.task.seed)
        return [
            signed(adhesion_property([document]), origin, self.task.protocol) for document in self.interfaces
        ]


def parse_targets(text: str | None, subject: object) -> tuple[str, ...]:
    """Read `Li,NMC811,Cu`; by default the electrodes of the film's role, lithium for a structure file.

    Raises
    ------
    UsageError
        If nothing is named, or the catalog's entry is an electrode itself.
    """
    if text is not None:
        named = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
        if not named:
            raise UsageError("--to names no electrode", where="--to", hint="--to Li,NMC811,Cu")
        return named
    role = subject.role if isinstance(subject, Coating) else Role.ANODE
    if not targets_of(role):
        raise UsageError(
            f"{getattr(subject, 'id', subject)} is an electrode itself",
            where="--to",
            hint="name what it should hold on: --to Li",
        )
    return targets_of(role)


def measure(task: Task, targets: Sequence[str], db: Where, *, catalog: Path | None, quiet: bool) -> Answer:
    """Run all steps of a film's adhesion.

    Raises
    ------
    StructureError
        If there is no such electrode, or no interface within the protocol's atoms.
    PotentialError
        If no potential covers film and electrode.
    """
    cells, relaxed = task.maker.prepare(task.subject, task.potential, seed=task.seed)
    steps = adhesion_jobs(
        relaxed,
        task.elements,
        task.potential,
        protocol=task.protocol,
        targets=targets,
        seed=task.seed,
        coating=task.subject if isinstance(task.subject, Coating) else None,
        find=load_catalog(catalog).find,
    )
    wanted = [*steps.adhesion, *steps.adsorption]
    found = run_task(task, [*cells, *steps.jobs], wanted, db, quiet=quiet)
    interfaces, adsorption = found[: len(steps.adhesion)], found[len(steps.adhesion) :]
    origin = provenance(task.potential, task.protocol, task.seed)
    named = adhesion_properties(interfaces, adsorption)
    return Answer(
        task=task,
        interfaces=interfaces,
        adsorption=adsorption,
        properties={name: signed(quantity, origin, task.protocol) for name, quantity in named.items()},
    )


def as_json(answer: Answer) -> dict[str, Any]:
    """Return the document of `lithicoat adhesion --json`."""
    return {
        "film": answer.task.name,
        **to_json(answer.properties),
        "interfaces": [
            {
                "electrode": document.electrode,
                "film_face": document.report.film_face,
                "film_form": document.report.film_form.value,
                "work": to_json(work),
                "cohesion_J_m2": document.cohesion_J_m2,
                "spreading_J_m2": document.spreading_J_m2,
                "film_strain": to_json(document.report.film_strain),
                "area_A2": document.report.area_A2,
                "atoms": document.report.atoms,
                "scar_J_m2": document.scar_J_m2,
                "energies_eV": {
                    "together": document.energy_eV,
                    "electrode": document.electrode_energy_eV,
                    "film": document.film_energy_eV,
                },
            }
            for document, work in zip(answer.interfaces, answer.works, strict=True)
        ],
        "lithium_sites": [
            {"face": document.face, **to_json(site)}
            for document in answer.adsorption
            for site in document.sites
        ],
    }


def print_answer(answer: Answer) -> None:
    """Print the table, what a reader must know, and where the numbers come from."""
    task = answer.task
    mark = "   TRY-OUT PROTOCOL" if task.protocol.try_out else ""
    out.print(f"{task.name}{mark}", soft_wrap=True)
    out.print(
        f"{'on':18s} {'film':10s} {'strain':>7s} {'atoms':>5s} {'W, J/m2':>8s} {'2γ, J/m2':>9s}  potential"
    )
    for document in answer.interfaces:
        cohesion = "–" if document.cohesion_J_m2 is None else f"{document.cohesion_J_m2:.2f}"
        strain = max(map(abs, document.report.film_strain.principal))
        out.print(
            f"{document.electrode:18s} {document.report.film_face:10s} {strain:7.1%} "
            f"{document.report.atoms:5d} {document.work_J_m2:8.2f} {cohesion:>9s}  {document.potential.id}",
            soft_wrap=True,
        )
    for name, quantity in answer.properties.items():
        out.print(f"{name.replace('_', ' '):24s} {format_property(quantity)}")
    out.print(_verdict(answer.properties), soft_wrap=True)
    flags = [flag for quantity in answer.properties.values() for flag in quantity.flags]
    for flag in dict.fromkeys(flag for flag in flags if flag != TRY_OUT):
        out.print(f"note: {flag}", soft_wrap=True)
    refs = [*(one.potential for one in answer.interfaces), *(one.potential for one in answer.adsorption)]
    used = {ref.id: ref.sha256 for ref in refs}
    named = ", ".join(f"{name} (sha256 {digest[:12]}…)" for name, digest in used.items())
    out.print(
        f"± is one standard deviation; potential {named}, protocol {task.protocol.label}, seed {task.seed}",
        soft_wrap=True,
    )


def _verdict(found: dict[str, Property]) -> str:
    """Say in words whether lithium wets the film and sticks to it."""
    spreading, adsorption = found.get("lithium_spreading"), found.get("lithium_adsorption")
    told = []
    if spreading is not None and spreading.value is not None:
        far = spreading.uncertainty is not None and abs(spreading.value) <= spreading.uncertainty
        verb = "wets" if spreading.value > 0 else "does not wet"
        unsure = ", within the spread" if far else ""
        told.append(f"lithium {verb} the film (adhesion less cohesion {spreading.value:+.2f} J/m2{unsure})")
    if adsorption is not None and adsorption.value is not None:
        likes = "lithiophilic" if adsorption.value < 0 else "lithiophobic"
        told.append(
            f"the film is {likes}: lithium lies on it at {adsorption.value:+.2f} eV against its metal"
        )
    return "; ".join(told)
