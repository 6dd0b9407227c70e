import numpy as np
import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.transport.density_map import density_map

CELL = np.array([[6.0, 0, 0], [1.0, 5.0, 0], [0.5, 0.7, 7.0]])
SYMBOLS = ("Li", "Li", "S", "S")


def _run(frames: int = 400, *, spread: float = 0.3, drift: float = 0.0, seed: int = 0) -> np.ndarray:
    """Vibrations about two lithium and two sulfur sites, all drifting."""
    rng = np.random.default_rng(seed)
    sites = np.array([[0.25, 0.25, 0.25], [0.75, 0.75, 0.75], [0.0, 0.0, 0.0], [0.5, 0.5, 0.5]]) @ CELL
    noise = rng.normal(0, spread, (frames, 4, 3))
    noise[:, 2:] *= 0.1
    return sites + noise + drift * np.arange(frames)[:, None, None]


def _volume_element(found) -> float:
    return abs(np.linalg.det(CELL)) / found.per_A3.size


@pytest.mark.parametrize("smearing_A", [0.0, 0.25])
def test_the_density_integrates_to_the_number_of_ions(smearing_A):
    found = density_map(_run(), symbols=SYMBOLS, cell_A=CELL, smearing_A=smearing_A)
    assert found.per_A3.sum() * _volume_element(found) == pytest.approx(2)
    assert found.per_A3.min() >= 0
    assert found.ions == 2
    assert found.frames == 400


def test_a_vibrating_ion_is_a_gaussian_of_both_widths():
    found = density_map(_run(20000), symbols=SYMBOLS, cell_A=CELL, smearing_A=0.2)
    width = np.hypot(0.3, 0.2)
    peak = (2 * np.pi * width**2) ** -1.5
    assert found.per_A3.max() == pytest.approx(peak, rel=0.05)
    at = np.unravel_index(found.per_A3.argmax(), found.per_A3.shape) / np.array(found.per_A3.shape)
    assert np.abs(at - np.round(at * 4) / 4).max() < 0.04


def test_ions_that_leave_the_cell_are_folded_back_and_drift_is_removed():
    still = density_map(_run(), symbols=SYMBOLS, cell_A=CELL, masses=(7, 7, 32, 32))
    shifted = _run()
    shifted[:, 0] += 3 * CELL[0] - 2 * CELL[2]
    folded = density_map(shifted, symbols=SYMBOLS, cell_A=CELL, masses=(7, 7, 32, 32))
    np.testing.assert_allclose(folded.per_A3, still.per_A3, atol=1e-9)
    drifting = density_map(_run(drift=0.05), symbols=SYMBOLS, cell_A=CELL, masses=(7, 7, 32, 32))
    np.testing.assert_allclose(drifting.per_A3, still.per_A3, atol=1e-9)
    np.testing.assert_allclose(drifting.framework_A, still.framework_A, atol=1e-9)


def test_the_framework_is_at_its_mean_place_in_the_cell():
    found = density_map(_run(), symbols=SYMBOLS, cell_A=CELL)
    assert found.framework_symbols == ("S", "S")
    fractions = found.framework_A @ np.linalg.inv(CELL)
    assert np.abs(fractions[1] - 0.5).max() < 0.01
    assert np.abs(fractions[0] - np.round(fractions[0])).max() < 0.01
    assert ((fractions > -1e-6) & (fractions < 1)).all()


def test_a_framework_of_ones_own_leaves_other_ions_out():
    positions = _run()
    positions[:, 1] += 0.3 * np.arange(len(positions))[:, None]  # this lithium wanders off
    found = density_map(
        positions,
        symbols=("S", "Li", "S", "S"),
        cell_A=CELL,
        species="Li",
        framework=np.array([False, False, True, True]),
    )
    assert found.framework_symbols == ("S", "S")


def test_reading_in_chunks_changes_nothing(monkeypatch):
    whole = density_map(_run(), symbols=SYMBOLS, cell_A=CELL)
    monkeypatch.setattr("lithicoat.analysis.transport.density_map._CHUNK", 7)
    pieces = density_map(_run().astype(np.float32), symbols=SYMBOLS, cell_A=CELL)
    np.testing.assert_allclose(pieces.per_A3, whole.per_A3, atol=2e-2 * whole.per_A3.max())
    np.testing.assert_allclose(pieces.framework_A, whole.framework_A, atol=1e-4)


def test_a_level_encloses_its_share():
    found = density_map(_run(), symbols=SYMBOLS, cell_A=CELL)
    for share in (0.3, 0.85):
        level = found.level_enclosing(share)
        inside = found.per_A3[found.per_A3 >= level].sum() / found.per_A3.sum()
        assert inside == pytest.approx(share, abs=0.01)
    with pytest.raises(DataError, match="share of the ions between 0 and 1, not 1"):
        found.level_enclosing(1)


def test_what_cannot_be_mapped_is_refused():
    with pytest.raises(DataError, match="cell has no volume"):
        density_map(_run(), symbols=SYMBOLS, cell_A=np.ones((3, 3)))
    with pytest.raises(DataError, match="positive spacing"):
        density_map(_run(), symbols=SYMBOLS, cell_A=CELL, spacing_A=0)
    with pytest.raises(DataError, match=r"grid of 0\.001 Å has more than"):
        density_map(_run(), symbols=SYMBOLS, cell_A=CELL, spacing_A=0.001)
    with pytest.raises(DataError, match="there is no Na among the atoms"):
        density_map(_run(), symbols=SYMBOLS, cell_A=CELL, species="Na")
    with pytest.raises(DataError, match="too short"):
        density_map(_run(5), symbols=SYMBOLS, cell_A=CELL)
