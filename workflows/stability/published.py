"""Electrochemical windows that others published, and those that measured enthalpies alone give."""

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.thermochemistry.corrections import FittedTerms
from lithicoat.analysis.thermochemistry.hulls import Film
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry
from lithicoat.analysis.thermochemistry.windows import LITHIUM, Window, electrochemical_window
from lithicoat.workflows.thermochemistry.enthalpies import MeasuredEnthalpy, measured_enthalpies

__all__ = ["PublishedWindow", "compared_films", "measured_window", "published_windows"]


class PublishedWindow(BaseModel):
    """A window that somebody else found."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    film: str = Field(description="Reduced formula.")
    low_V: float | None = Field(None, description="Reduction limit, V against Li/Li+; None if not given.")
    high_V: float | None = Field(None, description="Oxidation limit, V against Li/Li+; None if not given.")
    kind: Literal["DFT", "experiment"]
    source: str
    note: str = ""

    def __str__(self) -> str:
        ends = ("?" if end is None else f"{end:.2f}" for end in (self.low_V, self.high_V))
        return f"{' to '.join(ends)} V ({self.kind})"


def published_windows(formula: str) -> tuple[PublishedWindow, ...]:
    """Return what is published of a film."""
    rows = (PublishedWindow.model_validate(row) for row in _table()["window"])
    return tuple(row for row in rows if row.film == formula)


def compared_films() -> tuple[str, ...]:
    """Return the formulas that the benchmark holds against published windows."""
    return tuple(_table()["films"])


def measured_window(formula: str) -> Window | None:
    """Return the window by measured enthalpies of formation alone, 298 K; None if the film's is not known.

    Only measured compounds compete, so it is as wide as the true one or wider.
    """
    own = measured_enthalpies("solid").get(formula)
    if own is None:
        return None
    film = _phase(own).model_copy(update={"name": "film", "kind": PhaseKind.MEASURED})
    return electrochemical_window(_measured_table(film.elements | {LITHIUM}), Film(film))


def _measured_table(elements: Iterable[str]) -> Thermochemistry:
    """Return a table of nothing but measured enthalpies; elements lie at 0."""
    wanted = set(elements)
    entries = [*measured_enthalpies("solid").values(), *measured_enthalpies("gas").values()]
    compounds = [_phase(entry) for entry in entries if len(entry.composition) > 1]
    pure = [
        Phase(name=el, formula=el, composition={el: 1.0}, energy_eV=0.0, kind=PhaseKind.MEASURED)
        for el in wanted
    ]
    nothing = FittedTerms(
        terms=("oxide",),
        values_eV=(0.0,),
        covariance_eV2=((0.0,),),
        scatter_eV_atom=1e-6,
        deviation_eV=0.0,
        prior="none: measured enthalpies need no corrections",
    )
    return Thermochemistry(
        potential="measured enthalpies",
        sha256="",
        protocol="298 K",
        elements_eV=dict.fromkeys(wanted, 0.0),
        gases_eV={},
        phases=(*pure, *(phase for phase in compounds if phase.elements <= wanted)),
        fit=nothing,
    )


def _phase(entry: MeasuredEnthalpy) -> Phase:
    return Phase(
        name=f"{entry.formula} {entry.phase}",
        formula=entry.formula,
        composition=entry.composition,
        energy_eV=entry.energy_eV,
        uncertainty_eV=entry.uncertainty_eV,
        kind=PhaseKind.MEASURED,
    )


@cache
def _table() -> dict[str, Any]:
    text = resources.files("lithicoat.workflows").joinpath("data/published_windows.toml").read_text("utf-8")
    return tomllib.loads(text)
