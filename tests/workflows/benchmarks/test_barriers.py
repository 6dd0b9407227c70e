"""Migration barriers: bands against saddles known by symmetry, the shipped hops, the benchmark."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.emt import EMT

from lithicoat.structures.crystals.cells import supercell_for
from lithicoat.workflows.benchmarks.barriers import (
    MigrationHop,
    PublishedBarrier,
    barrier_benchmark,
    migration_hops,
    migration_source,
)
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.registry import register, resolve
from lithicoat.workflows.progress import listen
from lithicoat.workflows.protocols import BandSpec
from lithicoat.workflows.transport.bands import minimum_energy_path

TIGHT = BandSpec(images=1, end_fmax_eV_A=0.005, fmax_eV_A=0.005)


@pytest.fixture
def emt():
    ref = register("test-emt", EMT, elements=["Al", "Cu"])
    yield ref
    potentials._registered.pop("test-emt")
    calculators._loaded.pop(ref.sha256, None)


def _vacancy_hop(symbol="Al", *, name="Al vacancy", published=(0.4,)):
    """A neighbour of the vacancy in 2x2x2 cells of fcc moves into it."""
    atoms = bulk(symbol, cubic=True) * (2, 2, 2)
    neighbour = int(atoms.get_distances(0, range(1, len(atoms)), mic=True).argmin())
    hop = atoms.get_distance(neighbour + 1, 0, mic=True, vector=True)
    del atoms[0]
    return MigrationHop(
        id=name,
        composition=symbol,
        space_group="Fm-3m",
        published=[
            PublishedBarrier(name=f"{name} {i}", path="1-2", functional="GGA", barrier_eV=value, mace_eV=0.3)
            for i, value in enumerate(published)
        ],
        mobile=neighbour,
        hop_A=tuple(hop),
        symbols=tuple(atoms.symbols),
        cell_A=atoms.cell.tolist(),
        positions_A=atoms.positions.tolist(),
    )


def _saddle_by_symmetry(hop):
    """Halfway the moving atom feels no force along the way; all else relaxes: the saddle without a band."""
    start, _ = hop.ends
    middle = start.copy()
    middle.positions[hop.mobile] += np.array(hop.hop_A) / 2
    limits = {"fmax_eV_A": 0.002, "max_steps": 200, "label": "check"}
    return relax(middle, EMT(), **limits).energy_eV - relax(start, EMT(), **limits).energy_eV


@pytest.mark.parametrize("symbol", ["Al", "Cu"])
def test_the_top_of_the_band_is_the_saddle(symbol):
    hop = _vacancy_hop(symbol)
    expected = _saddle_by_symmetry(hop)
    band = minimum_energy_path(*hop.ends, EMT(), TIGHT, mobile=hop.mobile, label="hop")
    assert band.climbed
    assert band.forward_eV == pytest.approx(expected, abs=1e-3)
    assert band.backward_eV == pytest.approx(expected, abs=1e-3)


def test_the_climbing_image_finds_a_saddle_it_did_not_start_on():
    """With four images none starts halfway: one must climb, and the force along the path then vanishes."""
    hop = _vacancy_hop()
    spec = BandSpec(images=4, end_fmax_eV_A=0.005, fmax_eV_A=0.01)
    band = minimum_energy_path(*hop.ends, EMT(), spec, mobile=hop.mobile, label="hop")
    expected = _saddle_by_symmetry(hop)
    assert band.forward_eV == pytest.approx(expected, abs=2e-3)
    saddle = band.images[band.top].copy()
    saddle.calc = EMT()
    forces = saddle.get_forces()
    assert np.linalg.norm(forces, axis=1).max() < 0.01
    along = band.images[band.top + 1].positions - band.images[band.top - 1].positions
    direction = along / np.linalg.norm(along)
    assert abs(np.vdot(forces, direction)) < 0.01
    below = []
    for shift in (-0.05, 0.05):  # along the path it is a maximum
        moved = saddle.copy()
        moved.positions += shift * direction
        moved.calc = EMT()
        below.append(moved.get_potential_energy() < band.energies_eV.max())
    assert below == [True, True]


def test_images_are_apart_and_start_is_left_alone():
    hop = _vacancy_hop()
    start, end = hop.ends
    before = start.positions.copy()
    band = minimum_energy_path(start, end, EMT(), BandSpec(images=3), mobile=hop.mobile, label="hop")
    np.testing.assert_array_equal(start.positions, before)
    way = [image.positions[hop.mobile] for image in band.images]
    lengths = np.linalg.norm(np.diff(way, axis=0), axis=1)
    assert lengths.sum() == pytest.approx(np.linalg.norm(hop.hop_A), rel=0.1)
    assert lengths.min() > 0.1
    assert all(image.calc is None for image in band.images)


class _Hill(Calculator):
    """Two independent atoms, the first on E(x) = -slope x: no top between the ends."""

    implemented_properties = ("energy", "forces", "stress")

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        x, y, z = atoms.positions[0] - 5
        # minima at x = 0 and x = 2; the second lower by 0.5 eV through a cubic step, y and z harmonic
        t = np.clip(x / 2, 0, 1)
        step, slope = 0.5 * (3 * t**2 - 2 * t**3), 0.5 * (6 * t - 6 * t**2) / 2
        wall = (min(x, 0) ** 2 + max(x - 2, 0) ** 2) * 5
        forces = np.zeros((len(atoms), 3))
        forces[0] = [slope - 10 * (min(x, 0) + max(x - 2, 0)), -10 * y, -10 * z]
        self.results = {
            "energy": wall - step + 5 * (y**2 + z**2),
            "forces": forces,
            "stress": np.zeros(6),
        }


def test_a_path_without_a_top_has_no_climbing_image():
    start = Atoms("LiLi", positions=[[5, 5, 5], [0, 0, 0]], cell=[20] * 3, pbc=True)
    end = start.copy()
    end.positions[0, 0] += 2
    band = minimum_energy_path(start, end, _Hill(), BandSpec(images=3), mobile=0, label="downhill")
    assert not band.climbed
    assert band.forward_eV == pytest.approx(0, abs=1e-6)
    assert band.backward_eV == pytest.approx(0.5, abs=1e-3)


def test_ends_that_meet_are_refused():
    hop = _vacancy_hop()
    start, end = hop.ends
    end.positions[hop.mobile] -= 0.8 * np.array(hop.hop_A)
    with pytest.raises(RunError, match="both ends relax into one minimum"):
        minimum_energy_path(start, end, EMT(), BandSpec(), mobile=hop.mobile, label="hop")


def test_a_band_that_does_not_converge_says_how_far_it_came():
    hop = _vacancy_hop()
    start, end = (relax(a, EMT(), fmax_eV_A=0.001, max_steps=200, label="end").atoms for a in hop.ends)
    spec = BandSpec(max_steps=2, fmax_eV_A=1e-5, end_fmax_eV_A=0.01)
    with pytest.raises(RunError, match=r"did not converge in \d steps: largest force .* \(asked 1e-05\)"):
        minimum_energy_path(start, end, EMT(), spec, mobile=hop.mobile, label="hop")


def test_shipped_hops_are_sound():
    hops = migration_hops()
    assert len(hops) == 39
    assert sum(len(hop.published) for hop in hops) == 46
    assert len({entry.name for hop in hops for entry in hop.published}) == 46
    assert "MIT" in migration_source()
    assert "arXiv:2508.06459" in migration_source()
    for hop in hops:
        start, end = hop.ends
        assert hop.symbols[hop.mobile] == "Li"
        assert 1.5 < np.linalg.norm(hop.hop_A) < 7
        for atoms in (start, end):
            nearest = np.sort(atoms.get_distances(hop.mobile, range(len(atoms)), mic=True))[1]
            assert 1.5 < nearest < 2.6
    disputed = [hop.id for hop in hops if hop.dispute]
    assert disputed == ["LiAlPO4F_1"]


def test_no_two_shipped_hops_are_copies():
    """Copies by symmetry would have the same composition, length and neighbours at both ends."""
    prints = set()
    for hop in migration_hops():
        shells = tuple(
            sorted(
                tuple(np.round(np.sort(atoms.get_distances(hop.mobile, range(len(atoms)), mic=True))[1:9], 2))
                for atoms in hop.ends
            )
        )
        prints.add((hop.composition, hop.space_group, round(float(np.linalg.norm(hop.hop_A)), 2), shells))
    assert len(prints) == len(migration_hops())


def test_the_benchmark_counts_each_hop_once_and_leaves_failures_out(emt):
    told = []

    class Listener:
        def advanced(self, *news):
            if news[3] == "hops":
                told.append(news[1:3])

    still = _vacancy_hop(name="still").model_copy(update={"hop_A": (0.3, 0.0, 0.0)})
    good = _vacancy_hop("Cu", name="good", published=(0.6, 0.62))
    disputed = _vacancy_hop("Cu", name="disputed", published=(0.6, 0.9))
    with listen(Listener()):
        found = barrier_benchmark(emt, hops=[still, good, disputed], spec=BandSpec(images=1))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert [row.id for row in found.hops] == ["good", "disputed"]
    assert "both ends relax into one minimum" in found.failures["still"]
    assert found.n == 1
    ours = found.hops[0].ours
    assert found.mean_error_eV == pytest.approx(ours.barrier_eV - 0.61)
    assert found.mae_eV == pytest.approx(abs(found.mean_error_eV))
    assert found.foundation_mae_eV == pytest.approx(0.31)
    assert ours.forward_eV == pytest.approx(_saddle_by_symmetry(good), abs=5e-3)
    assert ours.others_moved_A < 1
    text = "\n".join(found.lines())
    assert "published as 0.6 and 0.9 eV: not counted" in text
    assert "still" in text
    assert f"mean absolute error {found.mae_eV:.3f} eV" in text
    assert type(found).model_validate_json(found.model_dump_json()) == found


def test_a_hop_in_the_database_is_not_computed_again(emt, tmp_path):
    hop, spec = _vacancy_hop("Cu", name="kept"), BandSpec(images=1)
    first = barrier_benchmark(emt, hops=[hop], spec=spec, db=tmp_path / "db")
    outcomes = []

    class Listener:
        def started(self, step):
            pass

        def advanced(self, *news):
            pass

        def ended(self, step, outcome):
            outcomes.append((step, outcome.value))

    with listen(Listener()):
        again = barrier_benchmark(emt, hops=[hop], spec=spec, db=tmp_path / "db")
    assert outcomes == [("barrier kept", "reused")]
    assert again == first


def test_the_limit_takes_the_first_hops(emt):
    hops = [_vacancy_hop("Cu", name=name) for name in ("a", "b", "c")]
    found = barrier_benchmark(emt, hops=hops, limit=1, spec=BandSpec(images=1))
    assert [row.id for row in found.hops] == ["a"]


def test_a_potential_without_hops_is_told_so(emt):
    with pytest.raises(UsageError, match="test-emt covers none of the hops"):
        barrier_benchmark(emt)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_chgnet_carries_lithium_through_its_sulfide():
    """A vacancy hop in antifluorite Li2S: both directions are alike by symmetry, and there is a barrier."""
    from lithicoat.structures.crystals.cells import load_crystal
    from lithicoat.workflows.potentials.calculators import calculator

    atoms = supercell_for(load_crystal("Li2S_225.cif"), 36)
    first = next(i for i, symbol in enumerate(atoms.symbols) if symbol == "Li")
    distances = atoms.get_distances(first, range(len(atoms)), mic=True)
    target = min(
        (i for i in range(len(atoms)) if atoms.symbols[i] == "Li" and i != first), key=lambda i: distances[i]
    )
    shift = atoms.get_distance(target, first, mic=True, vector=True)
    del atoms[first]
    mobile = target - (target > first)
    end = atoms.copy()
    end.positions[mobile] += shift
    engine = calculator(resolve("chgnet"))
    band = minimum_energy_path(atoms, end, engine, BandSpec(images=1), mobile=mobile, label="Li2S")
    assert 0.1 < band.forward_eV < 0.5
    assert band.backward_eV == pytest.approx(band.forward_eV, abs=0.02)
