"""A ranking does not depend on the units in which properties are given, nor on the order of the films."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lithicoat.analysis.decision.ranking import rank
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.records import ScreeningRecord

RANGES = {
    "shear_modulus_calibrated": (1.0, 60.0, "GPa"),
    "conductivity_298K": (1e-12, 1e-2, "S/cm"),
    "lowest_elastic_eigenvalue": (-2.0, 10.0, "GPa"),
    "contact_lithium": (-0.8, 0.0, "eV/atom"),
    "contact_NMC811": (-0.8, 0.0, "eV/atom"),
    "scavenging_energy": (-7.0, 0.0, "eV/O2"),
    "scavenging_capacity": (0.0, 0.1, "mol O2/cm3"),
    "oxidation_volume_ratio": (0.5, 2.5, "1"),
    "window_high": (1.0, 6.0, "V"),
    "band_gap": (0.1, 9.0, "eV"),
}
OTHER = {
    "GPa": ("MPa", 1e3),
    "S/cm": ("S/m", 1e2),
    "eV/atom": ("meV/atom", 1e3),
    "eV/O2": ("meV/O2", 1e3),
    "mol O2/cm3": ("mol O2/m3", 1e6),
    "1": ("%", 100.0),
    "V": ("mV", 1e3),
    "eV": ("meV", 1e3),
    "K": ("mK", 1e3),
}


@st.composite
def quantities(draw, low, high, unit):
    """Draw a property: a value with or without an uncertainty, a bound, or nothing."""
    kind = draw(st.sampled_from(["value", "value", "bare", "upper", "lower", "missing"]))
    if kind == "missing":
        return Property.missing(unit, "not computed")
    value = float(f"{draw(st.floats(low, high)):.3g}")
    if kind == "value":
        return Property(value=value, uncertainty=draw(st.integers(1, 50)) / 100 * abs(value), unit=unit)
    bound = {"upper": Bound.UPPER, "lower": Bound.LOWER}.get(kind)
    return Property(value=value, unit=unit, bound=bound)


@st.composite
def films(draw):
    """Draw up to six films with properties all over the ramps and gates."""
    found = []
    for index in range(draw(st.integers(1, 6))):
        properties = {name: draw(quantities(*span)) for name, span in RANGES.items()}
        properties["highest_stable_temperature"] = Property(value=900.0, unit="K")
        found.append(
            ScreeningRecord(
                coating=f"film{index}",
                name="film",
                family="test",
                role=draw(st.sampled_from(["anode", "cathode", "both"])),
                campaign="test",
                potential="emt",
                sha256="0" * 64,
                protocol="quick",
                try_out=True,
                seed=0,
                properties=properties,
            )
        )
    return found


def converted(record):
    """Return a record in other units."""

    def other(quantity):
        unit, factor = OTHER[quantity.unit]
        changed = {"unit": unit}
        for field in ("value", "uncertainty"):
            number = getattr(quantity, field)
            changed[field] = None if number is None else number * factor
        return quantity.model_copy(update=changed)

    properties = {name: other(quantity) for name, quantity in record.properties.items()}
    return record.model_copy(update={"properties": properties})


@settings(max_examples=40, deadline=None)
@given(films(), st.sampled_from(Electrode))
def test_other_units_give_the_same_ranking(records, electrode):
    ranking = rank(records, electrode, draws=50)
    again = rank([converted(record) for record in records], electrode, draws=50)
    assert [film.id for film in again] == [film.id for film in ranking]
    for one, other in zip(ranking, again, strict=True):
        assert other.score == pytest.approx(one.score, abs=1e-9)
        assert other.gates == one.gates
        assert other.probability_first == pytest.approx(one.probability_first, abs=0.021)
        assert other.pareto == one.pareto


@settings(max_examples=40, deadline=None)
@given(films(), st.sampled_from(Electrode), st.randoms(use_true_random=False))
def test_the_order_of_the_films_does_not_matter(records, electrode, random):
    shuffled = random.sample(records, len(records))
    assert rank(shuffled, electrode, draws=50) == rank(records, electrode, draws=50)
