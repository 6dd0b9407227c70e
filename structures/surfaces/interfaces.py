"""Interfaces: a film on the face of an electrode, in one periodic cell."""

from dataclasses import replace
from typing import Any

import numpy as np
from ase import Atoms
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.coating import Coating
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.recipes import CrystalRecipe, LayeredOxideRecipe, Recipe, StitchedRecipe
from lithicoat.structures.surfaces.film_forms import (
    FilmForm,
    Limits,
    NoMatchError,
    Piece,
    coherent,
    cut_film,
    packed,
)
from lithicoat.structures.surfaces.form import Form
from lithicoat.structures.surfaces.joining import Joined, join
from lithicoat.structures.surfaces.matching import Misfit
from lithicoat.structures.surfaces.sheets import Sheet
from lithicoat.structures.surfaces.substrates import Electrode, electrode_sheet

__all__ = [
    "InterfaceReport",
    "InterfaceSpec",
    "Strain",
    "interface_of",
    "report_of",
    "sides_of",
]

THICKNESS_A = 10.0
THINNER = (1.0, 0.7, 0.5)
"""Shares of the usual thickness that are tried for a crystal whose thickness is left open."""


ROOM_A = 10.0
"""Empty height over a layered host while its filler is set in: nothing lies upon it yet."""


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class InterfaceSpec(_Document):
    """What an interface cell should be."""

    max_atoms: int = Field(400, ge=8, le=400, description="Atoms of both sides, at most.")
    max_misfit: float = Field(0.05, gt=0, le=0.05, description="Largest strain of either side, a fraction.")
    film_thickness_A: float | None = Field(
        None, ge=2, description="Thickness of the film in Å; None takes 10 Å, or less where atoms are short."
    )
    electrode_thickness_A: float = Field(10.0, ge=2, description="Thickness of the electrode at least, Å.")
    vacuum_A: float = Field(
        0.0, ge=0, description="Empty height above the film, Å; 0 makes a sandwich with two interfaces."
    )
    least_edge_A: float = Field(
        10.0,
        ge=5,
        description="Least edge of the base of a packed film, Å. A coherent cell is as small as it can be.",
    )
    form: Form = Field(Form.BEST, description="How a crystal comes onto its electrode.")


class Strain(_Document):
    """Strain of one side, in its plane."""

    von_mises: float = Field(description="Equivalent strain, a fraction.")
    principal: tuple[float, float] = Field(description="Principal strains, the more compressive first.")

    @classmethod
    def of(cls, misfit: Misfit) -> "Strain":
        """Take a misfit, rounded to 1e-6."""
        low, high = misfit.principal
        return cls(von_mises=round(misfit.von_mises, 6), principal=(round(low, 6), round(high, 6)))


class InterfaceReport(_Document):
    """What an interface cell is. The electrode's atoms come first."""

    film: str = Field(description="Id of the coating, or name of the film's model.")
    film_face: str = Field(
        description="Face of a crystal, `amorphous`, or the axis across which a cell was cut."
    )
    film_form: FilmForm = Field(description="Coherent, packed or strained.")
    electrode: str = Field(description="Electrode and its face: `Li(100)`.")
    misfit: float = Field(
        ge=0, description="Largest von Mises or principal strain of either side, a fraction."
    )
    film_strain: Strain = Field(description="Strain of the film.")
    electrode_strain: Strain = Field(
        description="Strain of the electrode, made rectangular for a packed film."
    )
    area_A2: float = Field(gt=0, description="Area of the interface, Å².")
    interfaces: int = Field(ge=1, le=2, description="1 under vacuum, 2 in a sandwich.")
    gap_A: float = Field(
        description="Height from the electrode's highest to the film's lowest atom, Å; interlocked if < 0."
    )
    upper_gap_A: float | None = Field(description="The same at the upper interface, Å; None under vacuum.")
    vacuum_A: float = Field(ge=0, description="Empty height, Å.")
    film_thickness_A: float = Field(ge=0, description="From its lowest to its highest atom, Å.")
    electrode_thickness_A: float = Field(ge=0, description="From its lowest to its highest atom, Å.")
    atoms: int = Field(gt=0, description="Atoms of both.")
    electrode_atoms: int = Field(gt=0, description="Indices 0 … electrode_atoms - 1.")
    film_atoms: int = Field(gt=0, description="Indices electrode_atoms … atoms - 1.")
    fixed_atoms: int = Field(ge=0, description="Atoms of the electrode held in place; none in a sandwich.")
    note: str = Field("", description="Why the film is not what was asked for first.")


def interface_of(
    film: Coating | Model, electrode: Electrode, *, spec: InterfaceSpec | None = None, seed: int = 0
) -> Model:
    """Lay a film on an electrode.

    A crystal is matched face by face (`films.coherent`), a film that is packed at random is packed on a
    rectangular base of the electrode (`films.packed`), and a prepared amorphous or molecular cell is cut open
    and strained to the electrode (`films.cut_film`). Both sides meet where their first atoms touch, at
    the contact distances of packing.

    Parameters
    ----------
    film : Coating or Model
        A film of the catalog, or a cell of one's own: a crystal, or a film annealed by itself.
    electrode : Electrode
        One face of an electrode, from `substrates.electrode_of`.
    spec : InterfaceSpec, optional
        Limits, thicknesses and vacuum.
    seed : int
        Seed of everything random; the same seed gives the same atoms.

    Returns
    -------
    Model
        Kind interface, named `<film>_on_<electrode>-<face>`. `report_of` gives its numbers, `sides_of` its
        two sides. Packed films have to be annealed.

    Raises
    ------
    StructureError
        If no cell is within the limits, or the film is no film.
    """
    spec = spec or InterfaceSpec()
    rng = np.random.default_rng(seed)
    below, told = electrode_sheet(
        electrode, thickness_A=spec.electrode_thickness_A, max_atoms=spec.max_atoms, seed=seed
    )
    name = film.name if isinstance(film, Model) else film.id
    piece, note = _piece(film, below, spec=spec, rng=rng)
    joined = join(piece.electrode, piece.film, vacuum_A=spec.vacuum_A, unit_A=piece.unit_A)
    report = _report(name, electrode, piece, joined, spec=spec, note=note)
    story: dict[str, Any] = {
        "builder": "interface",
        "composition": dict(sorted(joined.atoms.symbols.formula.count().items())),
        "density_estimate_g_cm3": _ideal_density(joined.atoms, piece, told["thickness_A"], spec.vacuum_A),
        "interface": report.model_dump(mode="json"),
        "electrode": told,
        "film": piece.story,
        "steps": [{"step": "interface", "form": piece.form.value, "seed": seed}],
    }
    face = electrode.label.replace("(", "-").replace(")", "")
    return Model.from_atoms(
        joined.atoms,
        name=f"{name}_on_{face}",
        kind=ModelKind.INTERFACE,
        seed=seed,
        bonds=joined.bonds,
        fixed=joined.fixed,
        recipe=story,
    )


def report_of(model: Model) -> InterfaceReport:
    """Return the numbers of an interface.

    Raises
    ------
    StructureError
        If the model is no interface.
    """
    if "interface" not in model.recipe:
        raise StructureError(f"{model.name} is no interface", where=model.name)
    return InterfaceReport.model_validate(model.recipe["interface"])


def sides_of(model: Model, atoms: Atoms | None = None) -> tuple[Atoms, Atoms]:
    """Return electrode and film of an interface, each alone in the whole cell.

    Parameters
    ----------
    model : Model
        An interface.
    atoms : Atoms, optional
        A later frame of it; the model's own atoms if None.

    Raises
    ------
    StructureError
        If the model is no interface.
    """
    number = report_of(model).electrode_atoms
    whole = model.atoms if atoms is None else atoms
    return whole[:number], whole[number:]


def _piece(
    film: Coating | Model, below: Sheet, *, spec: InterfaceSpec, rng: np.random.Generator
) -> tuple[Piece, str]:
    limits = Limits(spec.max_atoms, spec.max_misfit, spec.least_edge_A)
    if isinstance(film, Model):
        if film.kind in (ModelKind.SLAB, ModelKind.INTERFACE):
            raise StructureError(f"{film.name} is of kind {film.kind.value}, not a film", where=film.name)
        if film.kind is ModelKind.CRYSTAL:
            from lithicoat.structures.crystals.cells import conventional_cell  # noqa: PLC0415

            return _coherent(
                conventional_cell(film.atoms), below, name=film.name, spec=spec, limits=limits
            ), ""
        return cut_film(film, below, limits=limits), ""
    recipe = film.recipe
    if isinstance(recipe, LayeredOxideRecipe):
        raise StructureError(f"{film.id} is an electrode, not a film", where=film.id)
    if isinstance(recipe, StitchedRecipe):
        return _stitched(recipe, below, name=film.id, spec=spec, limits=limits, rng=rng), ""
    note = ""
    if isinstance(recipe, CrystalRecipe) and spec.form is not Form.AMORPHOUS:
        from lithicoat.structures.crystals.cells import load_crystal  # noqa: PLC0415

        try:
            crystal = load_crystal(recipe.cif)
            return _coherent(crystal, below, name=film.id, spec=spec, limits=limits), ""
        except NoMatchError as error:
            if spec.form is Form.CRYSTAL:
                raise
            note = error.message
    return _packed(recipe, below, name=film.id, spec=spec, limits=limits, rng=rng), note


def _packed(
    recipe: Recipe, below: Sheet, *, name: str, spec: InterfaceSpec, limits: Limits, rng: np.random.Generator
) -> Piece:
    return packed(
        recipe,
        below,
        name=name,
        thickness_A=spec.film_thickness_A or THICKNESS_A,
        exact=spec.film_thickness_A is not None,
        limits=limits,
        rng=rng,
    )


def _coherent(
    crystal: Atoms,
    below: Sheet,
    *,
    name: str,
    spec: InterfaceSpec,
    limits: Limits,
    faces: tuple[str, ...] | None = None,
) -> Piece:
    """Match a crystal; where its thickness is left open, thinner films are tried too."""
    asked = spec.film_thickness_A
    wishes = [asked] if asked is not None else [share * THICKNESS_A for share in THINNER]
    for thickness in wishes[:-1]:
        try:
            return coherent(crystal, below, name=name, thickness_A=thickness, limits=limits, faces=faces)
        except NoMatchError:
            continue
    return coherent(crystal, below, name=name, thickness_A=wishes[-1], limits=limits, faces=faces)


def _stitched(
    recipe: StitchedRecipe,
    below: Sheet,
    *,
    name: str,
    spec: InterfaceSpec,
    limits: Limits,
    rng: np.random.Generator,
) -> Piece:
    """Match the basal plane of the host, then set the filler into it."""
    from lithicoat.structures.crystals.cells import load_crystal  # noqa: PLC0415
    from lithicoat.structures.crystals.stitched import stitch  # noqa: PLC0415

    piece = _coherent(load_crystal(recipe.cif), below, name=name, spec=spec, limits=limits, faces=("(001)",))
    film = piece.film
    cell = np.diag([0.0, 0.0, film.thickness_A + ROOM_A])
    cell[:2, :2] = film.plane_A
    host = Atoms(film.symbols, positions=film.positions_A, cell=cell, pbc=True)
    filled, pairs = stitch(host, recipe, name=name, rng=rng)
    story = {**piece.story, "pairs": pairs, "fraction": recipe.fraction}
    return replace(piece, film=Sheet.of(filled, molecular=True), story=story)


def _ideal_density(atoms: Atoms, piece: Piece, electrode_A: float, vacuum_A: float) -> float:
    """Return the mass over the volumes of both sides at their ideal densities, and the vacuum, g/cm³."""
    volume = piece.electrode.area_A2 * (electrode_A + piece.height_A + vacuum_A)
    return float(atoms.get_masses().sum()) / volume * 1.66053906660


def _report(
    name: str, electrode: Electrode, piece: Piece, joined: Joined, *, spec: InterfaceSpec, note: str
) -> InterfaceReport:
    def rounded(value: float | None) -> float | None:
        return None if value is None else round(float(value), 4)

    return InterfaceReport(
        film=name,
        film_face=piece.face,
        film_form=piece.form,
        electrode=electrode.label,
        misfit=round(max(piece.film_misfit.value, piece.electrode_misfit.value), 6),
        film_strain=Strain.of(piece.film_misfit),
        electrode_strain=Strain.of(piece.electrode_misfit),
        area_A2=round(piece.electrode.area_A2, 4),
        interfaces=1 if spec.vacuum_A else 2,
        gap_A=round(joined.gap_A, 4),
        upper_gap_A=rounded(joined.upper_gap_A),
        vacuum_A=spec.vacuum_A,
        film_thickness_A=round(piece.film.thickness_A, 4),
        electrode_thickness_A=round(piece.electrode.thickness_A, 4),
        atoms=len(joined.atoms),
        electrode_atoms=piece.electrode.size,
        film_atoms=piece.film.size,
        fixed_atoms=len(joined.fixed),
        note=note,
    )
