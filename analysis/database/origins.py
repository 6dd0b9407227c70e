"""Where a number comes from: record, computations, cells, potential, protocol and code."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.database.evidence import Evidence, of_kind
from lithicoat.analysis.database.quantities import QuantityFacts, quantities, quantity
from lithicoat.analysis.database.tables import property_of
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import CampaignRecord, ModelSummary, ScreeningRecord

__all__ = ["Origin", "OriginStep", "origin_of"]


STRUCTURE = ("build", "anneal", "ensemble")
"""Kinds of steps that produce the numbers of a film's structure."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OriginStep(_Frozen):
    """One computation behind a number."""

    key: str = Field(description="sha256 that names the computation.")
    step: str = Field(description="Its name, such as `relax` or `diffusion 700 K #2`.")
    uuid: str | None = Field(None, description="Of the job that computed it; None if its document is gone.")
    completed_at: str | None = Field(None, description="When, ISO time.")
    seconds: float | None = Field(None, description="How long it took, s.")


class Origin(_Frozen):
    """Where one number comes from."""

    coating: str = Field(description="Id of the film.")
    facts: QuantityFacts = Field(description="What the property is, and which kinds of steps make it.")
    number: Property = Field(description="Value, uncertainty, bound, flags and provenance.")
    campaign: str = Field(description="Campaign that wrote the record.")
    created_at: str = Field(description="When the record was written, ISO time.")
    potential: str | None = Field(description="Potential of this number; None if none was used.")
    sha256: str | None = Field(description="sha256 of its weights.")
    protocol: str = Field(description="Label of the protocol.")
    protocol_numbers: dict[str, Any] | None = Field(
        description="All numbers of the protocol; None if no campaign of the database has it."
    )
    seed: int
    versions: dict[str, str] = Field(description="Versions of the code.")
    models: tuple[ModelSummary, ...] = Field(description="Cells of the film, one per replica.")
    steps: tuple[OriginStep, ...] = Field(description="Computations that produce it, in their order.")

    def lines(self) -> list[str]:
        """Return the origin in words, one fact a line."""
        number = self.number
        error = "" if number.uncertainty is None else f" ± {number.uncertainty:.2g}"
        side = {None: "", "upper": "< ", "lower": "> "}[number.bound.value if number.bound else None]
        value = "missing" if number.value is None else f"{side}{number.value:.4g}{error} {number.unit}"
        told = [f"{self.facts.label} of {self.coating}: {value}", f"  {self.facts.meaning}"]
        told += [f"  flag: {flag}" for flag in number.flags]
        told += [
            f"  potential {self.potential or 'none'}, sha256 {self.sha256 or 'none'}",
            f"  protocol {self.protocol}, seed {self.seed}, campaign {self.campaign}",
        ]
        told += [
            f"  cell {model.formula}, {model.atoms} atoms, {model.kind}, sha256 {model.content_hash}"
            for model in self.models
        ]
        told += [
            f"  step {step.step}, key {step.key}, job {step.uuid or 'not in this database'}"
            for step in self.steps
        ]
        versions = ", ".join(f"{package} {version}" for package, version in self.versions.items())
        return [*told, f"  computed with {versions}"] if versions else told

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        from lithicoat.analysis.display import origin_html  # noqa: PLC0415 - for notebooks alone

        return origin_html(self)


def origin_of(
    record: ScreeningRecord, name: str, evidence: Evidence, campaigns: Iterable[CampaignRecord]
) -> Origin:
    """Trace a number of a record.

    Raises
    ------
    DataError
        If the record has no such number.
    """
    number = property_of(record, name)
    if number is None:
        raise DataError(
            f"the record of {record.coating} has no {name}",
            where=name,
            hint=f"it has {', '.join(sorted(record.properties))}",
        )
    facts = quantity(name, unit=number.unit)
    same = [known for known in campaigns if known.protocol == record.protocol]
    return Origin(
        coating=record.coating,
        facts=facts,
        number=number,
        campaign=record.campaign,
        created_at=record.created_at.isoformat(),
        potential=number.provenance.potential,
        sha256=number.provenance.sha256,
        protocol=number.provenance.protocol or record.protocol,
        protocol_numbers=same[0].numbers if same else None,
        seed=record.seed if number.provenance.seed is None else number.provenance.seed,
        versions=number.provenance.versions,
        models=record.models,
        steps=_steps(record, facts, evidence),
    )


def _steps(record: ScreeningRecord, facts: QuantityFacts, evidence: Evidence) -> tuple[OriginStep, ...]:
    """Return the computations behind a property; all of the record if it is not known which."""
    documents = {step.key: step for step in evidence.steps}
    names = record.steps or {key: step.step for key, step in documents.items()}
    kinds = facts.steps if facts.name in record.properties else STRUCTURE
    whole = facts.name in record.properties and facts.name not in quantities()
    places = {key: _place(step, kinds) for key, step in names.items()}
    wanted = [key for key in names if whole or places[key] < len(kinds)]
    found = []
    for key in sorted(wanted, key=lambda key: (places[key], names[key])):
        document = documents.get(key)
        told = document and {
            "uuid": document.uuid,
            "completed_at": document.completed_at,
            "seconds": document.seconds,
        }
        found.append(OriginStep(key=key, step=names[key], **(told or {})))
    return tuple(found)


def _place(step: str, kinds: Sequence[str]) -> int:
    """Return where a step stands in the order of some kinds; after them all if it is of none."""
    return next((place for place, kind in enumerate(kinds) if of_kind(step, kind)), len(kinds))
