"""A Coating: one entry of the catalog, and the ways a film can be built."""

import hashlib
from enum import Enum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.formulas import Formula

__all__ = [
    "AmorphousRecipe",
    "Coating",
    "CrystalRecipe",
    "LithiconeRecipe",
    "Recipe",
    "ReportedValue",
    "Role",
    "SubCycle",
    "SupercycleRecipe",
]


class Role(Enum):
    """Which electrode a film protects."""

    ANODE = "anode"
    CATHODE = "cathode"
    BOTH = "both"
    REFERENCE = "reference"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ReportedValue(_Entry):
    """A value from the literature. Contradicting sources stand side by side."""

    property: str = Field(description="Standard name, such as `ionic_conductivity` or `growth_per_cycle`.")
    value: float | str = Field(description="The value; text such as `>20000` where the source gives a bound.")
    unit: str
    source: str = Field(description="Citation.")
    kind: Literal["experiment", "DFT", "derived"] = "experiment"
    phase: str = ""
    temperature_K: float | None = Field(None, ge=0, description="Temperature of the measurement, K.")
    note: str = ""


class CrystalRecipe(_Entry):
    """Take a shipped crystal."""

    builder: Literal["crystal"]
    cif: str = Field(description="File name in structures/data/crystals, or a path of the user's own.")


class AmorphousRecipe(_Entry):
    """Pack formula units at random; workflows melt and quench them."""

    builder: Literal["amorphous"]
    composition: Formula = Field(description="Formula, such as `Li2SO3` or `Li2SO1.5`.")
    units: tuple[str, ...] = Field(
        (),
        description=(
            "Anions packed whole, named in data/anions.toml. Several are a ladder of rising ligand content: "
            "the composition takes the two neighbours it lies between. Empty: all atoms are packed singly."
        ),
    )
    crystal_density_g_cm3: float = Field(
        gt=0, description="Density of the crystal, or interpolated between crystals."
    )
    density_source: str
    melting_point_K: float | None = Field(None, gt=0)


class SubCycle(_Entry):
    """One precursor pair of a supercycle: what each cycle deposits (protocols §1)."""

    formula: Formula
    units: tuple[str, ...] = Field((), description="Anions packed whole, as in an amorphous recipe.")
    cycles: int = Field(gt=0)
    growth_per_cycle_A: float = Field(gt=0)
    density_g_cm3: float = Field(gt=0)
    source: str


class SupercycleRecipe(_Entry):
    """An amorphous film whose composition follows from its ALD supercycle."""

    builder: Literal["supercycle"]
    subcycles: tuple[SubCycle, ...] = Field(min_length=2)
    melting_point_K: float | None = Field(None, gt=0)


class LithiconeRecipe(_Entry):
    """A molecular-layer-deposited lithium alkoxide, packed from its repeat unit."""

    builder: Literal["lithicone"]
    smiles: str = Field(description="Lithium alkoxide, such as `[Li]OCC(O[Li])CO[Li]`.")
    density_g_cm3: float = Field(gt=0, description="Estimated density of the film.")
    density_source: str


Recipe = Annotated[
    CrystalRecipe | AmorphousRecipe | SupercycleRecipe | LithiconeRecipe, Field(discriminator="builder")
]


class Coating(_Entry):
    """A film that can be screened."""

    id: str = Field(pattern=r"^[A-Za-z0-9][\w.+@-]*$", description="Short name; files are called after it.")
    name: str
    family: str = Field(description="lithicone, sulfide, oxysulfide, LAS, reference …")
    role: Role
    recipe: Recipe
    reported: tuple[ReportedValue, ...] = ()
    notes: str = ""

    @property
    def content_hash(self) -> str:
        """sha256 of the id and the recipe: what building sees of the entry."""
        text = f"{self.id} {self.recipe.model_dump_json()}"
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source cited by the entry, each once, in order."""
        return tuple(dict.fromkeys(value.source for value in self.reported))
