"""Diffusion from trajectories that somebody else computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.transport.arrhenius import fit_arrhenius
from lithicoat.analysis.transport.diffusion import analyse_run
from lithicoat.analysis.transport.displacements import mobile_mask
from lithicoat.analysis.transport.records import TemperatureResult
from lithicoat.analysis.transport.timing import check_timing
from lithicoat.structures.trajectories import read_trajectory as read_foreign
from lithicoat.workflows.commands.console import err
from lithicoat.workflows.commands.transported import Transported, show
from lithicoat.workflows.dynamics.trajectory import read_trajectory
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.provenance import provenance
from lithicoat.workflows.transport.following import LITHIUM, charge_number, framework_of, masses_of

__all__ = ["Reading", "analyse_and_show", "analyse_files"]

OWN = ".frames"
"""Ending of this program's trajectories."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How trajectories are to be read.

    Parameters
    ----------
    every : int
        Take each so many-th frame.
    types : tuple of str
        Elements of the type numbers of a LAMMPS dump.
    topology : Path or None
        Structure file for formats that hold no elements.
    """

    every: int = 1
    types: tuple[str, ...] = ()
    topology: Path | None = None


class _Run(NamedTuple):
    symbols: tuple[str, ...]
    positions_A: NDArray[np.float32]
    cell_A: NDArray[np.float64]
    frame_interval_ps: float
    temperature_K: float
    energies_eV: NDArray[np.float64] | None


class _Analysis(NamedTuple):
    """One file and what was found in it; it has the shape that the figures take."""

    file: Path
    frames: int
    results: dict[str, TemperatureResult]


def analyse_files(
    files: Sequence[Path],
    *,
    timesteps_fs: Sequence[float],
    temperatures_K: Sequence[float],
    species: Sequence[str] = (),
    reading: Reading,
    seed: int,
) -> tuple[Transported, list[_Analysis]]:
    """Read trajectories, analyse the diffusion of each species, and fit if there are several temperatures.

    Parameters
    ----------
    files : sequence of Path
        One or more trajectories.
    timesteps_fs : sequence of float
        Time between the frames of a file, fs: one for each file, or one for all. Trajectories of this program
        know theirs.
    temperatures_K : sequence of float
        Temperature of each file, K.
    species : sequence of str
        What is followed; lithium if empty.
    reading : Reading
        How to read them.
    seed : int
        Seed of the regression.

    Raises
    ------
    UsageError
        If time between frames or temperature are not given or not positive.
    StructureError
        If a file cannot be read.
    DataError
        If one is too short, holds none of the species, or its time between frames cannot be right.
    """
    own = [file.suffix == OWN for file in files]
    times = _one_each("--timestep", timesteps_fs, files, own, "fs", shared=True)
    kelvins = _one_each("--temperature", temperatures_K, files, own, "K", shared=len(files) == 1)
    followed = tuple(species) or (LITHIUM,)
    found = []
    for file, time_fs, kelvin in zip(files, times, kelvins, strict=True):
        run = _read(file, reading, time_fs, kelvin)  # one after the other: a trajectory fills the memory
        results = {one: _analysed(run, one, followed, seed) for one in followed}
        found.append(_Analysis(file, len(run.positions_A), results))
    found.sort(key=lambda analysis: analysis.results[followed[0]].temperature_K)
    runs = {one: [analysis.results[one] for analysis in found] for one in followed}
    temperatures = {result.temperature_K for result in runs[followed[0]]}
    origin = provenance(None, None, seed)
    answer = Transported(
        runs=runs,
        fits={one: fit_arrhenius(results) for one, results in runs.items()} if len(temperatures) > 1 else {},
        sign=lambda quantity: quantity.attributed(origin),
        footer=[_footer(analysis) for analysis in found],
    )
    return answer, found


def _one_each(
    option: str,
    given: Sequence[float],
    files: Sequence[Path],
    own: Sequence[bool],
    unit: str,
    *,
    shared: bool,
) -> list[float | None]:
    """Return a number for every file, None for a file of our own that has it in its header."""
    needed = len(files) - sum(own)
    for value in given:
        if not value > 0:
            raise UsageError(f"{option} must be positive, got {value:g} {unit}", where=option)
    if not given and needed:
        raise UsageError(f"{option} is missing", where=option, hint=f"give it in {unit}, with --trajectory")
    if len(given) == len(files):
        return [None if mine else value for mine, value in zip(own, given, strict=True)]
    if len(given) == 1 and shared:
        return [None if mine else given[0] for mine in own]
    if len(given) == needed:
        left = iter(given)
        return [None if mine else next(left) for mine in own]
    raise UsageError(
        f"{len(files)} trajectories with {len(given)} values of {option}",
        where=option,
        hint=f"one {option} after each --trajectory" + (", or one for all" if shared else ""),
    )


def _read(file: Path, reading: Reading, time_fs: float | None, kelvin: float | None) -> _Run:
    if time_fs is None or kelvin is None:
        return _read_own(file, reading.every)
    symbols, positions, cell = read_foreign(
        file, every=reading.every, types=reading.types, topology=reading.topology
    )
    interval_ps = time_fs * reading.every / 1000
    check_timing(positions, masses=masses_of(symbols), frame_interval_ps=interval_ps, temperature_K=kelvin)
    return _Run(symbols, positions, cell, interval_ps, kelvin, None)


def _read_own(file: Path, every: int) -> _Run:
    frames = read_trajectory(file)
    header = frames.header
    return _Run(
        header.symbols,
        frames.positions(step=every),
        np.array(header.cell_A),
        header.frame_interval_ps * every,
        header.temperature_K,
        frames.energies_eV[::every],
    )


def _analysed(run: _Run, species: str, followed: Sequence[str], seed: int) -> TemperatureResult:
    facts: dict[str, Any] = {
        "masses": masses_of(run.symbols),
        "mobile": mobile_mask(run.symbols, species),
        "framework": framework_of(run.symbols, species, followed[: followed.index(species)]),
        "frame_interval_ps": run.frame_interval_ps,
        "temperature_K": run.temperature_K,
        "volume_A3": float(abs(np.linalg.det(run.cell_A))),
        "cell_A": run.cell_A,
        "charge_number": charge_number(species),
        "energies_eV": run.energies_eV,
    }
    return analyse_run(run.positions_A, seed=seed, species=species, **facts)


def _footer(analysis: _Analysis) -> str:
    told = [
        f"{result.mobile_ions} {species}, {result.hops} hops" for species, result in analysis.results.items()
    ]
    first = next(iter(analysis.results.values()))
    cut = f" ({first.discarded_ps:g} ps cut off)" if first.discarded_ps else ""
    time = f"{first.duration_ps:g} ps{cut}"
    return f"{analysis.frames} frames of {analysis.file}, {time}, {'; '.join(told)}"


def analyse_and_show(
    files: Sequence[Path],
    *,
    timesteps_fs: Sequence[float],
    temperatures_K: Sequence[float],
    species: Sequence[str],
    reading: Reading,
    seed: int,
    figures: Path | None,
    json: bool,
) -> None:
    """Analyse trajectories, draw them if asked, and print what was found; see :func:`analyse_files`."""
    answer, found = analyse_files(
        files,
        timesteps_fs=timesteps_fs,
        temperatures_K=temperatures_K,
        species=species,
        reading=reading,
        seed=seed,
    )
    if figures is not None:
        for file in _draw(files[0].stem, found, answer, reading, figures):
            err.print(str(file), soft_wrap=True)
    show(answer, json=json)


def _draw(
    name: str, found: Sequence[_Analysis], answer: Transported, reading: Reading, directory: Path
) -> list[Path]:
    """Draw all trajectories, and where the first species was in the hottest one whose framework held."""
    from lithicoat.analysis.transport.density_map import density_map
    from lithicoat.workflows.commands.figures import density_figures, diffusion_figures

    species = next(iter(answer.runs))
    files = diffusion_figures(found, directory, name=name, arrhenius=answer.fits)
    solid = [analysis for analysis in found if analysis.results[species].framework_held]
    if solid:  # read again: no two trajectories are held in memory at once
        symbols, positions, cell = _atoms(solid[-1].file, reading)
        density = density_map(
            positions,
            symbols=symbols,
            cell_A=cell,
            masses=masses_of(symbols),
            species=species,
            framework=framework_of(symbols, species),
        )
        kelvin = f"{solid[-1].results[species].temperature_K:g} K"
        files += density_figures(density, directory, name=name, caption=kelvin)
    return files


def _atoms(file: Path, reading: Reading) -> tuple[Sequence[str], Any, Any]:
    """Return symbols, positions and cell of a trajectory of any program."""
    if file.suffix == OWN:
        run = _read_own(file, reading.every)
        return run.symbols, run.positions_A, run.cell_A
    return read_foreign(file, every=reading.every, types=reading.types, topology=reading.topology)
