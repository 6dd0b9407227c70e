"""How a crystal may come onto an electrode: apart from what builds it, because the command line needs it."""

from enum import Enum

__all__ = ["Form"]


class Form(Enum):
    """How a crystal may come onto its electrode. Other films are always packed."""

    BEST = "best"
    """Coherent, or packed at random if no face matches."""
    CRYSTAL = "crystal"
    """Coherent, or an error."""
    AMORPHOUS = "amorphous"
    """Packed at random: the ions of its composition at its density."""
