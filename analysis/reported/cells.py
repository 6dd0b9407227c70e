"""Reported cell results of coated electrodes: the table, its schema, and how it is read."""

import math
import re
import tomllib
from enum import Enum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.errors import DataError

__all__ = [
    "CellResult",
    "Direction",
    "Metric",
    "Process",
    "Reading",
    "Remark",
    "ReportedCells",
    "Response",
    "Selection",
    "read_reading",
    "read_reported_cells",
    "reported_cells",
]

_PRINTED = re.compile(r"(?P<sign>[<>]?)\s*(?P<number>\d+(?:\.(?P<decimals>\d+))?)")


class Direction(Enum):
    """Which of two values of a metric is the better one."""

    HIGHER = "higher"
    LOWER = "lower"


class Response(Enum):
    """What of a metric is compared with the bare electrode."""

    VALUE = "value"
    """The value itself."""
    DECAY = "decay"
    """Of a percentage that is left, the exponent of its decay, -ln(value / 100)."""
    LOSS = "loss"
    """Of a percentage that should be 100, what lacks, 100 - value."""
    RATIO = "ratio"
    """The value is a ratio to the bare electrode already."""


class Process(Enum):
    """How the film was made."""

    ALD = "ALD"
    MLD = "MLD"
    MLD_AND_ALD = "MLD and ALD"
    OTHER = "other"
    """From solution, by sputtering …: a film of the same name, not the same film."""


class Selection(Enum):
    """Why this film of a study stands in the table."""

    AS_MADE = "as made"
    BEST = "best of its series"
    """The study made several thicknesses and reports the best one."""


class Reading(NamedTuple):
    """A printed number as the interval that its digits leave, or that a bound leaves.

    Parameters
    ----------
    low, high : float
        Ends of the interval; infinite at the open end of a bound.
    value : float
        The number as printed.
    """

    low: float
    high: float
    value: float

    @property
    def bounded(self) -> bool:
        """True if the number is only a bound."""
        return math.isinf(self.high) or self.low == 0.0


def read_reading(text: str) -> Reading:
    """Read a number as it is printed: `11.6`, `>20000`, `<3`.

    The last digit is taken as rounded: 11.6 is 11.55 to 11.65.

    Raises
    ------
    DataError
        If it is not a positive number, with or without a sign of a bound.
    """
    match = _PRINTED.fullmatch(text.strip())
    value = float(match["number"]) if match else 0.0
    if match is None or value <= 0:
        raise DataError(f"{text!r} is not a reported number", where="value", hint="write 11.6, >20000 or <3")
    if match["sign"] == ">":
        return Reading(value, math.inf, value)
    if match["sign"] == "<":
        return Reading(0.0, value, value)
    half = 0.5 * 10.0 ** -len(match["decimals"] or "")
    return Reading(value - half, value + half, value)


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Metric(_Entry):
    """A quantity that studies report."""

    unit: str
    better: Direction
    response: Response = Field(description="What is compared with the bare electrode.")
    family: str = Field(
        description="Metrics of one family have ratios to the bare electrode that mean alike."
    )
    says: str = Field(description="What it is, a short phrase.")

    @property
    def percentage(self) -> bool:
        """True if a value above 100 has no meaning."""
        return self.response in {Response.DECAY, Response.LOSS}


class _Sourced(_Entry):
    anode: str | None = Field(None, description="Catalog id of the film on the negative electrode.")
    cathode: str | None = Field(None, description="Catalog id of the film on the positive electrode.")
    source: str = Field(description="@key of the sources; text may follow.")

    @model_validator(mode="after")
    def _names_a_film(self) -> Self:
        if self.anode is None and self.cathode is None:
            msg = "a row names the film on the anode, on the cathode, or both"
            raise ValueError(msg)
        return self

    def film_on(self, electrode: Electrode) -> str | None:
        """Return the film on an electrode."""
        return {Electrode.ANODE: self.anode, Electrode.CATHODE: self.cathode}[electrode]

    @property
    def electrodes(self) -> tuple[Electrode, ...]:
        """Coated electrodes."""
        return tuple(one for one in Electrode if self.film_on(one) is not None)

    @property
    def source_key(self) -> str:
        """Key of the source."""
        return self.source.removeprefix("@").split()[0].rstrip(",")


class CellResult(_Sourced):
    """One reported number of a cell with a coated electrode."""

    cell: str = Field(description="Electrodes of the cell, such as `Li||NMC811`.")
    metric: str = Field(description="Name of the metric.")
    value: str = Field(
        description="The number as printed, in the unit of the metric; `>` or `<` for a bound."
    )
    bare: str | None = Field(None, description="The same of the bare electrode in the same study.")
    process: Process = Field(description="How the film was made.")
    selection: Selection = Selection.AS_MADE
    comparable: str = Field(description="Study and conditions within which values may be compared.")
    current: str = Field("", description="Current density or rate.")
    areal_capacity: str = Field("", description="Capacity plated and stripped per area.")
    voltage: str = Field("", description="Limits of the cell voltage.")
    thickness_nm: float | None = Field(None, gt=0, description="Thickness of the film, nm.")
    deposition_cycles: int | None = Field(None, gt=0, description="Cycles of ALD or MLD of the film.")
    after_cycles: int | None = Field(None, gt=0, description="Cycles of the cell after which it was read.")
    temperature_K: float | None = Field(None, gt=0, description="Temperature of the cell, K.")
    note: str = ""

    @field_validator("value", "bare")
    @classmethod
    def _is_printed(cls, text: str | None) -> str | None:
        if text is not None:
            read_reading(text)
        return text

    @property
    def reading(self) -> Reading:
        """The number of the coated cell."""
        return read_reading(self.value)

    @property
    def bare_reading(self) -> Reading | None:
        """The number of the bare cell, if the study has one."""
        return None if self.bare is None else read_reading(self.bare)

    @property
    def conditions(self) -> str:
        """How it was measured, in one line."""
        thickness = "" if self.thickness_nm is None else f"{self.thickness_nm:g} nm"
        grown = "" if self.deposition_cycles is None else f"{self.deposition_cycles} cycles of deposition"
        after = "" if self.after_cycles is None else f"after {self.after_cycles} cycles"
        told = (thickness or grown, self.current, self.areal_capacity, self.voltage, after)
        return ", ".join(filter(None, told))


class Remark(_Sourced):
    """What a study reports of a film without a number."""

    says: str


class ReportedCells(_Entry):
    """The whole table."""

    limits: tuple[str, ...] = Field((), description="What no comparison with these results can tell.")
    sources: dict[str, str] = Field(description="Citation by key.")
    metrics: dict[str, Metric] = Field(min_length=1, description="Metric by name.")
    results: tuple[CellResult, ...] = Field(alias="result", min_length=1)
    remarks: tuple[Remark, ...] = Field((), alias="remark")

    @model_validator(mode="after")
    def _refers_to_what_is_there(self) -> Self:
        for row in (*self.results, *self.remarks):
            if row.source_key not in self.sources:
                msg = f"source {row.source} is not among the sources"
                raise ValueError(msg)
        for result in self.results:
            metric = self.metrics.get(result.metric)
            if metric is None:
                msg = f"metric {result.metric} is not among the metrics: {', '.join(self.metrics)}"
                raise ValueError(msg)
            printed = [text for text in (result.value, result.bare) if text is not None]
            if metric.percentage and any(read_reading(text).value > 100 for text in printed):
                msg = f"{result.metric} of {result.anode or result.cathode} is above 100 %"
                raise ValueError(msg)
        return self

    def metric(self, result: CellResult) -> Metric:
        """Return the metric of a result."""
        return self.metrics[result.metric]

    def citation(self, row: CellResult | Remark) -> str:
        """Return the reference of a row."""
        return row.source.replace(f"@{row.source_key}", self.sources[row.source_key])

    def singles(self, electrode: Electrode) -> tuple[CellResult, ...]:
        """Results of cells in which this electrode alone is coated."""
        return tuple(row for row in self.results if row.electrodes == (electrode,))

    def pairs(self) -> tuple[CellResult, ...]:
        """Results of cells in which both electrodes are coated."""
        return tuple(row for row in self.results if len(row.electrodes) > 1)


@cache
def reported_cells() -> ReportedCells:
    """Return the table of `data/reported_cells.toml`."""
    text = resources.files("lithicoat.analysis").joinpath("data/reported_cells.toml").read_text("utf-8")
    return ReportedCells.model_validate(tomllib.loads(text))


def read_reported_cells(file: str | Path) -> ReportedCells:
    """Read a table of one's own, in the form of `data/reported_cells.toml`.

    Raises
    ------
    DataError
        If the file cannot be read, or an entry of it is broken.
    """
    try:
        return ReportedCells.model_validate(tomllib.loads(Path(file).read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{file} cannot be read: {error}", where=str(file)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the table"
        message = first["msg"].removeprefix("Value error, ")
        raise DataError(f"{place} of {file} is broken: {message}", where=str(file)) from error
