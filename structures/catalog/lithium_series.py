"""A layered cathode at any lithium content: `NMC811@0.25`."""

from dataclasses import dataclass

from lithicoat.structures.catalog.series import number_between
from lithicoat.structures.coating import Coating
from lithicoat.structures.errors import StructureError
from lithicoat.structures.recipes import LayeredOxideRecipe

__all__ = ["LithiumSeries"]


@dataclass(frozen=True)
class LithiumSeries:
    """A catalog entry of a layered oxide, whose lithium content is free from 0 to 1.

    Parameters
    ----------
    coating : Coating
        The entry as it stands in the catalog.
    """

    coating: Coating

    @property
    def id(self) -> str:
        """Id of the entry."""
        return self.coating.id

    def at(self, text: str) -> Coating:
        """Return the oxide at an x of LixMO2 given as text; its id is `<id>@<x>`.

        Raises
        ------
        StructureError
            If x is no number or outside 0 … 1.
        """
        recipe = self.coating.recipe
        if not isinstance(recipe, LayeredOxideRecipe):
            raise StructureError(f"{self.id} is not a layered oxide", where=self.id)
        x = float(number_between(text, 0, 1, of=self.id, default=0.25))
        return self.coating.model_copy(
            update={
                "id": f"{self.id}@{x:g}",
                "name": f"{self.coating.name}, x(Li) = {x:g}",
                "recipe": recipe.model_copy(update={"lithium": x}),
            }
        )
