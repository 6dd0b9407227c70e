"""The guard on a Lennard-Jones solid whose descriptors are the distances to the twelve nearest neighbours."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.calculators.lj import LennardJones
from ase.neighborlist import neighbor_list

from lithicoat.analysis.database import read_records
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows import screening
from lithicoat.workflows.campaign import Campaign, run_campaign
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.mechanics.relaxation import RelaxDocument
from lithicoat.workflows.potentials import environments
from lithicoat.workflows.potentials.environments import (
    NOT_JUDGED,
    EnvironmentDocument,
    EnvironmentMaker,
    environment_flags,
)
from lithicoat.workflows.potentials.guard import Guard, descriptors, fit_guard, flagged_cells, guard_of
from lithicoat.workflows.potentials.registry import PotentialRef, register
from lithicoat.workflows.progress import Outcome
from lithicoat.workflows.protocols import Preset, Protocol, preset
from lithicoat.workflows.screening import ScreeningMaker
from lithicoat.workflows.transport.diffusion import DiffusionMaker

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")

LATTICE_A = 4.15


class Described(LennardJones):
    """A pair potential with descriptors."""

    def get_descriptors(self, atoms: Atoms, *, invariants_only: bool) -> np.ndarray:
        assert invariants_only
        assert np.all(atoms.get_scaled_positions(wrap=False) < 1 + 1e-9)
        centres, lengths = neighbor_list("id", atoms, 8.0)
        return np.array([np.sort(lengths[centres == index])[:12] for index in range(len(atoms))])


def crystal(*, a: float = LATTICE_A) -> Atoms:
    return bulk("Li", "fcc", a=a, cubic=True).repeat((2, 2, 2))


def rattled(count: int, *, seed: int, by_A: float = 0.15) -> list[Atoms]:
    cells = []
    for index in range(count):
        cell = crystal(a=LATTICE_A * (0.97 + 0.06 * index / count))
        cell.rattle(by_A, seed=seed + index)
        cells.append(cell)
    return cells


@pytest.fixture(scope="module")
def potential() -> PotentialRef:
    return register(
        "described", lambda: Described(sigma=2.7, epsilon=0.1, rc=5.0, smooth=True), elements=("Li", "Na")
    )


@pytest.fixture(scope="module")
def known(potential: PotentialRef) -> Guard:
    return fit_guard(rattled(20, seed=0), rattled(10, seed=100), Described(), potential)


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch, known: Guard) -> Guard:
    """Registered potentials have no file beside which a guard could lie."""
    for module in (environments, screening):
        monkeypatch.setattr(module, "guard_of", lambda _potential: known)
    return known


def relaxed(atoms: Atoms, potential: PotentialRef) -> RelaxDocument:
    return RelaxDocument(
        model=Model.from_atoms(atoms, name="film", kind=ModelKind.AMORPHOUS, seed=0),
        potential=potential,
        energy_eV=0.0,
        fmax_eV_A=0.0,
        stress_GPa=(0.0,) * 6,
        steps=0,
        density_g_cm3=1.0,
    )


def test_cells_like_the_training_pass_and_others_do_not(known: Guard):
    same, squeezed = rattled(20, seed=300), [crystal(a=0.85 * LATTICE_A)]
    assert len(flagged_cells(known, same, Described())) <= 3
    assert flagged_cells(known, squeezed, Described()) == [0]


def test_elements_with_too_few_atoms_are_named(potential: PotentialRef):
    one = crystal()
    one.symbols[0] = "Na"
    found = fit_guard([*rattled(5, seed=0), one], rattled(2, seed=50), Described(), potential)
    assert found.left_out == {"Na": 1}
    assert flagged_cells(found, [one], Described()) == [0]
    with pytest.raises(UsageError, match="no element has 50 atoms in the 1 training cells"):
        fit_guard([crystal()], [], Described(), potential)


def test_only_mace_gives_descriptors():
    with pytest.raises(UsageError, match="EMT gives no descriptors"):
        descriptors(EMT(), crystal())


def test_atoms_are_wrapped_and_left_alone():
    cell = crystal()
    cell.positions += cell.cell.array.sum(axis=0) * 3
    before = cell.positions.copy()
    np.testing.assert_allclose(descriptors(Described(), cell), descriptors(Described(), crystal()))
    np.testing.assert_array_equal(cell.positions, before)


def test_a_guard_lies_beside_its_model(tmp_path: Path, known: Guard):
    weights = tmp_path / "mine.model"
    weights.touch()
    ref = PotentialRef(id="mine", sha256=known.sha256, path=str(weights))
    assert guard_of(ref) is None
    known.write(tmp_path / "mine-guard.json")
    found = guard_of(ref)
    assert found == known
    assert found.content_hash == known.content_hash
    assert guard_of(ref.model_copy(update={"sha256": "0" * 64})) is None
    (tmp_path / "mine-guard.json").write_text("{}")
    with pytest.raises(UsageError, match=r"mine-guard.json is no guard"):
        guard_of(ref)
    with pytest.raises(UsageError, match="cannot be written"):
        known.write(tmp_path / "nowhere" / "guard.json")


def test_potentials_without_a_guard(potential: PotentialRef):
    assert guard_of(potential) is None
    assert environment_flags(None, potential, moving=True) == ()


def test_a_failed_step_is_flagged(guarded: Guard, potential: PotentialRef):  # noqa: ARG001
    assert environment_flags(None, potential, moving=False) == (NOT_JUDGED,)


def test_the_flag_names_film_element_and_atom(guarded: Guard, potential: PotentialRef):
    strange = crystal()
    strange.positions[5] += 1.3
    maker = EnvironmentMaker(guard=guarded.content_hash)
    make = EnvironmentMaker.make.original
    document = make(maker, [relaxed(crystal(), potential), relaxed(strange, potential), None], [], potential)
    assert [cell.verdict.flagged for cell in document.cells] == [False, True]
    (flag,) = document.flags(moving=False)
    assert flag.startswith("outside the training of described: ")
    assert "% of Li atoms (amorphous film #2, worst Li5)" in flag
    assert EnvironmentDocument.model_validate_json(document.model_dump_json()) == document
    assert make(maker, [relaxed(crystal(), potential)], [], potential).flags(moving=True) == ()
    assert make(maker, [None], [None], potential).flags(moving=True) == ()


def test_another_guard_is_another_computation(guarded: Guard, potential: PotentialRef):  # noqa: ARG001
    with pytest.raises(RunError, match="is not the one this step was made for"):
        EnvironmentMaker.make.original(EnvironmentMaker(guard="other"), [], [], potential)


def test_frames_of_a_run_are_judged(potential: PotentialRef, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A run leaves a training set of cold cells, though its relaxed cell does not."""
    cold = fit_guard(rattled(20, seed=0, by_A=0.02), rattled(10, seed=100, by_A=0.02), Described(), potential)
    monkeypatch.setattr(environments, "guard_of", lambda _potential: cold)
    (tmp_path / "steps" / "run").mkdir(parents=True)
    numbers = {"equilibration_ps": 0.05, "production_ps": 0.3, "longest_ps": 0.3, "checkpoint_ps": 0.003}
    spec = preset(Preset.QUICK).diffusion.model_copy(update=numbers)
    cell = relaxed(crystal(), potential)
    monkeypatch.chdir(tmp_path / "steps" / "run")
    hot = DiffusionMaker.make.original(DiffusionMaker(spec=spec), cell.model, potential, 1000.0, 1)
    maker = EnvironmentMaker(guard=cold.content_hash, frames=3)
    document = EnvironmentMaker.make.original(maker, [cell], [hot, None], potential)
    assert document.runs[0].verdict.frames == 3
    assert document.flags(moving=False) == ()
    (flag,) = document.flags(moving=True)
    assert "amorphous film at 1000 K" in flag


def test_only_guarded_potentials_get_the_step(
    potential: PotentialRef, known: Guard, monkeypatch: pytest.MonkeyPatch
):
    maker = ScreeningMaker(protocol=preset(Preset.QUICK))
    cell = Model.from_atoms(crystal(), name="film", kind=ModelKind.CRYSTAL)
    jobs, cells = maker.prepare(cell, potential, seed=0)
    assert maker.environments(cells, [], potential) == []
    monkeypatch.setattr(screening, "guard_of", lambda _potential: known)
    (job,) = maker.environments(cells, [], potential)
    assert job.name == "environments"
    assert job.maker.guard == known.content_hash
    assert jobs == cells


FILM = """
[[coating]]
id = "solid"
name = "a Lennard-Jones solid"
family = "model"
role = "anode"
recipe = {{ builder = "crystal", cif = "{cif}" }}
"""


class Silent:
    """Takes no note of anything but how steps end."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Outcome] = {}

    def step_ended(self, _coating: str, step: str, outcome: Outcome) -> None:
        self.outcomes[step] = outcome

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


def test_a_campaign_flags_its_properties_and_judges_once(
    monkeypatch: pytest.MonkeyPatch, potential: PotentialRef, tmp_path: Path
):
    """Trained on cells that are wider by a tenth, the potential does not know the relaxed solid."""
    wide = [crystal(a=1.1 * LATTICE_A) for _ in range(20)]
    for index, cell in enumerate(wide):
        cell.rattle(0.05, seed=index)
    known = fit_guard(wide[:10], wide[10:], Described(), potential)
    for module in (environments, screening):
        monkeypatch.setattr(module, "guard_of", lambda _potential: known)
    bulk("Li", "fcc", a=LATTICE_A, cubic=True).repeat((1, 1, 2)).write(tmp_path / "solid.cif")
    (tmp_path / "catalog.toml").write_text(FILM.format(cif=tmp_path / "solid.cif"))
    numbers = preset(Preset.QUICK).model_dump()
    times = {"equilibration_ps": 0.02, "production_ps": 0.2, "longest_ps": 0.2, "checkpoint_ps": 0.002}
    numbers["diffusion"] |= {"crystal_temperatures_K": (100, 150), **times}
    campaign = Campaign(
        name="guarded",
        coatings=(load_catalog(tmp_path / "catalog.toml").find("solid"),),
        potential=potential,
        protocol=Protocol.model_validate(numbers),
        seed=0,
    )
    first, second = Silent(), Silent()
    run_campaign(campaign, tmp_path / "db", first)
    (record,) = read_records(tmp_path / "db")
    assert record.failures == {}
    still = "outside the training of described: 100 % of Li atoms (crystal solid, worst Li"
    moving = "outside the training of described: 100 % of Li atoms (crystal solid at 1"
    for name, quantity in record.properties.items():
        assert any(flag.startswith(still) for flag in quantity.flags), name
    assert any(flag.startswith(moving) for flag in record.properties["highest_stable_temperature"].flags)
    assert not any(flag.startswith(moving) for flag in record.properties["shear_modulus"].flags)
    run_campaign(campaign, tmp_path / "db", second)
    assert first.outcomes["environments"] is Outcome.DONE
    assert second.outcomes["environments"] is Outcome.REUSED
