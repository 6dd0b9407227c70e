"""What the error of a recorded number comes from for the most part, read from the record itself."""

import math
from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from lithicoat.analysis.films.ensembles import ONE_REPLICA
from lithicoat.analysis.properties import Property

__all__ = ["ErrorSource", "MainError", "main_error"]

_CALIBRATED = "_calibrated"
_ENERGIES = ("contact_", "reaction_", "window_", "scavenging_energy", "energy_above_hull")
"""Names of what follows from differences of energies."""


class ErrorSource(Enum):
    """What keeps a number from being known better."""

    MISSING = "missing"
    BOUND = "only a bound"
    ASSUMED = "an assumed uncertainty"
    CALIBRATION = "calibration of the potential"
    CELLS = "cells and replicas"
    EXTRAPOLATION = "extrapolation in temperature"
    DEFECT_MODEL = "defect model"
    ENERGIES = "energies of the potential"
    REPORTED = "what was reported"


class MainError(NamedTuple):
    """The largest part of an error."""

    source: ErrorSource
    why: str
    """In a few words."""


def main_error(properties: Mapping[str, Property], name: str, *, assumed: float | None = None) -> MainError:
    """Tell what the error of a property is for the most part.

    Parameters
    ----------
    properties : mapping of str to Property
        Properties of a film by name.
    name : str
        Which of them.
    assumed : float, optional
        The standard uncertainty that was assumed, in the unit of the property, where none was stated.
    """
    found = properties.get(name)
    if found is None or found.value is None:
        return MainError(
            ErrorSource.MISSING, "not computed" if found is None else f"missing: {found.flags[0]}"
        )
    if found.bound is not None:
        return MainError(ErrorSource.BOUND, ": ".join(("only a bound", *found.flags[:1])))
    if name == "band_gap":
        return MainError(ErrorSource.REPORTED, "reported, not computed")
    if assumed is not None:
        unit = "" if found.unit == "1" else f" {found.unit}"
        return MainError(ErrorSource.ASSUMED, f"no uncertainty was stated, ± {assumed:.2g}{unit} is assumed")
    if name.endswith(_CALIBRATED):
        return _of_modulus(found, properties.get(name.removesuffix(_CALIBRATED)))
    return _of_other(found, name)


def _of_modulus(calibrated: Property, plain: Property | None) -> MainError:
    """Split the relative variance of a calibrated modulus into that of the cells and that of the factor."""
    total = (calibrated.uncertainty or 0.0) / abs(calibrated.value or 1.0)
    own = 0.0 if plain is None or not plain.value else (plain.uncertainty or 0.0) / abs(plain.value)
    factor = math.sqrt(max(0.0, total**2 - own**2))
    together = "cells and committee" if any(" committee: " in flag for flag in calibrated.flags) else "cells"
    parts = f"calibration {factor:.0%}, {together} {own:.0%}"
    if ONE_REPLICA in calibrated.flags:
        parts += f" ({ONE_REPLICA} and not in the ±)"
    return MainError(ErrorSource.CALIBRATION if factor > own else ErrorSource.CELLS, parts)


def _of_other(found: Property, name: str) -> MainError:
    for flag in found.flags:
        if flag.startswith("vacancy model"):
            return MainError(ErrorSource.DEFECT_MODEL, flag)
    for flag in found.flags:
        if flag.startswith("extrapolated"):
            return MainError(ErrorSource.EXTRAPOLATION, flag)
    if name.startswith(_ENERGIES):
        return MainError(
            ErrorSource.ENERGIES,
            "energies of the potential: terms of their correction, scatter of a compound",
        )
    return MainError(ErrorSource.CELLS, ONE_REPLICA if ONE_REPLICA in found.flags else "spread of the cells")
