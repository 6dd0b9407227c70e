"""A database on its way to another group: archives of plain JSON, and merging without duplicates."""

from lithicoat.analysis.exchange.exporting import write_archive
from lithicoat.analysis.exchange.manifest import Manifest
from lithicoat.analysis.exchange.opening import Archive, open_archive
from lithicoat.analysis.exchange.unpacking import unpack

__all__ = ["Archive", "Manifest", "open_archive", "unpack", "write_archive"]
