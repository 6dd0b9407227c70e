"""The ways a film can be built: one frozen model per builder, told apart by the field `builder`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.formulas import Formula

__all__ = [
    "AmorphousRecipe",
    "CrystalRecipe",
    "LayeredOxideRecipe",
    "LithiconeRecipe",
    "MetalconeRecipe",
    "MolecularRecipe",
    "PolymerRecipe",
    "Recipe",
    "Simple",
    "StackLayer",
    "StackRecipe",
    "StitchedRecipe",
    "SubCycle",
    "SupercycleRecipe",
]


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CrystalRecipe(_Spec):
    """Take a shipped crystal."""

    builder: Literal["crystal"]
    cif: str = Field(description="File name in structures/data/crystals, or a path of the user's own.")


class AmorphousRecipe(_Spec):
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


class SubCycle(_Spec):
    """One precursor pair of a supercycle: what each cycle deposits (protocols §1)."""

    formula: Formula
    units: tuple[str, ...] = Field((), description="Anions packed whole, as in an amorphous recipe.")
    cycles: int = Field(gt=0)
    growth_per_cycle_A: float = Field(gt=0)
    density_g_cm3: float = Field(gt=0)
    source: str


class SupercycleRecipe(_Spec):
    """An amorphous film whose composition follows from its ALD supercycle."""

    builder: Literal["supercycle"]
    subcycles: tuple[SubCycle, ...] = Field(min_length=2)
    melting_point_K: float | None = Field(None, gt=0)


class MolecularRecipe(_Spec):
    """What recipes of whole molecules have in common."""

    builder: str

    density_g_cm3: float = Field(gt=0, description="Density of the film, reported or estimated.")
    density_source: str
    layers: int = Field(
        1, ge=1, le=20, description="Layers laid one upon the other, as MLD grows; 1 packs the cell in bulk."
    )


class LithiconeRecipe(MolecularRecipe):
    """A molecular-layer-deposited lithium alkoxide, packed from its repeat unit."""

    builder: Literal["lithicone"]
    smiles: str = Field(description="Lithium alkoxide, such as `[Li]OCC(O[Li])CO[Li]`, or its alcohol.")
    lithiation: float = Field(
        1.0, gt=0, le=1, description="Share of the hydroxyls that hold Li; the others keep their proton."
    )


class MetalconeRecipe(MolecularRecipe):
    """An MLD film of metal ions and alkoxides: alucone, zircone."""

    builder: Literal["metalcone"]
    metal: str = Field(description="Symbol of the metal, such as `Al`.")
    charge: int = Field(ge=1, le=6, description="Charge of the metal ion.")
    alcohol: str = Field(description="SMILES of the alcohol, such as `OCCO`.")
    unreacted: float = Field(
        0.0, ge=0, lt=1, description="Share of the hydroxyls that kept their proton; the metal follows."
    )


class PolymerRecipe(MolecularRecipe):
    """An MLD film of covalent chains, packed from oligomers."""

    builder: Literal["polymer"]
    unit: str = Field(description="SMILES of the repeat unit with two open ends: `*NC(=O)NCC*`.")
    length: int = Field(ge=1, le=20, description="Repeat units of a chain; hydrogen closes its ends.")


class StitchedRecipe(_Spec):
    """A layered crystal whose vacancies hold formula units of a salt: LiF-stitched h-BN."""

    builder: Literal["stitched"]
    cif: str = Field(description="Crystal of the host, as in a crystal recipe.")
    removed: Formula = Field(description="Atoms taken out for one unit of filler, neighbours: `BN`.")
    filler: Formula = Field(description="Formula unit set in their place: `LiF`.")
    fraction: float = Field(gt=0, lt=1, description="Share of the host's formula units that are replaced.")


class LayeredOxideRecipe(_Spec):
    """A layered cathode, Li_x M O2, whose metals share their sites at random."""

    builder: Literal["layered_oxide"]
    metals: dict[str, float] = Field(min_length=1, description="Share of each metal; the sum is 1.")
    lithium: float = Field(1.0, ge=0, le=1, description="x in LixMO2.")
    cif: str = Field("LiNiO2_166.cif", description="Crystal whose metal sites are shared.")
    a_A: float = Field(gt=0, description="Hexagonal lattice constant of the lithiated oxide, Å.")
    c_A: float = Field(gt=0, description="Hexagonal lattice constant of the lithiated oxide, Å.")
    source: str = Field(description="Where the lattice constants are from.")


Simple = Annotated[
    CrystalRecipe
    | AmorphousRecipe
    | SupercycleRecipe
    | LithiconeRecipe
    | MetalconeRecipe
    | PolymerRecipe
    | StitchedRecipe
    | LayeredOxideRecipe,
    Field(discriminator="builder"),
]


class StackLayer(_Spec):
    """One film of a stack."""

    coating: str = Field(description="Id of the catalog.")
    recipe: Simple = Field(description="Recipe of that coating; a catalog file leaves it out.")
    thickness_nm: float = Field(gt=0, description="Thickness, or cycles times growth per cycle, nm.")
    source: str = Field(description="Where the thickness is from.")


class StackRecipe(_Spec):
    """Films laid one upon the other, the first one on the electrode."""

    builder: Literal["stack"]
    layers: tuple[StackLayer, ...] = Field(min_length=2)


Recipe = Annotated[Simple | StackRecipe, Field(discriminator="builder")]
