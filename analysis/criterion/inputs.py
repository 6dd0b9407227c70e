"""What the criterion asks of a film, and under which conditions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.criterion.chi import LITHIUM, WAVE_NUMBER_1_M, Lithium, RelativeSign
from lithicoat.analysis.criterion.ranges import (
    checked_modulus,
    checked_poisson,
    checked_positive,
    checked_volume_ratio,
)
from lithicoat.analysis.criterion.rule import LI_SHEAR_MODULUS_GPA
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord

__all__ = ["FilmMechanics", "Setting", "VolumeConvention"]


class VolumeConvention(Enum):
    """What is taken for the volume of a lithium ion in the coating."""

    GIVEN = "given"
    CELL = "cell volume"
    """Change of the cell's volume with its lithium content."""
    SPHERE = "ionic sphere"
    """Sphere of Shannon's radius at the coordination number."""

    @property
    def property_name(self) -> str:
        """Name of the volume ratio in a record."""
        return "lithium_volume_ratio_sphere" if self is VolumeConvention.SPHERE else "lithium_volume_ratio"


class Setting(BaseModel):
    """Conditions under which films are held against the criterion."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    wave_number_1_m: float = Field(WAVE_NUMBER_1_M, gt=0, description="Wave number of the roughness, 1/m.")
    li_shear_modulus_GPa: float = Field(
        LI_SHEAR_MODULUS_GPA, gt=0, description="Shear modulus of lithium in the ratio, GPa."
    )
    lithium: Lithium = Field(LITHIUM, description="Constants of lithium in chi.")
    relative_sign: RelativeSign = Field(
        RelativeSign.PUBLISHED, description="Reading of the disputed sign in chi."
    )

    @classmethod
    def of(
        cls,
        *,
        wave_number_1_m: float = WAVE_NUMBER_1_M,
        li_shear_modulus_GPa: float | None = None,
        li_poisson: float | None = None,
        surface_energy_J_m2: float | None = None,
        relative_sign: RelativeSign = RelativeSign.PUBLISHED,
    ) -> Self:
        """Take what is given in place of the defaults.

        A shear modulus of lithium holds in both views; without one it is 4.25 GPa in the ratio, 3.4 in chi.

        Raises
        ------
        DataError
            If a number is outside its range.
        """
        checked_positive(wave_number_1_m, "wave_number_1_m")
        changes: dict[str, float] = {}
        if li_shear_modulus_GPa is not None:
            checked_positive(li_shear_modulus_GPa, "li_shear_modulus_GPa")
            changes["shear_modulus_GPa"] = float(checked_modulus(li_shear_modulus_GPa))
        if li_poisson is not None:
            changes["poisson_ratio"] = float(checked_poisson(li_poisson, where="li_poisson"))
        if surface_energy_J_m2 is not None:
            if not 0 <= surface_energy_J_m2 < float("inf"):
                raise DataError(
                    f"a surface energy is not negative, got {surface_energy_J_m2:g} J/m2",
                    where="surface_energy_J_m2",
                )
            changes["surface_energy_J_m2"] = surface_energy_J_m2
        return cls(
            wave_number_1_m=wave_number_1_m,
            li_shear_modulus_GPa=changes.get("shear_modulus_GPa", LI_SHEAR_MODULUS_GPA),
            lithium=LITHIUM.model_copy(update=changes),
            relative_sign=relative_sign,
        )


@dataclass(frozen=True, kw_only=True)
class FilmMechanics:
    """What the criterion asks of one film.

    Parameters
    ----------
    shear_modulus : Property
        Calibrated shear modulus, GPa.
    poisson_ratio : Property or None
        Poisson's ratio; None if it was not given.
    volume_ratios : mapping of VolumeConvention to Property
        Volume ratios v, the leading one first.
    softest, stiffest : Property or None
        Extremes of the shear modulus over planes and directions, calibrated likewise, GPa.
    thickness_nm : float or None
        Thickness of the film.
    thickness_source : str
        Where the thickness is from.
    name : str
        Name of the film.
    """

    shear_modulus: Property
    poisson_ratio: Property | None = None
    volume_ratios: Mapping[VolumeConvention, Property] = field(default_factory=dict)
    softest: Property | None = None
    stiffest: Property | None = None
    thickness_nm: float | None = None
    thickness_source: str = ""
    name: str = ""

    @classmethod
    def of_numbers(
        cls,
        shear_modulus_GPa: float,
        *,
        uncertainty_GPa: float | None = None,
        poisson: float | None = None,
        volume_ratio: float | None = None,
        thickness_nm: float | None = None,
    ) -> Self:
        """Take numbers that somebody typed.

        Raises
        ------
        DataError
            If a number is outside its range.
        """
        if uncertainty_GPa is not None and not 0 <= uncertainty_GPa < float("inf"):
            raise DataError(
                f"a standard uncertainty is not negative, got {uncertainty_GPa:g} GPa", where="sigma_GPa"
            )
        modulus = float(checked_modulus(shear_modulus_GPa))
        if poisson is not None:
            checked_poisson(poisson)
        if volume_ratio is not None:
            checked_volume_ratio(volume_ratio)
        if thickness_nm is not None:
            checked_positive(thickness_nm, "thickness_nm")
        ratios = (
            {} if volume_ratio is None else {VolumeConvention.GIVEN: Property(value=volume_ratio, unit="1")}
        )
        return cls(
            shear_modulus=Property(value=modulus, uncertainty=uncertainty_GPa, unit="GPa"),
            poisson_ratio=None if poisson is None else Property(value=poisson, unit="1"),
            volume_ratios=ratios,
            thickness_nm=thickness_nm,
            thickness_source="" if thickness_nm is None else "given",
        )

    @classmethod
    def of_record(
        cls, record: ScreeningRecord, *, thickness_nm: float | None = None, thickness_source: str = ""
    ) -> Self:
        """Take what a screening found of a film.

        The extremes of the shear modulus are corrected by the factor that calibrates its average.

        Raises
        ------
        DataError
            If the thickness is not positive.
        """
        if thickness_nm is not None:
            checked_positive(thickness_nm, "thickness_nm")
        found = record.properties
        modulus = record.property_or_missing("shear_modulus_calibrated", "GPa")
        raw = record.property_or_missing("shear_modulus", "GPa")
        computed = (VolumeConvention.CELL, VolumeConvention.SPHERE)
        soft, stiff = (
            _rescaled(found.get(f"shear_modulus_{end}"), raw, modulus) for end in ("softest", "stiffest")
        )
        return cls(
            shear_modulus=modulus,
            poisson_ratio=record.property_or_missing("poisson_ratio", "1"),
            volume_ratios={kind: record.property_or_missing(kind.property_name, "1") for kind in computed},
            softest=soft,
            stiffest=stiff,
            thickness_nm=thickness_nm,
            thickness_source=thickness_source,
            name=record.coating,
        )


def _rescaled(extreme: Property | None, raw: Property, modulus: Property) -> Property | None:
    """Correct an extreme as its average was corrected; None where one of the three is not known."""
    if extreme is None or not extreme.resolved or not raw.value or modulus.value is None:
        return None
    factor = modulus.value / raw.value
    relative = (modulus.uncertainty or 0.0) / modulus.value if modulus.value else 0.0
    value = (extreme.value or 0.0) * factor
    if value <= 0 or factor <= 0:
        return None
    error = None if modulus.uncertainty is None else relative * value
    return extreme.model_copy(update={"value": value, "uncertainty": error})
