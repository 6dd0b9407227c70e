"""A carrier on a network: exact results of random walks, a linear solver, a simulation."""

import math

import numpy as np
import pytest
from scipy import constants

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.transport.carriers import (
    carrier_activation_energy,
    carrier_diffusivity,
    carrier_tensor,
    defect_conductivity,
    defect_fraction,
    energy_error_eV,
)
from lithicoat.analysis.transport.networks import HopNetwork, NetworkHop
from lithicoat.analysis.transport.records import BOLTZMANN_eV_K

T = 600.0
KT = BOLTZMANN_eV_K * T
CUBE = np.eye(3) * 3.0


def _network(cell, sites, energies, hops):
    return HopNetwork(
        cell_A=np.asarray(cell, dtype=float).tolist(),
        sites_A=np.asarray(sites, dtype=float).tolist(),
        energies_eV=energies,
        hops=[
            NetworkHop(start=start, end=end, offset=offset, saddle_eV=saddle)
            for start, end, offset, saddle in hops
        ],
    )


def _bravais(cell, offsets, barrier=0.4):
    return _network(cell, [[0, 0, 0]], [0.0], [(0, 0, offset, barrier) for offset in offsets])


SIMPLE = [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
FACE_CENTRED = [*SIMPLE, (1, -1, 0), (1, 0, -1), (0, 1, -1)]
FCC = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]) * 2.0


@pytest.mark.parametrize(
    ("cell", "offsets", "neighbours", "distance_A"),
    [(CUBE, SIMPLE, 6, 3.0), (FCC, FACE_CENTRED, 12, 2 * math.sqrt(2))],
    ids=["simple cubic", "fcc"],
)
def test_one_kind_of_site_gives_the_textbook_value(cell, offsets, neighbours, distance_A):
    """D = z ν d² / 6."""
    rate_THz = 10 * math.exp(-0.4 / KT)
    expected = neighbours * rate_THz * distance_A**2 / 6 * 1e-4
    tensor = carrier_tensor(_bravais(cell, offsets), temperature_K=T, attempt_THz=10)
    np.testing.assert_allclose(tensor, expected * np.eye(3), rtol=1e-12, atol=1e-12 * expected)


def test_honeycomb():
    """Three neighbours at d, in a plane: D = 3 ν d² / 4 in it and nothing across."""
    d = 2.0
    cell = [[math.sqrt(3) * d, 0, 0], [math.sqrt(3) / 2 * d, 1.5 * d, 0], [0, 0, 9]]
    sites = [[0, 0, 0], [math.sqrt(3) / 2 * d, d / 2, 0]]
    hops = [(0, 1, (0, 0, 0), 0.0), (0, 1, (-1, 0, 0), 0.0), (0, 1, (0, -1, 0), 0.0)]
    tensor = carrier_tensor(_network(cell, sites, [0.0, 0.0], hops), temperature_K=T, attempt_THz=1)
    np.testing.assert_allclose(tensor, np.diag([0.75 * d**2 * 1e-4] * 2 + [0]), atol=1e-16)


def test_alternating_barriers_are_resistors_in_series():
    """A chain of period L with rates k1 and k2: D = L² k1 k2 / (2 (k1 + k2))."""
    k1, k2 = (math.exp(-barrier / KT) for barrier in (0.2, 0.5))
    chain = _network(CUBE, [[0, 0, 0], [1, 0, 0]], [0, 0], [(0, 1, (0, 0, 0), 0.2), (1, 0, (1, 0, 0), 0.5)])
    found = carrier_tensor(chain, temperature_K=T, attempt_THz=1)[0, 0]
    assert found == pytest.approx(9 * k1 * k2 / (2 * (k1 + k2)) * 1e-4, rel=1e-12)


def test_dead_ends_hold_the_carrier_back():
    """A trap beside a chain changes nothing but how often the carrier is on the chain."""
    chain = [(0, 0, (1, 0, 0), 0.4)]
    free = carrier_tensor(_network(CUBE, [[0, 0, 0]], [0.0], chain), temperature_K=T, attempt_THz=1)
    trap = _network(CUBE, [[0, 0, 0], [0, 1, 0]], [0.0, -0.1], [*chain, (0, 1, (0, 0, 0), 0.05)])
    trapped = carrier_tensor(trap, temperature_K=T, attempt_THz=1)
    assert trapped[0, 0] == pytest.approx(free[0, 0] / (1 + math.exp(0.1 / KT)), rel=1e-12)
    assert trapped[1, 1] == pytest.approx(0, abs=1e-20)


def _random_network(rng, sites=5, hops=14):
    energies = rng.uniform(0, 0.1, sites)
    drawn = []
    for _ in range(hops):
        start, end = rng.integers(sites, size=2)
        offset = tuple(int(x) for x in rng.integers(-1, 2, 3))
        if start != end or any(offset):
            saddle = max(energies[start], energies[end]) + rng.uniform(0.02, 0.2)
            drawn.append((int(start), int(end), offset, float(saddle)))
    drawn += [(i, (i + 1) % sites, (0, 0, 0), 0.25) for i in range(sites)]
    return _network(rng.normal(size=(3, 3)) + CUBE, rng.normal(size=(sites, 3)), energies.tolist(), drawn)


@pytest.mark.parametrize("seed", range(5))
def test_elimination_agrees_with_the_linear_equations(seed):
    """-L χ = v and D = ½ Σ p k (d + χ_j - χ_i)(d + χ_j - χ_i)ᵀ, solved as they stand."""
    network = _random_network(np.random.default_rng(seed))
    energies = np.array(network.energies_eV)
    n = len(energies)
    probability = np.exp(-energies / KT) / np.exp(-energies / KT).sum()
    ways = []
    for hop, d in zip(network.hops, network.displacements_A, strict=True):
        ways.append((hop.start, hop.end, d, math.exp(-(hop.saddle_eV - energies[hop.start]) / KT)))
        ways.append((hop.end, hop.start, -d, math.exp(-(hop.saddle_eV - energies[hop.end]) / KT)))
    generator, drift = np.zeros((n, n)), np.zeros((n, 3))
    for i, j, d, rate in ways:
        generator[i, j] += rate
        generator[i, i] -= rate
        drift[i] += rate * d
    chi = np.linalg.lstsq(generator, -drift, rcond=None)[0]
    expected = sum(
        probability[i] * rate * np.outer(d + chi[j] - chi[i], d + chi[j] - chi[i]) / 2
        for i, j, d, rate in ways
    )
    found = carrier_tensor(network, temperature_K=T, attempt_THz=1)
    np.testing.assert_allclose(found, expected * 1e-4, rtol=1e-8, atol=1e-14)


def test_a_simulated_walk_spreads_as_the_tensor_says():
    network = _random_network(np.random.default_rng(11), sites=3, hops=6)
    energies = np.array(network.energies_eV)
    rng, walkers, steps = np.random.default_rng(1), 3000, 400
    tables = [([], [], []) for _ in energies]
    for hop, d in zip(network.hops, network.displacements_A, strict=True):
        for i, j, way in ((hop.start, hop.end, d), (hop.end, hop.start, -d)):
            for kept, new in zip(
                tables[i], (j, way, math.exp(-(hop.saddle_eV - energies[i]) / KT)), strict=True
            ):
                kept.append(new)
    tables = [(np.array(j), np.array(d), np.array(k)) for j, d, k in tables]
    weights = np.exp(-energies / KT)
    site = rng.choice(len(energies), size=walkers, p=weights / weights.sum())
    place, longest = np.zeros((walkers, 3)), max(k.sum() for _, _, k in tables)
    for _ in range(steps):  # uniformised: each step lasts 1 / longest on average
        before = site.copy()
        for i, (ends, moves, rates) in enumerate(tables):
            here = np.flatnonzero(before == i)
            cumulated = np.append(np.cumsum(rates), longest)
            chosen = np.searchsorted(cumulated, rng.uniform(0, longest, len(here)), side="right")
            moved = chosen < len(rates)
            place[here[moved]] += moves[chosen[moved]]
            site[here[moved]] = ends[chosen[moved]]
    simulated = np.trace(place.T @ place) / walkers / (6 * steps / longest) * 1e-4
    found = carrier_diffusivity(network, temperature_K=T, attempt_THz=1)
    assert simulated == pytest.approx(found, rel=0.1)


def test_rates_far_apart_lose_no_digits():
    """In-plane hops at 0.01 eV and one across at 1.6 eV: 27 decades apart at 298 K."""
    layers = _bravais(CUBE, [(1, 0, 0), (0, 1, 0)], 0.01)
    both = layers.model_copy(
        update={"hops": (*layers.hops, NetworkHop(start=0, end=0, offset=(0, 0, 1), saddle_eV=1.6))}
    )
    tensor = carrier_tensor(both, temperature_K=298.15, attempt_THz=10)
    kT = BOLTZMANN_eV_K * 298.15
    assert tensor[2, 2] == pytest.approx(10 * 9 * math.exp(-1.6 / kT) * 1e-4, rel=1e-9)
    assert tensor[0, 0] / tensor[2, 2] > 1e26
    chain = [(0, 1, (0, 0, 0), 0.01), (1, 0, (0, 0, 1), 1.6)]  # the slow hop decides, the fast one is crossed
    slow = carrier_tensor(
        _network(CUBE, [[0, 0, 0], [0, 0, 1]], [0, 0], chain), temperature_K=298.15, attempt_THz=10
    )
    assert slow[2, 2] == pytest.approx(10 * 9 / 2 * math.exp(-1.6 / kT) * 1e-4, rel=1e-9)


def test_the_activation_energy_is_the_barrier_of_a_single_hop():
    assert carrier_activation_energy(_bravais(FCC, FACE_CENTRED, 0.37), temperature_K=T) == (
        pytest.approx(0.37, abs=1e-9)
    )
    nowhere = _network(CUBE, [[0, 0, 0], [1, 0, 0]], [0.0, 0.0], [(0, 1, (0, 0, 0), 0.3)])
    assert carrier_activation_energy(nowhere, temperature_K=T) is None


def test_a_deep_trap_adds_its_depth_to_the_activation_energy():
    hops = [(0, 0, (1, 0, 0), 0.4), (0, 1, (0, 0, 0), 0.1)]
    trap = _network(CUBE, [[0, 0, 0], [0, 1, 0]], [0.0, -0.6], hops)
    assert carrier_activation_energy(trap, temperature_K=300) == pytest.approx(1.0, abs=1e-6)


def test_conductivity_is_nernst_einstein_of_the_carriers():
    sigma, logarithm = defect_conductivity(
        1e-8,
        carriers_per_site=1e-3,
        lithium_per_A3=0.05,
        temperature_K=300,
        energy_error=0.1,
        flags=("assumed",),
    )
    expected = 0.05e24 * 1e-3 * constants.elementary_charge**2 * 1e-8 / (constants.Boltzmann * 300)
    assert sigma.value == pytest.approx(expected, rel=1e-12)
    assert logarithm.value == pytest.approx(math.log10(expected))
    assert logarithm.uncertainty == pytest.approx(0.1 / (BOLTZMANN_eV_K * 300) / math.log(10))
    assert sigma.uncertainty is None  # a factor of 48 is no interval value ± error
    assert "uncertain by 1.68 decades" in sigma.flags
    assert "assumed" in logarithm.flags


def test_small_errors_stay_linear_and_unknown_ones_are_said():
    facts = {"carriers_per_site": 1e-3, "lithium_per_A3": 0.05, "temperature_K": 600, "flags": ()}
    sigma, _ = defect_conductivity(1e-8, energy_error=0.01, **facts)
    assert sigma.uncertainty == pytest.approx(sigma.value * 0.01 / KT)
    sigma, logarithm = defect_conductivity(1e-8, energy_error=None, **facts)
    assert sigma.uncertainty is logarithm.uncertainty is None
    assert "uncertainty not known" in sigma.flags[-1]
    sigma, logarithm = defect_conductivity(0.0, energy_error=0.1, **facts)
    assert sigma.value is logarithm.value is None
    assert "no endless path" in sigma.flags[0]


def test_intrinsic_defects_and_errors():
    assert defect_fraction(2.0, temperature_K=T) == pytest.approx(math.exp(-1.0 / KT))
    assert defect_fraction(-0.1, temperature_K=T) == 1.0
    draws = np.random.default_rng(0).normal(0, 0.2, 200_000)
    assert energy_error_eV(float(np.abs(draws).mean())) == pytest.approx(0.2, rel=0.01)


@pytest.mark.parametrize(
    "facts", [{"temperature_K": 0.0, "attempt_THz": 10}, {"temperature_K": 300, "attempt_THz": -1}]
)
def test_impossible_conditions_are_refused(facts):
    with pytest.raises(DataError, match="must be positive"):
        carrier_tensor(_bravais(CUBE, SIMPLE), **facts)


def test_networks_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="1 sites have 2 energies"):
        _network(CUBE, [[0, 0, 0]], [0.0, 0.1], [])
    with pytest.raises(ValueError, match="leads to a site that is none of 1"):
        _network(CUBE, [[0, 0, 0]], [0.0], [(0, 1, (0, 0, 0), 0.3)])
    with pytest.raises(ValueError, match="below one of its ends"):
        _network(CUBE, [[0, 0, 0]], [0.5], [(0, 0, (1, 0, 0), 0.3)])
