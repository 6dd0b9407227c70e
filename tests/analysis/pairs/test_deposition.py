"""Deposition temperatures against what the electrodes bear."""

import pytest

from lithicoat.analysis.decision.gates import GateState
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.pairs.deposition import (
    Deposition,
    fit_of,
    one_reactor,
    window_of,
)
from lithicoat.analysis.pairs.scheme import PairScheme, default_pair_scheme

LITHIUM = default_pair_scheme().limit(Electrode.ANODE)
NMC = default_pair_scheme().limit(Electrode.CATHODE)


def grown(film: str, *values: float | str, **more: object) -> Deposition:
    return Deposition(film=film, windows=tuple(window_of(value) for value in values), **more)


@pytest.mark.parametrize(
    ("value", "ends"),
    [(150, (150, 150)), ("150-250", (150, 250)), ("89 – 332.5", (89, 332.5)), ("120.0", (120, 120))],
)
def test_numbers_and_ranges_are_read(value, ends):
    window = window_of(value)
    assert (window.low_C, window.high_C) == ends


@pytest.mark.parametrize("value", ["about 150", "<150", "", "150-", "-20", "nan"])
def test_what_is_no_temperature_is_refused(value):
    with pytest.raises(DataError, match="is no deposition temperature"):
        window_of(value)


def test_a_range_downwards_is_refused():
    with pytest.raises(DataError, match="run downwards") as refused:
        window_of("250-150")
    assert refused.value.hint == "150-250"


def test_the_limits_are_those_of_the_sources():
    assert (LITHIUM.usual_C, LITHIUM.never_C) == (150.0, 180.5)
    assert (NMC.usual_C, NMC.never_C) == (250.0, 300.0)
    assert all(limit.source and limit.reason for limit in (LITHIUM, NMC))


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (150, GateState.PASSED),
        ("100-400", GateState.PASSED),
        (160, GateState.UNKNOWN),
        (180.5, GateState.UNKNOWN),
        ("181-225", GateState.FAILED),
    ],
)
def test_lithium_bears_what_lies_below_its_limit(value, state):
    assert fit_of(grown("film", value), LITHIUM).state is state


def test_the_same_film_may_suit_the_cathode_and_not_the_anode():
    film = grown("LZO", 225)
    assert fit_of(film, NMC).state is GateState.PASSED
    refused = fit_of(film, LITHIUM)
    assert refused.state is GateState.FAILED
    assert "grown from 225 °C" in refused.why
    assert "bears 180.5 °C" in refused.why


def test_the_coldest_process_decides():
    assert fit_of(grown("film", 330, "100-200"), LITHIUM).state is GateState.PASSED


@pytest.mark.parametrize("film", [None, grown("film")])
def test_without_a_temperature_nothing_is_known(film):
    found = fit_of(film, NMC)
    assert found.state is GateState.UNKNOWN
    assert found.why == "no deposition temperature is reported"


def test_a_film_that_was_grown_on_the_electrode_fits_it():
    film = grown("LiTEA", grown_on={Electrode.ANODE: "a study"})
    assert fit_of(film, LITHIUM).state is GateState.PASSED
    assert "a study" in fit_of(film, LITHIUM).why
    assert fit_of(film, NMC).state is GateState.UNKNOWN
    hot = grown("film", 170, grown_on={Electrode.ANODE: "a study"})
    assert fit_of(hot, LITHIUM).state is GateState.PASSED


def both(one: Deposition | None, other: Deposition | None):
    return one_reactor(one, other, (LITHIUM, NMC))


def test_one_reactor_serves_films_with_a_common_temperature():
    found = both(grown("LiGL", 150), grown("Li2S", 150))
    assert (found.low_C, found.high_C) == (150, 150)
    assert found.words == "both at 150 °C"


def test_the_colder_limit_holds_for_both():
    found = both(grown("a", "75-300"), grown("b", "100-250"))
    assert (found.low_C, found.high_C) == (100, 150)
    assert both(grown("a", "160-300"), grown("b", "160-300")).low_C is None


def test_the_widest_common_range_is_taken():
    found = both(grown("a", 80, "90-140"), grown("b", 80, "100-120"))
    assert (found.low_C, found.high_C) == (100, 120)


def test_no_common_temperature_is_told_with_those_reported():
    found = both(grown("LiGL", 150, 150), grown("LZO", 225))
    assert found.low_C is None
    assert found.words == "no reported temperature up to 150 °C in common: LiGL 150 °C, LZO 225 °C"


def test_a_film_without_temperature_is_named():
    assert both(grown("LiHQ"), grown("Li2S", 150)).words == "no deposition temperature of LiHQ is reported"
    assert "one film" in both(None, grown("Li2S", 150)).words


def test_a_common_temperature_does_not_depend_on_the_order():
    one, other = grown("a", "75-300", 60), grown("b", "100-130")
    first, second = both(one, other), both(other, one)
    assert (first.low_C, first.high_C) == (second.low_C, second.high_C)


def broken(**changes: object) -> dict[str, object]:
    return {**default_pair_scheme().model_dump(mode="json"), **changes}


def test_a_limit_that_contradicts_itself_is_refused():
    limits = broken()["limits"]
    with pytest.raises(ValueError, match="usual_C must not lie above never_C"):
        PairScheme.model_validate(broken(limits=[{**limits[0], "usual_C": 200.0}, limits[1]]))


def test_a_scheme_names_both_electrodes():
    limits = broken()["limits"]
    with pytest.raises(ValueError, match="each once"):
        PairScheme.model_validate(broken(limits=[limits[0], limits[0]]))
