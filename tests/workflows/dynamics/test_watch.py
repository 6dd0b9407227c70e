"""What stops a run: nuclei that coincide, numbers that are none, bonds that change for good."""

import numpy as np
import pytest
from ase import Atoms
from ase.neighborlist import neighbor_list

from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.dynamics import watch
from lithicoat.workflows.dynamics.watch import LASTING_CHECKS, clash, not_finite, watch_bonds


def test_a_healthy_cell_is_not_stopped():
    atoms = Atoms("H2", positions=[[0, 0, 0], [0, 0, 0.74]], cell=[5] * 3, pbc=True)
    assert clash(atoms) is None
    assert not_finite(atoms, np.zeros((2, 3))) is None


def test_a_clash_is_seen_across_the_boundary_of_an_unwrapped_position():
    atoms = Atoms("LiO", positions=[[0, 0, 0.1], [0, 0, 14.8]], cell=[5] * 3, pbc=True)
    assert clash(atoms) == "Li1 and O2 are 0.30 Å apart"


def test_clashes_agree_with_a_neighbour_list_in_skewed_cells():
    rng = np.random.default_rng(0)
    seen = []
    for _ in range(40):
        cell = np.eye(3) * 3 + rng.normal(scale=1.0, size=(3, 3))
        atoms = Atoms("Li6", scaled_positions=rng.uniform(-2, 3, (6, 3)), cell=cell, pbc=True)
        heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
        if heights.min() < 1.0:
            continue
        distances = neighbor_list("d", atoms, watch.CLOSEST_A)
        seen.append(clash(atoms) is not None)
        assert seen[-1] == (len(distances) > 0)
    assert 0 < sum(seen) < len(seen)


@pytest.mark.parametrize("what", ["forces", "positions", "momenta"])
def test_numbers_that_are_none_are_named(what):
    atoms, forces = Atoms("Cu2", positions=[[0, 0, 0], [0, 0, 2]], cell=[5] * 3, pbc=True), np.zeros((2, 3))
    atoms.set_momenta(np.zeros((2, 3)))
    {"forces": forces, "positions": atoms.positions, "momenta": atoms.arrays["momenta"]}[what][1, 2] = np.inf
    assert not_finite(atoms, forces) == f"the {what} are not finite"


def ethane():
    atoms = Atoms("C2", positions=[[0, 0, 0], [0, 0, 1.5]], cell=[10] * 3, pbc=True)
    return Model.from_atoms(atoms, name="C2", kind=ModelKind.MOLECULAR, bonds=((0, 1),))


def test_a_model_without_bonds_is_not_watched():
    assert watch_bonds(ethane().model_copy(update={"bonds": None})) is None


def stretched(model, length):
    atoms = model.atoms
    atoms.positions[1, 2] = length
    return atoms


def test_only_a_bond_that_stays_broken_stops_a_run():
    model = ethane()
    look = watch_bonds(model)
    for length in (1.5, 4.0, 1.5, *[4.0] * (LASTING_CHECKS - 1)):
        assert look(stretched(model, length)) is None
    reason = look(stretched(model, 4.2))
    assert "C1" in reason
    assert "C2" in reason
