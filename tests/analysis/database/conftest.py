"""Records and databases, in a directory and in a MongoDB."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import litemongo
import pytest

from lithicoat.analysis.database import Database
from lithicoat.analysis.mongodb import MongoDatabase
from lithicoat.analysis.properties import Bound, Property, Provenance
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord

START = datetime(2026, 11, 1, tzinfo=UTC)
ORIGIN = Provenance(potential="chgnet", sha256="abc", protocol="quick-1", seed=0, versions={"ase": "3.29.0"})


def _film(coating: str, *, modulus: float | None = 10.0, minutes: int = 0, **changes: Any) -> ScreeningRecord:
    stiffness = (
        Property.missing("GPa", "the cell broke")
        if modulus is None
        else Property(value=modulus, uncertainty=0.1 * modulus, unit="GPa", flags=("try-out protocol",))
    )
    facts: dict[str, Any] = {
        "coating": coating,
        "name": f"film {coating}",
        "family": "sulfide",
        "role": "cathode",
        "campaign": "first",
        "potential": "chgnet",
        "sha256": "abc",
        "protocol": "quick-1",
        "try_out": True,
        "seed": 0,
        "properties": {
            "shear_modulus": stiffness.attributed(ORIGIN),
            "conductivity_298K": Property(value=1e-9, unit="S/cm", bound=Bound.UPPER, flags=("no hop",)),
        },
        "created_at": START + timedelta(minutes=minutes),
    }
    return ScreeningRecord(**{**facts, **changes})


@pytest.fixture
def film() -> Callable[..., ScreeningRecord]:
    """Make a record."""
    return _film


@pytest.fixture
def campaign() -> Callable[..., CampaignRecord]:
    """Make a campaign of some films."""

    def make(name: str, *coatings: str, **changes: Any) -> CampaignRecord:
        facts: dict[str, Any] = {
            "potential": "chgnet",
            "sha256": "abc",
            "protocol": "quick-1",
            "numbers": {"relax": {"fmax_eV_A": 0.05}},
            "seed": 0,
            "state": "finished",
        }
        return CampaignRecord(name=name, coatings=coatings, **{**facts, **changes})

    return make


@pytest.fixture
def collection(tmp_path: Path) -> Callable[..., Any]:
    """Open a collection of a database for writing, as the campaigns do."""

    def opened(name: str, directory: Path = tmp_path / "films.db") -> Any:
        directory.mkdir(exist_ok=True)
        return litemongo.connect(f"file:{directory}")["lithicoat"][name]

    return opened


@pytest.fixture
def write(collection: Callable[..., Any], tmp_path: Path) -> Callable[..., Database]:
    """Write records, or documents of them, and open the database."""

    def written(*records: ScreeningRecord | dict[str, Any]) -> Database:
        documents = [one if isinstance(one, dict) else one.model_dump(mode="json") for one in records]
        collection("records").insert_many(documents)
        return Database(tmp_path / "films.db")

    return written


@pytest.fixture(params=["directory", "MongoDB"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Return a database to write to and where it is: `(where, open a collection)`."""
    if request.param == "directory":
        directory = tmp_path / "films.db"
        directory.mkdir()
        return directory, litemongo.connect(f"file:{directory}")["lithicoat"].__getitem__
    where = MongoDatabase.parse(request.getfixturevalue("mongo_uri"))
    return where, where.client()[where.name].__getitem__
