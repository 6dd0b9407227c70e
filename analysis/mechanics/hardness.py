"""Hardness and ductility as correlations have them: guides for comparing like with like, not measurements.

Literature
----------
Pugh, Phil. Mag. 45, 823 (1954): ductile metals have K/G above 1.75.
Chen, Niu, Li and Li, Intermetallics 19, 1275 (2011), eq. 10: H = 2 (k² G)^0.585 − 3, k = G/K, GPa.
Tian, Xu and Zhao, Int. J. Refract. Met. Hard Mater. 33, 93 (2012): H = 0.92 k^1.137 G^0.708, GPa.
"""

import math

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property

__all__ = ["ESTIMATE", "chen_hardness_GPa", "hardness_estimate", "pugh_ratio", "tian_hardness_GPa"]

ESTIMATE = "estimate by the correlation of Tian (2012), made for covalent solids: ionic ones are far softer"
"""Rock salts slip easily: LiF has about 1 GPa, its K and G make it ten."""
_SCATTER = 0.15
"""Relative scatter of the measured hardness of covalent solids about the correlation."""


def chen_hardness_GPa(shear_GPa: float, *, bulk_GPa: float) -> float:
    """Return Chen's estimate of the Vickers hardness, GPa; below zero for soft solids, where it fails.

    Raises
    ------
    DataError
        If a modulus is not positive.
    """
    ratio = _ratio(shear_GPa, bulk_GPa)
    return 2 * math.pow(ratio**2 * shear_GPa, 0.585) - 3


def tian_hardness_GPa(shear_GPa: float, *, bulk_GPa: float) -> float:
    """Return Tian's estimate of the Vickers hardness, GPa, always positive.

    Raises
    ------
    DataError
        If a modulus is not positive.
    """
    ratio = _ratio(shear_GPa, bulk_GPa)
    return float(0.92 * ratio**1.137 * shear_GPa**0.708)


def pugh_ratio(bulk_modulus: Property, shear_modulus: Property) -> Property:
    """Return K/G, with the errors of the two taken as independent.

    Parameters
    ----------
    bulk_modulus, shear_modulus : Property
        In GPa. A ratio of what is missing, bounded or not positive is missing, too.

    Raises
    ------
    DataError
        If a unit is not GPa.
    """
    _demand_GPa(bulk_modulus, shear_modulus)
    bulk, shear = bulk_modulus.value, shear_modulus.value
    flags = tuple(dict.fromkeys((*bulk_modulus.flags, *shear_modulus.flags)))
    if (
        not (bulk_modulus.resolved and shear_modulus.resolved)
        or not bulk
        or not shear
        or min(bulk, shear) <= 0
    ):
        return Property(
            value=None, unit="1", flags=(*flags, "K/G needs a bulk and a shear modulus above zero")
        )
    relative = math.hypot(
        (bulk_modulus.uncertainty or 0.0) / bulk, (shear_modulus.uncertainty or 0.0) / shear
    )
    return Property(
        value=bulk / shear,
        uncertainty=relative * bulk / shear,
        unit="1",
        flags=flags,
        provenance=shear_modulus.provenance,
    )


def hardness_estimate(shear_modulus: Property, ratio: Property) -> Property:
    """Estimate the Vickers hardness from the shear modulus and K/G.

    The value is Tian's, which does not turn negative; Chen's stands in the flags. The uncertainty joins those
    of G and K/G with the scatter of measured hardness about the correlation, 15 %.

    Parameters
    ----------
    shear_modulus : Property
        G in GPa, best the calibrated one.
    ratio : Property
        K/G, which a potential that is too soft by one factor leaves right.

    Raises
    ------
    DataError
        If the unit of the modulus is not GPa.
    """
    _demand_GPa(shear_modulus)
    shear, pugh = shear_modulus.value, ratio.value
    flags = tuple(dict.fromkeys((*shear_modulus.flags, *ratio.flags)))
    if not (shear_modulus.resolved and ratio.resolved) or not shear or not pugh or min(shear, pugh) <= 0:
        return Property(
            value=None, unit="GPa", flags=(*flags, "a hardness estimate needs G and K/G above zero")
        )
    tian = tian_hardness_GPa(shear, bulk_GPa=pugh * shear)
    chen = chen_hardness_GPa(shear, bulk_GPa=pugh * shear)
    relative = math.hypot(
        0.708 * (shear_modulus.uncertainty or 0.0) / shear,
        1.137 * (ratio.uncertainty or 0.0) / pugh,
        _SCATTER,
    )
    other = f"that of Chen (2011) gives {chen:.2g} GPa" if chen > 0 else "too soft for that of Chen (2011)"
    return Property(
        value=tian,
        uncertainty=relative * tian,
        unit="GPa",
        flags=(*flags, f"{ESTIMATE}; {other}"),
        provenance=shear_modulus.provenance,
    )


def _ratio(shear_GPa: float, bulk_GPa: float) -> float:
    if min(shear_GPa, bulk_GPa) <= 0:
        raise DataError(
            f"a hardness needs moduli above zero, got G = {shear_GPa:g} and K = {bulk_GPa:g} GPa",
            where="shear_GPa",
        )
    return shear_GPa / bulk_GPa


def _demand_GPa(*moduli: Property) -> None:
    for modulus in moduli:
        if modulus.unit != "GPa":
            raise DataError(f"moduli must be in GPa, not in {modulus.unit}", where="shear_modulus")
