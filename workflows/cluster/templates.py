"""The files of FireWorks and jobflow for one cluster, with comments for whoever edits them."""

import json
import os
import shlex
from pathlib import Path

from lithicoat.analysis.mongodb import PASSWORD, PASSWORD_FILE
from lithicoat.workflows.cluster.categories import Category
from lithicoat.workflows.cluster.queues import QueueSystem
from lithicoat.workflows.cluster.settings import ClusterSettings, clock
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.shared_storage import SharedFiles, SharedStore

__all__ = ["EXPIRATION_S", "PING_S", "texts", "write"]

PING_S = 300
"""Seconds between signs of life of a running step."""
EXPIRATION_S = 1200
"""Seconds without one after which a step counts as lost: four signs, so that a slow database loses none."""
ADAPTER = {QueueSystem.SLURM: "SLURM", QueueSystem.PBS: "PBS", QueueSystem.SGE: "SGE"}
QUEUE_TEMPLATE = "queue_template.txt"
"""Form of the queue script: FireWorks' own one knows no cores and GPUs of PBS, and no walltime of SGE."""


def texts(settings: ClusterSettings, *, parallel_environment: str = "smp") -> dict[str, str]:
    """Return the files by name.

    Parameters
    ----------
    settings : ClusterSettings
        What they say.
    parallel_environment : str
        Environment of SGE in which a job gets several cores.
    """
    files = {
        "my_launchpad.yaml": _launchpad(settings),
        "my_fworker.yaml": _worker(settings),
        "my_qadapter.yaml": _queue(settings),
        "FW_config.yaml": _fireworks(settings),
        "jobflow.yaml": _jobflow(settings),
    }
    if settings.engine is QueueSystem.PBS:
        files[QUEUE_TEMPLATE] = _pbs(settings)
    if settings.engine is QueueSystem.SGE:
        files[QUEUE_TEMPLATE] = _sge(settings, parallel_environment)
    return files


def write(settings: ClusterSettings, *, parallel_environment: str = "smp", force: bool = False) -> list[Path]:
    """Write the files of a cluster, all or none.

    Raises
    ------
    UsageError
        If one of them is there and `force` is False, or the directory cannot be written.
    """
    directory = settings.directory
    files = {directory / n: t for n, t in texts(settings, parallel_environment=parallel_environment).items()}
    there = [file.name for file in files if file.exists()]
    if there and not force:
        raise UsageError(
            f"{directory} has {', '.join(there)} already",
            where=str(directory),
            hint="give --force to write them anew, or another directory with -o",
        )
    try:
        for made in (directory / "log", settings.files):
            made.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            file.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(
            f"{error.filename or directory} cannot be written: {error.strerror}", where=str(directory)
        ) from error
    return list(files)


def _quoted(value: object) -> str:
    """Write a value so that YAML reads it as it is."""
    return json.dumps(None if value is None else str(value), ensure_ascii=False)


def _launchpad(settings: ClusterSettings) -> str:
    return f"""\
# The database of the group: FireWorks' queue and lithicoat's results lie side by side in it.
# No password stands here: lithicoat takes it from {PASSWORD}, or from
# ~/.config/lithicoat/mongodb-password, which only you can read ({PASSWORD_FILE} names
# another file). The tools of FireWorks get it with: lithicoat cluster run lpad get_wflows
uri_mode: true
host: {_quoted(settings.db)}
name: {_quoted(settings.database.name)}
mongoclient_kwargs:
  serverSelectionTimeoutMS: 120000   # steps wait for a server that restarts for two minutes
logdir: null
strm_lvl: WARNING
user_indices: []
wf_user_indices: ["metadata.campaign", "metadata.coating"]
"""


def _worker(settings: ClusterSettings) -> str:
    categories = json.dumps([category.value for category in settings.takes])
    remark = (
        "# These jobs have a GPU and take all steps; leave only gpu where jobs without one run beside them."
        if Category.GPU in settings.takes
        else "# These jobs have no GPU; `lithicoat submit --gpus` keeps long dynamics for jobs that have one."
    )
    return f"""\
# What the jobs of this queue take from the database.
# `lithicoat submit --worker` with this name sends steps to these jobs only.
name: {_quoted(settings.worker)}
{remark}
category: {categories}
query: '{{}}'
# What lithicoat itself knows of this cluster.
env:
  lithicoat_files: {_quoted(settings.files)}   # trajectories and checkpoints; all nodes must see it
  lithicoat_python: {_quoted(settings.python)}
  lithicoat_version: {_quoted(settings.version)}
"""


def _queue(settings: ClusterSettings) -> str:
    form = settings.directory / QUEUE_TEMPLATE
    own = "" if settings.engine is QueueSystem.SLURM else f"_fw_template_file: {_quoted(form)}\n"
    return f"""\
# One job of the queue. It computes steps one after the other until there are none, or its time is nearly up.
_fw_name: CommonAdapter
_fw_q_type: {ADAPTER[settings.engine]}
{own}# exec: the signals of the queue reach the steps themselves, which then write their checkpoints.
# --timeout: no step begins in the last part of the walltime. A step that runs then stops at a checkpoint
# before the end and goes on in the next job.
rocket_launch: {_quoted("exec " + _launcher(settings))}
queue: {_quoted(settings.queue)}
account: {_quoted(settings.account)}
walltime: '{clock(settings.walltime_s)}'
{_resources(settings)}
job_name: lithicoat
logdir: {_quoted(settings.directory / "log")}
pre_rocket: |
{_exports(settings)}
post_rocket: null
"""


def _launcher(settings: ClusterSettings) -> str:
    """Return what a queue job runs: rapidfire, which stops in time and finds the password by itself."""
    tool = shlex.quote(str(settings.python.parent / "lithicoat"))
    place = shlex.quote(str(settings.directory))
    many = "" if settings.side_by_side == 1 else f" --n {settings.side_by_side}"
    return f"{tool} work --cluster {place}{many} --timeout {settings.timeout_s}"


def _resources(settings: ClusterSettings) -> str:
    threads = f"{settings.side_by_side} steps side by side with {settings.cpus} of OMP_NUM_THREADS each"
    lines = [f"cpus_per_task: {settings.cores}   # {threads}"]
    if settings.engine is QueueSystem.SLURM:
        lines = ["nodes: 1", "ntasks: 1", *lines]
        if settings.gpus:
            lines.append(f"gres: gpu:{settings.gpus}")
    elif settings.gpus:
        lines.append(f"gpus: {settings.gpus}")
    return "\n".join(lines)


def _exports(settings: ClusterSettings) -> str:
    directory = settings.directory
    values = {
        "OMP_NUM_THREADS": str(settings.cpus),
        "FW_CONFIG_FILE": shlex.quote(str(directory / "FW_config.yaml")),
        "JOBFLOW_CONFIG_FILE": shlex.quote(str(directory / "jobflow.yaml")),
        "LITHICOAT_FILES": shlex.quote(str(settings.files)),
    }
    if settings.engine is not QueueSystem.SLURM:  # which tells its jobs itself when they end
        values["LITHICOAT_DEADLINE"] = f"$(( $(date +%s) + {settings.walltime_s} ))"
    if password_file := os.environ.get(PASSWORD_FILE):
        values[PASSWORD_FILE] = shlex.quote(str(Path(password_file).absolute()))
    return "\n".join(f"  export {name}={value}" for name, value in values.items())


def _fireworks(settings: ClusterSettings) -> str:
    directory = settings.directory
    return f"""\
# Settings of FireWorks itself. A FW_config.yaml in the current directory or in ~/.fireworks comes before it.
CONFIG_FILE_DIR: {_quoted(directory)}
LAUNCHPAD_LOC: {_quoted(directory / "my_launchpad.yaml")}
FWORKER_LOC: {_quoted(directory / "my_fworker.yaml")}
QUEUEADAPTER_LOC: {_quoted(directory / "my_qadapter.yaml")}
# A running step gives a sign of life every {PING_S // 60} minutes. (By FireWorks' own default it
# is an hour, and lost steps stay unnoticed for four.)
PING_TIME_SECS: {PING_S}
# Without one for {EXPIRATION_S // 60} minutes it counts as lost. Keep this several times the ping: a step
# that is given up while it still runs is computed twice.
RUN_EXPIRATION_SECS: {EXPIRATION_S}
RAPIDFIRE_SLEEP_SECS: 30
QUEUE_UPDATE_INTERVAL: 5
"""


def _jobflow(settings: ClusterSettings) -> str:
    uri = _quoted(settings.db)
    return f"""\
# Where jobflow keeps results; the steps of lithicoat name their database themselves, and it is this one.
# `data` holds what is too big for a document of MongoDB (16 MB).
JOB_STORE:
  "@module": jobflow.core.store
  "@class": JobStore
  docs_store:
    "@module": {SharedStore.__module__}
    "@class": {SharedStore.__name__}
    uri: {uri}
    collection_name: jobs
  additional_stores:
    data:
      "@module": {SharedFiles.__module__}
      "@class": {SharedFiles.__name__}
      uri: {uri}
      collection_name: data
"""


def _pbs(settings: ClusterSettings) -> str:
    gpus = ":ngpus=$${gpus}" if settings.gpus else ""
    return f"""\
#!/bin/bash
# As PBS Pro and OpenPBS read it. TORQUE: -l nodes=1:ppn=CORES:gpus=GPUS
#PBS -l select=1:ncpus=$${{cpus_per_task}}{gpus}
#PBS -l walltime=$${{walltime}}
#PBS -q $${{queue}}
#PBS -A $${{account}}
#PBS -N $${{job_name}}
#PBS -j oe

$${{pre_rocket}}
cd $${{launch_dir}}
$${{rocket_launch}}
$${{post_rocket}}
"""


def _sge(settings: ClusterSettings, parallel_environment: str) -> str:
    gpus = "#$ -l gpu=$${gpus}\n" if settings.gpus else ""
    cores = f"#$ -pe {parallel_environment} $${{cpus_per_task}}\n" if settings.cores > 1 else ""
    return f"""\
#!/bin/bash
# A job of $${{cpus_per_task}} cores. Sites name the parallel environment and GPUs as they like.
#$ -S /bin/bash
#$ -l h_rt=$${{walltime}}
{cores}{gpus}#$ -q $${{queue}}
#$ -A $${{account}}
#$ -N $${{job_name}}
#$ -j y

$${{pre_rocket}}
cd $${{launch_dir}}
$${{rocket_launch}}
$${{post_rocket}}
"""
