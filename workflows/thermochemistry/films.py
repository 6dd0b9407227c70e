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
        The cell; a gas is named by its formula.
    energy_eV : float
        Its energy, eV.
    name : str
        Name of the phase.
    kind : PhaseKind
        What it is; a cathode is counted per two oxygens.
    flags : tuple of str
        Cautions of its structure.
    """
    formula, counts, units = _unit(model, kind)
    groups = sulfur_groups(model.symbols, model.positions_A, model.cell_A) if "S" in counts else None
    return Phase(
        name=name,
        formula=formula,
        composition=counts,
        energy_eV=energy_eV / units,
        volume_A3=None
        if kind is PhaseKind.GAS
        else float(abs(np.linalg.det(np.array(model.cell_A)))) / units,
        kind=kind,
        groups={group: number / units for group, number in groups.items()} if groups else None,
        flags=flags,
    )


def _unit(model: Model, kind: PhaseKind) -> tuple[str, dict[str, float], float]:
    """Return formula and composition of the unit that energies are of, and how many the cell holds."""
    counts = {element: float(number) for element, number in model.atoms.symbols.formula.count().items()}
    if kind is PhaseKind.GAS:
        return model.name, counts, 1.0
    if kind is PhaseKind.CATHODE:
        units = counts["O"] / 2
        written = "".join(f"{element}{number / units:g}" for element, number in counts.items())
    else:
        from pymatgen.core import Composition

        written, units = Composition(counts).get_reduced_formula_and_factor()
    return written, {element: number / units for element, number in counts.items()}, float(units)
