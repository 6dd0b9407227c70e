"""What is said about progress where stderr is no terminal."""

import pytest

from lithicoat.workflows.commands.display import CampaignDisplay, StepDisplay, duration
from lithicoat.workflows.progress import Outcome


@pytest.mark.parametrize(("seconds", "text"), [(40, "40 s"), (720, "12 min"), (12600, "3.5 h")])
def test_durations_are_in_the_words_of_a_person(seconds: float, text: str):
    assert duration(seconds) == text


def test_films_side_by_side_keep_their_own_marks(capsys: pytest.CaptureFixture[str]):
    display = CampaignDisplay(2, greeting=["campaign trial"])
    display.campaign_started()
    for film in ("LiGL", "Li2S"):
        display.film_started(film, ("build", "relax", "record"))
    display.step_ended("LiGL", "build", Outcome.DONE)
    display.step_ended("Li2S", "build", Outcome.REUSED)
    display.step_ended("LiGL", "relax", Outcome.FAILED)
    display.step_advanced("Li2S", "relax", 1, 10, "steps")
    display.film_ended("LiGL", {"relax": "not converged in 500 steps."})
    display.step_ended("Li2S", "relax", Outcome.DONE)
    display.film_ended("Li2S", {})
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "campaign trial"
    assert "failed: LiGL relax: not converged in 500 steps. The other films go on." in said
    assert "LiGL      build ✓  relax ✗" in said
    assert "Li2S      build ↺  relax ✓" in said
    assert said[-1] == "2 of 2 films done · 1 failed · 1 steps reused"
    assert (display.computed, display.reused, display.failed) == (2, 1, 1)


def test_quiet_tells_of_failures_only(capsys: pytest.CaptureFixture[str]):
    display = CampaignDisplay(1, greeting=["campaign trial"], quiet=True)
    display.campaign_started()
    display.film_started("LiGL", ("build", "record"))
    display.step_ended("LiGL", "build", Outcome.FAILED)
    display.film_ended("LiGL", {"build": "no room"})
    assert capsys.readouterr().err == "failed: LiGL build: no room. The other films go on.\n"


def test_one_task_leaves_a_line_per_step(capsys: pytest.CaptureFixture[str]):
    display = StepDisplay()
    with display.shown():
        display.started("relax")
        display.advanced("relax", 1, 10, "steps")
        display.ended("relax", Outcome.DONE)
    assert capsys.readouterr().err == "relax ✓\n"


def test_the_time_left_counts_computed_steps_only(monkeypatch: pytest.MonkeyPatch):
    now = iter([0.0, 100.0])
    monkeypatch.setattr("lithicoat.workflows.commands.display.time.monotonic", lambda: next(now))
    display = CampaignDisplay(2)
    display.film_started("LiGL", ("build", "anneal", "relax", "elastic", "record"))
    for step, outcome in (("build", Outcome.REUSED), ("anneal", Outcome.REUSED), ("relax", Outcome.DONE)):
        display.step_ended("LiGL", step, outcome)
    # 100 s for the one computed step; five of the eight steps of two films are to come
    assert display._time_left() == " · about 8 min left"
