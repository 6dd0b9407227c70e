"""What two films do to one another where they touch, beyond what each does by itself.

Along the line between two films both count as what they decay to: what is left is set free by the contact
alone. Then the energy follows from the compositions and the competing phases; that a film lies above the hull
does not enter. The line is that of :mod:`lithicoat.analysis.thermochemistry.interfaces`.
"""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.hulls import Film, Hull
from lithicoat.analysis.thermochemistry.interfaces import contact
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry

__all__ = ["SAME_MATTER", "FilmContact", "contact_of_films", "phase_above_hull"]

SAME_MATTER = "both films are of one composition: nothing to react"
_NEGLIGIBLE_EV_ATOM = 2e-5
"""Keeps a film that lies on the hull from competing with the crystals that stand for it."""


class FilmContact(BaseModel):
    """The most exothermic reaction between two films."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    energy: Property = Field(
        description="Most exothermic mixture, eV per atom of both films, less what each sets free alone; "
        "0 if they do not react."
    )
    equation: str = Field("", description="That reaction per formula unit of the first film; empty if none.")
    first_share: float | None = Field(None, description="Share of the atoms that are the first film's.")


def phase_above_hull(
    table: Thermochemistry, composition: Mapping[str, float], *, name: str, above_hull_eV_atom: float
) -> Phase:
    """Return a film as a phase, from its composition and its distance from the hull.

    Parameters
    ----------
    table : Thermochemistry
        The competing phases.
    composition : mapping of str to float
        Atoms of a cell or a formula unit; the phase is per reduced formula.
    name : str
        What to call it.
    above_hull_eV_atom : float
        Distance from the hull of this table, eV/atom; negative for a film below the hull of the others.

    Raises
    ------
    DataError
        If an element has no reference phase.
    """
    from pymatgen.core import Composition  # noqa: PLC0415 - heavy

    formula, factor = Composition(composition).get_reduced_formula_and_factor()
    counts = {element: float(number / factor) for element, number in composition.items()}
    lowest = sum(
        number * table.formation_energy_eV(phase) for phase, number in Hull(table, counts).products(counts)
    )
    blank = Phase(
        name=name,
        formula=formula,
        composition=counts,
        energy_eV=0.0,
        kind=PhaseKind.FILM,
    )
    energy = lowest + above_hull_eV_atom * blank.atoms - table.formation_energy_eV(blank)
    return blank.model_copy(update={"energy_eV": float(energy)})


def contact_of_films(
    table: Thermochemistry,
    first: Mapping[str, float],
    second: Mapping[str, float],
    *,
    names: tuple[str, str],
    below_hull_eV_atom: tuple[float, float] = (0.0, 0.0),
) -> FilmContact:
    """Find the most exothermic reaction between two films.

    Parameters
    ----------
    table : Thermochemistry
        The phases that compete, all by one potential.
    first, second : mapping of str to float
        Atoms of a cell or a formula unit of each film.
    names : tuple of str
        What to call them.
    below_hull_eV_atom : tuple of float
        How far each lies below the hull of the competing phases, by the potential of the table; 0 for a film
        on it or above.

    Raises
    ------
    DataError
        If an element has no reference phase.
    """
    if _same(first, second):
        still = Property(value=0.0, uncertainty=0.0, unit="eV/atom", flags=(SAME_MATTER,))
        return FilmContact(energy=still)
    both = table.restricted({*first, *second})
    film, partner = (
        phase_above_hull(
            both, composition, name=name, above_hull_eV_atom=-depth if depth > 0 else _NEGLIGIBLE_EV_ATOM
        )
        for composition, name, depth in zip((first, second), names, below_hull_eV_atom, strict=True)
    )
    found = contact(both, Film(film), partner, name=names[1])
    return FilmContact(energy=found.beyond_decay, equation=found.equation, first_share=found.film_share)


def _same(first: Mapping[str, float], second: Mapping[str, float]) -> bool:
    totals = sum(first.values()), sum(second.values())
    return first.keys() == second.keys() and all(
        abs(first[el] / totals[0] - second[el] / totals[1]) < 1e-6 for el in first
    )
