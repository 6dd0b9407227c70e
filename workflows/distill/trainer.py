"""The trainer of mace-torch as a process of its own: `python -m lithicoat.workflows.distill.trainer ...`.

It takes the arguments of `mace_run_train`. What differs: it ends when the process that started it
does, its checkpoints are written whole or not at all, and two things make training on a CPU up to twice as
fast: numbers too small for a normal float count as zero, and messages of scalars are matrix products.
"""

import os
import sys
import threading
from pathlib import Path
from typing import Any

__all__ = ["main", "save_checkpoint"]

ORPHANED = 143


def main() -> None:
    """Train with the arguments of the command line."""
    if not sys.stdin.isatty():
        threading.Thread(target=_end_with_parent, daemon=True).start()
    import mace  # noqa: F401 - before e3nn: it permits torch to read e3nn's constants
    import torch
    from mace.cli import run_train
    from mace.tools import checkpoint

    from lithicoat.workflows.potentials.convolution import with_matrix_products

    torch.set_flush_denormal(True)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    configure = run_train.configure_model

    def quickened(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        model, settings = configure(*args, **kwargs)
        return with_matrix_products(model), settings

    run_train.configure_model = quickened
    checkpoint.CheckpointIO.save = save_checkpoint  # type: ignore[assignment,method-assign]
    if "--device" not in sys.argv:
        sys.argv += ["--device", "cuda" if torch.cuda.is_available() else "cpu"]
    run_train.main()


def save_checkpoint(handler: Any, checkpoint: dict[str, Any], epochs: int, keep_last: bool = False) -> None:  # noqa: FBT001, FBT002, ARG001 - mace's signature
    """Write a checkpoint beside the one before, and only then remove that one.

    mace-torch removes the old one first, and a torn one makes it start again without a word.

    Parameters
    ----------
    handler : mace.tools.checkpoint.CheckpointIO
        Knows the directory and the names.
    checkpoint : dict
        What is saved.
    epochs : int
        Number of the epoch.
    keep_last : bool
        Not used: the last one is all that a restart needs.
    """
    import torch

    target = Path(handler.directory) / handler._get_checkpoint_filename(epochs, handler.swa_start)  # noqa: SLF001
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    with partial.open("wb") as stream:
        torch.save(checkpoint, stream)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(target)
    for other in target.parent.glob(f"{handler.tag}_epoch-*.pt"):
        if other != target:
            other.unlink()


def _end_with_parent() -> None:
    """Wait until the pipe to the parent breaks, even by a kill that it cannot answer."""
    # not through sys.stdin: its lock would be held for ever
    while os.read(0, 1024):
        pass
    os._exit(ORPHANED)


if __name__ == "__main__":
    main()
