"""Suggestions of polyols, end to end."""

import numpy as np
import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property
from lithicoat.structures.catalog.library import load_library, smiles_coating
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.descriptors import describe, salt_of
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.suggesting.candidates import films_of, library_films, matched
from lithicoat.workflows.suggesting.polyols import suggest_polyols
from lithicoat.workflows.suggesting.results import Method
from lithicoat.workflows.suggesting.surrogate import LeaveOut

MODULUS = "shear_modulus_calibrated"
COMPUTED = ("LiEG", "LiGL", "LiHQ", "Li-hexanediol", "Li-erythritol", "Li-biphenol")


@pytest.fixture(scope="module")
def library():
    return library_films()


def modulus_of(coating):
    """A made-up law: the denser the lithium, the stiffer."""
    return float(2.0 + 100.0 * describe(salt_of(coating))[1])


@pytest.fixture
def unchecked(monkeypatch):
    """Leave out the check, which fits each film anew."""

    def perfect(observations, *, seed):
        size = len(observations)
        return LeaveOut(errors=np.full(size, 0.1 + seed), mean_errors=np.ones(size), scaled=np.ones(size))

    monkeypatch.setattr("lithicoat.workflows.suggesting.polyols.leave_out", perfect)


@pytest.fixture
def computed(library, lithicone):
    by_id = {coating.id: coating for coating in library}
    return [lithicone(name, modulus_of(by_id[name]), error=0.5) for name in COMPUTED]


def test_finds_what_follows_the_law(library, computed):
    found = suggest_polyols(computed, library, count=3, target=MODULUS)
    assert found.method is Method.IMPROVEMENT
    assert found.candidates == len(library) - len(COMPUTED)
    by_id = {coating.id: coating for coating in library}
    laws = np.array([modulus_of(coating) for coating in library])
    assert modulus_of(by_id[found.suggestions[0].id]) > np.quantile(laws, 0.8)
    assert found.check.better
    for film in found.suggestions:
        assert abs(film.expected.value - modulus_of(by_id[film.id])) < 3 * film.expected.uncertainty
        assert film.nearest in COMPUTED
        assert film.id not in COMPUTED


@pytest.mark.usefixtures("unchecked")
def test_says_what_it_learned_from_best_first(library, computed):
    found = suggest_polyols(computed, library, count=1, target=MODULUS)
    values = [film.found.value for film in found.learned_from]
    assert {film.id for film in found.learned_from} == set(COMPUTED)
    assert values == sorted(values, reverse=True)
    assert found.provenance.potential == "emt"
    assert found.provenance.protocol == "quick-12345678"
    assert found.provenance.versions["botorch"]
    assert found.suggestions[0].expected.provenance == found.provenance


@pytest.mark.usefixtures("unchecked")
def test_order_of_inputs_and_repetition_change_nothing(library, computed):
    first = suggest_polyols(computed, library, count=2, seed=3)
    again = suggest_polyols(computed[::-1], library[::-1], count=2, seed=3)
    assert first == again


@pytest.mark.usefixtures("unchecked")
def test_two_names_of_a_salt_are_one_film(library, computed, lithicone):
    listed = load_library()  # the same molecules by their names in the library
    known = suggest_polyols(computed, listed, count=2, target=MODULUS)
    both = suggest_polyols(computed, (*library, *listed), count=2, target=MODULUS)
    assert both.candidates == known.candidates == len(library) - len(COMPUTED)
    assert [film.smiles for film in both.suggestions] == [film.smiles for film in known.suggestions]
    named = lithicone(smiles_coating("OCC(O)CO").id, 30.0, age_h=-1)
    older = lithicone("Li-glycerol", 1.0, age_h=5)
    found = suggest_polyols([*computed, older, named], library, count=1, target=MODULUS)
    assert len(found.learned_from) == len(COMPUTED)
    assert found.learned_from[0].found.value == pytest.approx(30.0)  # the latest record of the salt


def test_a_neighbour_without_a_result_is_marked(library, lithicone):
    few = [film for film in library if film.id in {"LiHQ", "Li-catechol", "Li-resorcinol", "Li-hexanediol"}]
    records = [lithicone("Li-catechol"), lithicone("Li-hexanediol", 1.0)]
    found = suggest_polyols(records, few, count=2, target=MODULUS)
    assert {film.nearest for film in found.suggestions} == {"Li-catechol"}
    assert not any(film.nearest_has_result for film in found.suggestions)


def test_few_films_give_the_most_different_molecules(library, computed):
    found = suggest_polyols(computed[:3], library, count=4)
    assert found.method is Method.SPREAD
    assert found.check is None
    assert found.why.startswith("3 films have a result, and a surrogate needs 4")
    assert len({film.id for film in found.suggestions}) == 4
    away = [film.distance for film in found.suggestions]
    assert away[0] == max(away)
    assert found.suggestions[0].expected.flags == ("fewer than 4 computed films to learn from",)


def test_unstable_cells_are_named(library, computed, lithicone):
    unstable = Property(value=0.4, uncertainty=0.4, unit="GPa", flags=("not Born-stable",))
    found = suggest_polyols(
        [*computed[:2], lithicone("Li-tris", **{MODULUS: unstable})], library, count=1, target=MODULUS
    )
    assert "not Born-stable, so that their moduli mean little: Li-tris" in found.notes
    assert "not Born-stable" in found.learned_from[-1].found.flags


def test_equal_results_teach_nothing(library, lithicone):
    records = [lithicone(name, 9.0) for name in COMPUTED]
    found = suggest_polyols(records, library, count=1, target=MODULUS)
    assert found.method is Method.SPREAD
    assert found.why == "all computed films have the same result: the most different molecules come first"
    assert found.suggestions[0].expected.flags == ("all computed films are alike",)


def test_nothing_computed_is_a_start_too(library):
    found = suggest_polyols([], library, count=3)
    assert found.why.startswith("no film has a result")
    assert len(found.suggestions) == 3
    assert all(film.nearest is None for film in found.suggestions)
    assert found.learned_from == ()


@pytest.mark.usefixtures("unchecked")
def test_a_film_without_a_result_is_not_suggested_again(library, computed, lithicone):
    bare = lithicone("Li-catechol")
    found = suggest_polyols([*computed, bare], library, count=3, target=MODULUS)
    assert found.left_out == {"Li-catechol": "not computed"}
    assert "Li-catechol" not in {film.id for film in found.suggestions}
    assert found.candidates == len(library) - len(COMPUTED) - 1


@pytest.mark.usefixtures("unchecked")
def test_other_families_are_left_aside(library, computed, lithicone):
    other = lithicone("LiF", 50.0, family="fluoride")
    assert suggest_polyols([*computed, other], library, count=1) == suggest_polyols(
        computed, library, count=1
    )


@pytest.mark.usefixtures("unchecked")
def test_a_molecule_nobody_knows_is_named(library, computed, lithicone):
    found = suggest_polyols([*computed, lithicone("my-film", 9.0)], library, count=1, target=MODULUS)
    assert found.left_out == {
        "my-film": "its molecule is not known; --catalog FILE names the catalog that holds it"
    }


def test_a_film_of_the_catalog_is_known_without_being_asked_for(computed):
    few = [entry for entry in load_library() if entry.id in {"Li-catechol", "Li-tris"}]
    films, records, unknown = matched(films_of(few), computed)
    assert len(films) == len(COMPUTED) + 2
    assert len(records) == len(COMPUTED)
    assert unknown == {}


@pytest.mark.usefixtures("unchecked")
def test_a_library_of_the_users_own(tmp_path, computed):
    file = tmp_path / "mine.toml"
    file.write_text('[[polyol]]\nslug = "mannitol"\nname = "D-mannitol"\nsmiles = "OCC(O)C(O)C(O)C(O)CO"\n')
    films = [film for film in library_films(catalog=file) if film.id in {*COMPUTED, "Li-mannitol"}]
    found = suggest_polyols(computed, films, count=5, target=MODULUS)
    assert [film.id for film in found.suggestions] == ["Li-mannitol"]
    assert found.suggestions[0].polyol == "OCC(O)C(O)C(O)C(CO)O"
    assert "of the library 1 are not computed" in found.notes


@pytest.mark.usefixtures("unchecked")
def test_all_computed(computed):
    films = [load_catalog().find(name) for name in COMPUTED]
    found = suggest_polyols(computed, films, count=2)
    assert found.suggestions == ()
    assert "every film of the library is computed" in found.notes


def test_errors_as_large_as_the_differences_are_told(library, lithicone):
    records = [lithicone(name, 9.0 + 0.01 * place, error=5.0) for place, name in enumerate(COMPUTED)]
    found = suggest_polyols(records, library, count=1, target=MODULUS)
    assert "the computed films differ by no more than their errors" in found.notes
    assert not found.check.better
    assert "no better than their plain mean" in found.why


@pytest.mark.usefixtures("unchecked")
def test_films_that_were_not_computed_alike_are_told(library, computed, lithicone):
    found = suggest_polyols([*computed, lithicone("Li-tris", 9.0, potential="chgnet")], library, count=1)
    assert found.provenance.potential is None
    assert any("not computed alike: chgnet with quick" in note for note in found.notes)


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"count": 0}, UsageError, "0 films cannot be suggested"),
        ({"count": 1, "seed": -1}, UsageError, "-1 is no seed"),
        ({"count": 1, "target": "taste"}, DataError, "no film of the campaign has the property taste"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_bad_input(library, computed, asked, error, message):
    with pytest.raises(error, match=message):
        suggest_polyols(computed, library, **asked)


@pytest.mark.usefixtures("unchecked")
def test_only_lithicones_can_be_suggested(computed):
    with pytest.raises(StructureError, match="LiF is built as crystal"):
        suggest_polyols(computed, [load_catalog().find("LiF")], count=1)
    with pytest.raises(UsageError, match="there is no lithicone to choose from"):
        suggest_polyols([], [], count=1)


def test_finds_the_best_of_the_library_sooner_than_chance(library, lithicone):
    """From four different molecules on, one film at a time, with noise of a tenth of the spread."""
    films = films_of(library)
    values = np.array([np.log10(modulus_of(film.coating)) for film in films])
    best = {films[row].id for row in np.argsort(values)[-3:]}
    needed = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        measured = values + 0.1 * values.std() * rng.normal(size=len(films))
        by_id = {film.id: 10**value for film, value in zip(films, measured, strict=True)}
        start = rng.permutation([name for name in by_id if name not in best])[:4]
        records = [lithicone(name, by_id[name], error=0.1 * by_id[name]) for name in start]
        while not best & {record.coating for record in records}:
            found = suggest_polyols(records, library, count=1, target=MODULUS, seed=seed)
            name = found.suggestions[0].id
            records.append(lithicone(name, by_id[name], error=0.1 * by_id[name]))
        needed.append(len(records) - 4)
    by_chance = (len(films) - 4 + 1) / (3 + 1)  # mean place of the first of three among 40
    assert np.mean(needed) < by_chance / 2
