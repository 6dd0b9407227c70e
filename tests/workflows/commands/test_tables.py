"""The ranked tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import litemongo
import pytest

from lithicoat.analysis.decision.ranking import Electrode, RankedFilm, rank
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property, Provenance
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord
from lithicoat.workflows.commands.tables import print_ranking, records_to_rank

COMMON: dict[str, Any] = {
    "campaign": "trial",
    "potential": "chgnet",
    "sha256": "abc",
    "protocol": "quick-1",
    "try_out": True,
    "seed": 0,
}


def _rankings(records: Sequence[ScreeningRecord]) -> dict[str, list[RankedFilm]]:
    return {electrode.value: rank(records, electrode) for electrode in Electrode}


def _film(
    name: str, role: str, *, modulus: float, exponent: Property, **properties: Property
) -> ScreeningRecord:
    return ScreeningRecord(
        coating=name,
        name=name,
        family="model",
        role=role,
        properties={
            "shear_modulus_calibrated": Property(value=modulus, uncertainty=0.3 * modulus, unit="GPa"),
            "lowest_elastic_eigenvalue": Property(value=modulus, unit="GPa"),
            "highest_stable_temperature": Property(value=900.0, unit="K"),
            "log10_conductivity_298K": exponent,
            **properties,
        },
        **COMMON,
    )


def _reaction(value: float, equation: str) -> Property:
    return Property(
        value=value,
        uncertainty=0.04,
        unit="eV/atom",
        flags=(equation,),
        provenance=Provenance(potential="chgnet", sha256="abc"),
    )


FAST = Property(value=-5.1, uncertainty=0.8, unit="decades", flags=("extrapolated from 500 K",))
UNSEEN = Property(value=-11.0, unit="decades", bound=Bound.UPPER, flags=("no diffusion seen",))
INERT = ("takes up no O2: fully oxidised",)


@pytest.fixture
def records() -> list[ScreeningRecord]:
    return [
        _film(
            "LiGL",
            "anode",
            modulus=12.0,
            exponent=FAST,
            contact_lithium=_reaction(-0.31, "LiGL + Li -> x"),
            window_low=Property(value=0.4, unit="V"),
            window_high=Property(value=2.24, unit="V"),
        ),
        _film("LiHQ", "anode", modulus=20.0, exponent=UNSEEN, contact_lithium=_reaction(-0.7, "LiHQ + Li")),
        _film(
            "Li2S",
            "cathode",
            modulus=23.0,
            exponent=UNSEEN,
            scavenging_energy=Property(value=-5.8, uncertainty=0.7, unit="eV/O2"),
            scavenging_capacity=Property(value=0.0717, unit="mol O2/cm3"),
            oxidation_volume_ratio=Property(value=1.78, uncertainty=0.05, unit="1"),
            contact_NMC811=_reaction(-0.45, "Li2S + NMC"),
            window_high=Property(value=2.1, unit="V"),
        ),
        _film(
            "Al2O3",
            "cathode",
            modulus=150.0,
            exponent=Property.missing("decades", "the film holds no lithium"),
            scavenging_energy=Property(value=0.0, unit="eV/O2", bound=Bound.LOWER, flags=INERT),
            scavenging_capacity=Property(value=0.0, unit="mol O2/cm3", flags=INERT),
            oxidation_volume_ratio=Property(value=1.0, unit="1"),
            contact_NMC811=_reaction(-0.02, "Al2O3 + NMC"),
            window_low=Property(value=1.3, unit="V"),
            window_high=Property.missing("V", "the film holds no lithium that could be taken out"),
        ),
    ]


@pytest.fixture
def printed(records: list[ScreeningRecord], capsys: pytest.CaptureFixture[str]) -> str:
    for electrode, films in _rankings(records).items():
        print_ranking(electrode, films, records)
    return capsys.readouterr().out


def _rows(printed: str, names: Sequence[str]) -> dict[str, str]:
    lines = printed.splitlines()
    return {name: next(line for line in lines if line.split()[:1] == [name]) for name in names}


def test_each_electrode_has_its_table(printed: str):
    rows = _rows(printed, ("LiGL", "LiHQ", "Li2S", "Al2O3"))
    assert rows["LiGL"].split()[1:8] == ["12±4", "1.4", "0.88", "1e-5.1±0.8", "0.4–2.2", "-0.31±0.04", "1"]
    assert "< 1e-11.0" in rows["LiHQ"]
    assert rows["Li2S"].split()[1:4] == ["-5.8±0.7", "71.7", "1.78"]
    assert "-0.45±0.04" in rows["Li2S"]
    assert rows["Al2O3"].split()[1:5] == [">0", "0", "1.00", "–"]
    assert "no diffusion seen" in printed


def test_what_is_for_trying_out_says_so_above_and_below_each_table(
    printed: str, records: list[ScreeningRecord], capsys: pytest.CaptureFixture[str]
):
    assert sum(line.startswith("TRY-OUT ") for line in printed.splitlines()) == 2
    assert "TRY-OUT: Why LiGL first" in printed
    sound = [record.model_copy(update={"try_out": False}) for record in records]
    for electrode, films in _rankings(sound).items():
        print_ranking(electrode, films, sound)
    assert "TRY-OUT" not in capsys.readouterr().out


def test_reasons_stand_below_the_table_each_once(printed: str):
    notes = [line.partition("] ")[2] for line in printed.splitlines() if line.startswith("  [")]
    assert "gate no runaway with Li failed: -0.7 ± 0.04 eV/atom against -0.5" in notes
    assert "gate lithium path unknown: the film holds no lithium" in notes
    assert "the film holds no lithium" not in notes  # the gate says it
    assert "stability at 4.3 V: self-limiting: what it turns into covers it" in notes
    assert notes.count(INERT[0]) == 1
    assert not [note for note in notes if "insulating" in note]


def test_a_table_fits_eighty_columns(printed: str):
    lines = printed.splitlines()
    table = [
        line for line in lines if line.split()[:1] and line.split()[0] in {"LiGL", "LiHQ", "Li2S", "Al2O3"}
    ]
    headings = [line for line in lines if "S/cm±dec" in line or line.startswith("TRY-OUT ")]
    assert len(table) == len(headings) == 4
    assert all(len(line) <= 80 for line in [*table, *headings])
    assert not any("…" in line for line in [*table, *headings])


def test_numbers_of_another_potential_are_told(
    records: list[ScreeningRecord], capsys: pytest.CaptureFixture[str]
):
    foreign = _reaction(-0.45, "Li2S + NMC").attributed(Provenance(potential="chgnet", sha256="c" * 64))
    own = records[2].model_copy(update={"potential": "mace", "sha256": "m" * 64})
    own.properties["contact_NMC811"] = foreign
    films = [own, records[3]]
    print_ranking("cathode", _rankings(films)["cathode"], films)
    printed = capsys.readouterr().out
    assert "films of 2 potentials stand in this table: Li2S by mace; Al2O3 by chgnet" in printed
    assert "by chgnet where the film is not: contact NMC811" in printed
    print_ranking("cathode", _rankings(records)["cathode"], records)
    assert "potentials stand" not in capsys.readouterr().out


def test_the_latest_campaign_is_ranked_unless_another_is_named(
    records: list[ScreeningRecord], tmp_path: Path
):
    database = litemongo.connect(f"file:{tmp_path}")["lithicoat"]
    database["records"].insert_many([record.model_dump(mode="json") for record in records])
    shared = {key: COMMON[key] for key in ("potential", "sha256", "protocol", "seed")}
    for name, coatings in (("older", ("LiGL", "LiHQ", "Li2S")), ("newer", ("LiGL",))):
        campaign = CampaignRecord(name=name, coatings=coatings, numbers={}, state="finished", **shared)
        database["campaigns"].insert_one(campaign.model_dump(mode="json"))
    assert [record.coating for record in records_to_rank(tmp_path, None)] == ["LiGL"]
    assert len(records_to_rank(tmp_path, "older")) == 3
    with pytest.raises(DataError, match="holds no campaign oldest"):
        records_to_rank(tmp_path, "oldest")
