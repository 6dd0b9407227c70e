"""A cluster of one node with a real SLURM, a small campaign on it, and what was computed undisturbed."""

import io
import json
import math
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lithicoat.analysis.mongodb import PASSWORD, MongoDatabase, located
from lithicoat.workflows.storage import open_store

TOOL = Path(sys.executable).with_name("lithicoat")
GIVE_UP_S = 900
"""A whole campaign takes less than a minute on an idle core; the cores may be shared."""
CONFIG = """
name = "faults"
coatings = ["LiF"]
preset = "quick"
[protocol]
name = "tiny"
[protocol.build]
max_atoms = 8
[protocol.diffusion]
crystal_temperatures_K = [900, 1200]
equilibration_ps = 0.2
production_ps = 2.4
longest_ps = 2.4
checkpoint_ps = 0.02
[protocol.carriers]
width_A = 4
max_atoms = 24
[protocol.volumes]
crystal_atoms = 8
vacancies = 1
interstitial = false
"""
INTERVAL_STEPS = 10
"""Steps between two checkpoints of these runs."""
SETTINGS = {
    "PING_TIME_SECS": 2,
    "RUN_EXPIRATION_SECS": 10,
    "RAPIDFIRE_SLEEP_SECS": 2,
    "QUEUE_UPDATE_INTERVAL": 1,
}
"""Of FireWorks: signs of life often enough for a test."""


@dataclass(frozen=True)
class Dynamics:
    """A run of molecular dynamics, as its files tell."""

    directory: Path
    pid: int
    interval: int = INTERVAL_STEPS

    @property
    def steps(self) -> int:
        """Steps up to the newest checkpoint; 0 without one."""
        return max(_steps(self.directory / name) for name in ("checkpoint.npz", "checkpoint.newest.npz"))

    @property
    def rows(self) -> int:
        """Rows of the log: one per checkpoint."""
        return len((self.directory / "thermo.csv").read_text().splitlines()) - 1


@dataclass
class Cluster:
    """The directory of a user on a cluster."""

    directory: Path
    database: MongoDatabase
    environment: dict[str, str]

    tool = TOOL

    @property
    def files(self) -> Path:
        """Directory of checkpoints and trajectories."""
        return Path(self.environment["LITHICOAT_FILES"])

    def lithicoat(self, *arguments: str, code: int = 0, within_s: float = GIVE_UP_S) -> str:
        """Run a command and return all that it said."""
        done = subprocess.run(
            [TOOL, *arguments],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def init(self, *options: str, walltime: str = "01:00:00") -> None:
        """Write the settings of the cluster, with short pings."""
        self.lithicoat("cluster", "init", "--db", self.database.uri, "--walltime", walltime, *options)
        file = self.directory / "cluster" / "FW_config.yaml"
        text = file.read_text()
        for name, seconds in SETTINGS.items():
            text, found = re.subn(rf"(?m)^{name}: .*$", f"{name}: {seconds}", text)
            assert found == 1
        file.write_text(text)

    def submit(self) -> None:
        """Send the small campaign to FireWorks."""
        (self.directory / "campaign.toml").write_text(CONFIG)
        self.lithicoat("submit", "--config", "campaign.toml")

    def send(self) -> None:
        """Send one job to the queue."""
        self.lithicoat("cluster", "run", "qlaunch", "singleshot")

    @contextmanager
    def sending(self, *, at_once: int = 1) -> Iterator[subprocess.Popen[bytes]]:
        """Send jobs, so many at a time, for as long as there is something to run."""
        options = ["rapidfire", "-m", str(at_once), "--nlaunches", "0"]
        command = [TOOL, "cluster", "run", "qlaunch", *options]
        with (
            (self.directory / "lithicoat-qlaunch.out").open("w") as said,
            subprocess.Popen(
                command, cwd=self.directory, env=self.environment, stdout=said, stderr=said
            ) as sends,
        ):
            try:
                yield sends
                assert sends.wait(120) == 0  # nothing can run any more
            finally:
                sends.kill()

    def jobs(self) -> dict[str, str]:
        """Return the jobs of this directory that the queue has not ended, with their states."""
        asked = ["squeue", "-h", "-o", "%i %T %Z"]
        rows = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
        found = (row.split(maxsplit=2) for row in rows)
        return {job: state for job, state, place in found if Path(place).is_relative_to(self.directory)}

    def wait(
        self,
        what: str,
        condition: Callable[[], Any],
        *,
        within_s: float = GIVE_UP_S,
        meanwhile: Callable[[], object] | None = None,
    ) -> Any:
        """Wait until a condition holds; give up with what the jobs said."""
        end = time.monotonic() + within_s
        while not (found := condition()):
            if time.monotonic() > end:
                pytest.fail(f"{what}: not within {within_s} s\n{self.said()}")
            if meanwhile:
                meanwhile()
            time.sleep(0.2)
        return found

    def said(self) -> str:
        """Return how things stand, and the last words of every job."""
        asked = [TOOL, "status", "--db", self.database.uri]
        state = subprocess.run(asked, env=self.environment, capture_output=True, text=True, check=False)
        logs = [*self.directory.rglob("lithicoat-*.out"), *self.directory.rglob("lithicoat-*.error")]
        words = [f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}" for log in sorted(logs)]
        return "\n".join([state.stdout + state.stderr, f"queue: {self.jobs()}", *words])

    def dynamics(self, *, begun: int = 200) -> Dynamics:
        """Wait for a run of dynamics that has made some steps."""

        def found() -> Dynamics | None:
            mark = self.database.collection("jobs").find_one({"running.step": {"$regex": "^diffusion \\d"}})
            if mark is None:
                return None
            run = Dynamics(self.files / mark["running"]["key"], mark["running"]["pid"])
            return run if run.steps >= begun else None

        return self.wait("dynamics", found)

    def finish(self, run: Dynamics, *, kept: int) -> None:
        """Wait for the end of the campaign; the run goes on from where it was."""
        seen = [run.steps]
        self.wait("the record", self.recorded, meanwhile=lambda: seen.append(run.steps))
        assert min(seen) >= kept

    def lost(self) -> bool:
        """Tell whether a step gives no sign of life any more."""
        (campaign,) = json.loads(self.lithicoat("status", "--json"))
        steps = (step for film in campaign["films"] for step in film["steps"])
        return any(step["standing"] == "lost" for step in steps)

    def recorded(self) -> bool:
        """Tell whether the film's last step has ended."""
        return (
            self.database.collection("fireworks").count_documents(
                {"name": "LiF · record", "state": "COMPLETED"}
            )
            == 1
            and not self.unfinished()
        )

    def unfinished(self) -> list[str]:
        """Return the steps that have not ended, with their states."""
        found = self.database.collection("fireworks").find({"state": {"$ne": "COMPLETED"}})
        return [f"{firework['name']} {firework['state']}" for firework in found]

    def launches(self) -> dict[str, int]:
        """Count how often each step was begun; of those with the same name, the most."""
        times: Counter[tuple[str, str]] = Counter()
        for firework in self.database.collection("fireworks").find():
            uuid = firework["spec"]["_tasks"][0]["job"]["uuid"]  # that of all parts of a step
            times[firework["name"], uuid] += len(firework["launches"]) + len(firework["archived_launches"])
        return {
            name: max(number for (other, _), number in times.items() if other == name) for name, _ in times
        }

    def step_of(self, run: Dynamics) -> str:
        """Return the name of the Firework that has left a run."""
        found = self.database.collection("jobs").find_one({"metadata.key": run.directory.name})
        return f"LiF · {found['name']}"


def _steps(file: Path) -> int:
    with suppress(FileNotFoundError), np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as found:
        plain = json.loads(str(found["plain"]))
        return plain["step"] + sum(report["steps"] for report in plain["reports"])
    return 0


@pytest.fixture
def cluster(tmp_path: Path, mongo_uri: str) -> Iterator[Callable[..., Cluster]]:
    """Make the directory of a user; its jobs are ended after the test."""
    made: list[Cluster] = []

    def make(uri: str = mongo_uri, **environment: str) -> Cluster:
        database = MongoDatabase.parse(uri)
        place = tmp_path / "user"
        place.mkdir()
        own = {"OMP_NUM_THREADS": "1", "LITHICOAT_FILES": str(place / "cluster" / "files")}
        secret = {PASSWORD: database.typed} if database.typed else {}
        made.append(Cluster(place, database, {**os.environ, **own, **secret, **environment}))
        return made[-1]

    yield make
    for each in made:
        if jobs := each.jobs():
            subprocess.run(["scancel", *jobs], check=True)
            each.wait("the end of all jobs", lambda each=each: not each.jobs(), within_s=120)


def differences(one: Any, other: Any, place: str) -> Iterator[str]:
    """Say where two documents differ by more than the rounding of double precision."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for name in one:
            yield from differences(one[name], other[name], f"{place}.{name}")
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        for index, (first, second) in enumerate(zip(one, other, strict=True)):
            yield from differences(first, second, f"{place}[{index}]")
    elif isinstance(one, float) and isinstance(other, float):
        if not math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12):
            yield f"{place}: {one!r}, {other!r}"
    elif one != other:
        yield f"{place}: {one!r}, {other!r}"


@dataclass(frozen=True)
class Results:
    """What a database has of the small campaign."""

    outputs: dict[str, Any]
    """Output of each step by its key."""
    names: dict[str, str]
    numbers: list[Any]
    logs: dict[str, bytes]
    """Log and frames of every run of dynamics."""

    def demand(self, other: "Results") -> None:
        """Demand the same of another database, and say where it differs.

        Dynamics are the same to the last bit. Relaxations that follow other steps in their process may be
        rounded otherwise in the last digits of double precision.
        """
        assert sorted(other.names.values()) == sorted(self.names.values())
        for key, name in self.names.items():
            assert not list(differences(other.outputs[key], self.outputs[key], name))
        assert not list(differences(other.numbers, self.numbers, "record"))
        assert other.logs.keys() == self.logs.keys()
        for name, log in self.logs.items():
            assert other.logs[name] == log, name


@pytest.fixture(scope="session")
def results_of() -> Callable[[str | Path, Path], Results]:
    """Read the results of a database and the files of its steps."""

    def read(where: str | Path, files: Path) -> Results:
        wanted = ["name", "metadata.key", "output"]
        found = list(open_store(where).query({"metadata.key": {"$exists": True}}, wanted, load=True))
        asked = [TOOL, "export", "--json", "--db", str(where)]
        records = json.loads(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)
        keys = [document["metadata"]["key"] for document in found]
        assert len(keys) == len(set(keys)), "a step was kept twice"
        return Results(
            outputs={document["metadata"]["key"]: document["output"] for document in found},
            names={document["metadata"]["key"]: document["name"] for document in found},
            numbers=[record["properties"] for record in records],
            logs={
                f"{key}/{file.name}": file.read_bytes()
                for key in keys
                for file in sorted((files / key).glob("*"))
                if file.suffix in {".csv", ".frames"}
            },
        )

    return read


@pytest.fixture(scope="session")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, results_of: Callable[[str | Path, Path], Results]
) -> Results:
    """Results of the small campaign, computed here without a queue."""
    place = tmp_path_factory.mktemp("undisturbed")
    (place / "campaign.toml").write_text(CONFIG)
    command = [TOOL, "screen", "--config", "campaign.toml", "--db", "here.db"]
    one = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=place, env=one, capture_output=True, text=True, timeout=GIVE_UP_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return results_of(located(place / "here.db"), place / "here.db" / "steps")
