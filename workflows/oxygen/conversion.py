"""The film after it has taken up oxygen: an amorphous film of its products, measured like any other."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobflow import Job

from lithicoat.analysis.oxygen.equations import mass_g_mol
from lithicoat.analysis.oxygen.quantities import G_CM3, ReactionEnergy
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry
from lithicoat.structures.build import elements_of, kind_of
from lithicoat.structures.coating import Coating, Role
from lithicoat.structures.films.amorphous import whole_anions
from lithicoat.structures.recipes import AmorphousRecipe, SubCycle, SupercycleRecipe
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.mechanics.elastic import ElasticDocument
from lithicoat.workflows.mechanics.moduli import elastic_properties
from lithicoat.workflows.mechanics.relaxation import RelaxDocument
from lithicoat.workflows.oxygen.scavenging import mean_density
from lithicoat.workflows.potentials.environments import EnvironmentDocument, environment_flags
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.screening import ScreeningMaker
from lithicoat.workflows.transport.diffusion import LadderDocument
from lithicoat.workflows.transport.following import LITHIUM
from lithicoat.workflows.transport.properties import ladder_properties

__all__ = ["Conversion", "conversion_jobs", "converted_film", "converted_properties"]


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """The jobs of an oxidised film.

    Parameters
    ----------
    prepared : list of Job
        Build, anneal and relax its cells.
    relaxed, elastic : list of Job
        One per cell.
    runs : list of Job
        Molecular dynamics; none without lithium.
    ladder : list of Job
        The job that joins them, if there are any.
    environments : list of Job
        The potential's own judgement, if it has one.
    """

    prepared: list[Job]
    relaxed: list[Job]
    elastic: list[Job]
    runs: list[Job]
    ladder: list[Job]
    environments: list[Job]

    @property
    def jobs(self) -> list[Job]:
        """All of them, in order."""
        return [*self.prepared, *self.elastic, *self.runs, *self.ladder, *self.environments]


def converted_film(name: str, reaction: ReactionEnergy, references: Thermochemistry) -> Coating:
    """Return the film that a reaction with O2 leaves: its solid products, mixed and amorphous.

    Parameters
    ----------
    name : str
        Id of the film before.
    reaction : ReactionEnergy
        What it becomes; gases are gone.
    references : Thermochemistry
        The crystals whose volumes give the density to pack at.

    Raises
    ------
    UsageError
        If nothing solid is left, or the volume of a product is not known.
    """
    solids = {formula: count for formula, count in reaction.products.items() if formula not in reaction.gases}
    if not solids:
        raise UsageError(f"nothing solid is left of {name} after {reaction.equation}", where=name)
    phases = {formula: _crystal(references, formula) for formula in solids}
    source = f"crystals of the products, relaxed with {references.potential}"
    steps = tuple(
        SubCycle(
            formula=formula,
            units=whole_anions(formula),
            cycles=1,
            growth_per_cycle_A=count * _volume_A3(phases[formula]),  # as thick as its share of the volume
            density_g_cm3=mass_g_mol(phases[formula].composition) / _volume_A3(phases[formula]) * G_CM3,
            source=source,
        )
        for formula, count in solids.items()
    )
    recipe: AmorphousRecipe | SupercycleRecipe
    if len(steps) == 1:
        recipe = AmorphousRecipe(
            builder="amorphous",
            composition=steps[0].formula,
            units=steps[0].units,
            crystal_density_g_cm3=steps[0].density_g_cm3,
            density_source=source,
            melting_point_K=None,
        )
    else:
        recipe = SupercycleRecipe(builder="supercycle", subcycles=steps, melting_point_K=None)
    return Coating(
        id=f"{name}+O2",
        name=f"{name} after {reaction.equation}",
        family="oxidised",
        role=Role.REFERENCE,
        recipe=recipe,
    )


def conversion_jobs(
    maker: ScreeningMaker, coating: Coating, potential: PotentialRef, *, seed: int
) -> Conversion:
    """Return the jobs that measure an oxidised film by the steps of a screening."""
    prepared, relaxed = maker.prepare(coating, potential, seed=seed)
    runs: list[Job] = []
    ladder: list[Job] = []
    if LITHIUM in elements_of(coating):
        runs, joined = maker.diffusion(kind_of(coating.recipe), relaxed, potential, seed=seed)
        ladder = [joined]
    conversion = Conversion(
        prepared=prepared,
        relaxed=relaxed,
        elastic=maker.elastic(relaxed, potential),
        runs=runs,
        ladder=ladder,
        environments=maker.environments(relaxed, runs, potential),
    )
    for job in conversion.jobs:
        job.name = f"{job.name} of {coating.id}"
    return conversion


def converted_properties(
    relaxed: Sequence[RelaxDocument],
    elastic: Sequence[ElasticDocument],
    ladder: LadderDocument | None,
    environments: EnvironmentDocument | None,
    potential: PotentialRef,
) -> dict[str, Property]:
    """Return density, moduli and transport of the oxidised film, by the names of the record."""
    still = environment_flags(environments, potential, moving=False)
    moving = environment_flags(environments, potential, moving=True)
    found = {"density": mean_density(list(relaxed))}
    found |= elastic_properties([document.result for document in elastic], potential)
    found = {name: quantity.flagged(*still) for name, quantity in found.items()}
    if ladder is not None:
        transport = ladder_properties(ladder, [document.model for document in relaxed])
        found |= {name: quantity.flagged(*still, *moving) for name, quantity in transport.items()}
    return found


def _crystal(references: Thermochemistry, formula: str) -> Phase:
    found = [
        phase
        for phase in references.phases
        if phase.formula == formula and phase.kind is PhaseKind.CRYSTAL and phase.volume_A3 is not None
    ]
    if not found:
        raise UsageError(
            f"{references.potential} has no crystal of {formula}, so it is not known how densely to pack",
            where=formula,
        )
    return min(found, key=references.formation_energy_eV)


def _volume_A3(phase: Phase) -> float:
    return float(phase.volume_A3 or 0.0)
