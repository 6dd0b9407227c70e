"""At which temperatures films are deposited, and whether their electrode bears it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.decision.gates import GateState
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.pairs.scheme import TemperatureLimit

__all__ = ["Deposition", "DepositionWindow", "Fit", "OneReactor", "fit_of", "one_reactor", "window_of"]

_RANGE = re.compile(r"(\d+(?:\.\d+)?)(?:\s*[-–]\s*(\d+(?:\.\d+)?))?")


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DepositionWindow(_Entry):
    """Temperatures at which one process grows a film."""

    low_C: float = Field(description="Coldest reported, °C.")
    high_C: float = Field(description="Hottest reported, °C; that of low_C if only one was.")
    process: str = Field("", description="Which process, such as `ALD on NMC811`.")
    source: str = Field("", description="Citation.")

    def __str__(self) -> str:
        return _degrees(self.low_C, self.high_C)


class Deposition(_Entry):
    """What is reported of how one film is grown."""

    film: str = Field(description="Id of the coating.")
    windows: tuple[DepositionWindow, ...] = Field((), description="One per reported process.")
    grown_on: dict[Electrode, str] = Field(
        default_factory=dict, description="Electrodes that were coated with it, each with the source."
    )


@dataclass(frozen=True)
class Fit:
    """Whether a film can be grown on its electrode.

    Parameters
    ----------
    state : GateState
        Passed, failed or unknown.
    why : str
        What decided.
    """

    state: GateState
    why: str


@dataclass(frozen=True)
class OneReactor:
    """Whether one reactor temperature serves both films of a pair.

    Parameters
    ----------
    low_C, high_C : float or None
        Temperatures that both have in common, °C; None if there is none or it is not known.
    words : str
        The same in words.
    """

    low_C: float | None
    high_C: float | None
    words: str


def window_of(value: float | str, *, process: str = "", source: str = "") -> DepositionWindow:
    """Read a reported deposition temperature: 150, `150` or `150-250`, °C.

    Raises
    ------
    DataError
        If it is no temperature or range, or the range runs downwards.
    """
    match = _RANGE.fullmatch(str(value).strip())
    if match is None:
        raise DataError(
            f"'{value}' is no deposition temperature", where=source or process, hint="150 or 150-250, in °C"
        )
    low = float(match[1])
    high = float(match[2] or match[1])
    if low > high:
        raise DataError(
            f"the deposition temperatures '{value}' run downwards",
            where=source or process,
            hint=f"{high:g}-{low:g}",
        )
    return DepositionWindow(low_C=low, high_C=high, process=process, source=source)


def fit_of(deposition: Deposition | None, limit: TemperatureLimit) -> Fit:
    """Hold the coldest reported process of a film against the limit of an electrode.

    A film that was grown on that very electrode fits, also where nobody printed the temperature.

    Parameters
    ----------
    deposition : Deposition or None
        What is reported of the film.
    limit : TemperatureLimit
        What the electrode bears.
    """
    electrode = limit.electrode
    shown = deposition.grown_on.get(electrode) if deposition else None
    if deposition is None or not deposition.windows:
        if shown:
            return Fit(GateState.PASSED, f"was grown on this electrode, temperature not printed: {shown}")
        return Fit(GateState.UNKNOWN, "no deposition temperature is reported")
    coldest = min(deposition.windows, key=lambda window: window.low_C)
    found = f"grown from {coldest.low_C:g} °C" + (f" ({coldest.source})" if coldest.source else "")
    if coldest.low_C <= limit.usual_C:
        return Fit(GateState.PASSED, f"{found}; the {electrode.value} is coated up to {limit.usual_C:g} °C")
    if shown:
        return Fit(GateState.PASSED, f"{found}; it was grown on this electrode: {shown}")
    if coldest.low_C > limit.never_C:
        return Fit(
            GateState.FAILED,
            f"{found}, no colder process is reported; the {electrode.value} bears {limit.never_C:g} °C",
        )
    between = f"between the usual {limit.usual_C:g} °C and the {limit.never_C:g} °C it bears at most"
    return Fit(GateState.UNKNOWN, f"{found}: for the {electrode.value} that lies {between}")


def one_reactor(
    first: Deposition | None, second: Deposition | None, limits: Iterable[TemperatureLimit]
) -> OneReactor:
    """Find the temperatures at which a reactor can grow both films, one electrode after the other.

    Of several processes those with the widest common range count. The temperature must suit both electrodes,
    so the lower of their usual limits holds.

    Parameters
    ----------
    first, second : Deposition or None
        What is reported of each film.
    limits : iterable of TemperatureLimit
        What the electrodes bear.
    """
    unknown = [
        "one film" if film is None else film.film
        for film in (first, second)
        if film is None or not film.windows
    ]
    if first is None or second is None or unknown:
        return OneReactor(None, None, f"no deposition temperature of {' and '.join(unknown)} is reported")
    ceiling = min(limit.usual_C for limit in limits)
    common = [
        (max(one.low_C, other.low_C), min(one.high_C, other.high_C, ceiling))
        for one, other in product(first.windows, second.windows)
    ]
    low, high = max(common, key=lambda ends: ends[1] - ends[0])
    if low <= high:
        return OneReactor(low, high, f"both at {_degrees(low, high)}")
    told = [f"{film.film} {' or '.join(dict.fromkeys(map(str, film.windows)))}" for film in (first, second)]
    return OneReactor(
        None, None, f"no reported temperature up to {ceiling:g} °C in common: {', '.join(told)}"
    )


def _degrees(low: float, high: float) -> str:
    return f"{low:g} °C" if low == high else f"{low:g}–{high:g} °C"
