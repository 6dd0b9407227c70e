"""Replicas of a film: failed ones and odd ones are made again, and the film says so."""

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from ase.calculators.lj import LennardJones
from jobflow import Flow, run_locally
from jobflow.managers.fireworks import flow_to_workflow

from lithicoat.analysis.properties import Bound, Property
from lithicoat.structures.coating import Coating, Role
from lithicoat.structures.errors import StructureError
from lithicoat.structures.recipes import AmorphousRecipe, LithiconeRecipe
from lithicoat.workflows.campaign import run_jobs
from lithicoat.workflows.cli import run
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.films import building
from lithicoat.workflows.films.annealing import AnnealDocument, AnnealMaker
from lithicoat.workflows.films.building import BuildMaker, Place, build_replica
from lithicoat.workflows.films.ensembles import EnsembleDocument, describe_film
from lithicoat.workflows.potentials.registry import PotentialRef, register
from lithicoat.workflows.progress import Outcome
from lithicoat.workflows.protocols import Preset, Protocol, preset
from lithicoat.workflows.recording import record_of, replica_convergence
from lithicoat.workflows.screening import ScreeningMaker
from lithicoat.workflows.steps import run_alone
from lithicoat.workflows.storage import open_store

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore:Some jobs are not connected")

FILM = Coating(
    id="Li2S-glass",
    name="a glass",
    family="sulfide",
    role=Role.ANODE,
    recipe=AmorphousRecipe(
        builder="amorphous", composition="Li2S", crystal_density_g_cm3=1.66, density_source="CRC Handbook"
    ),
)
ENTRY = """
[[coating]]
id = "Li2S-glass"
name = "a glass"
family = "sulfide"
role = "anode"
[coating.recipe]
builder = "amorphous"
composition = "Li2S"
crystal_density_g_cm3 = 1.66
density_source = "CRC Handbook"
"""


class Furnace:
    """Stands in for the dynamics: fails, or swells, the replicas of some seeds."""

    def __init__(self) -> None:
        self.broken: set[int] = set()
        self.swollen: set[int] = set()
        self.annealed: list[int] = []

    def anneal(self, _: AnnealMaker, model: Any, __: Any, *, directory: Any) -> AnnealDocument:
        assert directory.is_dir()
        self.annealed.append(model.seed)
        if model.seed in self.broken:
            raise RunError(f"{model.name} anneal: bond C3-O7 broke")
        atoms = model.atoms
        shape = {12: (3, 2, 2), 30: (5, 3, 2)}[len(atoms)]
        lattice = np.stack(np.unravel_index(np.arange(len(atoms)), shape), axis=1)
        noise = np.random.default_rng(model.seed).normal(0, 0.05, (len(atoms), 3))
        atoms.set_cell(2.5 * np.array(shape))
        atoms.positions = lattice * 2.5 + noise
        swelling = 1.15 if model.seed in self.swollen else 1 + 0.001 * (model.seed % 7)
        atoms.set_cell(atoms.cell * swelling, scale_atoms=True)
        film = model.with_atoms(atoms, step="melt and quench")
        return AnnealDocument(
            model=film, density_g_cm3=film.density_g_cm3, final_temperature_K=300.0, shells=()
        )


class Listener:
    def __init__(self) -> None:
        self.outcomes: dict[str, Outcome] = {}

    def started(self, step: str) -> None: ...

    def advanced(self, *_: Any) -> None: ...

    def ended(self, step: str, outcome: Outcome) -> None:
        self.outcomes[step] = outcome


@pytest.fixture(autouse=True)
def furnace(monkeypatch: pytest.MonkeyPatch) -> Furnace:
    furnace = Furnace()
    monkeypatch.setattr(
        AnnealMaker,
        "anneal",
        lambda maker, model, potential, directory: furnace.anneal(
            maker, model, potential, directory=directory
        ),
    )
    return furnace


@pytest.fixture(scope="module")
def potential() -> PotentialRef:
    return register("lj-glass", LennardJones, elements=["Li", "S", "C", "H", "O"])


def protocol(*, replicas: int = 3, rebuilds: int = 1) -> Protocol:
    numbers = preset(Preset.QUICK)
    build = numbers.build.model_copy(update={"replicas": replicas, "rebuilds": rebuilds, "max_atoms": 12})
    return numbers.model_copy(update={"build": build})


def make(potential: PotentialRef, tmp_path: Any, **numbers: int) -> tuple[EnsembleDocument, Listener]:
    maker, listener = ScreeningMaker(protocol=protocol(**numbers)), Listener()
    films = maker.films(FILM, potential, seed=0)
    (last,) = maker.ensemble(films)
    outputs = run_jobs(Flow([*films.jobs, last], name="film"), tmp_path / "db", listener)
    return outputs[last.uuid], listener


def test_replicas_that_agree_are_left_as_they_are(furnace, potential, tmp_path):
    ensemble, listener = make(potential, tmp_path)
    assert furnace.annealed == [0, 1, 2]
    film = ensemble.structure
    assert (film.replicas, film.wanted, film.seeds) == (3, 3, (0, 1, 2))
    assert film.left_out == film.odd == film.flags == ()
    assert film.density.value == pytest.approx(np.mean(film.densities_g_cm3))
    assert film.density.uncertainty == pytest.approx(np.std(film.densities_g_cm3, ddof=1) / np.sqrt(3))
    assert {(curve.center, curve.neighbor) for curve in ensemble.rdfs} == {
        ("Li", "Li"),
        ("Li", "S"),
        ("S", "S"),
    }
    assert all(len(curve.standard_error) == len(curve.g) for curve in ensemble.rdfs)
    assert set(listener.outcomes.values()) == {Outcome.DONE}


def test_a_replica_that_fails_is_made_again(furnace, potential, tmp_path):
    furnace.broken = {1}
    ensemble, _ = make(potential, tmp_path)
    assert furnace.annealed == [0, 1, 101, 2]
    film = ensemble.structure
    assert film.seeds == (0, 101, 2)
    (gone,) = film.left_out
    assert (gone.replica, gone.seed, gone.density_g_cm3) == (2, 1, None)
    assert gone.reason == "Li2S-glass anneal: bond C3-O7 broke"
    assert film.flags == ("replica 2 was made again: Li2S-glass anneal: bond C3-O7 broke",)


def test_a_replica_that_fails_too_often_fails_with_both_reasons(furnace, potential, tmp_path):
    furnace.broken = {1, 101}
    with pytest.raises(RunError, match=r"O7 broke; made again with another seed: .*O7 broke"):
        make(potential, tmp_path)


def test_without_rebuilds_a_failure_is_one(furnace, potential, tmp_path):
    furnace.broken = {1}
    with pytest.raises(RunError, match=r"bond C3-O7 broke$"):
        make(potential, tmp_path, rebuilds=0)
    assert 101 not in furnace.annealed


def test_a_lost_replica_leaves_the_others(furnace, potential, tmp_path):
    furnace.broken = {1, 101}
    maker = ScreeningMaker(protocol=protocol())
    films = maker.films(FILM, potential, seed=0)
    (last,) = maker.ensemble(films)
    with run_alone():
        responses = run_locally(Flow([*films.jobs, last]), store=open_store(tmp_path / "db"), log=False)
    film = responses[last.uuid][1].output.structure
    assert (film.replicas, film.wanted) == (2, 3)
    assert "2 of 3 replicas: the others failed" in film.flags


@pytest.mark.parametrize("replicas", [3, 5])
def test_an_odd_replica_is_made_again(furnace, potential, tmp_path, replicas):
    furnace.swollen = {2}
    ensemble, _ = make(potential, tmp_path, replicas=replicas)
    film = ensemble.structure
    assert furnace.annealed == [*range(replicas), 102]
    assert film.seeds == (0, 1, 102, *range(3, replicas))
    (gone,) = film.left_out
    assert (gone.replica, gone.seed) == (3, 2)
    assert gone.density_g_cm3 < 0.8 * film.density.value
    assert gone.reason.endswith("below that of the other replicas")
    assert film.odd == ()


def test_an_odd_replica_is_kept_when_its_stand_in_is_odd_too(furnace, potential, tmp_path):
    furnace.swollen = {2, 102}
    film = make(potential, tmp_path)[0].structure
    assert furnace.annealed == [0, 1, 2, 102]
    (odd,) = film.odd
    assert (odd.replica, odd.quantity) == (3, "density")
    assert odd.deviation == pytest.approx(1 / 1.15**3 - 1, abs=0.01)
    assert any(flag.startswith("replica 3 of 3 kept though off: density 3") for flag in film.flags)


def test_a_second_stand_in_is_made_if_it_is_allowed(furnace, potential, tmp_path):
    furnace.swollen = {2, 102}
    film = make(potential, tmp_path, rebuilds=2)[0].structure
    assert film.seeds == (0, 1, 202)
    assert [gone.seed for gone in film.left_out] == [2, 102]
    assert film.odd == ()


def test_an_odd_replica_is_kept_when_its_stand_in_fails(furnace, potential, tmp_path):
    furnace.swollen, furnace.broken = {2}, {102}
    film = make(potential, tmp_path)[0].structure
    assert film.seeds == (0, 1, 2)
    assert film.left_out == ()
    assert any(flag.startswith("replica 3: not replaced, since its stand-in failed") for flag in film.flags)


def test_two_replicas_are_not_judged(furnace, potential, tmp_path):
    furnace.swollen = {1}
    ensemble, listener = make(potential, tmp_path, replicas=2)
    assert furnace.annealed == [0, 1]
    assert "compare replicas" not in listener.outcomes
    assert "2 replicas of an amorphous film; 3 at least show its spread" in ensemble.structure.flags


def test_more_replicas_reuse_those_there_are(furnace, potential, tmp_path):
    furnace.swollen = {2}
    make(potential, tmp_path)
    _, again = make(potential, tmp_path)
    assert set(again.outcomes.values()) == {Outcome.REUSED}
    _, more = make(potential, tmp_path, replicas=4)
    assert furnace.annealed == [0, 1, 2, 102, 3]
    assert more.outcomes["anneal #2"] is more.outcomes["keep or rebuild #3"] is Outcome.REUSED
    assert more.outcomes["anneal #4"] is Outcome.DONE


def test_the_place_is_in_the_seed():
    model = build_replica(FILM, Place(seed=7, replica=4, attempt=2), max_atoms=12)
    assert Place.of(model) == (7, 4, 2)
    assert model.seed == Place(7, 4, 2).model_seed == 7204
    plain = build_replica(FILM, Place(seed=7, replica=4, attempt=0), max_atoms=12)
    models = BuildMaker.make.original(BuildMaker(protocol(replicas=5).build), FILM, 7).models
    assert models[4] == plain != model


def test_a_replica_that_cannot_be_packed_is_packed_with_another_seed(monkeypatch):
    build = building.build_models

    def crowded(*arguments: Any, first: int, **options: Any) -> Any:
        if first in {1, 2, 102}:
            raise StructureError(f"no room for {first}")
        return build(*arguments, first=first, **options)

    monkeypatch.setattr(building, "build_models", crowded)
    maker = BuildMaker(protocol(replicas=2).build)
    assert [model.seed for model in BuildMaker.make.original(maker, FILM, 0).models] == [0, 101]
    with pytest.raises(StructureError, match="no room for 2"):
        BuildMaker.make.original(BuildMaker(protocol(replicas=3).build), FILM, 0)


def test_the_flow_converts_to_fireworks(potential):
    flow = ScreeningMaker(protocol=protocol()).make(FILM, potential, seed=0, campaign="trial")
    workflow = flow_to_workflow(flow)
    by_name = {firework.name: firework for firework in workflow.fws}
    assert by_name["ensemble"].spec["_allow_fizzled_parents"]
    parents = {
        child: {parent.name for parent in workflow.fws if parent.fw_id in ids}
        for child, ids in (
            (name, {fw for fw, children in workflow.links.items() if by_name[name].fw_id in children})
            for name in ("relax #2", "ensemble", "keep or rebuild #2")
        )
    }
    assert parents["relax #2"] == {"keep or rebuild #2"}
    assert parents["keep or rebuild #2"] == {"anneal #2", "compare replicas"}
    assert parents["ensemble"] == {"keep or rebuild", "keep or rebuild #2", "keep or rebuild #3"}


def test_a_lithicone_has_a_network_and_rings():
    """LiHQ: one aromatic ring per unit, whatever the packing."""
    film = FILM.model_copy(
        update={
            "id": "LiHQ-film",
            "recipe": LithiconeRecipe(
                builder="lithicone",
                smiles="[Li]Oc1ccc(O[Li])cc1",
                density_g_cm3=1.4,
                density_source="estimate",
            ),
        }
    )
    models = [build_replica(film, Place(0, k, 0), max_atoms=28) for k in range(2)]
    documents = [
        AnnealDocument(model=model, density_g_cm3=model.density_g_cm3, final_temperature_K=300.0, shells=())
        for model in models
    ]
    structure = describe_film(documents, wanted=2).structure
    rings = {(ring.network, ring.atoms): ring.number.value for ring in structure.rings}
    assert rings == {("covalent", 6): pytest.approx(1)}
    assert structure.network["hydroxyls_per_unit"].value == 0
    assert structure.network["ion_coordination"].uncertainty is not None


def test_a_film_without_replicas_has_no_structure():
    assert describe_film([], wanted=3) == EnsembleDocument(structure=None)


def test_the_record_holds_the_structure(furnace, potential, tmp_path):
    furnace.swollen = {2, 102}
    ensemble, _ = make(potential, tmp_path)
    record = record_of(
        FILM,
        potential,
        protocol(),
        seed=0,
        campaign="trial",
        film=[],
        elastic=[],
        ladder=None,
        scavenging=None,
        failures={},
        ensemble=ensemble,
    )
    assert record.structure == ensemble.structure
    assert record.convergence["density"].sizes[-1].mean == pytest.approx(record.structure.density.value)
    assert any("1 of 3 replicas off the others" in flag for flag in record.properties["shear_modulus"].flags)
    assert type(record).model_validate_json(record.model_dump_json()) == record


def test_diffusivity_converges_where_every_replica_has_one():
    def run_at(kelvin: float, value: float, bound: Bound | None = None) -> SimpleNamespace:
        quantity = Property(value=value, unit="cm2/s", bound=bound)
        return SimpleNamespace(temperature_K=kelvin, results={"Li": SimpleNamespace(diffusivity=quantity)})

    cold = [run_at(500, 1e-8), run_at(500, 1e-7, Bound.UPPER)]
    warm, hot = [run_at(700, 1e-7), run_at(700, 1e-5)], [run_at(900, 1e-5), run_at(900, 1e-5)]
    ladder: Any = SimpleNamespace(temperatures=(*hot, *warm, *cold))
    found = replica_convergence([], ladder, None)
    assert list(found) == ["diffusivity"]
    assert found["diffusivity"].what == "geometric mean at 700 K"
    assert found["diffusivity"].sizes[-1].mean == pytest.approx(1e-6)
    stopped: Any = SimpleNamespace(temperatures=(*warm, SimpleNamespace(temperature_K=700, results={})))
    assert replica_convergence([], stopped, None) == {}


def test_the_command_writes_films_and_their_structure(potential, tmp_path, capsys):
    (tmp_path / "films.toml").write_text(ENTRY)
    options = ["--preset", "quick", "--replicas", "3", "--potential", potential.id]
    arguments = ["anneal", "Li2S-glass", *options, "--catalog", str(tmp_path / "films.toml")]
    assert run([*arguments, "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert answer["structure"]["replicas"] == len(answer["replicas"]) == 3
    assert answer["convergence"]["density"]["sizes"][2]["replicas"] == 3
    assert all((tmp_path / file).exists() for entry in answer["replicas"] for file in entry["files"])
    assert json.loads((tmp_path / answer["file"]).read_text())["rdfs"][0]["center"] == "Li"
    assert run([*arguments, "-q"]) == 0
    printed = capsys.readouterr().out
    assert "TRY-OUT PROTOCOL" in printed
    assert "g/cm3 as annealed; 3 replicas (seed 0, 1, 2)" in printed
    assert "Li–S" in printed
    assert "a standard error of 5% takes about 1 replica" in printed


def test_a_film_that_fails_leaves_the_others(furnace, potential, tmp_path, capsys):
    (tmp_path / "films.toml").write_text(ENTRY + ENTRY.replace("Li2S-glass", "other"))
    furnace.broken = {0, 100}
    options = ["--preset", "quick", "--potential", potential.id, "--catalog", str(tmp_path / "films.toml")]
    assert run(["anneal", "Li2S-glass", "other", *options]) == 1
    shown = capsys.readouterr()
    assert "failed: Li2S-glass anneal: bond C3-O7 broke" in shown.err
    assert "failed: other anneal" in shown.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["Li2O"], "error: Li2O is a crystal; only films that grow amorphous are annealed"),
        (["cell.cif"], "cell.cif"),
        (["LiGLL"], "LiGLL is not in the catalog"),
    ],
)
def test_what_is_not_annealed_is_named(capsys, arguments, sentence):
    assert run(["anneal", *arguments, "--preset", "quick"]) == 2
    assert sentence in capsys.readouterr().err
