"""Oxygen vacancies under a film and bare, on a pair potential for which the answer is known."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, surface
from ase.calculators.calculator import Calculator, all_changes
from matscipy.neighbours import neighbour_list

from lithicoat.analysis.properties import Property
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.oxygen.protection import (
    OxygenPair,
    ProtectionDocument,
    ProtectionMaker,
    protection_properties,
)
from lithicoat.workflows.potentials.registry import register
from lithicoat.workflows.protocols import Preset, preset

SPEC = preset(Preset.QUICK).adhesion.model_copy(update={"fmax_eV_A": 0.02, "max_steps": 300})

BOND_eV = 0.4
"""Depth of a contact between film and oxygen."""


class Contacts(Calculator):
    """Morse contacts of nickel and oxygen at 2.1 Å; film and oxygen at 2.4 Å; nothing else."""

    implemented_properties = ("energy", "forces", "stress")

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        forces, energy = np.zeros_like(atoms.positions), 0.0
        symbols = np.array(atoms.get_chemical_symbols())
        i, j, away, apart = neighbour_list("ijDd", atoms, 3.4)
        for one, other, depth, length in (("Ni", "O", 1.0, 2.1), ("Al", "O", BOND_eV, 2.4)):
            pairs = ((symbols[i] == one) & (symbols[j] == other)) | (
                (symbols[i] == other) & (symbols[j] == one)
            )
            decay = np.exp(-4 * (apart[pairs] - length))
            energy += 0.5 * depth * (decay**2 - 2 * decay).sum()
            pull = 8 * depth * (decay - decay**2) / apart[pairs]
            np.add.at(forces, i[pairs], pull[:, None] * away[pairs])
        self.results = {"energy": float(energy), "forces": forces, "stress": np.zeros(6)}


@pytest.fixture
def contacts():
    return register("contacts", Contacts, elements=["Ni", "O", "Al"])


def interface(*, height_A, electrode="NiO", interfaces=1):
    """Build a rock-salt (100) slab with one film atom above one of its oxygens, at this height."""
    slab = surface(bulk(electrode, "rocksalt", a=4.2, cubic=True), (1, 0, 0), 2, vacuum=None)
    slab = slab.repeat((2, 2, 1))
    slab.cell[2, 2] += 16.0
    slab.pbc = True
    number = len(slab)
    tops = [a.index for a in slab if a.symbol == "O" and a.position[2] > slab.positions[:, 2].max() - 0.1]
    seat = slab.positions[tops[0]] if tops else slab.positions[0]
    slab += Atoms("Al", positions=[seat + np.array([0, 0, height_A])])
    low = np.flatnonzero(slab.positions[:, 2] < slab.positions[:, 2].min() + 0.5)
    facts = {
        "film": "Al",
        "film_face": "(100)",
        "film_form": "coherent",
        "electrode": f"{electrode}(100)",
        "misfit": 0.0,
        "film_strain": {"von_mises": 0.01, "principal": [-0.02, 0.01]},
        "electrode_strain": {"von_mises": 0.0, "principal": [0.0, 0.0]},
        "area_A2": 70.56,
        "interfaces": interfaces,
        "gap_A": height_A,
        "upper_gap_A": None,
        "vacuum_A": 16.0,
        "film_thickness_A": 0.0,
        "electrode_thickness_A": 6.3,
        "atoms": number + 1,
        "electrode_atoms": number,
        "film_atoms": 1,
        "fixed_atoms": len(low),
    }
    return Model.from_atoms(
        slab,
        name="Al_on_NiO",
        kind=ModelKind.INTERFACE,
        fixed=tuple(low.tolist()),
        recipe={"interface": facts},
    )


def measured(model, potential, *, sites=8, spec=SPEC):
    maker = ProtectionMaker(spec=spec, sites=sites)
    return maker.make.original(maker, model, potential)


def test_a_film_out_of_reach_protects_nothing(contacts):
    found = measured(interface(height_A=8.0), contacts, sites=3)
    assert len(found.sites) == 3
    for pair in found.sites:
        assert pair.difference_eV == pytest.approx(0.0, abs=1e-3)  # relaxed to 0.02 eV/Å
    assert protection_properties(found)["oxygen_protection"].value == pytest.approx(0.0, abs=1e-3)
    assert found.film_strain == -0.02


def test_the_oxygen_that_the_film_touches_is_held_by_its_bond(contacts):
    found = measured(interface(height_A=2.4), contacts)
    differences = sorted(pair.difference_eV for pair in found.sites)
    assert len(differences) == 8
    assert differences[-1] == pytest.approx(BOND_eV, abs=0.1)  # lets go of one bond, and all relaxes
    assert differences[:-1] == pytest.approx([0.0] * 7, abs=0.1)
    assert found.crossed == found.sulfur_bonds == 0
    assert found.weakest_eV == pytest.approx(0.0, abs=0.1)  # the others are as loose as before


def test_the_cells_differ_by_the_film_only(contacts):
    model = interface(height_A=2.4)
    found = measured(model, contacts, sites=1)
    assert found.interface.symbols == model.symbols
    assert found.interface.fixed == model.fixed
    held = list(model.fixed)
    assert np.allclose(np.array(found.interface.positions_A)[held], np.array(model.positions_A)[held])
    assert ProtectionDocument.model_validate_json(found.model_dump_json()) == found


def document(contacts, *differences, **more):
    sites = [
        OxygenPair(label=f"O {k}", site=k, covered_eV=3.0 + k + difference, bare_eV=3.0 + k)
        for k, difference in enumerate(differences)
    ]
    return ProtectionDocument(
        film="Al",
        electrode="NiO(100)",
        potential=contacts,
        interface=interface(height_A=2.4),
        sites=tuple(sites),
        crossed=more.pop("crossed", 0),
        sulfur_bonds=more.pop("sulfur_bonds", 0),
        film_strain=0.0,
        **more,
    )


def test_the_property_tells_weakest_and_spread(contacts):
    found = protection_properties(document(contacts, 0.5, 0.1, 0.3))["oxygen_protection"]
    assert isinstance(found, Property)
    assert found.value == pytest.approx(0.5)  # 3.5 under the film, 3.0 bare
    assert found.uncertainty == pytest.approx(0.2)
    assert "mean over single oxygens +0.30 eV" in found.flags
    swapped = protection_properties(document(contacts, 2.0, 0.1))["oxygen_protection"]
    assert swapped.value == pytest.approx(1.1)  # the second oxygen is now the weakest


def test_the_property_tells_what_went_wrong(contacts):
    alone = protection_properties(document(contacts, 0.5))["oxygen_protection"]
    assert alone.uncertainty is None
    assert "one oxygen only: no spread" in alone.flags
    odd = protection_properties(
        document(contacts, 0.5, 0.4, crossed=2, failed=1, sulfur_bonds=3, outside="far off")
    )
    flags = odd["oxygen_protection"].flags
    assert "2 O of the cathode crossed into the film as it was relaxed" in flags
    assert "3 bonds between sulfur of the film and oxygen of the cathode" in flags
    assert "1 further oxygens did not converge" in flags
    assert "far off" in flags


def test_what_cannot_be_compared(contacts):
    with pytest.raises(StructureError, match="is a sandwich"):
        measured(interface(height_A=2.4, interfaces=2), contacts)
    with pytest.raises(StructureError, match="holds no oxygen that a film could protect"):
        measured(interface(height_A=2.4, electrode="NiAl"), contacts)
    with pytest.raises(RunError, match="not converged in 1 steps"):
        measured(interface(height_A=2.1), contacts, spec=SPEC.model_copy(update={"max_steps": 1}))
