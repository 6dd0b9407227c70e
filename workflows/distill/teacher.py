"""A teacher in a Python environment of its own: potentials whose packages cannot live beside ours."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.workflows.distill import teacher_worker
from lithicoat.workflows.distill.frames import FrameFile, encoded, open_frames
from lithicoat.workflows.distill.labelling import LabelDocument, finished
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.progress import report
from lithicoat.workflows.steps import science_job, step_directory, step_key

__all__ = ["Teacher", "TeacherLabelMaker", "TeacherSpec", "find_teacher"]

_LAST_WORDS = 400


class TeacherSpec(BaseModel):
    """Where a teacher lives and how it is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    python: str = Field(min_length=1, description="Interpreter of its environment, such as venv/bin/python.")
    calculator: str = Field(
        pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$", description="ASE calculator as module:Class."
    )
    arguments: dict[str, str | int | float | bool | None] = Field(
        default_factory=dict, description="Keyword arguments of the calculator."
    )


class Teacher(BaseModel):
    """A teacher that was found, with what decides its numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    spec: TeacherSpec
    interpreter: str = Field(description="Version of its Python.")
    versions: dict[str, str] = Field(description="Versions of its packages.")
    weights: dict[str, str] = Field(description="sha256 of the files of weights that it read, by name.")

    @property
    def name(self) -> str:
        """Short name: the class and its textual arguments."""
        words = [str(value) for value in self.spec.arguments.values() if isinstance(value, str)]
        return " ".join([self.spec.calculator.partition(":")[2], *words])

    @property
    def content_hash(self) -> str:
        """What a computation sees of the teacher: calculator, arguments, versions, weights; not its place."""
        seen = self.model_dump(mode="json", exclude={"interpreter"})
        del seen["spec"]["python"]
        return step_key("teacher", "1", seen)


def find_teacher(spec: TeacherSpec) -> Teacher:
    """Make sure that a teacher is there, by making it once.

    Raises
    ------
    UsageError
        If the interpreter, the module or the class is not there, or the calculator cannot be made.
    """
    python = shutil.which(Path(spec.python).expanduser())
    if python is None:
        raise UsageError(
            f"there is no Python interpreter {spec.python} for the teacher {spec.calculator}",
            where="teacher.python",
            hint="give bin/python of the virtual environment in which the teacher is installed",
        )
    with tempfile.TemporaryDirectory() as scratch:
        request = Path(scratch) / "request.json"
        request.write_text(json.dumps({"calculator": spec.calculator, "arguments": spec.arguments}))
        done = subprocess.run([*_command(python), str(request)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise UsageError(
            f"the teacher {spec.calculator} cannot be made by {spec.python}: {_last_words(done.stderr)}",
            where="teacher.calculator",
            hint="check module, class and arguments in that environment",
        )
    for news in _news(done.stdout.splitlines()):
        if found := news.get("teacher"):
            return Teacher(
                spec=spec,
                interpreter=found["python"],
                versions=found["versions"],
                weights=found["weights"],
            )
    raise UsageError(f"{spec.python} is no Python interpreter: it did not answer", where="teacher.python")


@dataclass
class TeacherLabelMaker(Maker):
    """Label configurations with a teacher in another environment.

    Parameters
    ----------
    max_force_eV_A : float or None
        Frames with a larger force on an atom are dropped: no teacher is to be believed there.
    name : str
        Name of the job.
    """

    max_force_eV_A: float | None = 40.0
    name: str = "label"

    @science_job(LabelDocument, version="1")
    def make(self, configurations: FrameFile, teacher: Teacher) -> LabelDocument:
        """Label; frames that were labelled before a kill are not computed again.

        Raises
        ------
        UsageError
            If the teacher is not what it was found to be.
        RunError
            If its process fails; its last words are told.
        """
        frames = open_frames(configurations)
        directory = step_directory()
        source, partial = directory / "configurations.extxyz", directory / "partial.extxyz"
        source.write_bytes(encoded(source, frames))
        request = directory / "request.json"
        spec = teacher.spec
        files = {"configurations": str(source), "labels": str(partial)}
        request.write_text(json.dumps({"calculator": spec.calculator, "arguments": spec.arguments, **files}))
        _run(teacher, request, label=f"labels by {teacher.name}")
        return finished(
            partial,
            expected=len(frames),
            labeller=teacher.name,
            identity=teacher.content_hash,
            versions=teacher.versions,
            weights=teacher.weights,
            max_force_eV_A=self.max_force_eV_A,
        )


def _run(teacher: Teacher, request: Path, *, label: str) -> None:
    errors = request.with_name("teacher.err")
    python = shutil.which(Path(teacher.spec.python).expanduser()) or teacher.spec.python
    with (
        errors.open("w") as stderr,
        subprocess.Popen(
            [*_command(python), str(request)], stdout=subprocess.PIPE, stderr=stderr, text=True
        ) as process,
    ):
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        try:
            for news in _news(process.stdout):
                if found := news.get("teacher"):
                    _same(teacher, found)
                if "done" in news:
                    report(label, news["done"], news["total"], "frames")
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise RunError(
            f"the teacher {teacher.spec.calculator} stopped with exit code {process.returncode}: "
            f"{_last_words(errors.read_text())}",
            where=str(request.parent),
            hint="what it has labelled is kept; run the same again to go on",
        )


def _same(teacher: Teacher, found: dict[str, Any]) -> None:
    for kind, before in (("versions", teacher.versions), ("weights", teacher.weights)):
        if any(found[kind].get(name) != value for name, value in before.items()):
            raise UsageError(
                f"the {kind} of the teacher {teacher.spec.calculator} have changed since it was found",
                where=teacher.spec.python,
                hint="start the command again, so that its labels are kept apart from the earlier ones",
            )


def _command(python: str) -> list[str]:
    # -I: neither our environment nor the files beside the worker may be taken for the teacher's modules.
    return [python, "-I", teacher_worker.__file__]


def _news(lines: Any) -> Iterator[dict[str, Any]]:
    """Read the lines of JSON among whatever else a calculator prints."""
    for line in lines:
        try:
            news = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(news, dict):
            yield news


def _last_words(text: str) -> str:
    """Return the last line that says something, such as the message of an exception."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][-_LAST_WORDS:] if lines else "it said nothing"
