import sys

import numpy as np
import pytest
from ase.data import atomic_numbers, covalent_radii

from lithicoat.structures.errors import StructureError
from lithicoat.structures.films import packing
from lithicoat.structures.films.packing import (
    PackingError,
    Portion,
    Unit,
    find_packmol,
    pack,
    pack_densest,
    packmol_version,
)
from lithicoat.structures.radii import contact_radius_A, ion_radius_A

ION = Unit(("Li",), np.zeros((1, 3)), (1.0,))
ROD = Unit(("O", "O"), np.array([[0.0, 0, 0], [0, 0, 1.2]]), (1.1, 1.1))


def distances(atoms):
    d = atoms.get_all_distances(mic=True)
    np.fill_diagonal(d, np.inf)
    return d


def test_contacts_hold_across_the_boundary():
    atoms = pack([Portion(ION, 40)], edges_A=(9.0, 9.0, 9.0), seed=1)
    assert len(atoms) == 40
    assert distances(atoms).min() >= 1.96
    assert atoms.cell.lengths() == pytest.approx([9.0] * 3)


def test_units_stay_rigid_and_in_order():
    atoms = pack([Portion(ION, 3), Portion(ROD, 4)], edges_A=(8.0, 8.0, 8.0), seed=1)
    assert atoms.get_chemical_symbols() == ["Li"] * 3 + ["O"] * 8
    for first in range(3, 11, 2):
        assert np.linalg.norm(atoms.positions[first + 1] - atoms.positions[first]) == pytest.approx(
            1.2, abs=1e-4
        )


def test_the_seed_decides():
    one, again, other = (
        pack([Portion(ION, 10)], edges_A=(8.0, 8.0, 8.0), seed=seed).positions for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, other)


def test_too_full_a_cell_says_so():
    with pytest.raises(PackingError, match=r"60 units cannot fit into a cube of 4.00 Å"):
        pack([Portion(ION, 60)], edges_A=(4.0, 4.0, 4.0), seed=1)


def test_packmol_that_finds_no_way_says_so():
    with pytest.raises(PackingError, match=r"Packmol failed in a cube of 5.60 Å|Packmol did not end"):
        pack([Portion(ION, 28)], edges_A=(5.6, 5.6, 5.6), seed=1, timeout_s=4)


def test_a_lone_molecule_must_miss_its_own_image():
    assert len(pack([Portion(ROD, 1)], edges_A=(4.0, 4.0, 4.0), seed=1)) == 2
    with pytest.raises(PackingError, match=r"O1 and O2 are 1.30 Å apart"):
        pack([Portion(ROD, 1)], edges_A=(2.5, 2.5, 2.5), seed=1)


def test_densest_goes_down_until_it_fits():
    packed = pack_densest(
        lambda _: [Portion(ROD, 1)],
        ideal_volume_A3=30.0,
        fractions=(0.9, 0.6, 0.3),
        attempts=1,
        rng=np.random.default_rng(0),
    )
    assert packed.fraction == 0.6  # 3.68 Å fits the rod of 1.2 Å and two radii, 3.22 Å does not
    with pytest.raises(PackingError, match=r"even at 0.90 of the full density"):
        pack_densest(
            lambda _: [Portion(ROD, 1)],
            ideal_volume_A3=20.0,
            fractions=(0.9,),
            attempts=2,
            rng=np.random.default_rng(0),
        )


def test_time_is_limited(monkeypatch, tmp_path):
    slow = tmp_path / "packmol"
    slow.write_text("#!/bin/sh\nexec sleep 5\n")
    slow.chmod(0o755)
    monkeypatch.setattr(packing, "find_packmol", lambda: slow)
    with pytest.raises(PackingError, match=r"did not end within 0.1 s"):
        pack([Portion(ION, 2)], edges_A=(9.0, 9.0, 9.0), seed=1, timeout_s=0.1)


@pytest.fixture
def path_only(monkeypatch, tmp_path):
    """Let only a stand-in on PATH be found, and return a function that makes it."""
    monkeypatch.setitem(sys.modules, "packmol.cli", None)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    find_packmol.cache_clear()

    def make(banner):
        file = tmp_path / "packmol"
        file.write_text(f"#!/bin/sh\necho '{banner}'\n")
        file.chmod(0o755)
        return file

    yield make
    find_packmol.cache_clear()


def test_packmol_of_the_package_comes_first():
    find_packmol.cache_clear()
    assert "site-packages" in str(find_packmol())
    assert packmol_version(find_packmol()) >= (20, 15)


def test_old_packmol_on_path_is_refused(path_only):
    path_only("  Version 20.14.0 ")
    with pytest.raises(StructureError, match=r"Packmol 20.14.0, which cannot pack with periodic"):
        find_packmol()


def test_new_packmol_on_path_is_taken(path_only):
    assert path_only("  Version 20.15.1 ") == find_packmol()


def test_something_else_called_packmol_is_refused(path_only):
    path_only("hello")
    with pytest.raises(StructureError, match="does not say its version"):
        find_packmol()


@pytest.mark.usefixtures("path_only")
def test_no_packmol_at_all(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StructureError, match="Packmol is not installed"):
        find_packmol()


@pytest.mark.parametrize(("symbol", "shannon"), [("O", 1.40), ("S", 1.84), ("F", 1.33)])
def test_anions_get_four_fifths_of_shannon(symbol, shannon):
    assert ion_radius_A(symbol) == pytest.approx(0.8 * shannon)


def test_cations_keep_two_angstrom_from_each_other():
    for symbol in ("Li", "Al", "Zr", "Mg"):
        assert ion_radius_A(symbol) >= 1.0
    assert ion_radius_A("Rb") > ion_radius_A("K") > 0.8 * 1.38
    for symbol in ("K", "Ta", "Zr", "Nb"):  # two of them never start where a checked model sees a collision
        assert ion_radius_A(symbol) > 0.6 * covalent_radii[atomic_numbers[symbol]]


def test_contact_radii_and_unknown_ions():
    assert contact_radius_A("C") == pytest.approx(0.75 * 1.70)
    assert contact_radius_A("Li") == ion_radius_A("Li")
    with pytest.raises(StructureError, match="no ionic radius of Ar"):
        ion_radius_A("Ar")


def test_single_atoms_are_held_between_heights():
    held = ((0, (1.0, 2.0)), (1, (2.0, 3.2)))
    atoms = pack([Portion(ROD, 3, between_A=(0.0, 8.0), held_A=held)], edges_A=(8.0, 8.0, 8.0), seed=1)
    heights = atoms.positions[:, 2].reshape(3, 2)
    assert ((heights[:, 0] > 0.99) & (heights[:, 0] < 2.01)).all()
    assert ((heights[:, 1] > 1.99) & (heights[:, 1] < 3.21)).all()


def test_a_packed_cell_may_be_finished_or_refused():
    def densest(finish):
        return pack_densest(
            lambda _: [Portion(ROD, 2)],
            ideal_volume_A3=60.0,
            fractions=(0.2,),
            attempts=2,
            rng=np.random.default_rng(0),
            finish=finish,
        )

    def halved(atoms):
        atoms.set_cell(atoms.cell.lengths() * [1, 1, 0.5])
        return atoms

    def refused(_):
        raise PackingError("not pretty")

    assert densest(lambda atoms: atoms).fraction == 0.2
    assert densest(halved).fraction == 0.4
    with pytest.raises(PackingError, match="not pretty"):
        densest(refused)
