"""Count what is in a database."""

from collections import Counter
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.database import open_collection, read_campaigns
from lithicoat.analysis.mongodb import Where
from lithicoat.workflows.exchange.collecting import size_of
from lithicoat.workflows.exchange.holdings import holdings

__all__ = ["Statistics", "statistics"]

HEADS = ("role", "family", "potential", "protocol")


class Statistics(BaseModel):
    """How much is in a database."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    records: int
    try_out: int = Field(description="Records with a protocol that is for trying out only.")
    by: dict[str, dict[str, int]] = Field(description="Records by role, family, potential, protocol.")
    campaigns: int
    unfinished: int = Field(description="Films of campaigns without a record yet.")
    computations: dict[str, int] = Field(description="Finished computations by name of the step.")
    imported: int = Field(description="Computations that came with an archive.")
    bytes: dict[str, int] = Field(
        description="Sizes on disk: documents by collection, and files of the steps; empty for a MongoDB."
    )


def statistics(where: Where) -> Statistics:
    """Count records, computations and bytes.

    Raises
    ------
    DataError
        If there is no database.
    """
    from lithicoat.workflows.standing import kind_of_step

    found = holdings(where)
    latest = {documents[-1][1] for documents in found.records.values()}
    heads = [
        light
        for light in open_collection(where, "records").find({}, dict.fromkeys((*HEADS, "try_out"), 1))
        if light["_id"] in latest
    ]
    finished = [job for job in found.jobs if job.key is not None and job.finished]
    return Statistics(
        records=len(heads),
        try_out=sum(bool(head.get("try_out")) for head in heads),
        by={name: _counted(str(head.get(name)) for head in heads) for name in HEADS},
        campaigns=len(read_campaigns(where)),
        unfinished=len(found.unfinished),
        computations=_counted(kind_of_step(job.name) for job in finished),
        imported=sum(job.imported for job in finished),
        bytes=_sizes(where) if isinstance(where, Path) else {},
    )


def _counted(names: object) -> dict[str, int]:
    return dict(Counter(names).most_common())  # type: ignore[call-overload]


def _sizes(where: Path) -> dict[str, int]:
    folder = where / "lithicoat"
    sizes: Counter[str] = Counter()
    for file in sorted(folder.iterdir()):
        if file.is_file():  # SQLite keeps two more files beside that of a collection
            sizes[file.name.removesuffix("-wal").removesuffix("-shm")] += file.stat().st_size
    steps = where / "steps"
    return {**sizes, "steps": size_of(steps) if steps.is_dir() else 0}
