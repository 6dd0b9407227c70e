"""What comes of holding a ranking against reported cells."""

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.literature import Verdict
from lithicoat.analysis.reported.cells import Process, Selection
from lithicoat.analysis.reported.comparable import Scope

__all__ = ["Comparison", "Correlation", "PairJudgement", "ReportedEffect"]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ReportedEffect(_Entry):
    """What one study reports of one coated electrode."""

    electrode: Electrode
    film: str
    rank: int | None = Field(description="Place in this ranking; None if the film is not in it.")
    cell: str
    metric: str
    says: str = Field(description="What the metric is.")
    family: str = Field(description="What its ratio to the bare electrode means.")
    value: str = Field(description="As printed, in `unit`.")
    bare: str | None = Field(description="Of the bare electrode in the same study, as printed.")
    unit: str
    ratio: float | None = Field(
        description="Log response ratio, better side up; of a bound its edge; None without a bare electrode."
    )
    low: float | None = Field(description="Lower end of `ratio` by rounding; None if open or missing.")
    high: float | None = Field(description="Upper end; None if open or missing.")
    process: Process
    selection: Selection
    conditions: str
    note: str
    citation: str


class PairJudgement(_Entry):
    """Two films of which the reported numbers decide the order."""

    electrode: Electrode
    better: str = Field(description="The film that the cells put first.")
    worse: str
    compared: str = Field(description="By what.")
    scope: Scope
    margin: float = Field(
        gt=0,
        description="How far the better one is ahead at least: in the unit of values measured alike, else "
        "in log response ratio.",
    )
    probability: float = Field(ge=0, le=1, description="That this ranking has them in the same order.")
    verdict: Verdict


class Correlation(_Entry):
    """Kendall's tau of one set of pairs."""

    name: str
    scope: Scope
    electrode: Electrode | None = Field(description="None if both are pooled.")
    films: tuple[str, ...] = Field(description="Films with a decided pair.")
    pairs: int = Field(ge=0, description="Pairs of films that the reported numbers decide.")
    undecided: int = Field(ge=0, description="Pairs that a bound, rounding or a contradiction leaves open.")
    tau: float | None = Field(None, description="Of the best estimates, over the decided pairs, -1 to 1.")
    interval: tuple[float, float] | None = Field(
        None, description="2.5 and 97.5 % of the draws of the ranking."
    )
    p_value: float | None = Field(None, description="Two-sided, over orders of the films at random.")
    least_p_value: float | None = Field(
        None, description="What a perfect order of these films would give: less cannot be had from them."
    )
    missing: str | None = Field(None, description="Why no correlation can be told, if so.")


class Comparison(_Entry):
    """A ranking against the reported cells."""

    effects: tuple[ReportedEffect, ...]
    pairs: tuple[PairJudgement, ...]
    undecided: tuple[str, ...] = Field(description="Pairs that the reported numbers leave open, in words.")
    correlations: tuple[Correlation, ...] = Field(description="By group of metrics, then pooled.")
    not_ranked: dict[Electrode, tuple[str, ...]] = Field(description="Films reported but not ranked here.")
    remarks: tuple[str, ...] = Field(description="What is reported without a number, with its source.")
    limits: tuple[str, ...] = Field(description="What the comparison cannot tell.")
    seed: int
    draws: int
