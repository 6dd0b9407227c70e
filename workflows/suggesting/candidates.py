"""Which lithicones there are and which of them are computed: one film per salt, whatever it is called."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lithicoat.analysis.records import ScreeningRecord
from lithicoat.structures.catalog.library import library_ids, smiles_coating
from lithicoat.structures.catalog.loading import Catalog, load_catalog
from lithicoat.structures.coating import Coating
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.descriptors import Salt, salt_of
from lithicoat.structures.recipes import LithiconeRecipe

__all__ = ["FAMILY", "Film", "films_of", "library_films", "matched"]

FAMILY = "lithicone"


@dataclass(frozen=True)
class Film:
    """A film by its shortest name.

    Parameters
    ----------
    salt : Salt
        What it is.
    coating : Coating
        Entry of the catalog or the library.
    names : frozenset of str
        All ids that it goes by.
    """

    salt: Salt
    coating: Coating
    names: frozenset[str]

    @property
    def id(self) -> str:
        """Id of its entry."""
        return self.coating.id


def library_films(library: str = "polyols", catalog: Path | None = None) -> tuple[Coating, ...]:
    """Return the lithicones of a library, of the catalog, and of a user's catalog file.

    Parameters
    ----------
    library : str
        Name of the library.
    catalog : Path, optional
        A user's catalog: its `[[polyol]]` blocks join the library, its lithicones the films.

    Raises
    ------
    StructureError
        If there is no such library, or the file is wrong.
    """
    entries = load_catalog(catalog)
    named = [entries.find(name) for name in library_ids(library, catalog)]
    own = [entry for entry in entries if isinstance(entry.recipe, LithiconeRecipe)]
    return tuple({entry.id: entry for entry in (*own, *named)}.values())


def films_of(coatings: Iterable[Coating]) -> list[Film]:
    """Return the films, one per salt, sorted by salt; of several names the shortest is kept.

    Raises
    ------
    StructureError
        If a coating is no lithicone.
    """
    by_salt: dict[Salt, list[Coating]] = {}
    for coating in coatings:
        by_salt.setdefault(salt_of(coating), []).append(coating)
    return [
        Film(
            salt,
            min(same, key=lambda entry: (len(entry.id), entry.id)),
            frozenset(entry.id for entry in same),
        )
        for salt, same in sorted(by_salt.items())
    ]


def matched(
    films: Sequence[Film], records: Sequence[ScreeningRecord]
) -> tuple[list[Film], dict[Salt, ScreeningRecord], dict[str, str]]:
    """Find the records of films; a film that is recorded under two names has its latest record.

    Parameters
    ----------
    films : sequence of Film
        Those that are known.
    records : sequence of ScreeningRecord
        Those of other families are left aside.

    Returns
    -------
    films : list of Film
        The same, and those of the records that the shipped catalog knows, sorted by salt.
    computed : dict of Salt to ScreeningRecord
        The records.
    unknown : dict of str to str
        Why a lithicone's record could not be placed, by its id.
    """
    known = {film.salt: film for film in films}
    salts = {name: film.salt for film in films for name in film.names}
    recorded = sorted(
        (record for record in records if record.family == FAMILY),
        key=lambda record: (record.created_at, record.coating),
    )
    lacking = {record.coating for record in recorded} - set(salts)
    salts |= _spelled(films, lacking)
    unknown: dict[str, str] = {}
    for name in sorted(lacking - set(salts)):
        film = _shipped(name, load_catalog())
        if film is None:
            unknown[name] = "its molecule is not known; --catalog FILE names the catalog that holds it"
        else:
            salts[name] = film.salt
            known.setdefault(film.salt, film)
    computed = {salts[record.coating]: record for record in recorded if record.coating in salts}
    return [known[salt] for salt in sorted(known)], computed, unknown


def _spelled(films: Sequence[Film], names: Iterable[str]) -> Mapping[str, Salt]:
    """Find films that were computed by their SMILES: they are called by formula and InChIKey."""
    wanted = set(names)
    if not wanted:
        return {}
    called = {smiles_coating(film.salt.smiles).id: film.salt for film in films if film.salt.lithiation == 1}
    return {name: salt for name, salt in called.items() if name in wanted}


def _shipped(name: str, catalog: Catalog) -> Film | None:
    try:
        coating = catalog.find(name)
        return Film(salt_of(coating), coating, frozenset({coating.id, name}))
    except StructureError:
        return None
