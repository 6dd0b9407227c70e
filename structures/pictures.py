"""Pictures of models: a drawing for a file or a notebook."""

from base64 import b64encode
from html import escape
from io import BytesIO
from itertools import combinations, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lithicoat.structures.errors import unwritable
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.validation import NON_METALS

if TYPE_CHECKING:
    from ase import Atoms
    from matplotlib.figure import Figure

__all__ = ["draw", "model_html", "write_picture"]

_ROTATION = "-82x,12y,4z"
"""Seen from a little above and to the side, the third axis upright."""
_RADIUS_A = (0.12, 0.38, 0.55)
"""Drawn radius in Å: the first plus the second times the covalent radius, up to the third."""
_CONTACT = 1.25
"""A stick joins atoms within this multiple of the sum of covalent radii, unless both are metals."""
_STICK_PT, _CONTACT_PT = 2.6, 0.9
_WHITEST = 0.88
"""No colour is whiter: hydrogen has to show on paper."""
_HAZE = 0.55
"""How far the farthest atom fades to white."""
_DPI = 160
_NOTEBOOK_DPI = 70
_LONGEST_IN = 6.0


def draw(model: Model) -> "Figure":
    """Draw a model and its cell: balls, covalent sticks, thin lines from metals to their neighbours.

    Molecules are drawn whole, other atoms of a periodic solid in the cell; slabs and interfaces stay as
    they are. What is farther away fades.

    Parameters
    ----------
    model : Model
        What to draw.

    Returns
    -------
    matplotlib.figure.Figure
        Elements are named in a legend; colours are Jmol's (as in ASE).
    """
    from ase.utils import rotate  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415 - heavy, and without pyplot's global state

    atoms = _gathered(model)
    turn = rotate(_ROTATION)
    figure = Figure(figsize=(_LONGEST_IN, _LONGEST_IN), dpi=_DPI, layout="constrained")
    axes = figure.add_subplot()
    _draw_cell(axes, atoms.cell.array @ turn)
    _draw_atoms(axes, atoms, atoms.positions @ turn)
    axes.set_axis_off()
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.legend(
        handles=_key(atoms.numbers), loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=9
    )
    seeded = "" if model.seed is None else f", seed {model.seed}"
    size = f"{len(model.symbols)} atoms, {model.density_g_cm3:.2f} g cm⁻³{seeded}"
    axes.set_title(f"{model.name}  {model.formula}\n{size}", fontsize=10)
    return figure


def _gathered(model: Model) -> "Atoms":
    """Return the atoms with every molecule in one piece and its centre in the cell."""
    import networkx as nx  # noqa: PLC0415
    from ase.geometry import find_mic  # noqa: PLC0415

    atoms = model.atoms
    if model.kind in {ModelKind.SLAB, ModelKind.INTERFACE}:
        return atoms
    graph = nx.Graph([*(model.bonds or []), *_holders(model)])
    graph.add_nodes_from(range(len(atoms)))
    for unit in nx.connected_components(graph):
        for known, next_one in nx.bfs_edges(graph, min(unit)):
            step = atoms.positions[next_one] - atoms.positions[known]
            atoms.positions[next_one] = atoms.positions[known] + find_mic(step, atoms.cell)[0]
        members = sorted(unit)
        centre = atoms.cell.scaled_positions(atoms.positions[members].mean(axis=0))
        atoms.positions[members] -= np.floor(centre + 1e-6) @ atoms.cell.array
    return atoms


def _holders(model: Model) -> list[tuple[int, int]]:
    """Return each metal of a molecular model and the non-metal nearest to it."""
    if model.kind is not ModelKind.MOLECULAR:
        return []
    atoms = model.atoms
    bonding = np.flatnonzero(np.isin(atoms.get_chemical_symbols(), list(NON_METALS)))
    metals = np.setdiff1d(np.arange(len(atoms)), bonding)
    nearest = [int(bonding[atoms.get_distances(metal, bonding, mic=True).argmin()]) for metal in metals]
    return list(zip(metals.tolist(), nearest, strict=True))


def _draw_cell(axes: Any, vectors: Any) -> None:
    corners = np.array(list(product((0, 1), repeat=3)))
    for one, other in combinations(corners, 2):
        if np.abs(one - other).sum() == 1:
            (x1, y1, z1), (x2, y2, z2) = one @ vectors, other @ vectors
            axes.plot([x1, x2], [y1, y2], color="0.45", lw=0.8, zorder=min(z1, z2) - 1)


def _draw_atoms(axes: Any, atoms: "Atoms", seen: Any) -> None:
    """Draw atoms and sticks from the farthest to the nearest."""
    from ase.data import covalent_radii  # noqa: PLC0415
    from ase.data.colors import jmol_colors  # noqa: PLC0415
    from matplotlib.patches import Circle  # noqa: PLC0415

    depth = seen[:, 2]
    haze = _HAZE * (depth.max() - depth) / max(np.ptp(depth), 1e-9)
    full = np.minimum(jmol_colors[atoms.numbers], _WHITEST)
    colours = full * (1 - haze[:, None]) + haze[:, None] * _WHITEST
    least, share, most = _RADIUS_A
    radii = np.minimum(least + share * covalent_radii[atoms.numbers], most)
    for i, j, covalent in _sticks(atoms):
        middle = (seen[i] + seen[j]) / 2
        for end in (i, j):
            xs, ys, zs = zip(seen[end], middle, strict=True)
            colour, width = (colours[end], _STICK_PT) if covalent else ("0.7", _CONTACT_PT)
            axes.plot(xs, ys, color=colour, lw=width, zorder=min(zs), solid_capstyle="round")
    for (x, y, z), radius, colour, pale in zip(seen, radii, colours, haze, strict=True):
        axes.add_patch(Circle((x, y), radius, fc=colour, ec=(pale, pale, pale), lw=0.5, zorder=z))


def _sticks(atoms: "Atoms") -> list[tuple[int, int, bool]]:
    """Return pairs of neighbours as drawn (no images), and whether both are non-metals."""
    from ase.data import covalent_radii  # noqa: PLC0415
    from ase.neighborlist import neighbor_list  # noqa: PLC0415

    free = atoms.copy()
    free.set_constraint()
    free.pbc = False
    first, second = neighbor_list("ij", free, covalent_radii[atoms.numbers] * _CONTACT)
    bonding = np.isin(atoms.get_chemical_symbols(), list(NON_METALS))
    return [
        (int(i), int(j), bool(bonding[i] and bonding[j]))
        for i, j in zip(first, second, strict=True)
        if i < j and (bonding[i] or bonding[j]) and (1 not in atoms.numbers[[i, j]] or bonding[[i, j]].all())
    ]


def write_picture(model: Model, file: Path) -> Path:
    """Draw a model into a file; the ending decides the format (PNG, SVG, PDF).

    Raises
    ------
    StructureError
        If the file cannot be written.
    """
    try:
        draw(model).savefig(file)
    except OSError as error:
        raise unwritable(file, error) from error
    return file


def model_html(model: Model) -> str:
    """Return what a notebook shows of a model: its drawing, and how it was made."""
    stream = BytesIO()
    draw(model).savefig(stream, format="png", dpi=_NOTEBOOK_DPI, bbox_inches="tight")
    picture = b64encode(stream.getvalue()).decode()
    steps = [str(step.get("step", "")) for step in model.recipe.get("steps", ())]
    told = ", then ".join(filter(None, [model.kind.value, *steps]))
    return (
        f'<div><img alt="{escape(model.name)} {model.formula}, {len(model.symbols)} atoms" '
        f'src="data:image/png;base64,{picture}"><br>{escape(told)}</div>'
    )


def _key(numbers: Any) -> list[Any]:
    """One coloured dot for each element, sorted by symbol."""
    from ase.data import chemical_symbols  # noqa: PLC0415
    from ase.data.colors import jmol_colors  # noqa: PLC0415
    from matplotlib.lines import Line2D  # noqa: PLC0415

    kinds = sorted(np.unique(numbers).tolist(), key=lambda number: chemical_symbols[number])
    return [
        Line2D(
            [],
            [],
            ls="",
            marker="o",
            ms=9,
            mec="0.3",
            mfc=np.minimum(jmol_colors[kind], _WHITEST),
            label=chemical_symbols[kind],
        )
        for kind in kinds
    ]
