from functools import cache

import numpy as np
import pytest

from lithicoat.analysis.criterion.spheres import (
    METAL_A3,
    RADIUS_ERROR_A,
    ionic_radius_A,
    sphere_ratio,
    sphere_volume_ratio,
    voronoi_coordination,
)
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.films.ensembles import ONE_REPLICA
from lithicoat.structures.crystals.cells import load_crystal

PUBLISHED = {
    "LiF_225": 0.0841,
    "Li2O_225": 0.1496,
    "Li2S_225": 0.1519,
    "Li2O2_194": 0.1411,
    "Li3N_191": 0.1253,
    "Li2CO3_15": 0.0479,
    "LiOH_129": 0.0914,
    "Li3PO4_31": 0.0556,
    "LiAlO2_92": 0.0514,
}
"""V(Li+)/V(Li) from relaxed cells of the Materials Project: Ahmad et al., ACS Cent. Sci. 4, 996 (2018)."""


@cache
def known(name):
    return coordination(load_crystal(f"{name}.cif"))


def coordination(atoms):
    return voronoi_coordination(
        atoms.positions, symbols=atoms.get_chemical_symbols(), cell_A=atoms.cell.array
    )


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_ratios_of_lithium_compounds_come_out(name):
    found = sphere_volume_ratio([known(name)], crystal=True)
    assert found.value == pytest.approx(PUBLISHED[name], rel=0.02)
    assert found.unit == "1"


def test_the_nine_together_come_out_within_half_a_per_cent():
    ratios = [float(sphere_ratio(known(name).mean())) / published for name, published in PUBLISHED.items()]
    assert np.mean(np.abs(np.array(ratios) - 1)) < 0.005


def test_the_line_passes_the_radii_of_shannon():
    assert ionic_radius_A([4, 6, 8]) == pytest.approx([0.59, 0.76, 0.92], abs=RADIUS_ERROR_A)
    assert np.diff(ionic_radius_A([4, 5, 6, 7])) == pytest.approx([0.0825] * 3)


def test_an_atom_of_the_metal_has_the_volume_of_13_cm3_per_mol():
    assert pytest.approx(21.587, abs=1e-3) == METAL_A3
    radius = float(ionic_radius_A(6))
    assert sphere_ratio(6) == pytest.approx(4 / 3 * np.pi * radius**3 / METAL_A3)


def test_symmetric_sites_have_their_textbook_coordination_in_any_cell():
    fluoride = load_crystal("LiF_225.cif")
    assert known("LiF_225") == pytest.approx(6.0)
    assert known("Li2S_225") == pytest.approx(8.0)  # four S and, farther, four Li
    turned = fluoride.copy()
    turned.rotate(33, (1, 2, 3), rotate_cell=True)
    turned.set_cell(turned.cell.array * 1.2, scale_atoms=True)
    assert coordination(turned.repeat((2, 1, 1))) == pytest.approx(6.0)
    assert coordination(load_crystal("Al2O3_167.cif")).size == 0


def test_uncertainty_is_of_the_radii_in_a_crystal_and_of_the_sites_in_a_film():
    crystal = sphere_volume_ratio([[4.0, 6.0]], crystal=True)
    assert crystal.value == pytest.approx(float(sphere_ratio(5.0)))
    assert crystal.uncertainty / crystal.value == pytest.approx(3 * RADIUS_ERROR_A / float(ionic_radius_A(5)))
    film = sphere_volume_ratio([[4.0, 6.0]], crystal=False)
    assert film.value == crystal.value
    shift = (float(sphere_ratio(6.0)) - float(sphere_ratio(4.0))) / 2
    assert film.uncertainty == pytest.approx(np.hypot(shift, crystal.uncertainty), rel=0.05)
    assert ONE_REPLICA in film.flags
    assert ONE_REPLICA not in crystal.flags


def test_replicas_count_as_one_value_each():
    found = sphere_volume_ratio([[5.0] * 9, [6.0, 7.0]], crystal=False)
    assert found.value == pytest.approx(float(sphere_ratio(5.75)))
    assert ONE_REPLICA not in found.flags


def test_radii_are_not_known_beyond_eight_neighbours():
    assert any("beyond the 4 to 8" in flag for flag in sphere_volume_ratio([[9.0]], crystal=True).flags)
    assert not any("beyond" in flag for flag in sphere_volume_ratio([[8.0]], crystal=True).flags)


@pytest.mark.parametrize(
    ("cells", "told"),
    [([], "without lithium"), ([[6.0], []], "without lithium"), ([[6.0, -1.0]], "positive number")],
)
def test_what_is_no_coordination_is_refused(cells, told):
    with pytest.raises(DataError, match=told):
        sphere_volume_ratio(cells, crystal=False)
