"""The fit of the elastic tensor and its averages, against other codes, literature and identities."""

import warnings

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from scipy.spatial.transform import Rotation

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mechanics.elastic_tensor import fit_tensor, voigt_reuss_hill

EXACT = 1e-8
VOIGT = [(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)]


def cubic(c11, c12, c44):
    tensor = np.diag([c11] * 3 + [c44] * 3).astype(float)
    tensor[:3, :3] += c12 * (1 - np.eye(3))
    return tensor


def triclinic(seed=0):
    half = np.random.default_rng(seed).normal(size=(6, 6)) * 5
    return half @ half.T / 6 + cubic(90, 40, 25)


def full(tensor):
    """Return C_ijkl, shape (3, 3, 3, 3), of a Voigt tensor."""
    c = np.zeros((3, 3, 3, 3))
    for a, (i, j) in enumerate(VOIGT):
        for b, (k, m) in enumerate(VOIGT):
            c[i, j, k, m] = c[j, i, k, m] = c[i, j, m, k] = c[j, i, m, k] = tensor[a, b]
    return c


def strain_pairs(magnitude=0.005):
    states = []
    for i, j in VOIGT:
        state = np.zeros((3, 3))
        state[i, j] = state[j, i] = magnitude
        states += [state, -state]
    return np.array(states)


def stresses(tensor, strains, residual=0.0):
    return np.einsum("ijkl,mkl->mij", full(tensor), strains) + residual


def test_the_fit_returns_a_triclinic_tensor():
    tensor, strains = triclinic(), strain_pairs()
    fit = fit_tensor(strains, stresses(tensor, strains))
    np.testing.assert_allclose(fit.tensor_GPa, tensor, rtol=EXACT, atol=1e-6)
    assert fit.nonlinearity < EXACT


def test_it_removes_the_residual_stress():
    tensor, strains = triclinic(), strain_pairs()
    residual = np.array([[0.4, 0.1, -0.2], [0.1, -0.3, 0.05], [-0.2, 0.05, 0.2]])
    fit = fit_tensor(strains, stresses(tensor, strains, residual))
    np.testing.assert_allclose(fit.tensor_GPa, tensor, rtol=EXACT, atol=1e-6)
    np.testing.assert_allclose(fit.residual_stress_GPa, residual, atol=EXACT)


def test_the_unstrained_state_stands_in_for_the_negative_strains():
    tensor = triclinic()
    strains = np.concatenate([strain_pairs()[::2], np.zeros((1, 3, 3))])
    fit = fit_tensor(strains, stresses(tensor, strains, 0.1 * np.eye(3)))
    np.testing.assert_allclose(fit.tensor_GPa, tensor, rtol=EXACT, atol=1e-6)


def test_six_strains_of_one_sign_do_not_determine_the_residual_stress():
    strains = strain_pairs()[::2]
    with pytest.raises(DataError, match="do not determine the 21 elastic constants"):
        fit_tensor(strains, stresses(triclinic(), strains))


def test_it_agrees_with_pymatgen_on_a_triclinic_cell():
    elasticity = pytest.importorskip("pymatgen.core.elasticity")
    strains = strain_pairs()
    given = stresses(triclinic(1), strains)
    with warnings.catch_warnings(category=UserWarning, action="ignore"):  # advice about VASP
        theirs = elasticity.ElasticTensor.from_pseudoinverse(
            [elasticity.Strain(e) for e in strains], [elasticity.Stress(s) for s in given]
        )
    ours = fit_tensor(strains, given)
    np.testing.assert_allclose(ours.tensor_GPa, theirs.voigt, rtol=1e-6, atol=1e-5)
    moduli = voigt_reuss_hill(ours.tensor_GPa)
    assert moduli.bulk_GPa == pytest.approx(theirs.k_vrh)
    assert moduli.shear_GPa == pytest.approx(theirs.g_vrh)
    assert (moduli.bulk_reuss_GPa, moduli.shear_voigt_GPa) == pytest.approx((theirs.k_reuss, theirs.g_voigt))
    assert moduli.universal_anisotropy == pytest.approx(theirs.universal_anisotropy)
    assert moduli.poisson == pytest.approx(theirs.homogeneous_poisson)


def test_moduli_do_not_depend_on_the_frame():
    rotation = Rotation.from_rotvec([0.3, -0.8, 0.5]).as_matrix()
    strains = strain_pairs()
    rng = np.random.default_rng(2)
    noise = rng.normal(scale=0.01, size=strains.shape)
    given = stresses(triclinic(), strains) + noise + noise.transpose(0, 2, 1)
    turned = [np.einsum("ai,bj,mij->mab", rotation, rotation, tensors) for tensors in (strains, given)]
    first, second = fit_tensor(strains, given), fit_tensor(*turned)
    one, other = voigt_reuss_hill(first.tensor_GPa), voigt_reuss_hill(second.tensor_GPa)
    assert (one.shear_GPa, one.bulk_GPa, one.lowest_eigenvalue_GPa) == pytest.approx(
        (other.shear_GPa, other.bulk_GPa, other.lowest_eigenvalue_GPa)
    )


def test_standard_errors_cover_the_truth():
    tensor, strains = triclinic(), strain_pairs()
    pulls = []
    for seed in range(60):
        noise = np.random.default_rng(seed).normal(scale=0.02, size=(len(strains), 3, 3))
        noise = np.triu(noise) + np.triu(noise, 1).transpose(0, 2, 1)
        fit = fit_tensor(strains, stresses(tensor, strains) + noise)
        pulls.append((fit.tensor_GPa - tensor) / fit.standard_errors_GPa)
    assert np.std(pulls) == pytest.approx(1.0, abs=0.15)


def test_copper_of_the_literature():
    # Simmons and Wang, Single Crystal Elastic Constants (1971): 168.4, 121.4, 75.4 GPa.
    moduli = voigt_reuss_hill(cubic(168.4, 121.4, 75.4))
    assert moduli.bulk_GPa == pytest.approx(137.1, abs=0.1)
    assert moduli.shear_GPa == pytest.approx(47.4, abs=0.2)
    assert moduli.youngs_GPa == pytest.approx(127.5, abs=1)
    assert moduli.poisson == pytest.approx(0.345, abs=0.003)
    assert moduli.lowest_eigenvalue_GPa == pytest.approx(168.4 - 121.4)


def test_an_isotropic_tensor_has_one_shear_modulus_and_no_anisotropy():
    moduli = voigt_reuss_hill(cubic(50 + 4 * 20 / 3, 50 - 2 * 20 / 3, 20))
    assert (moduli.shear_voigt_GPa, moduli.shear_reuss_GPa) == pytest.approx((20, 20))
    assert moduli.bulk_GPa == pytest.approx(50)
    assert moduli.universal_anisotropy == pytest.approx(0, abs=1e-12)
    assert moduli.youngs_GPa == pytest.approx(2 * 20 * (1 + moduli.poisson))


def test_reuss_lies_below_voigt():
    moduli = voigt_reuss_hill(triclinic())
    assert moduli.shear_reuss_GPa < moduli.shear_GPa < moduli.shear_voigt_GPa


def test_a_lattice_that_yields_to_tetragonal_shear_is_not_born_stable():
    assert not voigt_reuss_hill(cubic(100, 110, 40)).born_stable


def test_stresses_of_emt_copper_give_the_curvature_of_its_energy():
    crystal = bulk("Cu", "fcc", a=3.59)  # the minimum of EMT, Å
    strains = strain_pairs(0.002)

    def strained(strain):
        atoms = crystal.copy()
        atoms.set_cell(crystal.cell @ (np.eye(3) + strain), scale_atoms=True)
        atoms.calc = EMT()
        return atoms

    given = [strained(strain).get_stress(voigt=False) / 0.006241509 for strain in strains]
    moduli = voigt_reuss_hill(fit_tensor(strains, given).tensor_GPa)
    step = 0.004
    energies = [strained(s * np.eye(3)).get_potential_energy() for s in (-step, 0, step)]
    curvature = (energies[0] - 2 * energies[1] + energies[2]) / step**2
    bulk_modulus = curvature / (9 * crystal.get_volume()) / 0.006241509
    assert moduli.bulk_GPa == pytest.approx(bulk_modulus, rel=0.02)
    shear = np.diag([step, -step, 0.0])
    energies = [strained(sign * shear).get_potential_energy() for sign in (-1, 0, 1)]
    curvature = (energies[0] - 2 * energies[1] + energies[2]) / step**2
    tetragonal = curvature / (2 * crystal.get_volume()) / 0.006241509  # C11 - C12
    assert moduli.lowest_eigenvalue_GPa == pytest.approx(tetragonal, rel=0.03)


@pytest.mark.parametrize(
    ("strains", "given", "message"),
    [
        (np.zeros((2, 6)), np.zeros((2, 6)), r"strains must have the shape \(M, 3, 3\)"),
        (strain_pairs(), np.zeros((3, 3, 3)), "12 strains but 3 stresses"),
        (strain_pairs(), np.full((12, 3, 3), np.nan), "stresses_GPa hold a number that is not finite"),
        (np.array([[[0, 0.01, 0], [0, 0, 0], [0, 0, 0]]]), np.zeros((1, 3, 3)), "strains are not symmetric"),
        (np.zeros((12, 3, 3)), np.zeros((12, 3, 3)), "the largest strain is 0"),
        (strain_pairs(0.5), np.zeros((12, 3, 3)), "the largest strain is 0.5"),
    ],
)
def test_bad_strains_and_stresses_are_refused(strains, given, message):
    with pytest.raises(DataError, match=message):
        fit_tensor(strains, given)


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (np.eye(3), "finite symmetric 6×6"),
        (np.triu(np.ones((6, 6))), "finite symmetric 6×6"),
        (cubic(100, 100, 40), "singular"),
    ],
)
def test_what_is_no_elastic_tensor_is_refused(tensor, message):
    with pytest.raises(DataError, match=message):
        voigt_reuss_hill(tensor)
