"""The catalog: what can be screened, read from `data/catalog/*.toml` and from files of the same form."""

import difflib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from lithicoat.structures.catalog.files import Block, Entry, entry_of, read_blocks, read_table
from lithicoat.structures.catalog.links import leans, linked
from lithicoat.structures.catalog.materials_project import is_material_id
from lithicoat.structures.coating import Coating, Role
from lithicoat.structures.errors import StructureError
from lithicoat.structures.recipes import CrystalRecipe

__all__ = ["FILES", "MISSION_IDS", "ROLE_IDS", "Catalog", "load_catalog"]

MISSION_IDS = ("LiGL", "LiTEA", "LiHQ", "Li2S", "Li2SO3", "Li2SO4", "Li2SOx", "LAS-1-1", "LAS-1-4")
ROLE_IDS = {
    Role.ANODE: ("LiGL", "LiTEA", "LiHQ", "LAS-1-1", "LAS-1-4", "LiF", "Li3N", "Li3PO4", "Al2O3"),
    Role.CATHODE: (
        "Li2S", "Li2SO3", "Li2SO4", "Li2SOx", "LAS-1-1", "LAS-1-4",
        "Al2O3", "TiO2", "ZrO2", "LZO", "LiAlO2", "LiNbO3",
    ),
}  # fmt: skip
"""Films that are screened for one electrode unless others are named."""
"""The films a screening takes when none are named."""

FILES = (
    "lithicones",
    "hybrids",
    "sulfides",
    "oxysulfides",
    "las",
    "oxides",
    "ternary_oxides",
    "lzo",
    "fluorides",
    "phosphates",
    "nitrides_carbonates",
    "stacks",
    "cathodes",
)
"""Files of the shipped catalog, in the order of their entries."""

CRYSTAL = "crystal"
"""What stands after `@` where the crystal of an amorphous film is wanted."""

_FOLDER = Path(__file__).parents[1] / "data" / "catalog"
_LISTED = "lithicoat catalog lists all; your own films: --catalog my_films.toml"


class Catalog:
    """Coatings by id, in the order of their files.

    Parameters
    ----------
    entries : mapping of str to Entry
        What can be screened, by id.
    polyols : Path, optional
        A catalog file whose `[[polyol]]` blocks join the library of polyols.
    """

    def __init__(self, entries: Mapping[str, Entry], polyols: Path | None = None) -> None:
        self._entries = dict(entries)
        self._polyols = polyols

    def __iter__(self) -> Iterator[Coating]:
        """Go through the coatings in file order; a series comes as the entry stands."""
        for entry in self._entries.values():
            yield entry if isinstance(entry, Coating) else entry.coating

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids in file order."""
        return tuple(self._entries)

    def find(self, name: str) -> Coating:
        """Return the coating of that id.

        `Li2SOx@2.5`, `LAS@1:3` and `NMC811@0.25` ask a series for a composition, a supercycle and a
        lithium content; `Al2O3@crystal` asks for the crystal beside an amorphous film; `mp-1138` is a
        crystal of the Materials Project, fetched with the user's key when it is built. `Li-erythritol` is
        a film of the library of polyols, `smiles:OCC(O)CO` the lithicone of any alcohol; where the catalog
        has the same film, that one comes.

        Parameters
        ----------
        name : str
            Id as listed, with `@` and what is asked for.

        Raises
        ------
        StructureError
            If there is no such id (the nearest are offered), or what stands after `@` has no meaning.
        """
        key, at, asked = name.partition("@")
        entry = self._entries.get(key)
        if entry is None:
            if is_material_id(name):
                return _material(name)
            lithicone = self._lithicone(name)
            if lithicone is not None:
                return lithicone
            raise StructureError(f"{name} is not in the catalog", where=name, hint=self._nearest(key))
        coating = entry if isinstance(entry, Coating) else entry.coating
        if not at:
            return coating
        if asked == CRYSTAL:
            return _crystal_of(coating)
        if not isinstance(entry, Coating):
            return entry.at(asked)
        raise StructureError(
            f"{key} has a fixed composition, so {name} has no meaning", where=name, hint=f"ask for {key}"
        )

    def _lithicone(self, name: str) -> Coating | None:
        """Return a film of the library or of a SMILES, or the catalog's own entry for the same film."""
        from lithicoat.structures.catalog.library import find_lithicone  # noqa: PLC0415 - leads to RDKit

        found = find_lithicone(name, self._polyols)
        own = self._entries.get(found.film) if found and found.film else None
        return own if isinstance(own, Coating) else found and found.coating

    def _nearest(self, key: str) -> str:
        from lithicoat.structures.catalog.library import load_polyols  # noqa: PLC0415

        lowered = {identity.lower(): identity for identity in (*load_polyols(self._polyols), *self._entries)}
        near = difflib.get_close_matches(key.lower(), lowered, n=3, cutoff=0.6)
        names = " or ".join(lowered[match] for match in near)
        return f"Did you mean {names}? ({_LISTED})" if names else _LISTED


def load_catalog(extra: Path | None = None) -> Catalog:
    """Read the shipped catalog and, over it, a user's own.

    Parameters
    ----------
    extra : Path, optional
        A TOML file of the same form as those of `structures/data/catalog`. An entry with the id of a
        shipped one takes its place, also in the stacks that name it. It may cite the sources of the
        shipped catalog. A CIF that is not a shipped one is looked for beside it. Its `[[polyol]]` blocks
        join the library of polyols.

    Returns
    -------
    Catalog

    Raises
    ------
    StructureError
        If a file cannot be read, or an entry is wrong: file, entry and key are named.
    """
    if extra is None:
        return Catalog(_shipped_entries())
    own = read_blocks(Path(extra), _shipped_sources())
    if read_table(Path(extra)).get("polyol"):
        from lithicoat.structures.catalog.library import load_polyols  # noqa: PLC0415 - leads to RDKit

        load_polyols(extra)  # a wrong block is told at once
    return Catalog(_entries({**_shipped_blocks(), **own}), polyols=Path(extra))


@cache
def _shipped_sources() -> dict[str, str]:
    sources: dict[str, str] = read_table(_FOLDER / "sources.toml")["sources"]
    return sources


@cache
def _shipped_blocks() -> dict[str, Block]:
    blocks: dict[str, Block] = {}
    for name in FILES:
        for key, block in read_blocks(_FOLDER / f"{name}.toml", _shipped_sources()).items():
            if key in blocks:
                raise block.fault(f"the id stands in {blocks[key].file.name} too", key="id")
            blocks[key] = block
    return blocks


@cache
def _shipped_entries() -> dict[str, Entry]:
    return _entries(_shipped_blocks())


def _entries(blocks: Mapping[str, Block]) -> dict[str, Entry]:
    """Check all blocks, those that lean on others last, and return them in their order."""
    found = {key: entry_of(block) for key, block in blocks.items() if not leans(block)}
    waiting = [block for block in blocks.values() if leans(block)]
    waiting.sort(key=lambda block: block.data["recipe"]["builder"] == "stack")  # stacks may name supercycles
    stacks = {block.id for block in waiting}
    for block in waiting:
        catalog = Catalog(found)

        def find(name: str, block: Block = block, catalog: Catalog = catalog) -> Coating:
            if name in stacks and name not in catalog.ids:
                raise StructureError(f"{name} is a stack itself", where=block.id, hint="name its layers")
            return catalog.find(name)

        found[block.id] = entry_of(linked(block, found, find))
    return {key: found[key] for key in blocks}


def _crystal_of(coating: Coating) -> Coating:
    """Return the crystal that is named beside an amorphous film."""
    if coating.crystal is None:
        built = isinstance(coating.recipe, CrystalRecipe)
        said = "is built from a crystal already" if built else "has no crystal beside it"
        raise StructureError(
            f"{coating.id} {said}, so {coating.id}@{CRYSTAL} has no meaning",
            where=f"{coating.id}@{CRYSTAL}",
            hint=f"ask for {coating.id}",
        )
    return coating.model_copy(
        update={
            "id": f"{coating.id}@{CRYSTAL}",
            "name": f"{coating.name}, crystal",
            "recipe": CrystalRecipe(builder="crystal", cif=coating.crystal),
            "crystal": None,
        }
    )


def _material(material_id: str) -> Coating:
    return Coating(
        id=material_id,
        name=f"Materials Project {material_id}",
        family="Materials Project",
        role=Role.REFERENCE,
        recipe=CrystalRecipe(builder="crystal", cif=material_id),
        notes="Fetched with the user's key when it is first built, then kept in the cache.",
    )
