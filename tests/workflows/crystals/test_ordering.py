"""Relaxed lithium orderings: the lowest is taken."""

import pytest
from ase.calculators.lj import LennardJones
from jobflow import run_locally

from lithicoat.structures.cathodes.layered_oxides import layered_oxide_candidates, layered_oxide_model
from lithicoat.structures.coating import Coating, Role
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.recipes import CrystalRecipe, LayeredOxideRecipe
from lithicoat.workflows.crystals.ordering import OrderingDocument, OrderingMaker, choose_ordering
from lithicoat.workflows.errors import PotentialError, RunError
from lithicoat.workflows.mechanics.relaxation import RelaxDocument, relax
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import register, resolve
from lithicoat.workflows.protocols import RelaxSpec
from lithicoat.workflows.steps import run_alone
from lithicoat.workflows.storage import open_store

ELEMENTS = ["Li", "Ni", "Mn", "Co", "O"]
SPEC = RelaxSpec(fmax_eV_A=0.2, smax_GPa=2, max_steps=400)


def coating(lithium: float) -> Coating:
    recipe = LayeredOxideRecipe(
        builder="layered_oxide",
        metals={"Ni": 0.8, "Mn": 0.1, "Co": 0.1},
        lithium=lithium,
        a_A=2.8712,
        c_A=14.2001,
        source="a test",
    )
    return Coating(
        id=f"NMC811@{lithium:g}", name="NMC811", family="cathode", role=Role.REFERENCE, recipe=recipe
    )


def lennard_jones() -> LennardJones:
    return LennardJones(sigma=1.75, epsilon=0.05, rc=4.0, smooth=True)


@pytest.fixture
def pairwise():
    ref = register("test-lj", lennard_jones, elements=ELEMENTS)
    yield ref
    potentials._registered.pop("test-lj")
    calculators._loaded.pop(ref.sha256, None)


@pytest.fixture
def candidates() -> list[Model]:
    recipe = coating(0.5).recipe
    return list(layered_oxide_candidates(recipe, name="NMC811@0.5", max_atoms=40, seed=0, candidates=3))


def document(model: Model, potential, energy_eV: float) -> RelaxDocument:
    return RelaxDocument(
        model=model,
        potential=potential,
        energy_eV=energy_eV,
        fmax_eV_A=0.01,
        stress_GPa=(0, 0, 0, 0, 0, 0),
        steps=1,
        density_g_cm3=model.density_g_cm3,
    )


def test_the_lowest_is_taken_and_the_spread_told(candidates, pairwise):
    energies = (-100.0, -101.5, -100.5)
    relaxed = [document(m, pairwise, e) for m, e in zip(candidates, energies, strict=True)]
    chosen = choose_ordering.original(candidates, relaxed)
    assert chosen.energy_eV == -101.5
    assert chosen.model.positions_A == candidates[1].positions_A
    assert chosen.spread_meV == pytest.approx(150)  # 1.5 eV over ten formula units
    assert [o.above_lowest_meV for o in chosen.orderings] == pytest.approx([150, 0, 100])
    assert [o.electrostatic_rank for o in chosen.orderings] == [1, 2, 3]
    assert chosen.model.recipe["steps"][-1]["of"] == 3
    assert OrderingDocument.model_validate_json(chosen.model_dump_json()) == chosen


def test_a_failed_ordering_is_left_out_and_seen(candidates, pairwise):
    relaxed = [None, document(candidates[1], pairwise, -3.0), document(candidates[2], pairwise, -2.0)]
    chosen = choose_ordering.original(candidates, relaxed)
    assert chosen.relaxed == 2
    assert chosen.orderings[0].energy_eV is None
    with pytest.raises(RunError, match="none of the 3 lithium orderings could be relaxed"):
        choose_ordering.original(candidates, [None, None, None])


def test_two_potentials_are_never_compared(candidates, pairwise):
    other = pairwise.model_copy(update={"sha256": "0" * 64})
    relaxed = [document(candidates[0], pairwise, -1.0), document(candidates[1], other, -2.0), None]
    with pytest.raises(RunError, match="different potentials cannot be compared"):
        choose_ordering.original(candidates, relaxed)


def test_the_flow_relaxes_and_chooses(pairwise, tmp_path):
    flow = OrderingMaker(spec=SPEC, max_atoms=40, candidates=2).make(coating(0.5), pairwise, seed=0)
    with run_alone():
        outputs = run_locally(flow, store=open_store(tmp_path / "db"), log=False, ensure_success=True)
    chosen = outputs[flow.jobs[-1].uuid][1].output
    relaxed = [outputs[job.uuid][1].output for job in flow.jobs[:-1]]
    assert len(relaxed) == 2
    assert chosen.energy_eV == min(document.energy_eV for document in relaxed)


def test_other_films_have_no_order(pairwise):
    film = coating(0.5).model_copy(update={"recipe": CrystalRecipe(builder="crystal", cif="Li2S_225.cif")})
    with pytest.raises(StructureError, match=r"NMC811@0\.5 is no layered oxide"):
        OrderingMaker(spec=SPEC).make(film, pairwise, seed=0)


def test_the_potential_must_cover_the_metals():
    ref = register("test-narrow", lennard_jones, elements=["Li", "O"])
    try:
        with pytest.raises(PotentialError, match="Co"):
            OrderingMaker(spec=SPEC).make(coating(0.5), ref, seed=0)
    finally:
        potentials._registered.pop("test-narrow")


@pytest.mark.slow
def test_chgnet_keeps_the_volume_of_the_lithiated_oxide():
    """The cell has the recipe's lattice constants, close to the measured ones of LiNiO2 (2.878, 14.19 Å)."""
    model = layered_oxide_model(coating(1.0).recipe, name="NMC811", max_atoms=40, seed=0)
    assert model.kind is ModelKind.CRYSTAL
    outcome = relax(
        model.atoms,
        calculator(resolve("chgnet")),
        fmax_eV_A=0.05,
        smax_GPa=0.2,
        max_steps=300,
        label="NMC811",
    )
    assert outcome.atoms.get_volume() == pytest.approx(model.atoms.get_volume(), rel=0.06)
