"""Reading catalog files: every mistake is one sentence that names file, entry and key."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lithicoat.structures.catalog.lithium_series import LithiumSeries
from lithicoat.structures.catalog.materials_project import is_material_id
from lithicoat.structures.catalog.series import Series
from lithicoat.structures.catalog.supercycle_series import SupercycleSeries
from lithicoat.structures.coating import Coating
from lithicoat.structures.crystals.index import CRYSTALS
from lithicoat.structures.errors import StructureError
from lithicoat.structures.recipes import CrystalRecipe, LayeredOxideRecipe, StitchedRecipe

__all__ = ["Block", "Entry", "entry_of", "read_blocks", "read_table"]

Entry = Coating | Series | SupercycleSeries | LithiumSeries
"""What an id of the catalog stands for: one film, or a series with a free number."""

TABLES = {"coating", "sources", "polyol"}
"""Tables of a catalog file; polyols are read by the library of polyols."""

_CITED = re.compile(r"@([\w-]+)(.*)", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One `[[coating]]` of a file, its sources written out, not yet checked.

    Parameters
    ----------
    id : str
        The entry's id.
    data : dict
        The table as read.
    file : Path
        Where it stands.
    """

    id: str
    data: dict[str, Any]
    file: Path

    def fault(self, message: str, *, key: str, hint: str = "") -> StructureError:
        """Return the error that names this entry and one of its keys."""
        return StructureError(
            f"entry {self.id} of {self.file.name}: {message}",
            where=f"{self.file}: {self.id}: {key}",
            hint=hint,
        )


def read_table(file: Path) -> dict[str, Any]:
    """Read a TOML file of the catalog's form.

    Raises
    ------
    StructureError
        If it cannot be read, is not TOML, or has an unknown table.
    """
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise StructureError(
            f"the catalog {file} cannot be read: {error.strerror}", where=str(file)
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StructureError(f"the catalog {file} is not TOML: {error}", where=str(file)) from error
    unknown = sorted(set(table) - TABLES)
    if unknown or not isinstance(table.get("sources", {}), dict):
        what = f"the unknown table '{unknown[0]}'" if unknown else "sources that are no table"
        raise StructureError(
            f"the catalog {file} has {what}",
            where=str(file),
            hint="[[coating]] entries, [[polyol]] entries and, for citations, a [sources] table",
        )
    return table


def read_blocks(file: Path, sources: Mapping[str, str]) -> dict[str, Block]:
    """Return the entries of a file by id, in file order, with `@key` replaced by the citation.

    Parameters
    ----------
    file : Path
        A TOML file of the form of `structures/data/catalog/*.toml`.
    sources : mapping of str to str
        Citations that may be used besides those of the file itself.

    Raises
    ------
    StructureError
        If the file is wrong, an entry has no id, an id comes twice, or a source is unknown.
    """
    table = read_table(file)
    rows = table.get("coating", [])
    if not isinstance(rows, list) or not (rows or "polyol" in table):
        raise StructureError(
            f"the catalog {file} has no [[coating]] entries",
            where=str(file),
            hint="[[coating]] entries and, for citations, a [sources] table",
        )
    known = {**sources, **table.get("sources", {})}
    blocks: dict[str, Block] = {}
    for number, row in enumerate(rows, start=1):
        block = Block(f"entry {number}", row if isinstance(row, dict) else {}, file)
        if not isinstance(block.data.get("id"), str):
            raise StructureError(
                f"entry {number} of {file.name}: the key id is missing", where=f"{file}: entry {number}: id"
            )
        block = Block(block.data["id"], block.data, file)
        if block.id in blocks:
            raise block.fault("the id stands twice in the file", key="id", hint="one entry for each id")
        blocks[block.id] = Block(block.id, _cited(row, known, block, ()), file)
    return blocks


def _cited(value: Any, known: Mapping[str, str], block: Block, path: tuple[str, ...]) -> Any:
    """Write the citation in place of keys such as `@meng2024`; text may follow the key."""
    if isinstance(value, dict):
        return {key: _cited(inner, known, block, (*path, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_cited(inner, known, block, path) for inner in value]
    found = _CITED.fullmatch(value) if isinstance(value, str) and path and "source" in path[-1] else None
    if found is None:
        return value
    if found[1] not in known:
        key = ".".join(path)
        raise block.fault(f"the source @{found[1]} of {key} is not in the [sources] table", key=key)
    return known[found[1]] + found[2]


def entry_of(block: Block) -> Entry:
    """Check a block and return its entry.

    Raises
    ------
    StructureError
        If a key is missing, unknown or wrong, or a crystal that it names is not there.
    """
    try:
        if "composition" in block.data:
            return Series.model_validate(block.data)
        if "supercycle" in block.data:
            return SupercycleSeries.model_validate(block.data)
        coating = Coating.model_validate(block.data)
    except ValidationError as error:
        raise _sentence(block, error) from error
    coating = _with_crystals(coating, block)
    return LithiumSeries(coating) if isinstance(coating.recipe, LayeredOxideRecipe) else coating


def _sentence(block: Block, error: ValidationError) -> StructureError:
    """Say in one sentence what pydantic found first."""
    first = error.errors()[0]
    parts = [str(part) for part in first["loc"]]
    if parts[:1] == ["recipe"] and len(parts) > 1:
        del parts[1]  # the builder, which pydantic puts in between
    key = ".".join(parts) or "id"
    cause = first.get("ctx", {}).get("error")
    if first["type"] == "missing":
        return block.fault(f"the key {key} is missing", key=key)
    if first["type"] == "extra_forbidden":
        return block.fault(f"there is no key {key}", key=key)
    if isinstance(cause, StructureError):
        return block.fault(f"field {key}: {cause.message}", key=key, hint=cause.hint)
    said = str(cause) if cause is not None else first["msg"]
    given = first["input"] if isinstance(first["input"], (str, int, float)) else None
    return block.fault(f"field {key}: {said}" + (f", not {given!r}" if given is not None else ""), key=key)


def _with_crystals(coating: Coating, block: Block) -> Coating:
    """Make sure that the CIFs are there; one beside the user's catalog is named by its full path."""
    recipe = coating.recipe
    if isinstance(recipe, (CrystalRecipe, StitchedRecipe, LayeredOxideRecipe)):
        recipe = recipe.model_copy(update={"cif": _found(recipe.cif, block, key="recipe.cif")})
    crystal = None if coating.crystal is None else _found(coating.crystal, block, key="crystal")
    shipped = block.file.is_relative_to(CRYSTALS.parent)
    file = "" if shipped else block.file.name
    return coating.model_copy(update={"recipe": recipe, "crystal": crystal, "file": file})


def _found(cif: str, block: Block, *, key: str) -> str:
    if is_material_id(cif) or (CRYSTALS / cif).is_file():
        return cif
    own = (block.file.parent / cif).resolve()
    if own.is_file():
        return str(own)
    raise block.fault(
        f"field {key}: there is no crystal {cif}",
        key=key,
        hint="a shipped file, one beside the catalog, or an id of the Materials Project such as mp-1138",
    )
