"""Reactions of a film with what it touches, at the mixing ratio that sets the most energy free.

Along the line from the partner to the film the lowest phases change at certain ratios, the kinks (Richards et
al., Chem. Mater. 28, 266 (2016); pymatgen's InterfacialReactivity draws the same line). Energies are counted
from the film as it is and from what the partner decays to by itself: that a cathode lies above the hull is no
reactivity of the film.
"""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.equations import Coefficients, balanced, per, scaled, written
from lithicoat.analysis.thermochemistry.hulls import Film, Hull
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry

__all__ = ["Contact", "Kink", "contact", "most_exothermic"]

NO_REACTION_EV_ATOM = 1e-4
"""Mixing that sets less free is none."""


class Kink(BaseModel):
    """One mixing ratio at which the products change."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    film_share: float = Field(description="Share of the atoms that are the film's.")
    energy_eV_atom: float = Field(description="Energy of the reaction per atom of the mixture, eV/atom.")
    uncertainty_eV_atom: float = Field(description="Its standard uncertainty, eV/atom.")
    equation: str = Field(description="Balanced, per formula unit of film (of the partner without film).")


class Contact(BaseModel):
    """What a film does with a partner that it touches."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    partner: str = Field(description="What it touches: `Li`, `NMC811 x=0.5`, `HF`.")
    energy: Property = Field(
        description="Most exothermic reaction, eV per atom of film and partner; 0 if there is none."
    )
    beyond_decay: Property = Field(
        description="The same without the energy that the film sets free by decaying alone, eV/atom."
    )
    per_partner: Property = Field(description="Energy of that reaction per formula unit of partner, eV.")
    equation: str = Field(description="That reaction per formula unit of film; empty if there is none.")
    products: dict[str, float] = Field(
        default_factory=dict, description="Formula units of the products per formula unit of film."
    )
    film_share: float | None = Field(None, description="Share of the atoms that are the film's.")
    partner_decay_eV_atom: float = Field(
        description="Energy that the partner sets free by itself, not counted here, eV/atom; 0 if stable."
    )
    kinks: tuple[Kink, ...] = Field(description="From the partner alone to the film alone.")


def contact(table: Thermochemistry, film: Film, partner: Phase, *, name: str) -> Contact:
    """Find the most exothermic reaction of a film with a partner.

    Parameters
    ----------
    table : Thermochemistry
        The competing phases, by the potential of film and partner.
    film : Film
        The film.
    partner : Phase
        Lithium, a cathode or a molecule.
    name : str
        What to call it.

    Raises
    ------
    DataError
        If film and partner are the same matter, or an element has no reference phase.
    """
    line = _Line(table, film, partner)
    kinks = [line.kink(share) for share in line.shares]
    inner = [share for share in line.shares[1:-1] if line.mixing_eV_atom(share) < -NO_REACTION_EV_ATOM]
    decay = line.partner_decay_eV_atom
    if not inner:
        none = f"no reaction with {name}: nothing that both could turn into is lower in energy"
        still = Property(value=0.0, uncertainty=0.0, unit="eV/atom", flags=(none,))
        return Contact(
            partner=name,
            energy=still,
            beyond_decay=still,
            per_partner=still.model_copy(update={"unit": "eV"}),
            equation="",
            partner_decay_eV_atom=decay,
            kinks=tuple(kinks),
        )
    names = {partner.name: _written(partner)}
    share = min(inner, key=lambda x: line.energy(x).value or 0.0)
    energy = line.energy(share)
    shown = line.shown(share)
    flags: tuple[str, ...] = ()
    if decay < -NO_REACTION_EV_ATOM:
        flags = (f"{name} alone sets {-decay:.3f} eV/atom free by decay, which is not counted",)
    return Contact(
        partner=name,
        energy=energy.flagged(*flags),
        beyond_decay=line.energy(share, decayed=True).flagged(*flags),
        per_partner=per(energy, (1 - share) / partner.atoms, unit="eV"),
        equation=written(shown, names=names),
        products={phase.formula: n for phase, n in shown if n > 0},
        film_share=share,
        partner_decay_eV_atom=decay,
        kinks=tuple(kinks),
    )


class _Line:
    """Mixtures of film and partner, one atom of them, by the share of the atoms that are the film's."""

    def __init__(self, table: Thermochemistry, film: Film, partner: Phase) -> None:
        self.table, self.film, self.partner = table, film, partner
        if _fractions(film.phase) == _fractions(partner):
            raise DataError(
                f"{film.phase.formula} and {partner.formula} are the same matter", where=partner.name
            )
        self.hull = Hull(table, film.phase.elements | partner.elements, also=(film.phase, partner))
        self.alone = self.hull.products(partner.composition)
        decay = balanced([(partner, -1.0), *self.alone])
        self.partner_decay_eV_atom = _value(table.reaction(decay)) / partner.atoms
        self.film_decay = self.hull.products(film.phase.composition)
        self.shares = self._shares()

    def _shares(self) -> list[float]:
        """Return the shares at which the products change, from 0 to 1."""
        start, end = _fractions(self.partner), _fractions(self.film.phase)
        element = max(start | end, key=lambda el: abs(end.get(el, 0.0) - start.get(el, 0.0)))
        span = end.get(element, 0.0) - start.get(element, 0.0)
        shares = []
        for point in self.hull.between(start, end):
            share = point.get(element, 0.0) / sum(point.values())
            shares.append(min(max((share - start.get(element, 0.0)) / span, 0.0), 1.0))
        return [0.0, *sorted(shares)[1:-1], 1.0]

    def products(self, share: float) -> list[tuple[Phase, float]]:
        """Return what one atom of the mixture turns into."""
        start, end = _fractions(self.partner), _fractions(self.film.phase)
        mixture = {el: (1 - share) * start.get(el, 0.0) + share * end.get(el, 0.0) for el in start | end}
        return self.hull.products({el: n for el, n in mixture.items() if n > 0})

    def energy(self, share: float, *, decayed: bool = False) -> Property:
        """Return the energy per atom of mixture, from the film as it is or from what it decays to."""
        whole = self.film.phase
        units = share / whole.atoms
        film: Coefficients = [(whole, -units)] if not decayed else scaled(self.film_decay, -units)
        partner = scaled(self.alone, -(1 - share) / self.partner.atoms)
        reaction = balanced([*film, *partner, *self.products(share)])
        own = sum(abs(n) for phase, n in reaction if phase.name == whole.name)
        return per(self.film.widened(self.table.reaction(reaction), own), 1.0, unit="eV/atom")

    def mixing_eV_atom(self, share: float) -> float:
        """Return the energy per atom that mixing sets free, from what both decay to alone."""
        return _value(self.energy(share, decayed=True))

    def shown(self, share: float) -> list[tuple[Phase, float]]:
        """Return the reaction per formula unit of film, or of the partner where there is no film."""
        film, partner = share / self.film.phase.atoms, (1 - share) / self.partner.atoms
        reaction = balanced([(self.film.phase, -film), (self.partner, -partner), *self.products(share)])
        unit = film if share > 0 else partner
        return scaled(reaction, 1 / unit)

    def kink(self, share: float) -> Kink:
        energy = self.energy(share)
        shown = self.shown(share)
        names = {self.partner.name: _written(self.partner)}
        return Kink(
            film_share=share,
            energy_eV_atom=_value(energy),
            uncertainty_eV_atom=energy.uncertainty or 0.0,
            equation=written(shown, names=names) if shown else "",
        )


def _written(phase: Phase) -> str:
    """Write a formula with the metals first: Li0.5Mn0.1Co0.1Ni0.8O2."""
    if phase.kind is not PhaseKind.CATHODE:
        return phase.formula
    from pymatgen.core import Element  # noqa: PLC0415 - heavy

    elements = sorted(phase.composition, key=lambda symbol: Element(symbol).X)
    numbers = ((element, phase.composition[element]) for element in elements)
    return "".join(element if n == 1 else f"{element}{n:g}" for element, n in numbers)


def _fractions(phase: Phase) -> dict[str, float]:
    return {element: n / phase.atoms for element, n in phase.composition.items()}


def _value(energy: Property) -> float:
    return energy.value or 0.0


def most_exothermic(contacts: Sequence[Contact]) -> Contact:
    """Return the contact that sets the most energy free.

    Raises
    ------
    DataError
        If there is none.
    """
    if not contacts:
        raise DataError("no contact to choose from", where="contacts")
    return min(contacts, key=lambda found: _value(found.energy))
