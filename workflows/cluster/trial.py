"""A trivial job through the queue, which answers what its node can do."""

import shlex
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from lithicoat.workflows.cluster.checking import judge_node
from lithicoat.workflows.cluster.findings import Finding, bad
from lithicoat.workflows.cluster.probing import Machine
from lithicoat.workflows.cluster.queues import QueueSystem
from lithicoat.workflows.cluster.settings import ClusterSettings, read_queue
from lithicoat.workflows.errors import UsageError

__all__ = ["script", "send", "try_node"]

LOOK_S = 0.5
"""Seconds between looks for the answer."""
SETTLE_S = 10.0
"""Seconds that a shared directory may take to show what another machine wrote."""
SUBMIT = {QueueSystem.SLURM: "sbatch", QueueSystem.PBS: "qsub", QueueSystem.SGE: "qsub"}
ASK = {
    QueueSystem.SLURM: ("squeue", "-h", "-j"),
    QueueSystem.PBS: ("qstat",),
    QueueSystem.SGE: ("qstat", "-j"),
}
NO_SUCH_JOB = ("invalid job id", "unknown job", "has finished", "do not exist")
CANCEL = {QueueSystem.SLURM: "scancel", QueueSystem.PBS: "qdel", QueueSystem.SGE: "qdel"}


def try_node(
    settings: ClusterSettings, potentials: Mapping[str, str], *, patience_s: float
) -> Iterator[Finding]:
    """Send a job through the queue exactly as qlaunch does, wait for its answer, and judge it.

    Parameters
    ----------
    settings : ClusterSettings
        The cluster.
    potentials : mapping of str to str
        sha256 of the weights that the campaign needs, by the potential's id.
    patience_s : float
        Seconds to wait; a job that has not answered then is cancelled.
    """
    out = settings.files / "checks" / f"{uuid.uuid4().hex}.json"
    sent = time.time()
    try:
        _make(out.parent)
        job = send(script(settings, potentials, out), settings)
    except UsageError as error:
        yield bad("job", error.message, error.hint)
        return
    problem = _wait(out, job, settings, until=sent + patience_s)
    if problem is not None:
        yield problem
        return
    seen = time.time()
    node = Machine.model_validate_json(out.read_text("utf-8"))
    out.unlink(missing_ok=True)
    yield from judge_node(node, settings, sent_s=sent, seen_s=seen)


def _wait(out: Path, job: str, settings: ClusterSettings, *, until: float) -> Finding | None:
    """Wait for the answer of a job; return why there is none."""
    log, ended = settings.directory / "log", None
    while not out.exists():
        now = time.time()
        if ended is None and _gone(job, settings):
            ended = now
        if ended is not None and now > ended + SETTLE_S:
            last = _last_words(log, job)
            return bad(
                "job",
                f"job {job} ended without an answer{f' ({last})' if last else ''}",
                f"see what it said in {log}, and whether the nodes see {settings.files}",
            )
        if now > until:
            subprocess.run([CANCEL[settings.engine], job], capture_output=True, check=False)
            return bad(
                "job",
                f"job {job} was still in the queue when the time to wait was over, and was cancelled",
                "wait longer with --patience",
            )
        time.sleep(LOOK_S)
        list(out.parent.iterdir())  # lets a network file system look again
    return None


def _gone(job: str, settings: ClusterSettings) -> bool:
    """Tell whether a job has left the queue; a queue that does not answer says nothing."""
    try:
        answer = subprocess.run([*ASK[settings.engine], job], capture_output=True, text=True, check=False)
    except OSError:
        return False
    if settings.engine is QueueSystem.SLURM and answer.returncode == 0:
        return not answer.stdout.strip()
    told = (answer.stderr + answer.stdout).lower()
    return answer.returncode != 0 and any(words in told for words in NO_SUCH_JOB)


def _last_words(log: Path, job: str) -> str:
    """Return the last line that a job wrote into its logs."""
    number = job.partition(".")[0]
    files = [file for file in log.glob("lithicoat-check*") if file.name.find(number) > 0]
    lines = [
        line for file in files for line in file.read_text("utf-8", "replace").splitlines() if line.strip()
    ]
    return lines[-1].strip() if lines else ""


def script(settings: ClusterSettings, potentials: Mapping[str, str], out: Path) -> str:
    """Return the queue script of qlaunch, with a question to the node in place of the rockets.

    Raises
    ------
    UsageError
        If FireWorks cannot make a script of my_qadapter.yaml.
    """
    from fireworks.user_objects.queue_adapters.common_adapter import CommonAdapter

    file = settings.directory / "my_qadapter.yaml"
    wanted = [f"{name}={sha256}" for name, sha256 in potentials.items()]
    module = "lithicoat.workflows.cluster.probing"
    question = [str(settings.python), "-m", module, str(settings.directory), str(out), *wanted]
    try:
        adapter = CommonAdapter.from_dict(read_queue(settings.directory))
        adapter.update(rocket_launch=shlex.join(question), job_name="lithicoat-check")
        return str(adapter.get_script_str(str(settings.directory / "log")))
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"{file} gives no script for the queue: {error}", where=str(file)) from error


def send(text: str, settings: ClusterSettings) -> str:
    """Send a script to the queue and return the number of its job.

    Raises
    ------
    UsageError
        If the queue refuses it, with its reason.
    """
    command = SUBMIT[settings.engine]
    log = settings.directory / "log"
    try:
        log.mkdir(parents=True, exist_ok=True)
        file = log / "check.script"
        file.write_text(text, "utf-8")
        answer = subprocess.run(
            [command, str(file)], capture_output=True, text=True, timeout=60, check=False, cwd=log
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(
            f"a job cannot be sent to the queue: {error}",
            where=command,
            hint="run this on a login node of the cluster",
        ) from error
    if answer.returncode != 0:
        reason = " ".join(answer.stderr.split()) or "no reason given"
        raise UsageError(f"the queue refuses a job: {reason}", where=command, hint="correct my_qadapter.yaml")
    numbers = [word for word in answer.stdout.split() if word[:1].isdigit()]
    return numbers[0] if numbers else answer.stdout.strip()


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{directory} cannot be made: {error.strerror}", where=str(directory)) from error
