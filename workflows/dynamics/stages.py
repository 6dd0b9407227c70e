"""Stages: what a molecular dynamics run does, one after the other, as frozen models."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["NPT", "NVT", "Barostat", "Moved", "Schedule", "Settle", "problem_of", "records"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Settle(_Frozen):
    """Take the worst forces out of a packed cell: a few damped steps at fixed cell, no dynamics.

    Reaching `fmax_eV_A` is not required; the dynamics that follows is watched.
    """

    kind: Literal["settle"] = "settle"
    fmax_eV_A: float = Field(2.0, gt=0, description="Largest force at which settling ends, eV/Å.")
    max_steps: int = Field(60, ge=1, description="Damped steps, at most.")


class Moved(_Frozen):
    """Enough motion: the rms displacement of some atoms since the stage began."""

    rms_displacement_A: float = Field(gt=0, description="Displacement that ends the stage, Å.")
    required_A: float = Field(
        0.0, ge=0, description="A stage that is over with less displacement has failed, Å."
    )
    atoms: tuple[int, ...] = Field(min_length=1, description="Indices of the atoms that have to move.")


class _Dynamics(_Frozen):
    duration_ps: float = Field(gt=0, description="Length of the stage, ps.")
    temperature_K: float = Field(gt=0, description="Target temperature at its beginning, K.")
    end_temperature_K: float | None = Field(
        None, gt=0, description="Target temperature at its end, reached linearly; None keeps it constant, K."
    )

    def steps(self, timestep_fs: float) -> int:
        """Count the time steps; there is at least one."""
        return max(1, round(self.duration_ps * 1000 / timestep_fs))

    def target_K(self, fraction: float) -> float:
        """Target temperature after a fraction (0–1) of the stage, K."""
        end = self.temperature_K if self.end_temperature_K is None else self.end_temperature_K
        return self.temperature_K + fraction * (end - self.temperature_K)


class NVT(_Dynamics):
    """Constant volume, constant or linearly changing temperature.

    With `longest_ps` the stage may go on after `duration_ps`, by as much at a time, until enough is known
    (`go_on` of :func:`run_dynamics`) or so much time has passed.
    """

    kind: Literal["nvt"] = "nvt"
    frame_steps: int | None = Field(
        None, ge=1, description="Steps between stored frames; None stores none. The first frame is step 0."
    )
    until: Moved | None = Field(
        None, description="Ends the stage before its time, once the atoms have moved so far."
    )
    longest_ps: float | None = Field(
        None, gt=0, description="Time of a stage that may go on, at most, ps; None ends it in time."
    )

    def granted_steps(self, timestep_fs: float, *, segments: int) -> int:
        """Count the time steps of so many times the duration, cut at the longest time."""
        steps = segments * self.steps(timestep_fs)
        return steps if self.longest_ps is None else min(steps, round(self.longest_ps * 1000 / timestep_fs))


class NPT(_Dynamics):
    """Isotropic pressure, constant or linearly changing temperature and pressure. It only prepares cells.

    Transport is never measured here: rescaling the cell moves every atom, the frames would need their own
    cell each, and momenta are rescaled with it.
    """

    kind: Literal["npt"] = "npt"
    pressure_GPa: float = Field(0.0, description="Target pressure at its beginning, GPa.")
    end_pressure_GPa: float | None = Field(
        None, description="Target pressure at its end, reached linearly; None keeps it constant, GPa."
    )

    def pressure_at_GPa(self, fraction: float) -> float:
        """Target pressure after a fraction (0–1) of the stage, GPa."""
        end = self.pressure_GPa if self.end_pressure_GPa is None else self.end_pressure_GPa
        return self.pressure_GPa + fraction * (end - self.pressure_GPa)


Schedule = tuple[Settle | NVT | NPT, ...]


def records(stage: Settle | NVT | NPT) -> bool:
    """Tell whether a stage stores frames."""
    return isinstance(stage, NVT) and stage.frame_steps is not None


def problem_of(schedule: Schedule) -> str | None:
    """Say why a schedule cannot be run; None if it can."""
    if not schedule:
        return "a schedule needs at least one stage"
    if sum(map(records, schedule)) > 1:
        return "only one stage may store frames"
    if any(isinstance(stage, NVT) and records(stage) and stage.until for stage in schedule):
        return "a stage that stores frames cannot end early"
    for stage in schedule:
        if isinstance(stage, NVT) and stage.longest_ps is not None:
            return _problem_of_going_on(stage, stage.longest_ps)
    return None


def _problem_of_going_on(stage: NVT, longest_ps: float) -> str | None:
    if not records(stage):
        return "only a stage that stores frames may go on: longest_ps needs frame_steps"
    if stage.end_temperature_K is not None:
        return (
            "a stage that may go on has one temperature: longest_ps and end_temperature_K exclude each other"
        )
    if longest_ps < stage.duration_ps:
        return f"longest_ps={longest_ps:g} is less than duration_ps={stage.duration_ps:g}"
    return None


class Barostat(_Frozen):
    """How fast the cell follows the pressure.

    Only the ratio of the two numbers acts, as a rate; neither changes the volume that is reached nor, by the
    construction of stochastic cell rescaling, its fluctuations.
    """

    relaxation_ps: float = Field(0.1, gt=0, description="Time in which a pressure difference decays, ps.")
    compressibility_per_GPa: float = Field(
        0.03, gt=0, description="Estimate of the isothermal compressibility, 1/GPa (33 GPa: a soft salt)."
    )
