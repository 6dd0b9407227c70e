import csv

import pytest

from lithicoat.structures.batch import BuildOrder, build_and_write
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.coating import Coating, Role
from lithicoat.structures.errors import StructureError
from lithicoat.structures.io import read_model
from lithicoat.structures.recipes import LithiconeRecipe

HUGE = Coating(
    id="huge",
    name="too dense to pack",
    family="lithicone",
    role=Role.ANODE,
    recipe=LithiconeRecipe(builder="lithicone", smiles="OCCO", density_g_cm3=40.0, density_source="test"),
)


def order(directory, **numbers):
    return BuildOrder(**{"max_atoms": 32, "replicas": 2, "seed": 1, "directory": directory, **numbers})


def find(*names):
    return [load_catalog().find(name) for name in names]


@pytest.mark.parametrize("workers", [1, 2])
def test_models_come_in_order_with_files_and_a_table(tmp_path, workers):
    built = list(build_and_write(find("LiGL", "LiF"), order(tmp_path), workers=workers))
    assert [film.id for film in built] == ["LiGL", "LiF"]
    assert [[row.seed for row in film.rows] for film in built] == [[1000, 1001], [None]]
    for film in built:
        assert film.failure is None
        for row, files in zip(film.rows, film.files, strict=True):
            assert read_model(files[0]).formula == row.formula
    with (tmp_path / "summary.csv").open() as lines:
        table = list(csv.DictReader(lines))
    assert [row["id"] for row in table] == ["LiGL", "LiGL", "LiF"]
    assert float(table[2]["density_deviation"]) == pytest.approx(2.53 / 2.64 - 1, abs=2e-3)


def test_one_that_fails_leaves_the_others(tmp_path):
    built = list(build_and_write([HUGE, *find("LiF")], order(tmp_path), workers=1))
    assert built[0].rows == ()
    assert built[0].failure.where == "huge: recipe.density_g_cm3"
    with pytest.raises(StructureError, match=r"cannot fit|packed"):
        raise built[0].failure.error
    assert (tmp_path / "LiF-crystal.extxyz").is_file()


def test_a_directory_that_is_a_file_is_told_before_anything_is_built(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StructureError, match="file cannot be written"):
        next(build_and_write(find("LiF"), order(tmp_path / "file"), workers=1))
