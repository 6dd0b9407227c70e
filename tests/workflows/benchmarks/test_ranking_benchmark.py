"""The benchmark of the decision: what it times, and that its result can be read again."""

import json

import numpy as np

from lithicoat.analysis.decision.ranking import rank
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.workflows.benchmarks.ranking import made_up_records, ranking_benchmark
from lithicoat.workflows.benchmarks.results import Subject, parsed


def test_the_tasks_are_timed_and_written():
    found = ranking_benchmark(films=50, repeats=1)
    assert [row.task for row in found.times] == [
        "criterion",
        "ranking of the anode",
        "ranking of the cathode",
    ]
    assert all(row.wall_s > 0 and row.films == 50 for row in found.times)
    assert parsed(json.loads(found.model_dump_json()), Subject.RANKING) == found
    assert "criterion, 50 films:" in found.summary


def test_made_up_films_stand_in_every_group_and_at_many_scores():
    ranking = rank(made_up_records(300), Electrode.CATHODE, draws=20)
    groups = [max(state.group for state in film.gates.values()) for film in ranking]
    assert set(groups) == {0, 2}
    assert np.std([film.score for film in ranking]) > 0.1
