from ase.build import bulk

from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.transport.vacant import VacantDocument


def test_numbers_of_a_cell_with_vacancies_say_for_what_they_hold():
    atoms = bulk("LiF", "rocksalt", a=4.03, cubic=True)
    model = Model.from_atoms(atoms, name="LiF", kind=ModelKind.CRYSTAL)
    document = VacantDocument(model=model, empty=1, sites=32)
    assert document.flag.startswith("1 of 32 lithium sites made empty (3.1 %)")
