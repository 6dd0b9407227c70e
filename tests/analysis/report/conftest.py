import pytest

from lithicoat.analysis.database import Database
from lithicoat.analysis.report.screening import Screening, gather
from lithicoat.analysis.report.writing import render

DRAWS = 300


@pytest.fixture(scope="session")
def screening() -> Screening:
    """Return the campaign of the shipped example that has films for both electrodes."""
    return gather(Database.example(), campaign="mission-films", draws=DRAWS)


@pytest.fixture(scope="session")
def page(screening: Screening) -> str:
    """Return its report."""
    return render(screening)
