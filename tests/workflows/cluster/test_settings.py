"""Settings that a user edited: read, or refused with the file that is wrong."""

from pathlib import Path

import pytest

from lithicoat.workflows.cluster.settings import clock, read_settings
from lithicoat.workflows.cluster.templates import write
from lithicoat.workflows.errors import UsageError


@pytest.fixture
def written(make_settings) -> Path:
    write(make_settings(gpus=1))
    return make_settings().directory


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


def test_what_is_edited_in_a_file_counts(written):
    queue = written / "my_qadapter.yaml"
    edit(queue, '"night"', "day")
    edit(queue, "'02:00:00'", "1-12:00:00")
    edit(queue, "gpu:1", "gpu:a100:4")
    settings = read_settings(written)
    assert (settings.queue, settings.walltime_s, settings.gpus) == ("day", 129600, 4)


@pytest.mark.parametrize(
    ("category", "takes"), [('["gpu"]', ["gpu"]), ("gpu", ["gpu"]), ("''", ["cpu", "gpu"])]
)
def test_what_workers_take_is_read_in_the_words_of_fireworks(written, category, takes):
    edit(written / "my_fworker.yaml", 'category: ["cpu"]', f"category: {category}")
    edit(written / "my_fworker.yaml", 'name: "slurm-night"', "name: owls")
    settings = read_settings(written)
    assert settings.worker == "owls"
    assert [kind.value for kind in settings.takes] == takes


@pytest.mark.parametrize(("gres", "gpus"), [("gpu", 1), ("gpu:a100", 1), ("gpu:3", 3), ("fpga:2", 0)])
def test_gpus_are_read_in_the_words_of_slurm(written, gres, gpus):
    edit(written / "my_qadapter.yaml", "gpu:1", gres)
    assert read_settings(written).gpus == gpus


@pytest.mark.parametrize(
    ("duration_s", "text"), [(59, "00:00:59"), (86400, "24:00:00"), (360000, "100:00:00")]
)
def test_walltimes_are_written_in_hours(duration_s, text):
    assert clock(duration_s) == text


def test_the_password_of_nobody_is_in_the_database_of_the_settings(make_settings):
    database = make_settings(db="mongodb://me@db/films").database
    assert (database.user, database.name, database.typed) == ("me", "films", None)


def test_a_missing_directory_is_told_with_the_command_that_makes_it(tmp_path):
    with pytest.raises(UsageError, match="no settings of a cluster in") as caught:
        read_settings(tmp_path / "nowhere")
    assert "lithicoat cluster init" in caught.value.hint


@pytest.mark.parametrize("name", ["my_launchpad", "my_fworker", "my_qadapter", "FW_config", "jobflow"])
def test_a_missing_file_is_named(written, name):
    (written / f"{name}.yaml").unlink()
    with pytest.raises(UsageError, match=rf"{name}\.yaml cannot be read: No such file"):
        read_settings(written)


@pytest.mark.parametrize(
    ("file", "before", "after", "message"),
    [
        ("my_qadapter.yaml", "nodes: 1", "nodes: [1", r"my_qadapter\.yaml, line \d+ is not YAML"),
        ("my_launchpad.yaml", "host:", "hostess:", r"my_launchpad\.yaml does not say host"),
        (
            "my_fworker.yaml",
            "lithicoat_files:",
            "files:",
            r"my_fworker\.yaml does not say env: lithicoat_files",
        ),
        ("my_qadapter.yaml", "'02:00:00'", "two hours", "two hours is no walltime"),
        ("my_qadapter.yaml", "'02:00:00'", "infinite", "asks for a walltime without an end"),
        ("my_qadapter.yaml", " --timeout", " --n 4 --timeout", "gives 1 cores to 4 steps side by side"),
        ("my_qadapter.yaml", "_q_type: SLURM", "_q_type: Cobalt", "engine is"),
        ("my_qadapter.yaml", "cpus_per_task: 1", "cpus_per_task: -1", "cpus is -1"),
        ("my_fworker.yaml", '["cpu"]', "[tpu]", r"takes\.0 is"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(written, file, before, after, message):
    edit(written / file, before, after)
    with pytest.raises(UsageError, match=message):
        read_settings(written)


def test_a_file_that_is_no_table_is_refused(written):
    (written / "jobflow.yaml").write_text("- a\n- b\n")
    with pytest.raises(UsageError, match=r"jobflow\.yaml is no table"):
        read_settings(written)


def test_a_password_in_a_file_that_others_can_read_is_refused(written):
    file = written / "my_launchpad.yaml"
    edit(file, "mongodb://", "mongodb://me:hunter2@")
    with pytest.raises(
        UsageError, match=r"my_launchpad\.yaml holds a password and others can read it"
    ) as caught:
        read_settings(written)
    assert caught.value.hint == f"chmod 600 {file}"
    file.chmod(0o600)
    settings = read_settings(written)
    assert settings.database.password() == "hunter2"
    assert "hunter2" not in f"{settings} {settings!r} {settings.database}"
