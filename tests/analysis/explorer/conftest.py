"""A small screening database: three anode films, one cathode film, one campaign."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import litemongo
import pytest

from lithicoat.analysis.database import Database
from lithicoat.analysis.explorer import library as library_module
from lithicoat.analysis.explorer.library import Library
from lithicoat.analysis.properties import Bound, Property, Provenance
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord

SHA = "ab" * 32
START = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def number(value: float | None, unit: str, error: float | None = None, **more: Any) -> Property:
    origin = Provenance(potential="lj", sha256=SHA, protocol="tiny-1", seed=0, versions={"lithicoat": "0.1"})
    return Property(value=value, uncertainty=error, unit=unit, provenance=origin, **more)


def made(coating: str, *, stiff: float, at: int = 0, **changes: Any) -> ScreeningRecord:
    """Return a record of a film that passes all gates of the anode."""
    properties = {
        "shear_modulus_calibrated": number(stiff, "GPa", 1.0, flags=("one replica: spread unknown",)),
        "lowest_elastic_eigenvalue": number(5.0, "GPa", 0.5),
        "highest_stable_temperature": number(900.0, "K"),
        "log10_conductivity_298K": number(-7.0, "decades", bound=Bound.UPPER),
        "conductivity_298K": number(1e-7, "S/cm", bound=Bound.UPPER),
        "window_low": number(0.0, "V", 0.1),
        "window_high": number(2.0, "V", 0.1),
        "contact_lithium": number(-0.2, "eV/atom", 0.02),
        "haven_ratio": number(None, "1", flags=("not resolved",)),
    }
    facts: dict[str, Any] = {
        "coating": coating,
        "name": f"film {coating}",
        "family": "lithicone",
        "role": "anode",
        "campaign": "trial",
        "potential": "lj",
        "sha256": SHA,
        "protocol": "tiny-1",
        "try_out": True,
        "seed": 0,
        "properties": properties,
        "created_at": START + timedelta(minutes=at),
    }
    return ScreeningRecord(**{**facts, **changes})


FILMS = (
    made("Soft", stiff=2.0),
    made("Stiff", stiff=40.0, at=1),
    made("Middle", stiff=12.0, at=2, family="sulfide"),
    made("Other", stiff=12.0, at=3, role="cathode", failures={"scavenging": "no phase holds its lithium"}),
)


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, dict[str, Any]], None]:
    """Write one document into the database."""
    client = litemongo.connect(f"file:{tmp_path / 'films.db'}")

    def write(collection: str, document: dict[str, Any]) -> None:
        client["lithicoat"][collection].insert_one(document)

    return write


@pytest.fixture
def database(put: Callable[[str, dict[str, Any]], None], tmp_path: Path) -> Database:
    for film in FILMS:
        put("records", film.model_dump(mode="json"))
    campaign = CampaignRecord(
        name="trial", coatings=tuple(film.coating for film in FILMS), potential="lj", sha256=SHA,
        protocol="tiny-1", numbers={}, seed=0, state="finished", updated_at=START,
    )  # fmt: skip
    put("campaigns", campaign.model_dump(mode="json"))
    return Database(tmp_path / "films.db")


@pytest.fixture
def library(database: Database, monkeypatch: pytest.MonkeyPatch) -> Library:
    """A library that looks at the database each time it is asked."""
    monkeypatch.setattr(library_module, "EVERY_S", 0.0)
    monkeypatch.setattr(library_module, "SHARE", 0.0)
    return Library(database)
