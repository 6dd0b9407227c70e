"""Errors of a calculator against labels."""

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.units import GPa

from lithicoat.workflows.distill.validation import label_errors


def _labelled(seed: int, *, family: str = "metal", shift: float = 0.0):
    atoms = bulk("Cu", cubic=True)
    atoms.rattle(0.1, seed=seed)
    atoms.calc = EMT()
    energy, forces, stress = atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()
    atoms.calc = None
    atoms.info = {
        "REF_energy": energy + shift * len(atoms),
        "REF_stress": stress + shift * GPa,
        "family": family,
        "source": f"run {seed}",
    }
    atoms.arrays["REF_forces"] = forces + shift
    return atoms


def test_a_calculator_has_no_error_on_its_own_labels():
    errors = label_errors([_labelled(1), _labelled(2)], EMT()).overall
    assert errors.energy_mae_eV_atom.value == pytest.approx(0, abs=1e-12)
    assert errors.forces_mae_eV_A.value == pytest.approx(0, abs=1e-12)
    assert errors.frames == errors.sources == 2


def test_a_constant_shift_is_found_in_each_quantity_and_its_unit():
    errors = label_errors([_labelled(1, shift=0.01)], EMT()).overall
    assert errors.energy_mae_eV_atom.value == pytest.approx(0.01)
    assert errors.forces_mae_eV_A.value == pytest.approx(0.01)
    assert errors.stress_mae_GPa is not None
    assert errors.stress_mae_GPa.value == pytest.approx(0.01)


def test_frames_keep_their_labels_and_may_lack_a_stress():
    frame = _labelled(1)
    del frame.info["REF_stress"]
    before = frame.arrays["REF_forces"].copy()
    assert label_errors([frame], EMT()).overall.stress_mae_GPa is None
    assert frame.calc is None
    assert np.array_equal(frame.arrays["REF_forces"], before)
