"""Packed molecular films hold together when they are compressed warm with a real potential."""

import pytest

from lithicoat.structures.films.filling import packed_model
from lithicoat.structures.recipes import LithiconeRecipe, MetalconeRecipe, PolymerRecipe
from lithicoat.structures.validation import changed_bonds
from lithicoat.workflows.films.annealing import AnnealMaker
from lithicoat.workflows.potentials.trust import choose_potential
from lithicoat.workflows.protocols import AnnealSpec

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

SPEC = AnnealSpec(
    melt_temperature_K=1000,
    melt_ps=0.1,
    quench_rate_K_ps=10_000,
    compress_pressure_GPa=1.0,
    compress_temperature_K=600,
    compress_ps=0.03,
    hold_ps=0.03,
)
COMMON = {"density_source": "test", "layers": 1}
FILMS = {
    "LiEG": lambda: packed_model(
        LithiconeRecipe(builder="lithicone", smiles="OCCO", density_g_cm3=1.42, **COMMON),
        name="LiEG",
        max_atoms=40,
        seed=1,
    ),
    "AlEG": lambda: packed_model(
        MetalconeRecipe(
            builder="metalcone", metal="Al", charge=3, alcohol="OCCO", density_g_cm3=1.6, **COMMON
        ),
        name="AlEG",
        max_atoms=32,
        seed=1,
    ),
    "polyurea": lambda: packed_model(
        PolymerRecipe(
            builder="polymer", unit="*CNC(=O)Nc1ccc(cc1)NC(=O)NC*", length=1, density_g_cm3=1.36, **COMMON
        ),
        name="polyurea",
        max_atoms=32,
        seed=1,
    ),
}


@pytest.mark.parametrize("name", FILMS)
def test_bonds_hold_while_a_film_is_compressed(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = FILMS[name]()
    maker = AnnealMaker(spec=SPEC, timestep_fs=1.0, hydrogen_timestep_fs=1.0)
    potential = choose_potential("mace-lithicoat-1", trusted=False)
    film = AnnealMaker.make.original(maker, model, potential)
    assert changed_bonds(film.model, film.model.atoms) == []
    assert film.density_g_cm3 > 0.75 * model.density_g_cm3
