"""MACE with less overhead: what a step of dynamics needs, and nothing else."""

from typing import Any

import torch
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.stress import full_3x3_to_voigt_6_stress
from mace.calculators import MACECalculator
from mace.data import get_neighborhood
from mace.tools import atomic_numbers_to_indices
from torch import Tensor

from lithicoat.workflows.potentials.convolution import with_matrix_products

__all__ = ["SinglePassMACE"]


class SinglePassMACE(MACECalculator):
    """mace-torch's calculator of one model, with its tensors made directly from the atoms.

    The published calculator builds a data set with one entry, a loader and a batch at every step, which for a
    small model and cell takes as long as the model. Energies, forces and stresses are the same.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.models = [with_matrix_products(model) for model in self.models]

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: list[str] | None = None,
        system_changes: list[str] | None = None,
    ) -> None:
        """Compute energy (eV), forces (eV/Å) and stress (eV/Å³, ASE's sign, Voigt order)."""
        Calculator.calculate(self, atoms, properties or ["energy"], system_changes or all_changes)
        if atoms is None:
            msg = "no atoms to compute"
            raise ValueError(msg)
        # TorchScript's optimiser compiles in the first calls and rounds otherwise after them: a cell
        # would have other forces in a process that has just begun, and a run that goes on there another end.
        with torch.jit.optimized_execution(False):
            found = self.models[0](self._graph(atoms), compute_stress=True)
        energy = found["energy"].item()
        self.results = {
            "energy": energy,
            "free_energy": energy,
            "energies": found["node_energy"].detach().cpu().numpy(),
            "forces": found["forces"].detach().cpu().double().numpy(),
            "stress": full_3x3_to_voigt_6_stress(found["stress"][0].detach().cpu().double().numpy()),
        }

    def _graph(self, atoms: Atoms) -> dict[str, Tensor]:
        """Return the atoms as mace's tensors, one graph."""
        a, b, c = map(bool, atoms.pbc)
        edges, shifts, images, cell = get_neighborhood(
            positions=atoms.positions,
            cutoff=self.r_max,
            pbc=(a, b, c),
            cell=atoms.cell.array.copy(),
        )
        dtype = next(self.models[0].parameters()).dtype
        kinds = atomic_numbers_to_indices(atoms.numbers, self.z_table)
        tensors = {
            "positions": torch.as_tensor(atoms.positions, dtype=dtype),
            "node_attrs": torch.nn.functional.one_hot(torch.as_tensor(kinds), len(self.z_table)).to(dtype),
            "edge_index": torch.as_tensor(edges, dtype=torch.int64),
            "shifts": torch.as_tensor(shifts, dtype=dtype),
            "unit_shifts": torch.as_tensor(images, dtype=dtype),
            "cell": torch.as_tensor(cell, dtype=dtype),
            "batch": torch.zeros(len(atoms), dtype=torch.int64),
            "ptr": torch.tensor([0, len(atoms)]),
            "head": torch.tensor([self.available_heads.index(self.head)]),
        }
        return {name: tensor.to(self.device) for name, tensor in tensors.items()}
