"""`lithicoat benchmark windows`, from the shipped reference energies."""

import json

import pytest

from lithicoat.workflows.benchmarks.results import Subject, parsed
from lithicoat.workflows.benchmarks.windows import window_benchmark
from lithicoat.workflows.cli import run
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.registry import resolve

ASKED = ("Li2S", "LiF", "Li2O", "Li3PO4")


@pytest.mark.parametrize("potential", ["mace-lithicoat-1", "chgnet"])
def test_windows_near_those_of_measured_enthalpies(potential: str):
    """Limits within three standard uncertainties and half a volt of the measured ones; LiF and Li2S inert."""
    found = window_benchmark(resolve(potential), films=["Li2S", "LiF", "Li2O", "Li2CO3"])
    assert [row.film for row in found.rows] == ["Li2S", "LiF", "Li2O", "Li2CO3"]
    for row in found.rows:
        assert row.measured is not None
        for mine, theirs in ((row.window.low, row.measured.low), (row.window.high, row.measured.high)):
            value, error = mine.potential.value, mine.potential.uncertainty
            assert value == pytest.approx(theirs.potential.value, abs=min(0.5, 3 * (error or 0.0) + 1e-9))
    assert "in the mean" in found.headline()


def test_the_table_names_sources_and_both_ends():
    lines = window_benchmark(resolve("mace-lithicoat-1"), films=ASKED).lines()
    text = "\n".join(lines)
    assert "Moradabadi & Kaghazchi" in text
    assert "0.69 to ? V (DFT)" in text
    assert "below: Li3PO4 + 8 Li -> 4 Li2O + Li3P" in text
    assert "above: LiF -> Li + 0.5 F2" in text


def test_what_has_no_window_is_left_out_with_the_reason():
    found = window_benchmark(resolve("mace-lithicoat-1"), films=["LiF", "NaCl"])
    assert list(found.left_out) == ["NaCl"]
    assert "no reference phase NaCl" in found.left_out["NaCl"]
    with pytest.raises(UsageError, match="gives no window: no reference phase NaCl"):
        window_benchmark(resolve("mace-lithicoat-1"), films=["NaCl"])


def test_the_command(capsys: pytest.CaptureFixture[str]):
    assert run(["benchmark", "windows", "--films", "LiF,Li2S", "--json", "--quiet"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [row["film"] for row in answer["rows"]] == ["LiF", "Li2S"]
    assert parsed(answer, Subject.WINDOWS).headline() == answer["summary"]
