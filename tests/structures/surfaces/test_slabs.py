"""Slabs: composition, dipole, geometry, and what cannot be cut."""

from collections import Counter

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.neighborlist import neighbor_list
from hypothesis import given, settings
from hypothesis import strategies as st

from lithicoat.structures.crystals.cells import crystal_model, load_crystal
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.recipes import CrystalRecipe
from lithicoat.structures.surfaces.slabs import mean_charges, slab_of
from lithicoat.structures.surfaces.terminations import POLAR_E_A2
from lithicoat.structures.validation import check_model, covalent_bonds

CRYSTALS = ["LiF_225.cif", "Li2O_225.cif", "Li2S_225.cif", "Al2O3_167.cif", "Li3N_191.cif", "LiAlO2_166.cif"]
PLANES = [(1, 0, 0), (0, 0, 1), (1, 1, 0), (1, 0, -1), (1, 1, 1), (0, 1, 2), (1, -2, 1)]


def ratio(symbols) -> dict[str, float]:
    counts = Counter(symbols)
    return {symbol: number / sum(counts.values()) for symbol, number in counts.items()}


def polarisation(slab: Model, charges: dict[str, float]) -> float:
    """Dipole over volume of the atoms as they stand, e/Å²."""
    heights = np.array(slab.positions_A)[:, 2]
    dipole = sum(charges[s] * z for s, z in zip(slab.symbols, heights, strict=True))
    return dipole / (slab.recipe["area_A2"] * slab.recipe["thickness_A"])


def distances_inside(atoms: Atoms, cutoff_A: float) -> set[tuple[float, ...]]:
    i, d = neighbor_list("id", atoms, cutoff_A)
    return {tuple(np.round(np.sort(d[i == index]), 3)) for index in range(len(atoms))}


@settings(derandomize=True, max_examples=12, deadline=None)
@given(st.sampled_from(CRYSTALS), st.sampled_from(PLANES))
def test_slabs_keep_the_composition_and_have_no_dipole(cif, plane):
    crystal = load_crystal(cif)
    charges = mean_charges(crystal)
    slab = check_model(slab_of(crystal, plane, thickness_A=6, max_atoms=250))
    assert slab.kind is ModelKind.SLAB
    assert ratio(slab.symbols) == pytest.approx(ratio(crystal.get_chemical_symbols()))
    assert sum(charges[symbol] for symbol in slab.symbols) == pytest.approx(0, abs=1e-9)
    assert abs(polarisation(slab, charges)) <= POLAR_E_A2 + 1e-6
    assert polarisation(slab, charges) == pytest.approx(slab.recipe["polarisation_e_A2"], abs=2e-3)
    assert slab.recipe["thickness_A"] >= 6


@settings(derandomize=True, max_examples=10, deadline=None)
@given(st.tuples(*[st.integers(-3, 3)] * 3).filter(any), st.sampled_from(["LiF_225.cif", "Al2O3_167.cif"]))
def test_the_inside_of_a_slab_is_the_crystal(plane, cif):
    crystal = load_crystal(cif)
    slab = slab_of(crystal, plane, thickness_A=14, vacuum_A=8, max_atoms=2000)
    reach = 2.9
    atoms = slab.atoms
    heights = atoms.positions[:, 2]
    inside = np.flatnonzero((heights > heights.min() + 3.6) & (heights < heights.max() - 3.6))
    assert len(inside)
    i, d = neighbor_list("id", atoms, reach)
    seen = {tuple(np.round(np.sort(d[i == index]), 3)) for index in inside}
    assert seen <= distances_inside(crystal, reach)


@pytest.mark.parametrize(
    ("plane", "area_A2", "spacing_A"),
    [
        ((1, 0, 0), 3.51**2, 3.51 / 2),
        ((1, 1, 0), 3.51**2 / 2**0.5, 3.51 / 2**0.5),
        ((1, 1, 1), 3.51**2 * 3**0.5, 0.0),
    ],
)
def test_lithium_surfaces_are_primitive(plane, area_A2, spacing_A):
    slab = slab_of(bulk("Li", "bcc", a=3.51, cubic=True), plane, thickness_A=8)
    assert slab.recipe["area_A2"] == pytest.approx(area_A2, abs=1e-3)
    heights = np.sort(np.array(slab.positions_A)[:, 2])
    if spacing_A:
        assert np.diff(heights) == pytest.approx(spacing_A)
    assert slab.recipe["polarisation_e_A2"] == 0


def test_area_times_repeat_is_the_volume_as_pymatgen_cuts_it():
    from pymatgen.core.surface import SlabGenerator
    from pymatgen.io.ase import AseAtomsAdaptor

    crystal = load_crystal("Al2O3_167.cif")
    for plane in [(0, 0, 1), (0, 1, 2), (1, 0, 4)]:
        cut = SlabGenerator(AseAtomsAdaptor.get_structure(crystal), plane, 8, 10, primitive=True).get_slab()
        ours = slab_of(crystal, plane, thickness_A=8)
        # atoms per area and height are those of the crystal in both
        for area, height, number in (
            (cut.surface_area, cut.lattice.volume / cut.surface_area, None),
            (ours.recipe["area_A2"], ours.recipe["thickness_A"], len(ours.symbols)),
        ):
            if number is not None:
                assert number / (area * height) == pytest.approx(
                    len(crystal) / crystal.get_volume(), rel=1e-4
                )
        assert round(cut.surface_area / ours.recipe["area_A2"], 3) in (1, 2, 3)


def test_polar_planes_lose_half_of_their_outer_plane():
    slab = slab_of(load_crystal("LiF_225.cif"), (1, 1, 1), thickness_A=8)
    moved = slab.recipe["moved"]
    assert moved["number"] == 1
    assert "Tasker type III" in moved["why"]
    heights = np.array(slab.positions_A)[:, 2]
    outer = [slab.symbols[int(np.argmin(heights))], slab.symbols[int(np.argmax(heights))]]
    assert outer[0] == outer[1] == moved["symbol"]
    planes = Counter(np.round(heights, 3))
    assert planes[min(planes)] == planes[max(planes)] == 1
    assert set(planes.values()) == {1, 2}


@pytest.mark.parametrize(
    ("cif", "plane"),
    [("Li2SO4_14.cif", (0, 1, 0)), ("Li3PO4_62.cif", (1, 0, 0)), ("Li2CO3_15.cif", (1, 1, 0))],
)
def test_no_covalent_bond_is_cut(cif, plane):
    crystal = load_crystal(cif)
    slab = slab_of(crystal, plane, thickness_A=6, max_atoms=300)
    assert slab.recipe["covalent_bonds_cut"] == 0
    per_atom = len(covalent_bonds(crystal)) / len(crystal)
    assert len(covalent_bonds(slab.atoms)) / len(slab.symbols) == pytest.approx(per_atom)


def test_vacuum_and_bottom():
    slab = slab_of(load_crystal("LiF_225.cif"), (1, 0, 0), vacuum_A=12, fixed_A=2.5)
    heights = np.array(slab.positions_A)[:, 2]
    assert heights.min() == pytest.approx(6)
    assert slab.cell_A[2][2] - np.ptp(heights) == pytest.approx(12)
    assert np.abs(np.array(slab.cell_A)[2, :2]).max() == 0
    held = np.isin(np.arange(len(heights)), slab.fixed)
    assert held.any()
    assert heights[held].max() <= heights.min() + 2.5 < heights[~held].min()
    assert not slab_of(load_crystal("LiF_225.cif"), (1, 0, 0)).fixed


@pytest.mark.parametrize("width_A", [4.0, 7.0, 9.0])
def test_width_is_reached_with_the_fewest_atoms(width_A):
    slab = slab_of(load_crystal("LiF_225.cif"), (1, 0, 0), thickness_A=5, width_A=width_A, max_atoms=300)
    flat = np.array(slab.cell_A)[:2]
    steps = [(i, j) for i in range(-3, 4) for j in range(-3, 4) if i or j]
    shortest = min(np.linalg.norm(np.array(step) @ flat) for step in steps)
    assert shortest == pytest.approx(slab.recipe["width_A"], abs=1e-3)
    assert shortest >= width_A
    narrow = slab_of(load_crystal("LiF_225.cif"), (1, 0, 0), thickness_A=5, width_A=50, max_atoms=60)
    assert len(narrow.symbols) <= 60
    assert narrow.recipe["width_A"] < 50


def test_indices_refer_to_the_crystal_and_not_to_its_supercell():
    recipe = CrystalRecipe(builder="crystal", cif="Li2S_62.cif")
    supercell = crystal_model(recipe, name="Li2S", max_atoms=100)
    plain = slab_of(load_crystal("Li2S_62.cif"), (0, 1, 0), thickness_A=6)
    again = slab_of(supercell, (0, 1, 0), thickness_A=6)
    assert again.recipe["area_A2"] == pytest.approx(plain.recipe["area_A2"], rel=1e-4)
    assert Counter(again.symbols) == Counter(plain.symbols)
    assert again.recipe["builder"] == "slab"
    assert again.recipe["steps"][-1]["step"] == "slab"


def test_the_same_input_gives_the_same_slab():
    crystal = load_crystal("Al2O3_167.cif")
    assert slab_of(crystal, (0, 1, 2)).content_hash == slab_of(crystal, (0, 1, 2)).content_hash


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"max_atoms": 5}, r"F4Li4 \(100\): a slab of 10\.2 Å has 10 atoms, more than the 5 allowed"),
        ({"thickness_A": 0.0}, r"thickness_A is 0, must be at least 1"),
        ({"vacuum_A": -1.0}, r"vacuum_A is -1, must be at least 0"),
        ({"axes_A": np.diag([3.0, 3.3, 3.7])}, r"\(1 0 0\) is no plane of the cell's lattice"),
    ],
)
def test_what_cannot_be_cut_is_told(changes, sentence):
    with pytest.raises(StructureError, match=sentence):
        slab_of(load_crystal("LiF_225.cif"), (1, 0, 0), **changes)


def test_a_polar_plane_that_needs_more_atoms_is_told():
    with pytest.raises(
        StructureError, match="polar, and a slab that can be repaired has more than the 10 atoms"
    ):
        slab_of(load_crystal("LiF_225.cif"), (1, 1, 1), thickness_A=11, max_atoms=10)


def test_covalent_groups_are_not_shared_between_both_sides():
    pairs = Atoms(
        "N2O2",
        positions=[[0, 0, -0.55], [0, 0, 0.55], [2, 2, 1.85], [2, 2, 3.15]],
        cell=[4, 4, 5],
        pbc=True,
    )
    with pytest.raises(
        StructureError, match=r"is polar \(.* e/Å²\) and no plane at its surface can be shared"
    ):
        slab_of(pairs, (0, 0, 1), charges={"N": 0.5, "O": -0.5})


def test_charges_must_be_neutral():
    with pytest.raises(StructureError, match="the charges of F4Li4 sum to 2 e per cell, must be neutral"):
        slab_of(load_crystal("LiF_225.cif"), (1, 1, 1), charges={"Li": 1.0, "F": 1.0})


def test_oxidation_states_are_guessed_only_for_compounds():
    assert mean_charges(load_crystal("LiF_225.cif")) == {"Li": 1.0, "F": -1.0}
    assert mean_charges(bulk("Li")) == {}
