"""Descriptors of lithicones' molecules: by hand, and what they must not depend on."""

import numpy as np
import pytest
from rdkit import Chem

from lithicoat.structures.catalog.library import load_library, smiles_coating
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.descriptors import DESCRIPTORS, Salt, describe, salt_of


def described(smiles, lithiation=1.0):
    salt = salt_of(smiles_coating(smiles))
    values = describe(Salt(salt.smiles, lithiation))
    return {descriptor.name: value for descriptor, value in zip(DESCRIPTORS, values, strict=True)}


def test_glycerol_by_hand():
    found = described("OCC(O)CO")
    assert found["Li per molecule"] == 3
    # C3H5O3Li3: 3·12.011 + 5·1.008 + 3·15.999 + 3·6.94 g/mol
    assert found["Li mass share"] == pytest.approx(3 * 6.94 / 109.89, rel=1e-3)
    assert found["size"] == pytest.approx(np.log2(6))
    assert found["rotatable bonds"] == pytest.approx(2 / 6)
    assert found["chelation"] == pytest.approx(1 / 3)  # O-C-C-O
    assert all(found[name] == 0 for name in ("aromatic", "rings", "other O", "N", "S", "halogen"))


@pytest.mark.parametrize(
    ("smiles", "name", "value"),
    [
        ("Oc1ccccc1O", "chelation", 1 / 3),  # ortho
        ("Oc1cccc(O)c1", "chelation", 1 / 4),  # meta
        ("Oc1ccc(O)cc1", "chelation", 1 / 5),  # para
        ("CCCCO", "chelation", 0.0),
        ("Oc1ccc(O)cc1", "aromatic", 6 / 8),
        ("O[C@H]1CC[C@H](O)CC1", "rings", 6 / 8),
        ("OCCOCCO", "other O", 1 / 7),
        ("OCCN(CCO)CCO", "N", 1 / 10),
        ("OCCSCCO", "S", 1 / 7),
        ("OCC(F)(F)C(F)(F)CO", "halogen", 4 / 10),
        ("OCCCCO", "rotatable bonds", 3 / 6),
    ],
)
def test_one_descriptor(smiles, name, value):
    assert described(smiles)[name] == pytest.approx(value)


def test_spelling_and_lithium_of_a_smiles_change_nothing():
    first = described("OCCN(CCO)CCO")
    parent = Chem.MolFromSmiles("OCCN(CCO)CCO")
    for spelled in {*Chem.MolToRandomSmilesVect(parent, 10, randomSeed=1), "N(CCO[Li])(CCO[Li])CCO[Li]"}:
        assert described(spelled) == first


def test_half_lithiated_has_half_the_lithium():
    whole, half = described("OCCO"), described("OCCO", lithiation=0.5)
    assert half["Li per molecule"] == whole["Li per molecule"] / 2
    # C2H5O2Li: 6.94 of 68.00 g/mol
    assert half["Li mass share"] == pytest.approx(6.94 / 68.0, rel=1e-3)
    assert half["size"] == whole["size"]


def test_two_names_of_one_film_are_one_salt():
    entries = load_catalog()
    by_id = {coating.id: coating for coating in load_library()}
    for own, listed in (
        ("LiGL", "Li-glycerol"),
        ("LiTEA", "Li-triethanolamine"),
        ("LiHQ", "Li-hydroquinone"),
    ):
        assert salt_of(entries.find(own)) == salt_of(by_id[listed])
    assert salt_of(entries.find("LiGL")).polyol == "OCC(CO)O"


def test_every_film_of_the_library_differs_from_every_other():
    places = np.array([describe(salt_of(coating)) for coating in load_library()])
    assert np.isfinite(places).all()
    assert len(np.unique(places.round(9), axis=0)) == len(places)
    assert (np.ptp(places, axis=0) > 0).all()


def test_a_film_without_molecules_is_refused():
    with pytest.raises(StructureError, match="LiF is built as crystal, so no molecule describes it"):
        salt_of(load_catalog().find("LiF"))
