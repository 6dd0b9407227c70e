"""What is said of the properties holds for those that records have."""

import re

from lithicoat.analysis.database import Database, quantities, quantity
from lithicoat.analysis.decision.scheme import Electrode, default_scheme
from lithicoat.analysis.records import ScreeningRecord


def test_every_property_of_real_records_is_described_in_its_unit():
    for record in Database.example().records():
        for name, found in record.properties.items():
            assert quantities()[name].unit == found.unit, name


def test_the_docstring_of_a_record_names_every_one():
    documented = set(re.findall(r"[\w]+", ScreeningRecord.__doc__ or ""))
    assert set(quantities()) <= documented


def test_the_ranking_judges_what_is_described():
    scheme = default_scheme()
    for name, judged in scheme.quantities.items():
        assert quantities()[name].unit == judged.unit, name
    for electrode in Electrode:
        named = [source.property for term in scheme.terms(electrode) for source in term.sources]
        assert set(named) <= set(quantities())


def test_steps_behind_a_property_are_there():
    records = Database.example().records()
    for record in records:
        names = set(record.steps.values())
        for name, found in record.properties.items():
            if found.resolved and quantities()[name].steps:
                assert any(step.startswith(quantities()[name].steps[-1]) for step in names), (
                    record.coating,
                    name,
                )


def test_headings_have_units():
    assert quantity("shear_modulus_calibrated").heading == "G (GPa)"
    assert quantity("poisson_ratio").heading == "ν"
    assert all(facts.label and facts.meaning.endswith(".") for facts in quantities().values())
    assert len({facts.symbol for facts in quantities().values()}) == len(quantities())
