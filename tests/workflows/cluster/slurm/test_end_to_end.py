"""The quick campaign of three films through the queue, and the same on this machine."""

import json
import os
import subprocess

import pytest

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(3000)]

FILMS = ["Li2S", "LiGL", "Li2SO4"]
CAMPAIGN = ["--preset", "quick", "--name", "three", "--seed", "7", *FILMS]
GIVE_UP_S = 2400
"""Three films take about five minutes of one idle core; the cores may be shared."""


def test_films_rank_the_same_through_the_queue_and_here(cluster):
    place = cluster()
    place.init()
    place.lithicoat("submit", *CAMPAIGN)
    here = [place.tool, "screen", *CAMPAIGN, "--db", "here.db", "--workers", "2"]
    own = {name: value for name, value in os.environ.items() if name != "LITHICOAT_FILES"}
    with (
        place.sending(at_once=2),
        subprocess.Popen(here, cwd=place.directory, env={**own, "OMP_NUM_THREADS": "1"}) as screens,
    ):
        try:
            place.wait("all films through the queue", lambda: not place.unfinished(), within_s=GIVE_UP_S)
            assert screens.wait(GIVE_UP_S) == 0
        finally:
            screens.kill()
    place.wait("the end of the jobs", lambda: not place.jobs(), within_s=120)
    assert set(place.launches().values()) == {1}
    queued, local = (
        json.loads(place.lithicoat("rank", "--json", "--db", where))
        for where in (place.database.uri, "here.db")
    )
    for role, films in local.items():
        assert order(queued[role]) == order(films)
        for one, other in zip(queued[role], films, strict=True):
            assert one["score"] == pytest.approx(other["score"], abs=1e-6)
            assert one["terms"] == pytest.approx(other["terms"], abs=1e-6)
    ranked = {film["id"] for films in queued.values() for film in films}
    assert ranked == set(FILMS)


def order(films):
    return [(film["rank"], film["id"], film["gates"]) for film in films]
