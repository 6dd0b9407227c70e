"""How far predicted energies, forces and stresses are from labels, per family of configurations.

Frames of one source (a crystal with its strains, a trajectory) are alike. The uncertainty of each figure is
therefore a bootstrap over sources: Efron and Tibshirani, An Introduction to the Bootstrap (1993), ch. 6.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.errors import DataError

__all__ = ["ALL", "Estimate", "FamilyErrors", "LabelErrors", "Labelled", "compare"]

Array = NDArray[np.float64]

ALL = "all"
"""Name of the family that holds every frame."""


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """Energy, forces and stress of one frame, labelled or predicted.

    Parameters
    ----------
    family, source : str
        What kind of configuration it is, and the crystal or trajectory it stems from.
    energy_eV : float
        Energy of the cell.
    forces_eV_A : numpy.ndarray, shape (atoms, 3)
        Forces.
    stress_GPa : numpy.ndarray, shape (6,), optional
        Stress, Voigt order; None if there is none.
    """

    family: str
    source: str
    energy_eV: float
    forces_eV_A: Array
    stress_GPa: Array | None = None


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Estimate(_Frozen):
    """A figure and its standard error."""

    value: float = Field(description="In the unit of the field that holds it.")
    uncertainty: float | None = Field(
        None, ge=0, description="Bootstrap standard error over sources, same unit; None with one source."
    )

    def text(self, factor: float = 1) -> str:
        """Return the figure times a factor of units, with its error, rounded."""
        value = _rounded(self.value * factor, digits=3)
        return (
            value
            if self.uncertainty is None
            else f"{value} ± {_rounded(self.uncertainty * factor, digits=2)}"
        )


class FamilyErrors(_Frozen):
    """Errors of the frames of one family."""

    family: str
    frames: int = Field(ge=1)
    atoms: int = Field(ge=1)
    sources: int = Field(ge=1, description="Crystals or trajectories that the frames stem from.")
    energy_mae_eV_atom: Estimate = Field(description="MAE of the energy, eV/atom.")
    energy_rmse_eV_atom: Estimate = Field(description="RMSE of the energy, eV/atom.")
    forces_mae_eV_A: Estimate = Field(description="MAE of the force components, eV/Å.")
    forces_rmse_eV_A: Estimate = Field(description="RMSE of the force components, eV/Å.")
    forces_rms_eV_A: Estimate = Field(description="Rms of the labelled force components, eV/Å.")
    forces_relative: Estimate | None = Field(
        description="MAE over rms of the labels, 1; None if all labelled forces are zero."
    )
    stress_frames: int = Field(ge=0, description="Frames with a stress.")
    stress_mae_GPa: Estimate | None = Field(description="MAE of the stress components, GPa; None without.")
    stress_rmse_GPa: Estimate | None = Field(description="RMSE of the stress components, GPa; None without.")


class LabelErrors(_Frozen):
    """Errors per family, and of all frames together."""

    families: tuple[FamilyErrors, ...]
    overall: FamilyErrors

    def family(self, name: str) -> FamilyErrors:
        """Return the errors of one family.

        Raises
        ------
        DataError
            If there is no such family.
        """
        for errors in (*self.families, self.overall):
            if errors.family == name:
                return errors
        known = ", ".join(errors.family for errors in self.families)
        raise DataError(f"there is no family {name}", where=name, hint=f"there are {known}")

    def lines(self) -> list[str]:
        """Return a table for the terminal."""
        columns = ("E meV/atom", "F meV/Å", "F rel. %", "stress GPa")
        widths = (15, 15, 9, 14)
        head = " ".join(f"{name:>{width}s}" for name, width in zip(columns, widths, strict=True))
        rows = [_line(errors) for errors in (*self.families, self.overall)]
        return [f"{'family':14s} {'frames':>6s} {head}", *rows]


def compare(
    labels: Sequence[Labelled], predictions: Sequence[Labelled], *, resamples: int = 1000, seed: int = 0
) -> LabelErrors:
    """Compare predictions with labels, frame by frame.

    Parameters
    ----------
    labels, predictions : sequence of Labelled
        The same frames in the same order. Stresses count where both have one.
    resamples : int
        Bootstrap samples.
    seed : int
        Seed of the bootstrap.

    Raises
    ------
    DataError
        If there are no frames, their numbers differ, or a prediction is not finite.
    """
    if not labels or len(labels) != len(predictions):
        raise DataError(
            f"{len(predictions)} predictions cannot be compared with {len(labels)} labels", where="labels"
        )
    rows = [_Sums.of(*pair) for pair in zip(labels, predictions, strict=True)]
    random = np.random.default_rng(seed)
    names = sorted({label.family for label in labels})
    families = tuple(
        _summarise(
            name, [row for row in rows if row.label.family == name], resamples=resamples, random=random
        )
        for name in names
    )
    return LabelErrors(families=families, overall=_summarise(ALL, rows, resamples=resamples, random=random))


@dataclass(frozen=True)
class _Sums:
    """Sums of one frame, from which all figures are ratios."""

    label: Labelled
    energy: Array  # frames, Σ|ΔE/N|, Σ(ΔE/N)²
    forces: Array  # components, Σ|ΔF|, ΣΔF², ΣF²
    stress: Array  # components, Σ|Δσ|, ΣΔσ²

    @classmethod
    def of(cls, label: Labelled, prediction: Labelled) -> Self:
        atoms = len(label.forces_eV_A)
        if prediction.forces_eV_A.shape != label.forces_eV_A.shape:
            raise DataError(
                f"a frame of {label.source} has {atoms} atoms, its prediction {len(prediction.forces_eV_A)}",
                where=label.source,
            )
        energy = (prediction.energy_eV - label.energy_eV) / atoms
        forces = prediction.forces_eV_A - label.forces_eV_A
        stress = (
            np.zeros(0)
            if label.stress_GPa is None or prediction.stress_GPa is None
            else prediction.stress_GPa - label.stress_GPa
        )
        if not (np.isfinite(energy) and np.isfinite(forces).all() and np.isfinite(stress).all()):
            raise DataError(f"a prediction for {label.source} is not a finite number", where=label.source)
        squares = float((label.forces_eV_A**2).sum())
        return cls(
            label,
            energy=np.array([1.0, abs(energy), energy**2]),
            forces=np.array([forces.size, np.abs(forces).sum(), (forces**2).sum(), squares]),
            stress=np.array([stress.size, np.abs(stress).sum(), (stress**2).sum()]),
        )


def _summarise(
    name: str, rows: Sequence[_Sums], *, resamples: int, random: np.random.Generator
) -> FamilyErrors:
    sources = sorted({row.label.source for row in rows})
    per_source = {
        quantity: np.array(
            [
                np.sum([getattr(row, quantity) for row in rows if row.label.source == source], axis=0)
                for source in sources
            ]
        )
        for quantity in ("energy", "forces", "stress")
    }
    counts = random.multinomial(len(sources), np.full(len(sources), 1 / len(sources)), size=resamples)
    weights = np.vstack([np.ones(len(sources)), counts])  # the first row is the sample itself
    energy, forces, stress = (weights @ per_source[key] for key in ("energy", "forces", "stress"))
    has_stress = bool(stress[0, 0])
    forces_mae, forces_rms = _mean(forces, 1), np.sqrt(_mean(forces, 3))
    return FamilyErrors(
        family=name,
        frames=len(rows),
        atoms=sum(len(row.label.forces_eV_A) for row in rows),
        sources=len(sources),
        energy_mae_eV_atom=_estimate(_mean(energy, 1), len(sources)),
        energy_rmse_eV_atom=_estimate(np.sqrt(_mean(energy, 2)), len(sources)),
        forces_mae_eV_A=_estimate(forces_mae, len(sources)),
        forces_rmse_eV_A=_estimate(np.sqrt(_mean(forces, 2)), len(sources)),
        forces_rms_eV_A=_estimate(forces_rms, len(sources)),
        forces_relative=_estimate(_ratio(forces_mae, forces_rms), len(sources)) if forces_rms[0] else None,
        stress_frames=sum(row.stress[0] > 0 for row in rows),
        stress_mae_GPa=_estimate(_mean(stress, 1), len(sources)) if has_stress else None,
        stress_rmse_GPa=_estimate(np.sqrt(_mean(stress, 2)), len(sources)) if has_stress else None,
    )


def _mean(sums: Array, column: int) -> Array:
    """Return the mean for each sample; nan where a sample has nothing to average."""
    return _ratio(sums[:, column], sums[:, 0])


def _ratio(numerator: Array, denominator: Array) -> Array:
    ratio: Array = np.full(len(numerator), np.nan)
    return np.divide(numerator, denominator, out=ratio, where=denominator > 0)


def _estimate(samples: Array, sources: int) -> Estimate:
    """Return the figure of the sample itself and the spread of the resampled ones."""
    spread = float(np.nanstd(samples[1:])) if sources > 1 else None
    return Estimate(value=float(samples[0]), uncertainty=spread)


def _line(errors: FamilyErrors) -> str:
    relative = "–" if errors.forces_relative is None else f"{errors.forces_relative.value:.1%}".rstrip("%")
    return (
        f"{errors.family:14s} {errors.frames:6d} {_text(errors.energy_mae_eV_atom, 1e3):>15s} "
        f"{_text(errors.forces_mae_eV_A, 1e3):>15s} {relative:>9s} {_text(errors.stress_mae_GPa, 1):>14s}"
    )


def _text(figure: Estimate | None, factor: float) -> str:
    return "–" if figure is None else figure.text(factor)


def _rounded(value: float, *, digits: int) -> str:
    return f"{float(f'{value:.{digits}g}'):.15g}"
