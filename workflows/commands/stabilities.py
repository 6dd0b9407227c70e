"""How the stability of a film is measured by `lithicoat stability`, printed, and written as JSON."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobflow import Flow

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.interfaces import Contact
from lithicoat.analysis.thermochemistry.windows import LITHIUM, WindowLimit
from lithicoat.structures.catalog.materials_project import material_gaps
from lithicoat.structures.model import Model
from lithicoat.structures.references.phases import CATHODE_ELEMENTS
from lithicoat.workflows.commands.console import format_property, out, to_json
from lithicoat.workflows.commands.single import Task, run_task
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.provenance import provenance, signed
from lithicoat.workflows.stability.documents import CathodeContactDocument, StabilityDocument
from lithicoat.workflows.stability.gaps import band_gap
from lithicoat.workflows.stability.makers import CATHODE
from lithicoat.workflows.stability.properties import NO_CATHODE, stability_properties
from lithicoat.workflows.stability.published import published_windows
from lithicoat.workflows.stability.wiring import cathode_potential, stability_jobs
from lithicoat.workflows.storage import existing_store
from lithicoat.workflows.thermochemistry.records import thermochemistry_of

__all__ = ["Answer", "as_json", "measure", "print_answer", "write_figures"]


WIDTH = 80


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is told of a film.

    Parameters
    ----------
    task : Task
        What was asked.
    stability : StabilityDocument
        By the film's potential.
    contact : CathodeContactDocument or None
        By the potential that covers the cathode too; None if there is none here.
    properties : dict of str to Property
        As in the record, with the band gap and provenance.
    """

    task: Task
    stability: StabilityDocument
    contact: CathodeContactDocument | None
    properties: dict[str, Property]


def measure(task: Task, db: Where, *, materials_project: bool, quiet: bool) -> Answer:
    """Run all steps of a film's stability.

    Raises
    ------
    DataError
        If an element has no reference phase, or the film is lithium.
    PotentialError
        If a potential has no record of reference energies.
    StructureError
        If the Materials Project cannot be asked.
    """
    _refuse_early(task, db)
    cells, relaxed = task.maker.prepare(task.subject, task.potential, seed=task.seed)
    steps = stability_jobs(relaxed, task.potential, task.elements, task.protocol.relax)
    last = [job for job in steps.jobs if job.output.uuid in _wanted(steps.stability, steps.contact)]
    flow = Flow([*cells, *steps.jobs], name=f"lithicoat stability {task.name}")
    found = dict(zip((job.uuid for job in last), run_task(task, flow, last, db, quiet=quiet), strict=True))
    stability: StabilityDocument = found[steps.stability.uuid]
    contact: CathodeContactDocument | None = found[steps.contact.uuid] if steps.contact else None
    rows = () if isinstance(task.subject, Model) else task.subject.reported
    gap = band_gap(rows)
    if gap.value is None and materials_project:
        gap = band_gap(material_gaps(stability.formula))
    origin = provenance(task.potential, task.protocol, task.seed)
    named = {**stability_properties(stability, contact), "band_gap": gap}
    return Answer(
        task=task,
        stability=stability,
        contact=contact,
        properties={name: signed(quantity, origin, task.protocol) for name, quantity in named.items()},
    )


def as_json(answer: Answer) -> dict[str, Any]:
    """Return the document of `lithicoat stability --json`."""
    found, stability, contact = answer.properties, answer.stability, answer.contact
    reactions: dict[str, Any] = {"Li": _reaction(answer, stability.lithium, stability.potential)}
    if contact is not None:
        each = {one.partner: _reaction(answer, one, contact.potential) for one in contact.contacts}
        reactions |= {CATHODE: each[contact.worst.partner], **each}
    else:
        reactions[CATHODE] = {"energy": to_json(found["reaction_NMC811"])}
    if stability.acid is not None:
        reactions["HF"] = _reaction(answer, stability.acid, stability.potential)
    else:
        reactions["HF"] = {"energy": to_json(Property.missing("eV/atom", stability.without_acid))}
    return {
        "film": answer.task.name,
        "formula": stability.formula,
        "energy_above_hull": to_json(found["energy_above_hull"]),
        "decay": {"equation": stability.hull.equation, "products": stability.hull.products},
        "window_V": [to_json(found["window_low"]), to_json(found["window_high"])],
        "window": {
            "below": _limit(stability.window.low),
            "above": _limit(stability.window.high),
            "metastable": stability.window.metastable,
            "steps": to_json(stability.window.steps),
        },
        "reactions": reactions,
        "band_gap": to_json(found["band_gap"]),
        "replicas": stability.replicas,
        "references": {
            stability.potential.id: stability.references,
            **({contact.potential.id: contact.references} if contact else {}),
        },
    }


def print_answer(answer: Answer, files: list[Path]) -> None:
    """Print the table, what a reader must know, and where the numbers come from."""
    stability, contact, found = answer.stability, answer.contact, answer.properties
    mark = "   TRY-OUT PROTOCOL" if answer.task.protocol.try_out else ""
    out.print(f"{answer.task.name}   {stability.formula}{mark}", soft_wrap=True)
    _row(
        "above the hull",
        found["energy_above_hull"],
        "" if stability.hull.same_phase else stability.hull.equation,
    )
    _row("window, low end", found["window_low"], stability.window.low.equation)
    _row("window, high end", found["window_high"], stability.window.high.equation)
    _row("with Li", found["reaction_lithium"], stability.lithium.equation)
    if contact is None:
        _row(f"with {CATHODE}", found["reaction_NMC811"], NO_CATHODE)
    for one in contact.contacts if contact else ():
        _row(f"with {one.partner}", one.energy, one.equation)
    if stability.acid is None:
        _row("with HF", Property.missing("eV/HF", stability.without_acid), stability.without_acid)
    else:
        each = stability.acid.per_partner.model_copy(update={"unit": "eV/HF"})
        _row("with HF", each, stability.acid.equation)
    _row("band gap", found["band_gap"], "")
    for flag in _notes(answer):
        out.print(f"  note: {flag}", soft_wrap=True)
    for file in files:
        out.print(f"  figure {file}", soft_wrap=True)
    _print_origin(answer)


def write_figures(answer: Answer, directory: Path) -> list[Path]:
    """Write the figures of a film's stability, with the windows that others published of it."""
    from lithicoat.analysis.figures.windows import PublishedWindow
    from lithicoat.workflows.commands.figures import stability_figures

    known = [
        PublishedWindow(low_V=one.low_V, high_V=one.high_V, source=one.source)
        for one in published_windows(answer.stability.formula)
    ]
    return stability_figures(
        answer.stability,
        directory,
        contact=answer.contact,
        name=answer.task.title,
        caption=f"Protocol {answer.task.protocol.label}.",
        published=known,
    )


def _refuse_early(task: Task, db: Where) -> None:
    """Refuse what cannot be answered before anything is computed."""
    if task.elements == {LITHIUM}:
        raise DataError(
            "lithium is no film: its stability against itself means nothing",
            where=task.name,
            hint="give a film that lies on lithium",
        )
    store = existing_store(db)
    thermochemistry_of(task.potential, store).competing(task.elements | {LITHIUM})
    other = cathode_potential(task.potential, task.elements)
    if other is not None:
        thermochemistry_of(other, store).competing(task.elements | CATHODE_ELEMENTS)


def _wanted(*references: Any) -> set[str]:
    return {reference.uuid for reference in references if reference is not None}


def _reaction(answer: Answer, contact: Contact, potential: PotentialRef) -> dict[str, Any]:
    origin = provenance(potential, answer.task.protocol, answer.task.seed)
    quantities = {
        name: to_json(signed(getattr(contact, name), origin, answer.task.protocol))
        for name in ("energy", "beyond_decay", "per_partner")
    }
    rest = contact.model_dump(mode="json", exclude=set(quantities))
    return {**rest, **quantities}


def _limit(limit: WindowLimit) -> dict[str, Any]:
    return {"equation": limit.equation, "products": limit.products}


def _row(title: str, quantity: Property, what: str) -> None:
    """Print a number, and what it is of: beside it where the page is wide enough, else below."""
    reason = quantity.flags[0] if quantity.value is None else what
    line = f"  {title:18s} {format_property(quantity):23s}"
    if len(line) + len(reason) < WIDTH:
        out.print(f"{line} {reason}".rstrip(), soft_wrap=True)
    else:
        out.print(line.rstrip(), soft_wrap=True)
        out.print(f"  {'':18s} {reason}", soft_wrap=True)


def _notes(answer: Answer) -> list[str]:
    """Return the cautions once each, without the equations that stand in the table."""
    shown = {answer.stability.lithium.equation}
    quantities = [quantity for quantity in answer.properties.values() if quantity.value is not None]
    if answer.contact is not None:
        shown |= {one.equation for one in answer.contact.contacts}
        quantities += [one.energy for one in answer.contact.contacts]
    flags = dict.fromkeys(flag for quantity in quantities for flag in quantity.flags)
    return [flag for flag in flags if flag not in shown and not flag.startswith(("no reaction", "worst of"))]


def _print_origin(answer: Answer) -> None:
    stability, contact = answer.stability, answer.contact
    potentials = [f"potential {stability.potential.id} (sha256 {stability.potential.sha256[:12]}…)"]
    if contact is not None and contact.potential.sha256 != stability.potential.sha256:
        other = f"{contact.potential.id} (sha256 {contact.potential.sha256[:12]}…)"
        potentials.append(f"with {CATHODE} all by {other}")
    task = answer.task
    out.print(
        f"  ± is one standard uncertainty; {', '.join(potentials)}, protocol {task.protocol.label}, "
        f"seed {task.seed}",
        soft_wrap=True,
    )
