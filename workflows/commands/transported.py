"""Diffusion results as scripts and people read them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lithicoat.analysis.properties import Property
from lithicoat.analysis.transport.arrhenius import ArrheniusResult
from lithicoat.analysis.transport.records import TemperatureResult
from lithicoat.analysis.transport.selectivity import lithium_over_oxygen
from lithicoat.workflows.commands.console import format_property, out, print_json
from lithicoat.workflows.transport.following import LITHIUM, OXYGEN

__all__ = ["Transported", "show"]

EXTRAPOLATED = {
    "activation_energy": "eV",
    "diffusivity_298K": "cm2/s",
    "conductivity_298K": "S/cm",
    "log10_conductivity_298K": "decades",
}
Sign = Callable[[Property], Property]


@dataclass(frozen=True, kw_only=True)
class Transported:
    """Everything that is to be told.

    Parameters
    ----------
    runs : mapping of str to sequence of TemperatureResult
        Results of each species, coldest first; the first species is the one that was asked for first.
    fits : mapping of str to ArrheniusResult
        Fits of the species that have runs at several temperatures.
    sign : callable
        Puts provenance and caveats on a property.
    footer : sequence of str
        What was done, a line each.
    endings : mapping of float to sequence of str
        Temperature → why its runs ended.
    lost : sequence of str
        Runs that do not count, and why.
    more : mapping of str to Any
        Further keys of the JSON document.
    lines : sequence of str
        Further lines.
    """

    runs: Mapping[str, Sequence[TemperatureResult]]
    fits: Mapping[str, ArrheniusResult]
    sign: Sign
    footer: Sequence[str]
    endings: Mapping[float, Sequence[str]] = field(default_factory=dict)
    lost: Sequence[str] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    lines: Sequence[str] = ()


def show(found: Transported, *, json: bool) -> None:
    """Print the results on stdout."""
    if json:
        print_json(_document(found))
    else:
        _print(found)


def _document(found: Transported) -> dict[str, Any]:
    """Give the first species the form that scripts rely on, and the same to each under `species`."""
    each = {
        species: {
            "temperatures": [_row(run, found) for run in runs],
            **_extrapolated(found.fits.get(species), found.sign),
        }
        for species, runs in found.runs.items()
    }
    first = next(iter(each.values()), {"temperatures": [], **_extrapolated(None, found.sign)})
    return {
        **first,
        "species": each,
        **({"lithium_over_oxygen": ratio} if (ratio := _ratio(found)) else {}),
        "not_counted": list(found.lost),
        **found.more,
    }


def _row(run: TemperatureResult, found: Transported) -> dict[str, Any]:
    return {
        "temperature_K": run.temperature_K,
        "diffusivity": found.sign(run.diffusivity),
        "conductivity": found.sign(run.conductivity),
        "haven_ratio": found.sign(run.haven_ratio),
        "hops": run.hops,
        "mobile_ions": run.mobile_ions,
        "duration_ps": run.duration_ps,
        "discarded_ps": run.discarded_ps,
        "framework_held": run.framework_held,
        "framework": run.framework_reason,
        "jumps": run.jumps,
        "tensor": run.tensor,
    }


def _extrapolated(fit: ArrheniusResult | None, sign: Sign) -> dict[str, Property]:
    reason = "needs runs at two temperatures or more"
    return {
        name: sign(getattr(fit, name) if fit else Property.missing(unit, reason))
        for name, unit in EXTRAPOLATED.items()
    }


def _ratio(found: Transported) -> Property | None:
    if not {LITHIUM, OXYGEN} <= found.runs.keys():
        return None
    return found.sign(
        lithium_over_oxygen(
            found.fits.get(LITHIUM),
            found.fits.get(OXYGEN),
            lithium_runs=found.runs[LITHIUM],
            oxygen_runs=found.runs[OXYGEN],
        )
    )


def _print(found: Transported) -> None:
    notes: dict[str, None] = {}
    for species, runs in found.runs.items():
        for run in runs:
            _print_run(species, run, notes)
        fit = found.fits.get(species)
        for name, quantity in _extrapolated(fit, found.sign).items() if fit else ():
            if quantity.value is not None or name in {"activation_energy", "diffusivity_298K"}:
                label = f"{species} {name.replace('_', ' ')}"
                out.print(f"{label:29s} {format_property(quantity)}", soft_wrap=True)
            _note(notes, quantity)
    if ratio := _ratio(found):
        out.print(f"{'log10 of D(Li) over D(O)':29s} {format_property(ratio)}", soft_wrap=True)
        _note(notes, ratio)
    for line in (*found.lines, *found.footer, *_endings(found.endings)):
        out.print(line, soft_wrap=True)
    for line in found.lost:
        out.print(f"not counted: {line}", soft_wrap=True)
    for note in notes:
        out.print(f"note: {note}", soft_wrap=True)


def _print_run(species: str, run: TemperatureResult, notes: dict[str, None]) -> None:
    parts = [f"{run.temperature_K:g} K", f"D({species}) {format_property(run.diffusivity)}"]
    if run.conductivity.value is not None:
        parts.append(f"σ {format_property(run.conductivity)}")
    if run.haven_ratio.value is not None:
        parts.append(f"Haven ratio {format_property(run.haven_ratio)}")
    if run.jumps is not None and run.jumps.jumps:
        parts.append(f"{run.jumps.jumps} jumps of {format_property(run.jumps.length)}")
    if run.tensor is not None and not run.tensor.isotropic:
        parts.append(f"anisotropy {format_property(run.tensor.anisotropy)}")
    out.print("   ".join(parts), soft_wrap=True)
    _note(notes, run.diffusivity, run.haven_ratio, run.conductivity)


def _note(notes: dict[str, None], *quantities: Property) -> None:
    notes.update(dict.fromkeys(flag for quantity in quantities for flag in quantity.flags))


def _endings(endings: Mapping[float, Sequence[str]]) -> Iterable[str]:
    for kelvin, reasons in endings.items():
        for reason in dict.fromkeys(reasons):
            yield f"{kelvin:g} K ended: {reason}"
