import builtins

import numpy as np
import pytest
from matplotlib.patches import Circle

from lithicoat.structures import pictures
from lithicoat.structures.build import build_models
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind


def build(name):
    return build_models(load_catalog().find(name), max_atoms=32, replicas=1, seed=0)[0]


def circles(figure):
    return [patch for patch in figure.axes[0].patches if isinstance(patch, Circle)]


def test_every_atom_is_drawn_and_every_element_named():
    figure = pictures.draw(build("LiGL"))
    assert len(circles(figure)) == 28
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["C", "H", "Li", "O"]
    assert "C6H10Li6O6" in figure.axes[0].get_title()


def test_the_cell_has_twelve_edges_and_a_bond_two_halves():
    water = Model(
        name="water",
        kind=ModelKind.CRYSTAL,
        symbols=("O", "H", "H"),
        positions_A=((5, 5, 5), (5.76, 5.59, 5), (4.24, 5.59, 5)),
        cell_A=((10, 0, 0), (0, 10, 0), (0, 0, 10)),
    )
    assert len(pictures.draw(water).axes[0].lines) == 12 + 2 * 2


def test_molecules_are_drawn_whole_wherever_the_cell_cuts_them():
    model = build("LiGL")
    cut = model.atoms
    cut.positions += 31.0
    cut.wrap()
    bonds = np.array(model.bonds).T

    def lengths(atoms):
        return np.linalg.norm(np.subtract(*atoms.positions[bonds]), axis=1)

    assert lengths(cut).max() > 3
    drawn = pictures._gathered(model.with_atoms(cut, step="moved"))
    np.testing.assert_allclose(lengths(drawn), lengths(model.atoms), atol=1e-9)


def test_picture_files(tmp_path):
    model = build("Li2S")
    assert pictures.write_picture(model, tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in pictures.write_picture(model, tmp_path / "a.svg").read_text()
    with pytest.raises(StructureError, match="cannot be written"):
        pictures.write_picture(model, tmp_path / "nowhere" / "a.png")


def test_a_notebook_view_holds_the_structures():
    pytest.importorskip("chemiscope")
    with pytest.warns(UserWarning, match="only displays a widget"):
        widget = pictures.view(build("Li2S"), build("LiF"))
    assert len(widget.value["structures"] if isinstance(widget.value, dict) else widget.value) > 0


def test_the_view_says_what_it_needs(monkeypatch):
    with pytest.raises(StructureError, match="no model to show"):
        pictures.view()
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "chemiscope":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(StructureError, match="viewer is not installed"):
        pictures.view(build("LiF"))
