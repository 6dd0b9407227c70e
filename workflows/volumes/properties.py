"""From the documents of a film's cells to its volume ratios as a record has them."""

from collections.abc import Sequence

from lithicoat.analysis.criterion.spheres import sphere_volume_ratio
from lithicoat.analysis.criterion.volumes import lithium_volume_ratio
from lithicoat.analysis.properties import Property
from lithicoat.structures.model import ModelKind
from lithicoat.workflows.volumes.documents import VolumeDocument

__all__ = ["NO_LITHIUM", "volume_properties"]

NO_LITHIUM = "the film holds no lithium, and this protocol puts none in"
NO_SITE = "the film holds no lithium"
FAILED = "no cell with another lithium content: see the failures of the film"


def volume_properties(documents: Sequence[VolumeDocument | None]) -> dict[str, Property]:
    """Return the two volume ratios v = V(Li+)/V(Li) of a film, in 1.

    `lithium_volume_ratio` from the change of cell volume with lithium content,
    `lithium_volume_ratio_sphere` by the convention of ionic spheres.

    Parameters
    ----------
    documents : sequence of VolumeDocument or None
        One per relaxed cell, None for a failed one; empty where the step does not apply.
    """
    return {
        "lithium_volume_ratio": _by_cells(documents),
        "lithium_volume_ratio_sphere": _by_spheres(documents),
    }


def _by_cells(documents: Sequence[VolumeDocument | None]) -> Property:
    if not documents:
        return Property.missing("1", NO_LITHIUM)
    there = [document for document in documents if document is not None]
    known = [document for document in there if document.cells]
    reasons = [f"{cell}: {why}" for document in there for cell, why in document.failures.items()]
    if not known:
        return Property.missing("1", reasons[0] if reasons else FAILED)
    found = lithium_volume_ratio(
        [document.cells for document in known], crystal=known[0].kind is ModelKind.CRYSTAL
    )
    if len(known) < len(documents):
        found = found.flagged(f"{len(documents) - len(known)} of {len(documents)} replicas without a value")
    if reasons:
        found = found.flagged(f"{len(reasons)} cells could not be relaxed, {reasons[0]}")
    return found


def _by_spheres(documents: Sequence[VolumeDocument | None]) -> Property:
    there = [document for document in documents if document is not None]
    sites = [document.coordination for document in there if document.coordination]
    if not sites:
        return Property.missing("1", FAILED if documents and not there else NO_SITE)
    return sphere_volume_ratio(sites, crystal=there[0].kind is ModelKind.CRYSTAL)
