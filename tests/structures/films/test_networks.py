import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule

from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.networks import has_network, network_statistics
from lithicoat.structures.io import write_model
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.validation import covalent_bonds


def film(atoms, **story):
    return Model.from_atoms(
        atoms, name="film", kind=ModelKind.MOLECULAR, bonds=covalent_bonds(atoms), **story
    )


def methoxide_dimer(edge=14.0):
    """Two methoxides bridged by two Li in a square: each O touches both Li, each Li both O."""
    atoms = Atoms(
        "OLiOLiCC",
        positions=[[0, 0, 0], [1.4, 1.4, 0], [2.8, 0, 0], [1.4, -1.4, 0], [-1.4, 0, 0], [4.2, 0, 0]],
        cell=[edge] * 3,
        pbc=True,
    )
    return film(atoms)


def test_a_dimer_counts_as_drawn():
    found = network_statistics(methoxide_dimer())
    assert (found.units, found.ions, found.clusters) == (2, 2, 1)
    assert found.ion_coordination == 2
    assert found.ions_by_oxygens == (0, 0, 1, 0, 0, 0, 0, 0, 0)
    assert found.oxygens_by_ions == (0, 0, 1, 0)
    assert found.bridges_per_unit == found.bridges_per_oxygen == 1
    assert found.largest_cluster_share == 1
    assert found.percolating_directions == 0
    assert found.hydroxyls_per_unit == 0


def test_one_lithium_less_makes_no_bridge():
    atoms = methoxide_dimer().atoms
    atoms.positions[3, 1] -= 4
    found = network_statistics(film(atoms))
    assert found.oxygens_by_ions == (0, 1, 0, 0)
    assert found.bridges_per_unit == 0
    assert found.clusters == 1
    atoms.positions[1, 1] += 4
    apart = network_statistics(film(atoms))
    assert (apart.clusters, apart.largest_cluster_share) == (2, 0.5)
    assert apart.ions_by_oxygens[0] == 1


def chain():
    """O-C-O and Li in a row that repeats along x."""
    atoms = Atoms(
        "OCOLi", positions=[[0, 0, 0], [1.4, 0, 0], [2.8, 0, 0], [4.6, 0, 0]], cell=[6.4, 12, 12], pbc=True
    )
    return film(atoms)


def test_a_chain_percolates_in_one_direction():
    assert network_statistics(chain()).percolating_directions == 1


def test_a_supercell_has_the_same_network():
    """Numbers per unit do not depend on the cell, nor on where its atoms are wrapped."""
    one = network_statistics(chain())
    atoms = chain().atoms.repeat((2, 2, 1))
    atoms.positions += 0.9
    atoms.wrap()
    four = network_statistics(film(atoms))
    assert four.units == 4 * one.units
    assert four.clusters == 2
    same = {"ion_coordination", "oxygens_by_ions", "bridges_per_unit", "percolating_directions"}
    assert four.model_dump(include=same) == one.model_dump(include=same)


def test_hydroxyls_are_counted_and_water_is_no_unit():
    alcohol = molecule("CH3CH2OH", cell=[12] * 3, pbc=True)
    water = molecule("H2O")
    water.positions += [5, 5, 5]
    atoms = alcohol + water + Atoms("Li", positions=[[6, 0, 0]])
    found = network_statistics(film(atoms))
    assert (found.units, found.hydroxyls_per_unit) == (1, 1)


def test_shares_sum_to_one():
    found = network_statistics(methoxide_dimer())
    assert sum(found.ions_by_oxygens) == pytest.approx(1)
    assert sum(found.oxygens_by_ions) == pytest.approx(1)


@pytest.mark.parametrize(
    "atoms", [molecule("CH3CH2OH", cell=[9] * 3, pbc=True), Atoms("LiO", cell=[9] * 3, pbc=True)]
)
def test_what_has_no_network(atoms):
    model = film(atoms)
    assert not has_network(model)
    with pytest.raises(StructureError, match="film does not hold molecules and metal ions"):
        network_statistics(model)


def test_the_network_is_written_with_the_model(tmp_path):
    import json

    data = json.loads(write_model(methoxide_dimer(), tmp_path)[2].read_text())
    assert data["network"]["bridges_per_unit"] == 1
    plain = film(molecule("CH3CH2OH", cell=[9] * 3, pbc=True))
    assert json.loads(write_model(plain, tmp_path)[2].read_text())["network"] is None


def test_coordination_beyond_eight_is_kept_together():
    shell = [
        [np.cos(k), np.sin(k), h]
        for k, h in zip(np.arange(10) * 2 * np.pi / 10, np.arange(10) % 2, strict=True)
    ]
    atoms = Atoms(
        "C10O10Zr",
        positions=[*(2.9 * np.array(shell) + 12), *(2.0 * np.array(shell) + 12), [12, 12, 13]],
        cell=[24] * 3,
        pbc=True,
    )
    bonds = tuple((i, i + 10) for i in range(10))
    model = Model.from_atoms(atoms, name="film", kind=ModelKind.MOLECULAR, bonds=bonds)
    found = network_statistics(model)
    assert found.ion_coordination == 10
    assert found.ions_by_oxygens[8] == 1
