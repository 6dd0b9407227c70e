"""What `references` computes, and how a record is printed."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.phases import Thermochemistry
from lithicoat.analysis.thermochemistry.terms import TERMS
from lithicoat.structures.references.phases import ELEMENTS
from lithicoat.workflows.commands.console import format_property, out
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.thermochemistry.checking import CheckedReaction, left_out_reactions

__all__ = ["as_json", "compute", "fetch", "parse_elements", "print_record"]

WORST = 5
"""Compounds named as the worst."""


def parse_elements(text: str | None) -> list[str] | None:
    """Read elements, as `Li,S,O`; None for all.

    Raises
    ------
    UsageError
        If one has no reference.
    """
    if text is None:
        return None
    found = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [element for element in found if element not in ELEMENTS]
    if unknown or not found:
        raise UsageError(
            f"--elements {text}: there is no reference of {', '.join(unknown) or 'nothing'}",
            where="--elements",
            hint=f"known are {','.join(ELEMENTS)}",
        )
    return list(dict.fromkeys(found))


def compute(
    name: str, wanted: list[str] | None, db: Where, *, trusted: bool, quiet: bool
) -> tuple[Thermochemistry, list[CheckedReaction]]:
    """Relax the phases of a potential, fit its corrections, and keep the record in the database.

    Raises
    ------
    PotentialError
        If the potential is not to be had, or does not cover an element that was asked for.
    """
    from lithicoat.workflows.campaign import run_jobs
    from lithicoat.workflows.commands.display import StepDisplay
    from lithicoat.workflows.potentials.registry import check_elements, elements
    from lithicoat.workflows.potentials.trust import choose_potential
    from lithicoat.workflows.thermochemistry.flow import reference_jobs

    potential = choose_potential(name, trusted=trusted)
    if wanted is not None:
        check_elements(potential, wanted, where="--elements")
    chosen = wanted or [element for element in ELEMENTS if element in elements(potential)]
    asked = f" --elements {','.join(chosen)}" if wanted is not None else ""
    flow = reference_jobs(potential, chosen, command=f"lithicoat references --potential {name}{asked}")
    display = StepDisplay(quiet=quiet)
    with display.shown():
        outputs = run_jobs(flow, db, display)
    record: Thermochemistry = outputs[flow.jobs[-1].uuid]
    return record, left_out_reactions(record, potential)


def fetch(wanted: list[str] | None) -> tuple[Thermochemistry, list[CheckedReaction]]:
    """Return the record of the Materials Project's DFT entries; nothing of it is fitted here."""
    from lithicoat.workflows.thermochemistry.materials_project import materials_project_record

    return materials_project_record(wanted or ["Li", "S", "O"]), []


def as_json(record: Thermochemistry, checks: Sequence[CheckedReaction]) -> dict[str, Any]:
    """Return the form for machines."""
    return {
        "potential": record.potential,
        "sha256": record.sha256,
        "protocol": record.protocol,
        "command": record.command,
        "versions": record.versions,
        "phases": dict(_numbers(record)),
        "terms": {name: quantity.model_dump(mode="json") for name, quantity in _terms(record).items()},
        "scatter_eV_atom": record.fit.scatter_eV_atom,
        "left_out_error_eV_atom": record.fit.left_out_error_eV_atom if record.fit.compounds else None,
        "compounds": [compound.model_dump(mode="json") for compound in record.fit.compounds],
        "reactions": [check.model_dump(mode="json") for check in checks],
        "left_out": record.left_out,
    }


def print_record(record: Thermochemistry, checks: Sequence[CheckedReaction]) -> None:
    """Print terms, errors, the measured reactions, and what is missing."""
    numbers = ", ".join(f"{number} {kind}" for kind, number in _numbers(record).items())
    out.print(f"{record.potential}: {numbers}")
    fitted = _terms(record)
    if fitted:
        out.print("correction term (eV)              of each")
    for name, quantity in fitted.items():
        out.print(f"  {name:12s} {format_property(quantity, unit=False):>18s}  {TERMS[name]}")
    fit = record.fit
    out.print(f"scatter of a compound {fit.scatter_eV_atom:.3f} eV/atom")
    if fit.compounds:
        out.print(
            f"a compound left out of the fit is off by {fit.left_out_error_eV_atom:.3f} eV/atom "
            f"({len(fit.compounds)} measured)"
        )
        worst = sorted(fit.compounds, key=lambda compound: -abs(compound.left_out_error_eV_atom))[:WORST]
        text = ", ".join(
            f"{compound.formula} {compound.left_out_error_eV_atom:+.2f} ± "
            f"{compound.left_out_uncertainty_eV_atom:.2f}"
            for compound in worst
        )
        out.print(f"worst (measured - corrected): {text}", soft_wrap=True)
    for check in checks:
        out.print(
            f"{check.equation:24s} left out {format_property(check.energy)}, "
            f"measured {format_property(check.measured, unit=False)}",
            soft_wrap=True,
        )
    out.print(
        f"{record.potential} (sha256 {record.sha256[:12]}), {record.protocol}; prior: {fit.prior}",
        soft_wrap=True,
    )
    for name, reason in record.left_out.items():
        out.print(f"note: {name}: {reason}", soft_wrap=True)


def _numbers(record: Thermochemistry) -> dict[str, int]:
    """Count the phases by kind."""
    return dict(Counter(phase.kind.value for phase in record.phases))


def _terms(record: Thermochemistry) -> dict[str, Property]:
    """Return the terms that the record's phases hold."""
    from lithicoat.analysis.thermochemistry.terms import correction_terms

    fit = record.fit
    if not fit.compounds:
        return {}
    held = {
        name
        for phase in record.phases
        if phase.volume_A3 is not None
        for name in correction_terms(phase.composition, groups=phase.groups)
    }
    return {
        name: Property(value=value, uncertainty=fit.covariance_eV2[index][index] ** 0.5, unit="eV")
        for index, (name, value) in enumerate(zip(fit.terms, fit.values_eV, strict=True))
        if name in held
    }
