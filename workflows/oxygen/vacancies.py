"""What it costs to take an oxygen out of a cell: unrelaxed for all sites, relaxed for the cheapest."""

from dataclasses import dataclass

import numpy as np
from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.cathodes.layered_oxides import layered_oxide_model, layered_oxide_slab
from lithicoat.structures.crystals.vacancies import vacancies
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model
from lithicoat.structures.recipes import LayeredOxideRecipe
from lithicoat.workflows.adhesion.electrodes import relaxed_lattice
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.mechanics.relaxation import RelaxDocument, relax
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.steps import science_job

__all__ = [
    "HostDocument",
    "HostMaker",
    "SlabMaker",
    "VacancyDocument",
    "VacancyMaker",
    "cathode_recipe",
    "lithiated_cell",
]

OXYGEN = "O"


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SiteEnergy(_Document):
    """One kind of oxygen, before anything relaxes around it."""

    label: str
    site: int = Field(description="Index of the atom that is taken out.")
    multiplicity: int
    depth_A: float | None
    unrelaxed_eV: float = Field(description="Energy of the cell without it, minus that of the cell, eV.")


class HostDocument(_Document):
    """A relaxed cell and its oxygens, the cheapest to take out first."""

    model: Model
    energy_eV: float
    sites: tuple[SiteEnergy, ...]


class VacancyDocument(_Document):
    """One oxygen taken out of a relaxed cell."""

    label: str
    multiplicity: int
    depth_A: float | None
    difference_eV: float = Field(description="Energy without the atom minus energy of the host, eV.")
    unrelaxed_eV: float = Field(description="The same before anything moved, eV.")


class SlabDocument(_Document):
    """A slab of the relaxed cathode."""

    model: Model


@dataclass
class SlabMaker(Maker):
    """Cut a slab with the lattice constants of the relaxed bulk.

    Parameters
    ----------
    cathode : str
        Id in the catalog.
    face : tuple of int
        Hexagonal indices.
    max_atoms : int
        Atoms at most, counted with all lithium.
    name : str
        Name of the job.
    """

    cathode: str = "NMC811"
    face: tuple[int, int, int] = (1, 0, 4)
    max_atoms: int = 80
    name: str = "slab"

    @science_job(SlabDocument, version="2")
    def make(self, built: Model, relaxed: RelaxDocument, lithium: float) -> SlabDocument:
        """Cut the slab.

        Parameters
        ----------
        built : Model
            The bulk as it was built.
        relaxed : RelaxDocument
            The same relaxed.
        lithium : float
            x in LixMO2.
        """
        axes = np.array(built.recipe["axes_A"])
        a, c = relaxed_lattice(axes, built.atoms, relaxed.model.atoms)
        recipe = cathode_recipe(self.cathode, lithium).model_copy(update={"a_A": a, "c_A": c})
        h, k, l = self.face  # noqa: E741
        return SlabDocument(
            model=layered_oxide_slab(
                recipe, (h, k, l), name=f"{self.cathode} x={lithium:g}", max_atoms=self.max_atoms
            )
        )


@dataclass
class HostMaker(Maker):
    """Relax the ions of a cell and take each kind of its oxygens out once, without relaxing.

    Parameters
    ----------
    fmax_eV_A : float
        Largest force left; not reaching it is an error.
    max_steps : int
        Steps after which it has failed.
    deepest_A : float
        Oxygens of a slab that lie deeper below its surface are left out: they are those of the bulk.
    name : str
        Name of the job.
    """

    fmax_eV_A: float = 0.05
    max_steps: int = 500
    deepest_A: float = 3.0
    name: str = "host"

    @science_job(HostDocument, version="2")
    def make(self, model: Model, potential: PotentialRef) -> HostDocument:
        """Relax the cell and look at its oxygens.

        Raises
        ------
        RunError
            If it does not converge.
        """
        calc = calculator(potential)
        outcome = relax(
            model.atoms,
            calc,
            fmax_eV_A=self.fmax_eV_A,
            max_steps=self.max_steps,
            label=f"{model.name} {self.name}",
        )
        host = model.with_atoms(outcome.atoms, step="relax ions", potential=potential.id)
        sites = []
        for vacancy in vacancies(host, OXYGEN):
            if (vacancy.depth_A or 0.0) > self.deepest_A:
                continue
            atoms = vacancy.model.atoms
            atoms.calc = calc
            sites.append(
                SiteEnergy(
                    label=vacancy.label,
                    site=vacancy.site,
                    multiplicity=vacancy.multiplicity,
                    depth_A=vacancy.depth_A,
                    unrelaxed_eV=float(atoms.get_potential_energy()) - outcome.energy_eV,
                )
            )
        ordered = sorted(sites, key=lambda site: site.unrelaxed_eV)
        return HostDocument(model=host, energy_eV=outcome.energy_eV, sites=tuple(ordered))


@dataclass
class VacancyMaker(Maker):
    """Take one oxygen out of a relaxed cell and relax the ions around it.

    Parameters
    ----------
    fmax_eV_A, max_steps, name
        As in `HostMaker`.
    """

    fmax_eV_A: float = 0.05
    max_steps: int = 500
    name: str = "vacancy"

    @science_job(VacancyDocument, version="1")
    def make(self, host: HostDocument, rank: int, potential: PotentialRef) -> VacancyDocument:
        """Relax the vacancy that is the `rank`-th cheapest before relaxation, counted from 0.

        Raises
        ------
        StructureError
            If there are not so many kinds of oxygen.
        RunError
            If it does not converge.
        """
        if rank >= len(host.sites):
            raise StructureError(
                f"{host.model.name} has {len(host.sites)} kinds of oxygen, there is no number {rank + 1}",
                where=host.model.name,
            )
        chosen = host.sites[rank]
        (cell,) = [vacancy.model for vacancy in vacancies(host.model, OXYGEN) if vacancy.site == chosen.site]
        outcome = relax(
            cell.atoms,
            calculator(potential),
            fmax_eV_A=self.fmax_eV_A,
            max_steps=self.max_steps,
            label=f"{host.model.name} {self.name} {rank + 1}",
        )
        return VacancyDocument(
            label=chosen.label,
            multiplicity=chosen.multiplicity,
            depth_A=chosen.depth_A,
            difference_eV=outcome.energy_eV - host.energy_eV,
            unrelaxed_eV=chosen.unrelaxed_eV,
        )


def cathode_recipe(cathode: str, lithium: float) -> LayeredOxideRecipe:
    """Return the recipe of a layered cathode of the catalog at a lithium content.

    Raises
    ------
    UsageError
        If it is no layered oxide.
    """
    recipe = load_catalog().find(cathode).recipe
    if not isinstance(recipe, LayeredOxideRecipe):
        raise UsageError(f"{cathode} is no layered cathode", where=cathode, hint="NMC811 or NMC622")
    return recipe.model_copy(update={"lithium": lithium})


def lithiated_cell(cathode: str, lithium: float, *, max_atoms: int) -> Model:
    """Return the bulk cell of a cathode at a lithium content."""
    return layered_oxide_model(
        cathode_recipe(cathode, lithium), name=f"{cathode} x={lithium:g}", max_atoms=max_atoms, seed=0
    )
