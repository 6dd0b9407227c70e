"""Structure types, and other compounds on their sites."""

from collections import Counter

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.neighborlist import neighbor_list
from ase.spacegroup import crystal

from lithicoat.structures.crystals.candidates import crystal_candidates, units_intact
from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.crystals.prototypes import Prototype, _extra, oxidation_states, prototypes
from lithicoat.structures.crystals.substitution import radius_A, substitute
from lithicoat.structures.crystals.symmetry import primitive_cell, space_group

EXTRA = {prototype.name: prototype for prototype in _extra()}
ROCK_SALT = Prototype("NaCl", "test", bulk("NaCl", "rocksalt", a=5.64))
OXYNITRIDE = Prototype("Li2PO2N", "test", primitive_cell(load_crystal("Li2PO2N_36.cif")))
FLUORITE = Prototype("CaF2", "test", bulk("CaF2", "fluorite", a=5.463))


def test_sodium_sulfite_is_as_published():
    """S-O 1.39 Å; Na-O 2.47 Å six times, or 2.46 and 2.87 Å three times each (Zachariasen & Buckley 1931)."""
    atoms = EXTRA["Na2SO3_147"].atoms
    assert units_intact(atoms, "SO3")
    symbols = np.array(atoms.get_chemical_symbols())
    first, second, distances = neighbor_list("ijd", atoms, 3.0)
    bonds = distances[(symbols[first] == "S") & (symbols[second] == "O")]
    assert bonds == pytest.approx(1.39, abs=0.01)
    shells = sorted(
        tuple(np.round(np.sort(distances[(first == i) & (symbols[second] == "O")]), 2))
        for i in np.flatnonzero(symbols == "Na")
    )
    assert shells[0] == pytest.approx([2.47] * 6, abs=0.03)
    assert shells[-1] == pytest.approx([2.46] * 3 + [2.87] * 3, abs=0.03)


@pytest.mark.parametrize("name", sorted(EXTRA))
def test_extra_types_balance_and_say_where_they_are_from(name):
    prototype = EXTRA[name]
    counts = Counter(prototype.atoms.get_chemical_symbols())
    states = oxidation_states("".join(f"{s}{n}" for s, n in counts.items()))
    assert states is not None
    assert sum(states[symbol] * n for symbol, n in counts.items()) == pytest.approx(0)
    assert "doi" in prototype.source or "AMCSD" in prototype.source


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("Li2SO3", {"Li": 1, "S": 4, "O": -2}),
        ("Li2PO2N", {"Li": 1, "P": 5, "O": -2, "N": -3}),
        ("CuAu", None),
    ],
)
def test_oxidation_states(formula, expected):
    assert oxidation_states(formula) == expected


def test_volume_follows_the_ions():
    """LiF on the sites of NaCl, a = 5.64 Å, comes near its own lattice constant, 4.03 Å."""
    [(cost, atoms)] = substitute({"Li": 1, "F": 1}, ROCK_SALT, limit=9)
    assert cost > 0
    assert (4 * atoms.get_volume()) ** (1 / 3) == pytest.approx(4.03, rel=0.06)


def test_cations_stay_on_sites_of_cations():
    assert substitute({"Li": 2, "S": 1}, FLUORITE, limit=9) == []
    [(_, zirconia)] = substitute({"Zr": 1, "O": 2}, FLUORITE, limit=9)
    cation = FLUORITE.atoms.get_chemical_symbols().index("Ca")
    assert zirconia.get_chemical_symbols()[cation] == "Zr"


@pytest.mark.parametrize(
    ("counts", "name"),
    [
        ({"Li": 2, "S": 1, "O": 3}, "Na2SO3_147"),
        ({"Li": 2, "S": 1, "O": 3}, "Na2CO3_12"),
        ({"Li": 3, "Al": 1, "S": 3}, "Li3SbS3_33"),
        ({"Li": 2, "P": 1, "O": 2, "N": 1}, "Li2SiS3_36"),
    ],
)
def test_substitution_keeps_the_composition(counts, name):
    found = substitute(counts, EXTRA[name], limit=5)
    assert 0 < len(found) <= 5
    costs = [cost for cost, _ in found]
    assert costs == sorted(costs)
    for _, atoms in found:
        units = len(atoms) // sum(counts.values())
        assert Counter(atoms.get_chemical_symbols()) == {s: n * units for s, n in counts.items()}


def test_nitrogen_takes_the_bridges_of_the_chains():
    """Sites that symmetry tells apart are told apart: the bridge of SD-Li2PO2N is not taken by oxygen."""
    found = substitute({"Li": 2, "P": 1, "O": 2, "N": 1}, OXYNITRIDE, limit=9)
    assert len(found) == 1
    cost, atoms = found[0]
    assert cost == pytest.approx(0, abs=1e-12)
    symbols = np.array(atoms.get_chemical_symbols())
    first, second = neighbor_list("ij", atoms, {("P", "N"): 2.0, ("P", "O"): 2.0})
    bridges = Counter(first[(symbols[first] == "N") & (symbols[second] == "P")].tolist())
    ends = Counter(first[(symbols[first] == "O") & (symbols[second] == "P")].tolist())
    assert set(bridges.values()) == {2}
    assert set(ends.values()) == {1}


def test_no_type_of_another_size_or_without_room():
    assert substitute({"Li": 2, "O": 1}, ROCK_SALT, limit=9) == []
    squeezed = crystal(
        ["Na", "Cl"], [(0, 0, 0), (0.1, 0.1, 0.1)], spacegroup=1, cellpar=[5, 5, 5, 90, 90, 90]
    )
    assert substitute({"Cs": 1, "I": 1}, Prototype("x", "test", Atoms(squeezed)), limit=9) == []


def test_radii():
    assert radius_A("O", -2) == pytest.approx(1.26, abs=0.15)  # Shannon: 1.21-1.28 crystal, 1.35-1.40 ionic
    assert radius_A("Li", 1) == pytest.approx(0.76, abs=0.15)
    assert radius_A("C", -4) > radius_A("C", 4)  # no anion of Shannon's is small
    assert radius_A("Cu", None) == pytest.approx(1.35)


@pytest.mark.slow
def test_the_whole_library():
    """Gold on copper's sites in the AFLOW library gives fcc, and CuAu the layers of L1_0, among the first."""
    types = prototypes()
    assert len(types) > 350
    metals = [model.atoms for model in crystal_candidates("Au", number=3)]
    assert 225 in {space_group(atoms)[1] for atoms in metals}
    alloys = [model.recipe["prototype"] for model in crystal_candidates("CuAu", number=5)]
    assert "AB_tP2_123_a_d" in alloys
