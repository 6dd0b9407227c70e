"""Lithium on a film: with lithium that is copper by another name the answer is that of a copper adatom."""

import pytest
from ase.build import bulk, fcc111
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms
from ase.optimize import BFGS

from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.adhesion.electrodes import ElectrodeMaker
from lithicoat.workflows.adhesion.lithiophilicity import AdsorptionMaker
from lithicoat.workflows.errors import RunError, UsageError

EMT_COPPER_A = 3.5898


@pytest.fixture
def lithium(emt, spec):
    solid = Model.from_atoms(bulk("Li", "fcc", a=3.6, cubic=True), name="Li", kind=ModelKind.CRYSTAL)
    return ElectrodeMaker.make.original(ElectrodeMaker(spec=spec), "Li", (1, 1, 1), solid, emt, 0)


def adsorb(film, lithium, ref, spec):
    return AdsorptionMaker.make.original(AdsorptionMaker(spec=spec), film, lithium, ref, 0)


def copper_adatom_eV():
    """Energy of a copper atom on Cu(111), hollow, against bulk copper, by ASE alone."""
    energies = []
    for adatom in (False, True):
        slab = fcc111("Cu", (4, 4, 3), a=EMT_COPPER_A, vacuum=8, periodic=True)
        if adatom:
            from ase.build import add_adsorbate

            add_adsorbate(slab, "Cu", 1.9, "fcc")
        slab.set_constraint(FixAtoms(indices=[atom.index for atom in slab if atom.tag == 3]))
        slab.calc = EMT()
        BFGS(slab, logfile=None).run(fmax=0.02)
        energies.append(slab.get_potential_energy())
    crystal = bulk("Cu", a=EMT_COPPER_A)
    crystal.calc = EMT()
    return energies[1] - energies[0] - crystal.get_potential_energy()


def test_lithium_that_is_copper_is_a_copper_adatom(emt, spec, metal, lithium):
    found = adsorb(metal("Cu"), lithium, emt, spec)
    assert found.sites[0].energy_eV == pytest.approx(copper_adatom_eV(), abs=0.03)
    assert found.sites[0].energy_eV > 0  # an adatom is always worse off than an atom of its bulk
    assert [site.energy_eV for site in found.sites] == sorted(site.energy_eV for site in found.sites)
    assert found.sites[0].neighbours["Cu"] >= 3
    assert found.sites[0].height_A > 0
    assert found.face == "(111)"
    assert type(found).model_validate_json(found.model_dump_json()) == found


def test_lithium_of_another_potential_is_refused(emt, spec, metal, lithium):
    other = emt.model_copy(update={"id": "other", "sha256": "0" * 64})
    with pytest.raises(UsageError, match="bulk lithium by other is wanted, not Li by test-emt"):
        adsorb(metal("Cu"), lithium, other, spec)


def test_no_site_that_converges_is_a_failure(emt, spec, metal, lithium):
    hasty = spec.model_copy(update={"max_steps": 2, "fmax_eV_A": 0.15})
    with pytest.raises(RunError, match=r"Cu \+ Li \d: not converged in 2 steps"):
        adsorb(metal("Cu"), lithium, emt, hasty)
