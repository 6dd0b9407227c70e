"""Cells to turn and zoom, for notebooks and pages: atoms, bonds and the edges of the cell, by plotly."""

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.interactive import MUTED, plain

if TYPE_CHECKING:
    from ase import Atoms
    from plotly.graph_objects import Figure

__all__ = ["cell_atoms", "structure_figure", "view"]

CONTACT = 1.25
"""A line joins atoms within this multiple of the sum of covalent radii, unless both are metals."""
WHITEST = 0.88
"""No colour is whiter: hydrogen has to show on paper."""
MARKER_PX = (5.0, 10.0, 16.0)
"""Diameter of a dot: the first plus the second times the covalent radius in Å, up to the third."""
BOND_PX, CONTACT_PX, EDGE_PX = 6, 2, 2
PALE, CLEAR = "#A0A0A0", "rgba(0,0,0,0)"
ZOOM = 1.75
"""Length of the longest side in the units of plotly's scene."""
G_CM3 = 1.66053906660
"""Atomic mass units per Å³ in g cm⁻³."""
HEIGHT_PX = 420
AS_THEY_STAND = frozenset({"slab", "interface"})
"""Kinds of models that are not wrapped into their cell: their vacuum and their order have a meaning."""

Array = NDArray[np.float64]
Pairs = list[tuple[int, int]]


def view(*models: Any) -> "Figure":
    """Show cells in a notebook, to be turned and zoomed; a slider goes through several.

    Parameters
    ----------
    models : Evidence, Model, StoredModel, ase.Atoms or mapping
        What to show: all relaxed cells behind a record, or single cells, see :func:`cell_atoms`.

    Returns
    -------
    plotly.graph_objects.Figure
        Drag to turn, scroll to zoom, click an element in the key to hide it.

    Raises
    ------
    DataError
        If no model is given, or something given is no cell.
    """
    cells = [cell for model in models for cell in _cells(model)]
    if not cells:
        raise DataError("there is no model to show", hint="view(model), or view(database.evidence(record))")
    figures = [structure_figure(cell) for cell in cells]
    if len(figures) == 1:
        return figures[0]
    return _with_slider(figures)


def structure_figure(model: Any, *, title: str | None = None) -> "Figure":
    """Draw one cell: dots in Jmol's colours of the elements, thick covalent bonds, thin contacts of metals.

    Molecules and ions such as sulfate are drawn in one piece, so atoms may lie outside the edges of the cell.
    Slabs and interfaces stay as they are.
    Background and axes are left out; the figure fits light and dark pages.

    Parameters
    ----------
    model : Model, StoredModel, ase.Atoms or mapping
        What to draw; see :func:`cell_atoms`.
    title : str, optional
        Above the figure; the name, formula, number of atoms and density if not given, nothing if empty.

    Returns
    -------
    plotly.graph_objects.Figure
        One trace for each element, named by its symbol, and one each for bonds, contacts and edges.

    Raises
    ------
    DataError
        If what is given is no cell.
    """
    import plotly.graph_objects as go  # noqa: PLC0415 - heavy, and not all who analyse draw

    atoms = cell_atoms(model)
    if _kind(model) not in AS_THEY_STAND:
        _put_in_one_piece(atoms)
    bonds, contacts = _lines(atoms)
    traces = [
        _line_trace(go, _edges(atoms), name="cell", colour=MUTED, width=EDGE_PX),
        _line_trace(go, _segments(atoms, contacts), name="contacts", colour=PALE, width=CONTACT_PX),
        _line_trace(go, _segments(atoms, bonds), name="bonds", colour=MUTED, width=BOND_PX),
        *_element_traces(go, atoms),
    ]
    heading = _describe(model, atoms) if title is None else title
    drawn = [trace for trace in traces if trace.x]
    return go.Figure(data=drawn, layout=_layout(heading, reach=_reach(atoms)))


def cell_atoms(model: Any) -> "Atoms":
    """Return the periodic cell of whatever holds one.

    Parameters
    ----------
    model : Model, StoredModel, ase.Atoms or mapping
        ASE atoms, or what has such ``atoms`` or ``symbols``, ``positions_A`` and ``cell_A``: an object, a
        stored document, or the document of a step with its ``model``.

    Returns
    -------
    ase.Atoms
        A copy, without constraints.

    Raises
    ------
    DataError
        If it holds no cell.
    """
    from ase import Atoms  # noqa: PLC0415

    inner = _inner(model)
    found = inner.get("atoms", model)
    if isinstance(found, Atoms):
        atoms: Atoms = found.copy()
        atoms.set_constraint()
        return atoms
    lacking = [name for name in ("symbols", "positions_A", "cell_A") if inner.get(name) is None]
    if lacking:
        raise DataError(
            f"a {type(model).__name__} without {', '.join(lacking)} is no cell to show",
            where="model",
            hint="give a Model, ASE atoms, the document of a step that has a model, or an evidence",
        )
    symbols, positions, cell = list(inner["symbols"]), inner["positions_A"], inner["cell_A"]
    return Atoms(symbols=symbols, positions=positions, cell=cell, pbc=True)


def _cells(model: Any) -> Sequence[Any]:
    """Return the cells of an evidence, as far as they were computed; anything else is one cell."""
    stored = getattr(model, "models", None)
    if not callable(stored):
        return [model]
    return next((cells for kind in ("relax", "anneal", "build") if (cells := stored(kind))), ())


def _inner(model: Any) -> Mapping[str, Any]:
    """Return what a model says of itself, whether it is a document or an object."""
    if isinstance(model, Mapping):
        inner = model.get("model", model)
        return inner if isinstance(inner, Mapping) else {}
    names = ("name", "kind", "atoms", "symbols", "positions_A", "cell_A")
    return {name: getattr(model, name) for name in names if hasattr(model, name)}


def _kind(model: Any) -> str:
    kind = _inner(model).get("kind", "")
    return str(getattr(kind, "value", kind))


def _with_slider(figures: Sequence["Figure"]) -> "Figure":
    import plotly.graph_objects as go  # noqa: PLC0415

    traces, owners, steps = [], [], []
    for place, figure in enumerate(figures):
        traces += [trace.update(visible=place == 0) for trace in figure.data]
        owners += [place] * len(figure.data)
    for place, figure in enumerate(figures):
        heading, scene = figure.layout.title.text, figure.layout.scene
        change = {f"scene.{name}axis.range": scene[f"{name}axis"].range for name in "xyz"}
        change |= {"title.text": heading, "scene.aspectratio": scene.aspectratio.to_plotly_json()}
        shown = {"visible": [owner == place for owner in owners]}
        steps.append({"method": "update", "label": heading.partition(" ")[0], "args": [shown, change]})
    slider = {"steps": steps, "currentvalue": {"visible": False}, "x": 0.05, "len": 0.9, "pad": {"t": 5}}
    whole = go.Figure(data=traces, layout=figures[0].layout)
    return whole.update_layout(sliders=[slider], height=HEIGHT_PX + 70, margin_b=70)


def _put_in_one_piece(atoms: "Atoms") -> None:
    """Wrap the atoms into the cell, but keep each covalent unit whole and metals beside their neighbours."""
    from ase.geometry import find_mic  # noqa: PLC0415

    covalent, _ = _neighbours(atoms)
    atoms.wrap()
    if not covalent or atoms.cell.rank != 3:
        return
    import networkx as nx  # noqa: PLC0415

    graph = nx.Graph(covalent)
    for unit in nx.connected_components(graph):
        for known, following in nx.bfs_edges(graph, min(unit)):
            step = atoms.positions[following] - atoms.positions[known]
            atoms.positions[following] = atoms.positions[known] + find_mic(step, atoms.cell)[0]
        members = sorted(unit)
        centre = atoms.cell.scaled_positions(atoms.positions[members].mean(axis=0))
        atoms.positions[members] -= np.floor(centre + 1e-6) @ atoms.cell.array
    bonding = np.flatnonzero(_is_non_metal(atoms))
    for metal in np.flatnonzero(~_is_non_metal(atoms)):
        steps = find_mic(atoms.positions[metal] - atoms.positions[bonding], atoms.cell)[0]
        nearest = int((steps**2).sum(axis=1).argmin())
        atoms.positions[metal] = atoms.positions[bonding[nearest]] + steps[nearest]


def _is_non_metal(atoms: "Atoms") -> NDArray[np.bool_]:
    from lithicoat.analysis.oxygen.species import NON_METALS  # noqa: PLC0415

    return np.isin(atoms.get_chemical_symbols(), list(NON_METALS))


def _neighbours(atoms: "Atoms") -> tuple[Pairs, Pairs]:
    """Return pairs of neighbouring non-metals, and of a metal and a non-metal."""
    from ase.data import covalent_radii  # noqa: PLC0415
    from ase.neighborlist import neighbor_list  # noqa: PLC0415

    first, second = neighbor_list("ij", atoms, covalent_radii[atoms.numbers] * CONTACT)
    non_metal, hydrogen = _is_non_metal(atoms), atoms.numbers == 1
    bonds: Pairs = []
    contacts: Pairs = []
    for i, j in zip(first.tolist(), second.tolist(), strict=True):
        if i < j and non_metal[i] and non_metal[j] and not (hydrogen[i] and hydrogen[j]):
            bonds.append((i, j))
        elif i < j and non_metal[i] != non_metal[j] and not (hydrogen[i] or hydrogen[j]):
            contacts.append((i, j))
    return bonds, contacts


def _lines(atoms: "Atoms") -> tuple[Pairs, Pairs]:
    """Return the pairs to be joined as they are drawn, without images."""
    free = atoms.copy()
    free.pbc = False
    return _neighbours(free)


def _segments(atoms: "Atoms", pairs: Pairs) -> list[tuple[Array, Array]]:
    return [(atoms.positions[i], atoms.positions[j]) for i, j in pairs]


def _edges(atoms: "Atoms") -> list[tuple[Array, Array]]:
    corners = np.array(list(product((0, 1), repeat=3)))
    vectors = atoms.cell.array
    neighbours = [(a, b) for a, b in combinations(corners, 2) if np.abs(a - b).sum() == 1]
    return [(a @ vectors, b @ vectors) for a, b in neighbours]


def _line_trace(
    go: Any, segments: Sequence[tuple[Array, Array]], *, name: str, colour: str, width: float
) -> Any:
    """Join the ends of each segment; a gap stands between two of them."""
    columns: list[list[float | None]] = [[], [], []]
    for start, end in segments:
        for column, a, b in zip(columns, start, end, strict=True):
            column += [round(float(a), 2), round(float(b), 2), None]
    x, y, z = columns
    return go.Scatter3d(
        x=x,
        y=y,
        z=z,
        mode="lines",
        name=name,
        line={"color": colour, "width": width},
        hoverinfo="skip",
        showlegend=False,
    )


def _element_traces(go: Any, atoms: "Atoms") -> list[Any]:
    from ase.data import chemical_symbols, covalent_radii  # noqa: PLC0415
    from ase.data.colors import jmol_colors  # noqa: PLC0415

    traces = []
    for number in sorted(set(atoms.numbers.tolist()), key=lambda kind: chemical_symbols[kind]):
        chosen = np.flatnonzero(atoms.numbers == number)
        x, y, z = np.round(atoms.positions[chosen], 2).T.tolist()
        colour = "rgb({:.0f},{:.0f},{:.0f})".format(*255 * np.minimum(jmol_colors[number], WHITEST))
        least, share, most = MARKER_PX
        marker = {
            "size": round(min(most, least + share * float(covalent_radii[number])), 1),
            "color": colour,
            "opacity": 1,
            "line": {"color": "#404040", "width": 1},
        }
        symbol = chemical_symbols[number]
        traces.append(
            go.Scatter3d(
                x=x,
                y=y,
                z=z,
                mode="markers",
                name=symbol,
                marker=marker,
                customdata=chosen.tolist(),
                hovertemplate=symbol + " %{customdata}<br>%{x:.2f}, %{y:.2f}, %{z:.2f} Å<extra></extra>",
            )
        )
    return traces


def _describe(model: Any, atoms: "Atoms") -> str:
    name = _inner(model).get("name", "")
    density = float(atoms.get_masses().sum() / atoms.get_volume() * G_CM3)
    formula = atoms.get_chemical_formula("hill")
    return plain(f"{name} {formula}, {len(atoms)} atoms, {density:.2f} g cm⁻³".strip())


def _reach(atoms: "Atoms") -> Array:
    """Return the lowest and highest coordinates of atoms and cell in Å, shape (3, 2)."""
    corners = np.array(list(product((0, 1), repeat=3))) @ atoms.cell.array
    everything = np.vstack([corners, atoms.positions])
    return np.round(np.array([everything.min(axis=0) - 0.5, everything.max(axis=0) + 0.5]).T, 2)


def _layout(title: str, *, reach: Array) -> dict[str, Any]:
    sides = np.ptp(reach, axis=1)
    shape = np.round(ZOOM * sides / np.linalg.norm(sides) * np.sqrt(3), 3).tolist()
    axes = {
        f"{name}axis": {"visible": False, "range": limits}
        for name, limits in zip("xyz", reach.tolist(), strict=True)
    }
    return {
        "template": "none",
        "title": {"text": title, "font": {"size": 14}, "x": 0.01, "xanchor": "left"},
        "height": HEIGHT_PX,
        "margin": {"l": 0, "r": 0, "t": 36 if title else 0, "b": 0},
        "paper_bgcolor": CLEAR,
        "modebar": {"bgcolor": CLEAR, "color": PALE, "activecolor": MUTED},
        "font": {"color": MUTED},
        "legend": {"x": 0, "y": 1, "itemsizing": "constant"},
        "scene": {
            **axes,
            "aspectmode": "manual",
            "aspectratio": dict(zip("xyz", shape, strict=True)),
            "dragmode": "orbit",
            "camera": {"projection": {"type": "orthographic"}, "eye": {"x": 0.5, "y": -2.0, "z": 0.45}},
        },
    }
