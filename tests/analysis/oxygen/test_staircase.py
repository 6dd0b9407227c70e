"""The staircase of a film's uptake: tabulated enthalpies, identities, and pymatgen's own element profile."""

from itertools import pairwise

import pytest
from ase.formula import Formula
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition, Element
from scipy.constants import N_A, e

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.oxygen.mixtures import Mixtures, oxygen_gas
from lithicoat.analysis.oxygen.staircase import energy_per_o2, reached, rungs, staircase
from lithicoat.analysis.thermochemistry.phases import PhaseKind

KJ_MOL = 1000 / (N_A * e)


def test_lithium_sulfide_becomes_sulfate_in_one_step(table, film_of):
    """By the tabulated enthalpies the sulfite lies above sulfide and sulfate; its step is skipped."""
    (step,) = staircase(table, film_of("Li2S"))
    assert step.reaction.equation == "Li2S + 2 O2 -> Li2SO4"
    assert step.oxygen_potential.value == pytest.approx(-995.1 / 4 * KJ_MOL)
    assert step.energy.value == pytest.approx(-995.1 / 2 * KJ_MOL)
    assert step.energy.unit == "eV/O2"


def test_lithium_oxide_becomes_peroxide(table, film_of):
    (step,) = staircase(table, film_of("Li2O"))
    assert step.oxygen_potential.value == pytest.approx((-634.3 + 597.9) * KJ_MOL)
    assert step.reaction.o2 == 0.5


@pytest.mark.parametrize("formula", ["Al2O3", "Li2SO4", "Li2CO3"])
def test_what_is_oxidised_takes_up_none(table, film_of, formula):
    assert staircase(table, film_of(formula)) == ()


@pytest.mark.parametrize("formula", ["Li2S", "Al2S3", "LiAlS2", "Li5AlS4", "LiAlSO", "LiC2SO"])
def test_potentials_rise_and_add_up_to_the_energy(table, film_of, formula):
    """The sum of step potential times oxygen of the step is the energy from the film's own mixture."""
    film = film_of(formula)
    steps = staircase(table, film)
    potentials = [step.oxygen_potential.value for step in steps]
    assert len(steps) > 0
    assert potentials == sorted(potentials)
    mixtures = Mixtures(table, film)
    summed, before = 0.0, mixtures.film_oxygen / 2
    for step in steps:
        held = step.reaction.o2 + mixtures.film_oxygen / 2
        summed += 2 * (held - before) * step.oxygen_potential.value
        before = held
    decay = mixtures.closed().energy_eV - table.formation_energy_eV(film)
    assert steps[-1].energy.value * steps[-1].reaction.o2 == pytest.approx(summed + decay)


@pytest.mark.parametrize("formula", ["Li2S", "Al2S3", "LiAlS2", "Li5AlS4", "LiAlSO", "LiC2SO"])
def test_pymatgen_finds_the_same_steps(table, film_of, formula):
    """Its profile names the upper end of each mixture: there the next one, with more oxygen, begins."""
    film = film_of(formula)
    elements = [Element(el) for el in (*film.composition, "O")]
    entries = [
        PDEntry(Composition(phase.composition), table.formation_energy_eV(phase))
        for phase in table.competing({*film.composition, "O"})
    ]
    diagram = PhaseDiagram(entries, list(dict.fromkeys(elements)))
    profile = diagram.get_element_profile(Element("O"), Composition(film.composition))
    stages = sorted(profile, key=lambda stage: stage["evolution"])
    theirs = [low["chempot"] for low, high in pairwise(stages) if high["evolution"] > 1e-8]
    ours = [step.oxygen_potential.value for step in staircase(table, film)]
    assert ours == pytest.approx(theirs, abs=1e-6)


def test_every_step_is_balanced(table, film_of):
    for step in staircase(table, film_of("LiAlS2")):
        balance = {**step.reaction.composition, "O": 2 * step.reaction.o2}
        for formula, count in step.reaction.products.items():
            for element, atoms in Formula(formula).count().items():
                balance[element] -= count * atoms
        assert balance == pytest.approx(dict.fromkeys(balance, 0.0), abs=1e-6)
        assert set(step.reaction.gases) <= {"SO2", "SO3"}


def test_a_less_stable_film_gains_more_but_begins_where_the_stable_one_does(table, film_of):
    (stable,) = staircase(table, film_of("Li2S"))
    (film,) = staircase(table, film_of("Li2S", above_eV=0.6))
    assert film.oxygen_potential.value == pytest.approx(stable.oxygen_potential.value)
    assert film.energy.value == pytest.approx(stable.energy.value - 0.3)


def test_gas_that_leaves_brings_its_step_forward(table, film_of):
    """Al2O3 + 3 S -> Al2O3 + 3 SO2: one SO2 takes two O, so the onset falls by half the shift."""
    film = film_of("Al2S3")
    still, moved = (
        next(step for step in staircase(table, film, gas_shift_eV=shift) if step.reaction.gases == ("SO2",))
        for shift in (None, lambda _: -0.8)
    )
    assert moved.oxygen_potential.value == pytest.approx(still.oxygen_potential.value - 0.4)
    assert moved.energy == still.energy


def test_the_uncertainty_is_that_of_the_reaction(table_of, film_of):
    """Scatter 0.1 eV/atom of Li2S (3 atoms) and Li2SO4 (7 atoms), over four O or two O2."""
    (step,) = staircase(table_of(scatter=0.1), film_of("Li2S"))
    assert step.oxygen_potential.uncertainty == pytest.approx(0.1 * (3**2 + 7**2) ** 0.5 / 4)
    assert step.energy.uncertainty == pytest.approx(0.1 * (3**2 + 7**2) ** 0.5 / 2)


def test_solids_have_a_volume_unless_one_is_unknown(table, film_of):
    (step,) = staircase(table, film_of("Li2S"))
    assert step.volume_A3 == pytest.approx(40.0)
    unknown = [p.model_copy(update={"volume_A3": None}) if p.formula == "Li2SO4" else p for p in table.phases]
    (step,) = staircase(table.model_copy(update={"phases": tuple(unknown)}), film_of("Li2S"))
    assert step.volume_A3 is None


def test_how_far_the_oxygen_at_hand_goes(table, film_of):
    steps = staircase(table, film_of("LiAlS2"))
    assert reached(steps, -10.0) is None
    assert reached(steps, 0.0) is steps[-1]
    middle = (steps[0].oxygen_potential.value + steps[1].oxygen_potential.value) / 2
    assert reached(steps, middle) is steps[0]


def test_rungs_begin_at_the_film(table, film_of):
    mixtures = Mixtures(table, film_of("LiAlS2"))
    pairs = rungs(mixtures)
    assert pairs[0][0].oxygen == pytest.approx(0.0)
    assert all(before.oxygen < after.oxygen for before, after in pairs)
    assert [after.oxygen for _, after in pairs[:-1]] == [before.oxygen for before, _ in pairs[1:]]


def test_a_film_with_more_oxygen_than_any_phase_gives_it_off(table, film_of):
    closed = Mixtures(table, film_of("Li2SO5")).closed()
    assert {phase.formula: number for phase, number in closed.amounts} == pytest.approx(
        {"Li2SO4": 1.0, "O2": 0.5}
    )


def test_an_element_without_a_phase_is_named(table, film_of):
    with pytest.raises(DataError, match="no reference phase of W"):
        staircase(table, film_of("Li2WO4"))


def test_a_table_without_oxygen_gas_is_refused(table):
    without = tuple(phase for phase in table.phases if phase.formula != "O2")
    with pytest.raises(DataError, match="no reference phase of O2"):
        oxygen_gas(table.model_copy(update={"phases": without}))


def test_what_is_not_balanced_is_refused(table, film_of):
    product = next(p for p in table.phases if p.formula == "Li2SO4" and p.kind is PhaseKind.CRYSTAL)
    with pytest.raises(DataError, match="not balanced in O"):
        energy_per_o2(table, film_of("Li2S"), ((product, 1.0),), 1.5)
