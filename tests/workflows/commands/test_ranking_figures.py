"""Figures of rankings as files: which there are, and what they say of their origin."""

import re

import pytest

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import judge
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures import style
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.workflows.commands import figures, ranking_figures
from lithicoat.workflows.commands.ranking_figures import rank_figures

ANODE, CATHODE = Electrode.ANODE, Electrode.CATHODE


@pytest.fixture(autouse=True)
def _quickly(monkeypatch):
    """Write SVG alone, from few draws."""
    monkeypatch.setattr(figures, "FORMATS", ("svg",))
    monkeypatch.setitem(style._STYLE, "savefig.dpi", 60)
    for name in ("DRAWS", "WEIGHTINGS", "FRONTS"):
        monkeypatch.setattr(ranking_figures, name, 100)


def film(name, modulus, decades, *, role="anode", potential="mace-lithicoat-1", **more):
    values = {
        "highest_stable_temperature": (900, "K"),
        "lowest_elastic_eigenvalue": (5, "GPa"),
        "shear_modulus_calibrated": (modulus, "GPa"),
        "log10_conductivity_298K": (decades, "decades"),
        "contact_lithium": (-0.1, "eV/atom"),
        "contact_NMC811": (-0.02 * modulus, "eV/atom"),
        **more,
    }
    return ScreeningRecord(
        coating=name,
        name=name,
        family="test",
        role=role,
        campaign="test",
        potential=potential,
        sha256="0" * 64,
        protocol="quick-1",
        try_out=True,
        seed=0,
        properties={
            key: Property(value=value, uncertainty=0.1 * abs(value), unit=unit)
            for key, (value, unit) in values.items()
        },
    )


def drawn(records, directory, electrodes=(ANODE,), **options):
    sheets = {electrode: judge(records, electrode) for electrode in electrodes}
    return rank_figures(sheets, records, directory, **options)


def text_of(file):
    """All that is written in a figure, with the lines of its caption joined."""
    return " ".join(re.findall(r">([^<>]+)</t", file.read_text()))


def test_each_electrode_with_films_has_its_figures(tmp_path):
    records = [film("LiGL", 14, -8), film("LiTEA", 5, -6, potential="chgnet"), film("LiHQ", 10, -7)]
    files = drawn(records, tmp_path / "new", tuple(Electrode))
    assert [file.name for file in files] == [
        f"anode-{kind}.svg" for kind in ("pareto", "scores", "ranks", "weights")
    ]
    for file in files:
        text = text_of(file)
        said = "films for the anode; mace-lithicoat-1; LiTEA by chgnet; protocol quick-1, TRY-OUT PROTOCOL"
        assert said in text
        assert "LiTEA" in text
    assert "100 draws" in text_of(files[2])


def test_more_than_three_terms_have_a_matrix(tmp_path):
    def one(name, modulus, decades, energy):
        more = {"scavenging_energy": (energy, "eV/O2"), "window_high": (-energy, "V")}
        return film(name, modulus, decades, role="both", **more)

    records = [one("a", 10, -7, -4), one("b", 5, -6, -3)]
    names = [file.stem for file in drawn(records, tmp_path, (ANODE, CATHODE))]
    assert "cathode-pareto-matrix" in names
    assert "anode-pareto-matrix" not in names
    assert {name.partition("-")[0] for name in names} == {"anode", "cathode"}


def test_one_film_has_its_score_alone(tmp_path):
    assert [file.name for file in drawn([film("a", 10, -7)], tmp_path)] == ["anode-scores.svg"]


def test_the_same_seed_gives_the_same_files(tmp_path):
    records = [film("a", 10, -7), film("b", 12, -8)]
    again = [drawn(records, tmp_path / name, seed=5) for name in ("one", "two")]
    for one, other in zip(*again, strict=True):
        assert one.read_bytes() == other.read_bytes()
    other_order = drawn(records[::-1], tmp_path / "three", seed=5)
    assert [file.read_bytes() for file in other_order] == [file.read_bytes() for file in again[0]]


def test_a_seed_below_zero_is_refused(tmp_path):
    with pytest.raises(DataError, match="a seed of 0 or more"):
        drawn([film("a", 10, -7), film("b", 12, -8)], tmp_path, seed=-1)
