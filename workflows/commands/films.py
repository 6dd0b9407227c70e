"""One film, for people: its properties, and its structure over the replicas."""

from collections.abc import Mapping, Sequence

from lithicoat.analysis.films.ensembles import Convergence
from lithicoat.analysis.films.records import FilmStructure, bonded
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.workflows.commands.console import format_property, out
from lithicoat.workflows.commands.tables import no_such_film, origins

__all__ = ["find_record", "print_convergence", "print_film", "print_structure"]

MOST_COMMON = 3
"""Coordination numbers that are shown of a shell."""
NETWORK = {
    "ion_coordination": "oxygens around an ion",
    "bridges_per_unit": "ion–O–ion bridges per unit",
    "hydroxyls_per_unit": "hydroxyls left per unit",
    "largest_cluster_share": "share of units in the largest cluster",
}
TITLES = {"density": "density", "shear_modulus": "shear modulus", "diffusivity": "diffusivity"}


def find_record(records: Sequence[ScreeningRecord], film: str) -> ScreeningRecord:
    """Return the record of a film.

    Raises
    ------
    DataError
        If there is none.
    """
    found = [record for record in records if record.coating == film]
    if not found:
        raise no_such_film(film, {record.coating for record in records})
    return found[-1]


def print_film(record: ScreeningRecord) -> None:
    """Print all that was found of a film."""
    mark = "   TRY-OUT PROTOCOL" if record.try_out else ""
    out.print(f"{record.coating}   {record.name}{mark}", soft_wrap=True)
    for name, quantity in record.properties.items():
        out.print(f"  {name.replace('_', ' '):28s} {format_property(quantity)}", soft_wrap=True)
    if record.structure is not None:
        print_structure(record.structure)
    print_convergence(record.convergence)
    for step, reason in record.failures.items():
        out.print(f"  failed: {step}: {reason}", soft_wrap=True)
    for flag in dict.fromkeys(flag for quantity in record.properties.values() for flag in quantity.flags):
        out.print(f"  note: {flag}", soft_wrap=True)
    for line in origins([record]):
        out.print(f"  {line}", soft_wrap=True)


def print_structure(structure: FilmStructure) -> None:
    """Print a film's structure over its replicas, and what a reader must know of them."""
    replicas = "1 replica" if structure.replicas == 1 else f"{structure.replicas} replicas"
    seeds = ", ".join(map(str, structure.seeds))
    out.print(f"  density    {format_property(structure.density)} as annealed; {replicas} (seed {seeds})")
    for shell in filter(bonded, structure.shells):
        pair = f"{shell.center}–{shell.neighbor}"
        peak = format_property(shell.peak)
        number = _number(shell.coordination)
        out.print(
            f"  {pair:9s}  {peak}, {number} neighbours within {shell.edge_A:.2f} Å: {_shares(shell.shares)}",
            soft_wrap=True,
        )
    for ring in structure.rings:
        per = f"per {ring.per}"
        out.print(f"  {ring.network} rings of {ring.atoms} atoms: {_number(ring.number)} {per}")
    for name, quantity in structure.network.items():
        out.print(f"  {NETWORK.get(name, name)}: {_number(quantity)}")
    for flag in structure.flags:
        out.print(f"  note: {flag}", soft_wrap=True)


def print_convergence(found: Mapping[str, Convergence]) -> None:
    """Print how properties depend on the number of replicas."""
    for name, numbers in found.items():
        title = f"{TITLES.get(name, name)} ({numbers.unit}{', ' + numbers.what if numbers.what else ''})"
        sizes = "   ".join(
            f"n={size.replicas} "
            + format_property(
                Property(value=size.mean, uncertainty=size.standard_error, unit=numbers.unit), unit=False
            )
            for size in numbers.sizes
        )
        out.print(f"  {title}: {sizes}", soft_wrap=True)
        if numbers.needed is not None:
            replicas = "1 replica" if numbers.needed == 1 else f"{numbers.needed} replicas"
            out.print(f"    a standard error of {numbers.relative_error:.0%} takes about {replicas}")


def _number(quantity: Property) -> str:
    return format_property(quantity, unit=False)


def _shares(shares: tuple[float, ...]) -> str:
    """Write the commonest coordination numbers as `4 (62 %), 3 (30 %)`."""
    common = sorted(range(len(shares)), key=lambda count: -shares[count])[:MOST_COMMON]
    return ", ".join(f"{count} ({shares[count]:.0%})" for count in common if shares[count] > 0)
