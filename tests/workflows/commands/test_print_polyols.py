"""What is printed of suggested polyols."""

from pathlib import Path

import pytest

from lithicoat.analysis.properties import Property, Provenance
from lithicoat.workflows.commands.polyols import print_polyols
from lithicoat.workflows.suggesting.results import (
    LearnedFilm,
    Method,
    PolyolSuggestion,
    PolyolSuggestions,
    SurrogateCheck,
)
from lithicoat.workflows.suggesting.targets import Sense

ORIGIN = Provenance(
    potential="emt", sha256="ab" * 32, protocol="quick-12345678", seed=0, versions={"botorch": "0.18.1"}
)
CHECK = SurrogateCheck(
    films=9,
    error=0.17,
    mean_error=0.18,
    gain=0.0,
    gain_error=0.01,
    scaled_error=1.2,
    unit="decades",
    better=False,
)


def suggestion(**changes):
    film = PolyolSuggestion(
        id="Li-tris",
        name="lithium salt of tris",
        smiles="[Li]OCC(N)(CO[Li])CO[Li]",
        polyol="OCC(N)(CO)CO",
        expected=Property(value=9.6, uncertainty=3.1, unit="GPa"),
        log_expected_improvement=-2.4,
        probability_of_improvement=0.42,
        nearest="LiGL",
        nearest_has_result=True,
        distance=0.2,
    )
    return film.model_copy(update=changes)


def suggestions(**changes):
    found = PolyolSuggestions(
        target="shear_modulus_calibrated",
        unit="GPa",
        sense=Sense.HIGHEST,
        method=Method.IMPROVEMENT,
        why="the surrogate is no better",
        suggestions=(suggestion(),),
        candidates=30,
        learned_from=(
            LearnedFilm(
                id="LiGL",
                smiles="[Li]OCC(CO[Li])O[Li]",
                found=Property(value=11.3, uncertainty=3.2, unit="GPa"),
                remark="one cell",
            ),
        ),
        left_out={"Li-catechol": "not computed", "Li-x": "a bond broke", "Li-y": "not computed"},
        check=CHECK,
        descriptors=("size",),
        notes=("the films differ little",),
        try_out=True,
        seed=4,
        provenance=ORIGIN,
    )
    return found.model_copy(update=changes)


def printed(found, capsys, **places):
    print_polyols(found, **places)
    return capsys.readouterr().out


def test_a_surrogate_is_told_with_its_check(capsys):
    text = printed(suggestions(), capsys, db=Path("my films"), catalog=Path("mine.toml"))
    assert text.startswith("TRY-OUT: lithicones to compute next, for the highest shear modulus calibrated\n")
    row = next(line for line in text.splitlines() if line.startswith("Li-tris"))
    assert row.split() == ["Li-tris", "OCC(N)(CO)CO", "9.6±3.1", "-2.4", "0.42", "LiGL", "(0.20)"]
    assert (
        "9 films are missed by 0.17 decades (root mean square), by their plain mean by 0.18 decades" in text
    )
    assert "learned from LiGL 11.3 ± 3.2 GPa (one cell)" in text
    assert "not learned from Li-catechol, Li-y: not computed" in text
    assert "not learned from Li-x: a bond broke" in text
    assert "note: the films differ little" in text
    assert "potential emt (sha256 abababababab…), protocol quick-12345678; botorch 0.18.1, seed 4" in text
    assert text.endswith("lithicoat screen Li-tris --preset quick --db 'my films' --catalog mine.toml\n")


def test_a_first_choice_has_no_expectations(capsys):
    film = suggestion(
        expected=Property.missing("1", "fewer than 4 films"),
        log_expected_improvement=None,
        probability_of_improvement=None,
        nearest=None,
        distance=None,
    )
    found = suggestions(
        method=Method.SPREAD, target="score", unit="1", suggestions=(film,), check=None, learned_from=()
    )
    text = printed(found, capsys)
    row = next(line for line in text.splitlines() if line.startswith("Li-tris"))
    assert row.split() == ["Li-tris", "OCC(N)(CO)CO", "–"]
    assert "for the highest score at the anode" in text
    assert "By largest distance from the computed films" in text
    assert "root mean square" not in text
    assert "EI" not in text


def test_what_has_no_plus_minus_says_how_wide_it_is(capsys):
    wide = Property(value=10.0, unit="GPa", flags=("known within 2.5 decades",))
    text = printed(suggestions(suggestions=(suggestion(expected=wide),)), capsys)
    assert "10, known within 2.5 decades" in text


def test_a_ratio_is_no_score(capsys):
    text = printed(suggestions(target="poisson_ratio", unit="1", sense=Sense.LOWEST), capsys)
    assert text.startswith("TRY-OUT: lithicones to compute next, for the lowest poisson ratio\n")


def test_likeness_to_a_film_without_a_result_is_marked(capsys):
    text = printed(suggestions(suggestions=(suggestion(nearest_has_result=False),)), capsys)
    assert "no result" in next(line for line in text.splitlines() if line.startswith("Li-tris"))


def test_many_films_are_counted_and_none_left_has_no_command(capsys):
    films = suggestions().learned_from * 20
    text = printed(suggestions(suggestions=(), learned_from=films), capsys)
    assert "and 8 more, best first" in text
    assert "lithicoat screen" not in text


@pytest.mark.parametrize("width", [60, 80])
def test_numbers_are_not_broken_in_a_narrow_window(capsys, monkeypatch, width):
    from lithicoat.workflows.commands.console import out

    monkeypatch.setattr(out, "_width", width)
    text = printed(suggestions(), capsys)
    assert "9.6±3.1" in text
    assert "0.42" in text
