"""Relaxed crystals beside their references."""

import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from scipy.optimize import minimize_scalar

from lithicoat.structures.crystals.cells import crystal_info, crystal_names
from lithicoat.workflows.benchmarks.crystals import Reference, crystal_benchmark, reference_of
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.registry import register


@pytest.fixture
def emt():
    ref = register("test-emt", EMT, elements=["Al"])
    yield ref
    potentials._registered.pop("test-emt")
    calculators._loaded.pop(ref.sha256, None)


def _emt_lattice_constant_A():
    """Minimum of the energy along the lattice constant, without a relaxation."""

    def energy(constant):
        atoms = bulk("Al", cubic=True, a=constant)
        atoms.calc = EMT()
        return atoms.get_potential_energy()

    return float(minimize_scalar(energy, bracket=(3.9, 4.0, 4.1)).x)


def test_aluminium_shrinks_to_the_lattice_of_emt(emt):
    found = crystal_benchmark(emt)
    (row,) = found.crystals
    assert row.file == "Al_225.cif"
    assert row.reference is Reference.EXPERIMENT
    expected = _emt_lattice_constant_A()
    ratio = expected / 4.0495
    assert row.length_change == pytest.approx(1 - ratio, abs=1e-4)
    assert row.volume_change == pytest.approx(ratio**3 - 1, abs=3e-4)
    assert row.largest_angle_change_deg == pytest.approx(0, abs=0.01)
    assert row.density_g_cm3 == pytest.approx(4 * 26.98154 / expected**3 * 1.660539, rel=1e-3)
    assert found.volume_error == {"experiment": pytest.approx(abs(row.volume_change))}
    assert found.density_error == pytest.approx(row.density_g_cm3 / 2.70 - 1)
    assert "volume 4.0% off experiment" in found.headline()
    assert type(found).model_validate_json(found.model_dump_json()) == found
    assert len(found.against(found)) == 3


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("Li2S_225.cif", Reference.DFT),
        ("Li3PS4_31.cif", Reference.DFT),
        ("Li3PO4_31.cif", Reference.EXPERIMENT),
        ("Li_229.cif", Reference.EXPERIMENT),
        ("Li2SO4_14.cif", "predicted"),
        ("Li5AlO4_61.cif", "relaxed with chgnet"),
        ("S_70.cif", "dispersion"),
        ("CO2_205.cif", "dispersion"),
        ("O2_molecule.cif", "molecule"),
        ("LiAl5O8_212.cif", "not clear"),
    ],
)
def test_only_independent_cells_are_references(file, kind):
    found = reference_of(crystal_info(file))
    assert found is kind if isinstance(kind, Reference) else kind in found


def test_most_shipped_crystals_are_references():
    kinds = [reference_of(crystal_info(name)) for name in crystal_names()]
    assert sum(kind is Reference.DFT for kind in kinds) > 20
    assert sum(kind is Reference.EXPERIMENT for kind in kinds) >= 6


def test_without_a_crystal_there_is_nothing_to_compare(emt):
    with pytest.raises(UsageError, match="covers no shipped crystal with a reference"):
        crystal_benchmark(emt, files=["Li2S_225.cif"])


def test_a_crystal_that_does_not_relax_is_named(emt):
    from lithicoat.workflows.protocols import RelaxSpec

    spec = RelaxSpec(fmax_eV_A=1e-6, smax_GPa=1e-6, max_steps=1)
    found = crystal_benchmark(emt, relax_spec=spec)
    assert "not converged" in found.failures["Al_225.cif"] or "Al_225.cif" in found.failures["Al_225.cif"]
    assert found.crystals == ()
    assert found.density_error is None
