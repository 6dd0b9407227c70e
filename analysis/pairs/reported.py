"""What is reported of cells in which both electrodes are coated, beside each film alone."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.reported.cells import CellResult, Process, ReportedCells

__all__ = ["ReportedPair", "grown_on", "reported_pairs"]

COPPER = "Cu"


class ReportedPair(BaseModel):
    """One number of a cell with both films, with those of the same study that it may be held against."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    anode: str = Field(description="Id of the film on the anode.")
    cathode: str = Field(description="Id of the film on the cathode.")
    metric: str | None = Field(None, description="Name of the metric; None for a remark without a number.")
    unit: str = ""
    value: str | None = Field(None, description="With both films, as printed, in `unit`.")
    bare: str | None = Field(None, description="Without either film; None if not reported.")
    alone: dict[Electrode, str] = Field(
        default_factory=dict, description="With the film of that electrode alone, where it is reported."
    )
    words: str = Field(description="The same as a sentence.")
    source: str = Field(description="Citation.")


def reported_pairs(cells: ReportedCells) -> dict[tuple[str, str], tuple[ReportedPair, ...]]:
    """Return what is reported of each pair, by its films on anode and cathode.

    A film alone is one of the same comparable group: the same study and conditions.

    Parameters
    ----------
    cells : ReportedCells
        The table of reported cells.
    """
    found: dict[tuple[str, str], list[ReportedPair]] = {}
    for row in cells.pairs():
        anode, cathode = row.film_on(Electrode.ANODE), row.film_on(Electrode.CATHODE)
        if anode is not None and cathode is not None:
            found.setdefault((anode, cathode), []).append(_told(row, anode, cathode, cells))
    for remark in cells.remarks:
        if remark.anode is not None and remark.cathode is not None:
            said = ReportedPair(
                anode=remark.anode,
                cathode=remark.cathode,
                words=remark.says,
                source=cells.citation(remark),
            )
            found.setdefault((remark.anode, remark.cathode), []).append(said)
    return {pair: tuple(rows) for pair, rows in found.items()}


def grown_on(cells: ReportedCells) -> dict[str, dict[Electrode, str]]:
    """Return the electrodes that were coated with each film by ALD or MLD, each with its source.

    A film on copper, on which lithium is plated later, does not count: the lithium was never heated.
    """
    found: dict[str, dict[Electrode, str]] = {}
    for row in cells.results:
        if row.process is Process.OTHER or COPPER in row.cell:
            continue
        for electrode in row.electrodes:
            film = row.film_on(electrode)
            if film is not None:
                found.setdefault(film, {}).setdefault(electrode, f"{row.cell}, {cells.citation(row)}")
    return found


def _told(row: CellResult, anode: str, cathode: str, cells: ReportedCells) -> ReportedPair:
    alone = {
        electrode: single.value
        for electrode in Electrode
        for single in cells.singles(electrode)
        if single.film_on(electrode) == row.film_on(electrode)
        and (single.comparable, single.metric) == (row.comparable, row.metric)
    }
    metric = cells.metric(row)
    told: Mapping[Electrode, str] = {Electrode.ANODE: anode, Electrode.CATHODE: cathode}
    beside = [f"{film} alone {alone.get(electrode, 'not reported')}" for electrode, film in told.items()]
    beside.append(f"bare {row.bare or 'not reported'}")
    words = f"{metric.says}: {row.value} {metric.unit} with both, {', '.join(beside)}"
    return ReportedPair(
        anode=anode,
        cathode=cathode,
        metric=row.metric,
        unit=metric.unit,
        value=row.value,
        bare=row.bare,
        alone=alone,
        words=words if row.note == "" else f"{words} ({row.note})",
        source=cells.citation(row),
    )
