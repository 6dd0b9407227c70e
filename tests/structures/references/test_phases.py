"""Which crystals, molecules and cathodes make up the reference set."""

import numpy as np
import pytest

from lithicoat.structures.references.phases import cathode_models, gas_models, reference_models


@pytest.fixture(scope="module")
def lithium_sulfur_oxygen():
    return {model.name: model for model in reference_models(["Li", "S", "O"])}


def test_the_crystals_of_a_system(lithium_sulfur_oxygen):
    names = set(lithium_sulfur_oxygen)
    assert {"Li_229.cif", "S_70.cif", "S_13.cif", "Li2S_225.cif", "Li2O_225.cif", "Li2O2_194.cif"} <= names
    assert {"Li2SO3_36.cif", "Li2SO4_14.cif"} <= names
    assert not {"Li2S2_194.cif", "O2_12.cif", "O2_molecule.cif", "SO2_41.cif"} & names
    assert all(set(model.symbols) <= {"Li", "S", "O"} for model in lithium_sulfur_oxygen.values())


def test_cells_are_primitive_and_keep_their_cautions(lithium_sulfur_oxygen):
    assert len(lithium_sulfur_oxygen["Li2S_225.cif"].symbols) == 3
    assert lithium_sulfur_oxygen["S_70.cif"].recipe["flags"][0].startswith("suspect")
    assert lithium_sulfur_oxygen["Li2SO4_14.cif"].recipe["flags"] == ["predicted"]


def test_a_suspect_crystal_stands_in_only_where_there_is_no_other():
    names = {model.name for model in reference_models(["P"])}
    assert names == {"P_2.cif"}  # black phosphorus is suspect, the fibrous red form is not


def test_exchanged_compounds_say_what_they_were_made_of():
    (fluoride,) = [model for model in reference_models(["Mg", "F"]) if "rutile" in model.name]
    assert fluoride.recipe["of"] == "TiO2_136.cif"
    assert fluoride.recipe["exchange"] == {"Ti": "Mg", "O": "F"}


def test_molecules():
    found = {model.name: model.atoms for model in gas_models(["S", "O", "H"])}
    assert set(found) == {"O2", "H2", "SO2", "SO3", "H2O", "H2S"}
    bonds = found["SO3"].get_distances(0, [1, 2, 3])
    assert bonds == pytest.approx([1.4198] * 3)
    assert np.cross(
        found["SO3"].positions[1] - found["SO3"].positions[0],
        found["SO3"].positions[2] - found["SO3"].positions[0],
    )[2] != 0  # fmt: skip
    assert found["SO3"].get_angle(1, 0, 2) == pytest.approx(120)


def test_the_charged_cathode():
    models = cathode_models()
    assert [model.name for model in models] == ["NMC811 x=1", "NMC811 x=0.5", "NMC811 x=0.25"]
    for model, lithium in zip(models, (1, 0.5, 0.25), strict=True):
        assert list(model.symbols).count("Li") / list(model.symbols).count("O") * 2 == pytest.approx(lithium)
        assert len(model.symbols) <= 80
