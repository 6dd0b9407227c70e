"""What queues print, and what is read out of it."""

import pytest

from lithicoat.workflows.cluster.queues import (
    QueueSystem,
    account,
    detect,
    parallel_environment,
    partitions,
    seconds,
)
from lithicoat.workflows.errors import UsageError

SINFO = """\
night*|up|1-00:00:00|64+|gpu:a100:4(S:0-1)
night*|up|1-00:00:00|32|(null)
debug|up|30:00|8|(null)
old|drain|infinite|16|gpu:k80:2,shard:8
"""
QSTAT = """\
Server: head
    server_state = Active
    default_queue = workq
Queue: workq
    queue_type = Execution
    enabled = True
    started = True
    resources_max.walltime = 48:00:00
    resources_max.ngpus = 2

Queue: closed
    enabled = False
    started = True
"""
QCONF = """\
qname                 all.q
slots                 16,[node1=32]
h_rt                  12:00:00
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24:00:00", 86400),
        ("1-00:00:00", 86400),
        ("2-12", 216000),
        ("30:00", 1800),
        ("90", 5400),
        ("0-00:10:00", 600),
        ("infinite", None),
        ("UNLIMITED", None),
    ],
)
def test_walltimes_are_read_as_slurm_reads_them(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["a day", "", "1:2:3:4", "-1:00:00", "1h"])
def test_what_is_no_walltime_is_refused(text):
    with pytest.raises(UsageError, match="is no walltime"):
        seconds(text)


def test_slurm_partitions_are_merged_over_their_nodes(queue_commands):
    queue_commands(sinfo=SINFO)
    night, debug, old = partitions(QueueSystem.SLURM)
    assert (night.name, night.default, night.limit_s, night.cpus, night.gpus) == ("night", True, 86400, 32, 4)
    assert (debug.default, debug.limit_s, debug.gpus) == (False, 1800, 0)
    assert (old.up, old.limit_s, old.gpus) == (False, None, 2)


def test_pbs_queues_are_read(queue_commands):
    queue_commands(qstat=QSTAT)
    workq, closed = partitions(QueueSystem.PBS)
    assert (workq.name, workq.default, workq.up, workq.limit_s, workq.gpus) == (
        "workq",
        True,
        True,
        172800,
        2,
    )
    assert (closed.default, closed.up, closed.limit_s) == (False, False, None)


def test_sge_queues_are_read(queue_commands):
    queue_commands(qconf=QCONF)
    first = next(each for each in partitions(QueueSystem.SGE) if each.name == "all.q")
    assert (first.default, first.limit_s, first.cpus) == (True, 43200, 16)


def test_a_queue_that_does_not_answer_has_no_partitions(queue_commands):
    queue_commands()
    assert [partitions(system) for system in QueueSystem] == [[], [], []]
    assert account() is None


def test_an_accountless_slurm_has_none_and_another_says_it(queue_commands):
    queue_commands(sacctmgr="surfaces\n")
    assert account() == "surfaces"
    queue_commands(sacctmgr="\n")
    assert account() is None


def test_the_shared_memory_environment_is_preferred(queue_commands):
    queue_commands(qconf="mpi\nopenmp\nsmp\n")
    assert parallel_environment() == "smp"
    queue_commands(qconf="mpich\n")
    assert parallel_environment() == "mpich"


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (("sbatch", "qsub"), QueueSystem.SLURM),
        (("qsub", "qstat"), QueueSystem.PBS),
        (("qsub", "qconf"), QueueSystem.SGE),
    ],
)
def test_the_queue_is_told_by_its_commands(queue_commands, commands, expected):
    queue_commands(**dict.fromkeys(commands, ""))
    assert detect() is expected


def test_a_machine_without_a_queue_is_told_so(queue_commands):
    queue_commands()
    with pytest.raises(UsageError, match="no queue on this machine"):
        detect()
