"""The store of a group: documents and what is larger in a MongoDB, over a socket."""

import importlib
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jobflow import JobStore, job, run_locally
from maggma.stores import MongoStore
from monty.json import MontyDecoder
from pymongo.errors import AutoReconnect

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mongodb import PASSWORD, MongoDatabase
from lithicoat.workflows import claims, shared_storage
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.locking import own_database
from lithicoat.workflows.shared_storage import SharedFiles, SharedStore
from lithicoat.workflows.storage import existing_store, open_store, sibling

SECRET = "st0newall"  # noqa: S105 - of a listener that lives as long as a test

SQUARES = """
import time
from jobflow import run_locally
from pydantic import BaseModel
from lithicoat.workflows.steps import science_job
from lithicoat.workflows.storage import open_store

class Square(BaseModel):
    value: float

@science_job(Square, version="1")
def square(x: float) -> Square:
    print("computing", flush=True)
    time.sleep(0.3)
    return Square(value=x * x)

def run(uri: str) -> float:
    step = square(3.0)
    return run_locally(step, store=open_store(uri), log=False)[step.uuid][1].output.value
"""


def test_documents_and_data_come_back(mongo_uri: str):
    store = open_store(mongo_uri)
    output = {"x": 1.5, "frames": {"data": [1, 2, 3]}}
    store.update({"uuid": "a", "index": 1, "output": output}, save={"data": ["frames"]})
    again = open_store(MongoDatabase.parse(mongo_uri))
    assert again.get_output("a", load=True) == output
    kept = again.docs_store.query_one({"uuid": "a"})["output"]["frames"]
    assert kept["store"] == "data"
    again.remove_docs({"uuid": "a"})
    assert again.count() == again.additional_stores["data"].count() == 0


def test_what_is_larger_than_a_document_is_kept(mongo_uri: str):
    text = np.random.default_rng(0).bytes(9 * 2**20).hex()
    store = open_store(mongo_uri)
    store.update({"uuid": "a", "index": 1, "output": {"text": text}}, save={"data": ["text"]})
    assert open_store(mongo_uri).get_output("a", load=True) == {"text": text}
    with pytest.raises(RunError, match="the result is larger than the 16 MB that a document"):
        store.update({"uuid": "b", "index": 1, "output": {"text": text}})


@pytest.mark.slow
def test_an_array_of_17_MB_is_kept(mongo_uri: str):
    frames = np.random.default_rng(0).random(17 * 2**20 // 8)

    @job(data="frames")
    def run() -> dict[str, np.ndarray]:
        return {"frames": frames}

    step, store = run(), open_store(mongo_uri)
    run_locally(step, store=store, log=False, ensure_success=True)
    output = MontyDecoder().process_decoded(open_store(mongo_uri).get_output(step.uuid, load=True))
    assert np.array_equal(output["frames"], frames)


def test_of_each_key_one_document_and_one_file_stay(mongo_uri: str):
    store = open_store(mongo_uri)
    for value in (1, 2):
        store.docs_store.update({"uuid": "a", "index": 1, "output": value}, key=["uuid", "index"])
        store.additional_stores["data"].update({"blob_uuid": "b", "data": value}, key="blob_uuid")
    assert [found["output"] for found in store.docs_store.query({})] == [2]
    assert [found["data"] for found in store.additional_stores["data"].query({})] == [2]


def test_sibling_collections_share_the_database(mongo_uri: str):
    store = open_store(mongo_uri)
    records = sibling(store, "records", index="coating")
    for value in (1, 2):
        records.update({"coating": "LiGL", "value": value}, key=["coating"])
    assert [document["value"] for document in records.query({})] == [2]
    assert "coating_1" in records._collection.index_information()
    assert store.count() == 0


def test_a_step_of_one_process_is_reused_by_another(
    mongo_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "squares.py").write_text(SQUARES)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(claims, "LOOK_S", 0.05)
    here = importlib.import_module("squares").run
    other = [sys.executable, "-c", f"import squares; print(squares.run({mongo_uri!r}))"]
    with subprocess.Popen(other, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "computing\n"
        assert here(mongo_uri) == 9.0  # waits for the other, which is still at it
        assert process.communicate()[0] == "9.0\n"
    assert here(mongo_uri) == 9.0
    assert capsys.readouterr().out == ""


def test_many_campaigns_may_use_one_database(mongo_uri: str):
    where = MongoDatabase.parse(mongo_uri)
    with own_database(where, "campaign first"), own_database(where, "campaign second"):
        found = existing_store(where)
    assert found is not None
    assert found.docs_store == open_store(where).docs_store


def test_the_description_of_a_store_has_no_password(
    guarded_mongo: Callable[..., str], monkeypatch: pytest.MonkeyPatch
):
    hosts = guarded_mongo(user="ann", password=SECRET)
    store = open_store(f"mongodb://ann:{SECRET}@{hosts}/films")
    described = store.as_dict()
    assert SECRET not in f"{described} {store.name} {store!r} {store.additional_stores}"
    assert f"mongodb://ann@{hosts}/films" in str(described)
    monkeypatch.setenv(PASSWORD, SECRET)
    again = JobStore.from_dict(described)
    again.connect()
    assert again.count() == 0
    assert isinstance(again.docs_store, SharedStore)
    assert isinstance(again.additional_stores["data"], SharedFiles)


def test_who_may_not_write_is_told_so(guarded_mongo: Callable[..., str], monkeypatch: pytest.MonkeyPatch):
    hosts = guarded_mongo(user="ann", password=SECRET, read_only=True)
    monkeypatch.setenv(PASSWORD, SECRET)
    with pytest.raises(DataError, match="user ann has no right to do this in the database films") as refused:
        open_store(f"mongodb://ann@{hosts}/films")
    assert "the role readWrite on films" in refused.value.hint


def test_no_server_is_told_soon(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lithicoat.analysis.mongodb.PATIENCE_S", 0.1)
    with pytest.raises(DataError, match=r"no MongoDB answers at 127\.0\.0\.1:1"):
        open_store("mongodb://127.0.0.1:1/films")


def test_a_broken_connection_is_outlasted(mongo_uri: str, monkeypatch: pytest.MonkeyPatch):
    store, tries = open_store(mongo_uri), []
    update = MongoStore.update

    def breaking(self: MongoStore, *arguments: object) -> None:
        tries.append(arguments)
        update(self, *arguments)
        if len(tries) < 3:
            msg = "connection closed"
            raise AutoReconnect(msg)

    monkeypatch.setattr(MongoStore, "update", breaking)
    monkeypatch.setattr(shared_storage, "PAUSE_S", 0.0)
    store.docs_store.update({"uuid": "a", "index": 1, "output": 1}, key=["uuid", "index"])
    assert len(tries) == 3
    assert store.count() == 1
    monkeypatch.setattr(shared_storage, "PATIENCE_S", -1.0)
    tries.clear()
    with pytest.raises(AutoReconnect):
        store.docs_store.update({"uuid": "a", "index": 1, "output": 1}, key=["uuid", "index"])


def test_a_server_that_starts_again_loses_nothing(tmp_path: Path, listen: Callable[..., Any]):
    with listen(tmp_path / "mongodb") as address:
        store = open_store(f"mongodb://{address}/films?directConnection=true")
        store.update({"uuid": "a", "index": 1, "output": 1})
    with ExitStack() as stack:
        again = listen(tmp_path / "mongodb", port=address.rpartition(":")[2])
        back = threading.Timer(0.5, lambda: stack.enter_context(again))
        back.start()
        records = sibling(store, "records", index="coating")
        store.update({"uuid": "b", "index": 1, "output": 2})
        back.join()
        assert store.count() == 2
        assert store.get_output("a") == 1
        assert "coating_1" in records._collection.index_information()
