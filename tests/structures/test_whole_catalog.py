"""What holds for every entry of the catalog, whatever the seed."""

from collections import Counter

import networkx as nx
import numpy as np
import pytest
from ase.data import covalent_radii
from hypothesis import given, settings
from hypothesis import strategies as st

from lithicoat.structures.build import build_models, elements_of, kind_of
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.films.supercycle import deposit
from lithicoat.structures.formulas import parse_formula
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.recipes import AmorphousRecipe, SupercycleRecipe

ENTRIES = {coating.id: coating for coating in load_catalog()}
ATOMS = 60
"""Small enough to be quick, large enough for one unit of the largest monomer or layer."""

seeds = st.integers(0, 10_000)
seldom = settings(max_examples=1, derandomize=True, deadline=None)
"""One seed for each entry: together they are a hundred."""


def build(name: str, seed: int) -> Model:
    return build_models(ENTRIES[name], max_atoms=ATOMS, replicas=1, seed=seed)[0]


@pytest.mark.parametrize("name", ENTRIES)
@seldom
@given(seed=seeds)
def test_every_entry(name, seed):
    model = build(name, seed)
    check_elements_and_composition(model)
    check_distances(model)
    check_graph(model)
    assert build(name, seed).content_hash == model.content_hash


def check_elements_and_composition(model: Model) -> None:
    coating = ENTRIES[model.name]
    counts = Counter(model.symbols)
    assert set(counts) == set(elements_of(coating))
    assert model.kind is kind_of(coating.recipe)
    wanted = shares(coating.recipe)
    if wanted is None:
        return
    found = np.array([counts[symbol] for symbol in wanted]) / len(model.symbols)
    assert np.abs(found - list(wanted.values())).max() < 0.04


def shares(recipe) -> dict[str, float] | None:
    """Atomic fractions that the recipe asks for, worked out from its formulas."""
    if isinstance(recipe, AmorphousRecipe):
        parts = {recipe.composition: 1.0}
    elif isinstance(recipe, SupercycleRecipe):
        parts = deposit(recipe.subcycles).mole_fractions
    else:
        return None
    counts: Counter[str] = Counter()
    for formula, share in parts.items():
        for symbol, count in parse_formula(formula).items():
            counts[symbol] += float(count) * share
    return {symbol: count / counts.total() for symbol, count in counts.items()}


def check_distances(model: Model) -> None:
    """No two atoms, images included, are nearer than 0.6 of the sum of their covalent radii."""
    atoms = model.atoms
    distances = atoms.get_all_distances(mic=True)
    np.fill_diagonal(distances, np.inf)
    radii = covalent_radii[atoms.numbers]
    assert (distances / np.add.outer(radii, radii)).min() > 0.6


def check_graph(model: Model) -> None:
    """Molecules are whole and equal kinds come in whole numbers; ions stand alone."""
    if model.kind is not ModelKind.MOLECULAR:
        assert model.bonds is None
        return
    graph = nx.Graph(model.bonds)
    atoms = model.atoms
    molecules = Counter(
        atoms[sorted(unit)].get_chemical_formula("hill") for unit in nx.connected_components(graph)
    )
    assert 1 <= len(molecules) <= 4
    assert "C" in {symbol for i in graph for symbol in [model.symbols[i]]}
    carbon = [i for i, symbol in enumerate(model.symbols) if symbol == "C"]
    assert all(graph.degree[i] + 1 >= 3 for i in carbon)
    assert not {model.symbols[i] for i in graph} & {"Li", "Al", "Zr"}
