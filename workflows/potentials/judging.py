"""What the guard of a potential says of a surface or an interface."""

from ase import Atoms

from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.guard import descriptors, guard_of
from lithicoat.workflows.potentials.registry import PotentialRef

__all__ = ["guard_hash", "outside"]


def guard_hash(potential: PotentialRef) -> str | None:
    """Return the content hash of a potential's guard: what a judgement is keyed by; None without one."""
    guard = guard_of(potential)
    return guard.content_hash if guard else None


def outside(atoms: Atoms, label: str, potential: PotentialRef, *, guard: str | None) -> str | None:
    """Say what of a cell is outside of the potential's training; None if nothing is, or there is no guard.

    Parameters
    ----------
    atoms : Atoms
        The cell.
    label : str
        What it is, for the sentence.
    potential : PotentialRef
        The potential.
    guard : str or None
        Content hash of the guard that the step was made for.

    Raises
    ------
    RunError
        If the guard is gone or another one.
    """
    if guard is None:
        return None
    found = guard_of(potential)
    if found is None or found.content_hash != guard:
        raise RunError(
            f"the guard of {potential.id} is not the one this step was made for",
            where=potential.id,
            hint="run it again",
        )
    verdict = found.judge([descriptors(calculator(potential), atoms)], atoms.get_chemical_symbols())
    return verdict.sentence(potential.id, label)
