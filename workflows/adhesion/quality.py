"""How well a potential knows surfaces: its surface energies beside reported ones and another potential's."""

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.workflows.potentials.registry import PotentialRef, list_potentials

__all__ = ["SurfaceEnergy", "surface_energies", "surface_flags"]

FILE = "data/surface_energies.json"
UNKNOWN = "it is not known how well this potential knows surfaces"
ALIKE = 0.15
"""Potentials whose surface energies differ by less agree."""


class SurfaceEnergy(BaseModel):
    """The energy of one face by the shipped potentials, and as reported."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    file: str = Field(description="Shipped crystal.")
    miller: tuple[int, int, int] = Field(description="Indices of the face.")
    computed_J_m2: dict[str, float] = Field(
        description="By sha256 of the potential: a slab of 10 Å, relaxed to 0.03 eV/Å, J/m²."
    )
    reported_J_m2: float | None = Field(None, gt=0, description="Reported value, J/m².")
    source: str = Field("", description="Where the reported value is from.")

    @property
    def label(self) -> str:
        """Formula and face."""
        return f"{self.file.partition('_')[0]}({''.join(map(str, self.miller))})"


@cache
def surface_energies() -> tuple[SurfaceEnergy, ...]:
    """Return the shipped faces."""
    text = resources.files("lithicoat.workflows").joinpath(FILE).read_text("utf-8")
    return tuple(SurfaceEnergy.model_validate(entry) for entry in json.loads(text))


def surface_flags(potential: PotentialRef) -> tuple[str, ...]:
    """Say how a potential's surface energies compare: a caution for all that rests on them."""
    faces = [face for face in surface_energies() if potential.sha256 in face.computed_J_m2]
    if not faces:
        return (UNKNOWN,)
    return (*_beside_reported(potential, faces), *_beside_others(potential, faces))


def _beside_reported(potential: PotentialRef, faces: list[SurfaceEnergy]) -> Iterator[str]:
    for face in faces:
        if face.reported_J_m2 is not None:
            found = face.computed_J_m2[potential.sha256]
            yield (
                f"surface energy of {face.label} is {found:.2f} J/m2 by {potential.id}, "
                f"{face.reported_J_m2:g} in use elsewhere"
            )


def _beside_others(potential: PotentialRef, faces: list[SurfaceEnergy]) -> Iterator[str]:
    """Tell by how much salts have lower surface energies than by the potential that has them highest."""
    for entry in list_potentials():
        if entry.sha256 in (None, potential.sha256):
            continue
        shares = {
            face.label: face.computed_J_m2[potential.sha256] / face.computed_J_m2[str(entry.sha256)]
            for face in faces
            if entry.sha256 in face.computed_J_m2
        }
        soft = {label: share for label, share in shares.items() if share < 1 - ALIKE}
        if soft:
            yield (
                f"{potential.id} is soft at surfaces: {min(soft.values()):.2f}-{max(soft.values()):.2f} of "
                f"{entry.id}'s energy for {', '.join(soft)}; works of adhesion are too small alike"
            )
