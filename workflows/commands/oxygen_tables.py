"""What `scavenging` found of a film, as a table and as JSON."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rich.table import Table

from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.oxygen.quantities import ReactionEnergy
from lithicoat.analysis.oxygen.scavenging import areal_capacity
from lithicoat.analysis.properties import Property
from lithicoat.workflows.commands.console import format_property, out
from lithicoat.workflows.commands.single import Task
from lithicoat.workflows.oxygen.properties import scavenging_properties
from lithicoat.workflows.oxygen.scavenging import ScavengingDocument
from lithicoat.workflows.provenance import provenance, signed

__all__ = ["OxygenResult", "as_json", "print_result"]

Sign = Callable[[Property], Property]


@dataclass(frozen=True, kw_only=True)
class OxygenResult:
    """What was found.

    Parameters
    ----------
    task : Task
        The film, and with what it was computed.
    document : ScavengingDocument
        Thermodynamics.
    flags : tuple of str
        Cautions of the relaxed cells.
    converted_name : str
        What the oxidised film is; empty if it was not asked for.
    more : dict of str to dict of str to Property
        Signed properties of what was asked for beside, by its name.
    """

    task: Task
    document: ScavengingDocument
    flags: tuple[str, ...]
    converted_name: str = ""
    more: dict[str, dict[str, Property]] = field(default_factory=dict)

    @property
    def sign(self) -> Sign:
        """What puts provenance and cautions on a property."""
        origin = provenance(self.task.potential, self.task.protocol, self.task.seed)
        return lambda quantity: signed(quantity, origin, self.task.protocol).flagged(*self.flags)


def as_json(result: OxygenResult) -> dict[str, Any]:
    """Return the form for machines; every number with unit, uncertainty and provenance."""
    document, sign = result.document, result.sign
    capacity = sign(document.capacity)
    found: dict[str, Any] = {
        "film": document.film,
        "reactions": [_reaction(reaction, sign) for reaction in document.reactions],
        "energy_eV_per_O2": sign(document.energy),
        "capacity_mol_O2_cm3": capacity,
        "areal_capacity_mol_O2_cm2_per_nm": areal_capacity(capacity, thickness_nm=1.0),
        "volume_ratio": sign(document.volume_ratio),
        "uptake_onset": sign(document.onset),
        "staircase": [
            {
                "equation": step.reaction.equation,
                "oxygen_potential_eV": sign(step.oxygen_potential),
                "energy_eV_per_O2": sign(step.energy),
                "o2": step.reaction.o2,
                "gases": step.reaction.gases,
            }
            for step in document.steps
        ],
        "conditions": [
            {
                "temperature_K": condition.temperature_K,
                "oxygen_potential_eV": condition.oxygen_potential_eV,
                "onset": sign(condition.onset),
                "log10_onset_bar": sign(condition.log10_onset_bar),
                "equation": condition.reaction.equation if condition.reaction else None,
                "free_energy_eV_per_O2": sign(condition.free_energy),
            }
            for condition in document.conditions
        ],
        "oxygen_margin": sign(
            scavenging_properties(document).get("oxygen_margin")
            or Property.missing("eV", document.cathode_missing or "the cathode's oxygen is not known")
        ),
        "cathode": document.cathode,
    }
    return {**found, **result.more}


def _reaction(reaction: ReactionEnergy, sign: Sign) -> dict[str, Any]:
    return {
        "equation": reaction.equation,
        "energy_eV_per_O2": sign(reaction.energy),
        "products": reaction.products,
        "gases": reaction.gases,
        "o2": reaction.o2,
        "capacity_mol_O2_cm3": sign(reaction.capacity),
        "volume_ratio": sign(reaction.volume_ratio),
    }


def print_result(result: OxygenResult, db: Where) -> None:
    """Print reactions, temperatures, the cathode, what else was asked for, what was done, and the notes."""
    document = result.document
    if document.reactions:
        _print_reactions(document)
    else:
        out.print(f"{document.film} takes up no oxygen: capacity 0 mol O2/cm3", soft_wrap=True)
    if document.steps:
        _print_conditions(document)
    _print_cathode(document)
    for name, properties in result.more.items():
        by = next((found.provenance.potential for found in properties.values()), None)
        title = result.converted_name if name == "converted" else name
        out.print(f"\n{title}, by {by}" if by else f"\n{title}", soft_wrap=True)
        for key, quantity in properties.items():
            out.print(f"  {key.replace('_', ' '):32s} {format_property(quantity)}", soft_wrap=True)
    task = result.task
    out.print(
        f"\n{task.potential.id} (sha256 {task.potential.sha256[:12]}…), corrected to measured enthalpies; "
        f"protocol {task.protocol.label}, seed {task.seed}; raw data in {db}",
        soft_wrap=True,
    )
    for note in _notes(result):
        out.print(f"note: {note}", soft_wrap=True)


def _print_reactions(document: ScavengingDocument) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("with oxygen", overflow="fold")
    for heading in ("eV/O2", "mmol O2/cm³", "V/V0"):
        table.add_column(heading, no_wrap=True)
    for reaction in document.reactions:
        millimoles = reaction.capacity.model_copy(
            update={
                "value": None if reaction.capacity.value is None else 1000 * reaction.capacity.value,
                "uncertainty": None
                if reaction.capacity.uncertainty is None
                else 1000 * reaction.capacity.uncertainty,
            }
        )
        table.add_row(
            reaction.equation,
            format_property(reaction.energy, unit=False),
            format_property(millimoles, unit=False),
            format_property(reaction.volume_ratio, unit=False),
        )
    out.print(table)
    areal = areal_capacity(document.capacity, thickness_nm=1.0)
    if areal.value is not None:
        out.print(f"per nm of film: {areal.value * 1e9:.2f} nmol O2/cm²")


def _print_conditions(document: ScavengingDocument) -> None:
    out.print("\nuptake begins above (eV per O, against half an O2 without its entropy; 298 K)")
    for step in document.steps:
        out.print(
            f"  {format_property(step.oxygen_potential, unit=False):16s} {step.reaction.equation}",
            soft_wrap=True,
        )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("T\nK", "O2 offers\neV per O", "uptake above\neV per O", "that is\nbar O2"):
        table.add_column(heading, no_wrap=True)
    table.add_column("there, free energy\neV/O2", no_wrap=True)
    for condition in document.conditions:
        power = condition.log10_onset_bar.value
        table.add_row(
            f"{condition.temperature_K:.0f}",
            f"{condition.oxygen_potential_eV:.2f}",
            format_property(condition.onset, unit=False),
            "–" if power is None else f"1e{power:.0f}",
            format_property(condition.free_energy, unit=False),
        )
    out.print()
    out.print(table)


def _print_cathode(document: ScavengingDocument) -> None:
    cathode = document.cathode
    if cathode is None:
        out.print(f"\nbeside NMC811: {document.cathode_missing or 'not known'}", soft_wrap=True)
        return
    out.print(f"\nbeside {cathode.cathode}, both by {cathode.potential} (eV per O)")
    for name, offer in cathode.offers.items():
        out.print(f"  {name:18s} offers {format_property(offer, unit=False)}")
    out.print(f"  {'O2, 298 K, 1 bar':18s} offers {cathode.gas_eV:.2f}")
    out.print(f"  {'the film':18s} takes up above {format_property(cathode.onset, unit=False)}")
    out.print(f"  margin {format_property(cathode.margin)} per O: it {cathode.verdict}", soft_wrap=True)
    if cathode.working_range_eV is not None:
        low, high = cathode.working_range_eV
        out.print(f"  working range {low:.2f} to {high:.2f} eV per O")


def _notes(result: OxygenResult) -> list[str]:
    """Gather the cautions, each once."""
    document, sign = result.document, result.sign
    quantities = [
        document.energy,
        document.capacity,
        document.volume_ratio,
        document.onset,
        *(reaction.energy for reaction in document.reactions),
        *(reaction.volume_ratio for reaction in document.reactions),
        *([document.cathode.margin] if document.cathode else []),
    ]
    beside = [quantity for properties in result.more.values() for quantity in properties.values()]
    flags = [flag for quantity in quantities for flag in sign(quantity).flags]
    flags += [flag for quantity in beside for flag in quantity.flags]
    return list(dict.fromkeys(flags))
