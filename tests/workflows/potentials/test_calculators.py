import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT

from lithicoat.workflows.errors import PotentialError, RunError
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.calculators import calculator, threads
from lithicoat.workflows.potentials.registry import PotentialRef, check_elements, register, resolve


@pytest.fixture
def emt():
    ref = register("test-emt", EMT, elements=["Al", "Cu"])
    yield ref
    potentials._registered.pop("test-emt")
    calculators._loaded.pop(ref.sha256, None)


@pytest.fixture
def local_file(tmp_path):
    file = tmp_path / "mine.model"
    file.write_bytes(b"weights")
    return file


def test_a_calculator_is_made_once(emt):
    assert calculator(emt) is calculator(resolve("test-emt"))


def test_threads_follow_the_environment(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3,1")
    assert threads() == 3
    for unusable in ("", "0", "many"):
        monkeypatch.setenv("OMP_NUM_THREADS", unusable)
        assert threads() >= 1


def test_weights_that_changed_are_refused(local_file):
    ref = resolve(str(local_file))
    local_file.write_bytes(b"other weights")
    with pytest.raises(PotentialError, match="have changed"):
        calculator(ref)


def test_weights_that_are_gone_are_missed(local_file):
    ref = resolve(str(local_file))
    local_file.unlink()
    with pytest.raises(PotentialError, match=r"are not at .* on this machine"):
        calculator(ref)


def test_what_is_no_mace_model_is_refused(local_file):
    with pytest.raises(PotentialError, match="is no MACE model"):
        check_elements(resolve(str(local_file)), ["Li"])


@pytest.fixture(scope="module")
def salt():
    atoms = bulk("Li2S", "fluorite", a=5.7, cubic=True)
    atoms.rattle(0.1, seed=1)
    return atoms


@pytest.mark.slow
def test_chgnet_agrees_with_its_own_calculator(salt):
    from chgnet.model.dynamics import CHGNetCalculator

    ours, theirs = salt.copy(), salt.copy()
    ours.calc, theirs.calc = calculator(resolve("chgnet")), CHGNetCalculator(use_device="cpu")
    assert ours.get_potential_energy() == pytest.approx(theirs.get_potential_energy(), abs=1e-5 * len(salt))
    np.testing.assert_allclose(ours.get_forces(), theirs.get_forces(), atol=2e-5)
    np.testing.assert_allclose(ours.get_stress(), theirs.get_stress(), atol=1e-6)


@pytest.mark.slow
def test_forces_of_chgnet_are_the_slope_of_its_energy(salt):
    atoms, step = salt.copy(), 0.01
    atoms.calc = calculator(resolve("chgnet"))
    force = atoms.get_forces()[0, 0]
    energies = []
    for sign in (1, -1):
        atoms.positions[0, 0] = salt.positions[0, 0] + sign * step
        energies.append(atoms.get_potential_energy())
    assert force == pytest.approx(-(energies[0] - energies[1]) / (2 * step), abs=0.01)


@pytest.mark.slow
def test_loading_leaves_stdout_and_torch_alone(capsys):
    import torch

    ref = resolve("chgnet")
    kept = calculators._loaded.pop(ref.sha256, None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        calculator(ref)
    if kept is not None:
        calculators._loaded[ref.sha256] = kept
    assert capsys.readouterr() == ("", "")
    assert torch.get_default_dtype() is torch.float32


@pytest.mark.slow
def test_the_path_of_another_machine_does_not_matter():
    ref = resolve("chgnet")
    elsewhere = PotentialRef(id=ref.id, sha256=ref.sha256, path="/not/here/weights")
    assert calculators._checked_weights(elsewhere) == Path(ref.path)


@pytest.mark.slow
def test_a_lone_atom_is_an_error():
    from ase import Atoms

    lone = Atoms("Li", cell=[20, 20, 20], pbc=True)
    lone.calc = calculator(resolve("chgnet"))
    with pytest.raises(RunError, match="chgnet cannot describe this cell"):
        lone.get_forces()


@pytest.mark.slow
def test_the_first_forces_of_a_process_are_those_of_later_ones():
    """Bit by bit: a run that goes on in another process is the run that went on in this one."""
    program = """
from ase.build import molecule
from lithicoat.workflows.potentials.calculators import Precision, calculator
from lithicoat.workflows.potentials.registry import resolve
ether = molecule("CH3CH2OCH3", cell=(6, 6, 6), pbc=True)
ether.calc = calculator(resolve("mace-lithicoat-1"), precision=Precision.SINGLE)
for _ in range(4):
    ether.calc.reset()
    print(ether.get_forces().tobytes().hex())
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    first, *later = told.stdout.split()
    assert set(later) == {first}
