"""CHGNet at half its usual cost: energy, forces and stress from one backward pass."""

import warnings
from pathlib import Path
from typing import Any

import torch
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.stress import full_3x3_to_voigt_6_stress
from ase.units import GPa
from chgnet.model.dynamics import CHGNetCalculator
from chgnet.model.model import BatchedGraph, CHGNet
from pymatgen.io.ase import AseAtomsAdaptor

from lithicoat.workflows.errors import RunError

__all__ = ["SinglePassCHGNet", "load_chgnet"]

EV_PER_A3_IN_GPA = 160.21766208  # the factor of chgnet

warnings.filterwarnings(  # of torch about chgnet's volumes, harmless, once a process
    "ignore", message="Converting a tensor with requires_grad=True", category=UserWarning
)


class SinglePassCHGNet(CHGNetCalculator):
    """CHGNet's calculator without what only its training needs.

    The published calculator differentiates twice, once for forces and once for stress, keeps both graphs for
    a further derivative, and computes magnetic moments. Here one backward pass gives forces and stress of the
    same model; they agree to the rounding of float32 (about 1e-5 eV/Å).
    """

    implemented_properties = ("energy", "free_energy", "forces", "stress")  # type: ignore[assignment]

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: list[str] | None = None,
        system_changes: list[str] | None = None,
        task: str = "efs",  # noqa: ARG002 - chgnet's signature
    ) -> None:
        """Compute energy (eV), forces (eV/Å) and stress (eV/Å³, ASE's sign, Voigt order).

        Raises
        ------
        RunError
            If an atom has no neighbour within the model's reach.
        """
        Calculator.calculate(self, atoms, properties or ["energy"], system_changes or all_changes)
        if atoms is None:
            msg = "no atoms to compute"
            raise ValueError(msg)
        graph = self._graph(atoms)
        batch = BatchedGraph.from_graphs(
            [graph],
            bond_basis_expansion=self.model.bond_basis_expansion,
            angle_basis_expansion=self.model.angle_basis_expansion,
            compute_stress=True,
        )
        found = self.model._compute(batch, return_site_energies=True)  # noqa: SLF001 - forward() hides the batch
        # sites are summed in float64: the energy of a large cell in float32 is coarse
        interaction = found["site_energies"][0].double().sum()
        slope, virial = torch.autograd.grad(interaction, [batch.atom_positions[0], batch.strains[0]])
        composition = self.model.composition_model([graph]).double().sum() * len(atoms)
        total = float(interaction.detach() + composition)
        stress = (virial / batch.volumes[0] * EV_PER_A3_IN_GPA * GPa).cpu().numpy().astype(float)
        self.results = {
            "energy": total,
            "free_energy": total,
            "forces": -slope.cpu().numpy().astype(float),
            "stress": full_3x3_to_voigt_6_stress(stress),
        }

    def _graph(self, atoms: Atoms) -> Any:
        try:
            graph = self.model.graph_converter(AseAtomsAdaptor.get_structure(atoms))
        except ValueError as error:
            raise RunError(
                f"chgnet cannot describe this cell: {error}",
                where=atoms.get_chemical_formula(),
                hint="the atoms flew apart; lower the temperature, the time step or the strain",
            ) from error
        return graph.to(self.device)


def load_chgnet(path: Path) -> SinglePassCHGNet:
    """Load CHGNet from the file of its weights."""
    model = CHGNet.from_file(str(path), mlp_out_bias=False)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    model.eval()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return SinglePassCHGNet(model=model, use_device=device, on_isolated_atoms="error")
