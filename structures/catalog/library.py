"""The library of polyols: lithicones that exist or could, and any other alcohol by its SMILES."""

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lithicoat.structures.catalog.files import read_table
from lithicoat.structures.coating import Coating, Role
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.alcohols import deprotonate
from lithicoat.structures.films.densities import SOURCE, estimated_density_g_cm3
from lithicoat.structures.recipes import LithiconeRecipe

__all__ = [
    "LIBRARIES",
    "SMILES",
    "Lithicone",
    "Polyol",
    "find_lithicone",
    "library_ids",
    "load_library",
    "load_polyols",
    "smiles_coating",
]

LIBRARIES = ("polyols",)
"""Libraries there are."""

SMILES = "smiles:"
"""What stands before the SMILES of an alcohol where a coating is named."""

_FILE = Path(__file__).parents[1] / "data" / "polyols.toml"
_KNOWN_SOURCE = "no use of this molecule in molecular layer deposition is known to the library"


class Polyol(BaseModel):
    """An alcohol whose lithium salt is a lithicone."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    slug: str = Field(pattern=r"^[A-Za-z0-9][\w-]*$", description="The film is called `Li-<slug>`.")
    name: str = Field(description="Name of the alcohol.")
    smiles: str = Field(description="SMILES of the alcohol, with its configuration where it has one.")
    formula: str | None = Field(None, description="Formula of the alcohol in Hill order.")
    cas: str | None = Field(None, pattern=r"^\d{2,7}-\d\d-\d$", description="CAS registry number.")
    film: str | None = Field(None, description="Id of the catalog's entry that is the same film.")
    mld: str | None = Field(None, description="Source for its use in molecular layer deposition.")
    density_g_cm3: float | None = Field(None, gt=0, description="Density of the film; estimated if None.")
    density_source: str | None = Field(None, description="Where the density is from.")

    @property
    def id(self) -> str:
        """Id of the film."""
        return f"Li-{self.slug}"

    @property
    def coating(self) -> Coating:
        """The lithicone of this alcohol.

        Raises
        ------
        StructureError
            If the SMILES gives none.
        """
        notes = [f"Lithium salt of {self.name}."]
        notes.append(f"Grown by MLD: {self.mld}." if self.mld else f"A candidate: {_KNOWN_SOURCE}.")
        if self.film:
            notes.append(f"The same film as {self.film} of the catalog, which is taken in its place.")
        return Coating(
            id=self.id,
            name=f"lithium salt of {self.name}",
            family="lithicone",
            role=Role.ANODE,
            recipe=_recipe(self.smiles, density_g_cm3=self.density_g_cm3, source=self.density_source),
            notes=" ".join(notes),
        )


class Lithicone(NamedTuple):
    """A film that is not an entry of the catalog, and the id of the entry that is the same film."""

    coating: Coating
    film: str | None


def find_lithicone(name: str, extra: Path | None = None) -> Lithicone | None:
    """Return a film of the library by its id, or one by `smiles:` and the SMILES of an alcohol.

    A molecule of the library comes as the library has it, whatever way its SMILES is spelled.

    Parameters
    ----------
    name : str
        Such as `Li-erythritol` or `smiles:OCC(O)CO`.
    extra : Path, optional
        A catalog file whose polyols join the library.

    Returns
    -------
    Lithicone or None
        None if the name is neither.

    Raises
    ------
    StructureError
        If the SMILES gives no lithicone.
    """
    polyols = load_polyols(extra)
    if not name.startswith(SMILES):
        polyol = polyols.get(name)
        return Lithicone(polyol.coating, polyol.film) if polyol else None
    smiles = name.removeprefix(SMILES)
    salt = deprotonate(smiles)
    for polyol in polyols.values():
        if deprotonate(polyol.smiles) == salt:
            return Lithicone(polyol.coating, polyol.film)
    return Lithicone(smiles_coating(smiles), None)


def load_library(name: str = "polyols", extra: Path | None = None) -> tuple[Coating, ...]:
    """Return the films of a library.

    Parameters
    ----------
    name : str
        `polyols` is the one there is.
    extra : Path, optional
        A catalog file whose `[[polyol]]` blocks join the library; one with a slug of the library takes its
        place.

    Raises
    ------
    StructureError
        If there is no such library, the file cannot be read, or a block is wrong: file, slug and key are
        named.
    """
    if name not in LIBRARIES:
        raise StructureError(f"there is no library {name}", where=name, hint=" or ".join(LIBRARIES))
    return tuple(polyol.coating for polyol in load_polyols(extra).values())


def library_ids(name: str, extra: Path | None = None) -> tuple[str, ...]:
    """Return the ids of a library's films; where the catalog has the same film, its id.

    Raises
    ------
    StructureError
        As `load_library`.
    """
    if name not in LIBRARIES:
        raise StructureError(f"there is no library {name}", where=name, hint=" or ".join(LIBRARIES))
    return tuple(polyol.film or polyol.id for polyol in load_polyols(extra).values())


def load_polyols(extra: Path | None = None) -> dict[str, Polyol]:
    """Return the polyols by the id of their film, those of a user's catalog file last.

    Raises
    ------
    StructureError
        If the file cannot be read, or a block is wrong: file, slug and key are named.
    """
    return {**_shipped(), **(_read(Path(extra)) if extra is not None else {})}


def smiles_coating(smiles: str) -> Coating:
    """Return the lithicone of any alcohol.

    It is called by the formula and the InChIKey of the alcohol, so that all spellings of one molecule are one
    film: `Li-C3H8O2-YPFDHNVEDLHUCE`.

    Parameters
    ----------
    smiles : str
        An alcohol or a phenol, such as `OCC(O)CO`.

    Raises
    ------
    StructureError
        If it does not parse, has no hydroxyl, has a group more acid than one, is no single neutral molecule,
        or holds an element of unknown volume.
    """
    from rdkit import Chem  # noqa: PLC0415 - heavy
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula  # noqa: PLC0415

    salt = deprotonate(smiles)
    parent: Any = Chem.MolFromSmiles(salt.replace("[Li]", "[H]"))
    skeleton, configuration, _ = Chem.MolToInchiKey(parent).split("-")
    formula = CalcMolFormula(parent)
    name = f"Li-{formula}-{skeleton}"
    if not configuration.startswith("UHFFFAOYSA"):
        name += f"-{configuration}"
    return Coating(
        id=name,
        name=f"lithium salt of {Chem.MolToSmiles(parent)}",
        family="lithicone",
        role=Role.ANODE,
        recipe=_recipe(salt),
        notes="An alcohol given by its SMILES.",
    )


def _recipe(smiles: str, *, density_g_cm3: float | None = None, source: str | None = None) -> LithiconeRecipe:
    return LithiconeRecipe(
        builder="lithicone",
        smiles=deprotonate(smiles),
        density_g_cm3=density_g_cm3 or round(estimated_density_g_cm3(smiles), 2),
        density_source=source or ("not given" if density_g_cm3 else SOURCE),
    )


@cache
def _shipped() -> dict[str, Polyol]:
    return _read(_FILE)


def _read(file: Path) -> dict[str, Polyol]:
    rows = read_table(file).get("polyol", [])
    found: dict[str, Polyol] = {}
    for number, row in enumerate(rows, start=1):
        label = str(row.get("slug", f"polyol {number}")) if isinstance(row, dict) else f"polyol {number}"
        try:
            polyol = Polyol.model_validate(row)
            if file != _FILE:
                deprotonate(polyol.smiles)  # the shipped ones are known to be right
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"]) or "polyol"
            raise StructureError(
                f"polyol {label} of {file.name}: key {key}: {first['msg']}", where=f"{file}: {label}: {key}"
            ) from error
        except StructureError as error:
            raise StructureError(
                f"polyol {label} of {file.name}: key smiles: {error.message}",
                where=f"{file}: {label}: smiles",
                hint=error.hint,
            ) from error
        if polyol.id in found:
            raise StructureError(
                f"polyol {label} of {file.name}: the slug stands twice in the file", where=f"{file}: {label}"
            )
        found[polyol.id] = polyol
    return found
