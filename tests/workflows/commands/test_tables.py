"""The ranked tables."""

from pathlib import Path
from typing import Any

import litemongo
import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord
from lithicoat.workflows.commands.tables import print_ranking, rank_electrodes, records_to_rank

COMMON: dict[str, Any] = {
    "campaign": "trial",
    "potential": "chgnet",
    "sha256": "abc",
    "protocol": "quick-1",
    "try_out": True,
    "seed": 0,
}


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


@pytest.fixture
def records() -> list[ScreeningRecord]:
    fast = Property(value=-5.1, uncertainty=0.8, unit="decades", flags=("extrapolated from 500 K",))
    unseen = Property(value=-1.0, unit="decades", bound=Bound.UPPER, flags=("no diffusion seen",))
    return [
        _film("LiGL", "anode", modulus=12.0, exponent=fast),
        _film("LiHQ", "anode", modulus=20.0, exponent=unseen),
        _film(
            "Li2S",
            "cathode",
            modulus=23.0,
            exponent=unseen,
            scavenging_energy=Property(value=-5.8, uncertainty=0.7, unit="eV/O2"),
            scavenging_capacity=Property(value=0.0717, unit="mol O2/cm3"),
        ),
    ]


def test_each_electrode_has_its_table(records: list[ScreeningRecord], capsys: pytest.CaptureFixture[str]):
    for electrode, films in rank_electrodes(records).items():
        print_ranking(electrode, films, records)
    printed = capsys.readouterr().out
    rows = {line.split()[0]: line for line in printed.splitlines() if "TRY-OUT" in line and ":" not in line}
    assert rows.keys() == {"LiGL", "LiHQ", "Li2S"}
    assert "12 ± 4" in rows["LiGL"]
    assert "1e-5.1±0.8" in rows["LiGL"]
    assert "< 1e-1.0" in rows["LiHQ"]
    assert "-5.8 ± 0.7" in rows["Li2S"]
    assert "71.7" in rows["Li2S"]
    assert "Why LiGL first" in printed or "Why LiHQ first" in printed
    assert "no diffusion seen" in printed


def test_a_row_fits_eighty_columns(records: list[ScreeningRecord], capsys: pytest.CaptureFixture[str]):
    for electrode, films in rank_electrodes(records).items():
        print_ranking(electrode, films, records)
    table = [line for line in capsys.readouterr().out.splitlines() if "TRY-OUT" in line and ":" not in line]
    assert all(len(line) <= 80 for line in table)
    assert not any("…" in line for line in table)


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
