"""Lithium orderings of a delithiated cathode, relaxed with a potential: the lowest is taken."""

from dataclasses import dataclass

from jobflow import Flow, Maker, OnMissing
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.build import elements_of
from lithicoat.structures.cathodes.layered_oxides import layered_oxide_candidates
from lithicoat.structures.coating import Coating
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model
from lithicoat.structures.recipes import LayeredOxideRecipe
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics.relaxation import RelaxDocument, RelaxMaker
from lithicoat.workflows.potentials.registry import PotentialRef, check_elements
from lithicoat.workflows.protocols import RelaxSpec
from lithicoat.workflows.steps import science_job

__all__ = ["OrderingDocument", "OrderingMaker", "RankedOrdering", "choose_ordering"]


class RankedOrdering(BaseModel):
    """One lithium ordering and its energies."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    electrostatic_rank: int = Field(description="Rank by point charges at unrelaxed sites; 1 is lowest.")
    electrostatic_energy_eV: float = Field(description="Energy of those point charges, eV per cell.")
    energy_eV: float | None = Field(description="Energy after relaxation, eV per cell; None if it failed.")
    above_lowest_meV: float | None = Field(description="Above the lowest, meV per formula unit LixMO2.")


class OrderingDocument(BaseModel):
    """The lithium ordering of lowest energy, and what the others have."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: Model = Field(description="Relaxed cell of the lowest ordering.")
    potential: PotentialRef
    energy_eV: float = Field(description="Its energy, eV per cell.")
    spread_meV: float = Field(
        description="Highest minus lowest energy of the relaxed orderings, meV per formula unit LixMO2."
    )
    relaxed: int = Field(description="Orderings that were relaxed.")
    orderings: tuple[RankedOrdering, ...] = Field(description="In order of their electrostatic energy.")


@dataclass
class OrderingMaker(Maker):
    """Relax the lithium orderings that electrostatics puts first, and take the lowest.

    Parameters
    ----------
    spec : RelaxSpec
        Limits of the relaxations.
    max_atoms : int
        Atoms of the cell at most, before lithium is taken out.
    candidates : int
        Orderings to relax.
    name : str
        Name of the flow; the coating's id is put before it.
    """

    spec: RelaxSpec
    max_atoms: int = 120
    candidates: int = 5
    name: str = "ordering"

    def make(self, coating: Coating, potential: PotentialRef, *, seed: int) -> Flow:
        """Wire the relaxations and the choice; its output is an OrderingDocument.

        Parameters
        ----------
        coating : Coating
            A layered oxide of the catalog.
        potential : PotentialRef
            Must cover all its elements.
        seed : int
            Seed of the search among orderings.

        Raises
        ------
        StructureError
            If the coating is no layered oxide or cannot be built.
        PotentialError
            If the potential does not cover an element.
        """
        recipe = coating.recipe
        if not isinstance(recipe, LayeredOxideRecipe):
            raise StructureError(
                f"{coating.id} is no layered oxide: there is no lithium to order",
                where=coating.id,
                hint="such as NMC811@0.5",
            )
        check_elements(potential, elements_of(coating), where=coating.id)
        models = layered_oxide_candidates(
            recipe, name=coating.id, max_atoms=self.max_atoms, seed=seed, candidates=self.candidates
        )
        relax = RelaxMaker(spec=self.spec)
        jobs = []
        for rank, model in enumerate(models, start=1):
            job = relax.make(model, potential)
            job.name = f"{relax.name} ordering {rank}"
            jobs.append(job)
        choice = choose_ordering(list(models), [job.output for job in jobs])
        choice.name = "ordering"
        flow = Flow([*jobs, choice], output=choice.output, name=f"{coating.id} {self.name}")
        flow.update_metadata({"coating": coating.id, "sha256": potential.sha256, "seed": seed})
        return flow


@science_job(OrderingDocument, version="1", on_missing=OnMissing.NONE)
def choose_ordering(candidates: list[Model], relaxed: list[RelaxDocument | None]) -> OrderingDocument:
    """Take the ordering with the lowest energy after relaxation.

    Parameters
    ----------
    candidates : list of Model
        Cells as built, in order of their electrostatic energy.
    relaxed : list of RelaxDocument or None
        The same cells relaxed; None where that failed.

    Raises
    ------
    RunError
        If none was relaxed, or two were relaxed with different potentials.
    """
    done = [document for document in relaxed if document is not None]
    name = candidates[0].name
    if not done:
        raise RunError(
            f"{name}: none of the {len(candidates)} lithium orderings could be relaxed",
            where=name,
            hint="lithicoat status tells what went wrong",
        )
    if len({document.potential.sha256 for document in done}) > 1:
        raise RunError(f"{name}: orderings relaxed with different potentials cannot be compared", where=name)
    lowest = min(done, key=lambda document: document.energy_eV)
    units = sum(symbol == "O" for symbol in lowest.model.symbols) / 2

    def above(energy_eV: float) -> float:
        return 1000 * (energy_eV - lowest.energy_eV) / units

    orderings = tuple(
        RankedOrdering(
            electrostatic_rank=rank,
            electrostatic_energy_eV=model.recipe["steps"][-1]["ewald_energy_eV"],
            energy_eV=document.energy_eV if document else None,
            above_lowest_meV=above(document.energy_eV) if document else None,
        )
        for rank, (model, document) in enumerate(zip(candidates, relaxed, strict=True), start=1)
    )
    spread = max(above(document.energy_eV) for document in done)
    told = {
        "step": "choose ordering",
        "potential": lowest.potential.id,
        "of": len(done),
        "spread_meV": spread,
    }
    story = {**lowest.model.recipe, "steps": [*lowest.model.recipe.get("steps", []), told]}
    return OrderingDocument(
        model=lowest.model.model_copy(update={"recipe": story}),
        potential=lowest.potential,
        energy_eV=lowest.energy_eV,
        spread_meV=spread,
        relaxed=len(done),
        orderings=orderings,
    )
