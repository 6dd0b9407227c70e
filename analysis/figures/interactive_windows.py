"""Interactive electrochemical windows as bars, and works of adhesion."""

from collections.abc import Sequence
from typing import Any

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.interactive import INK, MUTED, Plot, PlotTable, canvas, plain
from lithicoat.analysis.figures.style import COLOURS
from lithicoat.analysis.figures.units import quantity_text
from lithicoat.analysis.figures.windows import CHARGED_V, OPEN_V
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord

__all__ = ["ADHESIONS", "adhesion_plot", "window_plot"]

WINDOW = ("window_low", "window_high")
ADHESIONS = {"adhesion_lithium": "Li", "adhesion_NMC811": "NMC811"}
METASTABLE = "window is that of what it decays to"
"""Part of the flag of a film that is above the hull."""
ROW_PX, BASE_PX = 34, 150


def window_plot(records: Sequence[ScreeningRecord]) -> Plot:
    """Draw between which potentials films neither take up nor lose lithium, one bar each.

    Parameters
    ----------
    records : sequence of ScreeningRecord
        Films, from top to bottom; those of which neither limit is known are named below.

    Raises
    ------
    DataError
        If no film has a limit.
    """
    drawn = [record for record in records if any(end.value is not None for end in _ends(record))]
    if not drawn:
        raise DataError("there is no electrochemical window to draw", where="records")
    figure = canvas(height_px=BASE_PX + ROW_PX * len(drawn), headed=True)
    for metastable in (False, True):
        films = [record for record in drawn if _metastable(record) is metastable]
        if films:
            figure.add_trace(_bars(films, metastable=metastable))
    _draw_ends(figure, drawn)
    for volts, name, side in ((0.0, "Li", "left"), (CHARGED_V, f"NMC811 at {CHARGED_V:g} V", "right")):
        figure.add_vline(x=volts, line={"color": INK, "width": 1, "dash": "dash"})
        figure.add_annotation(
            text=name, x=volts, yref="paper", y=1, yanchor="bottom", showarrow=False,
            xanchor=side, font={"size": 12, "color": MUTED},
        )  # fmt: skip
    _finish(figure, [record.coating for record in drawn], "Potential against Li/Li⁺ (V)")
    rows = [
        [record.coating, *(quantity_text(end, unit=False) for end in _ends(record)),
         "of what it decays to" if _metastable(record) else "of the film"]
        for record in drawn
    ]  # fmt: skip
    return Plot(
        name="windows",
        title="Electrochemical windows",
        figure=figure,
        says=_says(drawn),
        notes=_notes(records, drawn),
        table=PlotTable(columns=("Film", "Lower end (V)", "Upper end (V)", "Window"), rows=rows),
        films=[record.coating for record in drawn],
        properties=WINDOW,
    )


def _ends(record: ScreeningRecord) -> tuple[Property, Property]:
    return record.property_or_missing(WINDOW[0], "V"), record.property_or_missing(WINDOW[1], "V")


def _metastable(record: ScreeningRecord) -> bool:
    return any(METASTABLE in flag for end in _ends(record) for flag in end.flags)


def _span(record: ScreeningRecord) -> tuple[float, float]:
    """Return where a bar begins and ends; an end that is not known lies a little beyond the other."""
    low, high = (end.value for end in _ends(record))
    start = (high or 0.0) - OPEN_V if low is None else low
    return start, start + OPEN_V if high is None else high


def _bars(records: Sequence[ScreeningRecord], *, metastable: bool) -> Any:
    from plotly.graph_objects import Bar  # noqa: PLC0415 - heavy

    spans = [_span(record) for record in records]
    told = [" to ".join(quantity_text(end) for end in _ends(record)) for record in records]
    return Bar(
        y=[plain(record.coating) for record in records],
        base=[low for low, _ in spans],
        x=[high - low for low, high in spans],
        orientation="h",
        width=0.5,
        name="window of what the film decays to" if metastable else "window of the film",
        marker={
            "color": COLOURS[5],
            "line": {"color": COLOURS[0], "width": 1},
            "pattern": {
                "shape": "/" if metastable else "",
                "fillmode": "overlay",
                "fgcolor": COLOURS[0],
                "solidity": 0.15,
            },
        },
        customdata=[plain(text) for text in told],
        hovertemplate="<b>%{y}</b><br>%{customdata}<extra></extra>",
    )  # fmt: skip


def _draw_ends(figure: Any, records: Sequence[ScreeningRecord]) -> None:
    """Draw known ends with their standard uncertainties."""
    from plotly.graph_objects import Scatter  # noqa: PLC0415 - heavy

    known = [(record.coating, end) for record in records for end in _ends(record) if end.value is not None]
    figure.add_trace(
        Scatter(
            x=[end.value for _, end in known],
            y=[plain(film) for film, _ in known],
            error_x={
                "type": "data",
                "array": [end.uncertainty or 0.0 for _, end in known],
                "color": INK,
                "thickness": 1.3,
                "width": 3,
            },
            mode="markers",
            marker={"symbol": "line-ns", "size": 16, "line": {"color": INK, "width": 2}},
            name="limit ± standard uncertainty",
            hoverinfo="skip",
        )
    )


def _finish(figure: Any, films: Sequence[str], heading: str) -> None:
    figure.layout.xaxis.title.text = heading
    figure.layout.yaxis.update(
        autorange="reversed",
        type="category",
        categoryorder="array",
        categoryarray=[plain(film) for film in films],
        tickfont={"size": 12, "color": INK},
        showgrid=False,
    )


def _says(records: Sequence[ScreeningRecord]) -> str:
    lows, highs = zip(*(_ends(record) for record in records), strict=True)
    at_lithium = [
        record.coating
        for record, low in zip(records, lows, strict=True)
        if low.value is not None and low.value <= 0 and not _metastable(record)
    ]
    charged = [
        record.coating
        for record, high in zip(records, highs, strict=True)
        if high.value is not None and high.value >= CHARGED_V and not _metastable(record)
    ]
    return (
        f"Films whose own window reaches lithium metal: {', '.join(at_lithium) or 'none'}. "
        f"Films whose own window reaches {CHARGED_V:g} V: {', '.join(charged) or 'none'}."
    )


def _notes(records: Sequence[ScreeningRecord], drawn: Sequence[ScreeningRecord]) -> list[str]:
    notes = ["whiskers: one standard uncertainty; thermodynamic limits, a slow reaction may not be seen"]
    for name, place in (("lower", 0), ("upper", 1)):
        unknown = [record.coating for record in drawn if _ends(record)[place].value is None]
        if unknown:
            notes.append(f"{name} end not known, bar cut: {', '.join(unknown)}")
    absent = [record.coating for record in records if record not in drawn]
    return [*notes, f"no window: {', '.join(absent)}"] if absent else notes


def adhesion_plot(records: Sequence[ScreeningRecord]) -> Plot:
    """Draw works of adhesion of films on electrodes.

    Parameters
    ----------
    records : sequence of ScreeningRecord
        Films; those without adhesion are left out.

    Raises
    ------
    DataError
        If no film has a work of adhesion.
    """
    from plotly.graph_objects import Bar  # noqa: PLC0415 - heavy

    found = {
        name: [(record.coating, record.properties[name]) for record in records if _has(record, name)]
        for name in ADHESIONS
    }
    films = list(
        dict.fromkeys(record.coating for record in records if any(_has(record, name) for name in ADHESIONS))
    )
    if not films:
        raise DataError("there is no work of adhesion to draw", where="records")
    figure = canvas(height_px=BASE_PX + ROW_PX * len(films))
    for (name, bars), colour, shape in zip(found.items(), (COLOURS[0], COLOURS[4]), ("", "/"), strict=True):
        if bars:
            figure.add_trace(
                Bar(
                    y=[plain(film) for film, _ in bars],
                    x=[work.value for _, work in bars],
                    error_x={
                        "type": "data",
                        "array": [work.uncertainty or 0.0 for _, work in bars],
                        "color": INK,
                    },
                    orientation="h",
                    name=f"on {ADHESIONS[name]}",
                    marker={
                        "color": colour,
                        "pattern": {"shape": shape, "solidity": 0.15, "fillmode": "overlay"},
                    },
                    hovertemplate="<b>%{y}</b><br>%{x:.2f} J m⁻²<extra></extra>",
                )
            )
    _finish(figure, films, "Work of adhesion (J m⁻²)")
    by_film = {
        film: [quantity_text(dict(bars)[film]) if film in dict(bars) else "–" for bars in found.values()]
        for film in films
    }
    return Plot(
        name="adhesion",
        title="Adhesion on the electrodes",
        figure=figure,
        says=f"Works of adhesion of {', '.join(films)}.",
        notes=["whiskers: one standard uncertainty"],
        table=PlotTable(
            columns=("Film", *(f"On {electrode}" for electrode in ADHESIONS.values())),
            rows=[[film, *cells] for film, cells in by_film.items()],
        ),
        films=films,
        properties=tuple(ADHESIONS),
    )  # fmt: skip


def _has(record: ScreeningRecord, name: str) -> bool:
    return name in record.properties and record.properties[name].value is not None
