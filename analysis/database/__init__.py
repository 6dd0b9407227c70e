"""The screening database: records and campaigns, on a directory or a MongoDB; no engine, no potential."""

from lithicoat.analysis.database.database import Database, read_records
from lithicoat.analysis.database.evidence import Evidence, StepDocument, StoredModel
from lithicoat.analysis.database.filters import Filters
from lithicoat.analysis.database.origins import Origin
from lithicoat.analysis.database.quantities import QuantityFacts, quantities, quantity
from lithicoat.analysis.database.reading import open_collection, read_campaigns
from lithicoat.analysis.database.selection import Selection
from lithicoat.analysis.database.snapshot import Snapshot
from lithicoat.analysis.database.tables import Compared

__all__ = [
    "Compared",
    "Database",
    "Evidence",
    "Filters",
    "Origin",
    "QuantityFacts",
    "Selection",
    "Snapshot",
    "StepDocument",
    "StoredModel",
    "open_collection",
    "quantities",
    "quantity",
    "read_campaigns",
    "read_records",
]
