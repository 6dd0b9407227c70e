"""Relaxed cells as phases: what reaction energies of a film are taken from."""

from collections.abc import Sequence

import numpy as np

from lithicoat.analysis.thermochemistry.groups import sulfur_groups
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind
from lithicoat.structures.model import Model
from lithicoat.workflows.mechanics.relaxation import RelaxDocument

__all__ = ["film_phases", "phase_of"]


def film_phases(film: Sequence[RelaxDocument]) -> list[Phase]:
    """Return each replica of a film as a phase, per formula unit."""
    return [
        phase_of(document.model, document.energy_eV, name=f"film {document.model.name}", kind=PhaseKind.FILM)
        for document in film
    ]


def phase_of(
    model: Model, energy_eV: float, *, name: str, kind: PhaseKind, flags: tuple[str, ...] = ()
) -> Phase:
    """Return a relaxed cell as a phase.

    Parameters
    ----------
    model : Model
        The cell.
    energy_eV : float
        Its energy, eV.
    name : str
        Name of the phase.
    kind : PhaseKind
        What it is.
    flags : tuple of str
        Cautions of its structure.
    """
    formula, units = model.atoms.symbols.formula.reduce()
    counts = {element: float(number) for element, number in formula.count().items()}
    groups = sulfur_groups(model.symbols, model.positions_A, model.cell_A) if "S" in counts else None
    gas = kind is PhaseKind.GAS
    return Phase(
        name=name,
        formula=str(formula) if gas else _written(counts),
        composition=counts,
        energy_eV=energy_eV / units,
        volume_A3=None if gas else float(abs(np.linalg.det(np.array(model.cell_A)))) / units,
        kind=kind,
        groups={group: number / units for group, number in groups.items()} if groups else None,
        flags=flags,
    )


def _written(counts: dict[str, float]) -> str:
    from pymatgen.core import Composition

    return Composition(counts).reduced_formula
