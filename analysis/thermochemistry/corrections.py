"""Corrections of a potential's energies, fitted to measured enthalpies of formation.

Each term (`terms.TERMS`) has one value, in eV. They are fitted by Bayesian linear regression per atom:

    measured - calculated = sum over terms of n_t / n_atoms * value_t + noise,

with a normal prior on the values (of the functional that the potential was trained on) and normal noise, the
scatter of a compound and the uncertainty of its measurement. The width by which a potential may differ from
its functional and the scatter maximise the marginal likelihood (Bishop, Pattern Recognition and Machine
Learning (2006), section 3.5) times a wide log-normal density for each, which only matters for few compounds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy.optimize import minimize

from lithicoat.analysis.errors import DataError

__all__ = ["NARROWEST_EV", "Compound", "FittedCompound", "FittedTerms", "TermPrior", "fit_terms"]

FloatArray = NDArray[np.float64]

NARROWEST_EV, WIDEST_EV = 0.01, 1.0
"""Range of the scatter per atom and of the potential's deviation per term, eV."""
USUAL_SCATTER_EV, USUAL_DEVIATION_EV, FACTOR = 0.05, 0.1, 2.0
"""What both usually are, and the factor within which."""
_NONE_EV = 1e-6


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Compound(_Document):
    """A compound whose enthalpy of formation is measured."""

    formula: str
    atoms: float = Field(gt=0, description="Atoms per formula unit.")
    terms: dict[str, float] = Field(description="Number of each correction term per formula unit.")
    calculated_eV: float = Field(description="Uncorrected formation energy per formula unit, eV.")
    measured_eV: float = Field(description="Measured enthalpy of formation per formula unit, eV.")
    uncertainty_eV: float = Field(0.0, ge=0, description="Standard uncertainty of the measurement, eV.")
    source: str = ""


class FittedCompound(_Document):
    """How the fit meets one compound."""

    formula: str
    raw_error_eV_atom: float = Field(description="Measured minus calculated, uncorrected, eV/atom.")
    left_out_error_eV_atom: float = Field(
        description="The same, corrected by the fit without this formula, eV/atom."
    )
    left_out_uncertainty_eV_atom: float = Field(
        ge=0, description="Standard uncertainty that this fit gives for it, eV/atom."
    )


class TermPrior(_Document):
    """What is known of the values before a potential's own compounds are looked at."""

    terms: tuple[str, ...]
    values_eV: tuple[float, ...]
    covariance_eV2: tuple[tuple[float, ...], ...]
    source: str = Field(description="Where it comes from.")

    @classmethod
    def vague(cls, terms: Sequence[str], *, width_eV: float = WIDEST_EV) -> Self:
        """Know nothing but the order of magnitude."""
        wide = np.eye(len(terms)) * width_eV**2
        return cls(
            terms=tuple(terms),
            values_eV=(0.0,) * len(terms),
            covariance_eV2=tuple(map(tuple, wide.tolist())),
            source=f"none: 0 ± {width_eV:g} eV per term",
        )


class FittedTerms(_Document):
    """Values of the correction terms with their covariance."""

    terms: tuple[str, ...]
    values_eV: tuple[float, ...]
    covariance_eV2: tuple[tuple[float, ...], ...]
    scatter_eV_atom: float = Field(
        gt=0, description="Standard deviation of a compound about the fit, eV/atom."
    )
    deviation_eV: float = Field(
        ge=0, description="Standard deviation of the potential's values about the prior, eV."
    )
    prior: str = Field(description="Where the prior comes from.")
    compounds: tuple[FittedCompound, ...] = ()

    @model_validator(mode="after")
    def _shapes_agree(self) -> Self:
        n = len(self.terms)
        if len(self.values_eV) != n or np.shape(self.covariance_eV2) != (n, n):
            msg = f"{n} terms need {n} values and a covariance of {n} x {n}"
            raise ValueError(msg)
        return self

    @property
    def left_out_error_eV_atom(self) -> float:
        """Root mean square of the leave-one-out errors, eV/atom."""
        return float(np.sqrt(np.mean([fit.left_out_error_eV_atom**2 for fit in self.compounds])))

    def weights(self, terms: Mapping[str, float]) -> FloatArray:
        """Return the numbers of the terms in the order of the fit, shape (terms,).

        Raises
        ------
        DataError
            If a term is unknown to the fit.
        """
        unknown = [name for name in terms if name not in self.terms]
        if unknown:
            raise DataError(f"the corrections have no term {', '.join(unknown)}", where="terms")
        return np.array([terms.get(name, 0.0) for name in self.terms])


def fit_terms(compounds: Sequence[Compound], prior: TermPrior, *, deviates: bool = True) -> FittedTerms:
    """Fit the terms to measured compounds.

    Parameters
    ----------
    compounds : sequence of Compound
        What the potential gives and what was measured; several entries of one formula are left out together.
    prior : TermPrior
        Values of the functional.
    deviates : bool
        Whether the values may differ from the prior by more than its covariance, by a width that is fitted.

    Raises
    ------
    DataError
        If there is no compound, or one has a term without a prior.
    """
    if not compounds:
        raise DataError("corrections need at least one measured compound", where="compounds")
    unknown = sorted({name for compound in compounds for name in compound.terms} - set(prior.terms))
    if unknown:
        raise DataError(f"no prior for the terms {', '.join(unknown)}", where="prior")
    data = _Regression.of(compounds, prior)
    scatter, deviation = data.widths(deviates=deviates)
    noise = _Noise(data, scatter=scatter, deviation=deviation)
    formulas = np.array([compound.formula for compound in compounds])
    fitted = []
    for index, compound in enumerate(compounds):
        values, covariance = noise.posterior(formulas != compound.formula)
        row = data.design[index]
        variance = row @ covariance @ row + scatter**2 + data.measured[index]
        fitted.append(
            FittedCompound(
                formula=compound.formula,
                raw_error_eV_atom=float(data.errors[index]),
                left_out_error_eV_atom=float(data.errors[index] - row @ values),
                left_out_uncertainty_eV_atom=float(np.sqrt(variance)),
            )
        )
    values, covariance = noise.posterior(np.ones(len(compounds), dtype=bool))
    return FittedTerms(
        terms=prior.terms,
        values_eV=tuple(values.tolist()),
        covariance_eV2=tuple(map(tuple, covariance.tolist())),
        scatter_eV_atom=scatter,
        deviation_eV=deviation,
        prior=prior.source,
        compounds=tuple(fitted),
    )


@dataclass(frozen=True)
class _Regression:
    """Compounds and prior as arrays.

    Parameters
    ----------
    design : numpy.ndarray, shape (compounds, terms)
        Terms per atom.
    errors : numpy.ndarray, shape (compounds,)
        Measured minus calculated, eV/atom.
    measured : numpy.ndarray, shape (compounds,)
        Variance of the measurements, (eV/atom)².
    mean : numpy.ndarray, shape (terms,)
        Values of the prior, eV.
    spread : numpy.ndarray, shape (terms, terms)
        Their covariance, eV².
    """

    design: FloatArray
    errors: FloatArray
    measured: FloatArray
    mean: FloatArray
    spread: FloatArray

    @classmethod
    def of(cls, compounds: Sequence[Compound], prior: TermPrior) -> Self:
        return cls(
            design=np.array([[c.terms.get(name, 0.0) / c.atoms for name in prior.terms] for c in compounds]),
            errors=np.array([(c.measured_eV - c.calculated_eV) / c.atoms for c in compounds]),
            measured=np.array([(c.uncertainty_eV / c.atoms) ** 2 for c in compounds]),
            mean=np.array(prior.values_eV),
            spread=np.array(prior.covariance_eV2),
        )

    def widths(self, *, deviates: bool) -> tuple[float, float]:
        """Return scatter and deviation of the largest marginal likelihood, eV."""
        usual = np.log([USUAL_SCATTER_EV, USUAL_DEVIATION_EV if deviates else _NONE_EV])
        free, fixed = np.log([NARROWEST_EV, WIDEST_EV]), np.log([_NONE_EV, _NONE_EV])

        def surprise(logs: FloatArray) -> float:
            scatter, deviation = np.exp(logs)
            noise = _Noise(self, scatter=scatter, deviation=deviation).covariance
            residual = self.errors - self.design @ self.mean
            determinant = np.linalg.slogdet(noise)[1]
            unusual = ((logs - usual) / np.log(FACTOR)) ** 2
            return float(determinant + residual @ np.linalg.solve(noise, residual) + unusual.sum())

        start = np.log([0.05, 0.2 if deviates else _NONE_EV])
        best = minimize(surprise, start, method="L-BFGS-B", bounds=[free, free if deviates else fixed])
        scatter, deviation = (float(value) for value in np.exp(best.x))
        return scatter, deviation


class _Noise:
    """What scatter and deviation make of the errors of the compounds, and of the values of the terms."""

    def __init__(self, data: _Regression, *, scatter: float, deviation: float) -> None:
        self.data = data
        self.own = data.spread + deviation**2 * np.eye(len(data.mean))
        self.covariance: FloatArray = data.design @ self.own @ data.design.T + np.diag(
            scatter**2 + data.measured
        )

    def posterior(self, chosen: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
        """Return the values of the terms by the chosen compounds, eV, and their covariance, eV²."""
        data, design = self.data, self.data.design[chosen]
        gain = self.own @ design.T @ np.linalg.inv(self.covariance[np.ix_(chosen, chosen)])
        residual = (data.errors - data.design @ data.mean)[chosen]
        return data.mean + gain @ residual, self.own - gain @ design @ self.own
