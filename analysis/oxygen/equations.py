"""Balanced reactions of a film with O2, and how they are written."""

from collections.abc import Mapping

from ase.data import atomic_masses, atomic_numbers
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["OxidationReaction", "mass_g_mol", "written_formula"]


class OxidationReaction(BaseModel):
    """A balanced reaction of one formula unit of film with O2."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    film: str = Field(description="Formula of the film's unit.")
    composition: dict[str, float] = Field(description="Atoms per formula unit of film.")
    o2: float = Field(gt=0, description="O2 taken up per formula unit of film.")
    products: dict[str, float] = Field(description="Formula units of product per formula unit of film.")
    gases: tuple[str, ...] = Field((), description="Products that leave the film as gas.")
    note: str = Field("", description="What a reader must know of this reaction.")

    @property
    def equation(self) -> str:
        """The reaction as text, such as `Li2S + 2 O2 -> Li2SO4`."""
        products = " + ".join(_term(count, formula) for formula, count in self.products.items())
        return f"{self.film} + {_term(self.o2, 'O2')} -> {products}"

    @property
    def film_mass_g_mol(self) -> float:
        """Molar mass of the formula unit of film, g/mol."""
        return mass_g_mol(self.composition)


def mass_g_mol(composition: Mapping[str, float]) -> float:
    """Return the molar mass of a composition, g/mol."""
    return float(sum(count * atomic_masses[atomic_numbers[el]] for el, count in composition.items()))


def written_formula(unit: Mapping[str, float]) -> str:
    """Write a composition, in the order given."""
    return "".join(element + ("" if count == 1 else f"{count:.6g}") for element, count in unit.items())


def _term(count: float, formula: str) -> str:
    return formula if abs(count - 1) < 5e-7 else f"{count:.4g} {formula}"
