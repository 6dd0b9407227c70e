"""What replicas of a film have in common, on strained crystals whose shells are known."""

import numpy as np
import pytest
from ase.build import bulk
from ase.units import _amu

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.films.records import FilmStructure, LeftOut, OddReplica, structure_properties
from lithicoat.analysis.films.shells import Cell, coordination_shares, ensemble_shells
from lithicoat.analysis.films.structure import film_structure, odd_replicas


def cell_of(atoms):
    return Cell(
        symbols=tuple(atoms.get_chemical_symbols()), positions_A=atoms.positions, cell_A=atoms.cell.array
    )


def density(atoms):
    return atoms.get_masses().sum() * _amu * 1e3 / (atoms.get_volume() * 1e-24)


def antifluorite(*, seed=0, scale=1.0, rattle=0.02):
    """Four formula units of Li2S: Li has four S, S has eight Li."""
    atoms = bulk("SLi2", "fluorite", a=5.71 * scale, cubic=True)
    atoms.rattle(rattle, seed=seed)
    return atoms


def described(cells, **options):
    given = {"seeds": range(len(cells)), "wanted": len(cells), **options}
    return film_structure(
        [cell_of(atoms) for atoms in cells], densities_g_cm3=[density(atoms) for atoms in cells], **given
    )[0]


def test_a_film_has_the_shells_of_its_cells():
    film = described([antifluorite(seed=seed) for seed in range(4)])
    shells = {(shell.center, shell.neighbor): shell for shell in film.shells}
    around = shells["Li", "S"]
    assert around.coordination.value == pytest.approx(4, abs=0.02)
    assert around.coordination.uncertainty < 0.01
    assert around.peak.value == pytest.approx(5.71 * np.sqrt(3) / 4, abs=0.05)
    assert around.shares == (0, 0, 0, 0, 1)
    assert shells["S", "Li"].shares[8] == 1
    assert film.density.value == pytest.approx(1.64, abs=0.01)
    assert film.flags == film.odd == film.rings == ()


def test_shares_are_those_of_all_cells():
    """A vacancy takes one S from each of its eight Li."""
    whole, holed = antifluorite(), antifluorite()
    del holed[next(atom.index for atom in holed if atom.symbol == "S")]
    assert coordination_shares(cell_of(holed), center="Li", neighbor="S", edge_A=3.0) == (0, 0, 0, 1.0)
    shells, _ = ensemble_shells([cell_of(whole), cell_of(holed)])
    (around,) = [shell for shell in shells if (shell.center, shell.neighbor) == ("Li", "S")]
    assert around.shares == (0, 0, 0, 0.5, 0.5)
    assert around.coordination.value == pytest.approx(3.5, abs=0.05)
    with pytest.raises(DataError, match="the cell holds no Al"):
        coordination_shares(cell_of(whole), center="Al", neighbor="S", edge_A=3.0)


def test_the_network_of_a_former_has_rings():
    film = described([bulk("AlN", "wurtzite", a=3.11, c=4.98)])
    rings = {(ring.network, ring.atoms, ring.per): ring.number.value for ring in film.rings}
    assert rings["Al-N", 6, "Al"] == pytest.approx(4)  # two per atom, four per Al


def test_covalent_rings_are_counted_per_unit():
    film = described([bulk("C", "diamond", a=3.567, cubic=True)], covalent=({("C", "C"): 1.8}, 4))
    (ring,) = [ring for ring in film.rings if ring.atoms == 6]
    assert (ring.network, ring.per, ring.number.value) == ("covalent", "unit", pytest.approx(16 / 4))


def test_a_porous_replica_is_odd():
    cells = [antifluorite(seed=seed, scale=1 + 0.001 * seed) for seed in range(4)]
    film = described([*cells, antifluorite(scale=1.1)])
    assert [(odd.replica, odd.quantity) for odd in film.odd] == [(5, "density")]
    assert film.odd[0].deviation == pytest.approx(1 / 1.1**3 - 1, abs=0.01)
    assert film.odd[0].sentence() == "density 24% below that of the other replicas"
    assert film.flags == ("replica 5 of 5 kept though off: density 24% below that of the other replicas",)


def test_a_replica_of_another_coordination_is_odd_at_the_same_density():
    shells, _ = ensemble_shells([cell_of(antifluorite(seed=seed)) for seed in range(4)])
    changed = [
        shell.model_copy(update={"by_replica": (4.0, 4.01, 3.99, 3.0)})
        if (shell.center, shell.neighbor) == ("Li", "S")
        else shell
        for shell in shells
    ]
    assert [(odd.replica, odd.quantity) for odd in odd_replicas(changed, [1.6] * 4)] == [
        (4, "coordination Li-S")
    ]


def test_elements_behind_the_nearest_are_not_judged():
    """Li-C is no bond, and neither is Li-S where oxygen lies between."""
    shells, _ = ensemble_shells([cell_of(antifluorite(seed=seed)) for seed in range(4)])
    (around,) = [shell for shell in shells if (shell.center, shell.neighbor) == ("Li", "S")]
    nearer = around.model_copy(
        update={"neighbor": "O", "peak": around.peak.model_copy(update={"value": 1.9})}
    )
    behind = around.model_copy(update={"by_replica": (4.0, 4.0, 4.0, 1.0)})
    assert odd_replicas([nearer, behind], [1.6] * 4) == ()
    assert odd_replicas([behind], [1.6] * 4)[0].replica == 4


def test_too_few_replicas_and_remade_ones_are_flagged():
    gone = LeftOut(replica=2, seed=1, reason="bond C3–O7 broke")
    film = described([antifluorite(), antifluorite(seed=3)], seeds=(0, 101), wanted=3, left_out=[gone])
    assert film.flags == (
        "2 of 3 replicas: the others failed",
        "2 replicas of an amorphous film; 3 at least show its spread",
        "replica 2 was made again: bond C3–O7 broke",
    )
    assert FilmStructure.model_validate_json(film.model_dump_json()) == film


def test_the_numbers_of_a_film_have_names():
    network = [{"bridges_per_unit": 6.0}, {"bridges_per_unit": 8.0}, {"bridges_per_unit": 7.0}]
    film = described([antifluorite(seed=seed) for seed in range(3)], network=network)
    found = structure_properties(film)
    assert list(found) == ["density_annealed", "first_peak_Li-S", "coordination_Li-S", "bridges_per_unit"]
    assert found["bridges_per_unit"].value == 7
    assert found["bridges_per_unit"].uncertainty == pytest.approx(1 / np.sqrt(3))
    assert found["first_peak_Li-S"].unit == "Å"


@pytest.mark.parametrize(("deviation", "side"), [(0.2, "above"), (-0.2, "below")])
def test_an_odd_replica_says_which_way(deviation, side):
    odd = OddReplica(replica=1, quantity="density", value=1.0, deviation=deviation)
    assert odd.sentence() == f"density 20% {side} that of the other replicas"
    assert odd.reason() == f"density far {side} that of the other replicas"


def test_impossible_ensembles_are_refused():
    cell = cell_of(antifluorite())
    other = cell_of(bulk("LiF", "rocksalt", a=4.03))
    with pytest.raises(DataError, match="an ensemble needs at least one cell"):
        ensemble_shells([])
    with pytest.raises(DataError, match="the cells of an ensemble hold different elements"):
        ensemble_shells([cell, other])
    with pytest.raises(DataError, match="one density and one seed of each cell"):
        film_structure([cell], densities_g_cm3=[1.6, 1.7], seeds=[0], wanted=1)
