"""Benchmark results that ship with the registry, one file per potential and subject."""

import json
from enum import Enum
from importlib import import_module, resources
from typing import Any

from lithicoat.workflows.benchmarks.base import Benchmark

__all__ = ["Subject", "barrier_error_eV", "parsed", "shipped_headlines", "shipped_result"]


class Subject(Enum):
    """What a potential, or the analysis of its runs, is held against."""

    ELASTIC = "elastic"
    BARRIERS = "barriers"
    CRYSTALS = "crystals"
    LABELS = "labels"
    STABILITY = "stability"
    SPEED = "speed"
    CONDUCTIVITIES = "conductivities"
    TRANSPORT = "transport"
    WINDOWS = "windows"
    RANKING = "ranking"
    DATABASE = "database"


_SCHEMAS = {
    Subject.ELASTIC: "ElasticBenchmark",
    Subject.BARRIERS: "BarrierBenchmark",
    Subject.CRYSTALS: "CrystalBenchmark",
    Subject.LABELS: "LabelBenchmark",
    Subject.STABILITY: "StabilityBenchmark",
    Subject.SPEED: "SpeedBenchmark",
    Subject.CONDUCTIVITIES: "ConductivityBenchmark",
    Subject.TRANSPORT: "TransportBenchmark",
    Subject.WINDOWS: "WindowBenchmark",
    Subject.RANKING: "RankingBenchmark",
    Subject.DATABASE: "DatabaseBenchmark",
}


def shipped_result(potential_id: str, subject: Subject) -> Benchmark | None:
    """Return the shipped result of a potential on a subject; None if there is none."""
    found = _read(potential_id, subject)
    return None if found is None else parsed(found, subject)


def barrier_error_eV(potential_id: str, sha256: str) -> float | None:
    """Return the standard uncertainty of a migration barrier by a potential, eV.

    That of Gaussian errors with the mean absolute error of its shipped barrier benchmark. None if no
    benchmark with these weights is shipped, or none of its hops is counted.
    """
    found = shipped_result(potential_id, Subject.BARRIERS)
    mae_eV: float | None = getattr(found, "mae_eV", None)
    if found is None or mae_eV is None or found.sha256 != sha256:
        return None
    from lithicoat.analysis.transport.carriers import energy_error_eV

    return energy_error_eV(mae_eV)


def parsed(result: dict[str, Any], subject: Subject) -> Benchmark:
    """Return a result on a subject that was written as JSON."""
    module = import_module(f"lithicoat.workflows.benchmarks.{subject.value}")
    schema: type[Benchmark] = getattr(module, _SCHEMAS[subject])
    return schema.model_validate(result)


def shipped_headlines(potential_id: str, sha256: str | None) -> dict[str, str]:
    """Return subject → result in one line, of the shipped results with these weights; nothing is loaded."""
    found = {subject.value: _read(potential_id, subject) for subject in Subject}
    return {
        subject: str(result["summary"])
        for subject, result in found.items()
        if result is not None and result["sha256"] == sha256
    }


def _read(potential_id: str, subject: Subject) -> dict[str, Any] | None:
    folder = resources.files("lithicoat.workflows").joinpath(f"data/benchmarks/{potential_id}")
    file = folder.joinpath(f"{subject.value}.json")
    if not file.is_file():
        return None
    loaded: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return loaded
