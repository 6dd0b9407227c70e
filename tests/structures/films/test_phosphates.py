import pytest

from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.films.anions import anion, neutral_components


@pytest.mark.parametrize(
    ("name", "pair", "bond"),
    [
        ("CO3", "CO", 1.28),
        ("PO4", "PO", 1.54),
        ("PS4", "PS", 2.05),
        ("PO3N", "PO", 1.56),
        ("P2O6N", "PO", 1.56),
    ],
)
def test_bonds_of_anions(name, pair, bond):
    unit = anion(name)
    positions, symbols = unit.positions_A, unit.symbols
    for i, centre in enumerate(symbols):
        if centre != pair[0]:
            continue
        near = [
            float(((positions[i] - positions[j]) ** 2).sum() ** 0.5)
            for j, symbol in enumerate(symbols)
            if symbol == pair[1]
        ]
        shortest = [distance for distance in near if distance < 1.2 * bond]
        assert shortest == pytest.approx([bond] * len(shortest), abs=2e-3)
        assert len(shortest) == (4 if name in ("PO4", "PS4") else 3)


def test_nitrogen_bridges_a_dimer_and_tips_a_monomer():
    dimer = anion("P2O6N").positions_A
    assert ((dimer[:2] - dimer[2]) ** 2).sum(axis=1) ** 0.5 == pytest.approx([1.64, 1.64], abs=1e-3)
    tip = anion("PO3N").positions_A
    assert ((tip[0] - tip[1]) ** 2).sum() ** 0.5 == pytest.approx(1.60, abs=1e-3)


def test_lipon_is_made_of_three_anions_with_lithium_for_their_charge():
    recipe = load_catalog().find("LiPON").recipe
    parts = neutral_components(recipe.composition, recipe.units)
    assert [(component.formula, share) for component, share in parts] == [
        ("Li3PO4", 0.25),
        ("Li4PO3N", 0.25),
        ("Li5P2O6N", 0.25),
    ]
    # LixPOyNz has x = 2y + 3z - 5 (Du, Holzwarth, Phys. Rev. B 81, 184106 (2010))
    assert pytest.approx(2 * 3.25 + 3 * 0.5 - 5) == 3
