"""The files of a cluster: FireWorks and jobflow read them, and they say what was asked for."""

import shlex
import warnings
from pathlib import Path

import pytest
from fireworks import FWorker
from fireworks.user_objects.queue_adapters.common_adapter import CommonAdapter
from jobflow import JobStore
from ruamel.yaml import YAML

from lithicoat.workflows.cluster.queues import QueueSystem
from lithicoat.workflows.cluster.settings import read_settings
from lithicoat.workflows.cluster.templates import texts, write
from lithicoat.workflows.errors import UsageError


def load(file: Path):
    return YAML(typ="safe", pure=True).load(file.read_text())


@pytest.mark.parametrize("engine", QueueSystem)
@pytest.mark.parametrize(("cpus", "gpus"), [(1, 0), (8, 2)])
@pytest.mark.parametrize("queue", ["night", None])
def test_what_is_written_is_what_is_read(make_settings, engine, cpus, gpus, queue):
    settings = make_settings(
        engine=engine, cpus=cpus, side_by_side=cpus, gpus=gpus, queue=queue, account=None
    )
    write(settings)
    assert read_settings(settings.directory) == settings


WANTED = {
    QueueSystem.SLURM: ("--cpus-per-task=8", "--gres=gpu:2", "--time=02:00:00", "--partition=night"),
    QueueSystem.PBS: ("-l select=1:ncpus=8:ngpus=2", "-l walltime=02:00:00", "-q night", "-A surfaces"),
    QueueSystem.SGE: ("-pe smp 8", "-l gpu=2", "-l h_rt=02:00:00", "-q night"),
}


@pytest.mark.parametrize("engine", QueueSystem)
def test_fireworks_makes_a_whole_script_of_it(make_settings, engine):
    settings = make_settings(engine=engine, cpus=8, gpus=2)
    write(settings)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # FireWorks warns of keys that its template does not know
        adapter = CommonAdapter.from_dict(load(settings.directory / "my_qadapter.yaml"))
        script = adapter.get_script_str("/run/here")
    assert "$$" not in script
    for words in WANTED[engine]:
        assert words in script
    assert "export OMP_NUM_THREADS=8" in script
    assert f"export LITHICOAT_FILES={settings.files}" in script
    told = "LITHICOAT_DEADLINE=$(( $(date +%s) + 7200 ))" in script
    assert told is (engine is not QueueSystem.SLURM)  # SLURM itself tells a job when it ends


@pytest.mark.parametrize("engine", QueueSystem)
def test_without_gpus_a_script_asks_for_none(make_settings, engine):
    settings = make_settings(engine=engine)
    write(settings)
    adapter = CommonAdapter.from_dict(load(settings.directory / "my_qadapter.yaml"))
    asked = [
        line
        for line in adapter.get_script_str("/run/here").splitlines()
        if line[:4] in {"#SBA", "#PBS", "#$ -"}
    ]
    assert not [line for line in asked if "gpu" in line]


@pytest.mark.parametrize("walltime_s", [60, 600, 3600, 86400, 7 * 86400])
def test_no_step_begins_in_the_last_part_of_the_walltime(make_settings, walltime_s):
    settings = make_settings(walltime_s=walltime_s)
    kept = walltime_s - settings.timeout_s
    assert 0 < kept <= walltime_s / 2
    assert kept <= 1800
    assert f"--timeout {settings.timeout_s}" in texts(settings)["my_qadapter.yaml"]


def test_a_worker_finds_the_password_by_itself(make_settings):
    free = load_text(texts(make_settings())["my_qadapter.yaml"])["rocket_launch"]
    locked = load_text(texts(make_settings(db="mongodb://me@db/films"))["my_qadapter.yaml"])["rocket_launch"]
    assert free == locked
    assert free.startswith("exec /opt/env/bin/lithicoat work --cluster ")


def load_text(text: str):
    return YAML(typ="safe", pure=True).load(text)


def test_paths_with_spaces_survive_the_shell(make_settings, tmp_path):
    settings = make_settings(directory=tmp_path / "my cluster", files=tmp_path / "it's here")
    queue = load_text(texts(settings)["my_qadapter.yaml"])
    words = shlex.split(queue["rocket_launch"])
    assert words[words.index("--cluster") + 1] == str(settings.directory)
    assert f"LITHICOAT_FILES={settings.files}" in shlex.split(queue["pre_rocket"])


def test_jobflow_reads_its_stores(make_settings):
    settings = make_settings(db="mongodb://me@db:27017/films?tls=true")
    store = JobStore.from_dict(load_text(texts(settings)["jobflow.yaml"])["JOB_STORE"])
    assert (store.docs_store.collection_name, store.docs_store.uri) == ("jobs", settings.db)
    assert store.additional_stores["data"].collection_name == "data"


def test_jobflow_yaml_is_the_store_that_lithicoat_opens(make_settings, mongo_uri):
    from lithicoat.workflows.storage import open_store

    written = JobStore.from_dict(load_text(texts(make_settings(db=mongo_uri))["jobflow.yaml"])["JOB_STORE"])
    opened = open_store(mongo_uri)
    assert written.docs_store == opened.docs_store
    assert written.additional_stores["data"] == opened.additional_stores["data"]


@pytest.mark.parametrize("categories", [["cpu"], ["gpu"], ["gpu", "cpu"]])
def test_workers_take_the_steps_that_they_can_compute(make_settings, categories):
    worker = FWorker.from_dict(load_text(texts(make_settings(takes=categories))["my_fworker.yaml"]))
    assert worker.query["spec._category"] == {"$in": categories}
    assert worker.name == "slurm-night"


def test_a_lost_step_has_missed_several_signs_of_life(make_settings):
    settings = load_text(texts(make_settings())["FW_config.yaml"])
    assert settings["RUN_EXPIRATION_SECS"] >= 4 * settings["PING_TIME_SECS"]


def test_the_names_in_fw_config_are_those_of_fireworks(make_settings):
    from fireworks import fw_config

    known = fw_config.config_to_dict()
    assert set(load_text(texts(make_settings())["FW_config.yaml"])) <= set(known)


def test_the_file_of_the_password_is_named_to_the_nodes(make_settings, monkeypatch):
    monkeypatch.setenv("LITHICOAT_MONGODB_PASSWORD_FILE", "/home/me/pw")
    monkeypatch.setenv("LITHICOAT_MONGODB_PASSWORD", "hunter2")
    written = texts(make_settings(db="mongodb://me@db/films"))
    assert "export LITHICOAT_MONGODB_PASSWORD_FILE=/home/me/pw" in written["my_qadapter.yaml"]
    assert not any("hunter2" in text for text in written.values())


def test_nothing_is_overwritten_unless_it_is_asked_for(make_settings):
    write(make_settings())
    file = make_settings().directory / "my_fworker.yaml"
    file.write_text("mine")
    (file.parent / "FW_config.yaml").unlink()
    with pytest.raises(UsageError, match=r"has my_launchpad\.yaml, my_fworker\.yaml.* already"):
        write(make_settings())
    assert file.read_text() == "mine"
    assert not (file.parent / "FW_config.yaml").exists()
    write(make_settings(), force=True)
    assert file.read_text() != "mine"


def test_a_directory_that_cannot_be_made_is_named(make_settings, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"file.* cannot be written: Not a directory"):
        write(make_settings(directory=tmp_path / "file" / "cluster"))
