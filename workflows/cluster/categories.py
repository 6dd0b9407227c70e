"""What a step is called in FireWorks, and which kind of worker takes it."""

from enum import Enum

__all__ = ["SEPARATOR", "Category", "category_of"]

SEPARATOR = " · "
"""Between film and step in the name of a Firework."""
DYNAMICS = ("anneal", "diffusion", "elastic 300 K", "rebuild")
"""Steps that spend their time in long dynamics: they go to a GPU where there is one."""


class Category(Enum):
    """Kind of worker."""

    CPU = "cpu"
    GPU = "gpu"


def category_of(step: str) -> Category:
    """Tell where a step belongs by its name."""
    return Category.GPU if step.startswith(DYNAMICS) else Category.CPU
