"""What a check finds: everything in order, and each thing that can be wrong."""

import hashlib
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest

from lithicoat.workflows.cluster import checking
from lithicoat.workflows.cluster.checking import (
    check_database,
    check_fireworks,
    check_versions,
    compare,
    judge_node,
    round_trip,
)
from lithicoat.workflows.cluster.findings import Finding, Verdict, require
from lithicoat.workflows.cluster.probing import Machine, Weights, needed, probe, weights_here
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.registry import PotentialRef

RIGHT = "hunter2"


def wrong(findings) -> list[str]:
    return [finding.message for finding in findings if finding.verdict is Verdict.MEND]


def test_a_database_in_order_keeps_17_megabytes_and_nothing_is_left_in_it(make_settings, mongo_uri):
    from pymongo import MongoClient

    findings = list(check_database(make_settings(db=mongo_uri)))
    assert not wrong(findings)
    assert [finding.subject for finding in findings] == ["database", "clock", "LaunchPad", "stores"]
    assert "17 MB" in findings[-1].message
    with MongoClient(mongo_uri) as client:
        database = client.get_default_database()
        names = set(database.list_collection_names()) - {"fw_id_assigner"}
        left = {name: database[name].count_documents({}) for name in names}
    assert not any(left.values()), left


def test_a_store_that_changes_what_it_keeps_is_found():
    class Forgetful:
        def update(self, *_, **__):
            pass

        def query_one(self, *_, **__):
            return {"output": {"big": "short"}}

        def remove_docs(self, *_):
            pass

    found = round_trip(Forgetful(), megabytes=1)
    assert (found.verdict, found.message) == (Verdict.MEND, "1 MB came back changed from the store `data`")


def test_no_server_is_one_finding(make_settings, monkeypatch):
    monkeypatch.setattr("lithicoat.analysis.mongodb.PATIENCE_S", 0.2)
    (message,) = wrong(check_database(make_settings(db="mongodb://127.0.0.1:1/films")))
    assert message.startswith("no MongoDB answers at 127.0.0.1:1")


def test_another_version_on_the_worker_is_found():
    assert compare("0.1.0", "0.1.0", "node").verdict is Verdict.OK
    found = compare("0.2.0", "0.1.0", "/opt/python on node7")
    assert found.message == "lithicoat 0.2.0 submits, but /opt/python on node7 computes with 0.1.0"
    assert found.hint == "install lithicoat 0.2.0 there"


def test_the_python_of_the_workers_is_asked(make_settings, tmp_path):
    assert check_versions(make_settings(python=Path(sys.executable))).verdict is Verdict.OK
    assert "has no lithicoat" in check_versions(make_settings(python=tmp_path / "python")).message


def test_a_fireworks_configuration_that_comes_first_is_found(make_settings, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert check_fireworks(make_settings()).verdict is Verdict.OK
    other = tmp_path / "home" / ".fireworks" / "FW_config.yaml"
    other.parent.mkdir(parents=True)
    other.write_text("PING_TIME_SECS: 3600\n")
    assert check_fireworks(make_settings()).message.startswith(f"{other} is read instead of")


def test_weights_are_known_by_their_sha256(tmp_path):
    file = tmp_path / "mine.model"
    file.write_bytes(b"weights")
    found = weights_here(str(file), "")
    assert found.found == hashlib.sha256(b"weights").hexdigest()
    assert weights_here(str(tmp_path / "other.model"), "").found is None
    shipped = weights_here("chgnet", "")
    assert shipped.found == "d14ab7c0f093efe64b60a7bcd540bca10e74fb7f46c86108a079af60524659d1"


def test_potentials_go_by_name_if_shipped_and_by_file_if_not():
    sha256 = weights_here("chgnet", "").found
    refs = [
        PotentialRef(id="chgnet", sha256=sha256, path="/here/chgnet.pth"),
        PotentialRef(id="mine", sha256="0" * 64, path="/group/mine.model"),
    ]
    assert needed(refs) == {"chgnet": sha256, "/group/mine.model": "0" * 64}


@pytest.fixture
def node() -> Machine:
    return Machine(
        host="node7",
        epoch_s=time.time(),
        lithicoat=version("lithicoat"),
        python="/opt/env/bin/python",
        threads="1",
        gpus=1,
        weights=(Weights(id="mine", wanted="a" * 64, found="a" * 64, reason="/group/mine.model"),),
    )


def judged(node, settings, **changes):
    changed = node.model_copy(update=changes)
    return list(judge_node(changed, settings, sent_s=node.epoch_s - 2, seen_s=node.epoch_s + 3))


def test_a_node_in_order_has_nothing_to_mend(node, make_settings):
    findings = judged(node, make_settings(gpus=1))
    assert not wrong(findings)
    assert findings[0].message == "ran on node7 5 s after it was sent"
    assert {finding.subject for finding in findings} == {
        "job", "version", "clock", "files", "database", "GPU", "weights",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lithicoat": "9.9"}, "computes with 9.9"),
        ({"files_problem": "Read-only file system"}, "cannot be written on node7: read-only file system"),
        ({"database_problem": "no MongoDB answers at db"}, "node7: no MongoDB answers at db"),
        ({"gpus": 0}, "torch sees 0 GPU on node7, and the job asked for 1"),
        (
            {"weights": (Weights(id="mine", wanted="a" * 64, found="b" * 64, reason="/group/mine.model"),)},
            "have the sha256 bbbbbbbbbbbb…, and the campaign computes with aaaaaaaaaaaa…",
        ),
        (
            {"weights": (Weights(id="mine", wanted="a" * 64, reason="neither here nor there"),)},
            "the weights of mine are not on node7: neither here nor there",
        ),
    ],
)
def test_what_is_wrong_on_a_node_is_said(node, make_settings, changes, message):
    (found,) = wrong(judged(node, make_settings(gpus=1), **changes))
    assert message in found


@pytest.mark.parametrize(
    ("offset_s", "skewed"), [(-200, True), (-25, False), (0, False), (25, False), (200, True)]
)
def test_clocks_may_differ_by_half_a_minute(node, make_settings, offset_s, skewed):
    found = wrong(judged(node, make_settings(), epoch_s=node.epoch_s + offset_s))
    assert bool(found) is skewed


def test_a_directory_that_is_a_file_cannot_hold_trajectories(make_settings, mongo_uri, tmp_path):
    (tmp_path / "files").write_text("")
    machine = probe(make_settings(db=mongo_uri), {})
    assert machine.files_problem
    assert machine.database_problem == ""
    assert machine.gpus is None


def test_submitting_stops_at_the_first_thing_to_mend():
    ok = Finding(subject="queue", verdict=Verdict.OK, message="fine")
    bad = Finding(
        subject="weights", verdict=Verdict.MEND, message="the weights are missing", hint="put them there"
    )
    require([ok])
    with pytest.raises(UsageError, match="the weights are missing") as caught:
        require([ok, bad])
    assert (caught.value.where, caught.value.hint) == ("weights", "put them there")


@pytest.mark.parametrize(
    ("password", "read_only", "message"),
    [
        (RIGHT, False, None),
        ("wrong", False, "refuses user me: wrong name or password"),
        (RIGHT, True, "user me has no right to do this in the database films"),
        ("", False, "there is no password for user me"),
    ],
)
def test_a_database_with_users_is_judged_by_what_the_user_may(
    make_settings, guarded_mongo, monkeypatch, tmp_path, *, password, read_only, message
):
    monkeypatch.setattr(checking, "BIG_MB", 1)
    monkeypatch.setenv("LITHICOAT_MONGODB_PASSWORD", password)
    monkeypatch.setenv("LITHICOAT_MONGODB_PASSWORD_FILE", str(tmp_path / "none"))
    hosts = guarded_mongo(user="me", password=RIGHT, read_only=read_only)
    found = wrong(check_database(make_settings(db=f"mongodb://me@{hosts}/films?directConnection=true")))
    if message is None:
        assert not found
    else:
        assert len(found) == 1
        assert message in found[0]
