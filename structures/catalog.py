"""The catalog: what can be screened, read from `data/catalog.toml` and from files of the same form."""

import difflib
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lithicoat.structures.coating import Coating
from lithicoat.structures.errors import StructureError
from lithicoat.structures.series import Series

__all__ = ["MISSION_IDS", "Catalog", "load_catalog"]

MISSION_IDS = ("LiGL", "LiTEA", "LiHQ", "Li2S", "Li2SO3", "Li2SO4", "Li2SOx", "LAS-1-1", "LAS-1-4")
"""The films a screening takes when none are named."""

_DATA = Path(__file__).parent / "data"
_LISTED = "lithicoat catalog lists all; your own films: --catalog my_films.toml"


class Catalog:
    """Coatings by id, in the order of their files.

    Parameters
    ----------
    entries : dict of str to Coating or Series
        What can be screened, by id.
    """

    def __init__(self, entries: dict[str, Coating | Series]) -> None:
        self._entries = dict(entries)

    def __iter__(self) -> Iterator[Coating]:
        """Go through the coatings in file order; a series comes at its default composition."""
        for entry in self._entries.values():
            yield entry.coating if isinstance(entry, Series) else entry

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids in file order."""
        return tuple(self._entries)

    def find(self, name: str) -> Coating:
        """Return the coating of that id; `Li2SOx@2.5` asks a series for a composition.

        Parameters
        ----------
        name : str
            Id as listed, with `@` and a number for a series.

        Raises
        ------
        StructureError
            If there is no such id (the nearest are offered), or the number after `@` is not within limits.
        """
        key, at, number = name.partition("@")
        entry = self._entries.get(key)
        if entry is None:
            raise StructureError(f"{name} is not in the catalog", where=name, hint=self._nearest(key))
        if isinstance(entry, Series):
            return entry.at(number) if at else entry.coating
        if at:
            raise StructureError(
                f"{key} has a fixed composition, so {name} has no meaning", where=name, hint=f"ask for {key}"
            )
        return entry

    def _nearest(self, key: str) -> str:
        lowered = {identity.lower(): identity for identity in self._entries}
        near = difflib.get_close_matches(key.lower(), lowered, n=3, cutoff=0.6)
        names = " or ".join(lowered[match] for match in near)
        return f"Did you mean {names}? ({_LISTED})" if names else _LISTED


def load_catalog(extra: Path | None = None) -> Catalog:
    """Read the shipped catalog and, over it, a user's own.

    Parameters
    ----------
    extra : Path, optional
        A TOML file of the same form as `structures/data/catalog.toml`. An entry with the id of a shipped
        one takes its place. A CIF that is not a shipped one is looked for beside it.

    Returns
    -------
    Catalog

    Raises
    ------
    StructureError
        If a file cannot be read, or an entry is wrong: file, entry and field are named.
    """
    entries = dict(_shipped())
    if extra is not None:
        entries |= _read(Path(extra))
    return Catalog(entries)


@cache
def _shipped() -> dict[str, Coating | Series]:
    return _read(_DATA / "catalog.toml")


def _read(file: Path) -> dict[str, Coating | Series]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise StructureError(
            f"the catalog {file} cannot be read: {error.strerror}", where=str(file)
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StructureError(f"the catalog {file} is not TOML: {error}", where=str(file)) from error
    unknown = sorted(set(table) - {"coating", "sources"})
    blocks = table.get("coating", [])
    if (
        unknown
        or not blocks
        or not isinstance(blocks, list)
        or not isinstance(table.get("sources", {}), dict)
    ):
        what = f"the unknown table '{unknown[0]}'" if unknown else "no [[coating]] entries"
        raise StructureError(
            f"the catalog {file} has {what}",
            where=str(file),
            hint="[[coating]] entries and, for citations, a [sources] table",
        )
    entries: dict[str, Coating | Series] = {}
    for number, block in enumerate(blocks, start=1):
        entry = _entry(block, table.get("sources", {}), file=file, number=number)
        if entry.id in entries:
            raise StructureError(
                f"the catalog {file} has two entries {entry.id}", where=f"{file}: {entry.id}"
            )
        entries[entry.id] = entry
    return entries


def _entry(block: Any, sources: dict[str, str], *, file: Path, number: int) -> Coating | Series:
    label = str(block.get("id", f"entry {number}")) if isinstance(block, dict) else f"entry {number}"
    try:
        if not isinstance(block, dict):
            return Coating.model_validate(block)
        data = {**block, "reported": [_cited(row, sources) for row in block.get("reported", ())]}
        if "composition" in data:
            return Series.model_validate(data)
        coating = Coating.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "entry"
        raise StructureError(
            f"entry {label} of {file.name}: field {field}: {first['msg']}", where=f"{file}: {label}: {field}"
        ) from error
    except StructureError as error:
        raise StructureError(
            f"entry {label} of {file.name}: {error.message}", where=f"{file}: {label}", hint=error.hint
        ) from error
    return _with_crystal(coating, file)


def _cited(row: Any, sources: dict[str, str]) -> Any:
    """Write the citation in place of a key such as `@meng2024`."""
    source = row.get("source") if isinstance(row, dict) else None
    if not isinstance(source, str) or not source.startswith("@"):
        return row
    if source[1:] not in sources:
        raise StructureError(f"field reported.source: {source} is not in the [sources] table")
    return {**row, "source": sources[source[1:]]}


def _with_crystal(coating: Coating, file: Path) -> Coating:
    """Make sure that the CIF is there; one beside the user's catalog is named by its full path."""
    recipe = coating.recipe
    if recipe.builder != "crystal" or (_DATA / "crystals" / recipe.cif).is_file():
        return coating
    own = (file.parent / recipe.cif).resolve()
    if own.is_file():
        return coating.model_copy(update={"recipe": recipe.model_copy(update={"cif": str(own)})})
    raise StructureError(
        f"entry {coating.id} of {file.name}: field recipe.cif: there is no crystal {recipe.cif}",
        where=f"{file}: {coating.id}: recipe.cif",
        hint="a shipped file, or one beside the catalog",
    )
