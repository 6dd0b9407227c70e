"""Which database a command means that looks at a campaign."""

from pathlib import Path

import pytest

from lithicoat.analysis.mongodb import MongoDatabase
from lithicoat.workflows.cluster.categories import Category
from lithicoat.workflows.cluster.queues import QueueSystem
from lithicoat.workflows.cluster.settings import ClusterSettings
from lithicoat.workflows.cluster.templates import write
from lithicoat.workflows.commands.places import chosen_database, pings_of
from lithicoat.workflows.errors import UsageError


def _cluster(directory: Path, name: str) -> Path:
    settings = ClusterSettings(
        directory=directory.absolute(),
        db=f"mongodb://host/{name}",
        engine=QueueSystem.SLURM,
        walltime_s=3600,
        files=directory.absolute() / "files",
        worker="slurm-default",
        takes=(Category.CPU,),
        python=Path("/opt/env/bin/python"),
        version="0.1.0",
    )
    write(settings)
    return directory


def test_what_is_named_comes_first():
    _cluster(Path("cluster"), "own")
    assert chosen_database(Path("other.db"), Path("cluster")) == Path("other.db")


def test_a_named_cluster_comes_before_what_lies_here():
    Path("lithicoat.db").mkdir()
    _cluster(Path("cluster"), "own")
    assert chosen_database(None, None) == Path("lithicoat.db")
    assert chosen_database(None, _cluster(Path("far"), "far")) == MongoDatabase.parse("mongodb://host/far")


def test_the_cluster_here_is_meant_where_there_is_no_directory():
    assert chosen_database(None, None) == Path("lithicoat.db")
    _cluster(Path("cluster"), "own")
    assert chosen_database(None, None) == MongoDatabase.parse("mongodb://host/own")


def test_a_cluster_that_is_not_there_is_told():
    with pytest.raises(UsageError, match="there are no settings of a cluster"):
        chosen_database(None, Path("none"))


def test_pings_are_those_of_the_cluster():
    fallback = pings_of(None)
    assert fallback.expiration_s >= 3 * fallback.ping_s
    _cluster(Path("cluster"), "own")
    assert (pings_of(None).ping_s, pings_of(None).expiration_s) == (300, 1200)
