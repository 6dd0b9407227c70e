"""Which potential computes what the chosen one does not cover."""

from collections.abc import Iterable

from lithicoat.workflows.potentials.registry import (
    PotentialRef,
    check_elements,
    elements,
    list_potentials,
    resolve,
)

__all__ = ["covering"]


def covering(preferred: PotentialRef, symbols: Iterable[str]) -> PotentialRef:
    """Return the preferred potential if it covers these elements, else the first one here that does.

    Energies of two potentials are never mixed: whatever enters one difference is computed with the one
    that is returned.

    Raises
    ------
    PotentialError
        If no potential on this machine covers them.
    """
    wanted = set(symbols)
    if wanted <= set(elements(preferred)):
        return preferred
    for entry in list_potentials():
        if entry.available and wanted <= set(entry.elements):
            return resolve(entry.id)
    check_elements(preferred, wanted)
    return preferred
