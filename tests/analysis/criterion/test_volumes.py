import numpy as np
import pytest

from lithicoat.analysis.criterion.spheres import METAL_A3
from lithicoat.analysis.criterion.volumes import (
    NEUTRAL,
    ONE_CELL,
    SWELLS,
    LithiumCell,
    lithium_volume_ratio,
    volume_slope,
)
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.films.ensembles import ONE_REPLICA


def cell(change, volume_A3, *, error_A3=0.0, atoms=40):
    return LithiumCell(
        label=f"{change:+d}",
        change=change,
        atoms=atoms + change,
        volume_change_A3=volume_A3,
        error_A3=error_A3,
        energy_change_eV=0.0,
        farthest_A=0.1,
    )


@pytest.mark.parametrize("changes", [(-1,), (-1, -2), (-1, -1, 1), (-3, 1, 2), (1,)])
def test_a_solid_that_grows_alike_with_each_atom_has_that_volume(changes):
    slope = volume_slope([cell(change, 7.5 * change) for change in changes])
    assert slope.volume_A3 == pytest.approx(7.5)
    assert slope.uncertainty_A3 is None if len(changes) == 1 else slope.uncertainty_A3 == pytest.approx(0)


def test_lithium_in_its_own_metal_has_a_ratio_of_one():
    found = lithium_volume_ratio([[cell(-1, -METAL_A3), cell(1, METAL_A3)]], crystal=True)
    assert found.value == pytest.approx(1.0)
    assert found.uncertainty == pytest.approx(0.0)
    assert (found.unit, SWELLS in found.flags, NEUTRAL in found.flags) == ("1", False, True)


def test_sites_with_one_atom_less_give_the_standard_error_of_their_mean():
    volumes = np.array([3.0, 5.0, 10.0])
    slope = volume_slope([cell(-1, -volume) for volume in volumes])
    assert slope.volume_A3 == pytest.approx(volumes.mean())
    assert slope.uncertainty_A3 == pytest.approx(volumes.std(ddof=1) / np.sqrt(3))


def test_taking_out_and_putting_in_weigh_alike():
    slope = volume_slope([cell(-1, 4.0), cell(-1, 4.0), cell(-1, 4.0), cell(1, 10.0)])
    assert slope.volume_A3 == pytest.approx((-4.0 + 10.0) / 2)
    pair = volume_slope([cell(-1, 4.0), cell(1, 10.0)])
    assert pair.volume_A3 == pytest.approx(3.0)
    assert pair.uncertainty_A3 == pytest.approx(7.0)  # half of what the two sides differ by


def test_volumes_that_curve_show_in_the_uncertainty():
    straight = volume_slope([cell(-1, -5.0), cell(-2, -10.0)])
    curved = volume_slope([cell(-1, -5.0), cell(-2, -12.0)])
    assert straight.uncertainty_A3 == pytest.approx(0.0)
    assert curved.uncertainty_A3 > 0.1
    assert 5.0 < curved.volume_A3 < 6.0


def test_errors_of_the_volumes_join():
    rough = volume_slope([cell(-1, -5.0, error_A3=0.3), cell(-1, -5.0, error_A3=0.4)])
    assert rough.uncertainty_A3 == pytest.approx(0.25)


def test_the_standard_error_covers_the_truth():
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(400):
        volumes = 6.0 * np.array([-1] * 6 + [1] * 6) + rng.normal(0, 4.0, 12)
        slope = volume_slope([cell(-1 if k < 6 else 1, volume) for k, volume in enumerate(volumes)])
        hits += abs(slope.volume_A3 - 6.0) < slope.uncertainty_A3
    assert 0.60 < hits / 400 < 0.74


def test_the_order_of_the_cells_does_not_matter():
    cells = [cell(-1, 3.0), cell(-2, 9.0), cell(1, -2.0)]
    one, other = volume_slope(cells), volume_slope(cells[::-1])
    assert one.volume_A3 == pytest.approx(other.volume_A3)
    assert one.uncertainty_A3 == pytest.approx(other.uncertainty_A3)


def test_replicas_are_averaged_with_their_spread():
    replicas = [[cell(-1, -volume), cell(1, volume)] for volume in (10.0, 14.0)]
    found = lithium_volume_ratio(replicas, crystal=False)
    assert found.value == pytest.approx(12.0 / METAL_A3)
    assert found.uncertainty == pytest.approx(2.0 / METAL_A3)
    assert "0.56 as lithium leaves, 0.56 as it enters" in found.flags
    assert "from relaxed cells of 40 atoms, 2 with lithium taken out and 2 with lithium put in" in found.flags


def test_one_cell_of_one_replica_says_so():
    film = lithium_volume_ratio([[cell(-1, 4.0)]], crystal=False)
    assert film.uncertainty is None
    assert {ONE_REPLICA, ONE_CELL, SWELLS} <= set(film.flags)
    crystal = lithium_volume_ratio([[cell(-1, 4.0)]], crystal=True)
    assert ONE_REPLICA not in crystal.flags
    assert crystal.value == pytest.approx(-4.0 / METAL_A3)


def test_a_slope_needs_another_content():
    with pytest.raises(DataError, match="needs a cell with another lithium content"):
        volume_slope([])
    with pytest.raises(DataError, match="as much lithium as the film"):
        volume_slope([cell(-1, 3.0), cell(0, 0.0)])
