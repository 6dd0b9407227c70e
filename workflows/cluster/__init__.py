"""Campaigns on a cluster: FireWorks between the same steps and a queue."""

from pathlib import Path

__all__ = ["DEFAULT_DIRECTORY"]

DEFAULT_DIRECTORY = Path("cluster")
"""Where the files of a cluster lie unless --cluster says something else."""
