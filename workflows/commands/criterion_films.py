"""Where `lithicoat criterion` has its films from: a database, and what the catalog adds to it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lithicoat.analysis.criterion.inputs import FilmMechanics, VolumeConvention
from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.properties import Property, Provenance
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.coating import Coating
from lithicoat.structures.errors import StructureError
from lithicoat.workflows.commands.films import find_record
from lithicoat.workflows.commands.tables import records_to_rank
from lithicoat.workflows.errors import UsageError

__all__ = ["check_source", "films_of_database"]


def check_source(
    name: str | None, shear_modulus: float | None, typed: Mapping[str, float | None], *, has_database: bool
) -> None:
    """See that either numbers or a film are asked for.

    Raises
    ------
    UsageError
        If both are, or neither is.
    """
    if shear_modulus is None and name is None and not has_database:
        raise UsageError(
            "criterion needs a modulus or a film",
            where="--shear-modulus",
            hint="give --shear-modulus GPA, or the NAME of a film and --db",
        )
    if shear_modulus is not None and (name is not None or has_database):
        raise UsageError(
            "--shear-modulus stands in place of a film of a database",
            where="--shear-modulus",
            hint="leave out one of the two",
        )
    idle = [option for option, value in typed.items() if value is not None]
    if shear_modulus is None and idle:
        raise UsageError(
            f"{', '.join(idle)} belong to --shear-modulus; a film of a database has its own",
            where=idle[0],
            hint="leave them out, or give --shear-modulus",
        )


def films_of_database(
    db: Where, *, name: str | None, campaign: str | None, thickness_nm: float | None, catalog: Path | None
) -> list[FilmMechanics]:
    """Read one film of a campaign, or all of them.

    The thickness is the given one, else what the catalog reports. A volume ratio by ionic spheres that a
    record lacks is taken from the catalog, where a source derived one.

    Raises
    ------
    DataError
        If there is no database, or no such campaign or film in it.
    """
    records = records_to_rank(db, campaign)
    chosen = records if name is None else [find_record(records, name)]
    return [_film(record, _entry(record.coating, catalog), thickness_nm) for record in chosen]


def _entry(name: str, catalog: Path | None) -> Coating | None:
    """Return the catalog's entry; None for a film of a catalog that is not at hand."""
    try:
        return load_catalog(catalog).find(name)
    except StructureError:
        return None


def _film(record: ScreeningRecord, entry: Coating | None, thickness_nm: float | None) -> FilmMechanics:
    source = "given"
    if thickness_nm is None:
        thickness_nm, source = _reported_thickness(entry)
    film = FilmMechanics.of_record(record, thickness_nm=thickness_nm, thickness_source=source)
    sphere = VolumeConvention.SPHERE
    derived = _derived_volume_ratio(entry)
    if film.volume_ratios[sphere].value is not None or derived is None:
        return film
    return replace(film, volume_ratios={**film.volume_ratios, sphere: derived})


def _reported_thickness(entry: Coating | None) -> tuple[float | None, str]:
    """Return the thickness that performed best, else one that was used; the first of several."""
    for name in ("optimal_thickness", "thickness"):
        values = [] if entry is None else [value for value in entry.reported if value.property == name]
        numbers = [(value.value, value) for value in values if isinstance(value.value, float)]
        if numbers:
            (first, chosen), *others = numbers
            also = f"; also reported: {', '.join(f'{other:g} nm' for other, _ in others)}" if others else ""
            details = ", ".join(filter(None, (chosen.phase, chosen.source)))
            return first, f"{name.replace('_', ' ')} reported: {details}{also}"
    return None, ""


def _derived_volume_ratio(entry: Coating | None) -> Property | None:
    """Return the catalog's volume ratio by ionic spheres, if it has one."""
    for value in () if entry is None else entry.reported:
        if value.property == VolumeConvention.SPHERE.property_name and isinstance(value.value, float):
            flag = f"v of the crystal ({value.phase}): {value.source}"
            origin = Provenance(protocol="catalog")
            return Property(value=value.value, unit="1", flags=(flag,), provenance=origin)
    return None
