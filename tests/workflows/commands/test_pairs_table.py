"""The table of pairs."""

from pathlib import Path
from typing import Any

import pytest

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import judge
from lithicoat.analysis.pairs.ranking import RankedPair
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ModelSummary, ScreeningRecord
from lithicoat.workflows.commands import console
from lithicoat.workflows.commands.pairs import print_pairs, ranked_pairs

FORMULAS = {
    "LiTEA": "Li3C6H12NO3",
    "LiGL": "Li6C6H10O6",
    "Li2S": "Li8S4",
    "LZO": "Li9H9O11Zr",
    "Li2SO4": "Li8S4O16",
}


def film(coating: str, role: str, *, modulus: float = 20.0, energy: float = -3.0) -> ScreeningRecord:
    told: dict[str, tuple[float, float, str]] = {
        "highest_stable_temperature": (900, 1, "K"),
        "lowest_elastic_eigenvalue": (5, 0.5, "GPa"),
        "shear_modulus_calibrated": (modulus, 4, "GPa"),
        "log10_conductivity_298K": (-7, 1, "decades"),
        "contact_lithium": (-0.1, 0.03, "eV/atom"),
        "contact_NMC811": (-0.1, 0.03, "eV/atom"),
        "scavenging_energy": (energy, 0.3, "eV/O2"),
        "scavenging_capacity": (0.05, 0.005, "mol O2/cm3"),
        "oxidation_volume_ratio": (1.5, 0.1, "1"),
        "window_high": (4.0, 0.1, "V"),
    }
    properties = {
        name: Property(value=value, uncertainty=error, unit=unit)
        for name, (value, error, unit) in told.items()
    }
    cell = ModelSummary(
        content_hash="0", kind="amorphous", formula=FORMULAS[coating], atoms=9, density_g_cm3=1.5
    )
    return ScreeningRecord(
        coating=coating,
        name=coating,
        family="model",
        role=role,
        campaign="trial",
        potential="by hand",
        sha256="abc",
        protocol="quick-1",
        try_out=True,
        seed=0,
        properties=properties,
        models=(cell,),
    )


RECORDS = [
    film("LiGL", "anode", modulus=25),
    film("LiTEA", "anode", modulus=5),
    film("Li2S", "cathode", energy=-5),
    film("LZO", "cathode", energy=-1),
    film("Li2SO4", "cathode", energy=-0.5),
]


def pairs_of(records: list[ScreeningRecord], directory: Path, **more: Any) -> list[RankedPair]:
    (directory / "lithicoat").mkdir(exist_ok=True)
    sides = (judge(records, electrode) for electrode in Electrode)
    return ranked_pairs(*sides, records, directory, draws=200, **more)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[RankedPair]:
    return pairs_of(RECORDS, tmp_path_factory.mktemp("db"))


@pytest.fixture
def printed(pairs: list[RankedPair], capsys: pytest.CaptureFixture[str]) -> str:
    print_pairs(pairs, RECORDS)
    return capsys.readouterr().out


def row(printed: str, name: str) -> str:
    return next(line for line in printed.splitlines() if line.startswith(name))


def test_films_of_catalog_tables_and_literature_meet(pairs: list[RankedPair]):
    first = pairs[0]
    assert (first.anode, first.cathode) == ("LiGL", "Li2S")
    assert first.shared_temperature_C == (150, 150)
    assert first.contact.value == 0
    found = {(pair.anode, pair.cathode): pair for pair in pairs}
    assert found["LiTEA", "Li2S"].reported[0].value == "210"
    assert "temperature not printed" in found["LiTEA", "Li2S"].depositions[Electrode.ANODE]
    assert found["LiTEA", "LZO"].contact.provenance.potential == "chgnet"
    assert found["LiGL", "LZO"].shared_temperature_C is None


def test_every_row_has_scores_ranks_and_chances(printed: str, pairs: list[RankedPair]):
    first = row(printed, "LiGL ‖ Li2S")
    assert f"{pairs[0].score:.2f}" in first
    assert f"{pairs[0].anode_score:.2f}#1" in first
    assert f"{pairs[0].probability_first:.2f}" in first
    assert "150" in first


def test_the_reasons_stand_below(printed: str):
    assert "TRY-OUT: Why LiGL ‖ Li2S first: 0.5 × " in printed
    assert "; every gate passed; first at any weights" in printed
    assert "Li2SO4: gate deposition on the cathode unknown: no deposition temperature is reported" in printed
    assert "knows no synergy; reported of cells with both films:" in printed
    assert "LiTEA ‖ Li2S, rank" in printed
    assert "210 cycles with both, LiTEA alone 150, Li2S alone not reported, bare 100" in printed
    assert "every contact by the reference phases of chgnet" in printed
    assert "potential by hand (sha256 abc…)" in printed


def test_a_surer_pair_is_named(pairs: list[RankedPair], capsys: pytest.CaptureFixture[str]):
    print_pairs(pairs, RECORDS)
    assert "has the lowest mean rank" not in capsys.readouterr().out
    unsure = pairs[0].model_copy(update={"expected_rank": 5.5})
    print_pairs([unsure, *pairs[1:]], RECORDS)
    best = min(pairs[1:], key=lambda pair: pair.expected_rank or 0.0)
    told = f"{best.anode} ‖ {best.cathode} has the lowest mean rank, {best.expected_rank:.1f} against 5.5"
    assert told in capsys.readouterr().out


def test_only_the_leading_pairs_are_printed(pairs: list[RankedPair], capsys: pytest.CaptureFixture[str]):
    print_pairs(pairs, RECORDS, most=2)
    printed = capsys.readouterr().out
    assert f"… and {len(pairs) - 2} more pairs" in printed
    assert "LiTEA ‖ Li2SO4" not in printed


def test_a_narrow_page_holds_the_table(
    pairs: list[RankedPair], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(console.out, "width", 80, raising=False)
    print_pairs(pairs, RECORDS)
    table = capsys.readouterr().out.split("TRY-OUT: Why")[0]
    assert all(len(line) <= 80 for line in table.splitlines())
    assert "…" not in table


def test_no_pair_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert pairs_of(RECORDS[:2], tmp_path) == []
    print_pairs([], RECORDS)
    assert "the campaign lacks one" in capsys.readouterr().out


def test_contacts_of_two_potentials_are_told_apart(
    pairs: list[RankedPair], capsys: pytest.CaptureFixture[str]
):
    origin = pairs[0].contact.provenance.model_copy(update={"potential": "another"})
    changed = pairs[0].model_copy(update={"contact": pairs[0].contact.attributed(origin)})
    print_pairs([changed, *pairs[1:]], RECORDS)
    printed = capsys.readouterr().out
    assert "contacts by the reference phases of chgnet, but LiGL ‖ Li2S by another" in printed


def test_where_nothing_is_reported_of_both_films_only_the_limit_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    records = [RECORDS[0], RECORDS[2]]
    print_pairs(pairs_of(records, tmp_path), records)
    assert "the score adds both films and knows no synergy\n" in capsys.readouterr().out
