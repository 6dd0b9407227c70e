"""The page of a film: every number with its error, caveats and the computations that it comes from."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lithicoat.analysis.database import QuantityFacts, StepDocument, quantity
from lithicoat.analysis.database.evidence import of_kind
from lithicoat.analysis.figures.units import power_of_ten, quantity_text
from lithicoat.analysis.films.records import structure_properties
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.analysis.report.cautions import TRY_OUT_FLAG
from lithicoat.analysis.report.cells import Cell, cells_of
from lithicoat.analysis.report.screening import SHA_LETTERS, Screening

__all__ = ["FilmPage", "Group", "Number", "Step", "film_pages"]

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Cell and stiffness": (
        "density", "shear_modulus", "bulk", "youngs", "poisson", "pugh", "universal_anisotropy", "hardness",
        "lowest_elastic",
    ),
    "Motion of lithium": (
        "log10_cond", "conductivity", "diffusivity", "activation", "haven", "migration", "frenkel",
        "intrinsic", "highest_stable",
    ),
    "Stability": ("energy_above", "window", "contact", "reaction", "band_gap"),
    "Oxygen": ("scavenging", "oxidation", "uptake", "oxygen", "lithium_over"),
    "Interfaces": ("adhesion", "lithium_spreading", "lithium_adsorption", "lithium_volume"),
}  # fmt: skip
"""Beginnings of the names of properties by group; what fits nowhere stands at the end."""
OTHERS, STRUCTURE = "Other numbers", "Structure"


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number of a film.

    Parameters
    ----------
    facts : QuantityFacts
        How it is called and what it means.
    value : str
        The value with uncertainty and unit, or its bound.
    known : bool
        Whether there is a value.
    flags : sequence of str
        What must be known of it.
    steps : sequence of int
        Numbers of the computations that it comes from, in the table of steps.
    by : str
        Potential, if it is not that of the film.
    """

    facts: QuantityFacts
    value: str
    known: bool
    flags: Sequence[str]
    steps: Sequence[int]
    by: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """Numbers that belong together."""

    title: str
    numbers: Sequence[Number]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One computation."""

    number: int
    name: str
    finished: str
    took: str
    key: str
    uuid: str


@dataclass(frozen=True, kw_only=True)
class FilmPage:
    """All that is known of one film.

    Parameters
    ----------
    address : str
        Name of its place in the report.
    record : ScreeningRecord
        The record.
    places : sequence of (str, str)
        Electrode, and its place there in words.
    groups : sequence of Group
        Its numbers.
    steps : sequence of Step
        The computations behind them.
    versions : str
        Versions of the code.
    cell : Cell or None
        Its cell.
    """

    address: str
    record: ScreeningRecord
    places: Sequence[tuple[str, str]]
    groups: Sequence[Group]
    steps: Sequence[Step]
    versions: str
    cell: Cell | None


def film_pages(screening: Screening) -> list[FilmPage]:
    """Return the pages of all films of a campaign, in its order."""
    return [_page(screening, record, number) for number, record in enumerate(screening.records, start=1)]


def _page(screening: Screening, record: ScreeningRecord, number: int) -> FilmPage:
    evidence = screening.evidence[record.coating]
    documents = evidence.steps
    versions: dict[str, str] = {}
    for prop in record.properties.values():
        versions |= prop.provenance.versions
    return FilmPage(
        address=f"film-{number}-{re.sub('[^A-Za-z0-9]+', '-', record.coating)}",
        record=record,
        places=list(_places(screening, record)),
        groups=list(_groups(record, documents)),
        steps=[_step(place, document) for place, document in enumerate(documents, start=1)],
        versions=", ".join(f"{package} {version}" for package, version in versions.items()),
        cell=cells_of(evidence),
    )


def _places(screening: Screening, record: ScreeningRecord) -> Iterator[tuple[str, str]]:
    """Say at which place of each ranking a film stands."""
    for electrode, films in screening.rankings.items():
        for film in films:
            if film.id == record.coating:
                place = f"place {film.rank} of {len(films)}, score {film.score:.2f}"
                yield electrode.value, f"{place}, first in {film.probability_first:.0%} of the draws"


def _groups(record: ScreeningRecord, documents: Sequence[StepDocument]) -> Iterator[Group]:
    left = dict(record.properties)
    for title, starts in GROUPS.items():
        names = [name for start in starts for name in left if name.startswith(start)]
        numbers = [_number(record, name, left.pop(name), documents) for name in dict.fromkeys(names)]
        if numbers:
            yield Group(title=title, numbers=numbers)
    if left:
        yield Group(
            title=OTHERS,
            numbers=[_number(record, name, prop, documents) for name, prop in left.items()],
        )
    if record.structure is not None:
        told = structure_properties(record.structure)
        numbers = [_number(record, name, prop, documents, steps=("ensemble",)) for name, prop in told.items()]
        yield Group(title=STRUCTURE, numbers=numbers)


def _number(
    record: ScreeningRecord,
    name: str,
    prop: Property,
    documents: Sequence[StepDocument],
    *,
    steps: Sequence[str] = (),
) -> Number:
    facts = quantity(name, unit=prop.unit)
    kinds = steps or facts.steps
    behind = [
        place
        for place, document in enumerate(documents, start=1)
        if any(of_kind(document.step, kind) for kind in kinds)
    ]
    origin = prop.provenance
    foreign = prop.value is not None and origin.sha256 not in {None, record.sha256}
    return Number(
        facts=facts,
        value=_value(name, prop),
        known=prop.value is not None,
        flags=[flag for flag in prop.flags if flag != TRY_OUT_FLAG],
        steps=behind,
        by=f"{origin.potential} (sha256 {(origin.sha256 or '')[:SHA_LETTERS]}…)" if foreign else "",
    )


def _value(name: str, prop: Property) -> str:
    if prop.value is None:
        return "not known"
    if name == "log10_conductivity_298K":
        return f"{quantity_text(prop)}, which is {power_of_ten(prop)} S cm⁻¹"
    return quantity_text(prop)


def _step(number: int, document: StepDocument) -> Step:
    seconds = document.seconds
    return Step(
        number=number,
        name=document.step,
        finished=document.completed_at[:19].replace("T", " "),
        took="" if seconds is None else f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min",
        key=document.key,
        uuid=document.uuid,
    )
