"""Tables of a database."""

from typing import Any

import numpy as np
import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.films.records import FilmStructure
from lithicoat.analysis.properties import Property


def test_a_table_has_values_uncertainties_bounds_and_units(write: Any, film: Any):
    database = write(film("A", modulus=8.0), film("B", modulus=None, minutes=1))
    table = database.table("shear_modulus", "conductivity_298K")
    assert list(table.columns[:10]) == [
        "coating", "name", "family", "role", "campaign", "potential", "sha256", "protocol", "seed", "try_out",
    ]  # fmt: skip
    assert table["shear_modulus"].tolist() == pytest.approx([8.0, np.nan], nan_ok=True)
    assert table["shear_modulus_uncertainty"].tolist() == pytest.approx([0.8, np.nan], nan_ok=True)
    assert table["shear_modulus_bound"].isna().all()
    assert table["conductivity_298K_bound"].tolist() == ["upper", "upper"]
    assert table.attrs["units"] == {
        "shear_modulus": "GPa",
        "shear_modulus_uncertainty": "GPa",
        "conductivity_298K": "S/cm",
        "conductivity_298K_uncertainty": "S/cm",
    }
    assert table["try_out"].tolist() == [True, True]
    assert "conductivity_298K" in database.table().columns


def test_a_table_does_not_mix_units(write: Any, film: Any):
    pascal = Property(value=8e9, unit="Pa")
    database = write(film("A"), film("B", properties={"shear_modulus": pascal}))
    with pytest.raises(DataError, match="shear_modulus is recorded in GPa and in Pa"):
        database.table("shear_modulus")
    assert database.table("shear_modulus", coating="B").attrs["units"]["shear_modulus"] == "Pa"


def test_every_number_has_a_row_with_its_provenance(write: Any, film: Any):
    density = Property(value=2.0, unit="g/cm3", flags=("one replica: spread unknown",))
    structure = FilmStructure(
        replicas=1, wanted=1, seeds=(0,), density=density, densities_g_cm3=(2.0,), shells=()
    )
    numbers = write(film("A", modulus=8.0, structure=structure)).numbers()
    assert numbers["property"].tolist() == ["shear_modulus", "conductivity_298K", "density_annealed"]
    stiffness, conductivity, annealed = (row for _, row in numbers.iterrows())
    assert (stiffness["value"], stiffness["unit"], stiffness["flags"]) == (8.0, "GPa", "try-out protocol")
    assert (stiffness["potential"], stiffness["sha256"], stiffness["seed"]) == ("chgnet", "abc", 0)
    assert stiffness["versions"] == "ase=3.29.0"
    assert conductivity["bound"] == "upper"
    assert (annealed["value"], annealed["sha256"]) == (2.0, "abc")


def test_the_same_film_by_two_potentials_is_compared(write: Any, film: Any):
    database = write(
        film("A", modulus=10.0),
        film("A", modulus=20.0, potential="mace", sha256="def", minutes=1),
        film("B", modulus=10.0),
        film("C", modulus=10.0),
        film("C", modulus=11.0, seed=7, minutes=1),
    )
    table = database.compare("shear_modulus")
    assert table["coating"].tolist() == ["A"]
    row = table.iloc[0]
    assert (row["chgnet"], row["mace"], row["mace_uncertainty"]) == (10.0, 20.0, 2.0)
    assert (row["spread"], row["relative_spread"]) == (10.0, pytest.approx(10 / 15))
    assert row["in_uncertainties"] == pytest.approx(10 / np.hypot(1.0, 2.0))
    assert table.attrs["units"]["spread"] == "GPa"
    seeds = database.compare("shear_modulus", by="seed")
    assert (seeds.iloc[0]["coating"], seeds.iloc[0]["seed 7"]) == ("C", 11.0)


def test_what_is_not_resolved_has_no_spread(write: Any, film: Any):
    database = write(
        film("A"),
        film("A", potential="mace", sha256="def", minutes=1),
        film("B"),
        film("B", modulus=None, potential="mace", sha256="def", minutes=1),
    )
    assert database.compare("conductivity_298K")["spread"].isna().all()
    assert database.compare("shear_modulus")["spread"].isna().tolist() == [False, True]


def test_two_potentials_of_one_name_are_told_apart_by_their_hash(write: Any, film: Any):
    other = film("A", modulus=20.0, sha256="0123456789", minutes=1)
    table = write(film("A"), other).compare("shear_modulus", by="potential")
    assert (table.iloc[0]["chgnet abc"], table.iloc[0]["chgnet 01234567"]) == (10.0, 20.0)


def test_records_are_not_compared_by_anything_else(write: Any, film: Any):
    with pytest.raises(DataError, match="not compared by colour"):
        write(film("A")).compare("shear_modulus", by="colour")


def test_nothing_to_compare_is_an_empty_table(write: Any, film: Any):
    table = write(film("A")).compare("shear_modulus")
    assert table.empty
    assert "spread" in table.columns
