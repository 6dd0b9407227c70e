import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.units import GPa

from lithicoat.analysis.mechanics.elasticity import fit_tensor, voigt_reuss_hill
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics import elastic as module
from lithicoat.workflows.mechanics.elastic import ElasticMaker, strained_stresses
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.progress import listen
from lithicoat.workflows.protocols import ElasticSpec

SPEC = ElasticSpec(strains=(0.002,), fmax_eV_A=1e-3, max_steps=200)


class CountingEMT(EMT):
    calls = 0

    def calculate(self, *args, **kwargs):
        type(self).calls += 1
        super().calculate(*args, **kwargs)


class Interrupted(Exception):  # noqa: N818 - stands for the death of the process
    pass


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def disordered():
    """A P1 cell in a cubic box: copper and aluminium at random, one vacancy, ions relaxed."""
    atoms = bulk("Cu", cubic=True) * (2, 2, 2)
    rng = np.random.default_rng(0)
    atoms.symbols[rng.choice(len(atoms), 12, replace=False)] = "Al"
    del atoms[5]
    atoms.set_cell(atoms.cell * 1.03, scale_atoms=True)
    return relax(atoms, EMT(), fmax_eV_A=1e-3, max_steps=300, label="CuAl").atoms


def _tensor(atoms, spec=SPEC, calculator=None):
    table = strained_stresses(atoms, calculator or EMT(), spec, label="cell")
    return fit_tensor(table.strains, table.stresses_GPa).tensor_GPa


def test_emt_copper_has_its_known_constants(copper):
    """C11 172.6, C12 115.4, C44 89.9 GPa by matscipy.elasticity on the same potential."""
    tensor = _tensor(copper)
    expected = np.zeros((6, 6))
    expected[:3, :3] = 115.43
    np.fill_diagonal(expected, [172.59] * 3 + [89.90] * 3)
    np.testing.assert_allclose(tensor, expected, atol=0.2)


def test_a_turned_crystal_has_the_same_moduli(copper):
    turned = copper.copy()
    turned.rotate(37, (1, 2, 3), rotate_cell=True)
    ours, theirs = (voigt_reuss_hill(_tensor(atoms)) for atoms in (copper, turned))
    assert ours.shear_GPa == pytest.approx(theirs.shear_GPa, rel=1e-3)
    assert ours.bulk_GPa == pytest.approx(theirs.bulk_GPa, rel=1e-3)


def test_a_p1_cell_in_a_cubic_box_agrees_with_matscipy(disordered):
    matscipy = pytest.importorskip("matscipy.elasticity")
    from ase.optimize import BFGS

    cell = disordered.copy()
    cell.calc = EMT()
    reference, _ = matscipy.fit_elastic_constants(
        cell,
        symmetry="triclinic",
        N_steps=3,
        delta=2e-3,
        optimizer=BFGS,
        fmax=1e-3,
        verbose=False,
        logfile=None,
    )
    tensor = _tensor(disordered)
    np.testing.assert_allclose(tensor, reference / GPa, atol=0.03 * np.abs(tensor).max())
    ours, theirs = voigt_reuss_hill(tensor), voigt_reuss_hill((reference + reference.T) / 2 / GPa)
    assert ours.shear_GPa == pytest.approx(theirs.shear_GPa, rel=0.02)


def test_relaxed_ions_are_softer_than_clamped_ones(disordered):
    def clamped(strain):
        cell = disordered.copy()
        cell.set_cell(cell.cell @ (np.eye(3) + strain), scale_atoms=True)
        cell.calc = EMT()
        return cell.get_stress(voigt=False) / GPa

    table = strained_stresses(disordered, EMT(), SPEC, label="cell")
    stiff = fit_tensor(table.strains, [clamped(strain) for strain in table.strains]).tensor_GPa
    soft = fit_tensor(table.strains, table.stresses_GPa).tensor_GPa
    assert np.linalg.eigvalsh(stiff - soft).min() > -0.5
    assert voigt_reuss_hill(soft).shear_GPa < 0.99 * voigt_reuss_hill(stiff).shear_GPa


def test_every_strain_has_its_opposite(copper):
    spec = ElasticSpec(strains=(0.002, 0.004), fmax_eV_A=1e-2, max_steps=50)
    strains = strained_stresses(copper, EMT(), spec, label="Cu").strains
    assert strains.shape == (24, 3, 3)
    np.testing.assert_array_equal(strains, strains.transpose(0, 2, 1))
    np.testing.assert_allclose(strains.sum(axis=0), 0)


def test_a_strain_that_does_not_converge_is_named(disordered):
    spec = ElasticSpec(strains=(0.01,), fmax_eV_A=1e-3, max_steps=1)
    with pytest.raises(RunError, match=r"film elastic, strain xx \+0\.01: not converged in 1 steps"):
        strained_stresses(disordered, EMT(), spec, label="film elastic")


def test_a_killed_run_goes_on_and_ends_the_same(disordered, emt):
    model = Model.from_atoms(disordered, name="film", kind=ModelKind.AMORPHOUS)
    maker, make = ElasticMaker(spec=SPEC), ElasticMaker.make.original
    whole = make(maker, model, emt)
    calculators._loaded[emt.sha256] = {calculators.Precision.DOUBLE: CountingEMT()}
    CountingEMT.calls = 0
    make(maker, model, emt)
    needed = CountingEMT.calls

    class Killer:
        def advanced(self, _label, done, total, unit):
            assert (total, unit) == (12, "strains")
            if done == 8:
                raise Interrupted

    # the report of the eighth strain comes before it is kept: seven are
    with pytest.raises(Interrupted), listen(Killer()):
        make(maker, model, emt)
    CountingEMT.calls = 0
    continued = make(maker, model, emt)
    assert CountingEMT.calls < 0.6 * needed
    np.testing.assert_allclose(continued.stresses_GPa, whole.stresses_GPa, atol=1e-9)
    assert not (module.step_directory() / module.CHECKPOINT).exists()


def test_strains_of_another_model_are_not_taken_over(copper, disordered, emt):
    make, maker = ElasticMaker.make.original, ElasticMaker(spec=SPEC)

    class Killer:
        def advanced(self, _label, done, _total, _unit):
            if done == 3:
                raise Interrupted

    film = Model.from_atoms(disordered, name="film", kind=ModelKind.AMORPHOUS)
    with pytest.raises(Interrupted), listen(Killer()):
        make(maker, film, emt)
    assert (module.step_directory() / module.CHECKPOINT).exists()
    document = make(maker, Model.from_atoms(copper, name="Cu", kind=ModelKind.CRYSTAL), emt)
    assert document.result.tensor_GPa[3][3] == pytest.approx(89.9, abs=0.3)


def test_the_document_says_where_its_numbers_come_from(copper, emt):
    model = Model.from_atoms(copper, name="Cu", kind=ModelKind.CRYSTAL)
    document = ElasticMaker.make.original(ElasticMaker(spec=SPEC), model, emt)
    assert document.result.shear_modulus.value == pytest.approx(56.9, abs=0.2)
    assert document.result.bulk_modulus.value == pytest.approx(134.5, abs=0.3)
    assert document.result.born_stable
    assert document.result.shear_modulus.provenance.sha256 == emt.sha256
    assert document.model_hash == model.content_hash
    assert type(document).model_validate_json(document.model_dump_json()) == document


def test_one_atom_cells_need_no_ions_to_relax():
    primitive = bulk("Cu", a=3.58983)
    assert voigt_reuss_hill(_tensor(primitive)).shear_GPa == pytest.approx(56.9, abs=0.3)
    assert isinstance(primitive, Atoms)
