"""A MACE model given by its file: found, read, covered elements, double precision."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms

from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.potentials.calculators import Precision, calculator
from lithicoat.workflows.potentials.committee import evaluate
from lithicoat.workflows.potentials.guard import descriptors, fit_guard, flagged_cells, guard_of
from lithicoat.workflows.potentials.registry import PotentialRef, check_elements, elements, info, resolve
from lithicoat.workflows.potentials.trust import choose_potential, trust

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def model_file(untrusted: Path) -> Path:
    """The model, after the user vouched for it."""
    trust(untrusted)
    return untrusted


@pytest.fixture(scope="module")
def random_mace(small_mace: Callable[..., Any]) -> Callable[[Path, int], Path]:
    """Write a small MACE of lithium and sulfur with random weights, as any training with mace-torch does."""

    def write(file: Path, seed: int) -> Path:
        import torch

        torch.save(small_mace((3, 16), seed=seed).float(), file)
        return file

    return write


@pytest.fixture(scope="module")
def untrusted(tmp_path_factory: pytest.TempPathFactory, random_mace: Callable[[Path, int], Path]) -> Path:
    """One of them."""
    return random_mace(tmp_path_factory.mktemp("weights") / "mine.model", 0)


@pytest.fixture
def members(untrusted: Path, tmp_path: Path, random_mace: Callable[[Path, int], Path]) -> list[PotentialRef]:
    """Three of them, from three seeds."""
    files = [untrusted, *(random_mace(tmp_path / f"{seed}.model", seed) for seed in (1, 2))]
    return [choose_potential(str(file), trusted=True) for file in files]


def salt(*, seed: int, by_A: float = 0.1) -> Atoms:
    atoms = load_crystal("Li2S_225.cif")
    atoms.rattle(by_A, seed=seed)
    return atoms


def test_it_is_opened_only_if_the_user_trusts_it(untrusted: Path):
    with pytest.raises(PotentialError, match="may run code when it is opened"):
        calculator(resolve(str(untrusted)))
    trust(untrusted)
    assert calculator(resolve(str(untrusted))) is not None


def test_its_elements_are_read_from_the_file(model_file: Path):
    ref = resolve(str(model_file))
    assert ref.id == "mine"
    assert elements(ref) == ("Li", "S")
    assert info(ref).calibration is None
    with pytest.raises(PotentialError, match="mine does not"):
        check_elements(ref, ("Li", "O"), where="film.cif")


def test_its_forces_are_the_slope_of_its_energy(model_file: Path):
    """In double precision a central difference of 1e-4 Å reproduces the force to 1e-6."""
    atoms = load_crystal("Li2S_225.cif")
    atoms.rattle(0.1, seed=0)
    atoms.calc = calculator(resolve(str(model_file)))
    force = atoms.get_forces()[0, 0]
    energies = []
    for shift in (1e-4, -2e-4):
        atoms.positions[0, 0] += shift
        energies.append(atoms.get_potential_energy())
    assert force == pytest.approx((energies[1] - energies[0]) / 2e-4, abs=1e-6)


def test_dynamics_get_it_in_single_precision(model_file: Path):
    ref, forces = resolve(str(model_file)), {}
    for precision in Precision:
        atoms = salt(seed=0)
        atoms.calc = calculator(ref, precision=precision)
        forces[precision] = atoms.get_forces()
    assert calculator(ref) is calculator(ref, precision=Precision.DOUBLE)
    assert not np.array_equal(forces[Precision.SINGLE], forces[Precision.DOUBLE])
    assert forces[Precision.SINGLE] == pytest.approx(forces[Precision.DOUBLE], abs=1e-5)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path):
    (tmp_path / "broken.model").write_bytes(b"not a model")
    with pytest.raises(PotentialError, match="is no MACE model"):
        elements(resolve(str(tmp_path / "broken.model")))


def test_a_process_of_its_own_knows_the_trusted_file(model_file: Path):
    """As the workers of a campaign do."""
    code = (
        "import sys; from lithicoat.workflows.potentials.registry import elements, resolve; "
        "print(elements(resolve(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(model_file)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "('Li', 'S')"


def test_its_descriptors_do_not_depend_on_the_frame(model_file: Path):
    loaded, atoms = calculator(resolve(str(model_file))), salt(seed=0)
    found = descriptors(loaded, atoms)
    assert (found.shape, found.dtype) == ((len(atoms), 2 * 8), np.float64)
    turned = atoms.copy()
    turned.rotate(37, (1, 2, 3), rotate_cell=True)
    turned.translate((5.0, -7.0, 0.3))
    np.testing.assert_allclose(descriptors(loaded, turned), found, atol=1e-9)


def test_its_guard_tells_rattled_crystals_from_others(model_file: Path):
    ref = resolve(str(model_file))
    train, test = ([salt(seed=start + n) for n in range(25)] for start in (0, 100))
    fit_guard(train, test, calculator(ref), ref).write(model_file.with_name("mine-guard.json"))
    guard = guard_of(ref)
    assert guard is not None
    squeezed = salt(seed=0)
    squeezed.set_cell(squeezed.cell * 0.8, scale_atoms=True)
    cells = [*(salt(seed=200 + n) for n in range(10)), squeezed]
    flagged = flagged_cells(guard, cells, calculator(ref))
    assert 10 in flagged
    assert len(flagged) <= 3


def test_its_committee_is_that_of_mace_torch(members: list[PotentialRef]):
    """mace-torch divides by n, a sample standard deviation by n - 1."""
    from mace.calculators import MACECalculator

    theirs, ours = salt(seed=3), salt(seed=3)
    theirs.calc = MACECalculator(
        model_paths=[str(member.path) for member in members], device="cpu", default_dtype="float64"
    )
    energy = theirs.get_potential_energy()
    found = evaluate(ours, [calculator(member) for member in members])
    assert found.energy_eV == pytest.approx(energy)
    assert found.energy_spread_eV**2 == pytest.approx(theirs.calc.results["energy_var"] * 3 / 2)
    forces = np.asarray(theirs.calc.results["forces_comm"])
    np.testing.assert_allclose(found.forces_spread_eV_A, forces.std(axis=0, ddof=1), atol=1e-9)
    np.testing.assert_allclose(found.forces_eV_A, theirs.get_forces(), atol=1e-9)
