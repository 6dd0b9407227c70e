from dataclasses import replace

import pytest

from lithicoat.analysis.mechanics.calibration import UNCALIBRATED
from lithicoat.analysis.report.cautions import Weight, cautions, notes


def told(screening, weight=Weight.WARNING):
    return " ".join(caution.text for caution in cautions(screening) if caution.weight is weight)


def changed(screening, **update):
    first, *others = screening.records
    return replace(screening, records=(first.model_copy(update=update), *others))


def test_warnings_come_before_notes(screening):
    weights = [caution.weight for caution in cautions(screening)]
    assert weights == sorted(weights, key=lambda weight: weight is Weight.NOTE)


def test_a_try_out_protocol_is_the_first_warning(screening):
    assert screening.try_out
    assert "for trying out" in cautions(screening)[0].text


def test_serious_protocols_are_not_warned_of(screening):
    records = tuple(record.model_copy(update={"try_out": False}) for record in screening.records)
    assert "for trying out" not in told(replace(screening, records=records))


def test_films_without_a_record_are_named(screening):
    missing = screening.records[0].coating
    assert f"1 of {len(screening.campaign.coatings)} films" in told(
        replace(screening, records=screening.records[1:])
    )
    assert missing in told(replace(screening, records=screening.records[1:]))


def test_failures_are_told_with_their_reason(screening):
    broken = changed(screening, failures={"elastic": "bond C3–O7 broke"})
    details = [detail for caution in cautions(broken) for detail in caution.details]
    assert f"{screening.records[0].coating}: elastic: bond C3–O7 broke" in details


def test_an_uncalibrated_potential_is_warned_of(screening):
    properties = dict(screening.records[0].properties)
    modulus = properties["shear_modulus_calibrated"]
    properties["shear_modulus_calibrated"] = modulus.model_copy(update={"flags": (UNCALIBRATED,)})
    assert "not calibrated" in told(changed(screening, properties=properties))


def test_bounds_are_warned_of_film_by_film(screening):
    bounded = [
        record.coating
        for record in screening.records
        if record.properties["log10_conductivity_298K"].bound is not None
    ]
    assert bounded
    text = told(screening)
    assert all(film in text for film in bounded)


def test_numbers_of_another_potential_are_told(screening):
    assert "chgnet" in told(screening, Weight.NOTE)


def test_films_that_fail_a_gate_are_told_with_the_number(screening):
    failing = [film for films in screening.rankings.values() for film in films if "failed" in
               {state.value for state in film.gates.values()}]  # fmt: skip
    assert failing
    details = " ".join(detail for caution in cautions(screening) for detail in caution.details)
    assert all(film.id in details for film in failing)


@pytest.mark.parametrize("flag", ["one replica: spread unknown"])
def test_notes_say_of_which_numbers_a_flag_is(screening, flag):
    films = notes(screening)[flag]
    assert "shear modulus" in " ".join(next(iter(films.values())))
