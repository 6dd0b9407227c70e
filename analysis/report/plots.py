"""The figures of a report, and why one of them is not there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from lithicoat.analysis.criterion.inputs import FilmMechanics
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.interactive import Plot
from lithicoat.analysis.figures.interactive_arrhenius import arrhenius_plot
from lithicoat.analysis.figures.interactive_fronts import front_plot
from lithicoat.analysis.figures.interactive_map import conductivity_stiffness_plot
from lithicoat.analysis.figures.interactive_places import places_plot, scores_plot
from lithicoat.analysis.figures.interactive_stability import stability_plot
from lithicoat.analysis.figures.interactive_uptake import FilmUptake, uptake_plot
from lithicoat.analysis.figures.interactive_windows import ADHESIONS, adhesion_plot, window_plot
from lithicoat.analysis.report.screening import Screening

__all__ = ["Absent", "plots"]

ROOM_K = 298.15
LITHIUM = "Li"
MOST_IN_KEY = 24
"""Most entries of a key."""


@dataclass(frozen=True)
class Absent:
    """A figure that is not there.

    Parameters
    ----------
    name : str
        What it would have shown.
    reason : str
        Why it is not there.
    """

    name: str
    reason: str


def plots(screening: Screening) -> tuple[list[Plot], list[Absent]]:
    """Draw all figures of a campaign.

    Returns
    -------
    list of Plot
        In the order of the report.
    list of Absent
        Figures that had nothing to show.
    """
    drawn, absent = [], []
    for name, draw in _figures(screening):
        try:
            drawn.append(_with_a_short_key(draw()))
        except DataError as error:
            absent.append(Absent(name, error.message))
    return drawn, absent


def _with_a_short_key(plot: Plot) -> Plot:
    """Return a figure without a key that would leave it no room."""
    if sum(trace.showlegend is not False for trace in plot.figure.data) <= MOST_IN_KEY:
        return plot
    plot.figure.update_layout(showlegend=False)
    return replace(plot, notes=[*plot.notes, "films are named by the pointer, and in the table below"])


def _figures(screening: Screening) -> Iterator[tuple[str, Callable[[], Plot]]]:
    records, marks = screening.records, screening.marks
    yield "Conductivity and stiffness", partial(conductivity_stiffness_plot, records, marks=marks)
    for electrode, sheet in screening.sheets.items():
        films, name = screening.rankings[electrode], electrode.value
        chances = screening.chances[electrode]
        yield f"Pareto front, {name}", partial(front_plot, sheet, chances=chances, marks=marks)
        yield f"Scores and their terms, {name}", partial(scores_plot, sheet, films)
        draw = partial(places_plot, sheet, films, seed=screening.seed, draws=screening.draws)
        yield f"How sure the places are, {name}", draw
    yield "Diffusivity against temperature", partial(_arrhenius, screening)
    yield "Electrochemical windows", partial(window_plot, records)
    yield "Oxygen uptake", partial(_uptake, screening)
    mechanics = [FilmMechanics.of_record(record) for record in records]
    yield "Map of linear stability", partial(stability_plot, mechanics, marks=marks)
    if any(name in record.properties for record in records for name in ADHESIONS):
        yield "Adhesion on the electrodes", partial(adhesion_plot, records)


def _arrhenius(screening: Screening) -> Plot:
    runs = {film: found.temperatures().get(LITHIUM, ()) for film, found in screening.evidence.items()}
    fits = {film: found.arrhenius() for film, found in screening.evidence.items()}
    of_lithium = {film: fit[LITHIUM] for film, fit in fits.items() if LITHIUM in fit}
    return arrhenius_plot(runs, of_lithium, marks=screening.marks)


def _uptake(screening: Screening) -> Plot:
    films: dict[str, FilmUptake] = {}
    gas = None
    for film, evidence in screening.evidence.items():
        document = evidence.scavenging()
        if document is None:
            continue
        per_o2 = [
            1000 * reaction["capacity"]["value"] / reaction["o2"]
            for reaction in document["reactions"]
            if reaction["o2"] and reaction["capacity"]["value"] is not None
        ]
        steps = evidence.uptake() if per_o2 else ()
        films[film] = FilmUptake(steps=steps, mmol_cm3_per_o2=per_o2[0] if per_o2 else 0.0)
        gas = next(
            (one["oxygen_potential_eV"] for one in document["conditions"] if one["temperature_K"] == ROOM_K),
            gas,
        )
    return uptake_plot(films, gas_eV=gas, marks=screening.marks)
