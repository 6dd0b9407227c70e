"""Sulfide, sulfite and sulfate told from a structure."""

import numpy as np
import pytest

from lithicoat.analysis.thermochemistry.groups import sulfur_groups
from lithicoat.structures.crystals.cells import load_crystal


@pytest.mark.parametrize(
    ("crystal", "group"),
    [("Li2S_225.cif", "sulfide"), ("Li2SO3_36.cif", "sulfite"), ("Li2SO4_14.cif", "sulfate")],
)
def test_crystals_show_their_groups(crystal, group):
    atoms = load_crystal(crystal)
    found = sulfur_groups(tuple(atoms.symbols), atoms.positions, atoms.cell.array)
    assert found == pytest.approx({group: list(atoms.symbols).count("S")})


@pytest.mark.parametrize(
    ("oxygens", "share"),
    [
        (1, {"sulfide": 2 / 3, "sulfite": 1 / 3}),
        (2, {"sulfide": 1 / 3, "sulfite": 2 / 3}),
        (5, {"sulfate": 1.0}),
    ],
)
def test_in_between_and_beyond(oxygens, share):
    angles = 2 * np.pi * np.arange(oxygens) / oxygens
    around = 1.6 * np.stack([np.cos(angles), np.sin(angles), np.zeros(oxygens)], axis=1)
    places = np.vstack([[0.0, 0.0, 0.0], around]) + 10
    assert sulfur_groups(("S", *"O" * oxygens), places, 20 * np.eye(3)) == pytest.approx(share)


def test_bonds_are_seen_across_the_cell_and_no_sulfur_is_no_group():
    assert sulfur_groups(("S", "O"), [[0.2, 1, 1], [7.0, 1, 1]], 8 * np.eye(3)) == pytest.approx(
        {"sulfide": 2 / 3, "sulfite": 1 / 3}
    )
    assert sulfur_groups(("Li", "O"), [[0, 0, 0], [2, 0, 0]], 8 * np.eye(3)) == {}
