"""Gates: passed, failed, unknown; what is not known is not passed."""

import math

import pytest
from pydantic import ValidationError

from lithicoat.analysis.decision.columns import Columns
from lithicoat.analysis.decision.gates import GateState, check_gate
from lithicoat.analysis.decision.scheme import Gate, GateCheck, RankingScheme, Source, Term, default_scheme
from lithicoat.analysis.properties import Bound, Property

GATES = {gate.name: gate for gate in default_scheme().gates}


def held(gate, **properties):
    return check_gate(GATES[gate], Columns([properties]))


def state(gate, **properties):
    return held(gate, **properties).state(0)


def test_the_shipped_gates():
    assert list(GATES) == [
        "framework",
        "Born-stable",
        "shear modulus known",
        "lithium path",
        "no runaway with Li",
        "no runaway with NMC811",
        "insulating",
    ]
    assert all(gate.reason for gate in GATES.values())


@pytest.mark.parametrize("gate", GATES)
def test_what_was_not_computed_is_unknown(gate):
    result = held(gate)
    open_ = GateState.PASSED_OVER if gate == "insulating" else GateState.UNKNOWN
    assert (result.state(0), result.why(0), result.source(0)) == (open_, "not computed", None)
    assert math.isnan(result.chances[0])


def test_a_framework_that_held_passes_and_one_that_did_not_fails():
    sound = Property(value=900, unit="K")
    broken = Property.missing("K", "the framework did not hold: its MSD goes from 1 to 9 Å²")
    crashed = Property.missing("K", "diffusion failed: node lost")
    assert state("framework", highest_stable_temperature=sound) is GateState.PASSED
    assert state("framework", highest_stable_temperature=broken) is GateState.FAILED
    assert state("framework", highest_stable_temperature=crashed) is GateState.UNKNOWN


@pytest.mark.parametrize(
    ("value", "bound", "expected"),
    [
        (3.0, None, GateState.PASSED),
        (0.0, None, GateState.FAILED),
        (-1.0, None, GateState.FAILED),
        (3.0, Bound.LOWER, GateState.PASSED),
        (-1.0, Bound.UPPER, GateState.FAILED),
        (3.0, Bound.UPPER, GateState.UNKNOWN),
        (-1.0, Bound.LOWER, GateState.UNKNOWN),
    ],
)
def test_born_stability(value, bound, expected):
    prop = Property(value=value, unit="GPa", bound=bound)
    assert state("Born-stable", lowest_elastic_eigenvalue=prop) is expected


@pytest.mark.parametrize(
    ("value", "expected", "chance"),
    [
        (-0.4, GateState.PASSED, None),
        (-0.46, GateState.PASSED, 0.79),
        (-0.54, GateState.FAILED, 0.21),
        (-0.6, GateState.FAILED, None),
    ],
)
def test_the_best_estimate_decides_and_a_narrow_decision_says_so(value, expected, chance):
    prop = Property(value=value, uncertainty=0.05, unit="eV/atom")
    result = held("no runaway with Li", contact_lithium=prop)
    assert result.state(0) is expected
    narrowly = "" if chance is None else f", passed with a probability of {chance}"
    assert result.why(0) == f"{value:g} ± 0.05 eV/atom against -0.5{narrowly}"


def test_the_probability_is_that_of_the_normal_law():
    prop = Property(value=-0.4, uncertainty=0.05, unit="eV/atom")
    result = held("no runaway with NMC811", contact_NMC811=prop)
    assert result.chances[0] == pytest.approx(0.97725, abs=1e-5)  # two standard uncertainties
    assert result.source(0) == "contact_NMC811"


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (Property(value=0.3, unit="eV"), GateState.FAILED),
        (Property(value=0.3, unit="eV", bound=Bound.LOWER), GateState.PASSED_OVER),
        (Property(value=3.4, unit="eV", bound=Bound.LOWER), GateState.PASSED),
        (Property.missing("eV", "no band gap reported"), GateState.PASSED_OVER),
    ],
)
def test_a_gap_counts_only_if_it_is_known(gap, expected):
    assert state("insulating", band_gap=gap) is expected


def test_a_bound_of_the_conductivity_is_an_answer_but_one_of_the_modulus_is_not():
    bound = Property(value=1e-9, unit="S/cm", bound=Bound.UPPER)
    assert state("lithium path", conductivity_298K=bound) is GateState.PASSED
    assert state("shear modulus known", shear_modulus=bound) is GateState.UNKNOWN


def test_the_raw_modulus_stands_in_for_the_calibrated_one():
    missing = Property.missing("GPa", "no calibration")
    raw = Property(value=20, unit="GPa")
    assert (
        state("shear modulus known", shear_modulus_calibrated=missing, shear_modulus=raw) is GateState.PASSED
    )


def test_a_scheme_with_mistakes_is_refused():
    with pytest.raises(ValidationError, match="a threshold belongs to the check 'above'"):
        Gate(name="x", check=GateCheck.ABOVE, properties=("a",), reason="r")
    with pytest.raises(ValidationError, match="zero_at and one_at must differ"):
        Term(
            name="x",
            weight=1,
            sources=(Source(property="a", axis="linear"),),
            zero_at=1,
            one_at=1,
            prior=(0, 1),
            reason="r",
        )
    with pytest.raises(ValidationError, match="wieght"):
        RankingScheme.model_validate({"gates": [], "anode": [{"wieght": 1}], "cathode": []})
