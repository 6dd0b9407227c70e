"""How a comparison with reported cells is printed."""

import pytest

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.literature import Verdict
from lithicoat.analysis.reported.cells import Process, Selection
from lithicoat.analysis.reported.comparable import Scope
from lithicoat.analysis.reported.comparison import Comparison, Correlation, PairJudgement, ReportedEffect
from lithicoat.workflows.commands.against import print_against


def effect(film="Li2S", **changes):
    given = {
        "electrode": Electrode.CATHODE,
        "film": film,
        "rank": 1,
        "cell": "Li||NMC811",
        "metric": "capacity_retention",
        "says": "capacity left after cycling",
        "family": "capacity fade",
        "value": "71",
        "bare": "11.6",
        "unit": "%",
        "ratio": 1.839,
        "low": 1.816,
        "high": 1.862,
        "process": Process.ALD,
        "selection": Selection.BEST,
        "conditions": "2.2 nm, after 500 cycles",
        "note": "",
        "citation": "One, J. Cells 1, 1 (2020)",
    }
    return ReportedEffect.model_validate({**given, **changes})


PAIR = PairJudgement(
    electrode=Electrode.CATHODE,
    better="Li2S",
    worse="LZO",
    compared="capacity fade",
    scope=Scope.STUDIES,
    margin=0.474,
    probability=0.567,
    verdict=Verdict.UNRESOLVED,
)
FEW = Correlation(
    name="capacity fade",
    scope=Scope.STUDIES,
    electrode=Electrode.CATHODE,
    films=("Li2S", "LZO"),
    pairs=1,
    undecided=0,
    missing="no correlation can be told: 2 films with a decided pair, at least 4 are needed",
)
MANY = Correlation(
    name="all pooled",
    scope=Scope.PROCESSES,
    electrode=None,
    films=("a", "b", "c", "d"),
    pairs=5,
    undecided=1,
    tau=0.6,
    interval=(0.2, 1.0),
    p_value=0.333,
    least_p_value=0.0833,
)


def printed(capsys, **changes):
    given = {
        "effects": (effect(),),
        "pairs": (PAIR,),
        "undecided": (),
        "correlations": (FEW, MANY),
        "not_ranked": {Electrode.CATHODE: ("Al2O3",)},
        "remarks": ("no difference (Two)",),
        "limits": ("one limit",),
        "seed": 3,
        "draws": 500,
    }
    print_against(Comparison.model_validate({**given, **changes}))
    return capsys.readouterr().out


def test_the_answer_stands_before_the_numbers(capsys):
    text = printed(capsys)
    places = [
        text.index(word) for word in ("Li2S before LZO", "Kendall", "CATHODE", "cannot tell", "Sources")
    ]
    assert places == sorted(places)


def test_a_pair_is_told_in_words_with_probability_and_margin(capsys):
    text = printed(capsys)
    assert (
        "cathode: Li2S before LZO by 0.47 in ln ratio or more (capacity fade, across studies): "
        "this ranking does not decide it, P = 0.57" in text
    )
    assert "500 draws, seed 3" in text


@pytest.mark.parametrize(
    ("verdict", "words"), [(Verdict.AGREES, "ranking agrees"), (Verdict.DISAGREES, "ranking disagrees")]
)
def test_agreement_has_its_words(capsys, verdict, words):
    assert words in printed(capsys, pairs=(PAIR.model_copy(update={"verdict": verdict}),))


def test_a_correlation_comes_with_interval_p_and_counts(capsys):
    text = printed(capsys)
    assert (
        "both electrodes, all pooled, across studies and processes: tau = +0.60 (95 % of the draws +0.20 to "
        "+1.00), p = 0.33 (two-sided, permutations, 0.083 at best), 4 films, 5 decided pairs, 1 left open"
        in text
    )
    assert (
        "no correlation can be told: 2 films with a decided pair, at least 4 are needed (1 decided pair)"
        in text
    )


def test_a_number_comes_with_unit_bare_gain_rounding_and_source(capsys):
    text = printed(capsys)
    assert "capacity left after cycling (%)" in text
    assert "+1.84 ± 0.02" in text
    assert "[1] One, J. Cells 1, 1 (2020)" in text
    assert "reported, not in this ranking: Al2O3" in text
    assert "no difference (Two)" in text


def test_bounds_and_what_is_missing_are_shown_as_such(capsys):
    life = {"metric": "lifetime", "says": "hours without failure", "unit": "h", "high": None}
    text = printed(
        capsys,
        effects=(
            effect("AlEG", value=">200", bare="158", ratio=0.24, low=0.2326, **life),
            effect("LiGL", rank=None, value=">5500", bare=None, ratio=None, low=None, **life),
            effect("SOL", process=Process.OTHER, selection=Selection.AS_MADE),
        ),
        pairs=(),
        correlations=(),
        undecided=("anode: LiGL and LiTEA: are only bounds",),
    )
    (bounded,) = [line for line in text.splitlines() if line.startswith("AlEG")]
    (missing,) = [line for line in text.splitlines() if line.startswith("LiGL")]
    assert bounded.split()[-3:] == [">", "+0.23", "[1]"]
    assert missing.split()[1] == "–"
    assert missing.split()[-3:] == ["–", "–", "[1]"]
    assert "not decided by the cells: anode: LiGL and LiTEA" in text
    assert "not by ALD" in text
    assert "Kendall" not in text


def test_nothing_to_compare_is_said(capsys):
    text = printed(capsys, pairs=(), correlations=())
    assert "no two films of this ranking have reported numbers that may be compared" in text
