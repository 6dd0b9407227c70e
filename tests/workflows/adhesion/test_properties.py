"""From interfaces to the numbers of a record."""

import pytest

from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.surfaces.film_forms import FilmForm
from lithicoat.structures.surfaces.interfaces import InterfaceReport, Strain
from lithicoat.workflows.adhesion.documents import AdhesionDocument, AdsorptionDocument, AdsorptionSite
from lithicoat.workflows.adhesion.properties import adhesion_properties, electrode_key
from lithicoat.workflows.adhesion.quality import surface_energies, surface_flags
from lithicoat.workflows.potentials.registry import PotentialRef, list_potentials

REF = PotentialRef(id="some", sha256="1" * 64)
CELL = Model(
    name="film_on_Li-100",
    kind=ModelKind.INTERFACE,
    symbols=("Li",),
    positions_A=((0, 0, 0),),
    cell_A=((3, 0, 0), (0, 3, 0), (0, 0, 9)),
)


def interface(electrode="Li(100)", *, work=0.6, cohesion=0.9, strain=0.0, note="", **changes):
    none = Strain(von_mises=0, principal=(0, 0))
    report = InterfaceReport(
        film="film",
        film_face="(100)",
        film_form=FilmForm.COHERENT,
        electrode=electrode,
        misfit=strain,
        film_strain=Strain(von_mises=strain, principal=(-strain, 0)),
        electrode_strain=none,
        area_A2=9,
        interfaces=1,
        gap_A=2,
        upper_gap_A=None,
        vacuum_A=15,
        film_thickness_A=7,
        electrode_thickness_A=7,
        atoms=2,
        electrode_atoms=1,
        film_atoms=1,
        fixed_atoms=0,
        note=note,
    )
    values = {
        "film": "film",
        "electrode": electrode,
        "potential": REF,
        "seed": 0,
        "interface": CELL,
        "report": report,
        "energy_eV": -3,
        "electrode_energy_eV": -1,
        "film_energy_eV": -1,
        "work_J_m2": work,
        "scar_J_m2": 0.0,
        "cohesion_J_m2": cohesion,
    }
    return AdhesionDocument(**values | changes)


def lithium(*energies, **changes):
    sites = tuple(AdsorptionSite(energy_eV=e, height_A=1, neighbours={"S": 3}) for e in sorted(energies))
    return AdsorptionDocument(film="film", face="(111)", potential=REF, seed=0, sites=sites, **changes)


def test_electrodes_have_the_names_of_a_record():
    assert [electrode_key(name) for name in ("Li(110)", "Cu(111)", "NMC811@0.25(104)", "Ni(100)")] == [
        "lithium",
        "copper",
        "NMC811",
        "Ni",
    ]


def test_faces_are_averaged_and_their_spread_is_the_uncertainty():
    found = adhesion_properties([interface(work=0.6), interface("Li(110)", work=0.8, cohesion=1.1)])
    assert set(found) == {"adhesion_lithium", "lithium_spreading"}
    adhesion = found["adhesion_lithium"]
    assert (adhesion.value, adhesion.unit) == (pytest.approx(0.7), "J/m2")
    assert adhesion.uncertainty == pytest.approx(0.02**0.5)
    assert found["lithium_spreading"].value == pytest.approx(-0.3)
    assert found["lithium_spreading"].uncertainty == pytest.approx(0)
    assert adhesion.provenance.potential == "some"
    assert "± is the standard deviation over 2 interfaces" in adhesion.flags


def test_one_interface_has_no_spread_and_says_so():
    adhesion = adhesion_properties([interface()])["adhesion_lithium"]
    assert adhesion.uncertainty is None
    assert "one interface, Li(100): its spread is not known" in adhesion.flags


def test_an_oxide_holds_as_little_as_in_its_worse_state_of_charge():
    charged = interface("NMC811@0.25(104)", work=0.4, cohesion=None)
    found = adhesion_properties([interface("NMC811(104)", work=0.9, cohesion=None), charged])
    assert set(found) == {"adhesion_NMC811"}
    assert found["adhesion_NMC811"].value == pytest.approx(0.4)
    told = "the least of NMC811(104) 0.90, NMC811@0.25(104) 0.40 J/m2"
    assert told in found["adhesion_NMC811"].flags


@pytest.mark.parametrize(
    ("document", "flag"),
    [
        (interface(strain=0.039), "film strained by 3.9% on Li(100)"),
        (interface(scar_J_m2=0.2), "film and Li(100) changed each other: 0.20 J/m2 above fresh surfaces"),
        (interface(reacted=("C3–O7 broke",)), "on Li(100) the film reacted: C3–O7 broke"),
        (interface(outside="outside the training"), "outside the training"),
        (interface(note="no face matches"), "packed at random and annealed briefly, because no face matches"),
        (interface(), "it is not known how well this potential knows surfaces"),
    ],
)
def test_what_a_reader_must_know_is_told(document, flag):
    assert any(flag in told for told in adhesion_properties([document])["adhesion_lithium"].flags)


def test_what_failed_is_missing_with_its_reason():
    found = adhesion_properties([None], [None], targets=("Li", "NMC811"))
    assert set(found) == {"adhesion_lithium", "lithium_spreading", "adhesion_NMC811", "lithium_adsorption"}
    assert all(quantity.value is None and "failures" in quantity.flags[0] for quantity in found.values())


def test_an_electrode_without_cohesion_has_no_spreading():
    found = adhesion_properties([interface(cohesion=None)])
    assert found["lithium_spreading"].value is None
    assert found["lithium_spreading"].flags == ("the electrode's own cohesion is not known",)


def test_lithium_lies_on_the_lowest_site():
    found = adhesion_properties([], [lithium(0.3, -0.4, failed=1)])["lithium_adsorption"]
    assert (found.value, found.unit) == (pytest.approx(-0.4), "eV")
    assert found.uncertainty == pytest.approx(0.7 / 2**0.5)
    assert "lowest of 2 sites on (111), up to +0.30 eV" in found.flags
    assert "1 sites did not converge" in found.flags
    assert adhesion_properties([], [lithium(0.3)])["lithium_adsorption"].uncertainty is None


def test_a_soft_potential_is_told_with_figures():
    known = {entry.id: entry.sha256 for entry in list_potentials()}
    soft, firm = (
        " ".join(surface_flags(PotentialRef(id=name, sha256=str(known[name]))))
        for name in ("chgnet", "mace-lithicoat-1")
    )
    assert "soft at surfaces: 0.4" in soft
    assert "LiF(100)" in soft
    assert "soft at surfaces" not in firm
    assert "0.556 in use elsewhere" in firm
    assert all(face.source for face in surface_energies() if face.reported_J_m2 is not None)
