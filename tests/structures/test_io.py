import json

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from ase.io import read, write

from lithicoat.structures.build import build_models
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.errors import StructureError
from lithicoat.structures.io import read_model, write_model
from lithicoat.structures.model import ModelKind

SALT = bulk("NaCl", "rocksalt", a=5.64)


def test_an_at_sign_in_a_file_name_is_no_frame_number(tmp_path):
    write(tmp_path / "x.extxyz", [SALT, SALT])
    (tmp_path / "x.extxyz").rename(tmp_path / "salt@2.5.extxyz")
    assert read_model(tmp_path / "salt@2.5.extxyz").formula == "ClNa"


@pytest.mark.parametrize("file", ["x.cif", "x.vasp", "x.extxyz", "x.xsf", "x.traj"])
def test_formats(tmp_path, file):
    write(tmp_path / file, SALT)
    model = read_model(tmp_path / file)
    assert model.name == "x"
    assert model.kind is ModelKind.CRYSTAL
    assert model.formula == "ClNa"
    assert model.atoms.get_volume() == pytest.approx(5.64**3 / 4, rel=1e-4)
    assert len(model.recipe["sha256"]) == 64


def test_pymatgen_reads_what_ase_does_not(tmp_path):
    from pymatgen.io.ase import AseAtomsAdaptor

    AseAtomsAdaptor.get_structure(SALT).to(filename=str(tmp_path / "x.json"), fmt="json")
    assert read_model(tmp_path / "x.json").formula == "ClNa"


def test_last_frame_is_taken(tmp_path):
    larger = SALT.copy()
    larger.set_cell(SALT.cell * 1.1, scale_atoms=True)
    write(tmp_path / "run.extxyz", [SALT, larger])
    assert read_model(tmp_path / "run.extxyz").atoms.get_volume() == pytest.approx(larger.get_volume())


def test_a_lithicone_gets_its_graph(tmp_path):
    write(tmp_path / "x.extxyz", molecule("CH3OH", cell=[8, 8, 8], pbc=True))
    assert len(read_model(tmp_path / "x.extxyz", kind=ModelKind.MOLECULAR).bonds) == 5
    assert read_model(tmp_path / "x.extxyz").bonds is None


def _write(path, text):
    path.write_text(text)
    return path


def test_files_that_are_no_structures(tmp_path):
    for path, told in (
        (tmp_path / "none.cif", "does not exist"),
        (tmp_path, "is a directory"),
        (_write(tmp_path / "empty.cif", ""), "is empty"),
        (_write(tmp_path / "notes.txt", "hello\n"), "cannot be read as a structure"),
        (_write(tmp_path / "broken.cif", "data_x\n_cell_length_a what\n"), "cannot be read as a structure"),
        (_write(tmp_path / "broken.extxyz", "3\n\nLi 0 0\n"), "cannot be read as a structure"),
        (_write(tmp_path / "POSCAR", "x\n1.0\n1 0\n"), "cannot be read as a structure"),
        (_write(tmp_path / "none.xyz", "0\n\n"), "holds no atoms|cannot be read as a structure"),
    ):
        with pytest.raises(StructureError, match=told):
            read_model(path)


DISORDERED = """data_x
_cell_length_a 4
_cell_length_b 4
_cell_length_c 4
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Li1 Li 0 0 0 0.5
{second}
"""


@pytest.mark.parametrize("second", ["Na1 Na 0 0 0 0.5", "O1 O 0.5 0.5 0.5 1"])
def test_disordered_sites_are_refused(tmp_path, second):
    with pytest.raises(StructureError, match=r"has a disordered site \(Li 0.5"):
        read_model(_write(tmp_path / "x.cif", DISORDERED.format(second=second)))


def test_binary_rubbish(tmp_path):
    path = tmp_path / "x.cif"
    path.write_bytes(bytes(range(256)) * 4)
    with pytest.raises(StructureError, match="cannot be read as a structure"):
        read_model(path)


@pytest.mark.parametrize(
    ("atoms", "told"),
    [
        (molecule("H2O"), "not periodic in three directions"),
        (molecule("H2O", cell=[9, 9, 9], pbc=[True, True, False]), "not periodic in three directions"),
        (Atoms("Li", cell=[[3, 0, 0], [0, 3, 0], [3, 3, 0]], pbc=True), "not periodic in three directions"),
        (Atoms("XLi", positions=[[0, 0, 0], [2, 0, 0]], cell=[5, 5, 5], pbc=True), "no known element"),
        (
            Atoms("LiO", positions=[[0, 0, 0], [0.2, 0, 0]], cell=[5, 5, 5], pbc=True),
            "Li1 and O2 of .* 0.20 Å",
        ),
        (Atoms("Li", positions=[[np.nan, 0, 0]], cell=[5, 5, 5], pbc=True), "are no numbers"),
    ],
)
def test_cells_that_cannot_be_simulated(tmp_path, atoms, told):
    write(tmp_path / "x.extxyz", atoms)
    with pytest.raises(StructureError, match=told):
        read_model(tmp_path / "x.extxyz")


@pytest.mark.parametrize(("name", "stem"), [("Li2S", "Li2S-crystal"), ("Li2SOx@2.5", "Li2SOx_2.5-4000")])
def test_written_model_reads_back(tmp_path, name, stem):
    [model] = build_models(load_catalog().find(name), max_atoms=32, replicas=1, seed=4)
    paths = write_model(model, tmp_path / "deep" / "er")
    assert [path.name for path in paths] == [f"{stem}.extxyz", f"{stem}.cif", f"{stem}.json"]
    for path in paths[:2]:
        again = read(path)
        assert again.get_chemical_symbols() == list(model.symbols)
        np.testing.assert_allclose(
            again.get_all_distances(mic=True), model.atoms.get_all_distances(mic=True), atol=1e-3
        )
    told = json.loads(paths[2].read_text())
    assert told["content_hash"] == model.content_hash
    assert told["density_g_cm3"] == pytest.approx(model.density_g_cm3)
    assert told["recipe"] == model.recipe


def test_unwritable_directory(tmp_path):
    [model] = build_models(load_catalog().find("Li2S"), max_atoms=12, replicas=1, seed=0)
    (tmp_path / "file").write_text("")
    with pytest.raises(StructureError, match="cannot be written"):
        write_model(model, tmp_path / "file")
