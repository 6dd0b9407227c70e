"""Elastic constants with a real potential, against two independent programs."""

from pathlib import Path

import numpy as np
import pytest
from ase.io import read
from ase.units import GPa

from lithicoat import structures
from lithicoat.analysis.mechanics.elasticity import fit_tensor, voigt_reuss_hill
from lithicoat.workflows.mechanics.elastic import strained_stresses
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import resolve
from lithicoat.workflows.protocols import ElasticSpec

pytestmark = pytest.mark.slow

CRYSTALS = Path(structures.__file__).parent / "data" / "crystals"
SPEC = ElasticSpec(strains=(0.01,), fmax_eV_A=0.003, max_steps=500)


@pytest.fixture(scope="module")
def chgnet():
    return calculator(resolve("chgnet"))


def _moduli(atoms, engine, spec=SPEC):
    table = strained_stresses(atoms, engine, spec, label="cell")
    return voigt_reuss_hill(fit_tensor(table.strains, table.stresses_GPa).tensor_GPa)


def _primitive(name):
    from pymatgen.io.ase import AseAtomsAdaptor

    structure = AseAtomsAdaptor.get_structure(read(CRYSTALS / name))
    return AseAtomsAdaptor.get_atoms(structure.get_primitive_structure(), msonable=False)


@pytest.mark.parametrize("name", ["Li2S_225.cif", "LiF_225.cif", "Li2O_225.cif", "Al2O3_167.cif"])
def test_crystals_agree_with_matcalc_with_relaxed_ions(name, chgnet):
    matcalc = pytest.importorskip("matcalc")
    from pymatgen.io.ase import AseAtomsAdaptor

    start = _primitive(name)
    cell = relax(start, chgnet, fmax_eV_A=0.003, smax_GPa=0.02, max_steps=300, label=name).atoms
    theirs = matcalc.ElasticityCalc(
        chgnet,
        norm_strains=(-0.01, 0.01),
        shear_strains=(-0.01, 0.01),
        fmax=0.003,
        relax_structure=False,
        relax_deformed_structures=True,
        units_GPa=True,
    ).calc(AseAtomsAdaptor.get_structure(cell))
    ours = _moduli(cell, chgnet)
    assert ours.bulk_GPa == pytest.approx(theirs["bulk_modulus_vrh"], rel=0.05)
    assert ours.shear_GPa == pytest.approx(theirs["shear_modulus_vrh"], rel=0.05)


def test_an_amorphous_p1_cell_in_a_cubic_box_agrees_with_matscipy(chgnet):
    """Al6O9, melted and quenched with chgnet: no symmetry is left, and a = b = c."""
    matscipy = pytest.importorskip("matscipy.elasticity")
    from ase.optimize import BFGS

    atoms = read(Path(__file__).parent / "data" / "Al6O9_amorphous.extxyz")
    assert np.ptp(atoms.cell.lengths()) == 0
    cell = relax(atoms, chgnet, fmax_eV_A=0.003, max_steps=500, label="film").atoms
    ours = _moduli(cell, chgnet, ElasticSpec(strains=(0.003,), fmax_eV_A=0.003, max_steps=500))
    cell.calc = chgnet
    tensor, _ = matscipy.fit_elastic_constants(
        cell,
        symmetry="triclinic",
        N_steps=3,
        delta=0.004,
        optimizer=BFGS,
        fmax=0.003,
        verbose=False,
        logfile=None,
    )
    theirs = voigt_reuss_hill((tensor + tensor.T) / 2 / GPa)
    assert ours.bulk_GPa == pytest.approx(theirs.bulk_GPa, rel=0.05)
    assert ours.shear_GPa == pytest.approx(theirs.shear_GPa, rel=0.05)
