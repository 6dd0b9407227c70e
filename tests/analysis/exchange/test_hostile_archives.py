"""Archives that somebody made to harm: each is refused in one sentence, and nothing is left behind."""

import hashlib
import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.exchange import opening, unpack
from lithicoat.analysis.exchange.packing import pack

Members = dict[str, bytes]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write an archive of one film."""
    facts = {"coating": "LiGL", "campaign": "first", "sha256": "a" * 64, "protocol": "quick-1", "seed": 0}
    record = {
        **facts,
        "schema_version": 2,
        "name": "LiGL",
        "family": "lithicone",
        "role": "anode",
        "potential": "chgnet",
        "try_out": True,
        "properties": {"shear_modulus": {"value": 14.0, "uncertainty": 1.0, "unit": "GPa"}},
        "steps": {"b" * 64: "compare replicas"},
        "created_at": "2026-01-01T00:00:00Z",
    }
    campaign = {
        **{name: facts[name] for name in ("sha256", "protocol", "seed")},
        "name": "first",
        "coatings": ["LiGL"],
        "potential": "chgnet",
        "numbers": {},
        "state": "finished",
    }
    step = {
        **facts,
        "key": "b" * 64,
        "kind": "Verdict",
        "name": "compare replicas",
        "uuid": "00000000-0000-0000-0000-000000000000",
        "completed_at": "2026-01-01T00:00:00",
        "seconds": 1.0,
        "output": {"reasons": [None]},
    }
    path = tmp_path_factory.mktemp("good") / "good.zip"
    pack(path, records=[record], campaigns=[campaign], steps=[step])
    return path


@pytest.fixture
def members(good: Path) -> Members:
    """Files of a good archive."""
    with zipfile.ZipFile(good) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _archive(tmp_path: Path, members: Members, *more: tuple[zipfile.ZipInfo, bytes]) -> Path:
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        for info, content in more:
            archive.writestr(info, content)
    return path


def _declared(members: Members) -> Members:
    """Let the manifest say what the files are."""
    manifest = json.loads(members["manifest.json"])
    for name in manifest["members"]:
        content = members[name]
        manifest["members"][name] = {
            "documents": content.count(b"\n"),
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    return {**members, "manifest.json": json.dumps(manifest).encode()}


def _with(members: Members, name: str, old: str, new: str) -> Members:
    """Put another text into a file, with a manifest that agrees."""
    text = members[name].decode()
    assert old in text
    return _declared({**members, name: text.replace(old, new, 1).encode()})


def _refused(tmp_path: Path, path: Path, match: str) -> None:
    with pytest.raises(DataError, match=match):
        unpack(path, tmp_path / "new.db")
    assert not list(tmp_path.glob("*new.db*"))


def test_the_good_archive_is_taken(tmp_path: Path, members: Members):
    assert unpack(_archive(tmp_path, _declared(members)), tmp_path / "new.db").count("records.jsonl") == 1


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/cron.d/evil",
        "/etc/passwd",
        "..\\evil.py",
        "C:\\evil.exe",
        "lithicoat/__init__.py",
        "steps/",
    ],
)
def test_files_of_other_names(tmp_path: Path, members: Members, name: str):
    path = _archive(tmp_path, members, (zipfile.ZipInfo(name), b"evil"))
    _refused(tmp_path, path, "which no archive of lithicoat has")


def test_a_name_that_ends_early(tmp_path: Path, members: Members):
    path = _archive(tmp_path, members, (zipfile.ZipInfo("recordsXjsonl"), b""))
    path.write_bytes(path.read_bytes().replace(b"recordsXjsonl", b"records.\0sonl"))
    _refused(tmp_path, path, "which no archive of lithicoat has|damaged")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice(tmp_path: Path, members: Members):
    path = _archive(tmp_path, members, (zipfile.ZipInfo("records.jsonl"), b""))
    _refused(tmp_path, path, "holds records.jsonl twice")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO])
def test_links_and_other_kinds_of_files(tmp_path: Path, members: Members, kind: int):
    link = zipfile.ZipInfo("records.jsonl")
    link.external_attr = (kind | 0o777) << 16
    others = {name: content for name, content in members.items() if name != "records.jsonl"}
    _refused(tmp_path, _archive(tmp_path, others, (link, b"/etc/passwd")), "no plain file")


def test_a_bomb_by_its_size(tmp_path: Path, members: Members):
    bomb = zipfile.ZipInfo("records.jsonl")
    bomb.compress_type = zipfile.ZIP_DEFLATED
    others = {name: content for name, content in members.items() if name != "records.jsonl"}
    path = _archive(tmp_path, others, (bomb, b" " * 2_000_000))
    _refused(tmp_path, path, "to more than 200 times its size")


def test_a_bomb_that_lies_about_its_size(tmp_path: Path, members: Members):
    """The list says nine bytes, and the packed stream goes on for megabytes."""
    lie = _declared({**members, "records.jsonl": b'{"a": 1}\n'})
    path = _archive(tmp_path, {**lie, "records.jsonl": b'{"a": 1}\n' + b" " * 3_000_000})
    content = path.read_bytes()
    place = content.index(b"PK\x01\x02") + 24
    assert content[place : place + 4] == (3_000_009).to_bytes(4, "little")
    path.write_bytes(content[:place] + (9).to_bytes(4, "little") + content[place + 4 :])
    _refused(tmp_path, path, "damaged: Bad CRC-32")


def test_more_than_an_archive_may_unpack_to(
    tmp_path: Path, members: Members, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(opening, "LARGEST", 100)
    _refused(tmp_path, _archive(tmp_path, members), "would unpack to")


def test_thousands_of_names(tmp_path: Path, members: Members):
    many = [(zipfile.ZipInfo(f"{number}.jsonl"), b"") for number in range(200)]
    _refused(tmp_path, _archive(tmp_path, members, *many), "holds more files than")


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"no archive at all, but long enough for its end to be read"]
)
def test_what_is_no_zip(tmp_path: Path, content: bytes):
    (tmp_path / "bad.zip").write_bytes(content)
    _refused(tmp_path, tmp_path / "bad.zip", "no archive of lithicoat, or was cut off")


def test_an_archive_that_was_cut_off(tmp_path: Path, members: Members):
    path = _archive(tmp_path, members)
    path.write_bytes(path.read_bytes()[:-40])
    _refused(tmp_path, path, "cut off")


def test_an_archive_with_a_flipped_bit(tmp_path: Path, members: Members):
    path = _archive(tmp_path, members)
    content = bytearray(path.read_bytes())
    content[80] ^= 0x10
    path.write_bytes(content)
    _refused(tmp_path, path, "damaged|no archive|wrong|not JSON|no plain file|which no archive")


def test_an_encrypted_file(tmp_path: Path, members: Members):
    path = _archive(tmp_path, members)
    content = path.read_bytes()
    place = content.index(b"PK\x01\x02") + 8
    path.write_bytes(content[:place] + b"\x01" + content[place + 1 :])
    _refused(tmp_path, path, "encrypted")


def test_a_way_of_packing_that_lithicoat_does_not_use(tmp_path: Path, members: Members):
    packed = zipfile.ZipInfo("records.jsonl")
    packed.compress_type = zipfile.ZIP_LZMA
    others = {name: content for name, content in members.items() if name != "records.jsonl"}
    path = _archive(tmp_path, others, (packed, members["records.jsonl"]))
    _refused(tmp_path, path, "packed in a way")


def test_a_zip_of_something_else(tmp_path: Path, members: Members):
    _refused(tmp_path, _archive(tmp_path, {"records.jsonl": b""}), "has no manifest.json")
    other = {**members, "manifest.json": b'{"form": "recipes"}'}
    _refused(tmp_path, _archive(tmp_path, other), "is no archive of lithicoat")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"form_version": 2}, "of form 2; this lithicoat reads up to 1"),
        ({"lithicoat": 3}, "manifest of .* is broken: lithicoat"),
        ({"run": "rm"}, "manifest of .* is broken: run"),
        ({"members": {}}, "names no records.jsonl"),
        ({"title": "x" * 2000}, "broken: title"),
        ({"title": "x" * 70_000}, "longer than 64 kB"),
        ({"@class": "os.system"}, "nothing in an archive becomes code"),
    ],
)
def test_manifests(tmp_path: Path, members: Members, change: dict[str, Any], match: str):
    manifest = json.dumps({**json.loads(members["manifest.json"]), **change}).encode()
    _refused(tmp_path, _archive(tmp_path, {**members, "manifest.json": manifest}), match)


def test_a_manifest_that_names_other_files(tmp_path: Path, members: Members):
    manifest = json.loads(members["manifest.json"])
    manifest["members"]["../evil"] = manifest["members"]["records.jsonl"]
    path = _archive(tmp_path, {**members, "manifest.json": json.dumps(manifest).encode()})
    _refused(tmp_path, path, r"names a file '\.\./evil'")


def test_a_file_that_the_manifest_does_not_name(tmp_path: Path, members: Members):
    manifest = json.loads(members["manifest.json"])
    del manifest["members"]["steps.jsonl"]
    path = _archive(tmp_path, {**members, "manifest.json": json.dumps(manifest).encode()})
    _refused(tmp_path, path, "its manifest does not name")


def test_a_file_that_lacks(tmp_path: Path, members: Members):
    del members["steps.jsonl"]
    _refused(tmp_path, _archive(tmp_path, members), "lacks its file steps.jsonl")


def test_another_content_than_the_manifest_says(tmp_path: Path, members: Members):
    changed = members["records.jsonl"].replace(b"14.0", b"99.0")
    _refused(tmp_path, _archive(tmp_path, {**members, "records.jsonl": changed}), "its sha256 is wrong")
    longer = members["records.jsonl"] + b"{}\n"
    _refused(tmp_path, _archive(tmp_path, {**members, "records.jsonl": longer}), "holds more in records")


@pytest.mark.parametrize(
    ("new", "match"),
    [
        ('"value":NaN', "holds NaN, which is no number"),
        ('"value":-Infinity', "holds -Infinity, which is no number"),
        ('"value":1e999', "holds the number 1e999, which no computer keeps"),
        (f'"value":{"9" * 5000}', "holds the integer 99999999… of 5000 digits"),
        ('"value":9223372036854775808', "holds the integer"),
        ('"value":1.0,"value":2.0', "has the field 'value' twice"),
        ('"value":14.0,"$where":"sleep(9)"', r"has a field '\$where'"),
        ('"value":14.0,"@module":"os","@callable":"system"', "has a field '@module'"),
        ('"value":null', "is broken: properties.shear_modulus: .*must say why"),
        (f'"value":{"[" * 100}14.0{"]" * 100}', "nested too deeply"),
        (f'"value":{"[" * 100_000}14.0{"]" * 100_000}', "nested too deeply"),
    ],
)
def test_numbers_and_fields(tmp_path: Path, members: Members, new: str, match: str):
    _refused(tmp_path, _archive(tmp_path, _with(members, "records.jsonl", '"value":14.0', new)), match)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('"coating":"LiGL"', '"coating":"../../LiGL"', "is no name"),
        ('"coating":"LiGL"', '"coating":".hidden"', "is no name"),
        ('"coating":"LiGL"', f'"coating":"{"x" * 300}"', "is no name"),
        ('"campaign":"first"', '"campaign":"a/b"', "campaign: 'a/b' is no name"),
        ('"family":"lithicone"', '"family":"\\u001b[2Jlithicone"', r"the character U\+001B"),
        ('"family":"lithicone"', '"family":"\\u202enocihtil"', r"the character U\+202E"),
        ('"family":"lithicone"', '"family":"\\ud800"', r"the character U\+D800"),
        ('"family":"lithicone",', "", "is broken: family: Field required"),
        ('"family":"lithicone"', '"family":"lithicone","evil":1', "is broken: evil"),
        ('"schema_version":2', '"schema_version":99', "of schema 99; this lithicoat reads up to"),
        ('"schema_version":2', '"schema_version":"2"', "its schema_version is '2'"),
        ('"steps":{"', '"steps":{"../../../etc/passwd":"evil","', "is no key of a computation"),
        ('"uncertainty":1.0', '"uncertainty":-1.0', "is broken: properties.shear_modulus.uncertainty"),
        ('"created_at":"2026-01-01T00:00:00Z"', '"created_at":"never"', "is broken: created_at"),
        (
            '"created_at":"2026-01-01T00:00:00Z"',
            '"created_at":"2999-01-01T00:00:00Z"',
            "2999-01-01 is yet to",
        ),
        ('"created_at":"2026-01-01T00:00:00Z"', '"created_at":"2026-01-01T00:00:00"', "has no time zone"),
    ],
)
def test_records(tmp_path: Path, members: Members, old: str, new: str, match: str):
    _refused(tmp_path, _archive(tmp_path, _with(members, "records.jsonl", old, new)), match)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('"kind":"Verdict"', '"kind":"TrainDocument"', "of a kind that is not known here: 'TrainDocument'"),
        ('"kind":"Verdict"', '"kind":"os.system"', "of a kind that is not known here"),
        ('"kind":"Verdict",', "", "of a kind that is not known here: 'None'"),
        ('"key":"', '"key":"../', "has no proper key"),
        ('"uuid":"', '"uuid":"failure-', "has no proper uuid"),
        ('"output":{', '"output":{"@module":"os","@class":"system",', "nothing in an archive becomes code"),
        ('"output":{', '"failure":{"key":"a"},"output":{', "has an unknown field 'failure'"),
        ('"output":{', '"output":3,"outputs":{', "has an unknown field 'outputs'"),
        ('"output":{', '"output":{"trajectory":"../../../.ssh/id_rsa",', "names a file outside the database"),
        ('"output":{', '"output":{"trajectory":"/etc/passwd",', "names a file outside the database"),
        (
            '"output":{',
            '"output":{"p":[{"id":"m","sha256":"a","path":"/tmp/evil.model"}],',
            "names a file of weights, '/tmp/evil.model'",
        ),
        ('"completed_at":"2026-01-01T00:00:00"', '"completed_at":"late"', "does not say when"),
        ('"seconds":1.0', '"seconds":-1.0', "has a wrong time of computation"),
        ('"seed":0', '"seed":"0"', "has a wrong seed"),
        ('"name":"compare replicas"', f'"name":"{"x" * 201}"', "has a wrong name"),
    ],
)
def test_steps(tmp_path: Path, members: Members, old: str, new: str, match: str):
    _refused(tmp_path, _archive(tmp_path, _with(members, "steps.jsonl", old, new)), match)


@pytest.mark.parametrize("name", ["records.jsonl", "steps.jsonl", "campaigns.jsonl"])
def test_the_same_twice(tmp_path: Path, members: Members, name: str):
    twice = _declared({**members, name: 2 * members[name]})
    _refused(tmp_path, _archive(tmp_path, twice), f"holds in line 2 of {name} what it held before")


def test_campaigns(tmp_path: Path, members: Members):
    bad = _with(members, "campaigns.jsonl", '"coatings":["LiGL"]', '"coatings":["../LiGL"]')
    _refused(tmp_path, _archive(tmp_path, bad), "is no name")
    half = _with(members, "campaigns.jsonl", '"state":"finished"', '"stat":1')
    _refused(tmp_path, _archive(tmp_path, half), "is broken: state")


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"\xff\xfe{}\n", "is not JSON"),
        (b"[1]\n", "is not a JSON object"),
        (b'{"coating": "LiGL", "prop', "is not JSON, or was cut off"),
        (b"\n", "is not JSON"),
        (b"\x80\x04\x95pickle\n", "is not JSON"),
    ],
)
def test_lines(tmp_path: Path, members: Members, content: bytes, match: str):
    manifest = json.loads(members["manifest.json"])
    manifest["members"]["records.jsonl"] = {
        "documents": 1,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    bad = {**members, "records.jsonl": content, "manifest.json": json.dumps(manifest).encode()}
    _refused(tmp_path, _archive(tmp_path, bad), match)


def test_a_line_longer_than_a_document_may_be(
    tmp_path: Path, members: Members, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("lithicoat.analysis.exchange.strict.LONGEST", 100)
    _refused(tmp_path, _archive(tmp_path, members), "is longer than")
