"""The search behind the shipped arrangements."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lithicoat.structures.cathodes import sqs
from lithicoat.structures.cathodes.arrangements import (
    ArrangementSet,
    Purpose,
    metal_lattice,
    shipped_arrangements,
)
from lithicoat.structures.cathodes.sqs import cells_for, search_arrangement, shipped_set, site_counts
from lithicoat.structures.errors import StructureError

NMC811 = {"Ni": 0.8, "Mn": 0.1, "Co": 0.1}


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=4), st.integers(1, 60))
def test_sites_are_shared_out_without_remainder(parts, sites):
    metals = {f"M{number}": part / sum(parts) for number, part in enumerate(parts)}
    counts, deviation = site_counts(metals, sites)
    assert sum(counts.values()) == sites
    assert min(counts.values()) >= 0
    assert deviation < 1 / sites + 1e-9
    assert all(abs(counts[m] / sites - share) <= deviation + 1e-8 for m, share in metals.items())


def test_exact_shares_deviate_by_nothing():
    assert site_counts(NMC811, 20) == ({"Ni": 16, "Mn": 2, "Co": 2}, 0)


def test_bulk_cells_are_the_most_compact_of_their_size():
    from ase.geometry import minkowski_reduce

    best, *others = cells_for(10, Purpose.BULK)

    def reach(matrix) -> float:
        return np.linalg.norm(
            minkowski_reduce(metal_lattice(matrix, ["Ni"] * 10).cell.array)[0], axis=1
        ).min()

    assert (
        len(others) == 216
    )  # 217 sublattices of index 10: the sum over its divisors d of d times their own sum
    assert reach(best) >= max(map(reach, others)) - 1e-3


def test_the_same_seed_gives_the_shipped_cell_again():
    pytest.importorskip("icet")
    shipped = shipped_arrangements(NMC811)[0]
    again = search_arrangement(NMC811, np.array(shipped.matrix), seed=shipped.seed, steps=shipped.steps)
    assert again == shipped


def test_a_set_is_written_as_it_is_read(monkeypatch):
    pytest.importorskip("icet")
    monkeypatch.setattr(sqs, "SIZES", {Purpose.BULK: (5,)})
    monkeypatch.setattr(sqs, "SEEDS_SMALL", 2)
    found = shipped_set({"Ni": 0.6, "Co": 0.4}, steps=200)
    assert ArrangementSet.model_validate(json.loads(found.model_dump_json())) == found
    assert found.library.startswith("icet ")
    assert sorted(found.arrangements[0].metals) == ["Co", "Co", "Ni", "Ni", "Ni"]


def test_without_the_library_one_sentence_says_so(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "icet", None)
    with pytest.raises(StructureError, match="need icet") as caught:
        search_arrangement(NMC811, np.diag([1, 2, 5]), seed=0, steps=10)
    assert "lithicoat[sqs]" in caught.value.hint
