"""Figures of stability, scavenging, uptake and adhesion as files."""

import re
from types import SimpleNamespace

import pytest

from lithicoat.analysis.figures import style
from lithicoat.analysis.figures.windows import PublishedWindow, WindowBar
from lithicoat.analysis.oxygen.equations import OxidationReaction
from lithicoat.analysis.oxygen.judging import CathodeComparison
from lithicoat.analysis.oxygen.staircase import UptakeStep
from lithicoat.analysis.oxygen.uptake import UptakeCurve
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.interfaces import Contact, Kink
from lithicoat.analysis.thermochemistry.windows import Window, WindowLimit
from lithicoat.workflows.adhesion.documents import AdhesionDocument
from lithicoat.workflows.commands import figures
from lithicoat.workflows.commands.figures import (
    adhesion_figures,
    scavenging_figures,
    stability_figures,
    uptake_figures,
    window_figures,
)
from lithicoat.workflows.oxygen.scavenging import ScavengingDocument
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.stability.documents import CathodeContactDocument, StabilityDocument

MACE = PotentialRef.model_construct(id="mace-lithicoat-1", sha256="m" * 64)
CHGNET = PotentialRef.model_construct(id="chgnet", sha256="c" * 64)


@pytest.fixture(autouse=True)
def _quickly(monkeypatch):
    """Write SVG alone."""
    monkeypatch.setattr(figures, "FORMATS", ("svg",))
    monkeypatch.setitem(style._STYLE, "savefig.dpi", 60)


def text_of(file):
    return " ".join(re.findall(r">([^<>]+)</t", file.read_text()))


def number(value, unit, error=None):
    return Property(value=value, uncertainty=error, unit=unit)


def contact(partner, worst=-0.4):
    energy = number(worst, "eV/atom", 0.05)
    kinks = [(0.0, 0.0), (0.3, worst), (1.0, 0.0)]
    return Contact(
        partner=partner,
        energy=energy,
        beyond_decay=energy,
        per_partner=number(worst, "eV"),
        equation="Li2S + X -> Y",
        film_share=0.3,
        partner_decay_eV_atom=0.0,
        kinks=tuple(
            Kink(film_share=share, energy_eV_atom=value, uncertainty_eV_atom=0.05, equation="")
            for share, value in kinks
        ),
    )


def stability():
    window = Window.model_construct(
        low=WindowLimit(potential=number(0.0, "V")),
        high=WindowLimit(potential=number(2.1, "V", 0.1)),
        metastable=False,
        steps=(),
    )
    return StabilityDocument.model_construct(
        potential=MACE, formula="Li2S", window=window, lithium=contact("Li", -0.2)
    )


def scavenging(*, steps=True, cathode=CHGNET):
    step = UptakeStep(
        oxygen_potential=number(-2.6, "eV", 0.1),
        reaction=OxidationReaction(
            film="Li2S", composition={"Li": 2.0, "S": 1.0}, o2=2.0, products={"Li2SO4": 1.0}
        ),
        phases=("Li2SO4_14.cif",),
        energy=number(-5.2, "eV/O2"),
        volume_A3=85.0,
    )
    offers = {"NMC811 x=0.25": number(-0.8, "eV", 0.2), "NMC811 x=0.25 bulk": number(-1.7, "eV", 0.2)}
    comparison = cathode and CathodeComparison.model_construct(
        cathode="NMC811", potential=cathode.id, sha256=cathode.sha256, onset=number(-2.7, "eV"), offers=offers
    )
    return ScavengingDocument.model_construct(
        film="Li2S", potential=MACE.id, sha256=MACE.sha256, steps=(step,) if steps else (), cathode=comparison
    )


def adhesion(electrode, work, cohesion=None, *, potential=MACE):
    strain = SimpleNamespace(principal=(0.021, -0.01))
    return AdhesionDocument.model_construct(
        film="Li2S",
        electrode=electrode,
        potential=potential,
        work_J_m2=work,
        cohesion_J_m2=cohesion,
        scar_J_m2=0.0,
        reacted=(),
        outside=None,
        seed=0,
        report=SimpleNamespace(film_strain=strain, note="", film="Li2S", film_face="(111)"),
    )


def test_stability_draws_the_window_and_the_reactions_of_both_electrodes(tmp_path):
    cathode = CathodeContactDocument.model_construct(
        potential=CHGNET, formula="Li2S", contacts=tuple(contact(f"NMC811 x={x}") for x in (1, 0.5, 0.25))
    )
    published = [PublishedWindow(low_V=0, high_V=2.01, source="Somewhere 1 (2016)")]
    files = stability_figures(
        stability(), tmp_path, contact=cathode, caption="protocol quick", published=published
    )
    assert [file.name for file in files] == ["Li2S-window.svg", "Li2S-reactions.svg"]
    assert "Li2S, mace-lithicoat-1; protocol quick; published: Li2S: Somewhere 1 (2016)" in text_of(files[0])
    reactions = text_of(files[1])
    assert "Li2S, mace-lithicoat-1, NMC811 by chgnet; protocol quick" in reactions
    assert all(f"{partner}: −0.40 ± 0.05 eV/atom" in reactions for partner in ("NMC811 x=1", "NMC811 x=0.25"))


def test_stability_without_a_cathode_draws_lithium_alone(tmp_path):
    files = stability_figures(stability(), tmp_path, name="Li2S@crystal")
    assert [file.name for file in files] == ["Li2S_crystal-window.svg", "Li2S_crystal-reactions.svg"]
    assert "NMC811 by" not in text_of(files[1])


def test_windows_of_several_films_make_one_figure(tmp_path):
    bars = [WindowBar(label=name, low=number(0.0, "V"), high=number(2.0, "V")) for name in ("Li2S", "LiF")]
    (file,) = window_figures(bars, tmp_path, caption="chgnet")
    assert file.name == "windows.svg"
    assert window_figures([], tmp_path) == []


def test_scavenging_draws_the_surface_of_the_cathode_alone_and_names_both_potentials(tmp_path):
    (file,) = scavenging_figures(scavenging(), tmp_path)
    assert file.name == "Li2S-oxygen.svg"
    text = text_of(file)
    assert "Li2S, mace-lithicoat-1, NMC811 by chgnet" in text
    assert "NMC811 x=0.25: −0.80 ± 0.20" in text
    assert "bulk" not in text
    assert "circle: the first step by the potential of these lines" in text


def test_one_potential_needs_no_circle(tmp_path):
    (file,) = scavenging_figures(scavenging(cathode=MACE), tmp_path)
    assert "circle" not in text_of(file)


def test_neither_uptake_nor_a_cathode_gives_no_file(tmp_path):
    assert scavenging_figures(scavenging(steps=False, cathode=None), tmp_path) == []
    assert len(scavenging_figures(scavenging(steps=False), tmp_path)) == 1


def test_uptake_has_one_file_for_all_runs(tmp_path):
    curve = UptakeCurve(
        times_ps=(0.0, 1.0), o2=(0.0, 1.0), species={}, offered=4, area_nm2=2.0, volume_nm3=1.0, gas=True
    )
    (file,) = uptake_figures({"seed 0": curve, "seed 1": curve}, tmp_path, name="Li2S", caption="chgnet")
    assert file.name == "Li2S-uptake.svg"
    assert "Li2S; chgnet" in text_of(file)
    assert uptake_figures({}, tmp_path, name="Li2S") == []


def test_adhesion_is_averaged_over_the_interfaces_of_a_face(tmp_path):
    documents = [
        adhesion("Li(100)", 0.5, 0.9),
        adhesion("Li(100)", 0.7, 0.9),
        None,
        adhesion("NMC811@0.25(104)", 1.3, potential=CHGNET),
    ]
    bar = figures._adhesion_bar(documents[:2])
    assert (bar.work.value, bar.work.uncertainty) == pytest.approx((0.6, 0.2 / 2**0.5))
    (file,) = adhesion_figures(documents, tmp_path, name="Li2S", caption="protocol quick")
    text = text_of(file)
    assert "Li2S, mace-lithicoat-1, chgnet; protocol quick" in text
    assert "Li(100) | Li2S" in text
    assert "NMC811@0.25(104) | Li2S" in text
    assert "film strained by 2.1%" in text
    assert adhesion_figures([None], tmp_path, name="Li2S") == []
