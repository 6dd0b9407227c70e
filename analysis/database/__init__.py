"""The screening database: records and campaigns, on a directory or a MongoDB; no engine, no potential."""

from lithicoat.analysis.database.reading import open_collection, read_campaigns, read_records

__all__ = ["open_collection", "read_campaigns", "read_records"]
