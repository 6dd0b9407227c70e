"""Melt and quench, compress and cool, on a copper-aluminium cell with EMT."""

import json

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT

from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.dynamics.watch import StoppedError
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.films import annealing
from lithicoat.workflows.films.annealing import (
    AnnealDocument,
    AnnealMaker,
    compression,
    melt_and_quench,
    spacing_A,
)
from lithicoat.workflows.potentials.registry import register
from lithicoat.workflows.protocols import AnnealSpec, Preset, preset

SPEC = AnnealSpec(
    melt_temperature_K=5000,
    melt_ps=4.0,
    quench_rate_K_ps=10_000,
    compress_pressure_GPa=2.0,
    compress_temperature_K=500,
    compress_ps=0.1,
    hold_ps=0.1,
)


@pytest.fixture
def emt():
    return register("emt", EMT, elements=["Cu", "Al", "H"])


def loose(kind=ModelKind.AMORPHOUS, *, shaken_A=0.3, **story):
    """Eight metal atoms, shaken, at 0.8 of the density."""
    atoms = bulk("Cu", cubic=True) * (2, 1, 1)
    atoms.symbols[::2] = "Al"
    atoms.set_cell(atoms.cell * 1.08, scale_atoms=True)
    atoms.rattle(shaken_A, seed=2)
    return Model.from_atoms(atoms, name="CuAl", kind=kind, seed=4, **story)


def anneal(model, potential, *, spec=SPEC, directory, monkeypatch):
    monkeypatch.chdir(directory)
    maker = AnnealMaker(spec=spec, timestep_fs=4.0, hydrogen_timestep_fs=1.0)
    return AnnealMaker.make.original(maker, model, potential)


def test_a_film_is_melted_quenched_and_held(emt, tmp_path, monkeypatch):
    model = loose()
    film = anneal(model, emt, directory=tmp_path, monkeypatch=monkeypatch)
    assert film.rms_displacement_A >= film.spacing_A == pytest.approx(spacing_A(model))
    assert film.melt_ps < SPEC.melt_ps
    assert film.flags == ()
    assert film.model.symbols == model.symbols
    assert film.model.kind is ModelKind.AMORPHOUS
    assert film.density_g_cm3 == film.model.density_g_cm3 != pytest.approx(model.density_g_cm3, rel=1e-3)
    assert film.model.recipe["steps"][-1]["step"] == "melt and quench"
    assert film.model.recipe["steps"][-1]["melt_temperature_K"] == 5000
    assert "compress_ps" not in film.model.recipe["steps"][-1]
    rows = np.genfromtxt(tmp_path / "thermo.csv", delimiter=",", names=True)
    assert rows["target_K"].max() == 5000
    assert rows["target_K"][-1] == 300
    assert AnnealDocument.model_validate(json.loads(film.model_dump_json())) == film


def test_annealing_again_is_the_same_film(emt, tmp_path, monkeypatch):
    films = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        films.append(anneal(loose(), emt, directory=tmp_path / name, monkeypatch=monkeypatch))
    assert films[0].model.content_hash == films[1].model.content_hash


def test_a_short_melt_is_flagged(emt, tmp_path, monkeypatch):
    monkeypatch.setattr(annealing, "spacing_A", lambda _: 50.0)
    monkeypatch.setattr(annealing, "SOLID_LIMIT", 0.001)
    spec = SPEC.model_copy(update={"melt_ps": 0.2})
    film = anneal(loose(), emt, spec=spec, directory=tmp_path, monkeypatch=monkeypatch)
    found = f"{film.rms_displacement_A:.2f} Å of 50.00 Å in 0.2 ps at 5000 K"
    assert film.melt_ps == pytest.approx(0.2)
    assert film.flags == (f"short melt: the framework moved {found}",)


def test_a_cell_that_stays_solid_is_an_error_before_it_is_quenched(emt, tmp_path, monkeypatch):
    spec = SPEC.model_copy(update={"melt_ps": 0.1, "melt_temperature_K": 310})
    with pytest.raises(RunError, match=r"CuAl anneal: the atoms moved only .* did not melt"):
        anneal(loose(shaken_A=0.02), emt, spec=spec, directory=tmp_path, monkeypatch=monkeypatch)
    rows = (tmp_path / "thermo.csv").read_text().splitlines()
    assert float(rows[-1].split(",")[0]) <= 0.1


def test_lithium_alone_does_not_make_a_melt():
    atoms = Atoms("Li2SLi2S", positions=np.arange(18).reshape(6, 3), cell=[20] * 3, pbc=True)
    model = Model.from_atoms(atoms, name="Li2S", kind=ModelKind.AMORPHOUS)
    assert melt_and_quench(model, SPEC)[1].until.atoms == (2, 5)
    metal = Model.from_atoms(Atoms("Li2", cell=[20] * 3), name="Li", kind=ModelKind.AMORPHOUS)
    assert melt_and_quench(metal, SPEC)[1].until.atoms == (0, 1)


@pytest.mark.parametrize("name", list(Preset))
def test_the_presets_quench_at_their_rate_to_the_final_temperature(name):
    spec = preset(name).anneal
    settle, melt, quench, hold = melt_and_quench(loose(), spec)
    assert settle.kind == "settle"
    assert melt.temperature_K == quench.temperature_K == spec.melt_temperature_K
    assert quench.end_temperature_K == hold.temperature_K == spec.final_temperature_K == 300
    rate = (quench.temperature_K - quench.end_temperature_K) / quench.duration_ps
    assert rate == pytest.approx(spec.quench_rate_K_ps)
    assert hold.pressure_GPa == 0


def test_a_lithicone_is_compressed_released_cooled_and_held():
    press, release, cool, hold = compression(SPEC)[1:]
    assert (press.pressure_GPa, press.end_pressure_GPa, press.temperature_K) == (2.0, None, 500)
    assert (release.pressure_GPa, release.end_pressure_GPa) == (2.0, 0)
    assert (cool.temperature_K, cool.end_temperature_K, cool.pressure_GPa) == (500, 300, 0)
    assert (hold.temperature_K, hold.pressure_GPa) == (300, 0)
    assert {stage.duration_ps for stage in (press, release, cool)} == {SPEC.compress_ps}


def test_a_lithicone_keeps_its_bonds(emt, tmp_path, monkeypatch):
    monkeypatch.setattr(annealing, "watch_bonds", lambda _: lambda _: None)
    model = loose(ModelKind.MOLECULAR, bonds=((0, 1),))
    film = anneal(model, emt, directory=tmp_path, monkeypatch=monkeypatch)
    assert film.model.bonds == ((0, 1),)
    assert film.rms_displacement_A is film.melt_ps is film.spacing_A is None
    assert film.density_g_cm3 > model.density_g_cm3  # the loose cell has closed
    assert film.model.recipe["steps"][-1]["step"] == "compress and cool"
    assert "melt_ps" not in film.model.recipe["steps"][-1]


def test_a_broken_bond_fails_the_film_by_name(emt, tmp_path, monkeypatch):
    watchers = iter([None, None, "bond C3-O7 broke"])
    monkeypatch.setattr(annealing, "watch_bonds", lambda _: lambda _: next(watchers))
    model = loose(ModelKind.MOLECULAR, bonds=((0, 1),))
    with pytest.raises(StoppedError, match=r"CuAl anneal: bond C3-O7 broke at 0\.100 ps .* \d+ K"):
        anneal(model, emt, directory=tmp_path, monkeypatch=monkeypatch)


def test_hydrogen_shortens_the_time_step(emt, tmp_path, monkeypatch):
    steps = []

    def listen(*_args, timestep_fs, **_kwargs):
        steps.append(timestep_fs)
        raise KeyboardInterrupt

    monkeypatch.setattr(annealing, "run_dynamics", listen)
    model = loose()
    for symbols in (model.symbols, ("H", *model.symbols[1:])):
        with pytest.raises(KeyboardInterrupt):
            anneal(
                model.model_copy(update={"symbols": symbols}),
                emt,
                directory=tmp_path,
                monkeypatch=monkeypatch,
            )
    assert steps == [4.0, 1.0]


def test_a_crystal_is_not_annealed(emt, tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="CuAl is a crystal; only packed cells are annealed"):
        anneal(loose(ModelKind.CRYSTAL), emt, directory=tmp_path, monkeypatch=monkeypatch)
