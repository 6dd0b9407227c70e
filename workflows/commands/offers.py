"""What `scavenging --offer` computes: the oxygen of NMC811, printed, kept and written to a file."""

from pathlib import Path
from typing import Any

from rich.table import Table

from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.oxygen.offers import BULK, CathodeOxygen, offered, vacancy_energy
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.phases import Thermochemistry
from lithicoat.workflows.campaign import run_jobs
from lithicoat.workflows.commands.console import format_property, out, print_json
from lithicoat.workflows.commands.display import StepDisplay
from lithicoat.workflows.oxygen.offer import remember_oxygen
from lithicoat.workflows.oxygen.offering import OfferMaker
from lithicoat.workflows.potentials.trust import choose_potential
from lithicoat.workflows.storage import open_store
from lithicoat.workflows.thermochemistry.records import thermochemistry_of

__all__ = ["offer_json", "print_offer", "show_offer"]


def show_offer(
    potential: str, db: Where, *, trust: bool, output: Path | None, json: bool, quiet: bool
) -> None:
    """Compute the oxygen that NMC811 offers, keep it in the database, and print it.

    Raises
    ------
    PotentialError
        If the potential does not cover the cathode or has no record of reference phases.
    """
    ref = choose_potential(potential, trusted=trust)
    flow = OfferMaker().make(ref)
    references = thermochemistry_of(ref, open_store(db))
    display = StepDisplay(quiet=quiet)
    with display.shown():
        oxygen: CathodeOxygen = run_jobs(flow, db, display)[flow.jobs[-1].uuid]
    remember_oxygen(oxygen, open_store(db))
    if output is not None:
        output.write_text(oxygen.model_dump_json(indent=1) + "\n", encoding="utf-8")
    if json:
        print_json(offer_json(references, oxygen))
    else:
        print_offer(references, oxygen)


def offer_json(references: Thermochemistry, oxygen: CathodeOxygen) -> dict[str, Any]:
    """Return the form for machines."""
    return {
        "cathode": oxygen.cathode,
        "potential": {"id": oxygen.potential, "sha256": oxygen.sha256},
        "protocol": oxygen.protocol,
        "offers": {
            oxygen.label(entry.lithium): {
                "surface": offered(references, oxygen, entry.lithium),
                "bulk": offered(references, oxygen, entry.lithium, place=BULK),
                "sites": [
                    {
                        **site.model_dump(mode="json"),
                        "vacancy_energy": vacancy_energy(references, oxygen, entry.lithium, site),
                    }
                    for site in entry.sites
                ],
            }
            for entry in oxygen.contents
        },
    }


def print_offer(references: Thermochemistry, oxygen: CathodeOxygen) -> None:
    """Print each oxygen with what it costs to take it out."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in (oxygen.cathode, "place", "oxygen", "sites", "depth\nÅ", "vacancy\neV"):
        table.add_column(heading, no_wrap=True)
    for entry in oxygen.contents:
        for site in entry.sites:
            cost: Property = vacancy_energy(references, oxygen, entry.lithium, site)
            depth = "–" if site.depth_A is None else f"{site.depth_A:.1f}"
            table.add_row(
                f"x={entry.lithium:g}",
                site.place,
                site.label,
                str(site.multiplicity),
                depth,
                format_property(cost, unit=False),
            )
    out.print(table)
    out.print("\noffered, eV per O, against half an O2 without its entropy:")
    for entry in oxygen.contents:
        surface = offered(references, oxygen, entry.lithium)
        bulk = offered(references, oxygen, entry.lithium, place=BULK)
        out.print(
            f"  {oxygen.label(entry.lithium):16s} {oxygen.face} {format_property(surface, unit=False):14s} "
            f"bulk {format_property(bulk, unit=False)}"
        )
    out.print(
        f"{oxygen.potential} (sha256 {oxygen.sha256[:12]}…); {oxygen.protocol}; ± is that of the corrections",
        soft_wrap=True,
    )
