"""Which kind of worker takes a step."""

from enum import Enum

__all__ = ["Category", "category_of"]

DYNAMICS = ("anneal", "diffusion", "elastic 300 K", "rebuild")
"""Steps that spend their time in long dynamics: they go to a GPU where there is one."""


class Category(Enum):
    """Kind of worker."""

    CPU = "cpu"
    GPU = "gpu"


def category_of(step: str) -> Category:
    """Tell where a step belongs by its name."""
    return Category.GPU if step.startswith(DYNAMICS) else Category.CPU
