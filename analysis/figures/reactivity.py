"""Reaction energy of a film with what it touches, against the mixing ratio."""

from collections.abc import Iterator, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.style import (
    COLOURS,
    GREY,
    MARKERS,
    blank,
    key_above,
    publication,
    write_caption,
)
from lithicoat.analysis.thermochemistry.interfaces import Contact, Kink, most_exothermic

__all__ = ["reactivity_figure"]

HEIGHT_MM = 62.0
KEY_MM = 4.0
"""Height of an entry of the key."""
LEAST_SPAN_EV_ATOM = 0.1
"""The axis covers so much, so that noise about zero does not look like a reaction."""
SPARE = 0.06


@publication
def reactivity_figure(contacts: Sequence[Contact], *, film: str, caption: str = "") -> Figure:
    """Draw the energies at which mixtures of a film and its partners react.

    Points are the ratios at which the products change, with standard uncertainties; between them the energy
    is a straight line. A filled point is the most exothermic one of its curve; the reaction of the most
    exothermic of all stands below the figure.

    Parameters
    ----------
    contacts : sequence of Contact
        One per partner.
    film : str
        Name of the film.
    caption : str
        Potential and protocol, in small type below.

    Returns
    -------
    matplotlib.figure.Figure
        One column wide.

    Raises
    ------
    DataError
        If there is no contact.
    """
    if not contacts:
        raise DataError("there is no reaction to draw", where="contacts")
    figure = blank(HEIGHT_MM + KEY_MM * len(contacts))
    axes = figure.add_subplot()
    for index, contact in enumerate(contacts):
        _draw(axes, contact, COLOURS[index % len(COLOURS)], MARKERS[index % len(MARKERS)])
    axes.axhline(0, color=GREY, lw=0.5, ls=":", zorder=0)
    low, high = axes.get_ylim()
    low = min(low, -LEAST_SPAN_EV_ATOM)
    axes.set_ylim(low - SPARE * abs(low), max(high, SPARE * abs(low)))
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel(f"Share of atoms from {film}")
    axes.set_ylabel("Reaction energy (eV/atom)")
    axes.tick_params(top=True, right=True)
    key_above(figure, *axes.get_legend_handles_labels(), columns=1)
    write_caption(figure, "; ".join(filter(None, (caption, *_notes(contacts)))))
    return figure


def _draw(axes: Axes, contact: Contact, colour: str, marker: str) -> None:
    kinks = contact.kinks
    shares = [kink.film_share for kink in kinks]
    energies = [kink.energy_eV_atom for kink in kinks]
    errors = [kink.uncertainty_eV_atom for kink in kinks]
    axes.errorbar(
        shares,
        energies,
        yerr=errors,
        color=colour,
        marker=marker,
        mfc="white",
        mew=0.8,
        elinewidth=0.6,
        zorder=2,
    )
    worst = _worst(contact)
    if worst is not None:
        axes.plot(
            worst.film_share, worst.energy_eV_atom, marker=marker, ms=4.5, color=colour, ls="", zorder=3
        )
    axes.plot([], [], color=colour, marker=marker, mfc=colour if worst else "white", label=_label(contact))


def _label(contact: Contact) -> str:
    value, error = contact.energy.value, contact.energy.uncertainty
    if value is None or not contact.equation:
        return f"{contact.partner}: no reaction"
    return f"{contact.partner}: {value:.2f} ± {error or 0:.2f} eV/atom".replace("-", "−")


def _worst(contact: Contact) -> Kink | None:
    if contact.film_share is None:
        return None
    share = contact.film_share
    return min(contact.kinks, key=lambda kink: abs(kink.film_share - share))


def _notes(contacts: Sequence[Contact]) -> Iterator[str]:
    worst = most_exothermic(contacts)
    if worst.equation:
        yield f"{worst.partner}: {worst.equation.replace('->', '→')}"
    decays = [contact for contact in contacts if contact.partner_decay_eV_atom < -1e-3]
    for contact in decays:
        yield f"{contact.partner} sets {-contact.partner_decay_eV_atom:.3f} eV/atom free alone, not counted"
