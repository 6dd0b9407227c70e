"""Places of one machine, which mean nothing on another."""

from typing import Any

__all__ = ["POTENTIAL", "placeless"]

POTENTIAL = {"id", "sha256", "path"}
"""Fields of a reference to a potential, as they stand in a document."""


def placeless(value: Any) -> Any:
    """Forget where the weights of a potential lie: the same ones lie elsewhere on another machine."""
    if isinstance(value, dict):
        reduced = {name: placeless(item) for name, item in value.items()}
        return {**reduced, "path": None} if reduced.keys() == POTENTIAL else reduced
    return [placeless(item) for item in value] if isinstance(value, list) else value
