"""The embedded store and its one owner."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.locking import own_database
from lithicoat.workflows.storage import LiteStore, open_store, sibling

HOLD = """
import sys, time
from pathlib import Path
from lithicoat.workflows.locking import own_database
with own_database(Path(sys.argv[1]), "campaign first"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_documents_outlive_the_process(tmp_path: Path):
    open_store(tmp_path / "db").update({"uuid": "a", "index": 1, "output": {"x": 1.5}})
    again = open_store(tmp_path / "db")
    assert again.get_output("a") == {"x": 1.5}
    assert again.additional_stores["data"].path == str(tmp_path / "db")


def test_sibling_collections_share_the_directory(tmp_path: Path):
    store = open_store(tmp_path / "db")
    records = sibling(store, "records", index="coating")
    records.update({"coating": "LiGL", "value": 1}, key=["coating"])
    records.update({"coating": "LiGL", "value": 2}, key=["coating"])
    assert [document["value"] for document in records.query({})] == [2]
    assert store.count() == 0


def test_store_is_rebuilt_from_its_description(tmp_path: Path):
    store = LiteStore(tmp_path / "db", "jobs")
    assert LiteStore.from_dict(store.as_dict()) == store


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_unwritable_directory_is_named(tmp_path: Path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(UsageError, match="cannot be made"):
        open_store(closed / "db")


def test_a_file_in_the_way_is_named(tmp_path: Path):
    (tmp_path / "db").write_text("not a directory")
    with pytest.raises(UsageError, match=r"db cannot be made: File exists"):
        open_store(tmp_path / "db")


def test_second_owner_is_told_who_the_first_is(tmp_path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(UsageError, match=rf"in use by campaign first \(process {holder.pid} on"),
            own_database(tmp_path, "campaign second"),
        ):
            pass
        holder.kill()
        holder.wait()
    with own_database(tmp_path, "campaign second"):
        pass
