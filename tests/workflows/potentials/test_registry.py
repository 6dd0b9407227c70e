import hashlib
from pathlib import Path

import pytest
from ase.calculators.emt import EMT

from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.registry import (
    Corrections,
    Engine,
    check_elements,
    elements,
    factory,
    info,
    list_potentials,
    register,
    resolve,
)


@pytest.fixture
def emt():
    yield register("test-emt", EMT, elements=["Al", "Cu"])
    potentials._registered.pop("test-emt")


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "mace"


def test_chgnet_is_here_with_the_weights_it_is_known_by():
    ref = resolve("chgnet")
    assert ref.content_hash == hashlib.sha256(Path(ref.path).read_bytes()).hexdigest()
    assert info(ref).sha256 == ref.sha256
    assert info(ref).available


def test_only_potentials_trained_on_raw_energies_are_corrected():
    corrections = {entry.id: entry.corrections for entry in list_potentials()}
    assert corrections["chgnet"] is Corrections.INCLUDED
    assert corrections["mace-mpa-0"] is corrections["mace-mp-0b3"] is Corrections.MP2020
    assert corrections["mace-omat-0"] is corrections["mace-mh-1"] is Corrections.UNKNOWN


def test_the_training_sets_have_89_elements_without_polonium_to_radium():
    covered = elements(resolve("chgnet"))
    assert len(covered) == 89
    assert {"H", "Li", "Bi", "Ac", "Pu"} <= set(covered)
    assert not {"Po", "At", "Rn", "Fr", "Ra", "Am"} & set(covered)


def test_weights_that_are_not_here_say_how_they_come(empty_cache):
    entry = next(entry for entry in list_potentials() if entry.id == "mace-mpa-0")
    assert not entry.available
    assert "fetched on first use from https://" in entry.reason
    assert not empty_cache.exists()


def test_weights_in_the_cache_of_mace_are_found_and_checked(empty_cache):
    empty_cache.mkdir()
    (empty_cache / "macempa0mediummodel").write_bytes(b"something else")
    entry = next(entry for entry in list_potentials() if entry.id == "mace-mpa-0")
    assert entry.available
    with pytest.raises(PotentialError, match="are not those it is known by"):
        resolve("mace-mpa-0")


def test_weights_that_cannot_be_fetched(empty_cache, monkeypatch):
    def refuse(_key):
        raise OSError("no route to host")

    monkeypatch.setattr("lithicoat.workflows.potentials.calculators.download", refuse)
    with pytest.raises(PotentialError, match=r"not here and cannot be fetched \(no route") as caught:
        resolve("mace-mp-0b3")
    assert str(empty_cache) in caught.value.hint
    assert "or use --potential mace-lithicoat-1 or chgnet, installed here" in caught.value.hint


def test_an_engine_that_is_not_installed(monkeypatch):
    monkeypatch.setattr(potentials, "find_spec", lambda _name: None)
    with pytest.raises(PotentialError, match="come with the package chgnet, which is not installed"):
        resolve("chgnet")


def test_unknown_names_offer_near_ones():
    with pytest.raises(PotentialError, match="did you mean mace-mpa-0"):
        resolve("mace-mpa")
    with pytest.raises(PotentialError, match=r"there is no potential zzz$"):
        resolve("zzz")


def test_files_that_are_no_potentials(tmp_path):
    with pytest.raises(PotentialError, match="there is no potential file"):
        resolve(str(tmp_path / "absent.model"))
    empty = tmp_path / "empty.model"
    empty.touch()
    with pytest.raises(PotentialError, match="is empty"):
        resolve(str(empty))


def test_a_local_file_is_known_by_its_content(tmp_path):
    first, second = tmp_path / "a.model", tmp_path / "b.model"
    first.write_bytes(b"weights")
    second.write_bytes(b"weights")
    assert resolve(str(first)).content_hash == resolve(str(second)).content_hash
    first.write_bytes(b"other weights")
    assert resolve(str(first)).content_hash != resolve(str(second)).content_hash
    assert resolve(str(first)).id == "a"


def test_registered_calculators_resolve_by_name(emt):
    assert resolve("test-emt") == emt
    assert info(emt).engine is Engine.REGISTERED
    assert isinstance(factory(emt)(), EMT)
    assert "test-emt" in [entry.id for entry in list_potentials()]


def test_a_shipped_name_cannot_be_taken():
    with pytest.raises(PotentialError, match="chgnet is a shipped potential"):
        register("chgnet", EMT, elements=["Cu"])


def test_elements_that_are_not_covered_name_a_potential_that_covers_them(emt):
    check_elements(emt, ["Cu", "Al"])
    with pytest.raises(PotentialError, match=r"chgnet covers Pu, but test-emt does not \(Al Cu\)") as caught:
        check_elements(emt, ["Pu", "Al"], where="pu.extxyz")
    assert caught.value.hint == "use --potential chgnet for pu.extxyz"
    with pytest.raises(PotentialError, match=r"does not cover Po .* no other potential does"):
        check_elements(resolve("chgnet"), ["Po", "Li"])


def test_weights_may_ship_inside_a_package(monkeypatch):
    entry = next(entry for entry in list_potentials() if entry.id == "chgnet")
    shipped_inside = {"package": "lithicoat.workflows", "file": "data/potentials.toml"}
    unpinned = {"sha256": None, "available": False}
    found = entry.model_copy(update={**shipped_inside, **unpinned, "id": "inside"})
    gone = found.model_copy(update={"file": "data/absent.model", "id": "gone"})
    lost = found.model_copy(update={"package": "no_such.package", "id": "lost"})
    monkeypatch.setattr(potentials, "_shipped", lambda: {e.id: e for e in (found, gone, lost)})
    here, *missing = list_potentials()[:3]
    assert here.available
    assert resolve("inside").path.endswith("workflows/data/potentials.toml")
    for absent in missing:
        assert not absent.available
        with pytest.raises(PotentialError, match="they come with the package"):
            resolve(absent.id)
    assert missing[1].reason == "weights are not here; they come with no_such.package"
