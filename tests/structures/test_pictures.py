import base64
import re

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


def test_a_notebook_shows_the_drawing_and_how_a_model_was_made():
    model = build("Li2S")
    shown = model._repr_html_()
    picture = re.search(r'base64,([^"]+)"', shown)
    assert base64.b64decode(picture.group(1)).startswith(b"\x89PNG")
    assert f'alt="Li2S {model.formula}, {len(model.symbols)} atoms"' in shown
    assert "crystal" in shown


def test_a_hostile_name_stays_text_in_a_notebook():
    shown = build("Li2S").model_copy(update={"name": '"><script>'})._repr_html_()
    assert "<script>" not in shown
