"""Uptake curves from streams of frames whose history is known."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.oxygen.kinetics import first_order_rate
from lithicoat.analysis.oxygen.species import REACTED, Census, Oxygen, Source, take_census
from lithicoat.analysis.oxygen.uptake import (
    UptakeCurve,
    capture_times,
    releases,
    settled_states,
    uptake_curve,
)
from lithicoat.analysis.properties import Bound

INTERVAL = 0.02
SIZES = {"interval_ps": INTERVAL, "area_nm2": 2.0, "volume_nm3": 1.5}


def told(rows, lengths=None):
    """Make frames of which only the states of two oxygens, one molecule, are known."""
    lengths = lengths or [None] * len(rows)
    return [Census((row, row), (length, length), {}) for row, length in zip(rows, lengths, strict=True)]


def film():
    """Return Li and S far enough apart for each sulfur to take up one O2 by itself."""
    film = bulk("LiS", "rocksalt", a=5.2, cubic=True).repeat((3, 3, 1))
    film.cell[2, 2] = 25.0
    return film


def frames(times_ps, *, duration_ps):
    """Yield censuses of a film whose sulfurs take up one molecule each at the given times, as SO2 units."""
    solid = film()
    sulfurs = [i for i, s in enumerate(solid.get_chemical_symbols()) if s == "S"]
    number = len(solid)
    source = Source(tuple(range(number, number + 2 * len(times_ps))))
    for frame in range(round(duration_ps / INTERVAL) + 1):
        atoms = solid.copy()
        for molecule, time in enumerate(times_ps):
            if time is not None and frame * INTERVAL >= time:
                seat = solid.positions[sulfurs[molecule]]
                atoms += Atoms("O2", positions=seat + np.array([[1.1, 0, 1.1], [-1.1, 0, 1.1]]))
            else:
                here = np.array([3.0 * (molecule % 5), 3.0 * (molecule // 5), 15.0])
                atoms += Atoms("O2", positions=here + np.array([[0, 0, 0], [0, 0, 1.21]]))
        yield take_census(atoms.get_chemical_symbols(), atoms.positions, atoms.cell.array, source)


def test_a_known_history_is_read_back():
    rng = np.random.default_rng(5)
    drawn = rng.exponential(1.2, 12)
    truth = [round(float(t), 6) if t < 1.0 else None for t in drawn]
    censuses = list(frames(truth, duration_ps=1.0))
    source = Source(tuple(range(72, 72 + 24)))
    found = capture_times(censuses, source, interval_ps=INTERVAL)
    for time, true in zip(found, truth, strict=True):
        assert (time is None) == (true is None)
        assert time is None or 0 <= time - true <= INTERVAL + 1e-9
    rate = first_order_rate(found, duration_ps=1.0)
    assert rate.low_per_ps < 1 / 1.2 < rate.high_per_ps
    curve = uptake_curve(censuses, source, **SIZES)
    expected = [sum(t is not None and t <= now + 1e-9 for t in truth) for now in curve.times_ps]
    assert curve.o2[-1] == expected[-1]
    assert np.abs(np.subtract(curve.o2, expected)).max() <= 1
    assert curve.final["SO2"] == expected[-1]
    assert curve.final["S-O bonds"] == 2 * expected[-1]
    assert curve.final["sulfide"] == 36 - expected[-1]
    assert curve.final["O2 gas"] == 12 - expected[-1]


def test_oxygen_is_conserved():
    censuses = list(frames([0.1, 0.3, None], duration_ps=0.5))
    curve = uptake_curve(censuses, Source(tuple(range(72, 78))), **SIZES)
    for index in range(len(curve.times_ps)):
        atoms = sum(
            curve.species.get(state.value, (0,) * len(curve.o2))[index]
            * (2 if state in {Oxygen.GAS, Oxygen.ADSORBED} else 1)
            for state in Oxygen
        )
        assert atoms == 6


def test_a_single_odd_frame_is_passed_over():
    rows = [Oxygen.GAS] * 20
    rows[9] = Oxygen.OXIDE
    assert {row[0] for row in settled_states(told(rows), interval_ps=INTERVAL)} == {Oxygen.GAS}
    assert capture_times(told(rows), Source((0, 1)), interval_ps=INTERVAL) == (None,)


def test_held_dioxygen_is_told_by_its_mean_length():
    lengths = [1.20, 1.36] * 10  # O2 that vibrates over the border, 1.28 Å, with a mean on either side
    shifted = [length + 0.05 for length in lengths]
    states = [Oxygen.ADSORBED, Oxygen.SUPEROXIDE] * 10
    short = [length - 0.05 for length in lengths]
    assert {row[0] for row in settled_states(told(states, short), interval_ps=INTERVAL)} == {Oxygen.ADSORBED}
    long = {row[0] for row in settled_states(told(states, shifted), interval_ps=INTERVAL)}
    assert long == {Oxygen.SUPEROXIDE}


def test_what_left_again_was_not_taken_up():
    rows = [Oxygen.GAS] * 10 + [Oxygen.BONDED] * 20 + [Oxygen.ESCAPED] * 20
    censuses = told(rows)
    assert capture_times(censuses, Source((0, 1)), interval_ps=INTERVAL) == (None,)
    curve = uptake_curve(censuses, Source((0, 1)), **SIZES)
    assert max(curve.o2) == 1
    assert curve.o2[-1] == 0
    assert "2 O left the film again in another gas" in curve.uptake().flags


def test_what_comes_and_goes_is_counted():
    rows = ([Oxygen.GAS] * 10 + [Oxygen.SUPEROXIDE] * 10) * 3
    lengths = ([None] * 10 + [1.33] * 10) * 3
    censuses, source = told(rows, lengths), Source((0, 1))
    assert releases(censuses, source, interval_ps=INTERVAL) == 2
    (time,) = capture_times(censuses, source, interval_ps=INTERVAL)
    assert time == pytest.approx(50 * INTERVAL, abs=2 * INTERVAL)
    assert capture_times(censuses, source, interval_ps=INTERVAL, states=REACTED) == (None,)


def test_a_molecule_is_taken_when_one_of_its_atoms_is():
    row = Census((Oxygen.OXIDE, Oxygen.BONDED), (None, None), {})
    rows = [*told([Oxygen.GAS] * 10), *[row] * 10]
    (time,) = capture_times(rows, Source((0, 1)), interval_ps=INTERVAL)
    assert time == pytest.approx(10 * INTERVAL)
    assert uptake_curve(rows, Source((0, 1)), **SIZES).o2[-1] == 1


def test_oxygens_of_an_electrode_count_one_by_one():
    stays, goes = Oxygen.LATTICE, Oxygen.BONDED
    rows = [Census((stays, stays), (None, None), {})] * 10 + [Census((stays, goes), (None, None), {})] * 10
    source = Source((0, 1), electrode=(0, 1, 2))
    assert capture_times(rows, source, interval_ps=INTERVAL) == (None, pytest.approx(10 * INTERVAL))
    curve = uptake_curve(rows, source, **SIZES)
    assert not curve.gas
    assert curve.o2[-1] == 0.5


def test_units_of_the_uptake():
    curve = UptakeCurve(
        times_ps=(0.0, 1.0),
        o2=(0.0, 4.0),
        species={"O2 gas": (8, 4), "peroxide": (0, 8)},
        offered=8,
        area_nm2=2.0,
        volume_nm3=1.0,
        gas=True,
    )
    assert curve.o2_per_nm2 == (0.0, 2.0)
    assert curve.uptake().value == 2.0
    assert curve.uptake().uncertainty == pytest.approx(np.sqrt(4 * 0.5) / 2)
    per_volume = curve.uptake_per_volume()
    assert per_volume.value == pytest.approx(4 / 6.02214076e23 / 1e-21)
    assert per_volume.value == pytest.approx(curve.o2_mol_per_cm3[-1])
    assert "held: 8 O peroxide" in curve.uptake().flags


def test_oxygens_of_an_electrode_are_counted_singly():
    curve = UptakeCurve(
        times_ps=(0.0,), o2=(0.5,), species={}, offered=20, area_nm2=0.5, volume_nm3=1.0, gas=False
    )
    assert curve.uptake().value == 1.0
    assert curve.uptake().uncertainty == pytest.approx(np.sqrt(1 - 1 / 40))  # one of 40, each half an O2


def test_no_uptake_is_a_bound():
    curve = uptake_curve(told([Oxygen.GAS] * 10), Source((0, 1)), **SIZES)
    found = curve.uptake()
    assert found.bound is Bound.UPPER
    assert found.value == pytest.approx(0.95 / 2)  # of the one molecule that there is, over 2 nm²
    assert "nothing was taken up" in found.flags


def test_long_curves_are_thinned():
    curve = uptake_curve(told([Oxygen.GAS] * 3001), Source((0, 1)), **SIZES)
    assert len(curve.times_ps) == 400
    assert curve.times_ps[-1] == pytest.approx(60.0)


def test_impossible_curves():
    with pytest.raises(DataError, match="needs frames"):
        uptake_curve([], Source((0, 1)), **SIZES)
    with pytest.raises(ValueError, match="differ in length"):
        UptakeCurve(times_ps=(0.0,), o2=(0.0, 1.0), species={}, offered=1, area_nm2=1, volume_nm3=1, gas=True)
