"""The search for the crystal of a compound: all starts, the lowest of them, the hull, the second opinion."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobflow import Flow, Job
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.properties import Property
from lithicoat.structures.crystals.candidates import unit_of, whole_counts
from lithicoat.structures.crystals.symmetry import conventional_cell, space_group
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows import progress
from lithicoat.workflows.campaign import run_jobs
from lithicoat.workflows.crystals.hull import HullDistance, energy_above_hull, joined
from lithicoat.workflows.crystals.prediction import (
    AttemptDocument,
    AttemptMaker,
    ConfirmDocument,
    ConfirmMaker,
    competing_models,
    lowest,
)
from lithicoat.workflows.oxygen.scavenging import oxygen_molecule
from lithicoat.workflows.potentials.forcefields import MoleculeMaker
from lithicoat.workflows.potentials.registry import PotentialRef, info
from lithicoat.workflows.provenance import provenance

__all__ = ["PredictedCrystal", "Prediction", "Search"]

GASES = ("H2", "N2", "O2", "F2", "Cl2")
"""Elements whose reference is a molecule; by the potential itself but for O2, which the registry may give."""
BOX_A = (12.0, 13.0, 14.0)


class PredictedCrystal(BaseModel):
    """One predicted crystal."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: Model = Field(description="Conventional cell; its recipe carries `origin: predicted`.")
    space_group: str = Field(description="Symbol of the space group.")
    space_group_number: int
    density_g_cm3: float
    energy_eV_atom: float = Field(description="Energy as the potential gives it, eV/atom.")
    energy_above_hull: Property = Field(description="eV/atom.")
    decay: dict[str, float] = Field(description="Atom fractions of the phases it decays to.")
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
    left_out: dict[str, str] = Field(description="Competing phase → why it has no energy.")
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
        Relaxes the lowest crystals and the competing phases once more.
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

    def run(self, starts: Sequence[Model], directory: Path, listener: progress.Listener | None) -> Prediction:
        """Run the search in a database; what is finished there is not computed again.

        Raises
        ------
        RunError
            If no start became a crystal, or the lowest ones do not converge closely.
        """
        attempts = self._attempts(starts, directory, listener)
        winners = lowest(attempts, self.keep)
        confirm = [ConfirmMaker(seed=self.seed).make(model, self.potential) for model in winners]
        for rank, job in enumerate(confirm, start=1):
            job.name = f"confirm {rank} of {len(confirm)}"
        fields = {
            ref.id: _field(ref, self.formula, [job.output.model for job in confirm])
            for ref in (self.potential, self.check_potential)
            if ref
        }
        jobs = [*confirm, *(job for each in fields.values() for job in each.jobs)]
        outputs = run_jobs(Flow(jobs, name=self._title), directory, listener)
        crystals = [
            self._crystal(rank, winner, outputs[job.uuid], fields, outputs)
            for rank, (winner, job) in enumerate(zip(winners, confirm, strict=True))
        ]
        reasons = Counter(attempt.reason.partition(": ")[2] or attempt.reason for attempt in attempts)
        own = [outputs[job.uuid] for job in fields[self.potential.id].rivals]
        return Prediction(
            formula=self.formula,
            potential=self.potential,
            check_potential=self.check_potential,
            unit=unit_of(self.formula),
            starts=len(attempts),
            rejected={reason: number for reason, number in reasons.items() if reason},
            left_out={rival.start.name: rival.reason for rival in own if rival.model is None},
            crystals=tuple(sorted(crystals, key=lambda crystal: crystal.energy_eV_atom)),
        )

    @property
    def _title(self) -> str:
        return f"lithicoat predict {self.formula}"

    def _attempts(
        self, starts: Sequence[Model], directory: Path, listener: progress.Listener | None
    ) -> list[AttemptDocument]:
        maker = AttemptMaker(seed=self.seed, unit=unit_of(self.formula))
        jobs = [maker.make(start, self.potential) for start in starts]
        for number, (job, start) in enumerate(zip(jobs, starts, strict=True), start=1):
            job.name = f"start {number} of {len(starts)}, {start.recipe.get('prototype', '')}"
        outputs = run_jobs(Flow([*jobs], name=self._title), directory, listener)
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
        hull = fields[self.potential.id].distance(confirmed.model, confirmed.energy_eV, outputs)
        second, check, name = None, None, ""
        if self.check_potential:
            name = self.check_potential.id
            check = outputs[fields[name].crystals[rank].uuid]
            if check.model is not None:
                second = fields[name].distance(check.model, check.energy_eV_atom * len(atoms), outputs)
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
            decay=hull.decay,
            checked=second.energy if second else Property.missing("eV/atom", _unchecked(check)),
            checked_density_g_cm3=check.model.density_g_cm3 if check and check.model else None,
            stable=confirmed.stable,
            verdict=confirmed.verdict,
            prototype=str(winner.recipe.get("prototype", "")),
            source=str(winner.recipe.get("source", "")),
        )


@dataclass(frozen=True)
class _Field:
    """All that one potential relaxes for the hull: the crystals, the phases they compete with, and gases."""

    potential: PotentialRef
    crystals: Sequence[Job]
    rivals: Sequence[Job]
    gases: Mapping[str, Job] = field(default_factory=dict)

    @property
    def jobs(self) -> list[Job]:
        return [*self.crystals, *self.rivals, *self.gases.values()]

    def distance(self, model: Model, energy_eV: float, outputs: dict[str, Any]) -> HullDistance:
        """Return the energy of a crystal above the hull of the others."""
        attempts: list[AttemptDocument] = [outputs[job.uuid] for job in self.rivals]
        rivals = [
            (attempt.model, attempt.energy_eV_atom * len(attempt.model.symbols))
            for attempt in attempts
            if attempt.model is not None and attempt.energy_eV_atom is not None
        ]
        gases: dict[str, float] = {name: outputs[job.uuid].energy_eV for name, job in self.gases.items()}
        known = info(self.potential).o2_energy_eV
        if known is not None:
            gases["O2"] = known
        return energy_above_hull((model, energy_eV), rivals, self.potential, gases_eV=gases)


def _field(ref: PotentialRef, formula: str, confirmed: Sequence[Any]) -> _Field:
    counts = whole_counts(formula)
    again = AttemptMaker(rattle_A=0.0, unit=unit_of(formula))
    crystals = [again.make(model, ref) for model in confirmed]
    for rank, job in enumerate(crystals, start=1):
        job.name = f"crystal {rank} by {ref.id}"
    plain, rivals = AttemptMaker(rattle_A=0.0), []
    for model in competing_models(counts):
        rivals.append(plain.make(model, ref))
        rivals[-1].name = f"competing {model.name} by {ref.id}"
    gases = {}
    for name in GASES:
        if name.removesuffix("2") in counts and not (name == "O2" and info(ref).o2_energy_eV is not None):
            gases[name] = MoleculeMaker(name=f"{name} by {ref.id}").make(_gas(name), ref)
    return _Field(ref, crystals, rivals, gases)


def _gas(name: str) -> Model:
    """Return a molecule in a box that the potentials do not see across."""
    from ase.build import molecule

    atoms = oxygen_molecule().atoms if name == "O2" else molecule(name, cell=BOX_A, pbc=True)
    atoms.center()
    return Model.from_atoms(atoms, name=name, kind=ModelKind.CRYSTAL)


def _retold(attempt: AttemptDocument, start: Model) -> AttemptDocument:
    """Give a reused result the story of this start; the one computed first may have had another."""
    model = attempt.model and attempt.model.model_copy(update={"recipe": start.recipe, "name": start.name})
    return attempt.model_copy(update={"start": start, "model": model})


def _unchecked(check: AttemptDocument | None) -> str:
    return "no second potential" if check is None else f"the second potential finds none: {check.reason}"
