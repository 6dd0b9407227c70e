"""A Model: one atomistic cell of a coating, with seed and recipe."""

import hashlib
from enum import Enum
from typing import Any, Self

import numpy as np
from ase import Atoms
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Model", "ModelKind"]


class ModelKind(Enum):
    """What sort of cell a model is; protocols choose their temperatures by it."""

    CRYSTAL = "crystal"
    AMORPHOUS = "amorphous"
    MOLECULAR = "molecular"
    """Whole molecules, alone or with ions: lithicones, metalcones, polymers. Their bonds must hold."""
    SLAB = "slab"
    """A surface with vacuum above it."""
    INTERFACE = "interface"
    """Two solids in one cell."""


class Model(BaseModel):
    """One periodic cell with the story of how it was made.

    Positions are stored in Å, as many rows as atoms; the cell holds the lattice vectors as rows in Å.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(description="Id of the coating, or the stem of the user's file.")
    kind: ModelKind = Field(description="What sort of cell it is.")
    symbols: tuple[str, ...] = Field(description="Chemical symbols, one per atom.")
    positions_A: tuple[tuple[float, float, float], ...] = Field(description="Cartesian positions in Å.")
    cell_A: tuple[tuple[float, float, float], ...] = Field(description="Lattice vectors as rows, in Å.")
    seed: int | None = Field(None, description="Seed of the random packing; None for a crystal.")
    bonds: tuple[tuple[int, int], ...] | None = Field(
        None,
        description="Covalent graph (non-metals only) that dynamics must leave as it is; None if none.",
    )
    fixed: tuple[int, ...] = Field((), description="Indices of atoms held in place, such as a slab's bottom.")
    recipe: dict[str, Any] = Field(default_factory=dict, description="How the cell was made, step by step.")

    @classmethod
    def from_atoms(cls, atoms: Atoms, *, name: str, kind: ModelKind, **story: Any) -> Self:
        """Take cell, symbols and positions from ASE atoms; `story` gives seed, bonds, fixed and recipe."""
        return cls(
            name=name,
            kind=kind,
            symbols=tuple(atoms.get_chemical_symbols()),
            positions_A=atoms.get_positions().tolist(),
            cell_A=atoms.cell.array.tolist(),
            **story,
        )

    def with_atoms(self, atoms: Atoms, *, step: str, **details: Any) -> Self:
        """Return the same model with new cell and positions, and the step written into its recipe."""
        steps = [*self.recipe.get("steps", []), {"step": step, **details}]
        return self.model_copy(
            update={
                "positions_A": tuple(map(tuple, atoms.get_positions().tolist())),
                "cell_A": tuple(map(tuple, atoms.cell.array.tolist())),
                "recipe": {**self.recipe, "steps": steps},
            }
        )

    @property
    def atoms(self) -> Atoms:
        """A fresh ASE Atoms object, periodic in all directions, its fixed atoms constrained."""
        atoms = Atoms(symbols=list(self.symbols), positions=self.positions_A, cell=self.cell_A, pbc=True)
        if self.fixed:
            from ase.constraints import FixAtoms  # noqa: PLC0415 - loads scipy, and most models hold no atom

            atoms.set_constraint(FixAtoms(indices=list(self.fixed)))
        return atoms

    @property
    def formula(self) -> str:
        """Chemical formula of the whole cell in Hill order."""
        return str(self.atoms.get_chemical_formula("hill"))

    @property
    def density_g_cm3(self) -> float:
        """Mass density in g cm⁻³."""
        atoms = self.atoms
        return float(atoms.get_masses().sum() / atoms.get_volume() * 1.66053906660)

    @property
    def content_hash(self) -> str:
        """sha256 of what a computation sees: kind, seed, bonds, fixed atoms, species, positions and cell."""
        held = f" fixed {self.fixed}" if self.fixed else ""
        digest = hashlib.sha256(
            f"{self.kind.value} {self.seed} {self.bonds} {' '.join(self.symbols)}{held}".encode()
        )
        for block in (self.positions_A, self.cell_A):
            rounded = np.round(np.asarray(block, dtype=float), 6) + 0.0  # to 1e-6 Å, no negative zero
            digest.update(rounded.astype("<f8").tobytes())
        return digest.hexdigest()

    def _repr_html_(self) -> str:
        from lithicoat.structures.pictures import model_html  # noqa: PLC0415 - for notebooks alone

        return model_html(self)
