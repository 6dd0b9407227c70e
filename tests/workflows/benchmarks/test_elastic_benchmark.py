import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT

from lithicoat.analysis.errors import DataError
from lithicoat.workflows.benchmarks.elastic import (
    ReferenceCrystal,
    calibration_crystals,
    elastic_benchmark,
    reference_crystals,
    reference_source,
)
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.calibrations import calibration_of
from lithicoat.workflows.potentials.registry import register, resolve
from lithicoat.workflows.progress import listen


@pytest.fixture
def emt():
    ref = register("test-emt", EMT, elements=["Al", "Cu", "Ag", "Au"])
    yield ref
    potentials._registered.pop("test-emt")
    calculators._loaded.pop(ref.sha256, None)


def _crystal(symbol, *, stretch=1.0, shear=50.0, structure="fcc", a=None):
    atoms = bulk(symbol, structure, a=a)
    atoms.set_cell(atoms.cell * stretch, scale_atoms=True)
    return ReferenceCrystal(
        id=structure,
        formula=symbol,
        symbols=tuple(atoms.symbols),
        positions_A=atoms.positions.tolist(),
        cell_A=atoms.cell.tolist(),
        bulk_modulus_GPa=100,
        shear_modulus_GPa=shear,
    )


def test_references_are_small_unique_and_named():
    crystals = reference_crystals()
    assert len(crystals) == 65
    assert len({crystal.label for crystal in crystals}) == len(crystals)
    assert max(len(crystal.symbols) for crystal in crystals) <= 30
    known = {crystal.id: crystal for crystal in crystals}
    assert known["mp-1960"].shear_modulus_GPa == pytest.approx(68.452)  # Li2O
    density = known["mp-1960"].atoms.get_masses().sum() / known["mp-1960"].atoms.get_volume() * 1.66054
    assert density == pytest.approx(2.01, rel=0.03)
    assert "CC-BY" in reference_source()


def test_the_benchmark_fits_the_slope_of_its_moduli(emt):
    told = []

    class Listener:
        def advanced(self, *news):
            told.append(news)

    crystals = [_crystal("Cu", shear=2 * 56.9), _crystal("Ag"), _crystal("Au")]
    with listen(Listener()):
        benchmark = elastic_benchmark(emt, crystals=crystals)
    ratios = [row.reference_shear_modulus_GPa / row.shear_modulus_GPa for row in benchmark.comparisons]
    assert ratios[0] == pytest.approx(2, abs=0.01)
    assert benchmark.calibration.slope == pytest.approx(np.median(ratios))
    assert benchmark.calibration.sha256 == emt.sha256
    assert benchmark.calibration.versions["ase"]
    assert told == [("elastic benchmark", done, 3, "crystals") for done in range(4)]
    assert type(benchmark).model_validate_json(benchmark.model_dump_json()) == benchmark


def test_crystals_that_do_not_hold_are_left_out_with_the_reason(emt):
    crystals = [
        *map(_crystal, ("Cu", "Ag", "Au")),
        _crystal("Al", stretch=1.1),
        _crystal("Cu", structure="bcc", a=2.87),
    ]
    benchmark = elastic_benchmark(emt, crystals=crystals)
    assert len(benchmark.comparisons) == 3
    assert "turns into another structure with test-emt (volume" in benchmark.failures["Al fcc"]
    assert "not Born-stable" in benchmark.failures["Cu bcc"]
    assert set(benchmark.calibration.left_out) == {"Al fcc", "Cu bcc"}


def test_too_few_crystals_are_an_error(emt):
    with pytest.raises(DataError, match="a calibration needs 3"):
        elastic_benchmark(emt, crystals=[_crystal("Cu")])


def test_crystals_of_other_elements_are_not_computed(emt):
    with pytest.raises(DataError, match="0 crystals"):
        elastic_benchmark(emt)  # no shipped crystal consists of Al, Cu, Ag and Au alone


def test_chgnet_is_calibrated_and_known_to_be_soft():
    calibration = calibration_of(resolve("chgnet"))
    assert calibration is not None
    assert calibration.n >= 40
    assert 1.2 < calibration.slope < 2.0
    known = {crystal.label: crystal.shear_modulus_GPa for crystal in reference_crystals()}
    assert all(known[crystal.label] == crystal.reference_GPa for crystal in calibration.crystals)


@pytest.mark.slow
def test_the_shipped_calibration_is_what_chgnet_gives():
    """A crystal of the calibration computed again: lithium sulfide."""
    potential = resolve("chgnet")
    shipped = {crystal.label: crystal.predicted_GPa for crystal in calibration_of(potential).crystals}
    some = [crystal for crystal in reference_crystals() if crystal.id in ("mp-557142", "mp-1265", "mp-2229")]
    assert len(some) == 3
    for row in elastic_benchmark(potential, crystals=some).comparisons:
        assert row.shear_modulus_GPa == pytest.approx(shipped[row.label], rel=0.05)


def test_benchmarks_compare_on_the_crystals_that_both_have(emt):
    metals = [_crystal(symbol) for symbol in ("Cu", "Ag", "Au", "Al")]
    one, other = (elastic_benchmark(emt, crystals=chosen) for chosen in (metals, metals[:3]))
    assert one.calibration.n == 4
    restricted = one.restricted_to([row.label for row in other.comparisons])
    assert restricted == other
    assert one.against(other) == ["on the same crystals:", *[f"test-emt             {other.headline()}"] * 2]
    assert "3 crystals" in other.headline()
    assert one.against(other.model_copy(update={"comparisons": other.comparisons[:2]})) == []


def test_the_table_has_every_crystal_and_the_fit(emt):
    crystals = [_crystal("Cu", shear=60), _crystal("Ag", shear=30), _crystal("Au", shear=90)]
    crystals.append(_crystal("Al", stretch=1.1))
    benchmark = elastic_benchmark(emt, crystals=crystals)
    lines = benchmark.lines()
    assert [line.split()[0] for line in lines] == ["Au", "Cu", "Ag", "Al", "test-emt:"]
    assert "left out" in lines[3]
    assert f"{benchmark.shear_error:.0%}" in lines[4]
    ratios = [row.shear_modulus_GPa / row.reference_shear_modulus_GPa - 1 for row in benchmark.comparisons]
    assert benchmark.shear_error == pytest.approx(np.mean(np.abs(ratios)))


def test_the_crystals_of_a_calibration_can_be_taken_again():
    calibration = calibration_of(resolve("chgnet"))
    crystals = calibration_crystals(calibration)
    assert {crystal.label for crystal in crystals} == {
        *(crystal.label for crystal in calibration.crystals),
        *calibration.left_out,
    }
    assert len(crystals) == 60
