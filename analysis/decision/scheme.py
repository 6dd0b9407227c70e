"""What the ranking asks for: gates and desirability terms, as data."""

import difflib
import math
import tomllib
from collections.abc import Mapping
from enum import Enum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lithicoat.analysis.errors import DataError

__all__ = [
    "Axis",
    "Electrode",
    "Gate",
    "GateCheck",
    "IfNotKnown",
    "Quantity",
    "RankingScheme",
    "Relief",
    "Source",
    "Term",
    "default_scheme",
    "read_scheme",
]


class Electrode(Enum):
    """For which electrode films are ranked."""

    ANODE = "anode"
    CATHODE = "cathode"


class Axis(Enum):
    """On which axis a property is judged, and its error taken as normal."""

    LINEAR = "linear"
    LOG10 = "log10"


class GateCheck(Enum):
    """What a gate demands of its property."""

    KNOWN = "known"
    KNOWN_OR_BOUNDED = "known or bounded"
    ABOVE = "above"


class IfNotKnown(Enum):
    """What a gate makes of a property that nobody knows."""

    UNKNOWN = "unknown"
    """The film ranks after those that pass."""
    PASSED_OVER = "passed over"
    """The gate is not asked."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Gate(_Entry):
    """A condition that a film must meet to be ranked among the sound ones."""

    name: str
    check: GateCheck
    properties: tuple[str, ...] = Field(min_length=1, description="The first that has a value counts.")
    threshold: float | None = Field(None, description="For `above`: the value must exceed it.")
    failed_words: tuple[str, ...] = Field(
        (), description="A missing property whose reason holds one of these words failed; else it is unknown."
    )
    electrodes: tuple[Electrode, ...] = Field(
        tuple(Electrode), min_length=1, description="Electrodes at which the gate is asked."
    )
    if_not_known: IfNotKnown = Field(
        IfNotKnown.UNKNOWN, description="What a property without a value, or with an open bound, means."
    )
    reason: str = Field(description="Why the gate exists.")

    @model_validator(mode="after")
    def _threshold_where_needed(self) -> Self:
        if (self.check is GateCheck.ABOVE) != (self.threshold is not None):
            msg = f"gate {self.name}: a threshold belongs to the check 'above' and to no other"
            raise ValueError(msg)
        return self


class Source(_Entry):
    """A property a term can be had from."""

    property: str = Field(description="Name in the record.")
    axis: Axis
    scale: float = Field(1.0, gt=0, description="The value is divided by it.")


class Relief(_Entry):
    """Another property that makes up for what a term lacks."""

    property: str = Field(description="Name in the record.")
    between: tuple[float, float] = Field(description="Range of the property in which it does.")
    worth: float = Field(gt=0, le=1, description="Least desirability of the term there.")
    says: str = Field(description="What a property in that range means, a short phrase.")


class Term(_Entry):
    """One term of a desirability: a ramp from 0 to 1 along an axis."""

    name: str
    heading: str = Field("", description="Heading of a narrow column; the name if empty.")
    weight: float = Field(gt=0)
    sources: tuple[Source, ...] = Field(min_length=1, description="The first that has a value counts.")
    target: float | None = Field(None, description="If given, the ramp runs along the distance from it.")
    zero_at: float = Field(description="Place on the axis (or distance) where the desirability is 0.")
    one_at: float = Field(description="Place on the axis (or distance) where it is 1.")
    prior: tuple[float, float] = Field(
        description="Range on the axis in which such films lie; a bound stands for the part that it leaves."
    )
    satisfied_words: tuple[str, ...] = Field(
        (), description="A missing property whose reason holds one of these words is worth 1, not 0."
    )
    relief: Relief | None = Field(None, description="What else can give the term a worth.")
    reason: str = Field(description="Why these places.")

    @model_validator(mode="after")
    def _ramp_has_length(self) -> Self:
        if not self.prior[0] < self.prior[1]:
            msg = f"term {self.name}: prior must be [low, high] with low below high"
            raise ValueError(msg)
        if self.zero_at == self.one_at:
            msg = f"term {self.name}: zero_at and one_at must differ"
            raise ValueError(msg)
        return self


class Quantity(_Entry):
    """Unit in which a property is judged, and its standard uncertainty where a record states none."""

    unit: str
    relative: float | None = Field(None, gt=0, description="Uncertainty as a fraction of the value.")
    absolute: float | None = Field(None, gt=0, description="Uncertainty in the unit.")

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if self.relative is not None and self.absolute is not None:
            msg = "an assumed uncertainty is either relative or absolute"
            raise ValueError(msg)
        return self

    def uncertainty(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the assumed standard uncertainty of values in the unit; 0 if none is assumed."""
        if self.relative is not None:
            return np.abs(values) * self.relative
        return np.full_like(values, self.absolute or 0.0)


class RankingScheme(_Entry):
    """All gates, and the terms of each electrode."""

    quantities: dict[str, Quantity] = Field(
        default_factory=dict, description="Units and assumed uncertainties of properties, by name."
    )
    gates: tuple[Gate, ...]
    anode: tuple[Term, ...] = Field(min_length=1)
    cathode: tuple[Term, ...] = Field(min_length=1)

    def terms(self, electrode: Electrode) -> tuple[Term, ...]:
        """Terms of one electrode."""
        return {Electrode.ANODE: self.anode, Electrode.CATHODE: self.cathode}[electrode]

    def gates_at(self, electrode: Electrode) -> tuple[Gate, ...]:
        """Gates that are asked at one electrode."""
        return tuple(gate for gate in self.gates if electrode in gate.electrodes)

    def weighted(self, electrode: Electrode, weights: Mapping[str, float]) -> Self:
        """Return a scheme in which some terms of an electrode have other weights.

        Parameters
        ----------
        electrode : Electrode
            Whose terms.
        weights : mapping of str to float
            Weight by name of the term, above 0; the others keep theirs, and all are divided by their sum.

        Raises
        ------
        DataError
            If there is no such term, or a weight is not a positive number.
        """
        known = {term.name: term for term in self.terms(electrode)}
        for name, weight in weights.items():
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                raise DataError(
                    f"the {electrode.value} has no term {name!r} to weigh",
                    where="weights",
                    hint=(f"did you mean {near[0]}? " if near else "") + f"its terms are {', '.join(known)}",
                )
            if not 0 < weight < math.inf:
                raise DataError(
                    f"a weight is a positive number, got {weight:g} for {name}",
                    where="weights",
                    hint="a term without influence has a small weight, such as 0.001",
                )
        terms = tuple(
            term.model_copy(update={"weight": weights.get(term.name, term.weight)}) for term in known.values()
        )
        return self.model_copy(update={electrode.value: terms})


@cache
def default_scheme() -> RankingScheme:
    """Return the scheme of `data/ranking.toml`."""
    text = resources.files("lithicoat.analysis").joinpath("data/ranking.toml").read_text("utf-8")
    return RankingScheme.model_validate(tomllib.loads(text))


def read_scheme(path: Path) -> RankingScheme:
    """Read gates and terms of one's own, in the form of `data/ranking.toml`.

    Raises
    ------
    DataError
        If the file cannot be read, is no TOML, or does not describe a scheme.
    """
    try:
        return RankingScheme.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}", where=str(path)) from error
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{path} is no TOML: {error}", where=str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise DataError(f"{path}: {place}: {first['msg']}", where=str(path)) from error
