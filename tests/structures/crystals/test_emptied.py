import numpy as np
import pytest
from ase.build import bulk

from lithicoat.structures.crystals.vacancies import emptied
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind


def salt():
    atoms = bulk("LiF", "rocksalt", a=4.03, cubic=True) * (2, 2, 2)
    return Model.from_atoms(atoms, name="LiF", kind=ModelKind.CRYSTAL)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_so_many_sites_are_empty_and_everything_else_stays(number):
    model = emptied(salt(), "Li", number)
    assert model.formula == f"F32Li{32 - number}"
    assert model.cell_A == salt().cell_A
    assert set(model.positions_A) < set(salt().positions_A)
    assert [step["step"] for step in model.recipe["steps"]] == ["vacancy"] * number


def test_empty_sites_keep_away_from_each_other():
    model = emptied(salt(), "Li", 2)
    full, left = salt(), set(model.positions_A)
    gone = [index for index, place in enumerate(full.positions_A) if place not in left]
    apart = full.atoms.get_distance(*gone, mic=True)
    farthest = np.max(full.atoms.get_distances(gone[0], range(64), mic=True)[np.array(full.symbols) == "Li"])
    assert apart == pytest.approx(farthest)


def test_more_sites_than_there_are_cannot_be_emptied():
    for number in (0, 32):
        with pytest.raises(StructureError, match=f"{number} of 32 Li atoms of LiF cannot be taken out"):
            emptied(salt(), "Li", number)
