"""Oxygen scavenging: reaction energies of a film with O2, all with one potential."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np
from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.oxygen.scavenging import (
    Oxidation,
    oxidation_products,
    oxidation_reactions,
    scavenging_capacity,
    scavenging_energy,
    volume_ratio,
)
from lithicoat.analysis.properties import Property
from lithicoat.structures.crystals.cells import crystal_names, load_crystal
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.mechanics.relaxation import RelaxDocument
from lithicoat.workflows.potentials.corrections import corrected_energy_eV
from lithicoat.workflows.potentials.forcefields import MoleculeDocument
from lithicoat.workflows.potentials.registry import PotentialRef, info
from lithicoat.workflows.steps import science_job

__all__ = ["ScavengingDocument", "ScavengingMaker", "mean_density", "oxygen_molecule", "reference_models"]

NO_REFERENCE = "this potential's error for oxidation is not known"

OWN_O2 = "O2 is the potential's own molecule, uncorrected"


class ReactionEnergy(BaseModel):
    """One reaction with O2 and its energy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    equation: str
    products: dict[str, float] = Field(description="Formula units of product per formula unit of film.")
    energy: Property = Field(description="eV per O2; negative is downhill.")


class ScavengingDocument(BaseModel):
    """What a film does with oxygen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reactions: tuple[ReactionEnergy, ...] = Field(description="The one to quote first.")
    energy: Property = Field(description="Of the first reaction, eV per O2.")
    capacity: Property = Field(description="mol O2 per cm³ of film.")
    volume_ratio: Property = Field(description="Volume of the solid products over that of the film.")


@dataclass
class ScavengingMaker(Maker):
    """Reaction energies of a film with O2.

    Parameters
    ----------
    o2_energy_eV : float, optional
        Energy of an O2 molecule that the registry gives for the potential, eV.
    oxidation_error_eV_per_O2 : float, optional
        The potential's error for oxidation by the registry, eV; None if it is not known.
    name : str
        Name of the job.
    """

    o2_energy_eV: float | None = None
    oxidation_error_eV_per_O2: float | None = None
    name: str = "scavenging"

    @science_job(ScavengingDocument, version="1")
    def make(
        self,
        film: list[RelaxDocument],
        references: dict[str, RelaxDocument],
        potential: PotentialRef,
        o2: MoleculeDocument | None = None,
    ) -> ScavengingDocument:
        """Balance the reactions of the film and take their energies.

        Parameters
        ----------
        film : list of RelaxDocument
            Relaxed replicas of the film.
        references : dict of str to RelaxDocument
            Relaxed crystals of the products by formula.
        potential : PotentialRef
            The potential of all of them.
        o2 : MoleculeDocument, optional
            The potential's own O2, for potentials to which the registry gives no energy of O2.
        """
        oxidation = oxidation_reactions(Counter(film[0].model.symbols))
        if not oxidation.reactions:
            return _no_scavenger(str(oxidation.missing))
        o2_energy_eV = self.o2_energy_eV if o2 is None else o2.energy_eV
        if o2_energy_eV is None:
            return _no_scavenger("the registry gives no O2 energy for this potential")
        systematic = self.oxidation_error_eV_per_O2
        energies = {formula: _per_unit(document, potential) for formula, document in references.items()}
        replicas = [_per_unit(document, potential, oxidation) for document in film]
        energies[oxidation.reactions[0].film] = fmean(replicas)
        results = []
        for reaction in oxidation.reactions:
            spread = stdev(replicas) / np.sqrt(len(replicas)) / reaction.o2 if len(replicas) > 1 else 0.0
            energy = scavenging_energy(
                reaction,
                energies,
                o2_energy_eV=o2_energy_eV,
                systematic_error_eV_per_O2=float(np.hypot(systematic or 0.0, spread)),
            )
            if o2 is not None and energy.value is not None:
                energy = energy.flagged(OWN_O2)
            if systematic is None and energy.value is not None:
                energy = energy.model_copy(update={"uncertainty": None}).flagged(NO_REFERENCE)
            results.append(
                ReactionEnergy(equation=reaction.equation, products=reaction.products, energy=energy)
            )
        density = mean_density(film)
        return ScavengingDocument(
            reactions=tuple(results),
            energy=results[0].energy,
            capacity=scavenging_capacity(oxidation.reactions[0], density),
            volume_ratio=volume_ratio(oxidation.reactions[0], density),
        )


def reference_models(elements: Iterable[str]) -> dict[str, Model]:
    """Return the crystals that a film of these elements may turn into, by formula.

    The shipped crystal of each solid product is taken; of several, the first in the index.
    """
    reachable = {*elements, "O"}
    models = {}
    for formula, product in oxidation_products().items():
        files = [name for name in crystal_names() if name.startswith(f"{formula}_")]
        if product.gas or not files:
            continue
        atoms = load_crystal(files[0])
        if set(atoms.get_chemical_symbols()) <= reachable:
            models[formula] = Model.from_atoms(
                atoms, name=formula, kind=ModelKind.CRYSTAL, recipe={"cif": files[0]}
            )
    return models


def oxygen_molecule() -> Model:
    """Return O2 in its box."""
    return Model.from_atoms(load_crystal("O2_molecule.cif"), name="O2", kind=ModelKind.CRYSTAL)


def mean_density(film: list[RelaxDocument]) -> Property:
    """Return the mean density of the replicas in g/cm³ with its standard error."""
    densities = [document.model.density_g_cm3 for document in film]
    if len(densities) == 1:
        return Property(value=densities[0], unit="g/cm3")
    return Property(
        value=fmean(densities), uncertainty=stdev(densities) / np.sqrt(len(densities)), unit="g/cm3"
    )


def _per_unit(document: RelaxDocument, potential: PotentialRef, oxidation: Oxidation | None = None) -> float:
    """Corrected energy per formula unit; that of the film's reactions if they are given."""
    energy = corrected_energy_eV(document.model, document.energy_eV, info(potential).corrections)
    atoms = document.model.atoms
    if oxidation is None:
        return energy / float(atoms.symbols.formula.reduce()[1])
    return energy * sum(oxidation.reactions[0].composition.values()) / len(atoms)


def _no_scavenger(reason: str) -> ScavengingDocument:
    return ScavengingDocument(
        reactions=(),
        energy=Property.missing("eV/O2", reason),
        capacity=Property.missing("mol O2/cm3", reason),
        volume_ratio=Property.missing("1", reason),
    )
