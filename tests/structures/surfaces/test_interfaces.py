from collections import Counter

import numpy as np
import pytest
from ase import Atoms
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.coating import Role
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.filling import packed_model
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.recipes import AmorphousRecipe, LithiconeRecipe
from lithicoat.structures.surfaces.film_forms import FilmForm
from lithicoat.structures.surfaces.form import Form
from lithicoat.structures.surfaces.interfaces import InterfaceSpec, interface_of, report_of, sides_of
from lithicoat.structures.surfaces.sheets import contact_radii_A
from lithicoat.structures.surfaces.substrates import default_electrode, electrode_of
from lithicoat.structures.validation import check_model

A_LI, A_LIF = 3.5092, 4.083428


def find(name):
    return load_catalog().find(name)


def on(text):
    return electrode_of(text, find=find)


def build(film, electrode, *, seed=0, **spec):
    subject = find(film) if isinstance(film, str) else film
    model = check_model(interface_of(subject, on(electrode), spec=InterfaceSpec(**spec), seed=seed))
    check_limits(model)
    return model


def check_limits(model):
    report = report_of(model)
    assert model.kind is ModelKind.INTERFACE
    assert report.misfit <= 0.05
    assert len(model.symbols) == report.atoms == report.electrode_atoms + report.film_atoms <= 400
    assert dict(Counter(model.symbols)) == model.recipe["composition"]
    assert report.area_A2 == pytest.approx(abs(np.linalg.det(model.atoms.cell.array[:2, :2])), rel=1e-4)


def nearest_across(model):
    """Return the shortest distance between the two sides over the sum of their contact radii."""
    report, atoms = report_of(model), model.atoms
    split = report.electrode_atoms
    across = atoms.get_all_distances(mic=True)[:split, split:]
    molecular = model.bonds is not None
    below = contact_radii_A(model.symbols[:split], molecular=False)
    above = contact_radii_A(model.symbols[split:], molecular=molecular)
    return float((across / (below[:, None] + above[None])).min())


def test_lithium_fluoride_on_lithium_is_the_match_found_by_hand():
    model = build("LiF", "Li(100)")
    report = report_of(model)
    strain = 3 * A_LI / (A_LIF * np.sqrt(13 / 2)) - 1
    assert (report.film_face, report.film_form) == ("(100)", FilmForm.COHERENT)
    assert report.film_strain.principal == pytest.approx((strain, strain), abs=1e-6)
    assert report.area_A2 == pytest.approx(9 * A_LI**2, rel=1e-4)
    assert report.electrode_strain.von_mises == 0
    assert nearest_across(model) == pytest.approx(1, abs=1e-3)
    assert Counter(sides_of(model)[1].get_chemical_symbols()) == {
        "Li": report.film_atoms / 2,
        "F": report.film_atoms / 2,
    }


def test_a_film_on_its_own_crystal_fits_without_strain():
    """Lithium on lithium: same face, no misfit, smallest cell."""
    cell = Atoms("Li2", scaled_positions=[[0, 0, 0], [0.5] * 3], cell=[A_LI] * 3, pbc=True)
    lithium = Model.from_atoms(cell.repeat((2, 1, 1)), name="own", kind=ModelKind.CRYSTAL)
    report = report_of(build(lithium, "Li(110)"))
    assert report.misfit == pytest.approx(0, abs=1e-6)
    assert report.film_face == "(110)"
    assert report.area_A2 == pytest.approx(A_LI**2 / np.sqrt(2), rel=1e-4)


@given(seed=st.integers(0, 50), vacuum=st.sampled_from([0.0, 12.0]))
@settings(derandomize=True, max_examples=3, deadline=None, phases=[Phase.generate])
def test_packed_oxide_on_lithium(seed, vacuum):
    model = build("Al2O3", "Li(100)", seed=seed, vacuum_A=vacuum, film_thickness_A=7)
    report = report_of(model)
    assert report.film_form is FilmForm.PACKED
    assert nearest_across(model) == pytest.approx(1, abs=0.03)
    electrode, film = sides_of(model)
    assert set(electrode.get_chemical_symbols()) == {"Li"}
    assert set(film.get_chemical_symbols()) == {"Al", "O"}
    assert model.atoms.cell.angles() == pytest.approx([90] * 3)
    assert min(model.atoms.cell.lengths()[:2]) >= 10
    height = model.atoms.cell[2, 2]
    if vacuum:
        heights = model.atoms.positions[:, 2]
        assert height - np.ptp(heights) == pytest.approx(vacuum)
        held = heights[list(model.fixed)]
        assert held.max() - heights.min() <= report.electrode_thickness_A / 3 + 1e-6
        assert (report.interfaces, report.upper_gap_A) == (1, None)
        assert 0 < len(model.fixed) == report.fixed_atoms < report.electrode_atoms
    else:
        told = report.electrode_thickness_A + report.gap_A + report.film_thickness_A + report.upper_gap_A
        assert height == pytest.approx(told, abs=1e-3)
        assert (report.interfaces, model.fixed) == (2, ())


def test_the_seed_decides():
    one, again, other = (build("Li2SOx", "Li(110)", seed=s, film_thickness_A=5) for s in (3, 3, 4))
    assert one.content_hash == again.content_hash != other.content_hash
    assert one.seed == 3


def test_molecules_keep_their_bonds():
    model = build("LiHQ", "Li(100)", film_thickness_A=6)
    report = report_of(model)
    assert model.bonds
    assert all(i >= report.electrode_atoms <= j for i, j in model.bonds)


def test_stitched_boron_nitride_lies_on_its_basal_plane():
    model = build("LiF-hBN", "Li(110)", film_thickness_A=6)
    report, film = report_of(model), sides_of(model)[1]
    counts = Counter(film.get_chemical_symbols())
    assert report.film_face == "(001)"
    assert counts["Li"] == counts["F"] == model.recipe["film"]["pairs"] > 0
    assert counts["B"] == counts["N"]


@pytest.mark.parametrize("electrode", ["NMC811(104)", "NMC811@0.5(012)"])
def test_a_film_on_the_cathode(electrode):
    model = build("LiNbO3", electrode, vacuum_A=10, film_thickness_A=5)
    cathode = Counter(sides_of(model)[0].get_chemical_symbols())
    metals = cathode["Ni"] + cathode["Mn"] + cathode["Co"]
    assert cathode["O"] == 2 * metals
    assert cathode["Li"] == pytest.approx((0.5 if "@" in electrode else 1) * metals, abs=1)
    assert report_of(model).electrode == electrode


def test_a_prepared_cell_is_cut_open_and_strained():
    recipe = AmorphousRecipe(
        builder="amorphous", composition="LiF", crystal_density_g_cm3=2.4, density_source="test"
    )
    film = packed_model(recipe, name="film", max_atoms=64, seed=1)
    model = build(film, "Li(100)")
    report = report_of(model)
    assert report.film_form is FilmForm.STRAINED
    assert report.film_atoms % 64 == 0
    strain = np.prod([1 + e for e in report.film_strain.principal])
    times = report.film_atoms / 64
    edge = film.atoms.cell[0, 0]
    assert report.area_A2 == pytest.approx(times * edge**2 * strain, rel=1e-4)


def test_a_prepared_molecular_cell_keeps_its_molecules_whole():
    recipe = LithiconeRecipe(
        builder="lithicone", smiles="[Li]OCCO[Li]", density_g_cm3=1.0, density_source="test"
    )
    film = packed_model(recipe, name="film", max_atoms=50, seed=1)
    model = build(film, "Li(100)", vacuum_A=10)
    report = report_of(model)
    times = report.film_atoms // len(film.symbols)
    assert len(model.bonds) == times * len(film.bonds)
    heights = model.atoms.positions[:, 2]
    assert max(abs(heights[i] - heights[j]) for i, j in model.bonds) < 1.7


def test_a_crystal_that_matches_nowhere_is_packed_or_refused():
    arguments = {"max_atoms": 110, "film_thickness_A": 5, "electrode_thickness_A": 5}
    with pytest.raises(
        StructureError, match=r"no face of TiO2-anatase matches within 1.0% and 110 atoms: the nea"
    ):
        build("TiO2-anatase", "Li(100)", form=Form.CRYSTAL, max_misfit=0.01, **arguments)
    model = build("TiO2-anatase", "Li(100)", max_misfit=0.01, **arguments)
    report = report_of(model)
    assert report.film_form is FilmForm.PACKED
    assert report.note.startswith("no face of TiO2-anatase matches")
    assert model.recipe["film"]["layers"][0]["packed_as"] == "amorphous counterpart"


@pytest.mark.parametrize(
    ("film", "electrode", "spec", "told"),
    [
        ("Al2O3", "Li(100)", {"film_thickness_A": 60}, "Al2O3 would take .* more than the 346 left"),
        ("Al2O3", "Li(100)", {"max_atoms": 30}, "no rectangular base of 10 Å and wider has at most 30"),
        ("LiF", "Li(100)", {"electrode_thickness_A": 400, "max_atoms": 100}, "Li \\(100\\): a slab of"),
        ("NMC811", "Li(100)", {}, "NMC811 is an electrode, not a film"),
        ("LiF", "NMC811(104)", {"max_atoms": 60}, "no slab of NMC811 \\(104\\)"),
    ],
)
def test_what_cannot_be(film, electrode, spec, told):
    with pytest.raises(StructureError, match=told):
        build(film, electrode, **spec)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Li", "'Li' does not name an electrode and its face"),
        ("Li(abc)", "'abc' is no Miller index"),
        ("Lo(100)", "Lo is not in the catalog"),
        ("LiGL(100)", "LiGL is no crystal, so it has no face"),
        ("nowhere.cif(100)", "nowhere.cif does not exist"),
    ],
)
def test_electrodes_that_are_none(text, told):
    with pytest.raises(StructureError, match=told):
        on(text)


def test_slabs_and_interfaces_are_no_films():
    model = build("Al2O3", "Li(100)", film_thickness_A=8)
    with pytest.raises(StructureError, match="Al2O3_on_Li-100 is of kind interface, not a film"):
        interface_of(model, on("Li(100)"))
    with pytest.raises(StructureError, match="plain is no interface"):
        report_of(Model.from_atoms(model.atoms, name="plain", kind=ModelKind.CRYSTAL))


def test_electrodes_from_files(tmp_path):
    from ase.build import bulk
    from ase.io import write

    write(tmp_path / "Cu.cif", bulk("Cu", cubic=True))
    electrode = on(f"{tmp_path / 'Cu.cif'}(111)")
    assert electrode.label == "Cu(111)"
    report = report_of(interface_of(find("LiF"), electrode, spec=InterfaceSpec(film_thickness_A=4)))
    assert report.misfit <= 0.05


def test_the_role_says_what_a_film_lies_on():
    assert default_electrode(Role.ANODE, name="x") == "Li(100)"
    assert default_electrode(Role.CATHODE, name="x") == "NMC811(104)"
    with pytest.raises(StructureError, match="Li is no film for an electrode"):
        default_electrode(Role.REFERENCE, name="Li")


FILMS = [(c.id, "Li(100)") for c in load_catalog() if c.role in (Role.ANODE, Role.BOTH)]
FILMS += [(c.id, "NMC811(104)") for c in load_catalog() if c.role in (Role.CATHODE, Role.BOTH)]


@pytest.mark.slow
@pytest.mark.parametrize(("film", "electrode"), FILMS)
def test_every_film_of_the_catalog_has_an_interface(film, electrode):
    build(film, electrode)
