"""`lithicoat diffusion --trajectory`: files of other programs, good and bad."""

import json
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.io import write
from ase.io.vasp import write_vasp_xdatcar

from lithicoat.workflows.cli import run
from lithicoat.workflows.dynamics.blocks import TrajectoryHeader
from lithicoat.workflows.dynamics.writer import TrajectoryWriter

EDGE_A = 12.0
D_A2_PS = 0.2  # 2e-5 cm2/s


def positions(diffusivity_A2_ps=D_A2_PS, *, frames=300, interval_ps=0.05, seed=1):
    """Give a random walk of 30 Li in a rigid frame of 20 S."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, np.sqrt(2 * diffusivity_A2_ps * interval_ps), (frames, 30, 3))
    lithium = rng.uniform(0, EDGE_A, (30, 3)) + np.cumsum(steps, axis=0)
    frame = rng.uniform(0, EDGE_A, (20, 3)) + rng.normal(0, 0.05, (frames, 20, 3))
    return np.concatenate([lithium, frame], axis=1)


def images(walk, symbols="Li30S20"):
    return [Atoms(symbols, positions=here % EDGE_A, cell=[EDGE_A] * 3, pbc=True) for here in walk]


def dump(path, walk):
    """Write a LAMMPS dump with types 1 (Li) and 2 (S), unwrapped."""
    kinds = [1] * 30 + [2] * 20
    text = []
    for step, here in enumerate(walk):
        text += ["ITEM: TIMESTEP", str(step), "ITEM: NUMBER OF ATOMS", str(len(here))]
        text += ["ITEM: BOX BOUNDS pp pp pp", *[f"0 {EDGE_A}"] * 3, "ITEM: ATOMS id type xu yu zu"]
        text += [
            f"{number} {kind} {x:.6f} {y:.6f} {z:.6f}"
            for number, (kind, (x, y, z)) in enumerate(zip(kinds, here, strict=True), start=1)
        ]
    path.write_text("\n".join(text) + "\n")


def answer(capsys, *arguments):
    capsys.readouterr()
    assert run(["diffusion", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refusal(capsys, *arguments):
    capsys.readouterr()
    assert run(["diffusion", *map(str, arguments)]) == 2
    told = capsys.readouterr().err
    assert "Traceback" not in told
    return " ".join(told.split())


AT = ("--timestep", "50", "--temperature", "800")


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    write(tmp_path / "walk.extxyz", images(positions()))
    return tmp_path / "walk.extxyz"


def test_a_dump_and_an_xdatcar_of_one_walk_say_the_same(capsys, tmp_path):
    places = positions(frames=200)
    dump(tmp_path / "run.lammpstrj", places)
    write_vasp_xdatcar(tmp_path / "XDATCAR", images(places))
    found = [
        answer(capsys, "--trajectory", tmp_path / name, *AT, *more)
        for name, more in (("run.lammpstrj", ("--types", "Li,S")), ("XDATCAR", ()))
    ]
    rows = [one["temperatures"][0] for one in found]
    for row in rows:
        assert abs(row["diffusivity"]["value"] - 2e-5) < 3 * row["diffusivity"]["uncertainty"] < 2e-5
        assert row["mobile_ions"] == 30
        assert row["framework_held"] is True
    assert rows[0]["diffusivity"]["value"] == pytest.approx(rows[1]["diffusivity"]["value"], rel=1e-2)
    assert found[0]["activation_energy"]["value"] is None


@pytest.mark.slow
def test_trajectories_at_several_temperatures_give_an_activation_energy(capsys, tmp_path):
    arguments = []
    for kelvin in (1000, 600, 800):  # in any order
        diffusivity = 5.0 * np.exp(-0.3 / (8.617e-5 * kelvin))
        file = tmp_path / f"{kelvin}.extxyz"
        write(file, images(positions(diffusivity, seed=kelvin)))
        arguments += ["--trajectory", file, "--temperature", kelvin]
    found = answer(capsys, *arguments, "--timestep", 50, "--figures", tmp_path / "figures")
    assert [row["temperature_K"] for row in found["temperatures"]] == [600, 800, 1000]
    energy = found["activation_energy"]
    assert abs(energy["value"] - 0.3) < 3 * energy["uncertainty"] < 0.2
    assert found["conductivity_298K"]["unit"] == "S/cm"
    assert found["species"]["Li"]["activation_energy"] == energy
    assert {file.suffix for file in (tmp_path / "figures").iterdir()} == {".pdf", ".svg", ".cube"}


def test_the_framework_ions_can_be_followed_too(capsys, walk):
    found = answer(capsys, "--trajectory", walk, *AT, "--species", "Li,S")
    assert list(found["species"]) == ["Li", "S"]
    (row,) = found["species"]["S"]["temperatures"]
    assert row["conductivity"]["value"] is None
    assert found["temperatures"][0]["diffusivity"]["bound"] is None


def test_a_trajectory_of_our_own_knows_its_times(capsys, tmp_path):
    places = positions()
    header = TrajectoryHeader(
        symbols=("Li",) * 30 + ("S",) * 20,
        cell_A=((EDGE_A, 0, 0), (0, EDGE_A, 0), (0, 0, EDGE_A)),
        frame_interval_ps=0.05,
        timestep_fs=2,
        temperature_K=850,
        thermostat_ps=0.1,
        seed=0,
    )
    rng = np.random.default_rng(2)
    writer = TrajectoryWriter(tmp_path / "trajectory.frames", header)
    for here in places:
        writer.add(here, (850, rng.normal(-100, 0.5), -90))
    writer.finish()
    assert run(["diffusion", "--trajectory", str(tmp_path / "trajectory.frames"), "--every", "2"]) == 0
    told = capsys.readouterr().out
    assert "850 K   D(Li) (" in told
    assert "e-05 cm2/s   σ " in told
    assert f"150 frames of {tmp_path}/trajectory.frames, " in told
    assert "30 Li, " in told


def test_a_wrong_unit_of_time_is_refused(capsys, tmp_path):
    """The number is given in ps, as if they were fs."""
    write(tmp_path / "walk.extxyz", images(positions()))
    at = ("--timestep", "0.05", "--temperature", "800")
    told = refusal(capsys, "--trajectory", tmp_path / "walk.extxyz", *at)
    assert "between frames" in told


def test_bad_trajectories_get_one_sentence_each(capsys, tmp_path):
    good = images(positions(frames=40))
    cases = {
        "atoms": ([*good[:5], good[0][:-1]], "49 atoms, the first 50"),
        "short": (good[:10], "10 frames"),
        "npt": ([*good[:20], Atoms("Li30S20", good[0].positions, cell=[12.1] * 3, pbc=True)], "cell changes"),
        "open": ([Atoms("Li30S20", good[0].positions, cell=[12.0] * 3, pbc=False)] * 2, "not periodic"),
        "dry": (images(positions(frames=40), "Na30S20"), "there is no Li among the atoms (Na S)"),
    }
    for name, (frames, sentence) in cases.items():
        write(tmp_path / f"{name}.extxyz", frames)
        assert sentence in refusal(capsys, "--trajectory", tmp_path / f"{name}.extxyz", *AT), name


def test_numbers_must_fit_the_files(capsys, walk):
    two = ("--trajectory", walk, "--trajectory", walk, "--timestep", 50)
    assert "2 trajectories with 1 values of --temperature" in refusal(capsys, *two, "--temperature", 800)
    assert "--temperature is missing" in refusal(capsys, "--trajectory", walk, "--timestep", 50)
    assert "must be positive, got -5" in refusal(
        capsys, "--trajectory", walk, "--timestep", -5, "--temperature", 9
    )
    assert "--species Lithium: Lithium is no element" in refusal(
        capsys, "--trajectory", walk, *AT, "--species", "Lithium"
    )
    assert "is no LAMMPS dump" in refusal(capsys, "--trajectory", walk, *AT, "--types", "Li,S")
