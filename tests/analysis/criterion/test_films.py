"""Both views of the criterion for one film: side by side, with intervals, assumptions and reasons."""

import json

import numpy as np
import pytest

from lithicoat.analysis.criterion.chi import Regime, RelativeSign, chi
from lithicoat.analysis.criterion.films import evaluate
from lithicoat.analysis.criterion.inputs import FilmMechanics, Setting, VolumeConvention
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property, Provenance
from lithicoat.analysis.records import ScreeningRecord

LIF = {"poisson": 0.207, "volume_ratio": 0.0841}
ORIGIN = Provenance(potential="chgnet", sha256="abc", protocol="quick-1", seed=0)


def of(modulus, *, setting=None, **given):
    return evaluate(FilmMechanics.of_numbers(modulus, **given), setting=setting)


def prop(value, uncertainty=None, unit="GPa", **more):
    return Property(value=value, uncertainty=uncertainty, unit=unit, provenance=ORIGIN, **more)


def record(**changes):
    properties = {
        "shear_modulus": prop(20.0, 1.0),
        "shear_modulus_calibrated": prop(22.0, 5.5, flags=("calibrated",)),
        "poisson_ratio": prop(0.25, 0.01, "1"),
        "lithium_volume_ratio": prop(0.4, 0.1, "1"),
        "lithium_volume_ratio_sphere": prop(0.12, 0.02, "1"),
        "shear_modulus_softest": prop(6.0, 0.5),
        "shear_modulus_stiffest": prop(40.0, 2.0),
    }
    properties = {name: value for name, value in (properties | changes).items() if value is not None}
    facts = {"name": "film", "family": "oxide", "role": "anode", "campaign": "c", "protocol": "quick-1"}
    return ScreeningRecord(
        coating="film", potential="chgnet", sha256="abc", try_out=True, seed=0, properties=properties, **facts
    )


def test_lithium_fluoride_passes_the_rule_and_is_unstable_by_chi():
    result = of(51, **LIF, thickness_nm=8)
    assert result.passes
    assert result.regime is Regime.DENSITY_DRIVEN
    assert result.stable_side == "below"
    assert result.chi.total == pytest.approx(39.1, abs=0.05)
    assert result.chi.total == pytest.approx(
        result.chi.hydrostatic + result.chi.deviatoric + result.chi.surface
    )
    assert not result.chi.stable
    assert result.chi.probability_stable == 0
    assert result.chi.lambda_crit_nm == pytest.approx(0.063, abs=0.001)
    assert any("continuum" in note for note in result.notes)


def test_the_interval_holds_the_best_estimate_and_grows_with_the_uncertainty():
    widths = []
    for sigma in (1, 5, 15):
        interval = of(51, uncertainty_GPa=sigma, **LIF).chi.intervals["total"]
        assert interval.low < interval.median < interval.high
        widths.append(interval.high - interval.low)
    assert widths == sorted(widths)
    assert of(51, **LIF).chi.intervals.keys() == {
        "total", "hydrostatic", "deviatoric", "surface", "lambda_crit_nm"
    }  # fmt: skip


def test_the_constants_of_lithium_in_circulation_move_chi_little_and_a_chosen_one_stays():
    result = of(51, **LIF)
    low, high = result.chi.lithium_range
    assert low < result.chi.total < high
    assert high - low < 0.05 * result.chi.total
    fixed = Setting.of(li_shear_modulus_GPa=3.0, li_poisson=0.38, surface_energy_J_m2=0.4)
    chosen = of(51, setting=fixed, **LIF).chi
    assert chosen.lithium_range == (chosen.total, chosen.total)


def test_thin_films_are_outside_the_model_and_are_told_from_which_thickness_on():
    thin = of(51, **LIF, thickness_nm=8).thickness
    assert (thin.kh, thin.half_space, thin.needed_nm) == pytest.approx((0.8, False, 50))
    assert thin.strain_left == pytest.approx(np.exp(-0.8))
    assert any("too thin for the half-space model" in note for note in of(51, thickness_nm=8).notes)
    thick = of(51, **LIF, thickness_nm=80)
    assert thick.thickness.half_space
    assert not any("half-space" in note for note in thick.notes)
    long_waves = Setting.of(wave_number_1_m=1e6)
    assert not of(51, setting=long_waves, **LIF, thickness_nm=80).thickness.half_space


def test_the_other_sign_turns_the_verdict_of_chi_but_not_the_rule():
    turned = Setting.of(relative_sign=RelativeSign.GIBBS_THOMSON)
    published, other = of(51, **LIF), of(51, setting=turned, **LIF)
    assert other.passes
    assert other.probability == published.probability
    assert other.chi.stable
    assert other.chi.probability_stable == 1
    assert other.chi.lambda_crit_nm is None
    assert other.stable_side == "above"
    assert other.chi.total == published.chi.total_with_other_sign
    assert published.chi.total == other.chi.total_with_other_sign
    assert any("disputed" in note for note in published.notes)


def test_a_polymer_of_the_classical_case():
    result = of(10, poisson=0.32, volume_ratio=4, thickness_nm=100)
    assert result.g_crit == pytest.approx(2.20, abs=0.005)
    assert (result.regime, result.stable_side) == (Regime.PRESSURE_DRIVEN, "above")
    assert result.views[0].g_crit_interval.low < 2.20 < result.views[0].g_crit_interval.high


def test_at_v_of_one_there_is_no_critical_ratio():
    result = of(10, poisson=0.3, volume_ratio=1.0)
    assert (result.g_crit, result.stable_side) == (None, None)
    assert result.chi is not None
    assert any("at v = 1" in note for note in result.notes)


def test_the_modulus_of_lithium_is_an_option_of_both_parts():
    plain = of(50, poisson=0.2, volume_ratio=0.1)
    assert (plain.li_shear_modulus_ratio_GPa, plain.li_shear_modulus_chi_GPa) == (4.25, 3.4)
    given = of(50, setting=Setting.of(li_shear_modulus_GPa=5.0), poisson=0.2, volume_ratio=0.1)
    assert (given.li_shear_modulus_ratio_GPa, given.li_shear_modulus_chi_GPa) == (5.0, 5.0)
    assert given.ratio == pytest.approx(10)
    assert given.chi.total != plain.chi.total


def test_uncertainties_that_are_not_given_are_assumed_and_told():
    result = of(10, poisson=0.3, volume_ratio=0.1)
    assert result.ratio_uncertainty == pytest.approx(0.3 * 10 / 4.25)
    assert 0.5 < result.probability < 1
    assert result.assumed == (
        "shear modulus: 30% of it",
        "Poisson's ratio: 0.04",
        "volume ratio, given: 20% of it",
    )
    assert of(10, uncertainty_GPa=2).assumed == ()


def test_a_volume_from_one_cell_has_the_spread_of_a_glass():
    result = evaluate(FilmMechanics.of_record(record(lithium_volume_ratio=prop(-0.05, None, "1"))))
    assert result.assumed == ("volume ratio, cell volume: 0.1",)
    assert result.views[0].volume_ratio.uncertainty == 0.1


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "Poisson's ratio and volume ratio not given"),
        ({"poisson": 0.3}, "volume ratio not given"),
        ({"volume_ratio": 0.1}, "Poisson's ratio not given"),
    ],
)
def test_without_its_inputs_chi_says_why_it_is_missing(given, reason):
    result = of(10, **given)
    assert result.chi is None
    assert result.chi_missing == reason


def test_both_volume_ratios_of_a_record_stand_side_by_side():
    result = evaluate(FilmMechanics.of_record(record()))
    assert [view.convention for view in result.views] == [VolumeConvention.CELL, VolumeConvention.SPHERE]
    cell, sphere = (view.chi.total for view in result.views)
    expected = chi(22.0, poisson=0.25, volume_ratio=[0.4, 0.12]).total
    assert (cell, sphere) == pytest.approx(tuple(expected))
    assert result.chi.total == cell
    assert result.assumed == ()
    assert result.inputs["shear_modulus"].provenance == ORIGIN
    assert result.id == "film"


def test_a_film_whose_volumes_disagree_about_the_regime_says_so():
    result = evaluate(FilmMechanics.of_record(record(lithium_volume_ratio=prop(1.4, 0.1, "1"))))
    assert any("different sides of 1" in note for note in result.notes)
    swelling = evaluate(FilmMechanics.of_record(record(lithium_volume_ratio=prop(-0.2, 0.1, "1"))))
    assert any("swells as lithium leaves" in note for note in swelling.notes)
    assert swelling.views[0].chi is not None


def test_a_volume_ratio_that_may_lie_on_either_side_of_one_is_noted():
    across = evaluate(FilmMechanics.of_record(record(lithium_volume_ratio=prop(0.9, 0.1, "1"))))
    assert any("reaches across 1" in note for note in across.notes)
    clear = evaluate(FilmMechanics.of_record(record()))
    assert not any("reaches across 1" in note for note in clear.notes)


def test_the_softest_and_stiffest_shear_bound_ratio_probability_and_chi():
    result = evaluate(FilmMechanics.of_record(record()))
    low, high = result.anisotropy.ratio
    assert (low, high) == pytest.approx((6.6 / 4.25, 44 / 4.25))  # calibrated by 22/20
    assert low < result.ratio < high
    worst, best = result.anisotropy.probability
    assert worst < 0.5 < result.probability < best
    chi_low, chi_high = result.chi.anisotropy_range
    ends = chi([6.6, 44], poisson=0.25, volume_ratio=0.4).total
    assert (chi_low, chi_high) == pytest.approx(tuple(ends))
    assert chi_low < result.chi.total < chi_high


def test_an_isotropic_film_has_bounds_that_coincide():
    same = {f"shear_modulus_{end}": prop(20.0, 1.0) for end in ("softest", "stiffest")}
    result = evaluate(FilmMechanics.of_record(record(**same)))
    assert result.anisotropy.ratio == pytest.approx((result.ratio, result.ratio))
    assert result.chi.anisotropy_range == pytest.approx((result.chi.total, result.chi.total))
    none = evaluate(FilmMechanics.of_record(record(shear_modulus_softest=None)))
    assert none.anisotropy is None
    assert none.chi.anisotropy_range is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"poisson_ratio": prop(0.7, 0.3, "1")}, "Poisson's ratio 0.70 lies outside"),
        ({"poisson_ratio": None}, "no Poisson's ratio (not computed)"),
        ({"lithium_volume_ratio": None}, "no volume ratio (not computed)"),
        ({"lithium_volume_ratio": prop(-1.2, 0.1, "1")}, "a volume ratio of -1.2 is not above -1"),
        ({"lithium_volume_ratio": prop(0.4, None, "1", bound=Bound.UPPER)}, "no volume ratio (only a bound)"),
        ({"shear_modulus_calibrated": prop(20.0, bound=Bound.LOWER)}, "the shear modulus is only a bound"),
        ({"shear_modulus_calibrated": prop(-3.0, 1.0)}, "a shear modulus of -3 GPa is that of no stable"),
        ({"shear_modulus_calibrated": None}, "no shear modulus (not computed)"),
    ],
)
def test_what_a_record_lacks_or_has_out_of_range_leaves_a_reason(changes, reason):
    view = evaluate(FilmMechanics.of_record(record(**changes))).views[0]
    assert view.chi is None
    assert reason in view.missing


def test_if_the_first_volume_ratio_is_missing_the_other_leads():
    result = evaluate(FilmMechanics.of_record(record(lithium_volume_ratio=None)))
    assert result.chi == result.views[1].chi
    assert result.chi_missing is None


def test_a_film_that_is_not_stable_is_said_to_be_so():
    unstable = prop(50.0, 5.0, flags=("not Born-stable",))
    result = evaluate(FilmMechanics.of_record(record(shear_modulus_calibrated=unstable)))
    assert any("not Born-stable" in note for note in result.notes)


def test_the_json_form_has_the_promised_keys_and_no_infinities():
    turned = Setting.of(relative_sign=RelativeSign.GIBBS_THOMSON)
    text = of(50, setting=turned, poisson=0.2, volume_ratio=0.1).model_dump_json()
    document = json.loads(text)
    assert {"ratio", "threshold_GPa", "passes", "probability", "g_crit", "regime", "chi", "kh"} <= set(
        document
    )
    assert {"total", "hydrostatic", "deviatoric", "surface", "unit"} <= set(document["chi"])
    assert document["chi"]["unit"] == "kJ/mol/nm"
    assert document["chi"]["lambda_crit_nm"] is None
    assert document["regime"] == "density driven"
    assert "heuristic" in document["notes"][0]
    assert "Infinity" not in text


@pytest.mark.parametrize(
    ("modulus", "given", "message"),
    [
        (-1, {}, "not negative, got -1 GPa"),
        (float("nan"), {}, "finite and not negative, got nan"),
        (5e9, {}, "above that of diamond"),
        (10, {"uncertainty_GPa": -0.1}, "standard uncertainty is not negative, got -0.1"),
        (10, {"uncertainty_GPa": float("nan")}, "standard uncertainty is not negative, got nan"),
        (10, {"poisson": 0.7}, "Poisson's ratio"),
        (10, {"poisson": -1}, "Poisson's ratio"),
        (10, {"volume_ratio": -1.5}, "volume ratio is finite and above -1, got -1.5"),
        (10, {"thickness_nm": 0}, "thickness must be above 0, got 0"),
    ],
)
def test_impossible_films_are_refused(modulus, given, message):
    with pytest.raises(DataError, match=message):
        FilmMechanics.of_numbers(modulus, **given)


def test_a_record_with_an_impossible_thickness_is_refused():
    with pytest.raises(DataError, match="thickness must be above 0, got -2"):
        FilmMechanics.of_record(record(), thickness_nm=-2)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"wave_number_1_m": 0}, "wave number must be above 0, got 0"),
        ({"li_shear_modulus_GPa": 0}, "li shear modulus must be above 0, got 0"),
        ({"li_poisson": 0.6}, "Poisson's ratio lies above -1"),
        ({"surface_energy_J_m2": -1}, "a surface energy is not negative, got -1"),
    ],
)
def test_impossible_settings_are_refused(given, message):
    with pytest.raises(DataError, match=message):
        Setting.of(**given)
