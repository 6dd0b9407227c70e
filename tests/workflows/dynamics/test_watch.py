"""What stops a run: nuclei that coincide, numbers that are none, bonds that change, frameworks that melt."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.neighborlist import neighbor_list

from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.dynamics.looking import CLOSEST_A, FASTEST_eV, clash, not_finite, racing
from lithicoat.workflows.dynamics.running import run_dynamics
from lithicoat.workflows.dynamics.stages import NVT
from lithicoat.workflows.dynamics.watch import LASTING_CHECKS, StoppedError, watch_bonds, watch_framework


def test_a_healthy_cell_is_not_stopped():
    atoms = Atoms("H2", positions=[[0, 0, 0], [0, 0, 0.74]], cell=[5] * 3, pbc=True)
    assert clash(atoms) is None
    assert not_finite(atoms, np.zeros((2, 3))) is None


def test_a_clash_is_seen_across_the_boundary_of_an_unwrapped_position():
    atoms = Atoms("LiO", positions=[[0, 0, 0.1], [0, 0, 14.8]], cell=[5] * 3, pbc=True)
    assert clash(atoms) == "Li1 and O2 are 0.30 Å apart"


def test_clashes_agree_with_a_neighbour_list_in_skewed_cells():
    rng = np.random.default_rng(0)
    seen = []
    for _ in range(40):
        cell = np.eye(3) * 3 + rng.normal(scale=1.0, size=(3, 3))
        atoms = Atoms("Li6", scaled_positions=rng.uniform(-2, 3, (6, 3)), cell=cell, pbc=True)
        heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
        if heights.min() < 1.0:
            continue
        distances = neighbor_list("d", atoms, CLOSEST_A)
        seen.append(clash(atoms) is not None)
        assert seen[-1] == (len(distances) > 0)
    assert 0 < sum(seen) < len(seen)


@pytest.mark.parametrize("what", ["forces", "positions", "momenta"])
def test_numbers_that_are_none_are_named(what):
    atoms, forces = Atoms("Cu2", positions=[[0, 0, 0], [0, 0, 2]], cell=[5] * 3, pbc=True), np.zeros((2, 3))
    atoms.set_momenta(np.zeros((2, 3)))
    {"forces": forces, "positions": atoms.positions, "momenta": atoms.arrays["momenta"]}[what][1, 2] = np.inf
    assert not_finite(atoms, forces) == f"the {what} are not finite"


def ethane():
    atoms = Atoms("C2", positions=[[0, 0, 0], [0, 0, 1.5]], cell=[10] * 3, pbc=True)
    return Model.from_atoms(atoms, name="C2", kind=ModelKind.MOLECULAR, bonds=((0, 1),))


def test_a_model_without_bonds_is_not_watched():
    assert watch_bonds(ethane().model_copy(update={"bonds": None})) is None


def stretched(model, length):
    atoms = model.atoms
    atoms.positions[1, 2] = length
    return atoms


def test_only_a_bond_that_stays_broken_stops_a_run():
    model = ethane()
    look = watch_bonds(model)
    for length in (1.5, 4.0, 1.5, *[4.0] * (LASTING_CHECKS - 1)):
        assert look(stretched(model, length)) is None
    reason = look(stretched(model, 4.2))
    assert "C1" in reason
    assert "C2" in reason


def test_what_was_seen_of_the_bonds_survives_an_interruption():
    model = ethane()
    look, again = watch_bonds(model), watch_bonds(model)
    for _ in range(LASTING_CHECKS - 1):
        assert look(stretched(model, 4.0)) is None
    again.recall(look.memory())
    assert again(stretched(model, 4.0)) == look(stretched(model, 4.0)) == "C1–C2 broke"


def test_an_atom_that_races_is_named():
    atoms = Atoms("CuLi", positions=[[0, 0, 0], [0, 0, 2]], cell=[5] * 3, pbc=True)
    speed = np.sqrt(2 * FASTEST_eV / atoms.get_masses()[1])
    atoms.set_velocities([[0, 0, 0], [0, 0.99 * speed, 0]])
    assert racing(atoms) is None
    atoms.set_velocities([[0, 0, 0], [0, 1.1 * speed, 0]])
    assert racing(atoms) == "Li2 races with 12 eV"


# --- frameworks ------------------------------------------------------------------------------------------

LOOKS_PER_ps = 50
"""Looks at a run of 2 fs."""


def walked(paths, *, symbols=None, spacing_A=3.0, watch=None):
    """Show positions, shape (looks, atoms, 3), to a watcher; return after how many ps it stopped, and why."""
    count = paths.shape[1]
    atoms = Atoms(symbols or f"S{count}", cell=[spacing_A * count ** (1 / 3)] * 3, pbc=True)
    watch = watch or watch_framework(atoms.get_chemical_symbols(), timestep_fs=2)
    for look, positions in enumerate(paths, start=1):
        atoms.positions = positions
        if reason := watch(atoms):
            return look / LOOKS_PER_ps, reason
    return None


def brownian(rng, *, D_cm2_s, ps, atoms=30):
    step = np.sqrt(2 * D_cm2_s * 1e4 / LOOKS_PER_ps)
    return rng.normal(0, step, (round(ps * LOOKS_PER_ps), atoms, 3)).cumsum(axis=0)


def vibrating(rng, ps, *, amplitude_A=0.4, atoms=30):
    times = np.arange(round(ps * LOOKS_PER_ps))[:, None, None] / LOOKS_PER_ps
    frequency, phase = rng.uniform(2, 12, (atoms, 3)), rng.uniform(0, 6, (atoms, 3))
    return amplitude_A * np.sin(2 * np.pi * frequency * times + phase) + rng.uniform(0, 9, (atoms, 3))


@pytest.mark.parametrize(("D_cm2_s", "within_ps"), [(1e-4, 5), (3e-5, 16), (1e-5, 40)])
def test_a_melt_is_stopped_soon(D_cm2_s, within_ps):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        paths = brownian(rng, D_cm2_s=D_cm2_s, ps=60) + vibrating(rng, 60)
        time_ps, reason = walked(paths)
        assert 2 <= time_ps <= within_ps
        assert reason.startswith("the framework melted: its atoms moved more than ")


def test_a_framework_that_melts_late_is_stopped():
    rng = np.random.default_rng(0)
    paths = vibrating(rng, 60)
    paths[1000:] += brownian(rng, D_cm2_s=5e-5, ps=40)
    assert 22 < walked(paths)[0] < 45


@pytest.mark.parametrize("amplitude_A", [0.1, 0.5, 1.0])
def test_vibrations_stop_nothing(amplitude_A):
    assert walked(vibrating(np.random.default_rng(1), 100, amplitude_A=amplitude_A)) is None


def test_atoms_that_hop_now_and_then_stop_nothing():
    """A quarter of the framework diffuses fast; the rest stays, in small cells too."""
    for atoms in (4, 8, 30):
        rng = np.random.default_rng(2)
        paths = vibrating(rng, 100, atoms=atoms)
        paths[:, : atoms // 4] += brownian(rng, D_cm2_s=5e-5, ps=100, atoms=atoms // 4)
        assert walked(paths) is None


def test_a_cell_that_rearranges_once_is_left_alone():
    for event in (40, 90, 333, 700, 1400):
        rng = np.random.default_rng(event)
        paths = vibrating(rng, 50)
        paths[event:] += rng.normal(0, 4, (30, 3))
        assert walked(paths) is None


@pytest.mark.parametrize(("bond_A", "spacing_A"), [(1.49, 2.55), (2.05, 3.17)], ids=["sulfate", "PS4"])
@pytest.mark.parametrize("between_ps", [0.3, 1.0, 5.0, 20.0])
def test_anions_that_turn_in_place_stop_nothing(bond_A, spacing_A, between_ps):
    """Corners of tetrahedra that jump among one another; a fifth of the framework is centres, which stay."""
    corners = bond_A / np.sqrt(3) * np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
    rng = np.random.default_rng(0)
    jumps = rng.random((3000, 30)) < 1 / (between_ps * LOOKS_PER_ps)
    jumps[:, :6] = False
    paths = vibrating(rng, 60) + corners[(jumps * rng.integers(1, 4, jumps.shape)).cumsum(axis=0) % 4]
    assert walked(paths, spacing_A=spacing_A) is None


def test_the_framework_may_drift_as_a_whole():
    paths = vibrating(np.random.default_rng(5), 50) + np.linspace(0, 40, 2500)[:, None, None]
    assert walked(paths) is None


def test_mobile_ions_are_not_the_framework():
    rng = np.random.default_rng(6)
    paths = vibrating(rng, 40)
    paths[:, 10:] += brownian(rng, D_cm2_s=1e-4, ps=40, atoms=20)
    assert walked(paths, symbols="S10Li20") is None
    assert walked(paths, symbols="S10O20") is not None
    watch = watch_framework(["S"] * 10 + ["O"] * 20, timestep_fs=2, mobile=("Li", "O"))
    assert walked(paths, symbols="S10O20", watch=watch) is None


def test_a_cell_of_mobile_ions_has_no_framework():
    assert watch_framework(["Li"] * 4, timestep_fs=2) is None


def test_what_was_seen_of_the_framework_survives_an_interruption():
    rng = np.random.default_rng(7)
    paths = brownian(rng, D_cm2_s=5e-5, ps=40)
    whole = walked(paths)
    for cut in (3, 26, 130):
        first, second = (watch_framework(["S"] * 30, timestep_fs=2) for _ in range(2))
        assert walked(paths[:cut], watch=first) is None
        second.recall(first.memory())
        time_ps, reason = walked(paths[cut:], watch=second)
        assert (round(time_ps * LOOKS_PER_ps) + cut, reason) == (round(whole[0] * LOOKS_PER_ps), whole[1])


@pytest.mark.slow
def test_liquid_copper_is_stopped_and_solid_copper_is_not(tmp_path):
    """EMT copper, expanded to the density of the liquid (8 % in length), melts at 3000 K and not at 600 K."""
    atoms = bulk("Cu", cubic=True, a=3.9) * (2, 2, 2)
    for kelvin in (600, 3000):
        place = tmp_path / str(kelvin)
        place.mkdir()
        options = {"timestep_fs": 5, "seed": 0, "directory": place, "checkpoint_steps": 500}
        schedule = (NVT(duration_ps=6, temperature_K=kelvin),)
        watchers = (watch_framework(atoms.get_chemical_symbols(), timestep_fs=5),)
        if kelvin == 600:
            run_dynamics(atoms, EMT(), schedule, watchers=watchers, **options)
        else:
            with pytest.raises(
                StoppedError, match=r"the framework melted: its atoms moved more than 2\.\d Å"
            ):
                run_dynamics(atoms, EMT(), schedule, watchers=watchers, **options)
