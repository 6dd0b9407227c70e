"""Splitting by source, and energies of the elements."""

from collections import Counter

import numpy as np
import pytest
from ase import Atoms

from lithicoat.workflows.distill.baseline import baseline, least_squares_energies
from lithicoat.workflows.distill.split import refuse_shared_sources, split_by_source
from lithicoat.workflows.errors import UsageError

ENERGIES = {"Li": -1.9, "O": -4.9, "S": -4.1}


def frame(formula: str, *, source: str = "s", noise: float = 0.0) -> Atoms:
    atoms = Atoms(formula)
    energy = sum(ENERGIES[symbol] for symbol in atoms.get_chemical_symbols()) + noise
    atoms.info = {"source": source, "REF_energy": energy}
    return atoms


def many(sources: int = 60) -> list[Atoms]:
    rng = np.random.default_rng(0)
    return [
        frame("Li2O" if number % 2 else "Li2S", source=f"run-{number}")
        for number in range(sources)
        for _ in range(rng.integers(1, 9))
    ]


def sources(frames: list[Atoms]) -> set[str]:
    return {atoms.info["source"] for atoms in frames}


@pytest.mark.parametrize("seed", range(5))
def test_no_source_is_on_two_sides_and_nothing_is_lost(seed):
    frames = many()
    split = split_by_source(frames, valid_fraction=0.1, test_fraction=0.15, seed=seed)
    sides = [sources(side) for side in (split.train, split.valid, split.test)]
    assert sum(map(len, sides)) == len(set.union(*sides)) == 60
    assert len(split.train) + len(split.valid) + len(split.test) == len(frames)
    assert len(split.valid) / len(frames) == pytest.approx(0.1, abs=0.035)
    assert len(split.test) / len(frames) == pytest.approx(0.15, abs=0.05)


def test_the_seed_decides_and_the_order_does_not():
    frames = many()
    one, same, other = (
        sources(split_by_source(given, valid_fraction=0.1, test_fraction=0, seed=seed).valid)
        for given, seed in ((frames, 1), (frames[::-1], 1), (frames, 2))
    )
    assert one == same != other


def test_an_element_stays_in_the_training_set():
    frames = [*many()]
    rare = Atoms("NLi3", info={"source": "nitride", "REF_energy": 0.0})
    for seed in range(20):
        split = split_by_source([*frames, rare], valid_fraction=0.3, test_fraction=0.3, seed=seed)
        assert "nitride" in sources(split.train)


def test_each_side_has_its_share_of_each_family():
    """A family of few large sources does not fill a side, nor does it go without."""
    frames = []
    for family, sources_, size in (("large", 10, 20), ("small", 100, 2), ("huge", 1, 50)):
        for number in range(sources_):
            frames += [frame("Li2S", source=f"{family}-{number}") for _ in range(size)]
            for atoms in frames[-size:]:
                atoms.info["family"] = family
    for seed in range(5):
        split = split_by_source(frames, valid_fraction=0.1, test_fraction=0.1, seed=seed)
        for side in (split.valid, split.test):
            count = Counter(atoms.info["family"] for atoms in side)
            assert count["huge"] == 0
            assert 20 <= count["large"] <= 26
            assert 18 <= count["small"] <= 26


def test_too_few_sources_are_refused():
    with pytest.raises(UsageError, match=r"stem from too few sources \(1\) to hold some out for validation"):
        split_by_source([frame("Li2S")] * 20, valid_fraction=0.1, test_fraction=0, seed=0)
    two = [frame("Li2S", source=name) for name in "ab"]
    with pytest.raises(UsageError, match=r"too few sources \(2\) to hold some out for validation"):
        split_by_source(two, valid_fraction=0.3, test_fraction=0.3, seed=0)


@pytest.mark.parametrize("fractions", [(0.6, 0.5), (-0.1, 0), (0.1, 1.0), (float("nan"), 0)])
def test_absurd_fractions_are_refused(fractions):
    with pytest.raises(UsageError, match="each must be at least 0 and both together less than 1"):
        split_by_source(many(), valid_fraction=fractions[0], test_fraction=fractions[1], seed=0)


def test_a_test_set_of_the_same_trajectories_is_refused():
    frames = many()
    refuse_shared_sources(frames[:20], [frame("Li2O", source="elsewhere")], where="t.extxyz")
    with pytest.raises(UsageError, match=r"run-0 and 1 more in t.extxyz is also in the training set"):
        refuse_shared_sources(
            frames, [a for a in frames if a.info["source"] in ("run-0", "run-1")], where="t.extxyz"
        )


# --- energies of the elements ----------------------------------------------------------------------------


def test_exact_energies_are_found_again():
    frames = [frame(formula) for formula in ("Li2S", "Li2O", "Li2SO4", "Li8")]
    assert least_squares_energies(frames) == pytest.approx(ENERGIES)
    found = baseline(frames)
    assert found.energies_eV == pytest.approx(ENERGIES)
    assert found.residual_eV_atom == pytest.approx(0, abs=1e-9)
    assert found.note == "least squares"


def test_noise_averages_out():
    rng = np.random.default_rng(0)
    frames = [frame(f, noise=rng.normal(scale=0.1)) for f in ("Li2S", "Li2O", "Li2SO4", "Li8") * 200]
    assert least_squares_energies(frames) == pytest.approx(ENERGIES, abs=0.02)


def test_what_compositions_do_not_determine_is_named():
    frames = [frame("Li2S"), frame("Li4S2"), frame("O2")]
    with pytest.raises(UsageError, match="do not determine the energies of Li, S one by one") as caught:
        least_squares_energies(frames)
    assert "[baseline]" in caught.value.hint
    with pytest.raises(UsageError, match="of Li, S one by one"):
        baseline(frames)


def test_a_fallback_is_said():
    found = baseline([frame("Li2S"), frame("Li4S2"), frame("O2")], shared=True)
    assert "smallest that fit for Li, S, which the compositions do not determine" in found.note
    assert 2 * found.energies_eV["Li"] + found.energies_eV["S"] == pytest.approx(2 * -1.9 - 4.1)
    assert found.energies_eV["O"] == pytest.approx(-4.9)


def test_given_energies_are_kept_and_the_others_fitted():
    found = baseline([frame("Li2S"), frame("Li4S2")], given={"S": -4.0})
    assert found.energies_eV == pytest.approx({"Li": -1.95, "S": -4.0})
    assert found.note == "given for S; least squares"
    alone = baseline([frame("Li2S")], given={"S": -4.0, "Li": -2.0, "Pu": 1.0})
    assert alone.energies_eV == {"Li": -2.0, "S": -4.0}
    assert alone.residual_eV_atom == pytest.approx(0.1 / 3)
