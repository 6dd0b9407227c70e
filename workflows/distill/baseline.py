"""The energy of each element that a potential starts from, so that it has to learn only what binds."""

from collections.abc import Mapping, Sequence

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.workflows.errors import UsageError

__all__ = ["Baseline", "baseline", "least_squares_energies"]

RELATIVE_RANK = 1e-8
"""Singular values below this share of the largest count as none."""


class Baseline(BaseModel):
    """Energies of the elements, and how far they alone explain the labels."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    energies_eV: dict[str, float] = Field(description="Energy of an atom of each element, eV.")
    residual_eV_atom: float = Field(ge=0, description="Rms of what they leave unexplained, eV/atom.")
    note: str = Field(description="Where they come from.")


def least_squares_energies(frames: Sequence[Atoms]) -> dict[str, float]:
    """Fit the total energies by one energy per element.

    Least squares of total energies, so that large cells count more: minimises Σ (E − Σ n_s ε_s)².

    Parameters
    ----------
    frames : sequence of Atoms
        With ``info["REF_energy"]`` in eV.

    Returns
    -------
    dict of str to float
        eV per atom of each element.

    Raises
    ------
    UsageError
        If the compositions do not determine the energy of an element; names these elements.
    """
    symbols, counts, energies = _system(frames)
    if undetermined := _undetermined(symbols, counts):
        raise UsageError(
            f"the compositions of the {len(frames)} configurations do not determine the energies of "
            f"{', '.join(undetermined)} one by one",
            where="baseline",
            hint="add configurations of other compositions, give energies of some elements in [baseline], "
            'or say method = "shared" to divide the energy among them',
        )
    return _solved(symbols, counts, energies)


def baseline(
    frames: Sequence[Atoms], *, given: Mapping[str, float] | None = None, shared: bool = False
) -> Baseline:
    """Choose the energies of the elements and say where they come from.

    Parameters
    ----------
    frames : sequence of Atoms
        The training set.
    given : mapping of str to float, optional
        Known energies in eV; the others are fitted to what remains.
    shared : bool
        Where the compositions do not determine the energies, take the smallest that fit, and say so.

    Raises
    ------
    UsageError
        If the energies are not determined and `shared` is False.
    """
    known = {symbol: float(energy) for symbol, energy in (given or {}).items()}
    present = {symbol for atoms in frames for symbol in atoms.get_chemical_symbols()}
    fitted: dict[str, float] = {}
    note = "given" if known else ""
    if present - set(known):
        reduced = [
            _without(atoms, known) for atoms in frames if set(atoms.get_chemical_symbols()) - set(known)
        ]
        if shared:
            symbols, counts, energies = _system(reduced)
            fitted = _solved(symbols, counts, energies)
            loose = _undetermined(symbols, counts)
            how = (
                f"; smallest that fit for {', '.join(loose)}, which the compositions do not determine"
                if loose
                else ""
            )
        else:
            fitted, how = least_squares_energies(reduced), ""
        note = "; ".join(
            filter(None, [f"given for {', '.join(sorted(known))}" if known else "", f"least squares{how}"])
        )
    values = {symbol: {**fitted, **known}[symbol] for symbol in sorted(present)}
    misses = [
        (a.info["REF_energy"] - sum(values[s] for s in a.get_chemical_symbols())) / len(a) for a in frames
    ]
    return Baseline(
        energies_eV=values, residual_eV_atom=float(np.sqrt(np.mean(np.square(misses)))), note=note
    )


def _without(atoms: Atoms, known: Mapping[str, float]) -> Atoms:
    """Take the atoms of known energy away."""
    rest = Atoms([symbol for symbol in atoms.get_chemical_symbols() if symbol not in known])
    rest.info["REF_energy"] = atoms.info["REF_energy"] - sum(
        known.get(symbol, 0.0) for symbol in atoms.get_chemical_symbols()
    )
    return rest


def _system(frames: Sequence[Atoms]) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64]]:
    symbols = sorted({symbol for atoms in frames for symbol in atoms.get_chemical_symbols()})
    counts = np.array(
        [[atoms.get_chemical_symbols().count(s) for s in symbols] for atoms in frames], dtype=float
    )
    return symbols, counts, np.array([atoms.info["REF_energy"] for atoms in frames], dtype=float)


def _undetermined(symbols: Sequence[str], counts: NDArray[np.float64]) -> list[str]:
    """Elements that take part in a combination to which no composition is sensitive."""
    _, singular, directions = np.linalg.svd(counts, full_matrices=True)
    rank = int((singular > RELATIVE_RANK * singular.max()).sum())
    loose = np.abs(directions[rank:]).max(axis=0, initial=0.0)
    return [symbol for symbol, share in zip(symbols, loose, strict=True) if share > 1e-6]


def _solved(
    symbols: Sequence[str], counts: NDArray[np.float64], energies: NDArray[np.float64]
) -> dict[str, float]:
    fit = np.linalg.lstsq(counts, energies, rcond=RELATIVE_RANK)[0]
    return dict(zip(symbols, map(float, fit), strict=True))
