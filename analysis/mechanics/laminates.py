"""Moduli of layered films: bounds by the thicknesses of the layers, and the shears that a stack has exactly.

A stack of isotropic layers is transversely isotropic about its normal. Sheared in its plane, all layers are
strained alike: C66 is the mean of G by thickness. Sheared across, all carry one stress: 1/C44 is the mean of
1/G. K, G and E of the whole lie between the two means.

Literature
----------
Hill, Proc. Phys. Soc. A 65, 349 (1952): Voigt's and Reuss's bounds.
Backus, J. Geophys. Res. 67, 4427 (1962), eq. 13: stacks of isotropic layers.
"""

import math
from collections.abc import Callable, Sequence

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property

__all__ = ["Laminate", "Layer", "laminate"]

_STEP = 1e-6


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Layer(_Record):
    """One film of a stack."""

    name: str = Field(description="What it is, for messages.")
    thickness_nm: float = Field(gt=0, description="Thickness, nm.")
    bulk_modulus: Property = Field(description="Bulk modulus, GPa.")
    shear_modulus: Property = Field(description="Shear modulus, GPa.")


class Laminate(_Record):
    """Moduli of a stack; the Voigt mean is the upper bound, the Reuss mean the lower one."""

    thickness_nm: float = Field(gt=0, description="Thickness of the stack, nm.")
    bulk_voigt: Property = Field(description="Upper bound of K, GPa.")
    bulk_reuss: Property = Field(description="Lower bound of K, GPa.")
    shear_in_plane: Property = Field(
        description="C66 of the stack, exact: mean of G, which is Voigt's bound of G too, GPa."
    )
    shear_across: Property = Field(
        description="C44 of the stack, exact: harmonic mean of G, which is Reuss's bound of G too, GPa."
    )
    youngs_voigt: Property = Field(description="Young's modulus from the two upper bounds, GPa.")
    youngs_reuss: Property = Field(description="Young's modulus from the two lower bounds, GPa.")


def laminate(layers: Sequence[Layer]) -> Laminate:
    """Average the moduli of a stack of layers by their thicknesses.

    Uncertainties follow by the linear law from those of the layers, taken as independent. A layer without a
    resolved modulus above zero leaves what needs it missing, with the reason.

    Parameters
    ----------
    layers : sequence of Layer
        Two or more, in any order: it does not matter.

    Raises
    ------
    DataError
        If there are fewer than two layers, or a modulus is not in GPa.
    """
    if len(layers) < 2:
        raise DataError(f"a stack has two layers or more, got {len(layers)}", where="layers")
    for layer in layers:
        for modulus in (layer.bulk_modulus, layer.shear_modulus):
            if modulus.unit != "GPa":
                raise DataError(
                    f"{layer.name}: moduli must be in GPa, not in {modulus.unit}", where=layer.name
                )
    total = sum(layer.thickness_nm for layer in layers)
    shares = [layer.thickness_nm / total for layer in layers]
    bulk, shear = [layer.bulk_modulus for layer in layers], [layer.shear_modulus for layer in layers]
    names = [layer.name for layer in layers]

    def mean(mix: Callable[[Sequence[float]], float], parts: Sequence[Property]) -> Property:
        return _mixed(mix, parts, names)

    return Laminate(
        thickness_nm=total,
        bulk_voigt=mean(lambda k: _voigt(shares, k), bulk),
        bulk_reuss=mean(lambda k: _reuss(shares, k), bulk),
        shear_in_plane=mean(lambda g: _voigt(shares, g), shear),
        shear_across=mean(lambda g: _reuss(shares, g), shear),
        youngs_voigt=mean(lambda both: _youngs(_voigt, shares, both), [*bulk, *shear]),
        youngs_reuss=mean(lambda both: _youngs(_reuss, shares, both), [*bulk, *shear]),
    )


def _voigt(shares: Sequence[float], values: Sequence[float]) -> float:
    return sum(share * value for share, value in zip(shares, values, strict=True))


def _reuss(shares: Sequence[float], values: Sequence[float]) -> float:
    return 1 / sum(share / value for share, value in zip(shares, values, strict=True))


def _youngs(
    average: Callable[[Sequence[float], Sequence[float]], float],
    shares: Sequence[float],
    both: Sequence[float],
) -> float:
    """9KG/(3K + G), which grows with K and with G: bounds of both give a bound of E."""
    bulk, shear = average(shares, both[: len(shares)]), average(shares, both[len(shares) :])
    return 9 * bulk * shear / (3 * bulk + shear)


def _mixed(
    mix: Callable[[Sequence[float]], float], parts: Sequence[Property], names: Sequence[str]
) -> Property:
    """Apply a mean to properties and carry their uncertainties, with numerical derivatives."""
    flags = tuple(dict.fromkeys(flag for part in parts for flag in part.flags))
    values = [part.value for part in parts if part.resolved and part.value is not None and part.value > 0]
    if len(values) < len(parts):
        lacking = sorted(
            {
                names[index % len(names)]
                for index, part in enumerate(parts)
                if not part.resolved or not part.value or part.value <= 0
            }
        )
        return Property(
            value=None, unit="GPa", flags=(*flags, f"no modulus above zero of {', '.join(lacking)}")
        )
    value = mix(values)
    variance = 0.0
    for index, part in enumerate(parts):
        shifted = list(values)
        shifted[index] *= 1 + _STEP
        slope = (mix(shifted) - value) / (_STEP * values[index])
        variance += (slope * (part.uncertainty or 0.0)) ** 2
    return Property(value=value, uncertainty=math.sqrt(variance), unit="GPa", flags=flags)
