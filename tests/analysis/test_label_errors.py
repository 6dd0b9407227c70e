"""Errors against labels: hand-counted cases, identities, and the bootstrap over sources."""

import numpy as np
import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.label_errors import ALL, Estimate, Labelled, compare


def _frame(
    energy: float, forces: float, *, source: str = "a", family: str = "f", stress: float | None = None
):
    return Labelled(
        family=family,
        source=source,
        energy_eV=energy,
        forces_eV_A=np.full((2, 3), forces),
        stress_GPa=None if stress is None else np.full(6, stress),
    )


def test_errors_of_two_frames_counted_by_hand():
    labels = [_frame(1.0, 2.0, stress=1.0), _frame(1.0, -2.0, source="b", stress=1.0)]
    found = compare(labels, [_frame(1.2, 2.1, stress=1.5), _frame(0.6, -2.3, source="b", stress=0.9)])
    errors = found.overall
    assert errors.energy_mae_eV_atom.value == pytest.approx((0.1 + 0.2) / 2)
    assert errors.energy_rmse_eV_atom.value == pytest.approx(np.sqrt((0.01 + 0.04) / 2))
    assert errors.forces_mae_eV_A.value == pytest.approx(0.2)
    assert errors.forces_rmse_eV_A.value == pytest.approx(np.sqrt((0.01 + 0.09) / 2))
    assert errors.forces_rms_eV_A.value == pytest.approx(2.0)
    assert errors.forces_relative is not None
    assert errors.forces_relative.value == pytest.approx(0.1)
    assert errors.stress_mae_GPa is not None
    assert errors.stress_mae_GPa.value == pytest.approx(0.3)
    assert (errors.family, errors.frames, errors.atoms, errors.sources) == (ALL, 2, 4, 2)


def test_families_are_kept_apart():
    labels = [_frame(0, 1, family="hot"), _frame(0, 1, family="cold")]
    found = compare(labels, [_frame(0, 2, family="hot"), _frame(0, 1, family="cold")])
    assert found.family("hot").forces_mae_eV_A.value == pytest.approx(1)
    assert found.family("cold").forces_mae_eV_A.value == 0
    assert found.overall.forces_mae_eV_A.value == pytest.approx(0.5)


def test_a_large_frame_counts_by_its_components():
    large = Labelled(family="f", source="a", energy_eV=0, forces_eV_A=np.zeros((8, 3)))
    wrong = Labelled(family="f", source="a", energy_eV=8.0, forces_eV_A=np.ones((8, 3)))
    small = _frame(0, 0)
    errors = compare([large, small], [wrong, small]).overall
    assert errors.forces_mae_eV_A.value == pytest.approx(8 / 10)
    assert errors.energy_mae_eV_atom.value == pytest.approx(0.5)


def test_the_standard_error_is_that_of_independent_sources():
    """40 sources of 5 equal frames: the standard error is that of 40 numbers, not of 200."""
    errors_eV_A = np.random.default_rng(3).exponential(size=40)
    labels = [_frame(0, 1, source=str(i)) for i in range(40) for _ in range(5)]
    wrong = [_frame(0, 1 + errors_eV_A[i], source=str(i)) for i in range(40) for _ in range(5)]
    found = compare(labels, wrong, resamples=4000).overall.forces_mae_eV_A
    assert found.value == pytest.approx(errors_eV_A.mean())
    assert found.uncertainty == pytest.approx(errors_eV_A.std() / np.sqrt(40), rel=0.1)


def test_one_source_has_no_standard_error():
    assert compare([_frame(0, 1)], [_frame(0, 2)]).overall.forces_mae_eV_A.uncertainty is None


def test_frames_without_stress_have_no_stress_error():
    errors = compare([_frame(0, 1), _frame(0, 1, stress=2)], [_frame(0, 1), _frame(0, 1, stress=3)]).overall
    assert errors.stress_frames == 1
    assert errors.stress_mae_GPa is not None
    assert errors.stress_mae_GPa.value == pytest.approx(1)
    assert compare([_frame(0, 1)], [_frame(0, 1)]).overall.stress_mae_GPa is None


def test_forces_that_are_all_zero_have_no_relative_error():
    assert compare([_frame(0, 0)], [_frame(0, 1)]).overall.forces_relative is None


def test_the_table_names_every_family_and_its_units():
    lines = compare([_frame(0, 1, family="hot")], [_frame(0, 1.1, family="hot")]).lines()
    assert "meV/Å" in lines[0]
    assert [line.split()[0] for line in lines[1:]] == ["hot", ALL]
    assert lines[1].split()[3:5] == ["100", "10.0"]


@pytest.mark.parametrize(
    ("predictions", "sentence"),
    [
        ([], "0 predictions cannot be compared with 1"),
        ([_frame(np.nan, 1)], "not a finite number"),
        ([Labelled(family="f", source="a", energy_eV=0, forces_eV_A=np.zeros((3, 3)))], "has 2 atoms"),
    ],
)
def test_what_cannot_be_compared_is_refused(predictions: list[Labelled], sentence: str):
    with pytest.raises(DataError, match=sentence):
        compare([_frame(0, 1)], predictions)


def test_an_unknown_family_is_named():
    with pytest.raises(DataError, match="no family warm"):
        compare([_frame(0, 1)], [_frame(0, 1)]).family("warm")


@pytest.mark.parametrize(
    ("value", "uncertainty", "text"),
    [(1.2345, 0.2109, "1230 ± 210"), (0.00012344, None, "0.123")],
)
def test_a_figure_is_rounded_to_what_its_error_allows(value: float, uncertainty: float | None, text: str):
    assert Estimate(value=value, uncertainty=uncertainty).text(1000) == text
