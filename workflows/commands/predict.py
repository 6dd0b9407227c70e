"""`lithicoat predict`: search for the unknown crystal of a compound."""

from pathlib import Path
from typing import Annotated

import typer

from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.options import Database, Json, Potential, Quiet, Trust
from lithicoat.workflows.potentials.registry import DEFAULT_POTENTIAL, PotentialRef

__all__ = ["command"]

SECOND = {"chgnet": DEFAULT_POTENTIAL}
"""Which potential checks which; chgnet checks all others."""


def command(
    formula: Annotated[str, typer.Argument(help="The compound, such as Li2SO3.")],
    *,
    potential: Potential = None,
    check: Annotated[
        str | None,
        typer.Option(
            "--check-with",
            help="Potential that relaxes the lowest crystals again, or `none`; default: chgnet.",
        ),
    ] = None,
    candidates: Annotated[int, typer.Option(min=1, help="Starts from known structure types, at most.")] = 20,
    random: Annotated[int, typer.Option(min=0, help="Random crystals with symmetry, besides.")] = 0,
    keep: Annotated[int, typer.Option(min=1, help="Crystals that are confirmed and written.")] = 3,
    max_atoms: Annotated[int, typer.Option(min=1, help="Atoms of a primitive cell, at most.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same starts.")] = 0,
    directory: Annotated[Path, typer.Option("-o", "--output", help="Where the files go.")] = Path(
        "lithicoat-predictions"
    ),
    trust: Trust = False,
    db: Database = Path("lithicoat.db"),
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Search for the crystal of a compound. Example: lithicoat predict Li2SO3 --random 20 -o predicted."""
    from lithicoat.structures.crystals.candidates import crystal_candidates, whole_counts
    from lithicoat.structures.io import write_model
    from lithicoat.workflows.commands.display import StepDisplay
    from lithicoat.workflows.commands.predictions import print_prediction, written_model
    from lithicoat.workflows.crystals.search import Search
    from lithicoat.workflows.potentials.registry import check_elements
    from lithicoat.workflows.potentials.trust import choose_potential

    counts = whole_counts(formula)
    ref = choose_potential(potential or DEFAULT_POTENTIAL, trusted=trust)
    check_elements(ref, counts, where=formula)
    second = _second(check, ref.id, set(counts), trust=trust)
    starts = crystal_candidates(formula, number=candidates, random=random, max_atoms=max_atoms, seed=seed)
    search = Search(formula=formula, potential=ref, check_potential=second, keep=keep, seed=seed)
    display = StepDisplay(quiet=quiet)
    with display.shown():
        prediction = search.run(starts, db, display)
    files = [
        [str(path) for path in write_model(written_model(prediction, rank), directory)]
        for rank in range(1, len(prediction.crystals) + 1)
    ]
    if json:
        found = prediction.model_dump(mode="json")
        for crystal, paths in zip(found["crystals"], files, strict=True):
            crystal["files"] = paths
        print_json(found)
        return
    print_prediction(prediction)
    out.print(f"files: {', '.join(paths[1] for paths in files)}", soft_wrap=True)


def _second(name: str | None, first: str, symbols: set[str], *, trust: bool) -> PotentialRef | None:
    """Return the potential that checks; the default is left out where it does not cover the elements."""
    from lithicoat.workflows.potentials.registry import check_elements, elements, list_potentials
    from lithicoat.workflows.potentials.trust import choose_potential

    if name == "none" or (name is None and first not in {entry.id for entry in list_potentials()}):
        return None
    chosen = name or SECOND.get(first, "chgnet")
    if name is None and chosen not in {entry.id for entry in list_potentials() if entry.available}:
        return None
    ref = choose_potential(chosen, trusted=trust)
    if name is not None:
        check_elements(ref, symbols, where="--check-with")
    return ref if symbols <= set(elements(ref)) else None
