"""Figures as files: which are written, under which names, and what they say below."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from ase import units
from ase.io.cube import read_cube

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures import anisotropy, style
from lithicoat.analysis.figures.barriers import EnergyProfile
from lithicoat.analysis.films.rdf import MeanRdf
from lithicoat.analysis.properties import Property
from lithicoat.analysis.transport.arrhenius import fit_arrhenius
from lithicoat.analysis.transport.density_map import density_map
from lithicoat.analysis.transport.records import MsdCurve, TemperatureResult
from lithicoat.workflows.commands import anneal, figures
from lithicoat.workflows.commands.figures import (
    FORMATS,
    barrier_figures,
    density_figures,
    diffusion_figures,
    elastic_figures,
    film_figures,
)
from lithicoat.workflows.commands.single import Task
from lithicoat.workflows.films.ensembles import EnsembleDocument, RdfCurve
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import Preset, preset


@dataclass(frozen=True)
class _Run:
    results: dict[str, TemperatureResult]


@pytest.fixture(autouse=True)
def _quickly(monkeypatch):
    """Write SVG alone, with coarse pictures in it."""
    monkeypatch.setattr(figures, "FORMATS", ("svg",))
    monkeypatch.setitem(style._STYLE, "savefig.dpi", 60)
    monkeypatch.setattr(anisotropy, "STEPS", 8)


def _result(species: str, temperature_K: float, *, known: bool = True) -> TemperatureResult:
    value = 1e-3 * np.exp(-0.3 / (8.617e-5 * temperature_K))
    lags = np.linspace(0.1, 5, 20)
    curve = MsdCurve(
        lags_ps=lags,
        msd_A2=lags,
        error_A2=0.1 * lags,
        fit_from_ps=None,
        line_A2=None,
        lower_A2=None,
        upper_A2=None,
    )
    own = Property(value=value, uncertainty=0.1 * value, unit="cm2/s")
    return TemperatureResult(
        species=species,
        temperature_K=temperature_K,
        diffusivity=own if known else Property.missing("cm2/s", "too short"),
        conductivity=Property.missing("S/cm", "not asked"),
        haven_ratio=Property.missing("1", "not asked"),
        hops=30,
        duration_ps=10,
        framework_msd_A2=0.1,
        framework_held=True,
        framework_reason="held",
        mobile_ions=8,
        volume_A3=300,
        site_spacing_A=2.9,
        msd=curve if known else None,
    )


def _names(files: list[Path]) -> list[str]:
    assert all(file.stat().st_size > 0 for file in files)
    return [file.name for file in files]


def test_diffusion_writes_one_msd_per_element_and_one_arrhenius_plot(tmp_path):
    runs = [_Run({one: _result(one, T) for one in ("Li", "O")}) for T in (600, 800)]
    fits = {one: fit_arrhenius([run.results[one] for run in runs]) for one in ("Li", "O")}
    files = diffusion_figures(
        runs, tmp_path / "new", name="Li3PO4@2.5", arrhenius=fits, caption="mace, protocol quick"
    )
    stems = ["Li3PO4_2.5-msd-Li", "Li3PO4_2.5-msd-O", "Li3PO4_2.5-arrhenius"]
    assert _names(files) == [f"{stem}.svg" for stem in stems]
    text = files[-1].read_text()
    assert "Li3PO4@2.5; mace, protocol quick" in text
    assert ">Diffusivity (cm² s⁻¹)<" in text


def test_one_temperature_makes_no_arrhenius_plot(tmp_path):
    files = diffusion_figures([_Run({"Li": _result("Li", 600)})], tmp_path, name="Li2S")
    assert _names(files) == ["Li2S-msd-Li.svg"]


def test_runs_that_found_nothing_give_no_file(tmp_path):
    assert diffusion_figures([_Run({})], tmp_path, name="x") == []
    assert diffusion_figures([_Run({"Li": _result("Li", 600, known=False)})], tmp_path, name="x") == []
    assert film_figures([], tmp_path, name="x") == []
    assert barrier_figures([], tmp_path, name="x") == []
    assert list(tmp_path.iterdir()) == []


def test_elastic_surfaces_are_left_out_where_they_have_no_meaning(tmp_path):
    tensor = np.diag([100.0] * 3 + [30.0] * 3)
    tensor[:3, :3] += 40 * (1 - np.eye(3))
    files = elastic_figures(tensor, tmp_path, name="Li2S")
    assert {file.stem for file in files} == {"Li2S-youngs-modulus", "Li2S-shear-modulus"}
    tensor[3, 3] = -1
    assert elastic_figures(tensor, tmp_path, name="Li2S") == []


def test_films_and_barriers_have_their_files(tmp_path, monkeypatch):
    radii = np.linspace(0.1, 6, 60)
    rdf = MeanRdf("Li", "S", radii, radii, np.ones(60), None, 1)
    assert _names(film_figures([rdf], tmp_path, name="Li2S")) == ["Li2S-rdf.svg"]
    profile = EnergyProfile(label="Li1–Li1", path_A=[0, 1, 2], energy_eV=[0, 0.3, 0])
    monkeypatch.setattr(figures, "FORMATS", FORMATS)
    files = barrier_figures([profile], tmp_path, name="Li2S")
    assert _names(files) == ["Li2S-barriers.pdf", "Li2S-barriers.svg"]


def test_annealed_films_are_drawn_with_their_number_of_replicas(tmp_path):
    curve = RdfCurve(center="Li", neighbor="S", radii_A=(1.0, 2.0, 3.0), g=(0, 2, 1), standard_error=None)
    numbers = preset(Preset.QUICK)
    ref = PotentialRef.model_construct(id="mace-lithicoat-1")
    task = Task(name="Li2SOx@2.5", subject=None, potential=ref, protocol=numbers, seed=0)
    (file,) = anneal._draw(task, EnsembleDocument(structure=None, rdfs=(curve,)), tmp_path)
    assert Path(file).name == "Li2SOx_2.5-rdf.svg"
    text = Path(file).read_text()
    written = " ".join(re.findall(r">([^<>]+)</t", text))
    assert f"0 replicas; mace-lithicoat-1, protocol {numbers.label}, TRY-OUT PROTOCOL" in written


def test_a_density_is_drawn_and_written_on_its_grid(tmp_path):
    sites = np.array([[1.0, 1, 1], [3, 3, 3], [0, 0, 0]])
    positions = sites + np.random.default_rng(0).normal(0, 0.2, (50, 3, 3))
    density = density_map(positions, symbols=("Li", "Li", "S"), cell_A=4 * np.eye(3), spacing_A=0.4)
    files = density_figures(density, tmp_path, name="Li2S", caption="900 K")
    assert _names(files) == [f"Li2S-density-Li.{ending}" for ending in ("svg", "cube")]
    with files[-1].open() as stream:
        cube = read_cube(stream)
    assert cube["atoms"].get_chemical_symbols() == ["S"]
    np.testing.assert_allclose(cube["atoms"].cell.array, 4 * np.eye(3), atol=1e-4)
    volume_bohr3 = 64 / units.Bohr**3
    assert cube["data"].mean() * volume_bohr3 == pytest.approx(2, rel=1e-3)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "taken").write_text("")
    profile = EnergyProfile(label="Li1–Li1", path_A=[0, 1, 2], energy_eV=[0, 0.3, 0])
    with pytest.raises(DataError, match=r"figure .*taken.* cannot be written"):
        barrier_figures([profile], tmp_path / "taken", name="Li2S")
