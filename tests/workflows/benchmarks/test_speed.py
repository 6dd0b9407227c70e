"""The speed benchmark: who is timed on what; no timing is tested."""

import time

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT

from lithicoat.workflows.benchmarks import inside
from lithicoat.workflows.benchmarks.inside import inside_potential
from lithicoat.workflows.benchmarks.speed import (
    WARM_UP_STEPS,
    SpeedBenchmark,
    StepTime,
    _Contender,
    _ratios,
    foundation_size,
    speed_benchmark,
    timing_cells,
)
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.calculators import Precision, calculator
from lithicoat.workflows.potentials.registry import register, resolve


class _Counting(EMT):
    """EMT that keeps the energies it computed."""

    def __init__(self):
        super().__init__()
        self.computed = []

    def calculate(self, *args, **kwargs):
        super().calculate(*args, **kwargs)
        self.computed.append(self.results["energy"])


@pytest.fixture
def refs():
    found = [
        register("test-ours", _Counting, elements=["Cu", "Al"]),
        register("test-other", _Counting, elements=["Cu"]),
    ]
    yield found
    for ref in found:
        potentials._registered.pop(ref.id)
        calculators._loaded.pop(ref.sha256, None)


@pytest.fixture
def cells():
    return {symbol: bulk(symbol, cubic=True) for symbol in ("Cu", "Al", "Pt")}


def test_all_compute_the_same_moving_cells_in_turns(refs, cells, monkeypatch):
    monkeypatch.setattr(inside, "ATOMS", 32)
    ours, other = refs
    found = speed_benchmark(ours, others=[other], cells=cells, repeats=3)
    assert [(row.cell, row.label) for row in found.times] == [
        ("Cu", "test-ours"),
        ("Cu", "test-other"),
        ("Al", "test-ours"),
    ]
    assert all(0 < row.minimum_ms_per_atom <= row.median_ms_per_atom for row in found.times)
    steps = WARM_UP_STEPS + 3
    mine, theirs = calculator(ours).computed, calculator(other).computed
    assert len(set(theirs)) == steps  # moved before every step
    assert [energy for energy in mine if energy in theirs] == theirs  # the same cells
    assert found.repeats == 3
    assert found.inside_potential.atoms == 32
    assert found.inside_potential.steps == 30
    assert found.threads >= 1
    assert list(found.ratios) == ["test-other"]
    assert type(found).model_validate_json(found.model_dump_json()) == found


class _Slow(EMT):
    """EMT that takes three hundredths of a second."""

    def calculate(self, *args, **kwargs):
        time.sleep(0.03)
        super().calculate(*args, **kwargs)


def test_the_time_of_dynamics_is_that_of_a_slow_potential():
    ref = register("test-slow", _Slow, elements=["Cu"])
    try:
        found = inside_potential(ref, {"few": bulk("Cu"), "some": bulk("Cu") * (3, 3, 3)}, steps=10)
    finally:
        potentials._registered.pop(ref.id)
        calculators._loaded.pop(ref.sha256, None)
    assert (found.cell, found.atoms, found.steps) == ("some", 216, 10)
    assert 0.5 < found.fraction < 1
    assert found.line().startswith("dynamics of 216 atoms (some, 10 steps): ")


class _Nonsense(EMT):
    """EMT whose forces are no numbers."""

    def calculate(self, *args, **kwargs):
        super().calculate(*args, **kwargs)
        self.results["forces"] = self.results["forces"] * np.nan


def test_a_cell_that_breaks_is_not_timed():
    ref = register("test-nonsense", _Nonsense, elements=["Cu"])
    try:
        found = inside_potential(ref, {"some": bulk("Cu") * (3, 3, 3)}, steps=3)
    finally:
        potentials._registered.pop(ref.id)
        calculators._loaded.pop(ref.sha256, None)
    assert found.fraction is None
    assert found.line() == "dynamics of 216 atoms (some) was not timed: the positions are not finite"


def test_a_ratio_is_the_mean_over_the_cells():
    single, double = Precision.SINGLE, Precision.DOUBLE

    def one(label, precision=None, *, ours=False):
        return _Contender(None, label, None, precision, ours=ours)

    def row(cell, label, median):
        return StepTime(cell=cell, atoms=10, label=label, minimum_ms_per_atom=0.5, median_ms_per_atom=median)

    rows = [row("a", "P", 1), row("a", "PP", 2), row("a", "Q", 2), row("a", "QQ", 10)]
    rows += [row("b", "P", 3), row("b", "PP", 5), row("b", "Q", 24), row("b", "QQ", 25), row("b", "R", 9)]
    contenders = [one("P", single, ours=True), one("PP", double, ours=True)]
    contenders += [one("Q", single), one("QQ", double), one("R")]
    ratios = _ratios(rows, contenders)
    assert ratios == pytest.approx({"Q": 4, "QQ": 5, "R": 3})
    found = SpeedBenchmark(
        potential="P", sha256="", threads=2, device="cpu", repeats=1, times=rows, ratios=ratios,
        versions={},
    )  # fmt: skip
    text = "\n".join(found.lines())
    assert "P: 1.73 ms/atom/step; 4.0 x as fast as Q; 5.0 x as fast as QQ" in text
    assert "2 threads, cpu" in text


def test_cells_of_other_elements_are_refused(refs, cells):
    with pytest.raises(UsageError, match="test-ours covers none of the cells"):
        speed_benchmark(refs[0], others=[], cells={"Pt": cells["Pt"]})


def test_no_repeats_are_refused(refs, cells):
    with pytest.raises(UsageError, match="repeats is 0, must be at least 1"):
        speed_benchmark(refs[0], others=[], cells=cells, repeats=0)


@pytest.mark.slow
def test_the_timed_cells_are_of_about_a_hundred_atoms():
    cells = timing_cells()
    assert set(cells) == {"LiGL", "LAS-1-1", "Li2S"}
    assert all(80 <= len(atoms) <= 110 for atoms in cells.values())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_foundation_size_is_that_of_mace_mp_0():
    """MACE-MP-0 medium has 4,688,656 parameters (Batatia et al., arXiv:2401.00096)."""
    ref = foundation_size(Precision.SINGLE)
    try:
        engine = calculator(resolve(ref.id))
        assert sum(weights.numel() for weights in engine.models[0].parameters()) == 4_688_656
    finally:
        potentials._registered.pop(ref.id)
        calculators._loaded.pop(ref.sha256, None)
