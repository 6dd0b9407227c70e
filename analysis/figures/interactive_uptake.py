"""Interactive staircases of oxygen uptake: what films hold as the chemical potential of oxygen rises."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.interactive import (
    INK,
    MUTED,
    FilmMark,
    Plot,
    PlotTable,
    canvas,
    film_marks,
    plain,
)
from lithicoat.analysis.figures.units import quantity_text
from lithicoat.analysis.oxygen.staircase import UptakeStep

__all__ = ["FilmUptake", "uptake_plot"]

DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
SIDE_eV = 0.35
"""Room on both sides of the steps."""


@dataclass(frozen=True, kw_only=True)
class FilmUptake:
    """Uptake of one film.

    Parameters
    ----------
    steps : sequence of UptakeStep
        Steps, the chemical potential rising; none for a film that takes up no oxygen.
    mmol_cm3_per_o2 : float
        mmol per cm³ of film that one O2 per formula unit is.
    """

    steps: Sequence[UptakeStep]
    mmol_cm3_per_o2: float


def uptake_plot(
    films: Mapping[str, FilmUptake],
    *,
    gas_eV: float | None = None,
    marks: Mapping[str, FilmMark] | None = None,
) -> Plot:
    """Draw how much O2 films hold against the chemical potential of oxygen.

    Parameters
    ----------
    films : mapping of str to FilmUptake
        Uptake by film.
    gas_eV : float, optional
        Chemical potential of O2 gas at 298 K and 1 bar, eV per O; a vertical line.
    marks : mapping of str to FilmMark, optional
        How films look, so that several figures of a page agree.

    Raises
    ------
    DataError
        If no film takes up oxygen.
    """
    steps = {film: _known(uptake) for film, uptake in films.items()}
    drawn = {film: found for film, found in steps.items() if found}
    if not drawn:
        raise DataError("no film takes up oxygen", where="films")
    looks = marks or film_marks(films)
    places = [at for found in drawn.values() for at, _ in found]
    left, right = min(places) - SIDE_eV, max([*places, gas_eV or 0.0]) + SIDE_eV
    figure = canvas(height_px=480, headed=True)
    for (film, found), dash in zip(drawn.items(), cycle(DASHES), strict=False):
        figure.add_trace(_stairs(film, films[film], found, looks[film], ends=(left, right), dash=dash))
    if gas_eV is not None:
        figure.add_vline(x=gas_eV, line={"color": INK, "width": 1, "dash": "dash"})
        figure.add_annotation(
            text="O₂ gas, 298 K, 1 bar", x=gas_eV, yref="paper", y=1, yanchor="bottom",
            xanchor="right", showarrow=False, font={"size": 12, "color": MUTED},
        )  # fmt: skip
    figure.layout.xaxis.update(title_text="Chemical potential of oxygen (eV per O)", range=[left, right])
    figure.layout.yaxis.update(title_text="O₂ held (mmol per cm³ of film)", rangemode="tozero")
    return Plot(
        name="uptake",
        title="Oxygen uptake",
        figure=figure,
        says=_says(drawn),
        notes=list(_notes(steps)),
        table=PlotTable(
            columns=("Film", "Above (eV per O)", "O₂ held (mmol cm⁻³)", "Reaction"),
            rows=list(_rows(films)),
        ),
        films=list(films),
        properties=("scavenging_energy", "scavenging_capacity", "uptake_onset"),
    )


def _known(uptake: FilmUptake) -> list[tuple[float, float]]:
    """Return potential and mmol/cm³ after each step."""
    return [
        (step.oxygen_potential.value, step.reaction.o2 * uptake.mmol_cm3_per_o2)
        for step in uptake.steps
        if step.oxygen_potential.value is not None
    ]


def _stairs(
    film: str,
    uptake: FilmUptake,
    found: Sequence[tuple[float, float]],
    look: FilmMark,
    *,
    ends: tuple[float, float],
    dash: str,
) -> Any:
    from plotly.graph_objects import Scatter  # noqa: PLC0415 - heavy

    equations = [step.reaction.equation for step in uptake.steps if step.oxygen_potential.value is not None]
    heights = [height for _, height in found]
    return Scatter(
        x=[ends[0], *(at for at, _ in found), ends[1]],
        y=[0.0, *heights, heights[-1]],
        mode="lines+markers",
        line={"shape": "hv", "color": look.colour, "width": 2, "dash": dash},
        marker={
            "symbol": look.symbol,
            "color": look.colour,
            "size": [0, *[8] * len(found), 0],
            "opacity": 1,
        },
        name=plain(film),
        customdata=["", *map(plain, equations), plain(equations[-1])],
        hovertemplate=f"<b>{plain(film)}</b>, above %{{x:.2f}} eV: %{{y:.1f}} mmol cm⁻³"
        "<br>%{customdata}<extra></extra>",
    )


def _rows(films: Mapping[str, FilmUptake]) -> Iterator[list[str]]:
    for film, uptake in films.items():
        if not uptake.steps:
            yield [film, "–", "0", "takes up no O₂"]
        for step in uptake.steps:
            held = step.reaction.o2 * uptake.mmol_cm3_per_o2
            onset = quantity_text(step.oxygen_potential, unit=False)
            yield [film, onset, f"{held:.1f}", step.reaction.equation]


def _says(drawn: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    most = max(drawn, key=lambda film: drawn[film][-1][1])
    first = min(drawn, key=lambda film: drawn[film][0][0])
    onset = f"{drawn[first][0][0]:.2f}".replace("-", "−")
    return (
        f"{most} holds most, {drawn[most][-1][1]:.0f} mmol of O₂ per cm³; "
        f"{first} begins at the lowest potential, {onset} eV per O."
    )


def _notes(steps: Mapping[str, Sequence[tuple[float, float]]]) -> Iterator[str]:
    yield (
        "what is stable at each potential, not how fast it forms; zero is half an O₂ at its enthalpy at 298 K"
    )
    none = [film for film, found in steps.items() if not found]
    if none:
        yield f"take up no O₂: {', '.join(none)}"
