"""Which correction terms a composition holds."""

import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.thermochemistry.terms import TERMS, correction_terms


@pytest.mark.parametrize(
    ("composition", "terms"),
    [
        ({"Li": 2, "O": 1}, {"oxide": 1}),
        ({"Li": 2, "O": 2}, {"peroxide": 2}),
        ({"Li": 1, "O": 2}, {"superoxide": 2}),
        ({"Mg": 1, "O": 1}, {"oxide": 1}),
        ({"Li": 2, "S": 1}, {"sulfide": 1}),
        ({"Ni": 3, "S": 2}, {"sulfide": 2, "metal sulfide": 2}),
        ({"Li": 2, "S": 1, "O": 4}, {"oxide": 4, "sulfate": 1}),
        ({"Li": 2, "S": 1, "O": 3}, {"oxide": 3, "sulfite": 1}),
        ({"Ni": 1, "S": 1, "O": 4}, {"oxide": 4, "sulfate": 1, "Ni": 1}),
        ({"Li": 3, "P": 1, "O": 4}, {"oxide": 4, "phosphate": 1}),
        ({"Li": 2, "C": 1, "O": 3}, {"oxide": 3, "carbonate": 1}),
        ({"Li": 1, "O": 1, "H": 1}, {"oxide": 1, "hydroxide": 1}),
        ({"Li": 1, "H": 1}, {"hydride": 1}),
        ({"Ti": 1, "O": 2}, {"oxide": 2, "Ti": 1}),
        ({"Ti": 1, "F": 3}, {"fluoride": 3, "Ti": 1}),
        ({"Ti": 1, "N": 1}, {"nitride": 1}),
        ({"B": 2, "O": 3}, {"oxide": 3, "borate": 2}),
        ({"Li": 1, "Cl": 1, "O": 4}, {"oxide": 4, "chlorate": 1}),
        ({"Al": 1, "Ni": 1}, {}),
        ({"Li": 4}, {}),
    ],
)
def test_terms_of_compounds(composition, terms):
    assert correction_terms(composition) == terms
    assert set(terms) <= set(TERMS)


def test_a_film_between_sulfide_and_sulfate_shares_its_sulfur_by_the_mean_state():
    half = correction_terms({"Li": 2, "S": 1, "O": 1.5})  # state +1, half way from -2 to +4
    assert half == {"oxide": 1.5, "sulfide": 0.5, "sulfite": 0.5}
    above = correction_terms({"Li": 2, "S": 1, "O": 3.5})
    assert above == {"oxide": 3.5, "sulfite": 0.5, "sulfate": 0.5}


def test_a_structure_says_it_better_than_the_composition():
    seen = {"sulfide": 0.75, "sulfate": 0.25}
    assert correction_terms({"Li": 2, "S": 1, "O": 1}, groups=seen) == {"oxide": 1, **seen}


def test_terms_grow_with_the_formula_unit():
    once = correction_terms({"Li": 2, "S": 1, "O": 4})
    twice = correction_terms({"Li": 4, "S": 2, "O": 8})
    assert twice == {name: 2 * number for name, number in once.items()}


@pytest.mark.parametrize("composition", [{}, {"Li": 0}, {"Li": 1, "O": -1}])
def test_no_composition(composition):
    with pytest.raises(DataError, match="needs atoms, none of them negative"):
        correction_terms(composition)
