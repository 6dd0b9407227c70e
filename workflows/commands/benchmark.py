"""`lithicoat benchmark`: how good potentials and analysis are, and how fast, against shipped references."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lithicoat.analysis.mongodb import Where, located
from lithicoat.workflows.benchmarks.results import Subject, shipped_result
from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.options import (
    DatabaseIfGiven,
    Json,
    Potential,
    PresetName,
    Quiet,
    Seed,
    Trust,
)
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.registry import DEFAULT_POTENTIAL, PotentialRef

if TYPE_CHECKING:  # the engines load only when the command runs
    from lithicoat.workflows.benchmarks.base import Benchmark
    from lithicoat.workflows.commands.display import StepDisplay

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
    Subject.CONDUCTIVITIES: {"--films", "--db", "--preset", "--seed", "--summary"},
    Subject.TRANSPORT: {"--seeds"},
    Subject.WINDOWS: {"--films", "--db"},
    Subject.RANKING: {"--repeats", "--seed"},
    Subject.DATABASE: {"--records", "--repeats", "--seed"},
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
        typer.Option(
            "--films",
            help="stability, conductivities: coatings, as LiGL,Li2S; windows: formulas; default: all.",
        ),
    ] = None,
    time_ps: Annotated[
        float | None, typer.Option("--time-ps", help="stability: length of each run, ps; default 20.")
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", help="labels: a file of your own; default: the shipped test set."),
    ] = None,
    repeats: Annotated[
        int | None,
        typer.Option(
            "--repeats", min=1, help="speed: timed steps of each, default 5; ranking: default 2; database: 3."
        ),
    ] = None,
    records: Annotated[
        int | None, typer.Option("--records", min=1, help="database: made-up records; default 100,000.")
    ] = None,
    db: DatabaseIfGiven = None,
    protocol: PresetName = None,
    seed: Seed = None,
    summary: Annotated[
        bool,
        typer.Option(
            "--summary", help="conductivities: from the records of the database, without computing."
        ),
    ] = False,
    seeds: Annotated[
        int | None,
        typer.Option("--seeds", min=1, help="transport: synthetic runs of each kind; default 100."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare a potential, or the analysis, with references. Example: lithicoat benchmark elastic."""
    given = {
        "--same-as": same_as,
        "--limit": limit,
        "--films": films,
        "--time-ps": time_ps,
        "--labels": labels,
        "--repeats": repeats,
        "--records": records,
        "--db": db,
        "--preset": protocol,
        "--seed": seed,
        "--summary": summary or None,
        "--seeds": seeds,
    }
    _refuse_strangers(subject, given)
    wanted = {name: value for name, value in given.items() if value is not None}
    if subject in WITHOUT_POTENTIAL and (potential is not None or trust):
        raise UsageError(
            f"benchmark {subject.value} is made of synthetic numbers and takes no potential",
            where="--potential",
        )

    from lithicoat.workflows import progress
    from lithicoat.workflows.commands.display import StepDisplay

    display = StepDisplay(quiet=quiet)
    with display.shown(), progress.listen(display):
        if subject in WITHOUT_POTENTIAL:
            display.started(f"{subject.value} benchmark")
            result = WITHOUT_POTENTIAL[subject](wanted)
        elif summary:
            result = _summary(potential or DEFAULT_POTENTIAL, wanted)
        else:
            result = _computed(subject, potential or DEFAULT_POTENTIAL, wanted, trust=trust, display=display)
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
        *others, last = [other.value for other, names in OPTIONS.items() if name in names]
        takers = f"{', '.join(others)} and {last}" if others else last
        raise UsageError(
            f"{name} is not an option of benchmark {subject.value}", where=name, hint=f"it is one of {takers}"
        )
    if (time_ps := given["--time-ps"]) is not None and not time_ps > 0:
        raise UsageError(f"--time-ps is {time_ps:g}, must be positive", where="--time-ps")


def _computed(
    subject: Subject, potential: str, given: dict[str, Any], *, trust: bool, display: "StepDisplay"
) -> "Benchmark":
    from lithicoat.workflows.potentials.trust import choose_potential

    ref = choose_potential(potential, trusted=trust)
    display.started(f"{subject.value} benchmark of {ref.id}")
    return RUNNERS[subject](ref, given)


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

    return barrier_benchmark(ref, limit=given.get("--limit"), db=_database(given))


def _crystals(ref: PotentialRef, given: dict[str, Any]) -> "Benchmark":  # noqa: ARG001 - no options
    from lithicoat.workflows.benchmarks.crystals import crystal_benchmark

    return crystal_benchmark(ref)


def _labels(ref: PotentialRef, given: dict[str, Any]) -> "Benchmark":
    from lithicoat.workflows.benchmarks.labels import label_benchmark

    return label_benchmark(ref, file=given.get("--labels"))


def _stability(ref: PotentialRef, given: dict[str, Any]) -> "Benchmark":
    from lithicoat.workflows.benchmarks.stability import stability_benchmark

    return stability_benchmark(
        ref, films=_films(given), time_ps=given.get("--time-ps", 20.0), db=_database(given)
    )


def _speed(ref: PotentialRef, given: dict[str, Any]) -> "Benchmark":
    from lithicoat.workflows.benchmarks.speed import speed_benchmark

    return speed_benchmark(ref, repeats=given.get("--repeats", 5))


def _conductivities(ref: PotentialRef, given: dict[str, Any]) -> "Benchmark":
    from lithicoat.workflows.benchmarks.conductivity_runs import conductivity_benchmark
    from lithicoat.workflows.protocols import Preset, preset

    return conductivity_benchmark(
        ref,
        films=_films(given),
        db=_database(given),
        protocol=preset(given.get("--preset", Preset.QUICK)),
        seed=given.get("--seed", 0),
    )


def _windows(ref: PotentialRef, given: dict[str, Any]) -> "Benchmark":
    from lithicoat.workflows.benchmarks.windows import window_benchmark

    return window_benchmark(ref, films=_films(given), db=_database(given))


def _summary(potential: str, given: dict[str, Any]) -> "Benchmark":
    from lithicoat.workflows.benchmarks.conductivity_runs import conductivity_summary

    chosen = given.get("--preset")
    return conductivity_summary(
        _database(given),
        potential,
        films=_films(given),
        preset_name=chosen.value if chosen else None,
        seed=given.get("--seed"),
    )


def _transport(given: dict[str, Any]) -> "Benchmark":
    from lithicoat.workflows.benchmarks.transport import transport_benchmark

    return transport_benchmark(seeds=given.get("--seeds", 100))


def _ranking(given: dict[str, Any]) -> "Benchmark":
    from lithicoat.workflows.benchmarks.ranking import ranking_benchmark

    return ranking_benchmark(repeats=given.get("--repeats", 2), seed=given.get("--seed", 0))


def _on_disk(given: dict[str, Any]) -> "Benchmark":
    from lithicoat.workflows.benchmarks.database import FILMS, database_benchmark

    return database_benchmark(
        films=given.get("--records", FILMS), repeats=given.get("--repeats", 3), seed=given.get("--seed", 0)
    )


WITHOUT_POTENTIAL: dict[Subject, Callable[[dict[str, Any]], "Benchmark"]] = {
    Subject.TRANSPORT: _transport,
    Subject.RANKING: _ranking,
    Subject.DATABASE: _on_disk,
}
"""What is computed on synthetic numbers."""

RUNNERS: dict[Subject, Callable[[PotentialRef, dict[str, Any]], "Benchmark"]] = {
    Subject.ELASTIC: _elastic,
    Subject.BARRIERS: _barriers,
    Subject.CRYSTALS: _crystals,
    Subject.LABELS: _labels,
    Subject.STABILITY: _stability,
    Subject.SPEED: _speed,
    Subject.CONDUCTIVITIES: _conductivities,
    Subject.WINDOWS: _windows,
}
"""What computes with a potential."""


def _films(given: dict[str, Any]) -> list[str] | None:
    names = [name.strip() for name in given.get("--films", "").split(",") if name.strip()]
    return names or None


def _database(given: dict[str, Any]) -> Where:
    return located(given.get("--db", "lithicoat.db"))


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
    other = None if result.potential in {BESIDE, ""} else shipped_result(BESIDE, subject)
    return [] if other is None else result.against(other)
