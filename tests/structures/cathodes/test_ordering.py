"""Charges and lithium orderings."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from ase import Atoms
from hypothesis import given, settings
from hypothesis import strategies as st

from lithicoat.structures.cathodes.ordering import lithium_orderings, metal_charges
from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.errors import StructureError

NMC811 = {"Ni": 0.8, "Mn": 0.1, "Co": 0.1}


def ewald_energy_eV(atoms: Atoms, charges: dict[str, float]) -> float:
    from pymatgen.analysis.ewald import EwaldSummation
    from pymatgen.core import Structure

    structure = Structure(atoms.cell.array, atoms.get_chemical_symbols(), atoms.get_scaled_positions())
    structure.add_oxidation_state_by_element(charges)
    return EwaldSummation(structure).total_energy


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    lithium=st.floats(0, 1),
    nickel=st.floats(0.34, 0.95),
    share=st.floats(0.05, 0.95),
)
def test_the_oxide_is_neutral_at_any_lithium_content(lithium, nickel, share):
    metals = {"Ni": nickel, "Mn": (1 - nickel) * share, "Co": (1 - nickel) * (1 - share)}
    charges = metal_charges(metals, lithium=lithium)
    total = lithium * charges["Li"] + 2 * charges["O"] + sum(metals[m] * charges[m] for m in metals)
    assert total == pytest.approx(0, abs=1e-9)
    assert 2 <= charges["Ni"] <= 4 + 1e-9
    assert 3 <= charges["Co"] <= 4 + 1e-9
    if charges["Co"] > 3 + 1e-9:
        assert charges["Ni"] == pytest.approx(4)


@pytest.mark.parametrize(
    ("metals", "lithium", "expected"),
    [
        (NMC811, 1.0, {"Ni": 2.875, "Mn": 4, "Co": 3}),
        (NMC811, 0.25, {"Ni": 3.8125, "Mn": 4, "Co": 3}),
        (NMC811, 0.0, {"Ni": 4, "Mn": 4, "Co": 4}),
        ({"Ni": 1.0}, 1.0, {"Ni": 3}),
        ({"Co": 1.0}, 0.5, {"Co": 3.5}),
        ({"Mn": 1.0}, 1.0, {"Mn": 3}),
        ({"Ni": 0.5, "Mn": 0.5}, 1.0, {"Ni": 2, "Mn": 4}),
    ],
)
def test_known_oxidation_states(metals, lithium, expected):
    charges = metal_charges(metals, lithium=lithium)
    assert {symbol: charges[symbol] for symbol in metals} == pytest.approx(expected)


def test_impossible_charges_are_refused():
    with pytest.raises(StructureError, match="no oxidation states make Li0 with Al, Ni") as caught:
        metal_charges({"Ni": 0.8, "Al": 0.2}, lithium=0)
    assert caught.value.hint == "more lithium"
    with pytest.raises(StructureError, match="oxidation states of Au in a layered oxide are not known"):
        metal_charges({"Au": 1.0}, lithium=1)


@pytest.fixture(scope="module")
def cobaltate() -> Atoms:
    return load_crystal("LiCoO2_166.cif") * (2, 1, 1)


def test_energies_are_those_of_the_cells_left(cobaltate):
    charges = metal_charges({"Co": 1.0}, lithium=0.5)
    found = lithium_orderings(cobaltate, removed=3, charges=charges, candidates=30)
    for ordering in found:
        rest = cobaltate[[i for i in range(len(cobaltate)) if i not in ordering.removed]]
        assert ordering.energy_eV == pytest.approx(ewald_energy_eV(rest, charges), abs=1e-4)
    assert [o.energy_eV for o in found] == sorted(o.energy_eV for o in found)


def test_equivalent_orderings_come_once_and_none_is_lost(cobaltate):
    charges = metal_charges({"Co": 1.0}, lithium=0.5)
    found = lithium_orderings(cobaltate, removed=3, charges=charges, candidates=100)
    sites = np.flatnonzero(cobaltate.symbols == "Li")
    energies = set()
    for removed in combinations(sites.tolist(), 3):
        rest = cobaltate[[i for i in range(len(cobaltate)) if i not in removed]]
        energies.add(round(ewald_energy_eV(rest, charges), 3))
    assert {round(o.energy_eV, 3) for o in found} == energies
    assert len(found) < comb(len(sites), 3) / 2


def test_one_of_equivalent_sites_is_one_ordering(cobaltate):
    charges = metal_charges({"Co": 1.0}, lithium=5 / 6)
    assert len(lithium_orderings(cobaltate, removed=1, charges=charges, candidates=10)) == 1


def test_exchanges_find_the_lowest_of_all(cobaltate, monkeypatch):
    charges = metal_charges({"Co": 1.0}, lithium=0.5)
    whole = lithium_orderings(cobaltate, removed=3, charges=charges)
    monkeypatch.setattr("lithicoat.structures.cathodes.ordering.EXHAUSTIVE", 0)
    searched = lithium_orderings(cobaltate, removed=3, charges=charges, seed=5)
    assert searched[0].energy_eV == pytest.approx(whole[0].energy_eV, abs=1e-6)
    several = lithium_orderings(cobaltate, removed=3, charges=charges, candidates=3, seed=5)
    assert len({o.removed for o in several}) == 3
    assert several[0] == searched[0]


@pytest.mark.parametrize("removed", [0, 6])
def test_nothing_or_all_can_be_removed(cobaltate, removed):
    charges = metal_charges({"Co": 1.0}, lithium=1 - removed / 6)
    (ordering,) = lithium_orderings(cobaltate, removed=removed, charges=charges, candidates=4)
    assert len(ordering.removed) == removed


def test_bad_requests_are_refused(cobaltate):
    with pytest.raises(StructureError, match="7 of 6 lithium atoms cannot be removed"):
        lithium_orderings(cobaltate, removed=7, charges={"Li": 1, "Co": 3, "O": -2})
    with pytest.raises(StructureError, match=r"has a charge of -1\.000 e"):
        lithium_orderings(cobaltate, removed=1, charges={"Li": 1, "Co": 3, "O": -2})
