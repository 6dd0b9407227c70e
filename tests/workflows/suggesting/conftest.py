"""Records of lithicones."""

from datetime import UTC, datetime, timedelta

import pytest

from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord

SOUND = {
    "highest_stable_temperature": Property(value=700, unit="K"),
    "lowest_elastic_eigenvalue": Property(value=5, uncertainty=0.1, unit="GPa"),
    "contact_lithium": Property(value=-0.1, uncertainty=0.001, unit="eV/atom"),
    "log10_conductivity_298K": Property(value=-7.0, uncertainty=0.01, unit="decades"),
}


@pytest.fixture
def lithicone():
    """Make a record of a film that passes all gates, with any further properties."""

    def make(name, modulus=None, *, error=1.0, family="lithicone", role="anode", age_h=0.0, **more):
        properties = dict(SOUND)
        if modulus is not None:
            properties["shear_modulus_calibrated"] = Property(value=modulus, uncertainty=error, unit="GPa")
        return ScreeningRecord(
            coating=name,
            name=name,
            family=family,
            role=role,
            campaign="test",
            potential=more.pop("potential", "emt"),
            sha256="0" * 64,
            protocol=more.pop("protocol", "quick-12345678"),
            try_out=True,
            seed=0,
            properties=properties | more,
            created_at=datetime(2026, 1, 2, tzinfo=UTC) - timedelta(hours=age_h),
        )

    return make
