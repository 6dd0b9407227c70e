import math

import numpy as np
import pytest

from lithicoat.analysis.criterion.inputs import FilmMechanics
from lithicoat.analysis.database import Database
from lithicoat.analysis.decision.ranking import ranked
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import judge
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.conductivities import log10_conductivity
from lithicoat.analysis.figures.interactive_arrhenius import arrhenius_plot
from lithicoat.analysis.figures.interactive_fronts import front_plot
from lithicoat.analysis.figures.interactive_map import THRESHOLD_GPA, conductivity_stiffness_plot
from lithicoat.analysis.figures.interactive_places import places_plot, scores_plot
from lithicoat.analysis.figures.interactive_stability import stability_plot
from lithicoat.analysis.figures.interactive_uptake import FilmUptake, uptake_plot
from lithicoat.analysis.figures.interactive_windows import adhesion_plot, window_plot
from lithicoat.analysis.properties import Bound, Property

DRAWS = 200


@pytest.fixture(scope="module")
def records():
    return Database.example().records(campaign="mission-films")


@pytest.fixture(scope="module")
def sheet(records):
    return judge(records, Electrode.CATHODE)


def changed(record, **properties):
    return record.model_copy(update={"properties": {**record.properties, **properties}})


def test_the_map_has_every_film_where_its_numbers_are(records):
    plot = conductivity_stiffness_plot(records)
    assert [row[0] for row in plot.table.rows] == [record.coating for record in records]
    for trace, record in zip(plot.figure.data, records, strict=True):
        assert math.log10(trace.x[0]) == pytest.approx(log10_conductivity(record).value)
        assert trace.y[0] == record.properties["shear_modulus_calibrated"].value
    assert THRESHOLD_GPA == 8.5


def test_the_map_names_films_that_lack_a_number(records):
    lacking = changed(records[0], shear_modulus_calibrated=Property.missing("GPa", "not relaxed"))
    plot = conductivity_stiffness_plot([lacking, *records[1:]])
    assert f"not drawn, no shear modulus: {lacking.coating}" in plot.notes
    with pytest.raises(DataError, match="no film has both"):
        conductivity_stiffness_plot([lacking])


def test_a_conductivity_without_its_logarithm_is_turned_into_one(records):
    sigma = Property(value=1e-6, uncertainty=1e-7, unit="S/cm")
    record = records[0].model_copy(update={"properties": {"conductivity_298K": sigma}})
    found = log10_conductivity(record)
    assert found.value == pytest.approx(-6)
    assert found.uncertainty == pytest.approx(0.1 / math.log(10), rel=0.02)


def test_the_front_names_what_no_film_beats(sheet):
    plot = front_plot(sheet)
    assert {row[0].split("\u00a0")[0] for row in plot.table.rows} == set(sheet.films)
    assert plot.figure.data[0].name == "front of these two"
    with pytest.raises(DataError, match="no plane to draw"):
        front_plot(judge([], Electrode.ANODE))


def test_bars_of_scores_add_up(sheet):
    films = ranked(sheet, draws=DRAWS)
    plot = scores_plot(sheet, films)
    sums = np.sum([trace.x for trace in plot.figure.data], axis=0)
    assert sums == pytest.approx([film.score for film in films])
    with pytest.raises(DataError, match="no film for the cathode"):
        scores_plot(sheet, [])


def test_shares_of_places_are_those_of_the_ranking(sheet):
    films = ranked(sheet, draws=DRAWS)
    shares = np.array(places_plot(sheet, films, draws=DRAWS).figure.data[0].z)
    assert shares[:, 0] == pytest.approx([film.probability_first for film in films])
    assert shares.sum(axis=0) == pytest.approx(np.ones(len(films)))
    with pytest.raises(DataError, match="two films or more"):
        places_plot(sheet, films[:1], draws=DRAWS)


def test_windows_run_from_end_to_end(records):
    plot = window_plot(records)
    drawn = {
        film: (base, base + width)
        for trace in plot.figure.data[:-1]
        for film, base, width in zip(trace.y, trace.base, trace.x, strict=True)
    }
    for record in records:
        low, high = record.properties["window_low"].value, record.properties["window_high"].value
        assert drawn[record.coating] == pytest.approx((low, high))


def test_an_end_that_is_not_known_is_said(records):
    open_ended = changed(records[0], window_high=Property.missing("V", "no lithium"))
    assert f"upper end not known, bar cut: {open_ended.coating}" in window_plot([open_ended]).notes
    bare = changed(open_ended, window_low=Property.missing("V", "no lithium"))
    with pytest.raises(DataError, match="no electrochemical window"):
        window_plot([bare])


def test_adhesion_is_drawn_where_there_is_some(records):
    work = Property(value=0.8, uncertainty=0.1, unit="J/m2")
    plot = adhesion_plot([changed(records[0], adhesion_lithium=work), *records[1:]])
    assert plot.table.rows == [[records[0].coating, "0.80 ± 0.10 J m⁻²", "–"]]
    with pytest.raises(DataError, match="no work of adhesion"):
        adhesion_plot([record.model_copy(update={"properties": {}}) for record in records])


def test_runs_stand_at_their_temperatures(records):
    database = Database.example()
    runs = {record.coating: database.evidence(record).temperatures()["Li"] for record in records[:2]}
    plot = arrhenius_plot(runs, {})
    for trace, of_film in zip(plot.figure.data, runs.values(), strict=True):
        assert [1000 / x for x in trace.x[: len(of_film)]] == pytest.approx(
            [run.temperature_K for run in of_film]
        )
        arrows = [run for run in of_film if run.diffusivity.bound is Bound.UPPER]
        assert list(trace.marker.symbol).count("triangle-down") == len(arrows)
    with pytest.raises(DataError, match="no diffusivity"):
        arrhenius_plot({}, {})


def test_a_staircase_ends_at_the_capacity_of_its_last_step(records):
    database = Database.example()
    record = next(record for record in records if record.coating == "Li2S")
    evidence = database.evidence(record)
    capacity = 1000 * record.properties["scavenging_capacity"].value
    steps = evidence.uptake()
    plot = uptake_plot({"Li2S": FilmUptake(steps=steps, mmol_cm3_per_o2=capacity / steps[-1].reaction.o2)})
    assert max(plot.figure.data[0].y) == pytest.approx(capacity)
    with pytest.raises(DataError, match="no film takes up oxygen"):
        uptake_plot({"Li2SO4": FilmUptake(steps=(), mmol_cm3_per_o2=0.0)})


def test_the_map_of_stability_has_a_mark_for_each_volume_ratio(records):
    films = [FilmMechanics.of_record(record) for record in records]
    marks = [trace for trace in stability_plot(films).figure.data if trace.mode == "markers"]
    ratios = [ratio for film in films for ratio in film.volume_ratios.values() if ratio.value is not None]
    assert len(marks) == len(ratios)
    with pytest.raises(DataError, match="no film with a shear modulus and a volume ratio"):
        stability_plot([FilmMechanics(shear_modulus=Property.missing("GPa", "none"), name="x")])


def test_only_films_with_a_window_of_their_own_are_called_stable(records):
    whole = changed(
        records[0], window_low=Property(value=0.0, unit="V"), window_high=Property(value=5.0, unit="V")
    )
    assert whole.coating in window_plot([whole]).says
    flag = "the film lies 0.1 eV/atom above the hull: the window is that of what it decays to (Li2S)"
    decaying = changed(
        records[0],
        window_low=Property(value=0.0, unit="V", flags=(flag,)),
        window_high=Property(value=5.0, unit="V", flags=(flag,)),
    )
    assert decaying.coating not in window_plot([decaying]).says
