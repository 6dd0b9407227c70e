"""What goes wrong elsewhere with relaxations and elastic constants must not go wrong here.

Each test is named after what must hold; the numbers are those of EMT copper and its alloys.
"""

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.units import GPa

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mechanics.elastic_tensor import fit_tensor, voigt_reuss_hill
from lithicoat.analysis.mechanics.elasticity import elastic_result
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics import elastic as elastic_module
from lithicoat.workflows.mechanics import relaxation as relaxation_module
from lithicoat.workflows.mechanics import thermal as thermal_module
from lithicoat.workflows.mechanics.elastic import ElasticMaker, strained_stresses
from lithicoat.workflows.mechanics.relaxation import RelaxMaker, relax
from lithicoat.workflows.mechanics.thermal import ThermalElasticMaker
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials.calculators import Precision
from lithicoat.workflows.protocols import ElasticSpec, Preset, RelaxSpec, ThermalElasticSpec, preset

SHEAR_GPA = 56.9  # Hill average of EMT copper


@pytest.fixture(scope="module")
def defective():
    """Thirty-one atoms of copper with a vacancy and some aluminium, ions relaxed: P1 in a cubic box."""
    atoms = bulk("Cu", cubic=True) * (2, 2, 2)
    atoms.symbols[[1, 6, 11, 12, 20, 27]] = "Al"
    del atoms[5]
    return relax(atoms, EMT(), fmax_eV_A=2e-3, max_steps=300, label="CuAl").atoms


def _spec(*strains, steps=200):
    return ElasticSpec(strains=strains, fmax_eV_A=2e-3, max_steps=steps)


def _fit(atoms, *strains):
    table = strained_stresses(atoms, EMT(), _spec(*strains), label="cell")
    return fit_tensor(table.strains, table.stresses_GPa), table


# --- relaxation --------------------------------------------------------------------------------------------


def test_no_preset_lets_a_tenth_of_an_electronvolt_per_angstrom_stand():
    for name in Preset:
        protocol = preset(name)
        assert protocol.relax.fmax_eV_A <= 0.05
        assert protocol.elastic.fmax_eV_A <= 0.01


@pytest.mark.parametrize(("steps", "smax"), [(2, None), (2, 0.001)])
def test_a_relaxation_that_used_up_its_steps_is_no_result(steps, smax):
    rattled = bulk("Cu", cubic=True) * (2, 1, 1)
    rattled.rattle(0.1, seed=0)
    with pytest.raises(RunError, match="not converged in 2 steps"):
        relax(rattled, EMT(), fmax_eV_A=1e-4, smax_GPa=smax, max_steps=steps, label="Cu")


def test_forces_that_vanish_by_symmetry_do_not_hide_a_stress():
    squeezed = bulk("Cu", cubic=True, a=3.4)
    squeezed.calc = EMT()
    assert np.abs(squeezed.get_forces()).max() < 1e-10
    with pytest.raises(RunError, match=r"largest force .*, largest stress"):
        relax(squeezed, EMT(), fmax_eV_A=0.01, smax_GPa=0.01, max_steps=1, label="Cu")
    found = relax(squeezed, EMT(), fmax_eV_A=0.01, smax_GPa=0.01, max_steps=100, label="Cu")
    assert np.abs(found.stress_GPa).max() <= 0.01


def test_relaxations_in_one_directory_do_not_mix(emt, tmp_path):
    maker = RelaxMaker(spec=RelaxSpec(fmax_eV_A=0.01, smax_GPa=0.05, max_steps=50))
    volumes = []
    for spacing in (3.55, 3.65):
        model = Model.from_atoms(bulk("Cu", cubic=True, a=spacing), name="Cu", kind=ModelKind.CRYSTAL)
        volumes.append(RelaxMaker.make.original(maker, model, emt).model.atoms.get_volume())
    assert volumes[0] == pytest.approx(volumes[1], rel=2e-3)
    assert list(tmp_path.iterdir()) == []


# --- elastic tensor ----------------------------------------------------------------------------------------


def test_a_triclinic_cell_with_two_equal_lengths_has_a_tensor(defective):
    """The standard orientation of crystallography is not unique for it, and is not needed."""
    lengths = defective.cell.lengths()
    assert lengths[0] == pytest.approx(lengths[1])
    fit, _ = _fit(defective, 0.005)
    assert voigt_reuss_hill(fit.tensor_GPa).born_stable


@pytest.mark.parametrize("strain", [5e-4, 1e-3, 2e-3])
def test_small_strains_are_not_symmetrised_away(strain):
    primitive = bulk("Cu", a=3.58983)
    fit, _ = _fit(primitive, strain)
    assert voigt_reuss_hill(fit.tensor_GPa).shear_GPa == pytest.approx(SHEAR_GPA, rel=0.01)


def test_a_nearly_symmetric_cell_does_not_upset_the_fit(copper):
    nearly = copper.copy()
    nearly.set_cell(nearly.cell.array + 1e-4 * np.random.default_rng(0).normal(size=(3, 3)), scale_atoms=True)
    moduli = voigt_reuss_hill(_fit(nearly, 0.002, 0.004)[0].tensor_GPa)
    assert moduli.shear_GPa == pytest.approx(SHEAR_GPA, rel=0.02)
    assert moduli.bulk_GPa == pytest.approx(134.5, rel=0.02)


def test_a_rattled_defective_cell_is_not_taken_for_a_symmetric_one(defective):
    """In the P4/mmm that a loose tolerance finds C11 = C22 and C16 = 0."""
    fit, table = _fit(defective, 0.005)
    assert len(table.strains) == 12  # all six directions, both signs: nothing was left out as equivalent
    tensor = fit.tensor_GPa
    assert abs(tensor[0, 0] - tensor[1, 1]) > 1
    assert np.abs(tensor[:3, 3:]).max() > 1


def test_a_strained_cell_that_did_not_converge_is_no_result(defective):
    with pytest.raises(RunError, match=r"strain xx \+0.02: not converged in 1 steps"):
        strained_stresses(defective, EMT(), _spec(0.02, steps=1), label="film")


def test_ions_relax_in_the_strained_cells(defective):
    fit, table = _fit(defective, 0.005)

    def clamped(strain):
        cell = defective.copy()
        cell.set_cell(cell.cell @ (np.eye(3) + strain), scale_atoms=True)
        cell.calc = EMT()
        return cell.get_stress(voigt=False) / GPa

    stiff = fit_tensor(table.strains, [clamped(strain) for strain in table.strains])
    soft, hard = (voigt_reuss_hill(found.tensor_GPa).shear_GPa for found in (fit, stiff))
    assert soft < 0.98 * hard


def test_moduli_are_in_gigapascal_with_their_unit(copper):
    result = elastic_result(_fit(copper, 0.005)[0])
    assert result.shear_modulus.unit == result.youngs_modulus.unit == "GPa"
    assert result.bulk_modulus.value == pytest.approx(134.5, rel=0.01)
    assert result.youngs_modulus.value == pytest.approx(
        9 * 134.5 * SHEAR_GPA / (3 * 134.5 + SHEAR_GPA), rel=0.01
    )


def test_components_that_are_noise_do_not_cast_doubt_on_a_good_fit(copper):
    fit, table = _fit(copper, 0.002)
    assert fit.nonlinearity < 0.01
    noisy = table.stresses_GPa + 1e-4 * np.random.default_rng(0).normal(size=table.stresses_GPa.shape)
    noisy = (noisy + noisy.transpose(0, 2, 1)) / 2
    result = elastic_result(fit_tensor(table.strains, noisy))
    assert not any("not linear" in flag for flag in result.shear_modulus.flags)


def test_strains_stay_small():
    for name in Preset:
        protocol = preset(name)
        assert max(protocol.elastic.strains) <= 0.01
        assert max(protocol.thermal_elastic.strains) <= 0.02
    with pytest.raises(DataError, match="largest strain is 0"):
        fit_tensor(0.2 * np.array([np.eye(3)] * 12), np.zeros((12, 3, 3)))


@pytest.mark.parametrize(
    "maker", [ElasticMaker(spec=_spec(0.01)), RelaxMaker(spec=preset(Preset.QUICK).relax)]
)
def test_relaxations_and_small_strains_are_in_double_precision(maker, emt, copper, monkeypatch):
    asked = []

    def calculator(ref, *, precision=Precision.DOUBLE):
        asked.append(precision)
        return calculators.calculator(ref, precision=precision)

    for module in (elastic_module, relaxation_module):
        monkeypatch.setattr(module, "calculator", calculator)
    model = Model.from_atoms(copper, name="Cu", kind=ModelKind.CRYSTAL)
    type(maker).make.original(maker, model, emt)
    assert asked == [Precision.DOUBLE]


def test_makers_are_left_as_they_were(emt, copper, monkeypatch):
    spec = ThermalElasticSpec(
        in_screen=False,
        expansion_ps=0.05,
        strains=(0.01,),
        shears=3,
        equilibration_ps=0.01,
        production_ps=0.05,
        longest_ps=0.05,
        relative_error=0.5,
    )
    maker = ThermalElasticMaker(spec=spec, timestep_fs=5.0, hydrogen_timestep_fs=0.5)
    seen = []
    bench = thermal_module.ShearBench
    monkeypatch.setattr(
        thermal_module, "ShearBench", lambda **facts: (seen.append(facts["timestep_fs"]), bench(**facts))[1]
    )
    model = Model.from_atoms(copper, name="Cu", kind=ModelKind.CRYSTAL)
    before = vars(maker).copy()
    ThermalElasticMaker.make.original(maker, model, emt, 0)
    assert vars(maker) == before
    assert seen == [5.0]
