"""Diffusion of the mobile ions in one run at one temperature: diffusivity, Haven ratio, conductivity."""

import math

import numpy as np
from numpy.typing import ArrayLike

from lithicoat.analysis.conductivity import nernst_einstein
from lithicoat.analysis.displacements import (
    Floats,
    averaged_positions,
    block_frames,
    check_trajectory,
    drift_free_positions,
    site_spacing,
)
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.framework import framework_motion
from lithicoat.analysis.hops import DiffusionEvidence, diffusion_seen, diffusivity_bound
from lithicoat.analysis.lags import lag_times, linear_from, mean_squared_displacement
from lithicoat.analysis.properties import Property
from lithicoat.analysis.regression import fit_diffusivity
from lithicoat.analysis.transport_records import TemperatureResult

__all__ = ["analyse_run", "collective_diffusion", "haven_ratio", "self_diffusion"]

LINEAR_GROWTH = 0.4  # MSD ~ t^0.74; 0.5 is linear


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
    return _fitted(ions, frame_interval_ps=frame_interval_ps, seed=seed, start_ps=start_ps)[0]


def collective_diffusion(
    ions: Floats, *, frame_interval_ps: float, seed: int, start_ps: float | None = None
) -> Property:
    """Return the diffusivity of the charge: that of the sum of all displacements, divided by their number.

    Parameters and result are those of `self_diffusion`. For independent ions both are the same; their ratio
    is the Haven ratio. There is only one such walker in a run, so the uncertainty is large.
    """
    total = ions.sum(axis=1, keepdims=True) / math.sqrt(ions.shape[1])
    return _fitted(total, frame_interval_ps=frame_interval_ps, seed=seed, start_ps=start_ps)[0]


def _fitted(
    walkers: Floats, *, frame_interval_ps: float, seed: int, start_ps: float | None
) -> tuple[Property, float]:
    """Diffusivity and the time from which it was fitted, ps."""
    frames = len(walkers)
    shortest = 2 * block_frames(frames, frame_interval_ps=frame_interval_ps)
    if start_ps is not None:
        shortest = math.ceil(start_ps / frame_interval_ps - 1e-9)
        if not 1 <= shortest <= frames // 4:
            raise DataError(
                f"the fit cannot begin at {start_ps} ps: it must lie within one frame and a quarter of the "
                f"run ({frames * frame_interval_ps / 4:g} ps)",
                where="start_ps",
            )
    msd = mean_squared_displacement(walkers, lags=lag_times(frames, shortest=shortest))
    first = 0 if start_ps is not None else linear_from(msd)
    fit = fit_diffusivity(msd, frame_interval_ps=frame_interval_ps, first=first, seed=seed)
    return fit, float(msd.lags[first] * frame_interval_ps)


def haven_ratio(own: Property, collective: Property) -> Property:
    """Return the Haven ratio, self-diffusivity over collective diffusivity, or why it is not resolved.

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
    return Property(value=ratio, uncertainty=ratio * relative, unit="1")


def analyse_run(
    positions: Floats,
    *,
    masses: ArrayLike | None,
    mobile: ArrayLike,
    frame_interval_ps: float,
    temperature_K: float,
    volume_A3: float,
    seed: int,
    site_spacing_A: float | None = None,
    cell_A: ArrayLike | None = None,
    charge_number: float = 1.0,
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
    site_spacing_A : float, optional
        Distance between neighbouring sites, Å. If not given, the mean distance between nearest mobile ions
        at the start of the run, or, without a cell, the cube root of the volume per mobile ion.
    cell_A : array_like, shape (3, 3), optional
        Cell vectors as rows, Å.
    charge_number : float
        Charge of a mobile ion in elementary charges.

    Returns
    -------
    TemperatureResult
        With a diffusivity if the run shows enough hops, else with an upper bound and the reason.

    Raises
    ------
    DataError
        If the trajectory is too short or not usable (`check_trajectory`), or a number is not positive.
    """
    _check_positive(
        frame_interval_ps=frame_interval_ps,
        temperature_K=temperature_K,
        volume_A3=volume_A3,
        site_spacing_A=site_spacing_A,
    )
    chosen = np.asarray(mobile)
    check_trajectory(positions, mobile=chosen, masses=masses, cell_A=cell_A)
    frame = framework_motion(positions, masses=masses, mobile=chosen, frame_interval_ps=frame_interval_ps)
    ions = drift_free_positions(positions, masses=masses, mobile=chosen)
    spacing = site_spacing_A or _spacing_at_start(ions, frame_interval_ps, volume_A3, cell_A)
    evidence = diffusion_seen(ions, frame_interval_ps=frame_interval_ps, site_spacing_A=spacing)
    duration_ps = (len(ions) - 1) * frame_interval_ps
    if evidence.seen:
        own, haven = _diffusivities(
            ions,
            all_mobile=bool(chosen.all()),
            frame_interval_ps=frame_interval_ps,
            site_spacing_A=spacing,
            seed=seed,
        )
        own = own.flagged(*_caveats(evidence))
    else:
        own = diffusivity_bound(evidence, site_spacing_A=spacing, duration_ps=duration_ps, ions=ions.shape[1])
        haven = Property.missing("1", f"Haven ratio not resolved: {evidence.reason}")
    if not frame.held:
        own = own.flagged(frame.reason)
    return TemperatureResult(
        temperature_K=temperature_K,
        diffusivity=own,
        conductivity=nernst_einstein(
            own,
            haven_ratio=haven,
            ions=ions.shape[1],
            volume_A3=volume_A3,
            temperature_K=temperature_K,
            charge_number=charge_number,
        ),
        haven_ratio=haven,
        hops=evidence.hops,
        duration_ps=duration_ps,
        framework_msd_A2=frame.msd_A2,
        framework_held=frame.held,
        framework_reason=frame.reason,
        mobile_ions=ions.shape[1],
        volume_A3=volume_A3,
        charge_number=charge_number,
        site_spacing_A=spacing,
    )


def _check_positive(**numbers: float | None) -> None:
    for name, number in numbers.items():
        if number is not None and not (math.isfinite(number) and number > 0):
            raise DataError(f"{name} must be positive, got {number}", where=name)


def _spacing_at_start(
    ions: Floats, frame_interval_ps: float, volume_A3: float, cell_A: ArrayLike | None
) -> float:
    block = block_frames(len(ions), frame_interval_ps=frame_interval_ps)
    sites = averaged_positions(ions[:block], block=block)[0]
    return site_spacing(sites, volume_A3=volume_A3, cell_A=cell_A)


def _diffusivities(
    ions: Floats, *, all_mobile: bool, frame_interval_ps: float, site_spacing_A: float, seed: int
) -> tuple[Property, Property]:
    """Self-diffusivity and Haven ratio."""
    own, start_ps = _fitted(ions, frame_interval_ps=frame_interval_ps, seed=seed, start_ps=None)
    if all_mobile:
        reason = "Haven ratio not defined: every atom is mobile, so all displacements add up to nothing"
        return own, Property.missing("1", reason)
    half = len(ions) // 2
    total = ions.sum(axis=1)
    moved_A2 = float(np.mean(np.sum((total[half:] - total[:-half]) ** 2, axis=1)))
    if moved_A2 < site_spacing_A**2:  # vibrations only: a regression would still find a slope
        reason = "Haven ratio not resolved: all displacements add up to less than one site spacing"
        return own, Property.missing("1", reason)
    collective = collective_diffusion(ions, frame_interval_ps=frame_interval_ps, seed=seed, start_ps=start_ps)
    haven = haven_ratio(own, collective)
    return _widened(own, haven, ions=ions.shape[1]), haven


def _widened(own: Property, haven: Property, *, ions: int) -> Property:
    """Widen the uncertainty of D where ions move together.

    The regression takes the ions as independent. If all pairs are correlated by c, 1/H_R = 1 + (N - 1) c, and
    the variance of the mean of their squared displacements is larger by 1 + (N - 1) c².
    """
    if not (haven.resolved and haven.value and own.uncertainty) or ions == 1:
        return own
    c = min(1.0, max(0.0, 1 / haven.value - 1) / (ions - 1))
    return own.model_copy(update={"uncertainty": own.uncertainty * math.sqrt(1 + (ions - 1) * c**2)})


def _caveats(evidence: DiffusionEvidence) -> tuple[str, ...]:
    if evidence.growth < LINEAR_GROWTH:
        return ("displacement not yet linear in time: a longer run may give less",)
    return ()
