import json
from types import SimpleNamespace

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from ase.constraints import FixAtoms

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.interactive_structure import cell_atoms, structure_figure, view


def salt():
    return bulk("NaCl", "rocksalt", a=5.64, cubic=True)


def cut_water():
    """A water molecule that lies across the faces of its cell, and a lithium ion beside it."""
    atoms = molecule("H2O")
    atoms += Atoms("Li", positions=[atoms.positions[0] + [0, 0, 1.9]])
    atoms.set_cell([6, 6, 6])
    atoms.pbc = True
    atoms.wrap()
    return atoms


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def lengths(trace):
    points = np.array([trace.x, trace.y, trace.z], dtype=float).T.reshape(-1, 3, 3)
    return np.linalg.norm(points[:, 1] - points[:, 0], axis=1)


def test_each_element_is_a_trace_with_all_its_atoms():
    found = traces(structure_figure(salt()))
    assert len(found["Na"].x) == len(found["Cl"].x) == 4
    assert found["Na"].marker.color != found["Cl"].marker.color
    assert "bonds" not in found  # no two non-metals are neighbours


def test_the_cell_has_twelve_edges():
    sides = lengths(traces(structure_figure(salt()))["cell"])
    np.testing.assert_allclose(sides, 12 * [5.64])


def test_a_molecule_cut_by_the_cell_is_drawn_whole_with_its_ion():
    found = traces(structure_figure(cut_water()))
    assert len(lengths(found["bonds"])) == 2
    np.testing.assert_allclose(lengths(found["bonds"]), 0.97, atol=0.02)
    np.testing.assert_allclose(lengths(found["contacts"]), 1.9, atol=0.02)


def test_moving_all_atoms_by_a_lattice_vector_changes_no_bond():
    atoms = cut_water()
    atoms.positions += [13, -5, 2]
    np.testing.assert_allclose(lengths(traces(structure_figure(atoms))["bonds"]), 0.97, atol=0.02)


@pytest.mark.parametrize(("kind", "lowest_A"), [("slab", -1.0), ("crystal", 1.0)])
def test_a_slab_is_not_wrapped(kind, lowest_A):
    document = {
        "kind": kind, "symbols": ["Cu", "Cu"], "positions_A": [[0, 0, -1], [0, 0, 1]],
        "cell_A": np.diag([3, 3, 20]),
    }  # fmt: skip
    drawn = traces(structure_figure(document))["Cu"].z
    assert min(drawn) == pytest.approx(lowest_A)


def test_a_stored_document_and_the_atoms_give_the_same_figure():
    atoms = salt()
    model = {
        "name": "", "symbols": atoms.get_chemical_symbols(), "positions_A": atoms.positions.tolist(),
        "cell_A": atoms.cell.array.tolist(),
    }  # fmt: skip
    ways = (atoms, model, {"model": model}, SimpleNamespace(**model), SimpleNamespace(atoms=atoms))
    drawn = [structure_figure(one).to_json() for one in ways]
    assert drawn == drawn[:1] * len(ways)


def test_what_is_drawn_is_a_copy():
    atoms = cut_water()
    atoms.set_constraint(FixAtoms([0]))
    before = atoms.positions.copy()
    structure_figure(atoms)
    np.testing.assert_array_equal(atoms.positions, before)
    assert not cell_atoms(atoms).constraints


def test_a_slider_shows_one_cell_at_a_time():
    figure = view(salt(), cut_water())
    steps = figure.layout.sliders[0].steps
    shown = np.array([step.args[0]["visible"] for step in steps])
    assert shown.sum(axis=0).tolist() == [1] * len(figure.data)
    assert [trace.visible for trace in figure.data] == shown[0].tolist()
    assert steps[1].args[1]["title.text"].startswith("H2LiO, 4 atoms")


def test_names_stay_text():
    model = {"name": "<b>x</b>", "symbols": ["Li"], "positions_A": [[0, 0, 0]], "cell_A": np.eye(3) * 3}
    assert "<b>" not in structure_figure(model).layout.title.text


def test_a_figure_is_small():
    assert len(json.dumps(structure_figure(salt()).to_plotly_json(), default=list)) < 4000


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"symbols": ["Li"]}, "a dict without positions_A, cell_A is no cell to show"),
        ({"model": None}, "a dict without symbols"),
        ("Li2S", "a str without symbols, positions_A, cell_A is no cell"),
    ],
)
def test_what_is_no_cell_is_refused(given, message):
    with pytest.raises(DataError, match=message):
        structure_figure(given)


def test_of_an_evidence_the_latest_cells_are_shown():
    def models(kind):
        return {"relax": (), "anneal": (salt(), cut_water()), "build": (salt(),)}[kind]

    figure = view(SimpleNamespace(models=models))
    assert len(figure.layout.sliders[0].steps) == 2


@pytest.mark.parametrize("given", [(), (SimpleNamespace(models=lambda _: ()),)])
def test_nothing_to_show(given):
    with pytest.raises(DataError, match="no model to show"):
        view(*given)
