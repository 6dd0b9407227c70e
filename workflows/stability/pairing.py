"""What a pair of films needs beyond each film: how both are grown, and what they do where they touch."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product

from lithicoat.analysis.pairs.deposition import Deposition, DepositionWindow, window_of
from lithicoat.analysis.pairs.reported import grown_on
from lithicoat.analysis.properties import Property, Provenance
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.analysis.reported.cells import ReportedCells
from lithicoat.analysis.thermochemistry.film_contacts import FilmContact, contact_of_films
from lithicoat.analysis.thermochemistry.phases import Thermochemistry
from lithicoat.structures.coating import Coating
from lithicoat.structures.errors import StructureError
from lithicoat.structures.formulas import parse_formula
from lithicoat.structures.recipes import SupercycleRecipe

__all__ = ["depositions_of", "pair_contacts"]

TEMPERATURE = "growth_temperature"


def depositions_of(
    films: Iterable[str], find: Callable[[str], Coating], cells: ReportedCells
) -> dict[str, Deposition]:
    """Return what is reported of how films are grown.

    A supercycle without a temperature of its own is grown where all its sub-cycles are.

    Parameters
    ----------
    films : iterable of str
        Ids of the coatings.
    find : callable
        Returns the catalog's entry of an id; one that it does not know has no temperature.
    cells : ReportedCells
        Reported cells: a film was grown on the electrode that it is reported on.

    Raises
    ------
    DataError
        If a reported temperature is none.
    """
    shown = grown_on(cells)
    return {
        film: Deposition(film=film, windows=_windows(film, find), grown_on=shown.get(film, {}))
        for film in films
    }


def pair_contacts(
    records: Sequence[ScreeningRecord],
    pairs: Iterable[tuple[str, str]],
    tables: Sequence[Thermochemistry],
) -> dict[tuple[str, str], FilmContact]:
    """Work out what the films of each pair do where they touch, all by one potential that covers both.

    The potential of the anode film comes first, then that of the cathode film, then any other with reference
    phases of all elements: films count as what they decay to, so that none need be computed again.

    Parameters
    ----------
    records : sequence of ScreeningRecord
        The films.
    pairs : iterable of (str, str)
        Ids of the films on anode and cathode.
    tables : sequence of Thermochemistry
        Reference phases of the potentials there are.
    """
    by_id = {record.coating: record for record in records}
    return {
        (anode, cathode): _contact((by_id[anode], by_id[cathode]), tables)
        for anode, cathode in pairs
        if anode in by_id and cathode in by_id
    }


def _windows(film: str, find: Callable[[str], Coating]) -> tuple[DepositionWindow, ...]:
    try:
        coating = find(film)
    except StructureError:  # a film of a catalog that is not at hand
        return ()
    own = tuple(
        window_of(row.value, process=row.phase, source=row.source)
        for row in coating.reported
        if row.property == TEMPERATURE
    )
    if own or not isinstance(coating.recipe, SupercycleRecipe):
        return own
    return _common([(part.formula, _windows(part.formula, find)) for part in coating.recipe.subcycles])


def _common(parts: Sequence[tuple[str, tuple[DepositionWindow, ...]]]) -> tuple[DepositionWindow, ...]:
    """Return the temperatures at which all sub-cycles of a supercycle grow, by some process of each."""
    process = f"sub-cycles {' and '.join(name for name, _ in parts)}"
    found: dict[tuple[float, float], dict[str, None]] = {}
    for combination in product(*(windows for _, windows in parts)):
        ends = (max(one.low_C for one in combination), min(one.high_C for one in combination))
        if ends[0] <= ends[1]:
            found.setdefault(ends, {}).update(dict.fromkeys(one.source for one in combination))
    return tuple(
        DepositionWindow(low_C=low, high_C=high, process=process, source="; ".join(sources))
        for (low, high), sources in found.items()
    )


def _contact(
    films: tuple[ScreeningRecord, ScreeningRecord], tables: Sequence[Thermochemistry]
) -> FilmContact:
    unbuilt = [film.coating for film in films if not film.models]
    if unbuilt:
        return _unknown(f"no cell of {' and '.join(dict.fromkeys(unbuilt))} was built")
    one, other = (_composition(film) for film in films)
    elements = {*one, *other}
    covering = [table for table in tables if elements <= table.elements]
    if not covering:
        return _unknown(f"no potential has reference phases of {', '.join(sorted(elements))} together")
    preferred = [film.sha256 for film in films]
    table = min(
        covering,
        key=lambda table: preferred.index(table.sha256) if table.sha256 in preferred else len(preferred),
    )
    found = contact_of_films(
        table,
        one,
        other,
        names=(films[0].coating, films[1].coating),
        below_hull_eV_atom=(_depth(films[0], table), _depth(films[1], table)),
    )
    origin = Provenance(
        potential=table.potential, sha256=table.sha256, protocol=table.protocol, versions=table.versions
    )
    return found.model_copy(update={"energy": found.energy.attributed(origin)})


def _composition(film: ScreeningRecord) -> Mapping[str, float]:
    return {element: float(number) for element, number in parse_formula(film.models[0].formula).items()}


def _depth(film: ScreeningRecord, table: Thermochemistry) -> float:
    """Return how far a film lies below the hull, eV/atom; 0 if that is of another potential."""
    distance = film.properties.get("energy_above_hull")
    if distance is None or distance.value is None or distance.provenance.sha256 != table.sha256:
        return 0.0
    return max(-distance.value, 0.0)


def _unknown(reason: str) -> FilmContact:
    return FilmContact(energy=Property.missing("eV/atom", reason))
