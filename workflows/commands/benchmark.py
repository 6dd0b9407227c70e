"""`lithicoat benchmark`: how good and how fast a potential is, against shipped references."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lithicoat.workflows.benchmarks.results import Subject, shipped_result
from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.options import Json, Potential, Quiet, Trust
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.registry import DEFAULT_POTENTIAL, PotentialRef

if TYPE_CHECKING:  # the engines load only when the command runs
    from lithicoat.workflows.benchmarks.base import Benchmark

__all__ = ["Subject", "command"]

BESIDE = "chgnet"
"""Whose shipped result is shown beside any other potential's."""

OPTIONS = {
    Subject.ELASTIC: {"--same-as"},
    Subject.BARRIERS: {"--limit", "--db"},
    Subject.CRYSTALS: set(),
    Subject.LABELS: {"--labels"},
    Subject.STABILITY: {"--films", "--time-ps", "--db"},
    Subject.SPEED: {"--repeats"},
}
"""Which options each subject takes, beside those of all."""


def command(
    subject: Annotated[Subject, typer.Argument(help="What is compared.")],
    *,
    potential: Potential = None,
    trust: Trust = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write the result as JSON; of elastic, the calibration."),
    ] = None,
    same_as: Annotated[
        str | None, typer.Option("--same-as", help="elastic: the crystals of this potential's calibration.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="barriers: so many hops.")] = None,
    films: Annotated[
        str | None,
        typer.Option("--films", help="stability: coatings, as LiGL,Li2S; default: the mission films."),
    ] = None,
    time_ps: Annotated[
        float | None, typer.Option("--time-ps", help="stability: length of each run, ps; default 20.")
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", help="labels: a file of your own; default: the shipped test set."),
    ] = None,
    repeats: Annotated[
        int | None, typer.Option("--repeats", min=1, help="speed: timed steps of each; default 5.")
    ] = None,
    db: Annotated[
        Path | None,
        typer.Option("--db", help="barriers, stability: database directory, default ./lithicoat.db."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare a potential with references. Example: lithicoat benchmark elastic --potential chgnet."""
    given = {
        "--same-as": same_as,
        "--limit": limit,
        "--films": films,
        "--time-ps": time_ps,
        "--labels": labels,
        "--repeats": repeats,
        "--db": db,
    }
    _refuse_strangers(subject, given)

    from lithicoat.workflows import progress
    from lithicoat.workflows.commands.display import StepDisplay
    from lithicoat.workflows.potentials.trust import choose_potential

    ref = choose_potential(potential or DEFAULT_POTENTIAL, trusted=trust)
    run = RUNNERS[subject]
    display = StepDisplay(quiet=quiet)
    with display.shown(), progress.listen(display):
        display.started(f"{subject.value} benchmark of {ref.id}")
        result = run(ref, {name: value for name, value in given.items() if value is not None})
    if output is not None:
        _write(output, _document(result, subject))
    if json:
        print_json(result)
        return
    for line in [*result.lines(), *_beside(result, subject)]:
        out.print(line, soft_wrap=True)


def _refuse_strangers(subject: Subject, given: dict[str, Any]) -> None:
    for name, value in given.items():
        if value is None or name in OPTIONS[subject]:
            continue
        takers = " and ".join(other.value for other, names in OPTIONS.items() if name in names)
        raise UsageError(
            f"{name} is not an option of benchmark {subject.value}", where=name, hint=f"it is one of {takers}"
        )
    if (time_ps := given["--time-ps"]) is not None and not time_ps > 0:
        raise UsageError(f"--time-ps is {time_ps:g}, must be positive", where="--time-ps")


def _elastic(ref: PotentialRef, given: dict[str, Any]) -> "Benchmark":
    from lithicoat.workflows.benchmarks.elastic import calibration_crystals, elastic_benchmark
    from lithicoat.workflows.potentials.calibrations import calibration_of
    from lithicoat.workflows.potentials.registry import resolve

    if (other := given.get("--same-as")) is None:
        return elastic_benchmark(ref)
    calibration = calibration_of(resolve(other))
    if calibration is None:
        raise UsageError(f"{other} has no elastic calibration", where="--same-as")
    return elastic_benchmark(ref, crystals=calibration_crystals(calibration))


def _barriers(ref: PotentialRef, given: dict[str, Any]) -> "Benchmark":
    from lithicoat.workflows.benchmarks.barriers import barrier_benchmark

    return barrier_benchmark(ref, limit=given.get("--limit"), directory=_database(given))


def _crystals(ref: PotentialRef, given: dict[str, Any]) -> "Benchmark":  # noqa: ARG001 - no options
    from lithicoat.workflows.benchmarks.crystals import crystal_benchmark

    return crystal_benchmark(ref)


def _labels(ref: PotentialRef, given: dict[str, Any]) -> "Benchmark":
    from lithicoat.workflows.benchmarks.labels import label_benchmark

    return label_benchmark(ref, file=given.get("--labels"))


def _stability(ref: PotentialRef, given: dict[str, Any]) -> "Benchmark":
    from lithicoat.workflows.benchmarks.stability import stability_benchmark

    names = [name.strip() for name in given.get("--films", "").split(",") if name.strip()]
    return stability_benchmark(
        ref, films=names or None, time_ps=given.get("--time-ps", 20.0), directory=_database(given)
    )


def _speed(ref: PotentialRef, given: dict[str, Any]) -> "Benchmark":
    from lithicoat.workflows.benchmarks.speed import speed_benchmark

    return speed_benchmark(ref, repeats=given.get("--repeats", 5))


RUNNERS: dict[Subject, Callable[[PotentialRef, dict[str, Any]], "Benchmark"]] = {
    Subject.ELASTIC: _elastic,
    Subject.BARRIERS: _barriers,
    Subject.CRYSTALS: _crystals,
    Subject.LABELS: _labels,
    Subject.STABILITY: _stability,
    Subject.SPEED: _speed,
}


def _database(given: dict[str, Any]) -> Path:
    return Path(given.get("--db", "lithicoat.db"))


def _document(result: "Benchmark", subject: Subject) -> str:
    """Return what goes into a file: of the elastic benchmark the calibration, which the registry reads."""
    document: Any = getattr(result, "calibration", result) if subject is Subject.ELASTIC else result
    return str(document.model_dump_json(indent=1)) + "\n"


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}", where=str(file)) from error


def _beside(result: "Benchmark", subject: Subject) -> list[str]:
    """Return what another potential's shipped result says on the same subject."""
    other = None if result.potential == BESIDE else shipped_result(BESIDE, subject)
    return [] if other is None else result.against(other)
