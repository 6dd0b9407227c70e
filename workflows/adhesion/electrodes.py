"""The step that gives an electrode's face the lattice of a potential, and the energy of that face."""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from jobflow import Maker

from lithicoat.structures.cathodes.layered_oxides import layered_oxide_model
from lithicoat.structures.model import Model
from lithicoat.structures.recipes import LayeredOxideRecipe
from lithicoat.structures.surfaces.slabs import slab_of
from lithicoat.workflows.adhesion.documents import J_M2, ElectrodeDocument
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import AdhesionSpec
from lithicoat.workflows.steps import science_job

__all__ = ["ElectrodeMaker", "relaxed_lattice", "surface_energy_J_m2"]

BULK_FMAX_EV_A, BULK_SMAX_GPA = 0.02, 0.05
"""A strain of 1e-3 left in a crystal would be 0.01 J/m² in ten Å of a slab of 10 GPa."""

OXIDE_ATOMS = 80
"""Atoms of the bulk cell from which the lattice constants of a layered oxide are taken."""

VACUUM_A = 15.0
"""Twice the cutoff of the potentials: both faces of a slab are alone."""


@dataclass
class ElectrodeMaker(Maker):
    """Relax the bulk of an electrode, then one of its faces cut from the relaxed bulk.

    Parameters
    ----------
    spec : AdhesionSpec
        Thickness and limits of the slab.
    name : str
        Name of the job.
    """

    spec: AdhesionSpec
    name: str = "electrode"

    @science_job(ElectrodeDocument, version="1")
    def make(
        self,
        name: str,
        miller: tuple[int, int, int],
        solid: Model | LayeredOxideRecipe,
        potential: PotentialRef,
        seed: int,
    ) -> ElectrodeDocument:
        """Relax an electrode.

        Parameters
        ----------
        name : str
            Of the electrode.
        miller : tuple of int
            Indices of the face, in the axes of the crystal's cell, or hexagonal ones.
        solid : Model or LayeredOxideRecipe
            A crystal in its conventional cell, or a layered oxide.
        potential : PotentialRef
            Covers its elements.
        seed : int
            Seed of the lithium order of a layered oxide.

        Raises
        ------
        RunError
            If a relaxation does not converge.
        StructureError
            If the face cannot be cut within the protocol's number of atoms.
        """
        indices = (int(miller[0]), int(miller[1]), int(miller[2]))
        if isinstance(solid, LayeredOxideRecipe):
            model = layered_oxide_model(solid, name=name, max_atoms=OXIDE_ATOMS, seed=seed)
            bulk, energy = self._bulk(model.atoms, name, potential)
            a_A, c_A = relaxed_lattice(np.array(model.recipe["axes_A"]), model.atoms, bulk)
            source = f"{solid.source}; relaxed with {potential.id} at x = {model.recipe['lithium']:g}"
            recipe = solid.model_copy(update={"a_A": a_A, "c_A": c_A, "source": source})
            return ElectrodeDocument(
                name=name,
                miller=indices,
                potential=potential,
                solid=None,
                recipe=recipe,
                energy_eV_per_atom=energy,
                surface_energy_J_m2=None,
            )
        bulk, energy = self._bulk(solid.atoms, name, potential)
        relaxed = solid.with_atoms(bulk, step="relax", potential=potential.id)
        surface = self._surface(bulk, indices, name, energy, potential)
        return ElectrodeDocument(
            name=name,
            miller=indices,
            potential=potential,
            solid=relaxed,
            energy_eV_per_atom=energy,
            surface_energy_J_m2=surface,
        )

    def _bulk(self, atoms: Atoms, name: str, potential: PotentialRef) -> tuple[Atoms, float]:
        outcome = relax(
            atoms,
            calculator(potential),
            fmax_eV_A=min(BULK_FMAX_EV_A, self.spec.fmax_eV_A),
            smax_GPa=BULK_SMAX_GPA,
            max_steps=self.spec.max_steps,
            label=f"{name} bulk",
        )
        return outcome.atoms, outcome.energy_eV / len(atoms)

    def _surface(
        self,
        bulk: Atoms,
        miller: tuple[int, int, int],
        name: str,
        energy_eV_per_atom: float,
        potential: PotentialRef,
    ) -> float:
        slab = slab_of(
            bulk,
            miller,
            name=name,
            thickness_A=self.spec.electrode_thickness_A,
            vacuum_A=VACUUM_A,
            max_atoms=self.spec.max_atoms,
        )
        outcome = relax(
            slab.atoms,
            calculator(potential),
            fmax_eV_A=self.spec.fmax_eV_A,
            max_steps=self.spec.max_steps,
            label=f"{name} face",
        )
        return surface_energy_J_m2(
            outcome.energy_eV, energy_eV_per_atom * len(slab.symbols), area_A2=slab.recipe["area_A2"]
        )


def surface_energy_J_m2(slab_eV: float, bulk_eV: float, *, area_A2: float) -> float:
    """Return the energy of a slab's two faces over their area, J/m².

    Parameters
    ----------
    slab_eV : float
        Energy of the slab, eV.
    bulk_eV : float
        Energy of as many formula units of the bulk, relaxed with the same potential, eV.
    area_A2 : float
        Area of one face, Å².
    """
    return (slab_eV - bulk_eV) / (2 * area_A2) * J_M2


def relaxed_lattice(axes_A: np.ndarray, start: Atoms, end: Atoms) -> tuple[float, float]:
    """Return the hexagonal lattice constants of a relaxed supercell, averaged over its shape.

    Parameters
    ----------
    axes_A : array of shape (3, 3)
        Hexagonal axes of the cell before, as rows, Å.
    start, end : Atoms
        The supercell before and after.

    Returns
    -------
    tuple of (float, float)
        a and c, Å: area of the basal plane and volume are those of the relaxed cell.

    Raises
    ------
    RunError
        If the relaxed cell has collapsed.
    """
    axes = axes_A @ np.linalg.solve(start.cell.array, end.cell.array)
    area = float(np.linalg.norm(np.cross(axes[0], axes[1])))
    height = abs(float(np.linalg.det(axes))) / area if area else 0.0
    a_A = float(np.sqrt(2 * area / np.sqrt(3)))
    before = np.linalg.norm(axes_A[0]), np.linalg.norm(axes_A[2])
    if not (0.8 < a_A / before[0] < 1.25 and 0.8 < height / before[1] < 1.25):
        raise RunError(
            f"the layered oxide has left its lattice: a {a_A:.2f} Å, c {height:.2f} Å",
            where="electrode",
            hint="the potential does not hold this oxide together; choose another",
        )
    return a_A, height
