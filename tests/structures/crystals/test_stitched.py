from collections import Counter

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.crystals.stitched import stitched_elements, stitched_model
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import ModelKind
from lithicoat.structures.recipes import StitchedRecipe
from lithicoat.structures.validation import check_model


def recipe(**changes):
    settings_ = {
        "builder": "stitched",
        "cif": "BN_194.cif",
        "removed": "BN",
        "filler": "LiF",
        "fraction": 0.06,
    }
    return StitchedRecipe(**settings_ | changes)


@given(fraction=st.floats(0.04, 0.12), seed=st.integers(0, 99))
@settings(derandomize=True, max_examples=8, deadline=None, phases=[Phase.generate])
def test_pairs_are_replaced_apart_from_each_other(fraction, seed):
    model = check_model(stitched_model(recipe(fraction=fraction), name="x", max_atoms=72, seed=seed))
    atoms, counts = model.atoms, Counter(model.symbols)
    units = len(atoms) // 2
    pairs = model.recipe["pairs"]
    assert pairs == round(fraction * units)
    assert counts == {"B": units - pairs, "N": units - pairs, "Li": pairs, "F": pairs}
    assert model.recipe["composition"] == dict(sorted(counts.items()))
    distances = atoms.get_all_distances(mic=True)
    symbols = np.array(model.symbols)
    lithium, fluorine = (np.flatnonzero(symbols == kind) for kind in ("Li", "F"))
    for ion in lithium:  # each has a fluoride of its own and room around it
        assert distances[ion, fluorine].min() < 2.3
        assert np.delete(distances[ion], ion).min() > 1.8
    between = distances[np.ix_(fluorine, fluorine)][~np.eye(pairs, dtype=bool)]
    assert not len(between) or between.min() > 2.0  # no two on neighbouring sites


def test_the_seed_decides():
    one, again, other = (stitched_model(recipe(), name="x", max_atoms=72, seed=s) for s in (1, 1, 2))
    assert one.content_hash == again.content_hash != other.content_hash
    assert one.kind is ModelKind.CRYSTAL
    assert one.seed == 1


def test_fluoride_sits_where_nitrogen_sat():
    model = stitched_model(recipe(), name="x", max_atoms=72, seed=0)
    atoms = model.atoms
    distances = atoms.get_all_distances(mic=True)
    fluorine, boron = ([i for i, s in enumerate(model.symbols) if s == kind] for kind in "FB")
    near = np.sort(distances[np.ix_(fluorine, boron)], axis=1)[:, :2]
    assert near == pytest.approx(1.446, abs=0.01)  # B-N bond of h-BN, a / sqrt(3)


def test_the_film_of_the_catalog_has_these_elements():
    assert stitched_elements(load_catalog().find("LiF-hBN").recipe) == {"B", "N", "Li", "F"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"fraction": 0.01}, "a fraction of 0.01 leaves no LiF in 8 units of x"),
        ({"fraction": 0.9}, "7 pairs of BN cannot be apart in 16 atoms of x"),
        ({"filler": "Li2O"}, "filler = Li2O of x is no pair of two elements"),
        ({"removed": "B"}, "removed = B of x is no pair of two elements"),
    ],
)
def test_recipes_that_cannot_be(changes, told):
    with pytest.raises(StructureError, match=told):
        stitched_model(recipe(**changes), name="x", max_atoms=16, seed=0)
