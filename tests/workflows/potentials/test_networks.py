"""MACE networks as files: described, aligned with labels, handed to the trainer, exported."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ase import Atoms
from ase.build import bulk

from lithicoat.workflows.distill.networks import aligned_energies, check_start, describe, export, write_start
from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef, resolve
from lithicoat.workflows.potentials.trust import trust

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory, small_mace: Callable[..., Any]) -> Path:
    """A small MACE of Al, Cu and Au with random weights, in double precision."""
    import torch

    model = small_mace((13, 29, 79))
    file = tmp_path_factory.mktemp("weights") / "mine.model"
    torch.save(model, file)
    return file


@pytest.fixture
def ref(model_file: Path) -> PotentialRef:
    trust(model_file)
    return resolve(str(model_file))


def _alloy(copper: int, seed: int) -> Atoms:
    atoms = bulk("Al", cubic=True)
    atoms.symbols[:copper] = "Cu"
    atoms.rattle(0.1, seed=seed)
    return atoms


def test_the_architecture_is_read_from_the_file(model_file: Path):
    found = describe(model_file)
    assert found.elements == ("Al", "Cu", "Au")
    assert found.energies_eV == {"Al": -1.0, "Cu": -2.0, "Au": -3.0}
    assert (found.r_max_A, found.max_ell, found.correlation, found.interactions) == (4.0, 1, 2, 2)
    assert found.hidden_irreps == "8x0e"
    assert not found.pair_repulsion


def test_energies_are_aligned_by_the_shift_between_model_and_labels(ref: PotentialRef):
    """Labels that differ from the model by 0.3 eV per Al and -0.7 eV per Cu give back these numbers."""
    frames = [_alloy(copper, copper) for copper in range(5)]
    for atoms in frames:
        shift = 0.3 * atoms.symbols.count("Al") - 0.7 * atoms.symbols.count("Cu")
        atoms.info["REF_energy"] = calculator(ref).get_potential_energy(atoms.copy()) + shift
    found = aligned_energies(ref, frames)
    assert found == pytest.approx({"Al": -0.7, "Cu": -2.7, "Au": -3.0}, abs=1e-6)


def test_one_composition_shifts_its_elements_alike(ref: PotentialRef):
    frames = [_alloy(2, seed) for seed in range(3)]
    for atoms in frames:
        atoms.info["REF_energy"] = calculator(ref).get_potential_energy(atoms.copy()) + 0.1 * len(atoms)
    assert aligned_energies(ref, frames) == pytest.approx({"Al": -0.9, "Cu": -1.9, "Au": -3.0}, abs=1e-6)


def test_an_element_that_the_model_does_not_know_is_refused(ref: PotentialRef):
    with pytest.raises(PotentialError, match="mine cannot be fine-tuned on labels with Li"):
        aligned_energies(ref, [bulk("Li", "bcc", 3.5)])


def test_the_start_carries_the_aligned_energies(ref: PotentialRef, tmp_path: Path):
    start = tmp_path / "start.model"
    write_start(ref, {"Al": 0.5, "Cu": 1.5, "Au": 2.5}, start, precision="float32")
    assert describe(start).energies_eV == {"Al": 0.5, "Cu": 1.5, "Au": 2.5}
    trust(start)
    atoms = _alloy(2, 1)
    before = calculator(ref).get_potential_energy(atoms.copy())
    after = calculator(resolve(str(start))).get_potential_energy(atoms.copy())
    assert after - before == pytest.approx(2 * 1.5 + 2 * 3.5, abs=1e-4)


def test_an_exported_model_is_single_precision_and_computes_the_same(ref: PotentialRef, tmp_path: Path):
    import torch

    target = tmp_path / "small.model"
    network = export(Path(str(ref.path)), target)
    assert network.parameters > 0
    stored = torch.load(target, weights_only=False)
    assert {parameter.dtype for parameter in stored.parameters()} == {torch.float32}
    assert not any(parameter.requires_grad for parameter in stored.parameters())
    trust(target)
    atoms = _alloy(1, 2)
    forces = [calculator(potential).get_forces(atoms.copy()) for potential in (ref, resolve(str(target)))]
    assert forces[1] == pytest.approx(forces[0], abs=1e-5)


def test_what_is_no_mace_cannot_be_fine_tuned(tmp_path: Path):
    with pytest.raises(PotentialError, match="no MACE model that can be trained"):
        check_start(resolve("chgnet"))
    (tmp_path / "broken.model").write_bytes(b"not a model")
    with pytest.raises(PotentialError, match="no MACE model"):
        describe(tmp_path / "broken.model")


def test_a_file_that_nobody_vouched_for_is_not_opened(model_file: Path):
    with pytest.raises(PotentialError, match="trust it"):
        check_start(resolve(str(model_file)))


def test_weights_that_have_gone_or_changed_are_named(ref: PotentialRef, tmp_path: Path):
    with pytest.raises(PotentialError, match="are not at"):
        check_start(ref.model_copy(update={"path": str(tmp_path / "gone.model")}))
    (tmp_path / "other.model").write_bytes(b"other")
    with pytest.raises(PotentialError, match="have changed"):
        check_start(ref.model_copy(update={"path": str(tmp_path / "other.model")}))
