"""Where the numbers of a run come from, in the form that every property carries."""

from importlib.metadata import PackageNotFoundError, version

from lithicoat.analysis.properties import Property, Provenance
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import Protocol

__all__ = ["TRY_OUT", "provenance", "signed"]

PACKAGES = ("lithicoat", "ase", "atomate2", "chgnet", "kinisi", "mace-torch", "pymatgen", "torch")
TRY_OUT = "try-out protocol"


def provenance(potential: PotentialRef | None, protocol: Protocol | None, seed: int | None) -> Provenance:
    """Gather potential, protocol, seed and the versions of the code that computes here."""
    return Provenance(
        potential=potential.id if potential else None,
        sha256=potential.sha256 if potential else None,
        protocol=protocol.label if protocol else None,
        seed=seed,
        versions={package: found for package in PACKAGES if (found := _version(package))},
    )


def signed(quantity: Property, origin: Provenance, protocol: Protocol | None) -> Property:
    """Return the property with its provenance, flagged if its protocol is for trying out only.

    A property that names its own potential keeps it; one that names its own protocol, such as a reference
    value, keeps all of its provenance.
    """
    own = quantity.provenance
    if own.protocol is not None:
        return quantity
    if own.potential is not None:
        origin = origin.model_copy(update={"potential": own.potential, "sha256": own.sha256})
    flags = (TRY_OUT,) if protocol is not None and protocol.try_out else ()
    return quantity.attributed(origin).flagged(*flags)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
