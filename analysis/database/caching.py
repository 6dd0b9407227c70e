"""Where files are kept that can be made again at any time."""

import os
from pathlib import Path

__all__ = ["CACHE", "cache_directory"]

CACHE = "LITHICOAT_CACHE"
"""Environment variable of the directory; default lithicoat/ in the user's cache."""


def cache_directory() -> Path:
    """Return the directory of what can be made again; it need not be there."""
    if chosen := os.environ.get(CACHE):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lithicoat"
