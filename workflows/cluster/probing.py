"""What one machine can do for a campaign: asked here, and of a node by a job of the queue.

``python -m lithicoat.workflows.cluster.probing DIR OUT ID=SHA256...`` writes its answer as JSON.
"""

import os
import socket
import sys
import time
import uuid
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.errors import DataError
from lithicoat.workflows.cluster.settings import ClusterSettings, read_settings
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.registry import (
    PotentialRef,
    list_potentials,
    sha256_of_file,
    shipped,
)

__all__ = ["Machine", "Weights", "needed", "probe", "unwritable", "weights_here"]


class Weights(BaseModel):
    """The weights of a potential on one machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    wanted: str = Field(description="sha256 that the campaign computes with.")
    found: str | None = Field(None, description="sha256 of what is on the machine; None: nothing.")
    reason: str = Field("", description="Where they are, or how to get them.")


class Machine(BaseModel):
    """What a machine says of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    epoch_s: float = Field(description="Its clock: seconds since 1970.")
    lithicoat: str = Field(description="Version.")
    python: str
    threads: str = Field(description="OMP_NUM_THREADS, empty if it is not set.")
    gpus: int | None = Field(None, description="GPUs that torch sees; None where nobody asked.")
    weights: tuple[Weights, ...] = ()
    files_problem: str = Field("", description="Why the directory of files cannot be used; empty if it can.")
    database_problem: str = Field("", description="Why the database cannot be reached; empty if it can.")


def needed(potentials: Iterable[PotentialRef]) -> dict[str, str]:
    """Return the sha256 of the weights of potentials, by their name in the registry or by their file."""
    return {ref.id if shipped(ref) else ref.path or ref.id: ref.sha256 for ref in potentials}


def probe(settings: ClusterSettings, potentials: Mapping[str, str]) -> Machine:
    """Ask this machine.

    Parameters
    ----------
    settings : ClusterSettings
        The cluster; torch loads only if its jobs have GPUs.
    potentials : mapping of str to str
        sha256 of the weights that are needed, by the potential's id.
    """
    return Machine(
        host=socket.gethostname(),
        epoch_s=time.time(),
        lithicoat=version("lithicoat"),
        python=sys.executable,
        threads=os.environ.get("OMP_NUM_THREADS", ""),
        gpus=_gpus() if settings.gpus else None,
        weights=tuple(weights_here(name, wanted) for name, wanted in potentials.items()),
        files_problem=unwritable(settings.files),
        database_problem=_unreachable(settings.db),
    )


def weights_here(potential: str, wanted: str) -> Weights:
    """Return which weights of a potential this machine has; nothing is downloaded."""
    for entry in list_potentials():
        if entry.id == potential and entry.available:
            place = entry.reason.removeprefix("weights in ")
            found = sha256_of_file(Path(place)) if Path(place).is_file() else entry.sha256
            return Weights(id=potential, wanted=wanted, found=found, reason=place)
        if entry.id == potential:
            return Weights(id=potential, wanted=wanted, reason=entry.reason)
    file = Path(potential)
    if file.is_file():
        return Weights(id=potential, wanted=wanted, found=sha256_of_file(file), reason=str(file))
    return Weights(id=potential, wanted=wanted, reason="it is neither in the registry nor a file here")


def unwritable(directory: Path) -> str:
    """Say why a directory cannot be written; nothing if it can."""
    mark = directory / f"probe-{uuid.uuid4().hex}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        mark.write_bytes(b"lithicoat")
        mark.unlink()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _unreachable(uri: str) -> str:
    from lithicoat.workflows.storage import open_store

    try:
        open_store(uri).count()
    except (DataError, UsageError) as error:
        return error.message
    return ""


def _gpus() -> int:
    if find_spec("torch") is None:
        return 0
    import torch

    return int(torch.cuda.device_count()) if torch.cuda.is_available() else 0


def main(arguments: list[str]) -> None:
    """Write what this machine says into a file."""
    directory, out, *wanted = arguments
    potentials = dict(item.rsplit("=", 1) for item in wanted)
    answer = probe(read_settings(Path(directory)), potentials)
    partial = Path(f"{out}.{os.getpid()}")
    partial.write_text(answer.model_dump_json(), "utf-8")
    partial.replace(out)


if __name__ == "__main__":
    main(sys.argv[1:])
