"""Moduli of films from the documents of their cells."""

import numpy as np
import pytest

from lithicoat.analysis.mechanics.elastic_tensor import ElasticFit
from lithicoat.analysis.mechanics.elasticity import elastic_result
from lithicoat.analysis.mechanics.thermal_elasticity import ModeModulus, ShearMode, ThermalShear
from lithicoat.analysis.properties import Bound, Property
from lithicoat.structures.build import kind_of
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.workflows.mechanics import moduli as module
from lithicoat.workflows.mechanics.moduli import elastic_properties, thermal_properties
from lithicoat.workflows.mechanics.thermal import ThermalElasticDocument
from lithicoat.workflows.potentials.registry import DEFAULT_POTENTIAL, resolve
from lithicoat.workflows.protocols import Preset, preset
from lithicoat.workflows.recording import record_of
from lithicoat.workflows.screening import ScreeningMaker


@pytest.fixture(scope="module")
def potential():
    return resolve(DEFAULT_POTENTIAL)


@pytest.fixture
def shipped(potential):
    found = module.calibration_of(potential)
    assert found is not None
    return found


def _document(potential, modulus, *, temperature_K=300.0):
    mode = ModeModulus(mode=ShearMode.XY, modulus_GPa=30.0, error_GPa=1.0)
    return ThermalElasticDocument(
        result=ThermalShear(
            temperature_K=temperature_K,
            shear_modulus=modulus,
            modes=(mode,),
            pairs=(),
            modulus_GPa=30.0,
            error_GPa=1.0,
        ),
        volume_A3=100.0,
        volume_uncertainty_A3=0.1,
        expansion=0.02,
        converged=True,
        timestep_fs=2.0,
        seed=0,
        model_hash="0",
        potential=potential,
        spec=preset(Preset.STANDARD).thermal_elastic,
    )


def _gpa(value, uncertainty=None, **rest):
    return Property(value=value, uncertainty=uncertainty, unit="GPa", **rest)


def test_a_film_is_the_mean_of_its_cells_with_their_spread(potential, shipped):
    documents = [_document(potential, _gpa(value, 1.0)) for value in (28.0, 30.0, 32.0)]
    found = thermal_properties([*documents, None], potential, temperature_K=300)
    mean, corrected = found["shear_modulus_300K"], found["shear_modulus_300K_calibrated"]
    assert mean.value == pytest.approx(30.0)
    assert mean.uncertainty == pytest.approx((4 / 3 + 1 / 3) ** 0.5)
    assert corrected.value == pytest.approx(30.0 * shipped.slope)
    assert corrected.uncertainty > shipped.scatter * corrected.value
    assert "calibrated by moduli at 0 K" in corrected.flags


def test_bounds_stay_bounds(potential):
    soft = _gpa(2.0, bound=Bound.UPPER, flags=("shear not resolved",))
    softer = _gpa(1.0, bound=Bound.UPPER)
    found = thermal_properties(
        [_document(potential, modulus) for modulus in (softer, soft)], potential, temperature_K=400
    )
    assert found["shear_modulus_400K"].bound is Bound.UPPER
    assert found["shear_modulus_400K"].value == 2.0
    assert found["shear_modulus_400K_calibrated"].bound is Bound.UPPER
    mixed = thermal_properties(
        [_document(potential, modulus) for modulus in (soft, _gpa(5.0, 0.5))], potential, temperature_K=300
    )
    assert mixed["shear_modulus_300K"].value == 5.0
    assert any("1 of 2 replicas without a value" in flag for flag in mixed["shear_modulus_300K"].flags)


def test_what_failed_is_missing_with_a_reason(potential):
    found = thermal_properties([None], potential, temperature_K=300) | elastic_properties([], potential)
    assert {"shear_modulus_300K", "shear_modulus_300K_calibrated", "hardness_estimate", "pugh_ratio"} <= set(
        found
    )
    assert all("see the failures" in quantity.flags[0] for quantity in found.values())


@pytest.mark.parametrize(("name", "measured"), [(Preset.QUICK, False), (Preset.STANDARD, True)])
def test_a_screening_measures_it_where_the_protocol_says_so(name, measured, potential):
    protocol = preset(name)
    coating = load_catalog().find("Li2S")
    flow = ScreeningMaker(protocol=protocol).make(coating, potential, seed=0, campaign="c")
    names = [job.name for job in flow.jobs]
    assert ("elastic 300 K" in names) is measured
    record = record_of(
        coating,
        potential,
        protocol,
        seed=0,
        campaign="c",
        film=[],
        elastic=[],
        ladder=None,
        scavenging=None,
        failures={},
        thermal=[_document(potential, _gpa(30.0, 1.0))] if measured else None,
    )
    assert ("shear_modulus_300K" in record.properties) is measured
    if measured:
        assert record.properties["shear_modulus_300K"].value == 30.0
        assert record.properties["shear_modulus_300K"].provenance.protocol == protocol.label
    assert kind_of(coating.recipe).value == "crystal"


def _tensor(shear, *, skew=0.0, bulk=40.0):
    """Elastic result of a cubic cell: isotropic for `skew` 0."""
    c44 = shear * (1 + skew)
    c11, c12 = bulk + 4 / 3 * shear, bulk - 2 / 3 * shear
    tensor = np.diag([c11 - c12] * 3 + [c44] * 3)
    tensor[:3, :3] += c12
    fit = ElasticFit(
        tensor_GPa=tensor,
        covariance_GPa2=np.zeros((21, 21)),
        residual_stress_GPa=np.zeros((3, 3)),
        nonlinearity=0.0,
    )
    return elastic_result(fit)


def test_the_softest_and_the_stiffest_shear_hold_the_mean_between_them(potential):
    found = elastic_properties([_tensor(20.0, skew=0.5)], potential)
    soft, stiff = found["shear_modulus_softest"], found["shear_modulus_stiffest"]
    assert (soft.value, stiff.value) == pytest.approx((20.0, 30.0), rel=1e-4)  # (c11 - c12)/2 and c44
    assert soft.value < found["shear_modulus"].value < stiff.value
    same = elastic_properties([_tensor(20.0)], potential)
    assert same["shear_modulus_softest"].value == pytest.approx(same["shear_modulus_stiffest"].value)


def test_extremes_are_averaged_over_the_cells(potential):
    found = elastic_properties([_tensor(20.0), _tensor(10.0, skew=0.6)], potential)
    assert found["shear_modulus_softest"].value == pytest.approx(15.0, rel=1e-4)
    assert found["shear_modulus_stiffest"].value == pytest.approx(18.0, rel=1e-4)
    assert found["shear_modulus_stiffest"].uncertainty == pytest.approx(2.0, rel=0.01)


def test_a_cell_that_is_not_stable_has_no_extremes(potential):
    found = elastic_properties([_tensor(20.0, skew=-1.5)], potential)
    for name in ("shear_modulus_softest", "shear_modulus_stiffest"):
        assert found[name].value is None
        assert "not Born-stable" in found[name].flags
