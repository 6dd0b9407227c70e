"""From the hops of a defect to what a record says of a crystal: barrier, conductivity, activation energy."""

from lithicoat.analysis.properties import Property
from lithicoat.analysis.transport.arrhenius import ROOM_TEMPERATURE_K
from lithicoat.analysis.transport.carriers import (
    carrier_activation_energy,
    carrier_diffusivity,
    defect_conductivity,
    defect_fraction,
)
from lithicoat.workflows.benchmarks.results import barrier_error_eV
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.transport.migration_records import CarrierDocument, MigrationDocument

__all__ = ["MIGRATION_UNITS", "crystal_transport", "crystal_transport_lines", "migration_properties"]

MIGRATION_UNITS = {
    "migration_barrier": "eV",
    "frenkel_energy": "eV",
    "activation_energy": "eV",
    "conductivity_298K": "S/cm",
    "log10_conductivity_298K": "decades",
    "intrinsic_conductivity_298K": "S/cm",
}
REPLACED = ("activation_energy", "diffusivity_298K", "conductivity_298K", "log10_conductivity_298K")
"""What the defect model gives where the dynamics of the perfect cell did not resolve diffusion."""
NEUTRAL = "cells with a vacancy are neutral: the potential knows no charge"
INDEPENDENT = "carriers taken as independent"
NOT_ASKED = "interstitials were not asked for"
_ALIKE_EV = 1e-3
_RARE_EV = 0.05
"""Two kT at room temperature: below, a hop is hardly an event."""


def migration_properties(document: MigrationDocument, potential: PotentialRef) -> dict[str, Property]:
    """Return barrier, Frenkel energy and the conductivities of the defect model.

    The standard uncertainty is that of the potential's barriers: √(π/2) times the mean absolute error of its
    shipped barrier benchmark, the standard deviation of Gaussian errors of that mean.

    Parameters
    ----------
    document : MigrationDocument
        Hops of the crystal.
    potential : PotentialRef
        The potential, whose barrier benchmark gives the uncertainty.

    Returns
    -------
    dict of str to Property
        With the names and units of `MIGRATION_UNITS`, and `diffusivity_298K` (cm2/s); what could not be had
        says why.
    """
    vacancy, error = document.vacancy, _barrier_error_eV(potential)
    if vacancy is None:
        reason = "no vacancy model: " + document.missing.get("vacancy", "not computed")
        found = {name: Property.missing(unit, reason) for name, unit in MIGRATION_UNITS.items()}
        return {**found, "diffusivity_298K": Property.missing("cm2/s", reason)}
    flags = _assumptions(document, vacancy)
    diffusivity = carrier_diffusivity(
        vacancy.network, temperature_K=ROOM_TEMPERATURE_K, attempt_THz=document.spec.attempt_THz
    )
    sigma, logarithm = defect_conductivity(
        diffusivity,
        carriers_per_site=document.spec.carriers_per_site,
        lithium_per_A3=document.lithium_per_A3,
        energy_error=error,
        flags=flags,
    )
    return {
        "migration_barrier": _barrier(vacancy, error),
        "activation_energy": _activation_energy(vacancy, error, flags),
        "diffusivity_298K": _diffusivity(diffusivity * document.spec.carriers_per_site, sigma, flags),
        "conductivity_298K": sigma,
        "log10_conductivity_298K": logarithm,
        **_intrinsic(document, diffusivity, error),
    }


def crystal_transport(
    ladder: dict[str, Property], document: MigrationDocument | None, potential: PotentialRef
) -> dict[str, Property]:
    """Join what the dynamics of a perfect crystal resolved with the defect model.

    Parameters
    ----------
    ladder : dict of str to Property
        Transport properties by dynamics.
    document : MigrationDocument or None
        Hops of the crystal; None if they could not be had.
    potential : PotentialRef
        The potential.

    Returns
    -------
    dict of str to Property
        Where the dynamics resolved a conductivity at room temperature, its values stay: the crystal needs no
        defects to conduct. Otherwise those of the defect model stand in their place.
    """
    if document is None:
        reason = "no migration barriers: see the failures of the film"
        new = {name: unit for name, unit in MIGRATION_UNITS.items() if name not in ladder}
        return {**ladder, **{name: Property.missing(unit, reason) for name, unit in new.items()}}
    model = migration_properties(document, potential)
    conductivity = ladder.get("conductivity_298K")
    if conductivity is not None and conductivity.resolved:
        return {**model, **ladder}
    if model["conductivity_298K"].value is None:
        return {**{name: model[name] for name in model if name not in REPLACED}, **ladder}
    return {**ladder, **model}


def crystal_transport_lines(document: MigrationDocument, potential: PotentialRef) -> list[str]:
    """Return the hops, the barriers and the defect model of a crystal as lines for the terminal."""
    lines = [f"{document.formula}  {document.space_group}  {document.lithium_per_A3 * 1e24:.3g} Li per cm³"]
    for carrier in document.carriers:
        lines += ["", *_carrier_lines(carrier)]
    lines += [f"no {what}: {why}" for what, why in document.missing.items()]
    lines.append("")
    quantities = migration_properties(document, potential)
    lines += [f"{name:28s} {_told(found)}" for name, found in quantities.items()]
    flags = dict.fromkeys(
        flag for found in quantities.values() for flag in found.flags if found.value is not None
    )
    told = [flag for flag in flags if not flag.startswith("uncertain by")]
    return [*lines, "", "what this rests on", *(f"  {flag}" for flag in told)] if told else lines


def _carrier_lines(carrier: CarrierDocument) -> list[str]:
    lines = [f"{carrier.carrier} in a cell of {carrier.atoms} atoms, {carrier.width_A:.1f} Å wide"]
    lines += [
        f"  site {site.name:6s} {site.multiplicity:3d} per cell   {site.energy_eV:7.3f} eV over the best"
        for site in carrier.sites
    ]
    lines.append(f"  {'hop':34s}{'per cell':>9s}{'forward':>10s}{'back':>8s}  eV")
    lines += [
        f"  {hop.label:34s}{hop.multiplicity:9d}{hop.forward_eV:10.3f}{hop.backward_eV:8.3f}"
        for hop in carrier.hops
    ]
    lines += [f"  {hop:34s} no barrier: {why}" for hop, why in carrier.failures.items()]
    if carrier.left_out:
        lines.append(f"  {carrier.left_out} longer hops not computed")
    found = carrier.barriers
    ways = [("one", found.one_eV), ("two", found.two_eV), ("three", found.three_eV)]
    told = [f"{value:.3f} eV along {name}" for name, value in ways if value is not None]
    lines.append("  endless paths: " + (", ".join(told) or "none"))
    return lines


def _told(quantity: Property) -> str:
    if quantity.value is None:
        return f"not known: {quantity.flags[0]}"
    error = "" if quantity.uncertainty is None else f" ± {quantity.uncertainty:.2g}"
    decades = [flag for flag in quantity.flags if flag.startswith("uncertain by")]
    return f"{quantity.value:.3g}{error} {quantity.unit}{'   ' if decades else ''}{''.join(decades)}"


def _barrier_error_eV(potential: PotentialRef) -> float | None:
    """Return the standard uncertainty of a barrier by the potential, eV; None without a shipped benchmark."""
    return barrier_error_eV(potential.id, potential.sha256)


def _barrier(carrier: CarrierDocument, error: float | None) -> Property:
    found = carrier.barriers
    if found.best_eV is None:
        return Property.missing("eV", "the hops of the vacancy make no endless path")
    ways = {1: "one direction only", 2: "two directions only", 3: "all three directions"}
    flags = [f"vacancy by NEB along {ways[found.dimensions]}"]
    easier = found.two_eV if found.dimensions == 3 else found.one_eV
    if found.dimensions > 1 and easier is not None and easier < found.best_eV - 1e-3:
        flags.append(f"{easier:.2f} eV along {ways[found.dimensions - 1].removesuffix(' only')}")
    return Property(
        value=found.best_eV, uncertainty=error, unit="eV", flags=(*flags, *_doubts(carrier), NEUTRAL)
    )


def _doubts(carrier: CarrierDocument) -> tuple[str, ...]:
    flags = [f"cell of {carrier.atoms} atoms, defects {carrier.width_A:.1f} Å apart"]
    if carrier.failures:
        flags.append("no barrier for hop " + ", ".join(carrier.failures))
    return tuple(flags)


def _assumptions(document: MigrationDocument, carrier: CarrierDocument) -> tuple[str, ...]:
    spec = document.spec
    model = (
        f"vacancy model: {spec.carriers_per_site:g} of the Li sites assumed empty, attempt frequency "
        f"{spec.attempt_THz:g} THz assumed, {_climb(carrier)}"
    )
    return (model, INDEPENDENT, NEUTRAL, *_mean(carrier), *_doubts(carrier))


def _climb(carrier: CarrierDocument) -> str:
    """Say how high the saddles are, by directions where they differ."""
    found = carrier.barriers
    if found.best_eV is None:
        return "no endless path"
    ways = [(found.one_eV, "one"), (found.two_eV, "two"), (found.three_eV, "three")]
    told = {
        f"{value:.2f}": ("directions" if way != "one" else "direction", way)
        for value, way in ways
        if value is not None
    }
    if len(told) == 1 and found.dimensions == 3:
        return f"barrier {found.best_eV:.2f} eV by NEB"
    each = [f"{value} eV along {way} {noun}" for value, (noun, way) in told.items()]
    return f"barriers by NEB {', '.join(each)}"


def _mean(carrier: CarrierDocument) -> tuple[str, ...]:
    """Say that a mean was taken where the directions differ, and where hops are no rare events."""
    found, flags = carrier.barriers, []
    if found.dimensions < 3 or (found.best_eV or 0.0) > (found.one_eV or 0.0) + _ALIKE_EV:
        flags.append("mean over all directions, as of a polycrystal")
    if found.one_eV is not None and found.one_eV < _RARE_EV:
        flags.append(f"a barrier of {found.one_eV:.2f} eV makes no rare events: the rate is too high")
    return tuple(flags)


def _activation_energy(carrier: CarrierDocument, error: float | None, flags: tuple[str, ...]) -> Property:
    energy = carrier_activation_energy(carrier.network, temperature_K=ROOM_TEMPERATURE_K)
    if energy is None:
        return Property.missing("eV", "the hops of the vacancy make no endless path")
    return Property(value=energy, uncertainty=error, unit="eV", flags=flags)


def _diffusivity(value_cm2_s: float, sigma: Property, flags: tuple[str, ...]) -> Property:
    """Return the diffusivity of the charge, averaged over all lithium ions."""
    if sigma.value is None:
        return Property.missing("cm2/s", sigma.flags[0])
    error = None if sigma.uncertainty is None else sigma.uncertainty / sigma.value * value_cm2_s
    told = tuple(flag for flag in sigma.flags if flag not in flags)
    charge = "of the charge; tracers are slower by the correlation factor"
    return Property(value=value_cm2_s, uncertainty=error, unit="cm2/s", flags=(*flags, *told, charge))


def _intrinsic(document: MigrationDocument, vacancy_cm2_s: float, error: float | None) -> dict[str, Property]:
    """Return Frenkel energy and the conductivity of a crystal without any other defects."""
    pair = document.frenkel
    if pair is None:
        reason = document.missing.get("frenkel", NOT_ASKED)
        return {
            "frenkel_energy": Property.missing("eV", reason),
            "intrinsic_conductivity_298K": Property.missing("S/cm", reason),
        }
    cells = (
        f"pair in one cell of {pair.atoms} atoms, {pair.distance_A:.1f} Å apart; in cells of their own "
        f"{pair.apart_eV:.2f} eV"
    )
    unknown = "uncertainty not known: the benchmark of the potential holds no defect energies"
    energy = Property(value=pair.energy_eV, unit="eV", flags=(cells, unknown))
    carriers, interstitial = "vacancies and interstitials", document.interstitial
    diffusivity = vacancy_cm2_s
    if interstitial is None:
        carriers = "vacancies alone"
    else:
        diffusivity += carrier_diffusivity(
            interstitial.network, temperature_K=ROOM_TEMPERATURE_K, attempt_THz=document.spec.attempt_THz
        )
    at_work = f"{carriers}, attempt frequency {document.spec.attempt_THz:g} THz assumed"
    fraction = defect_fraction(pair.energy_eV, temperature_K=ROOM_TEMPERATURE_K)
    model = f"pure crystal: {fraction:.1e} Frenkel pairs per Li site, {at_work}"
    sigma, _ = defect_conductivity(
        diffusivity,
        carriers_per_site=fraction,
        lithium_per_A3=document.lithium_per_A3,
        energy_error=error,
        flags=(model, "error of the barrier alone", INDEPENDENT, "real crystals hold more defects than that"),
    )
    return {"frenkel_energy": energy, "intrinsic_conductivity_298K": sigma}
