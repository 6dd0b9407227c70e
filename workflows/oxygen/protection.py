"""Protection: by how much a film holds the oxygen of a charged cathode back at its surface."""

from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np
from ase import Atoms
from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.oxygen.species import Oxygen, take_census
from lithicoat.analysis.properties import Property
from lithicoat.structures.crystals.vacancies import SiteClasses, vacancies
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.surfaces.interfaces import report_of, sides_of
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics.relaxation import RelaxOutcome, relax
from lithicoat.workflows.oxygen.reacting import source_of
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.judging import outside
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.progress import report
from lithicoat.workflows.protocols import AdhesionSpec
from lithicoat.workflows.steps import science_job

__all__ = ["OxygenPair", "ProtectionDocument", "ProtectionMaker", "protection_properties"]

SURFACE_A = 2.0
"""Oxygens so far below the highest one of the electrode belong to its surface."""


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class OxygenPair(_Document):
    """One oxygen of the cathode's surface, taken out under the film and without it."""

    label: str = Field(description="Its neighbours in the bare slab, as `O surface Ni3`.")
    site: int = Field(ge=0, description="Index in the interface.")
    covered_eV: float = Field(description="Energy without it minus energy with it, under the film, eV.")
    bare_eV: float = Field(description="The same on the bare slab of the same cell, eV.")

    @property
    def difference_eV(self) -> float:
        """By how much the film holds it back, eV."""
        return self.covered_eV - self.bare_eV


class ProtectionDocument(_Document):
    """What a film does to the oxygen of the cathode beneath it."""

    film: str = Field(description="Id of the coating, or stem of the user's file.")
    electrode: str = Field(description="Electrode and face: `NMC811@0.25(104)`.")
    potential: PotentialRef
    interface: Model = Field(description="The relaxed interface; the electrode's atoms come first.")
    sites: tuple[OxygenPair, ...] = Field(min_length=1, description="Weakest oxygen of the bare slab first.")
    failed: int = Field(0, ge=0, description="Sites whose relaxation did not converge.")
    crossed: int = Field(ge=0, description="Oxygens of the electrode that the film took as it was relaxed.")
    sulfur_bonds: int = Field(
        ge=0, description="Bonds between the film's sulfur and oxygens of the electrode, relaxed."
    )
    film_strain: float = Field(description="Largest principal strain of the film, a fraction.")
    outside: str | None = Field(None, description="What the potential's guard says of the interface.")

    @property
    def weakest_eV(self) -> float:
        """Difference between the weakest oxygen under the film and the weakest one of the bare slab, eV."""
        return min(pair.covered_eV for pair in self.sites) - min(pair.bare_eV for pair in self.sites)


@dataclass
class ProtectionMaker(Maker):
    """Take oxygen out of a cathode's surface, under a film and bare.

    The chemical potential of oxygen is the same in both and cancels; so do the errors of the potential for
    it. Both slabs are the same cell, with the same atoms held.

    Parameters
    ----------
    spec : AdhesionSpec
        Largest force and steps of the relaxations.
    sites : int
        Oxygens of the surface that are tried, each of another kind where there are several.
    guard : str or None
        Content hash of the potential's guard, from `potentials.judging.guard_hash`.
    name : str
        Name of the job.
    """

    spec: AdhesionSpec
    sites: int = 3
    guard: str | None = None
    name: str = "protection"

    @science_job(ProtectionDocument, version="1")
    def make(self, interface: Model, potential: PotentialRef) -> ProtectionDocument:
        """Compare the oxygens of the cathode's surface under the film and without it.

        Parameters
        ----------
        interface : Model
            Film on a cathode, under vacuum, as built by `interface_of` or as relaxed by the step of adhesion.
        potential : PotentialRef
            Covers film and cathode; all energies are its own.

        Raises
        ------
        StructureError
            If the model is no interface under vacuum, or its electrode's surface holds no oxygen.
        RunError
            If a slab does not converge, or none of the vacancies does.
        """
        electrode = _electrode(interface)
        covered = self._relaxed(interface.atoms, potential, f"{interface.name} covered")
        bare = self._relaxed(electrode.atoms, potential, f"{interface.name} bare")
        whole = interface.with_atoms(covered.atoms, step="relax", potential=potential.id)
        source = source_of(whole)
        census = take_census(whole.symbols, whole.positions_A, whole.cell_A, source)
        states = dict(zip(source.oxygens, census.oxygens, strict=True))
        chosen = _surface_oxygens(
            electrode.with_atoms(bare.atoms, step="relax", potential=potential.id),
            lattice=[atom for atom, state in states.items() if state is Oxygen.LATTICE],
            most=self.sites,
        )
        pairs, failed = self._pairs(chosen, covered, bare, potential, interface.name)
        built = report_of(interface)
        return ProtectionDocument(
            film=built.film,
            electrode=built.electrode,
            potential=potential,
            interface=whole,
            sites=tuple(sorted(pairs, key=lambda pair: pair.bare_eV)),
            failed=failed,
            crossed=sum(state.taken_up for state in states.values()),
            sulfur_bonds=census.counts.get("S-O bonds", 0),
            film_strain=max(built.film_strain.principal, key=abs),
            outside=outside(whole.atoms, interface.name, potential, guard=self.guard),
        )

    def _pairs(
        self,
        chosen: list[tuple[int, str]],
        covered: RelaxOutcome,
        bare: RelaxOutcome,
        potential: PotentialRef,
        name: str,
    ) -> tuple[list[OxygenPair], int]:
        """Take each oxygen out of both slabs; a site that does not converge is left out of both."""
        pairs, reason = [], ""
        for number, (site, label) in enumerate(chosen, start=1):
            try:
                costs = [self._cost(slab, site, potential, f"{name} {label}") for slab in (covered, bare)]
            except RunError as error:
                reason = error.message
                continue
            finally:
                report(f"{name} {self.name}", number, len(chosen), "oxygens")
            pairs.append(OxygenPair(label=label, site=site, covered_eV=costs[0], bare_eV=costs[1]))
        if not pairs:
            raise RunError(
                f"none of {len(chosen)} oxygen vacancies of {name} converged; last: {reason}",
                where=name,
                hint="raise max_steps",
            )
        return pairs, len(chosen) - len(pairs)

    def _cost(self, slab: RelaxOutcome, site: int, potential: PotentialRef, label: str) -> float:
        return self._relaxed(_without(slab.atoms, site), potential, label).energy_eV - slab.energy_eV

    def _relaxed(self, atoms: Atoms, potential: PotentialRef, label: str) -> RelaxOutcome:
        return relax(
            atoms,
            calculator(potential),
            fmax_eV_A=self.spec.fmax_eV_A,
            max_steps=self.spec.max_steps,
            label=label,
        )


def protection_properties(document: ProtectionDocument) -> dict[str, Property]:
    """Return oxygen_protection in eV.

    It is the difference between the weakest oxygen under the film and that of the bare slab: positive if the
    film holds the oxygen back. The uncertainty is the spread of the differences of single oxygens; with
    one oxygen only there is none.
    """
    differences = [pair.difference_eV for pair in document.sites]
    number = len(differences)
    flags = [f"{number} oxygens of {document.electrode}" if number > 1 else "one oxygen only: no spread"]
    if number > 1:
        flags.append(f"mean over single oxygens {fmean(differences):+.2f} eV")
    if document.crossed:
        flags.append(f"{document.crossed} O of the cathode crossed into the film as it was relaxed")
    if document.sulfur_bonds:
        flags.append(f"{document.sulfur_bonds} bonds between sulfur of the film and oxygen of the cathode")
    if document.failed:
        flags.append(f"{document.failed} further oxygens did not converge")
    if document.outside:
        flags.append(document.outside)
    return {
        "oxygen_protection": Property(
            value=document.weakest_eV,
            uncertainty=stdev(differences) if number > 1 else None,
            unit="eV",
            flags=tuple(flags),
        )
    }


def _electrode(interface: Model) -> Model:
    """Return the electrode of an interface as a slab in the same cell, the same atoms held."""
    built = report_of(interface)
    if built.interfaces != 1:
        raise StructureError(
            f"{interface.name} is a sandwich: it has no free slab to compare with",
            where=interface.name,
            hint="an interface under vacuum",
        )
    below, _ = sides_of(interface)
    if "O" not in below.get_chemical_symbols():
        raise StructureError(
            f"{built.electrode} holds no oxygen that a film could protect",
            where=interface.name,
            hint="a cathode, such as NMC811@0.25(104)",
        )
    return Model.from_atoms(
        below,
        name=built.electrode,
        kind=ModelKind.SLAB,
        seed=interface.seed,
        fixed=interface.fixed,
        recipe={"builder": "slab", "composition": dict(below.symbols.formula.count())},
    )


def _surface_oxygens(bare: Model, *, lattice: list[int], most: int) -> list[tuple[int, str]]:
    """Return oxygens of the free surface that the film has not taken, the highest of each kind first."""
    heights = np.array(bare.positions_A)[:, 2]
    own = [atom for atom in lattice if atom not in bare.fixed]
    if not own:
        raise StructureError(f"the surface of {bare.name} has no oxygen left", where=bare.name)
    top = max(heights[atom] for atom in own)
    found = {
        vacancy.site: vacancy.label
        for vacancy in vacancies(bare, "O", by=SiteClasses.ENVIRONMENT)
        if vacancy.site in own and heights[vacancy.site] > top - SURFACE_A
    }
    others = [
        atom for atom in sorted(own, key=lambda atom: -heights[atom]) if heights[atom] > top - SURFACE_A
    ]
    for atom in others:  # more of the same kinds where there are fewer kinds than are asked for
        found.setdefault(atom, f"O surface #{atom + 1}")
    return list(found.items())[:most]


def _without(atoms: Atoms, site: int) -> Atoms:
    left: Atoms = atoms.copy()
    del left[site]
    return left
