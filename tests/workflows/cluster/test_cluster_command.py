"""`lithicoat cluster`: what it writes, what it says, and what it refuses."""

import json
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lithicoat.analysis.mongodb import PASSWORD, PASSWORD_FILE
from lithicoat.workflows.cli import run
from lithicoat.workflows.cluster import trial
from lithicoat.workflows.cluster.categories import Category
from lithicoat.workflows.cluster.queues import QueueSystem
from lithicoat.workflows.cluster.settings import read_settings
from lithicoat.workflows.cluster.templates import write

SECRET = "hunter2"  # noqa: S105
DB = "mongodb://127.0.0.1:1/films"
SINFO = "night*|up|1-00:00:00|64|gpu:a100:4\ndebug|up|30:00|8|(null)\n"


@pytest.fixture
def slurm(queue_commands, monkeypatch, tmp_path):
    """A SLURM with two partitions and an account, and no password in sight."""
    monkeypatch.delenv(PASSWORD, raising=False)
    monkeypatch.setenv(PASSWORD_FILE, str(tmp_path / "pw"))
    queue_commands(sinfo=SINFO, sbatch="", sacctmgr="surfaces\n")


@pytest.mark.usefixtures("slurm")
def test_init_asks_for_nothing_that_it_can_detect(tmp_path, capsys):
    assert run(["cluster", "init", "--db", DB]) == 0
    settings = read_settings(tmp_path / "cluster")
    assert (settings.engine, settings.queue, settings.account) == (QueueSystem.SLURM, "night", "surfaces")
    assert (settings.walltime_s, settings.gpus, settings.cpus) == (86400, 1, 1)
    assert (settings.worker, settings.takes) == ("slurm-night", (Category.GPU, Category.CPU))
    assert settings.python == Path(sys.executable)
    assert settings.files.is_dir()
    told = capsys.readouterr().out
    assert "slurm, night, 1 core, 1 GPU, 24:00:00" in told
    assert "Next: lithicoat cluster check --submit-test\n" in told


@pytest.mark.usefixtures("slurm")
def test_what_is_given_comes_before_what_is_detected(tmp_path, capsys):
    options = [
        "--queue",
        "debug",
        "--account",
        "mine",
        "--walltime",
        "00:20:00",
        "--gpus",
        "0",
        "--cpus",
        "4",
    ]
    given = ["cluster", "init", "--db", DB, "-o", "here", "--files", "shared", *options, "--json"]
    assert run(given) == 0
    answer = json.loads(capsys.readouterr().out)
    settings = read_settings(tmp_path / "here")
    assert (settings.queue, settings.account, settings.walltime_s) == ("debug", "mine", 1200)
    assert (settings.gpus, settings.cpus, settings.files) == (0, 4, tmp_path / "shared")
    assert answer["settings"]["queue"] == "debug"
    assert all(Path(file).is_file() for file in answer["files"])


@pytest.mark.usefixtures("slurm")
@pytest.mark.parametrize(
    ("options", "steps", "cores"), [([], 32, 32), (["--cpus", "8"], 4, 32), (["--side-by-side", "2"], 2, 2)]
)
def test_a_job_that_gets_whole_nodes_uses_all_their_cores(queue_commands, tmp_path, options, steps, cores):
    queue_commands(sinfo="night*|up|1-00:00:00|32|(null)|EXCLUSIVE\n")
    assert run(["cluster", "init", "--db", DB, *options]) == 0
    settings = read_settings(tmp_path / "cluster")
    assert (settings.side_by_side, settings.cores) == (steps, cores)
    assert (
        f"lithicoat work --cluster {tmp_path}/cluster --n {steps} --timeout"
        in (tmp_path / "cluster" / "my_qadapter.yaml").read_text()
    )


@pytest.mark.usefixtures("slurm")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--db", "films.db"], "FireWorks needs a MongoDB that all nodes reach, and films.db is a directory"),
        (["--db", "mongodb://me:hunter2@db/films"], "holds a password, which would stand in files"),
        (["--db", DB, "--queue", "nigth"], "there is no queue nigth. There are night, debug"),
        (["--db", DB, "--queue", "debug", "--walltime", "1:00:00"], "queue debug allows 00:30:00"),
        (["--db", DB, "--walltime", "infinite"], "infinite is no walltime of a job"),
        (["--db", DB, "--walltime", "long"], "long is no walltime"),
        (["--db", DB, "--keep-password"], "names no user, so there is no password to keep"),
        (["--db", "mongodb://me@db/films", "--keep-password"], "there is no password to keep"),
    ],
)
def test_init_refuses_in_one_sentence_and_writes_nothing(tmp_path, capsys, monkeypatch, options, message):
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: PTH123, SIM115 - no terminal
    assert run(["cluster", "init", *options]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert "hunter2" not in told
    assert told.count("\n") == 1
    assert not (tmp_path / "cluster").exists()


def test_a_machine_without_a_queue_needs_the_engine(queue_commands, capsys, tmp_path):
    queue_commands()
    assert run(["cluster", "init", "--db", DB]) == 2
    assert "no queue on this machine" in capsys.readouterr().err
    assert run(["cluster", "init", "--db", DB, "--engine", "pbs", "--queue", "workq", "--gpus", "1"]) == 0
    assert read_settings(tmp_path / "cluster").engine is QueueSystem.PBS


@pytest.mark.usefixtures("slurm")
def test_two_partitions_without_a_default_have_to_be_named(queue_commands, capsys):
    queue_commands(sinfo="a|up|1:00:00|8|(null)\nb|up|1:00:00|8|(null)\n")
    assert run(["cluster", "init", "--db", DB]) == 2
    assert "the cluster has no default queue. Name one of a, b" in capsys.readouterr().err


@pytest.mark.usefixtures("slurm")
def test_a_kept_password_is_in_one_private_file_only(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv(PASSWORD, SECRET)
    assert run(["cluster", "init", "--db", "mongodb://me@db/films", "--keep-password"]) == 0
    assert stat.S_IMODE((tmp_path / "pw").stat().st_mode) == 0o600
    told = capsys.readouterr()
    holders = [file for file in tmp_path.rglob("*") if file.is_file() and b"hunter2" in file.read_bytes()]
    assert holders == [tmp_path / "pw"]
    assert "hunter2" not in told.out + told.err


@pytest.mark.usefixtures("slurm")
def test_an_unknown_password_is_noted_while_files_are_written(capsys):
    assert run(["cluster", "init", "--db", "mongodb://me@db/films"]) == 0
    assert f"no password of me is known: set {PASSWORD}" in capsys.readouterr().err


def test_check_says_what_to_mend_and_ends_with_2(make_settings, queue_commands, capsys, monkeypatch):
    queue_commands()
    monkeypatch.setattr("lithicoat.analysis.mongodb.PATIENCE_S", 0.2)
    write(make_settings(python=Path(sys.executable)))
    assert run(["cluster", "check", "--potential", "chgnet"]) == 2
    told = capsys.readouterr().out
    assert "mend     database: no MongoDB answers at 127.0.0.1:1" in told
    assert "mend     queue: there is no SLURM on this machine" in told
    assert "ok       weights: chgnet" in told
    assert "job: no node was asked: --submit-test sends a job" in told


def test_check_as_json_is_one_document(make_settings, queue_commands, capsys, monkeypatch):
    queue_commands(sinfo=SINFO)
    monkeypatch.setattr("lithicoat.analysis.mongodb.PATIENCE_S", 0.2)
    write(make_settings(python=Path(sys.executable)))
    assert run(["cluster", "check", "--potential", "chgnet", "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    verdicts = {finding["subject"]: finding["verdict"] for finding in answer["findings"]}
    assert answer["ok"] is False
    assert (verdicts["database"], verdicts["queue"], verdicts["version"]) == ("mend", "ok", "ok")


def test_check_without_settings_names_the_command_that_writes_them(capsys):
    assert run(["cluster", "check"]) == 2
    told = capsys.readouterr().err
    assert "there are no settings of a cluster in" in told
    assert "lithicoat cluster init writes them" in told


def test_the_weights_of_a_campaign_are_those_of_its_record(make_settings, mongo_uri, capsys, monkeypatch):
    from lithicoat.analysis.mongodb import MongoDatabase
    from lithicoat.analysis.records import CampaignRecord

    monkeypatch.setattr("lithicoat.workflows.cluster.checking.BIG_MB", 1)
    record = CampaignRecord(
        name="night", coatings=("Li2S",), potential="chgnet", sha256="0" * 64, protocol="quick", numbers={},
        seed=0, state="running",
    )  # fmt: skip
    database = MongoDatabase.parse(mongo_uri)
    database.client()[database.name]["campaigns"].insert_one(record.model_dump(mode="json"))
    write(make_settings(db=mongo_uri))
    assert run(["cluster", "check", "--campaign", "nihgt"]) == 2
    assert "there is no campaign nihgt" in capsys.readouterr().err
    assert run(["cluster", "check", "--campaign", "night", "--json"]) == 2
    found = {each["subject"]: each["message"] for each in json.loads(capsys.readouterr().out)["findings"]}
    assert "the campaign computes with 000000000000…" in found["weights"]


def test_a_queue_that_refuses_a_job_is_quoted(make_settings, queue_commands):
    write(make_settings())
    queue_commands(sbatch="")
    sbatch = Path(shutil.which("sbatch"))
    sbatch.write_text("#!/bin/sh\necho 'sbatch: error: Invalid account' >&2\nexit 1\n")
    (found,) = trial.try_node(make_settings(), {}, patience_s=1)
    assert found.message == "the queue refuses a job: sbatch: error: Invalid account"


def test_a_job_that_never_answers_is_cancelled(make_settings, queue_commands, tmp_path, monkeypatch):
    monkeypatch.setattr(trial, "LOOK_S", 0.01)
    write(make_settings())
    queue_commands(sbatch="Submitted batch job 4711\n", scancel="", squeue="4711 night PD\n")
    (tmp_path / "bin" / "scancel").write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/cancelled\n')
    (found,) = trial.try_node(make_settings(), {}, patience_s=0.05)
    assert "job 4711 was still in the queue when the time to wait was over" in found.message
    assert (tmp_path / "cancelled").read_text() == "4711\n"


def test_a_job_that_ends_without_an_answer_is_quoted(make_settings, queue_commands, monkeypatch):
    monkeypatch.setattr(trial, "LOOK_S", 0.01)
    monkeypatch.setattr(trial, "SETTLE_S", 0.02)
    write(make_settings())
    queue_commands(sbatch="Submitted batch job 4711\n", squeue="")
    (make_settings().directory / "log" / "lithicoat-check-4711.error").write_text(
        "No module named lithicoat\n"
    )
    (found,) = trial.try_node(make_settings(), {}, patience_s=60)
    assert found.message == "job 4711 ended without an answer (No module named lithicoat)"
    assert f"whether the nodes see {make_settings().files}" in found.hint


@pytest.mark.parametrize(
    ("engine", "told", "code", "gone"),
    [
        ("slurm", "4711 night R", 0, False),
        ("slurm", "", 0, True),
        ("slurm", "slurm_load_jobs error: Invalid job id specified", 1, True),
        ("slurm", "slurm_load_jobs error: Unable to contact slurm controller", 1, False),
        ("pbs", "4711.head lithicoat-check me 0 R night", 0, False),
        ("pbs", "qstat: Unknown Job Id 4711.head", 153, True),
        ("pbs", "qstat: 4711.head Job has finished, use -x or -H", 35, True),
        ("pbs", "qstat: cannot connect to server head", 111, False),
        ("sge", "job_number: 4711", 0, False),
        ("sge", "Following jobs do not exist:", 1, True),
    ],
)
def test_a_job_is_gone_only_when_the_queue_says_so(
    make_settings, queue_commands, *, engine, told, code, gone
):
    queue_commands(squeue="", qstat="")
    for name in ("squeue", "qstat"):
        script = f"#!/bin/sh\necho '{told}'\nexit {code}\n" if told else f"#!/bin/sh\nexit {code}\n"
        Path(shutil.which(name)).write_text(script)
    assert trial._gone("4711", make_settings(engine=engine)) is gone


def test_a_queue_that_is_not_there_says_nothing_of_a_job(make_settings, queue_commands):
    queue_commands()
    assert not trial._gone("4711", make_settings())


def test_a_machine_without_sbatch_cannot_send(make_settings, queue_commands):
    write(make_settings())
    queue_commands()
    (found,) = trial.try_node(make_settings(), {}, patience_s=1)
    assert "a job cannot be sent to the queue" in found.message


def test_only_the_tools_of_fireworks_are_run(make_settings, capsys):
    write(make_settings())
    assert run(["cluster", "run", "rm", "-rf"]) == 2
    assert "rm is no tool of FireWorks. There are lpad, qlaunch, rlaunch" in capsys.readouterr().err


def test_a_queue_job_is_for_no_step_in_particular(make_settings, capsys):
    write(make_settings())
    assert run(["cluster", "run", "qlaunch", "-r", "singleshot"]) == 2
    assert "queue jobs here take steps of their kind" in capsys.readouterr().err


def test_a_worker_without_a_gpu_takes_no_steps_that_need_one(make_settings, capsys, monkeypatch, tmp_path):
    from lithicoat.workflows.cluster import working

    for name in ("LITHICOAT_FILES", "FW_CONFIG_FILE"):  # else the command sets them for what follows
        monkeypatch.setenv(name, str(tmp_path / "none"))
    taken = []
    monkeypatch.setattr(working, "work", lambda _where, **given: taken.append(given))
    monkeypatch.setattr(working, "gpus_here", lambda: 0)
    write(make_settings(takes=("gpu", "cpu")))
    assert run(["work"]) == 0
    assert [taken[0][name] for name in ("name", "categories")] == ["slurm-night", (Category.CPU,)]
    monkeypatch.setattr(working, "gpus_here", lambda: 1)
    assert run(["work"]) == 0
    assert taken[1]["categories"] == (Category.GPU, Category.CPU)
    monkeypatch.setattr(working, "gpus_here", lambda: 0)
    assert run(["work", "--category", "gpu"]) == 2
    assert "this machine has no GPU that torch sees" in capsys.readouterr().err


def command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run lithicoat in a process of its own; FireWorks reads its settings once per process."""
    words = [sys.executable, "-c", "from lithicoat.workflows.cli import main; main()", *arguments]
    return subprocess.run(words, capture_output=True, text=True, cwd=cwd, check=False)


def test_lpad_gets_the_password_of_the_environment(make_settings, guarded_mongo, monkeypatch, tmp_path):
    hosts = guarded_mongo(user="me", password=SECRET)
    write(make_settings(db=f"mongodb://me@{hosts}/films?directConnection=true"))
    monkeypatch.setenv(PASSWORD_FILE, str(tmp_path / "none"))
    monkeypatch.delenv(PASSWORD, raising=False)
    refused = command("cluster", "run", "lpad", "get_wflows", "-d", "count", cwd=tmp_path)
    assert refused.returncode == 2
    assert "there is no password for user me" in refused.stderr
    monkeypatch.setenv(PASSWORD, SECRET)
    answer = command("cluster", "run", "lpad", "get_wflows", "-d", "count", cwd=tmp_path)
    assert (answer.returncode, answer.stdout.split()[-1]) == (0, "0"), answer.stderr


def places_of_jobs() -> str:
    return subprocess.run(["squeue", "-h", "-o", "%Z"], capture_output=True, text=True, check=False).stdout


@pytest.mark.cluster
@pytest.mark.parametrize("guarded", [False, True])
def test_a_real_queue_answers_and_a_worker_runs_through_it(
    mongo_uri, guarded_mongo, monkeypatch, tmp_path, *, guarded
):
    from fireworks import Firework, ScriptTask, Workflow

    from lithicoat.analysis.mongodb import MongoDatabase
    from lithicoat.workflows.cluster.launching import launchpad_at

    if guarded:
        monkeypatch.setenv(PASSWORD, SECRET)
        mongo_uri = f"mongodb://me@{guarded_mongo(user='me', password=SECRET)}/films?directConnection=true"
    made = command("cluster", "init", "--db", mongo_uri, "--walltime", "00:10:00", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    checked = command("cluster", "check", "--submit-test", "--patience", "120", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "job: ran on" in checked.stdout
    said = tmp_path / "said"
    question = "import lithicoat.workflows.dynamics.walltime as w; print(w.time_left_s())"
    task = ScriptTask.from_str(
        f'(echo $OMP_NUM_THREADS; {sys.executable} -c "{question}") > {said}.part; mv {said}.part {said}'
    )
    launchpad_at(MongoDatabase.parse(mongo_uri)).add_wf(Workflow([Firework(task, spec={"_category": "cpu"})]))
    sent = command("cluster", "run", "qlaunch", "singleshot", cwd=tmp_path)
    assert sent.returncode == 0, sent.stderr
    until = time.time() + 60
    while time.time() < until and not (said.exists() and str(tmp_path) not in places_of_jobs()):
        time.sleep(0.5)
    assert str(tmp_path) not in places_of_jobs()  # the job ended by itself, as nothing was left to run
    threads, left_s = said.read_text().split()
    assert threads == "1"
    assert 0 < float(left_s) <= 600
