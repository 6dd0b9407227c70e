"""Electrodes: faces cut from the relaxed bulk, and the lattice of a layered oxide."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, fcc111
from ase.calculators.emt import EMT
from ase.optimize import BFGS

from lithicoat.structures.cathodes.arrangements import hexagonal_axes
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.adhesion.documents import J_M2
from lithicoat.workflows.adhesion.electrodes import ElectrodeMaker, relaxed_lattice, surface_energy_J_m2
from lithicoat.workflows.errors import RunError

EMT_COPPER_A = 3.5898


def electrode(solid, miller, ref, spec, *, name="Cu"):
    model = Model.from_atoms(solid, name=name, kind=ModelKind.CRYSTAL)
    return ElectrodeMaker.make.original(ElectrodeMaker(spec=spec), name, miller, model, ref, 0)


def test_a_face_has_the_energy_of_a_slab_made_otherwise(emt, spec):
    slab = fcc111("Cu", (1, 1, 4), a=EMT_COPPER_A, vacuum=8)
    slab.calc = EMT()
    BFGS(slab, logfile=None).run(fmax=0.01)
    crystal = bulk("Cu", a=EMT_COPPER_A)
    crystal.calc = EMT()
    excess = slab.get_potential_energy() - len(slab) * crystal.get_potential_energy()
    area = np.linalg.norm(np.cross(*slab.cell.array[:2]))
    found = electrode(bulk("Cu", cubic=True), (1, 1, 1), emt, spec)
    assert found.surface_energy_J_m2 == pytest.approx(excess / (2 * area) * 16.0218, rel=0.01)
    assert found.label == "Cu(111)"
    assert found.metal


def test_the_slab_is_cut_from_the_relaxed_bulk(emt, spec):
    """A crystal given 3 % too wide must not keep its strain in the slab."""
    right = electrode(bulk("Cu", cubic=True), (1, 0, 0), emt, spec)
    wide = electrode(bulk("Cu", cubic=True, a=EMT_COPPER_A * 1.03), (1, 0, 0), emt, spec)
    assert wide.surface_energy_J_m2 == pytest.approx(right.surface_energy_J_m2, rel=5e-3)
    np.testing.assert_allclose(wide.electrode.solid.cell.lengths(), EMT_COPPER_A, atol=2e-3)


def test_a_surface_costs_what_both_faces_lack():
    assert surface_energy_J_m2(-9.0, -10.0, area_A2=5.0) == pytest.approx(0.1 * J_M2)


def test_the_lattice_of_an_oxide_is_that_of_its_strained_cell():
    axes = hexagonal_axes(2.87, 14.2)
    start = Atoms("Ni", cell=np.array([[2, 1, 0], [0, 1, 1], [1, 0, 1]]) @ axes, pbc=True)
    end = start.copy()
    end.set_cell(start.cell.array @ np.diag([1.02, 1.02, 0.97]))
    assert relaxed_lattice(axes, start, end) == pytest.approx((2.87 * 1.02, 14.2 * 0.97))
    turned = end.copy()
    turned.rotate(37, (1, 2, 3), rotate_cell=True)
    assert relaxed_lattice(axes, start, turned) == pytest.approx((2.87 * 1.02, 14.2 * 0.97))


def test_an_oxide_that_falls_apart_is_no_electrode():
    axes = hexagonal_axes(2.87, 14.2)
    start = Atoms("Ni", cell=axes, pbc=True)
    end = Atoms("Ni", cell=axes * [1, 1, 1.4], pbc=True)
    with pytest.raises(RunError, match="has left its lattice"):
        relaxed_lattice(axes, start, end)


def test_a_document_survives_json(emt, spec):
    found = electrode(bulk("Cu", cubic=True), (1, 0, 0), emt, spec)
    assert type(found).model_validate_json(found.model_dump_json()) == found
