"""Whether atoms sit in surroundings like those that a potential was trained on.

Each atom's surroundings are a vector of invariant descriptors. Per element the training set gives a Gaussian
in the form of probabilistic principal components (Tipping and Bishop, J. R. Stat. Soc. B 61, 611 (1999),
eqs. 7 and 8): leading components with their variances, and one variance for all that is left. The distance of
an atom is its Mahalanobis distance in that Gaussian,

    d² = Σ_i z_i² / λ_i + |r|² / σ²,

with z_i the components, r the rest. How far is too far is not taken from the Gaussian, which real
surroundings do not follow, but from atoms that were not trained on: the 99 % quantile of their distances, per
element.

One atom in a hundred is then outside by construction. A cell is flagged if, of one of its elements, so many
atoms are outside that their share exceeds what single cells of the test set show, and chance alone (binomial,
one in a hundred each) would give as many in less than one of twenty cells, however small the cell is. An atom
clearly beyond the farthest one of training and test set together is flagged by itself.

A single Gaussian per element is coarse. It sees what is far from everything trained on; between two kinds of
known surroundings it sees nothing.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.special import betainc

from lithicoat.analysis.errors import DataError

__all__ = [
    "FEWEST_ATOMS",
    "ElementEnvironments",
    "ElementVerdict",
    "EnvironmentVerdict",
    "fit_environments",
    "judge_environments",
]

Array = NDArray[np.float64]

COMPONENTS = 16
"""Leading components at most: 16 of 128 hold nearly all variance, and nine elements fit into 300 kB."""
ATOMS_PER_COMPONENT = 20
FEWEST_ATOMS = 50
"""Training atoms below which an element is not described at all."""
QUANTILE = 0.99
ENOUGH_TO_TEST = 100
"""Test atoms from which their own 99 % quantile is resolved."""
USUAL_FRACTION = 0.05
"""Share of an element's atoms outside that no cell is flagged for."""
HIGHEST_USUAL_FRACTION = 0.5
CELLS_QUANTILE = 0.95
SIGNIFICANCE = 0.05
MARGIN = 1.2
"""An atom this much beyond the farthest one ever seen is flagged by itself."""
DIGITS = 5

_Row = tuple[float, ...]


class ElementEnvironments(BaseModel):
    """The surroundings of one element's atoms in a training set."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    train_atoms: int = Field(ge=FEWEST_ATOMS, description="Atoms that the Gaussian was fitted to.")
    test_atoms: int = Field(ge=0, description="Atoms, not trained on, that the threshold stems from.")
    mean: _Row = Field(description="Mean descriptor.")
    components: tuple[_Row, ...] = Field(description="Leading components as rows, orthonormal.")
    variances: _Row = Field(description="Variance along each of them.")
    rest_variance: float = Field(gt=0, description="Variance along each direction that is left.")
    threshold: float = Field(gt=0, description="Distance beyond which an atom is outside.")
    farthest: float = Field(gt=0, description="Largest distance in training and test set.")
    usual_fraction: float = Field(
        ge=0, le=1, description="Share of this element's atoms outside that single test cells show."
    )

    def distances(self, descriptors: ArrayLike) -> Array:
        """Return the Mahalanobis distances of atoms.

        Parameters
        ----------
        descriptors : (n, d) array_like
            Invariant descriptors of atoms of this element.

        Raises
        ------
        DataError
            If the descriptors have another length than those of the fit, or are not finite.
        """
        rows = _matrix(descriptors)
        if rows.shape[1] != len(self.mean):
            raise DataError(
                f"descriptors have length {rows.shape[1]}, the training's have {len(self.mean)}",
                where="descriptors",
                hint="fit the environments again with this potential",
            )
        axes = np.array(self.components).reshape(-1, len(self.mean))
        return _distances(rows - np.array(self.mean), axes, np.array(self.variances), self.rest_variance)


class ElementVerdict(BaseModel):
    """How an element's atoms in one cell compare with the training set."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    element: str
    atoms: int = Field(ge=1, description="Atoms of this element in the cell.")
    outside: float = Field(ge=0, description="Of these beyond the threshold, averaged over frames.")
    worst_atom: int = Field(ge=0, description="Index in the cell of the farthest one.")
    worst_ratio: float | None = Field(
        description="Its distance in units of the threshold; None if the element was not trained on enough."
    )
    flagged: bool = Field(description="True if more are outside than the test set's cells show.")

    @property
    def fraction(self) -> float:
        """Share of the atoms that is outside."""
        return self.outside / self.atoms


class EnvironmentVerdict(BaseModel):
    """How the surroundings of a cell's atoms compare with the training set."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    atoms: int = Field(ge=1, description="Atoms of the cell.")
    frames: int = Field(ge=1, description="Frames of the cell that were looked at.")
    fraction: float = Field(ge=0, le=1, description="Share of all atoms that is outside.")
    elements: tuple[ElementVerdict, ...] = Field(description="Worst first.")

    @property
    def flagged(self) -> bool:
        """True if an element is outside of what the potential was trained on."""
        return any(element.flagged for element in self.elements)

    def sentence(self, potential: str, label: str) -> str | None:
        """Say what is outside, as a flag of a property; None if nothing is."""
        found = [element for element in self.elements if element.flagged]
        if not found:
            return None
        shares = ", ".join(f"{_percent(element.fraction)} of {element.element} atoms" for element in found)
        worst = f"{found[0].element}{found[0].worst_atom}"
        return f"outside the training of {potential}: {shares} ({label}, worst {worst})"


def fit_environments(
    train: ArrayLike, test: ArrayLike, test_cells: ArrayLike, *, components: int = COMPONENTS
) -> ElementEnvironments:
    """Describe the surroundings of one element's atoms.

    The threshold is the 99 % quantile of the test atoms' distances, but never below that of the training
    atoms: a small or easy test set must not call the training set foreign. Below 100 test atoms their largest
    distance stands for the quantile.

    Parameters
    ----------
    train : (n, d) array_like
        Descriptors of the training set's atoms.
    test : (m, d) array_like
        Descriptors of atoms that were not trained on.
    test_cells : (m,) array_like
        Number of the cell that each test atom belongs to.
    components : int
        Leading components at most.

    Raises
    ------
    DataError
        If there are too few training atoms, they are all alike, or numbers are not finite.
    """
    rows, unseen = _matrix(train), _matrix(test)
    count, length = rows.shape
    if count < FEWEST_ATOMS:
        raise DataError(
            f"{count} training atoms; {FEWEST_ATOMS} are needed to describe an element", where="train"
        )
    mean = rows.mean(axis=0)
    variances, axes = np.linalg.eigh(np.cov(rows, rowvar=False).reshape(length, length))
    kept = min(components, count // ATOMS_PER_COMPONENT, length - 1)
    leading, vectors = variances[::-1][:kept], axes[:, ::-1][:, :kept].T
    total = float(variances.sum())
    if total <= 0:
        raise DataError("the descriptors of all training atoms are alike", where="train")
    floor = 1e-9 * total  # directions that do not vary at all
    rest = max(float(variances[: length - kept].mean()), floor)
    rounded: dict[str, Any] = {
        "mean": _rounded(mean),
        "components": tuple(_rounded(vector) for vector in vectors),
        "variances": _rounded(np.maximum(leading, floor)),
        "rest_variance": _rounded([rest])[0],
    }
    shape = (
        np.array(rounded["components"]).reshape(-1, length),
        np.array(rounded["variances"]),
        rounded["rest_variance"],
    )
    known = _distances(rows - np.array(rounded["mean"]), *shape)
    new = _distances(unseen - np.array(rounded["mean"]), *shape) if len(unseen) else np.empty(0)
    threshold = float(np.quantile(known, QUANTILE))
    if len(new):
        threshold = max(threshold, float(np.quantile(new, QUANTILE if len(new) >= ENOUGH_TO_TEST else 1.0)))
    return ElementEnvironments.model_validate(
        {
            **rounded,
            "train_atoms": count,
            "test_atoms": len(unseen),
            "threshold": threshold,
            "farthest": max(float(known.max()), float(new.max(initial=0.0))),
            "usual_fraction": _usual_fraction(new > threshold, np.asarray(test_cells)),
        }
    )


def judge_environments(
    known: Mapping[str, ElementEnvironments],
    frames: Sequence[ArrayLike],
    symbols: Sequence[str],
) -> EnvironmentVerdict:
    """Compare the surroundings of a cell's atoms with the training set.

    Frames of one trajectory are not independent: the numbers of atoms outside are averaged over them and
    judged as those of one cell.

    Parameters
    ----------
    known : mapping of str to ElementEnvironments
        By element. All atoms of an element that is not in it are outside.
    frames : sequence of (n, d) array_like
        Descriptors of all atoms, one array per frame.
    symbols : sequence of str
        Chemical symbols, one per atom.

    Raises
    ------
    DataError
        If there is no frame, or a frame has another number of atoms than symbols.
    """
    stack = [_matrix(frame) for frame in frames]
    if not stack or not symbols or any(len(frame) != len(symbols) for frame in stack):
        raise DataError(
            f"{len(symbols)} symbols and frames of {[len(frame) for frame in stack]} atoms do not fit",
            where="frames",
        )
    kinds = np.asarray(symbols)
    verdicts = [
        _judge_element(element, known.get(element), stack, np.flatnonzero(kinds == element))
        for element in dict.fromkeys(symbols)
    ]
    verdicts.sort(key=lambda v: (not v.flagged, -v.fraction, -(v.worst_ratio or math.inf)))
    return EnvironmentVerdict(
        atoms=len(symbols),
        frames=len(stack),
        fraction=sum(verdict.outside for verdict in verdicts) / len(symbols),
        elements=tuple(verdicts),
    )


def _judge_element(
    element: str, known: ElementEnvironments | None, frames: Sequence[Array], atoms: NDArray[np.intp]
) -> ElementVerdict:
    count = len(atoms)
    if known is None:
        return ElementVerdict(
            element=element,
            atoms=count,
            outside=count,
            worst_atom=int(atoms[0]),
            worst_ratio=None,
            flagged=True,
        )
    distances = np.array([known.distances(frame[atoms]) for frame in frames])
    outside = float((distances > known.threshold).sum(axis=1).mean())
    too_many = outside / count > known.usual_fraction and _chance(outside, count) < SIGNIFICANCE
    largest = distances.max(axis=0)
    return ElementVerdict(
        element=element,
        atoms=count,
        outside=outside,
        worst_atom=int(atoms[largest.argmax()]),
        worst_ratio=float(largest.max()) / known.threshold,
        flagged=too_many or bool((distances.max(axis=1) > MARGIN * known.farthest).mean() >= 0.5),
    )


def _chance(outside: float, count: int) -> float:
    """Probability of as many atoms outside or more, one in a hundred each; not only of whole numbers.

    P(X ≥ m) of a binomial is the regularised incomplete beta function I_p(m, n − m + 1)
    (Abramowitz and Stegun, eq. 26.5.24).
    """
    if outside <= 0:
        return 1.0
    return float(betainc(outside, count - outside + 1, 1 - QUANTILE))


def _usual_fraction(outside: NDArray[np.bool_], cells: NDArray[np.int_]) -> float:
    """Share of atoms outside that nineteen of twenty test cells do not exceed, and five percent at least."""
    if len(outside) == 0:
        return USUAL_FRACTION
    shares = [outside[cells == cell].mean() for cell in np.unique(cells)]
    return min(max(USUAL_FRACTION, float(np.quantile(shares, CELLS_QUANTILE))), HIGHEST_USUAL_FRACTION)


def _distances(deviations: Array, axes: Array, variances: Array, rest_variance: float) -> Array:
    projected = deviations @ axes.T
    rest = deviations - projected @ axes
    return np.asarray(np.sqrt((projected**2 / variances).sum(axis=1) + (rest**2).sum(axis=1) / rest_variance))


def _matrix(descriptors: ArrayLike) -> Array:
    rows = np.asarray(descriptors, dtype=float)
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise DataError("descriptors must be finite, one row per atom", where="descriptors")
    return rows


def _rounded(numbers: ArrayLike) -> _Row:
    """Keep five significant digits: the file stays small."""
    return tuple(float(f"{number:.{DIGITS - 1}e}") for number in np.asarray(numbers, dtype=float))


def _percent(fraction: float) -> str:
    return f"{fraction:.0%}".replace("%", " %") if fraction >= 0.01 else "< 1 %"
