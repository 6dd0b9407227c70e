"""Reading labels: one form, and one clear sentence for what is wrong with them."""

import gzip
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.calculators.singlepoint import SinglePointCalculator
from ase.data import covalent_radii
from ase.io import write
from ase.neighborlist import neighbor_list
from ase.units import Bohr, GPa, Hartree, kcal, mol

from lithicoat.workflows.distill.checks import element_problem, nearest_contact
from lithicoat.workflows.distill.frames import source_of
from lithicoat.workflows.distill.labels import (
    EnergyUnit,
    ForceUnit,
    LabelError,
    LabelKeys,
    StressUnit,
    open_labels,
    read_labels,
    write_labels,
)
from lithicoat.workflows.errors import UsageError


def labelled(atoms: Atoms, *, source: str, family: str = "elastic") -> Atoms:
    atoms = atoms.copy()
    atoms.calc = EMT()
    energy, forces, stress = atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()
    atoms.calc = None
    atoms.info = {"family": family, "source": source, "REF_energy": energy, "REF_stress": stress}
    atoms.arrays["REF_forces"] = forces
    return atoms


def metals(per_source: int = 6) -> list[Atoms]:
    """EMT cells of metals and alloys, displaced; with six or more of each, also cells of other volumes."""
    return [atoms.copy() for atoms in _metals(per_source)]


@cache
def _metals(per_source: int) -> list[Atoms]:
    rng = np.random.default_rng(0)
    sources, strained = ("Cu", "Al", "Ni", "CuAl", "CuNi", "AlNi"), ("Cu", "Al", "Ni")
    frames = [
        labelled(_metal(source, rng, rattle_A=0.02 + 0.04 * k), source=source)
        for source in sources
        for k in range(per_source)
    ]
    if per_source >= 6:
        frames += [
            labelled(_metal(s, rng, rattle_A=0.01, stretch=0.97 + 0.012 * k), source=f"{s}-strain")
            for s in strained
            for k in range(per_source)
        ]
    return frames


def _metal(source: str, rng: np.random.Generator, *, rattle_A: float, stretch: float = 1.0) -> Atoms:
    atoms = bulk(source[:2], cubic=True).repeat((2, 1, 1))
    if len(source) == 4:
        atoms.symbols[: len(atoms) // 2] = source[2:]
    atoms.set_cell(atoms.cell.array * stretch, scale_atoms=True)
    atoms.positions += rng.normal(scale=rattle_A, size=(len(atoms), 3))
    return atoms


def scaled(frames: list[Atoms], *, energy: float = 1, forces: float = 1, stress: float = 1) -> list[Atoms]:
    changed = [atoms.copy() for atoms in frames]
    for atoms in changed:
        atoms.info["REF_energy"] *= energy
        atoms.info["REF_stress"] = atoms.info["REF_stress"] * stress
        atoms.arrays["REF_forces"] = atoms.arrays["REF_forces"] * forces
    return changed


def refusal(frames: list[Atoms], **keys) -> LabelError:
    write_labels(Path("bad.extxyz"), frames)
    with pytest.raises(LabelError) as caught:
        read_labels("bad.extxyz", keys=LabelKeys(**keys))
    assert caught.value.hint
    return caught.value


def test_what_is_written_is_read_back():
    frames = metals()
    file = write_labels(Path("labels.extxyz.gz"), frames)
    assert (file.frames, file.atoms) == (54, sum(map(len, frames)))
    assert file.families == {"elastic": 54}
    assert sum(file.elements.values()) == file.atoms
    for one, other in zip(frames, read_labels("labels.extxyz.gz"), strict=True):
        assert other.info["REF_energy"] == one.info["REF_energy"]
        assert other.arrays["REF_forces"] == pytest.approx(one.arrays["REF_forces"], abs=1e-8)
        assert other.info["REF_stress"] == pytest.approx(one.info["REF_stress"], rel=1e-12)
        assert (other.info["source"], other.info["family"]) == (one.info["source"], "elastic")
        assert other.calc is None


def test_the_same_labels_are_the_same_bytes():
    one, other = (write_labels(Path(name), metals(2)) for name in ("a.extxyz.gz", "b.extxyz.gz"))
    assert one.content_hash == other.content_hash == one.sha256
    text = gzip.decompress(Path("a.extxyz.gz").read_bytes())
    Path("plain.extxyz").write_bytes(text)
    assert len(read_labels("plain.extxyz")) == 12


def test_a_file_that_has_changed_is_not_read():
    file = write_labels(Path("labels.extxyz"), metals(2))
    assert len(open_labels(file)) == 12
    Path("labels.extxyz").write_text(Path("labels.extxyz").read_text().replace("elastic", "plastic"))
    with pytest.raises(UsageError, match=r"labels\.extxyz has changed"):
        open_labels(file)
    Path("labels.extxyz").unlink()
    with pytest.raises(UsageError, match="are gone"):
        open_labels(file)


def test_results_of_a_calculator_are_labels_too():
    """As ASE reads them from vasprun.xml, OUTCAR, or extended XYZ with its own names."""
    (expected,) = metals(1)[:1]
    atoms = Atoms(expected.numbers, positions=expected.positions, cell=expected.cell, pbc=True)
    atoms.calc = SinglePointCalculator(
        atoms,
        energy=expected.info["REF_energy"],
        forces=expected.arrays["REF_forces"],
        stress=expected.info["REF_stress"],
    )
    write("relaxation.xyz", [atoms], format="extxyz")
    (found,) = read_labels("relaxation.xyz")
    assert found.info["REF_energy"] == pytest.approx(expected.info["REF_energy"])
    assert found.arrays["REF_forces"] == pytest.approx(expected.arrays["REF_forces"], abs=1e-7)
    assert found.info["REF_stress"] == pytest.approx(expected.info["REF_stress"])
    assert (found.info["source"], found.info["family"]) == ("relaxation", "other")


VASPRUN = """<?xml version="1.0" encoding="ISO-8859-1"?>
<modeling>
 <generator><i name="version" type="string">5.4.4</i></generator>
 <incar><i type="int" name="NSW">0</i></incar>
 <kpoints><varray name="kpointlist"><v>0 0 0</v></varray><varray name="weights"><v>1.0</v></varray></kpoints>
 <parameters></parameters>
 <atominfo><atoms>2</atoms><types>1</types>
  <array name="atoms"><set><rc><c>Li</c><c>1</c></rc><rc><c>Li</c><c>1</c></rc></set></array></atominfo>
 <structure name="initialpos"><crystal><varray name="basis"><v>3.4 0 0</v><v>0 3.4 0</v>
  <v>0 0 3.4</v></varray><i name="volume">39.304</i></crystal>
  <varray name="positions"><v>0 0 0</v><v>0.52 0.5 0.5</v></varray></structure>
 <calculation>
  <scstep><energy><i name="e_fr_energy">-3.82</i><i name="e_wo_entrp">-3.80</i><i name="e_0_energy">-3.81</i>
  </energy></scstep>
  <structure><crystal><varray name="basis"><v>3.4 0 0</v><v>0 3.4 0</v><v>0 0 3.4</v></varray>
   <i name="volume">39.304</i></crystal>
   <varray name="positions"><v>0 0 0</v><v>0.52 0.5 0.5</v></varray></structure>
  <varray name="forces"><v>0.1 0 0</v><v>-0.1 0 0</v></varray>
  <varray name="stress"><v>16.02176634 0 0</v><v>0 1.0 0</v><v>0 0 1.0</v></varray>
  <energy><i name="e_fr_energy">-3.82</i><i name="e_wo_entrp">-3.80</i><i name="e_0_energy">-3.81</i></energy>
 </calculation>
</modeling>
"""


def test_results_of_vasp_are_labels_in_our_units():
    """VASP's 16.02 kbar outwards are -0.01 eV/Å³; its energy is the one without entropy."""
    Path("lithium").mkdir()
    Path("lithium/vasprun.xml").write_text(VASPRUN)
    (found,) = read_labels("lithium/vasprun.xml")
    assert found.info["source"] == "lithium/vasprun.xml"
    assert found.info["REF_energy"] == pytest.approx(-3.81)
    assert found.info["REF_stress"][0] == pytest.approx(-0.01, rel=1e-6)
    assert found.arrays["REF_forces"] == pytest.approx(np.array([[0.1, 0, 0], [-0.1, 0, 0]]))


def test_sources_of_files_whose_names_say_nothing():
    assert source_of(Path("Li2S/OUTCAR.gz")) == "Li2S/OUTCAR.gz".removesuffix(".gz")
    assert source_of(Path("run/melt.extxyz.gz")) == "melt"


def test_a_better_teacher_of_some_frames_gives_forces_and_stress_only():
    one, other = metals(1)[:2]
    one.arrays["alt_forces"], one.info["alt_stress"] = one.arrays["REF_forces"] * 2, np.arange(6) / 1000
    one.info |= {"alt_energy": 7.0, "alt_model": "better"}
    write("alt.extxyz", [one, other], format="extxyz")
    plain = read_labels("alt.extxyz")
    assert plain[0].arrays["REF_forces"] == pytest.approx(one.arrays["REF_forces"], abs=1e-7)
    first, second = read_labels("alt.extxyz", keys=LabelKeys(alternative="alt"))
    assert first.info["REF_energy"] == pytest.approx(one.info["REF_energy"])
    assert first.arrays["REF_forces"] == pytest.approx(2 * one.arrays["REF_forces"], abs=1e-7)
    assert first.info["REF_stress"] == pytest.approx(np.arange(6) / 1000)
    assert not any(key.startswith("alt") for key in (*first.info, *first.arrays))
    assert second.arrays["REF_forces"] == pytest.approx(other.arrays["REF_forces"], abs=1e-7)


def test_units_that_are_said_are_converted():
    frames = metals()
    ev = Hartree / Bohr
    write_labels(Path("au.extxyz"), scaled(frames, energy=1 / Hartree, forces=1 / ev, stress=-10 / GPa))
    keys = LabelKeys(
        energy_unit=EnergyUnit.HARTREE, force_unit=ForceUnit.HARTREE_BOHR, stress_unit=StressUnit.KBAR_VASP
    )
    for one, other in zip(frames, read_labels("au.extxyz", keys=keys), strict=True):
        assert other.info["REF_energy"] == pytest.approx(one.info["REF_energy"])
        assert other.arrays["REF_forces"] == pytest.approx(one.arrays["REF_forces"], abs=1e-6)
        assert other.info["REF_stress"] == pytest.approx(one.info["REF_stress"])


def test_a_stress_may_be_a_matrix():
    (atoms,) = metals(1)[:1]
    xx, yy, zz, yz, xz, xy = atoms.info["REF_stress"]
    atoms.info["REF_stress"] = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    write("matrix.extxyz", [atoms], format="extxyz")
    assert read_labels("matrix.extxyz")[0].info["REF_stress"] == pytest.approx([xx, yy, zz, yz, xz, xy])


# --- what is refused ------------------------------------------------------------------------------------


def test_a_file_without_labels_tells_what_it_has():
    write("bare.extxyz", [bulk("Cu"), bulk("Al")], format="extxyz")
    with pytest.raises(
        LabelError, match=r"bare.extxyz is not labelled: none of its 2 frames has energy"
    ) as caught:
        read_labels("bare.extxyz")
    assert "positions only" in caught.value.hint


def test_missing_labels_name_the_frame():
    frames = metals(1)
    del frames[2].arrays["REF_forces"]
    assert "frame 3 of bad.extxyz has no forces (REF_forces), while 5 of 6" in refusal(frames).message
    frames = metals(1)
    del frames[1].info["REF_energy"]
    assert "frame 2 of bad.extxyz has no energy (REF_energy), while 5 of 6" in refusal(frames).message


def test_broken_numbers_name_the_frame():
    frames = metals(1)
    frames[3].info["REF_energy"] = float("nan")
    assert "frame 4 of bad.extxyz has the energy nan" in refusal(frames).message
    frames = metals(1)
    frames[1].arrays["REF_forces"][0, 0] = np.inf
    assert "frame 2 of bad.extxyz has forces that are no numbers" in refusal(frames).message
    frames = metals(1)
    frames[0].info["REF_stress"] = np.full(6, np.nan)
    assert "frame 1 of bad.extxyz has a stress that is no number" in refusal(frames).message


def test_wrong_shapes_name_the_frame():
    frames = metals(1)
    frames[4].arrays["REF_forces"] = frames[4].arrays["REF_forces"][:, 0].copy()
    assert "frame 5 of bad.extxyz has forces of shape (8,) instead of (8, 3)" in refusal(frames).message
    frames = metals(1)
    frames[4].info["REF_stress"] = np.zeros(5)
    assert "frame 5 of bad.extxyz has a stress of shape (5,)" in refusal(frames).message
    frames = metals(1)
    frames[0].info["REF_stress"] = np.arange(9.0).reshape(3, 3)
    assert "frame 1 of bad.extxyz has a stress that is not symmetric" in refusal(frames).message


@pytest.mark.parametrize(
    ("factors", "sentence"),
    [
        ({"energy": mol / kcal, "forces": mol / kcal}, "kcal/mol or kJ/mol, per Å, are suspected"),
        ({"energy": 96.485, "forces": 96.485}, "kcal/mol or kJ/mol, per Å, are suspected"),
        ({"energy": 1 / Hartree, "forces": Bohr / Hartree}, "Hartree and Hartree/Bohr are suspected"),
        ({"forces": Bohr / Hartree}, "eV and Hartree/Bohr are suspected"),
        ({"stress": 1 / GPa}, "GPa is suspected"),
        ({"stress": 10 / GPa}, "kbar is suspected"),
        ({"stress": -10 / GPa}, "the opposite sign (VASP's; in kbar, judging by its size)"),
        ({"stress": -1}, "the opposite sign (VASP's; in eV/Å³, judging by its size)"),
    ],
)
def test_other_units_are_suspected(factors, sentence):
    frames = scaled(metals(), **factors)
    assert sentence in refusal(frames).message
    assert len(read_labels("bad.extxyz", keys=LabelKeys(trusted=True))) == 54


def test_ordinary_labels_raise_no_suspicion():
    write_labels(Path("good.extxyz"), metals())
    assert len(read_labels("good.extxyz")) == 54


def test_forces_alone_are_judged_by_their_size():
    (atoms,) = metals(1)[3:4]
    atoms.arrays["REF_forces"] *= 100
    assert "typical forces are" in refusal([atoms]).message


def test_stresses_alone_are_judged_by_their_size():
    (atoms,) = metals(1)[:1]
    atoms.info["REF_stress"] = np.array([5.0, 5, 5, 0, 0, 0])
    assert "a typical stress of 5, which eV/Å³ do not; GPa is suspected" in refusal([atoms]).message


def test_an_energy_per_atom_among_total_energies_is_found():
    frames = metals()
    for atoms in frames:
        atoms.info["REF_energy"] -= 4 * len(atoms)  # EMT's zero is the crystal; that of DFT is not
    frames[8].info["REF_energy"] /= len(frames[8])
    problem = refusal(frames)
    assert "the energy of frame 9" in problem.message
    assert "of Al8 from Al" in problem.message


def test_an_energy_of_another_zero_is_found_by_the_fit():
    frames = metals(2)
    frames[5].info["REF_energy"] -= 8 * 300.0
    assert "the energy of frame 6" in refusal(frames).message
    assert "does not belong to the others" in refusal(frames).message


def test_atoms_on_top_of_one_another_are_named():
    frames = metals(1)
    frames[2].positions[1] = frames[2].positions[0] + [0.3, 0, 0]
    assert "Ni1 and Ni2 are 0.30 Å apart in frame 3" in refusal(frames).message


@pytest.mark.parametrize("within", [0.5, 0.9, 1.1])
def test_the_nearest_pair_is_that_of_the_neighbour_list(within):
    """In cells of all shapes, small and large, periodic or not, also across their faces."""
    rng = np.random.default_rng(1)
    for _ in range(40):
        cell = np.diag(rng.uniform(2, 9, size=3)) + rng.normal(scale=1.0, size=(3, 3))
        count = int(rng.integers(1, 9))
        atoms = Atoms(
            rng.choice(["Li", "O", "H", "Al"], size=count),
            scaled_positions=rng.uniform(-0.3, 1.3, size=(count, 3)),
            cell=cell,
            pbc=rng.choice([True, False], size=3),
        )
        radii = covalent_radii[atoms.numbers]
        i, j, distances = neighbor_list("ijd", atoms, within * radii)
        expected = (distances / (radii[i] + radii[j])).min() if len(i) else None
        found = nearest_contact(atoms, within=within)
        assert (found is None) == (expected is None)
        if found is not None:
            assert found[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "does not exist"), ("", "holds no configurations"), ("3\nno lattice\nH 0", "cannot be read")],
)
def test_what_is_no_file_of_configurations(content, sentence):
    if content is not None:
        Path("odd.extxyz").write_text(content)
    with pytest.raises(UsageError, match=sentence):
        read_labels("odd.extxyz")
    with pytest.raises(UsageError, match="is a directory"):
        read_labels(".")


def test_scarce_elements_are_named():
    assert element_problem({"Li": 100, "S": 99}, fewest=99) is None
    assert "N (3), P (2) have too few atoms" in str(element_problem({"Li": 50, "P": 2, "N": 3}, fewest=20))
    assert "P (2) has too few atoms" in str(element_problem({"P": 2}, fewest=20))


def test_a_description_counts_what_is_there():
    file = write_labels(Path("x.extxyz"), metals(1))
    assert file.elements == {"Al": 16, "Cu": 16, "Ni": 16}
    assert Path(file.path).is_absolute()
