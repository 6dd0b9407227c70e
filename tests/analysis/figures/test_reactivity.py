import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.reactivity import reactivity_figure
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.interfaces import Contact, Kink


def contact(partner, *, worst, decay=0.0):
    """Make a contact with one kink at 0.4, or none."""
    points = [(0.0, 0.0), (1.0, 0.0)] if worst == 0 else [(0.0, 0.0), (0.4, worst), (1.0, 0.0)]
    equation = "Li2S + 2 X -> Y" if worst else ""
    energy = Property(value=worst, uncertainty=0.05 if worst else 0.0, unit="eV/atom")
    return Contact(
        partner=partner,
        energy=energy,
        beyond_decay=energy,
        per_partner=Property(value=worst, unit="eV"),
        equation=equation,
        film_share=0.4 if worst else None,
        partner_decay_eV_atom=decay,
        kinks=tuple(
            Kink(film_share=share, energy_eV_atom=value, uncertainty_eV_atom=0.02, equation="")
            for share, value in points
        ),
    )


def test_curves_run_through_their_kinks_and_the_worst_is_filled(on_the_page, written):
    figure = reactivity_figure([contact("NMC811 x=0.25", worst=-0.55)], film="Li2S", caption="chgnet")
    (axes,) = figure.axes
    curve = next(line for line in axes.get_lines() if len(line.get_xdata()) == 3 and line.get_ls() == "-")
    assert [float(energy) for energy in curve.get_ydata()] == [0, -0.55, 0]
    (filled,) = [
        line for line in axes.get_lines() if list(line.get_xdata()) == [0.4] and line.get_marker() == "o"
    ]
    assert filled.get_markerfacecolor() == curve.get_color()
    text = written(figure)
    for piece in (
        "Share of atoms from Li2S",
        "Reaction energy (eV/atom)",
        "NMC811 x=0.25: −0.55 ± 0.05 eV/atom",
        "NMC811 x=0.25: Li2S + 2 X → Y",
        "chgnet",
    ):
        assert piece in text
    assert on_the_page(figure)


def test_no_reaction_is_said_and_the_axis_shows_none(on_the_page, written):
    figure = reactivity_figure([contact("Li", worst=0)], film="Li2S")
    assert "Li: no reaction" in written(figure)
    assert figure.axes[0].get_ylim()[0] < -0.1
    assert on_the_page(figure)


def test_what_the_cathode_does_alone_is_told(written):
    figure = reactivity_figure([contact("NMC811 x=0.25", worst=-0.3, decay=-0.067)], film="Li2S")
    assert "NMC811 x=0.25 sets 0.067 eV/atom free alone, not counted" in written(figure)


def test_several_partners_are_told_apart(on_the_page, written):
    contacts = [contact(f"NMC811 x={x}", worst=-0.1 * n) for n, x in enumerate((1, 0.5, 0.25), start=1)]
    figure = reactivity_figure([*contacts, contact("Li", worst=0)], film="LAS-1-1")
    labels = [text.get_text().partition(":")[0] for text in figure.legends[0].get_texts()]
    assert labels == ["NMC811 x=1", "NMC811 x=0.5", "NMC811 x=0.25", "Li"]
    assert "NMC811 x=0.25: Li2S + 2 X → Y" in written(figure)
    assert "NMC811 x=1: Li2S + 2 X" not in written(figure)
    assert on_the_page(figure)


def test_nothing_to_draw_is_refused():
    with pytest.raises(DataError, match="no reaction to draw"):
        reactivity_figure([], film="Li2S")
