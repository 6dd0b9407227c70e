"""`lithicoat benchmark`: how good a potential is, against shipped references."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.options import Json, Potential, Quiet

__all__ = ["Subject", "command"]


class Subject(Enum):
    """What is compared."""

    ELASTIC = "elastic"


def command(
    subject: Annotated[Subject, typer.Argument(help="What is compared.")],
    *,
    potential: Potential = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the calibration as JSON.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare a potential with reference crystals. Example: lithicoat benchmark elastic."""
    from lithicoat.workflows import progress
    from lithicoat.workflows.calibrate import elastic_benchmark
    from lithicoat.workflows.commands.display import StepDisplay
    from lithicoat.workflows.errors import UsageError
    from lithicoat.workflows.potentials import resolve

    ref = resolve(potential or "chgnet")
    display = StepDisplay(quiet=quiet)
    with display.shown(), progress.listen(display):
        display.started(f"{subject.value} benchmark of {ref.id}")
        result = elastic_benchmark(ref)
    if output is not None:
        try:
            output.write_text(result.calibration.model_dump_json(indent=1) + "\n")
        except OSError as error:
            raise UsageError(f"{output} cannot be written: {error.strerror}", where=str(output)) from error
    if json:
        print_json(result)
        return
    for row in result.comparisons:
        predicted, reference = row.shear_modulus_GPa, row.reference_shear_modulus_GPa
        out.print(f"{row.label:24s} G {predicted:7.1f} GPa   reference {reference:7.1f} GPa")
    for crystal, reason in result.failures.items():
        out.print(f"{crystal:24s} left out: {reason}", soft_wrap=True)
    found = result.calibration
    out.print(
        f"{ref.id}: reference = {found.slope:.2f} ± {found.slope_uncertainty:.2f} x predicted, "
        f"scatter {found.scatter:.0%}, {found.n} crystals",
        soft_wrap=True,
    )
