"""A MACE model given by its file: found, read, covered elements, double precision."""

from pathlib import Path

import numpy as np
import pytest

from lithicoat.structures.crystals import load_crystal
from lithicoat.workflows.calculators import calculator
from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.potentials import check_elements, elements, info, resolve

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small MACE with random weights: what any training with mace-torch leaves behind."""
    import mace  # noqa: F401 - before e3nn
    import torch
    from e3nn import o3
    from mace import modules

    torch.manual_seed(0)
    model = modules.ScaleShiftMACE(
        r_max=4.0,
        num_bessel=6,
        num_polynomial_cutoff=5,
        max_ell=1,
        interaction_cls=modules.interaction_classes["RealAgnosticResidualInteractionBlock"],
        interaction_cls_first=modules.interaction_classes["RealAgnosticResidualInteractionBlock"],
        num_interactions=2,
        num_elements=2,
        hidden_irreps=o3.Irreps("8x0e"),
        MLP_irreps=o3.Irreps("4x0e"),
        gate=torch.nn.functional.silu,
        atomic_energies=np.zeros((1, 2)),
        avg_num_neighbors=8.0,
        atomic_numbers=[3, 16],
        correlation=2,
        atomic_inter_scale=1.0,
        atomic_inter_shift=0.0,
    )
    file = tmp_path_factory.mktemp("weights") / "mine.model"
    torch.save(model, file)
    return file


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


def test_a_file_that_is_no_model_is_refused(tmp_path: Path):
    (tmp_path / "broken.model").write_bytes(b"not a model")
    with pytest.raises(PotentialError, match=r"cannot be read as a MACE model|is no MACE model"):
        elements(resolve(str(tmp_path / "broken.model")))
