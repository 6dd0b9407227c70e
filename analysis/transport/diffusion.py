"""Diffusion of the mobile ions in one run at one temperature: diffusivity, Haven ratio, conductivity."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property
from lithicoat.analysis.transport.anisotropy import diffusion_tensor
from lithicoat.analysis.transport.conductivity import nernst_einstein
from lithicoat.analysis.transport.curves import framework_curve, msd_curve
from lithicoat.analysis.transport.displacements import Floats, block_frames
from lithicoat.analysis.transport.framework import framework_motion
from lithicoat.analysis.transport.hops import DiffusionEvidence, diffusivity_bound
from lithicoat.analysis.transport.jumps import jump_statistics
from lithicoat.analysis.transport.lags import (
    MeanSquared,
    along_line,
    lag_times,
    line_from,
    linear_from,
    mean_squared_displacement,
)
from lithicoat.analysis.transport.records import DiffusionTensor, MsdCurve, TemperatureResult
from lithicoat.analysis.transport.regression import FittedLine, fit_diffusivity
from lithicoat.analysis.transport.runs import PreparedRun, check_positive, prepare_run

__all__ = ["analyse_run", "collective_diffusion", "enough", "haven_ratio", "self_diffusion"]

LINEAR_GROWTH = 0.4  # MSD ~ t^0.74; 0.5 is linear
COVERAGE = 1.96  # standard uncertainties on either side of a 95 % interval


def self_diffusion(
    ions: Floats, *, frame_interval_ps: float, seed: int, start_ps: float | None = None
) -> Property:
    """Return the self-diffusivity of ions that do diffuse (see `diffusion_seen`, which comes first).

    Parameters
    ----------
    ions : numpy.ndarray, shape (frames, ions, 3)
        Drift-free positions, Å.
    frame_interval_ps : float
        Time between frames, ps.
    seed : int
        Seed of the regression.
    start_ps : float, optional
        Where the linear regime begins, ps; found from the data if not given (`linear_from`).

    Returns
    -------
    Property
        D in cm²/s with its standard uncertainty.

    Raises
    ------
    DataError
        If the run is too short for a regression.
    """
    fit = _fitted(ions, frame_interval_ps=frame_interval_ps, seed=seed, start_ps=start_ps)
    return fit.line.diffusivity


def collective_diffusion(
    ions: Floats, *, frame_interval_ps: float, seed: int, start_ps: float | None = None
) -> Property:
    """Return the diffusivity of the charge: that of the sum of all displacements, divided by their number.

    Parameters and result are those of `self_diffusion`. For independent ions both are the same; their ratio
    is the Haven ratio. There is only one such walker in a run, so the uncertainty is large.
    """
    return self_diffusion(_summed(ions), frame_interval_ps=frame_interval_ps, seed=seed, start_ps=start_ps)


def _summed(ions: Floats) -> Floats:
    """One walker that carries the charge of all."""
    total: Floats = ions.sum(axis=1, keepdims=True, dtype=float) / math.sqrt(ions.shape[1])
    return total


class _Fit(NamedTuple):
    msd: MeanSquared
    first: int
    line: FittedLine


def _fitted(
    walkers: Floats,
    *,
    frame_interval_ps: float,
    seed: int,
    start_ps: float | None,
    not_before_ps: float = 0.0,
) -> _Fit:
    msd, first = _linear_regime(
        walkers, frame_interval_ps=frame_interval_ps, start_ps=start_ps, not_before_ps=not_before_ps
    )
    msd = along_line(msd, first)
    return _Fit(msd, first, fit_diffusivity(msd, frame_interval_ps=frame_interval_ps, first=first, seed=seed))


def _linear_regime(
    walkers: Floats, *, frame_interval_ps: float, start_ps: float | None, not_before_ps: float = 0.0
) -> tuple[MeanSquared, int]:
    """Mean squared displacements, and the index of the first lag time to fit."""
    frames = len(walkers)
    msd = mean_squared_displacement(walkers, lags=lag_times(frames))
    if start_ps is None:
        shortest = max(
            2 * block_frames(frames, frame_interval_ps=frame_interval_ps),
            math.ceil(not_before_ps / frame_interval_ps),
        )
        return msd, linear_from(msd, shortest=min(shortest, frames // 8))
    start = math.ceil(start_ps / frame_interval_ps - 1e-9)
    if not 1 <= start <= frames // 4:
        raise DataError(
            f"the fit cannot begin at {start_ps} ps: it must lie within one frame and a quarter of the "
            f"run ({frames * frame_interval_ps / 4:g} ps)",
            where="start_ps",
        )
    return msd, int(np.searchsorted(msd.lags, start))


def haven_ratio(own: Property, collective: Property) -> Property:
    """Return the Haven ratio, self-diffusivity over collective diffusivity, or why it is not resolved.

    The error of a ratio of positive numbers is one of its logarithm. Written as value ± uncertainty, it is
    the upper side that counts: value + 1.96 uncertainties is the 97.5 % quantile of the log-normal
    distribution. With the relative error alone, ratios that come out low by chance would look too certain.

    Parameters
    ----------
    own, collective : Property
        Self-diffusivity and collective diffusivity of the same run, cm²/s.
    """
    if not (own.value and collective.value and own.uncertainty and collective.uncertainty):
        return Property.missing("1", "Haven ratio not resolved: no diffusivity")
    relative = math.hypot(own.uncertainty / own.value, collective.uncertainty / collective.value)
    if relative > 1:
        return Property.missing("1", f"Haven ratio not resolved: its relative uncertainty is {relative:.1f}")
    ratio = own.value / collective.value
    upper = math.expm1(COVERAGE * relative) / COVERAGE
    return Property(value=ratio, uncertainty=ratio * upper, unit="1")


def analyse_run(
    positions: Floats,
    *,
    masses: ArrayLike | None,
    mobile: ArrayLike,
    frame_interval_ps: float,
    temperature_K: float,
    volume_A3: float,
    seed: int,
    species: str = "Li",
    site_spacing_A: float | None = None,
    cell_A: ArrayLike | None = None,
    charge_number: float | None = 1.0,
    framework: ArrayLike | None = None,
    energies_eV: ArrayLike | None = None,
) -> TemperatureResult:
    """Analyse the diffusion of the mobile ions in one run at constant volume.

    Parameters
    ----------
    positions : numpy.ndarray, shape (frames, atoms, 3)
        Unwrapped positions, Å; may be a memory map.
    masses : array_like, shape (atoms,) or None
        Masses in any unit; None only if there is a framework.
    mobile : array_like of bool, shape (atoms,)
        True for the mobile ions (`mobile_mask`).
    frame_interval_ps : float
        Time between frames, ps.
    temperature_K, volume_A3 : float
        Temperature in K and volume of the cell in Å³.
    seed : int
        Seed of the regression; numpy's global random state is not touched.
    species : str
        Name of the mobile ions in the result.
    site_spacing_A : float, optional
        Distance between neighbouring sites, Å. If not given, the mean distance between nearest mobile ions
        at the start of the run, or, without a cell, the cube root of the volume per mobile ion.
    cell_A : array_like, shape (3, 3), optional
        Cell vectors as rows, Å.
    charge_number : float, optional
        Charge of a mobile ion in elementary charges; with None there is no conductivity.
    framework : array_like of bool, shape (atoms,), optional
        True for the atoms that make up the solid, which must hold and relative to which the ions move; all
        that are not mobile if not given. Oxygen, for instance, is followed in the frame of the cations that
        are no lithium.
    energies_eV : array_like, shape (frames,), optional
        Potential energy of each frame, eV. With it, what comes before equilibrium (`equilibrated_from`) is
        cut off.

    Returns
    -------
    TemperatureResult
        With a diffusivity if the run shows enough hops, else with an upper bound and the reason.

    Raises
    ------
    DataError
        If the trajectory is too short or not usable (`check_trajectory`), or a number is not positive.
    """
    check_positive("temperature_K", temperature_K)
    run = prepare_run(
        positions,
        masses=masses,
        mobile=mobile,
        frame_interval_ps=frame_interval_ps,
        volume_A3=volume_A3,
        site_spacing_A=site_spacing_A,
        cell_A=cell_A,
        framework=framework,
        energies_eV=energies_eV,
    )
    solid = framework_motion(
        run.positions,
        masses=masses,
        mobile=run.mobile,
        frame_interval_ps=frame_interval_ps,
        framework=run.framework,
        moved=run.moved,
    )
    found = _diffusion(run, seed=seed)
    ions = run.ions.shape[1]
    own = found.own.flagged(*run.flags, *(() if solid.held else (solid.reason,)))
    return TemperatureResult(
        species=species,
        temperature_K=temperature_K,
        diffusivity=own,
        conductivity=_conductivity(
            own,
            found.haven,
            ions=ions,
            volume_A3=volume_A3,
            temperature_K=temperature_K,
            charge_number=charge_number,
            species=species,
        ),
        haven_ratio=found.haven,
        hops=run.evidence.hops,
        duration_ps=run.duration_ps,
        discarded_ps=run.discarded_ps,
        framework_msd_A2=solid.msd_A2,
        framework_held=solid.held,
        framework_reason=solid.reason,
        mobile_ions=ions,
        volume_A3=volume_A3,
        charge_number=charge_number,
        site_spacing_A=run.site_spacing_A,
        msd=found.msd,
        framework_msd=framework_curve(run),
        jumps=jump_statistics(
            run.visits,
            events=run.evidence.events,
            diffusivity=own,
            duration_ps=run.duration_ps,
            ions=ions,
            resolution_ps=2 * run.block_ps,
        ),
        tensor=found.tensor,
    )


def enough(run: PreparedRun, *, relative_error: float) -> bool:
    """Return whether a run is long enough: its diffusivity is known to a relative standard uncertainty.

    This is the cheap test that a run asks itself while it goes on: the same steps as `analyse_run`, with the
    line fitted by least squares.

    Parameters
    ----------
    run : PreparedRun
        The run so far (`prepare_run`).
    relative_error : float
        Largest relative standard uncertainty of the diffusivity.

    Raises
    ------
    DataError
        If `relative_error` is not positive.
    """
    check_positive("relative_error", relative_error)
    if not run.evidence.seen:
        return False
    msd, first = _linear_regime(
        run.ions, frame_interval_ps=run.frame_interval_ps, start_ps=None, not_before_ps=run.memory_ps
    )
    slope, variance = line_from(along_line(msd, first), first)
    return slope > 0 and math.sqrt(variance) <= relative_error * slope


def _conductivity(
    own: Property,
    haven: Property,
    *,
    ions: int,
    volume_A3: float,
    temperature_K: float,
    charge_number: float | None,
    species: str,
) -> Property:
    if charge_number is None:
        return Property.missing("S/cm", f"the charge of {species} is not known")
    return nernst_einstein(
        own,
        haven_ratio=haven,
        ions=ions,
        volume_A3=volume_A3,
        temperature_K=temperature_K,
        charge_number=charge_number,
    )


class _Found(NamedTuple):
    own: Property
    haven: Property
    msd: MsdCurve
    tensor: DiffusionTensor | None


def _diffusion(run: PreparedRun, *, seed: int) -> _Found:
    interval_ps, ions = run.frame_interval_ps, run.ions.shape[1]
    if not run.evidence.seen:
        msd = mean_squared_displacement(run.ions, lags=lag_times(len(run.ions)))
        bound = diffusivity_bound(
            run.evidence,
            visits=run.visits,
            site_spacing_A=run.site_spacing_A,
            duration_ps=run.duration_ps,
            ions=ions,
        )
        haven = Property.missing("1", f"Haven ratio not resolved: {run.evidence.reason}")
        return _Found(bound, haven, msd_curve(msd, interval_ps, None), None)
    fit = _fitted(
        run.ions,
        frame_interval_ps=interval_ps,
        seed=seed,
        start_ps=None,
        not_before_ps=run.memory_ps,
    )
    own = fit.line.diffusivity
    reason = _charge_moves(run)
    if reason is not None:
        haven = Property.missing("1", reason)
    else:
        collective = collective_diffusion(
            run.ions, frame_interval_ps=interval_ps, seed=seed, start_ps=fit.line.from_ps
        )
        haven = haven_ratio(own, collective)
    tensor = diffusion_tensor(fit.msd, frame_interval_ps=interval_ps, first=fit.first)
    return _Found(
        own.flagged(*_caveats(run.evidence)), haven, msd_curve(fit.msd, interval_ps, fit.line), tensor
    )


def _charge_moves(run: PreparedRun) -> str | None:
    """Why the sum of all displacements has no diffusivity; None if it has one."""
    if run.mobile.all():
        return "Haven ratio not defined: every atom is mobile, so all displacements add up to nothing"
    half = len(run.ions) // 2
    total = run.ions.sum(axis=1, dtype=float)
    moved_A2 = float(np.mean(np.sum((total[half:] - total[:-half]) ** 2, axis=1)))
    if moved_A2 < run.site_spacing_A**2:  # vibrations only: a regression would still find a slope
        return "Haven ratio not resolved: all displacements add up to less than one site spacing"
    return None


def _caveats(evidence: DiffusionEvidence) -> tuple[str, ...]:
    if evidence.growth < LINEAR_GROWTH:
        return ("displacement not yet linear in time: a longer run may give less",)
    return ()
