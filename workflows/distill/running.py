"""The trainer as a child process: watched while it runs, ended with us, its failure told in one sentence."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from lithicoat.workflows.distill.history import History
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.progress import report

__all__ = ["run_trainer"]

LOG = "trainer.log"
TRAINER = "lithicoat.workflows.distill.trainer"
POLL_S = 0.3


def run_trainer(options: Sequence[str], directory: Path, history: History, *, epochs: int) -> None:
    """Run the trainer to its end, and tell how far it is.

    It takes one thread unless OMP_NUM_THREADS says otherwise: with batches of small cells a second one gains
    nothing.

    Parameters
    ----------
    options : sequence of str
        Arguments of mace_run_train.
    directory : Path
        Where it works; its log is trainer.log there.
    history : History
        Follows its results file.
    epochs : int
        Epochs that it is asked for.

    Raises
    ------
    RunError
        If it fails, with its last words, or if the training diverges.
    """
    threads = os.environ.get("OMP_NUM_THREADS", "1")
    environment = {**os.environ, "OMP_NUM_THREADS": threads, "OMP_WAIT_POLICY": "PASSIVE"}
    entry = [sys.executable, "-P", "-W", "ignore", "-m", TRAINER]
    log = directory / LOG
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [*entry, *options],
            cwd=directory,
            env=environment,
            stdin=subprocess.PIPE,  # never written to: it breaks when this process dies, and the trainer ends
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        try:
            while process.poll() is None:
                time.sleep(POLL_S)
                _tell(history, epochs)
        finally:
            _stop(process)
    _tell(history, epochs)
    if process.returncode != 0:
        raise RunError(_reason(process.returncode, log), where=str(log), hint="the log has the details")


def _tell(history: History, epochs: int) -> None:
    if history.update():
        known = history.errors[-1].summary if history.errors else "no errors yet"
        report(f"{known};", history.epochs, epochs, "epochs")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End the trainer if it still runs; its last checkpoint stays."""
    if process.stdin:
        process.stdin.close()
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _reason(code: int, log: Path) -> str:
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    last = lines[-1][:300] if lines else "it left no log"
    if code < 0:
        return (
            f"the trainer was killed by signal {-code} (9 is often a lack of memory); its last words: {last}"
        )
    return f"the trainer failed with exit code {code}: {last}"
