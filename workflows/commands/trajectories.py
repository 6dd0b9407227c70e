"""Diffusion from a trajectory that somebody else computed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase.data import atomic_masses, atomic_numbers

from lithicoat.analysis.diffusion import analyse_run
from lithicoat.analysis.displacements import mobile_mask
from lithicoat.analysis.properties import Property
from lithicoat.analysis.transport_records import TemperatureResult
from lithicoat.structures.io import read_trajectory
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.provenance import provenance

__all__ = ["Analysed", "analyse_file"]


@dataclass(frozen=True)
class Analysed:
    """One analysed trajectory.

    Parameters
    ----------
    temperature : TemperatureResult
        What was found.
    sign : callable
        Puts the provenance on a property.
    footer : str
        What was done, in one line.
    """

    temperature: TemperatureResult
    sign: Callable[[Property], Property]
    footer: str


def analyse_file(
    file: Path, *, timestep_fs: float | None, temperature_K: float | None, species: str, seed: int
) -> Analysed:
    """Read a trajectory and analyse the diffusion of one species at one temperature.

    Raises
    ------
    UsageError
        If time between frames or temperature are not given or not positive, or frames have no cell.
    StructureError
        If the file cannot be read.
    DataError
        If it is too short, or holds none of the species.
    """
    for option, value, unit in (("--timestep", timestep_fs, "fs"), ("--temperature", temperature_K, "K")):
        if value is None or not value > 0:
            given = "is missing" if value is None else f"must be positive, got {value:g} {unit}"
            raise UsageError(f"{option} {given}", where=option, hint=f"give it in {unit}, with --trajectory")
    symbols, positions, cells = read_trajectory(file)
    volumes = np.abs(np.linalg.det(cells))
    if not volumes.all():
        raise UsageError(
            f"{file} has frames without a cell, so no conductivity can be had",
            where=str(file),
            hint="give a format that carries the cell, such as extxyz",
        )
    result = analyse_run(
        positions,
        masses=atomic_masses[[atomic_numbers[symbol] for symbol in symbols]],
        mobile=mobile_mask(symbols, species),
        frame_interval_ps=float(timestep_fs or 0) / 1000,
        temperature_K=float(temperature_K or 0),
        volume_A3=float(volumes.mean()),
        cell_A=cells[0],
        seed=seed,
    )
    origin = provenance(None, None, seed)
    ions = f"{result.mobile_ions} {species}, {result.hops} hops"
    footer = f"{len(positions)} frames of {file}, {result.duration_ps:g} ps, {ions}"
    return Analysed(result, lambda quantity: quantity.attributed(origin), footer)
