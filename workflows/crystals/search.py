"""The search for the crystal of a compound: all starts, the lowest of them, the hull, the second opinion."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jobflow import Flow, Job
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.hulls import HullDistance
from lithicoat.analysis.thermochemistry.phases import Thermochemistry
from lithicoat.structures.crystals.candidates import unit_of
from lithicoat.structures.crystals.symmetry import conventional_cell, space_group
from lithicoat.structures.model import Model
from lithicoat.workflows import progress
from lithicoat.workflows.campaign import run_jobs
from lithicoat.workflows.crystals.hull import energy_above_hull, joined, no_hull
from lithicoat.workflows.crystals.prediction import (
    AttemptDocument,
    AttemptMaker,
    ConfirmDocument,
    ConfirmMaker,
    lowest,
)
from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.provenance import provenance
from lithicoat.workflows.storage import open_store
from lithicoat.workflows.thermochemistry.records import thermochemistry_of

__all__ = ["PredictedCrystal", "Prediction", "Search"]


class PredictedCrystal(BaseModel):
    """One predicted crystal."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: Model = Field(description="Conventional cell; its recipe carries `origin: predicted`.")
    space_group: str = Field(description="Symbol of the space group.")
    space_group_number: int
    density_g_cm3: float
    energy_eV_atom: float = Field(description="Energy as the potential gives it, eV/atom.")
    energy_above_hull: Property = Field(description="eV/atom.")
    decay: dict[str, float] = Field(
        description="Formula units of the phases that it decays to, per formula unit."
    )
    checked: Property = Field(description="Energy above the hull by the second potential, eV/atom.")
    checked_density_g_cm3: float | None = Field(description="Density by the second potential.")
    stable: bool = Field(description="True if it comes back from random shifts of its atoms.")
    verdict: str = Field(description="What the shifts led to.")
    prototype: str = Field(description="Structure type it came from.")
    source: str = Field(description="Where that is from.")


class Prediction(BaseModel):
    """What the search for a compound found."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    formula: str
    potential: PotentialRef
    check_potential: PotentialRef | None
    unit: str | None = Field(description="Anion that every crystal must consist of, such as SO3.")
    starts: int = Field(description="Starts that were relaxed.")
    rejected: dict[str, int] = Field(description="Reason → starts that became no crystal.")
    crystals: tuple[PredictedCrystal, ...] = Field(description="Lowest first.")


@dataclass(frozen=True, kw_only=True)
class Search:
    """A search and its numbers.

    Parameters
    ----------
    formula : str
        The compound.
    potential : PotentialRef
        Relaxes all starts.
    check_potential : PotentialRef or None
        Relaxes the lowest crystals once more.
    keep : int
        Crystals reported.
    seed : int
        Seed of random shifts.
    """

    formula: str
    potential: PotentialRef
    check_potential: PotentialRef | None
    keep: int
    seed: int

    def run(self, starts: Sequence[Model], db: Where, listener: progress.Listener | None) -> Prediction:
        """Run the search in a database; what is finished there is not computed again.

        Raises
        ------
        RunError
            If no start became a crystal, or the lowest ones do not converge closely.
        """
        attempts = self._attempts(starts, db, listener)
        winners = lowest(attempts, self.keep)
        confirm = [ConfirmMaker(seed=self.seed).make(model, self.potential) for model in winners]
        for rank, job in enumerate(confirm, start=1):
            job.name = f"confirm {rank} of {len(confirm)}"
        checks = _again(self.check_potential, self.formula, confirm) if self.check_potential else []
        fields = {
            ref.id: _Field(checks, _references(ref, db))
            for ref, checks in ((self.potential, []), (self.check_potential, checks))
            if ref
        }
        outputs = run_jobs(Flow([*confirm, *checks], name=self._title), db, listener)
        crystals = [
            self._crystal(rank, winner, outputs[job.uuid], fields, outputs)
            for rank, (winner, job) in enumerate(zip(winners, confirm, strict=True))
        ]
        reasons = Counter(attempt.reason.partition(": ")[2] or attempt.reason for attempt in attempts)
        return Prediction(
            formula=self.formula,
            potential=self.potential,
            check_potential=self.check_potential,
            unit=unit_of(self.formula),
            starts=len(attempts),
            rejected={reason: number for reason, number in reasons.items() if reason},
            crystals=tuple(sorted(crystals, key=lambda crystal: crystal.energy_eV_atom)),
        )

    @property
    def _title(self) -> str:
        return f"lithicoat predict {self.formula}"

    def _attempts(
        self, starts: Sequence[Model], db: Where, listener: progress.Listener | None
    ) -> list[AttemptDocument]:
        maker = AttemptMaker(seed=self.seed, unit=unit_of(self.formula))
        jobs = [maker.make(start, self.potential) for start in starts]
        for number, (job, start) in enumerate(zip(jobs, starts, strict=True), start=1):
            job.name = f"start {number} of {len(starts)}, {start.recipe.get('prototype', '')}"
        outputs = run_jobs(Flow([*jobs], name=self._title), db, listener)
        return [_retold(outputs[job.uuid], start) for job, start in zip(jobs, starts, strict=True)]

    def _crystal(
        self,
        rank: int,
        winner: Model,
        confirmed: ConfirmDocument,
        fields: "dict[str, _Field]",
        outputs: dict[str, Any],
    ) -> PredictedCrystal:
        atoms = confirmed.model.atoms
        hull = fields[self.potential.id].distance(confirmed.model, confirmed.energy_eV)
        second, check, name = None, None, ""
        if self.check_potential:
            name = self.check_potential.id
            check = outputs[fields[name].crystals[rank].uuid]
            if check.model is not None:
                second = fields[name].distance(check.model, check.energy_eV_atom * len(atoms))
        hull = joined(hull, second, by=name)
        cell, (symbol, number) = conventional_cell(atoms), space_group(atoms)
        origin = provenance(self.potential, None, self.seed)
        story = {**winner.recipe, "composition": dict(Counter(cell.get_chemical_symbols()))}
        return PredictedCrystal(
            model=Model.from_atoms(cell, name=self.formula, kind=winner.kind, recipe=story),
            space_group=symbol,
            space_group_number=number,
            density_g_cm3=confirmed.model.density_g_cm3,
            energy_eV_atom=confirmed.energy_eV / len(atoms),
            energy_above_hull=hull.energy.attributed(origin),
            decay=hull.products,
            checked=second.energy if second else Property.missing("eV/atom", _unchecked(check)),
            checked_density_g_cm3=check.model.density_g_cm3 if check and check.model else None,
            stable=confirmed.stable,
            verdict=confirmed.verdict,
            prototype=str(winner.recipe.get("prototype", "")),
            source=str(winner.recipe.get("source", "")),
        )


@dataclass(frozen=True)
class _Field:
    """One potential: the crystals relaxed with it, and the reference phases or why there are none."""

    crystals: Sequence[Job]
    references: Thermochemistry | str

    def distance(self, model: Model, energy_eV: float) -> HullDistance:
        """Return the energy of a crystal above the hull of the known phases."""
        if isinstance(self.references, str):
            return no_hull(self.references)
        return energy_above_hull(model, energy_eV, self.references)


def _references(ref: PotentialRef, db: Where) -> Thermochemistry | str:
    try:
        return thermochemistry_of(ref, open_store(db))
    except PotentialError as error:
        return f"{error.message}; {error.hint}"


def _again(ref: PotentialRef, formula: str, confirmed: Sequence[Job]) -> list[Job]:
    maker = AttemptMaker(rattle_A=0.0, unit=unit_of(formula))
    crystals = [maker.make(job.output.model, ref) for job in confirmed]
    for rank, job in enumerate(crystals, start=1):
        job.name = f"crystal {rank} by {ref.id}"
    return crystals


def _retold(attempt: AttemptDocument, start: Model) -> AttemptDocument:
    """Give a reused result the story of this start; the one computed first may have had another."""
    model = attempt.model and attempt.model.model_copy(update={"recipe": start.recipe, "name": start.name})
    return attempt.model_copy(update={"start": start, "model": model})


def _unchecked(check: AttemptDocument | None) -> str:
    return "no second potential" if check is None else f"the second potential finds none: {check.reason}"
