"""Which faces stand for an electrode, and which jobs a film takes."""

import pytest

from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.coating import Role
from lithicoat.structures.errors import StructureError
from lithicoat.structures.recipes import LayeredOxideRecipe
from lithicoat.workflows.adhesion.jobs import adhesion_jobs, faces_of, targets_of
from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.mechanics.relaxation import RelaxMaker
from lithicoat.workflows.protocols import Preset, preset

QUICK = preset(Preset.QUICK)
FIND = load_catalog().find


def labels(target, faces=2):
    spec = QUICK.adhesion.model_copy(update={"faces": faces})
    return [electrode.label for electrode in faces_of(target, spec, find=FIND)]


def jobs_of(metal, emt, *targets, find=FIND, protocol=QUICK, elements=("Cu",)):
    cell = RelaxMaker(spec=protocol.relax).make(metal("Cu"), emt)
    return adhesion_jobs([cell], elements, emt, protocol=protocol, targets=targets, seed=3, find=find)


def test_a_name_stands_for_its_low_faces_and_an_oxide_for_two_states_of_charge():
    assert labels("Li") == ["Li(100)", "Li(110)"]
    assert labels("Cu", faces=1) == ["Cu(111)"]
    assert labels("NMC811") == ["NMC811(104)", "NMC811@0.25(104)"]
    assert labels("NMC811@0.5") == ["NMC811@0.5(104)"]
    assert labels("Li(111)") == ["Li(111)"]
    (charged,) = faces_of("NMC811@0.25", QUICK.adhesion, find=FIND)
    assert isinstance(charged.solid, LayeredOxideRecipe)
    assert charged.solid.lithium == 0.25


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("LiF", "not known which face of LiF to take"),
        ("Cu.cif", "Cu.cif is a structure file without a face"),
        ("Lu", "Lu is not in the catalog"),
        ("Li(1)", "1"),
    ],
)
def test_an_electrode_that_is_not_clear_is_one_sentence(target, sentence):
    with pytest.raises(StructureError, match=sentence):
        faces_of(target, QUICK.adhesion, find=FIND)


def test_films_have_to_hold_on_the_electrode_of_their_role():
    assert targets_of(Role.BOTH) == ("Li", "NMC811")
    assert targets_of(Role.REFERENCE) == ()


def test_an_electrode_is_relaxed_once_for_all_that_need_it(metal, emt):
    found = jobs_of(metal, emt, "Li", "Li(100)")
    names = [job.name for job in found.jobs]
    assert names.count("Li(100) by test-emt") == 1
    assert [job.name for job in found.adsorption] == ["lithium on film"]
    assert len(found.adhesion) == 2
    assert {job.function_args[2].id for job in found.adhesion} == {"test-emt"}


def test_two_potentials_never_meet_in_one_interface(metal, emt, monkeypatch):
    """Aluminium is not covered: film and electrode go to one that covers both, the film relaxed anew."""
    other = emt.model_copy(update={"id": "wider", "sha256": "2" * 64})
    monkeypatch.setattr(
        "lithicoat.workflows.adhesion.jobs.covering",
        lambda preferred, symbols: other if "Al" in symbols else preferred,
    )
    monkeypatch.setattr("lithicoat.workflows.adhesion.jobs.guard_hash", lambda _ref: None)
    found = jobs_of(metal, emt, "Cu(111)", "Cu(100)", elements=("Cu", "Al"))
    names = [job.name for job in found.jobs]
    assert names.count("relax with wider") == 1
    assert "Cu(111) by wider" in names
    assert {job.function_args[2].id for job in found.adhesion} == {"wider"}


def test_as_many_cells_as_the_protocol_says(metal, emt):
    cell = RelaxMaker(spec=QUICK.relax).make(metal("Cu"), emt)
    two = QUICK.model_copy(update={"adhesion": QUICK.adhesion.model_copy(update={"replicas": 2})})
    found = adhesion_jobs(
        [cell, cell, cell], ("Cu",), emt, protocol=two, targets=("Cu(111)",), seed=3, find=FIND
    )
    assert [job.name for job in found.adhesion] == ["adhesion to Cu(111)", "adhesion to Cu(111) #2"]
    assert [job.function_args[3] for job in found.adhesion] == [3, 4]


def test_no_potential_for_film_and_electrode_is_one_sentence(metal, emt):
    with pytest.raises(PotentialError, match="does not cover"):
        jobs_of(metal, emt, "Cu(111)", elements=("Cu", "Po", "Og"))
