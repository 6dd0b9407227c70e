"""What comes of asking which polyol to compute next."""

from enum import Enum

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.properties import Property, Provenance
from lithicoat.workflows.suggesting.targets import Sense

__all__ = ["LIMITS", "LearnedFilm", "Method", "PolyolSuggestion", "PolyolSuggestions", "SurrogateCheck"]

LIMITS = (
    "The surrogate sees the bonds of one molecule, not how molecules pack or whether the film can be grown.",
    "An error that all films share, as that of one potential, is not in the ±.",
)
"""What the numbers cannot say."""


class Method(Enum):
    """How films were chosen."""

    IMPROVEMENT = "log noisy expected improvement of a Gaussian process"
    SPREAD = "largest distance from the computed films"


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class LearnedFilm(_Result):
    """A computed film that the surrogate was fitted to."""

    id: str = Field(description="Id of the coating.")
    smiles: str = Field(description="Its lithium alkoxide.")
    found: Property = Field(description="What it has of the target.")
    remark: str = Field("", description="What was assumed of it, or how sure it is to pass the gates.")


class SurrogateCheck(_Result):
    """How well computed films are foretold from the others, against the plain mean of the others."""

    films: int = Field(description="Films that were left out, each in its turn.")
    error: float = Field(description="Root mean square error of the surrogate, in `unit`.")
    mean_error: float = Field(description="The same of the plain mean.")
    gain: float = Field(
        description="Mean square error of the mean less that of the surrogate, in `unit` squared."
    )
    gain_error: float = Field(description="Standard error of the gain over the films.")
    scaled_error: float = Field(
        description="Root mean square of errors over what surrogate and noise expect; 1 if both are right."
    )
    unit: str = Field(description="Unit of the errors; decades for a logarithmic property.")
    better: bool = Field(description="True if the gain is above its standard error.")


class PolyolSuggestion(_Result):
    """A film to compute next."""

    id: str = Field(description="Id that lithicoat screen takes.")
    name: str
    smiles: str = Field(description="Its lithium alkoxide.")
    polyol: str = Field(description="The alcohol that it is grown from, as SMILES.")
    expected: Property = Field(description="What the surrogate expects of it.")
    log_expected_improvement: float | None = Field(
        None,
        description="Natural logarithm of the expected improvement over the best computed film and the films "
        "above it, in the unit of the target, or in decades of a logarithmic one.",
    )
    probability_of_improvement: float | None = Field(
        None, ge=0, le=1, description="Chance that it is better than the best computed film."
    )
    nearest: str | None = Field(None, description="Computed film whose molecule is most alike.")
    nearest_has_result: bool | None = Field(
        None, description="False if that film taught nothing, as one that fell apart: this one may do so too."
    )
    distance: float | None = Field(
        None,
        ge=0,
        le=1,
        description="How far that is: root mean square over the descriptors, each 0 to 1 over all films.",
    )
    notes: str = Field("", description="What the library says of the film.")


class PolyolSuggestions(_Result):
    """Which lithicones to compute next, best first."""

    target: str = Field(description="What they are chosen by: the score at the anode, or a property.")
    unit: str = Field(description="Its unit.")
    sense: Sense = Field(description="Which end of it is looked for.")
    method: Method = Field(description="How they were chosen.")
    why: str = Field(description="Why by this method.")
    suggestions: tuple[PolyolSuggestion, ...]
    candidates: int = Field(description="Films that were not computed and could have been chosen.")
    learned_from: tuple[LearnedFilm, ...] = Field(description="Computed films, best first.")
    left_out: dict[str, str] = Field(description="Films that are recorded and taught nothing, and why.")
    check: SurrogateCheck | None = Field(description="None without a surrogate.")
    descriptors: tuple[str, ...] = Field(description="What differs between the films.")
    notes: tuple[str, ...] = Field(description="What a reader must know.")
    try_out: bool = Field(description="True if a computed film is of a protocol for trying out.")
    seed: int
    provenance: Provenance = Field(description="Of the values it learned from, and of the code.")
