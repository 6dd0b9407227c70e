"""Model files are refused before they are opened, unless somebody vouched for them."""

import json
import pickle
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lithicoat.workflows.cli import run
from lithicoat.workflows.configuration import CampaignConfig
from lithicoat.workflows.errors import PotentialError, UsageError
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import (
    Engine,
    PotentialInfo,
    PotentialRef,
    resolve,
    sha256_of_file,
)
from lithicoat.workflows.potentials.trust import (
    check_model_file,
    choose_potential,
    is_trusted,
    require_trust,
    trust,
    trusted_list,
)


class _Booby:
    """Leaves a file behind as soon as somebody unpickles it."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


def archive(file: Path, *pickles: bytes) -> Path:
    with zipfile.ZipFile(file, "w") as packed:
        for number, text in enumerate(pickles):
            packed.writestr(f"archive{number}/data.pkl", text)
    return file


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return tmp_path / "code-was-run"


@pytest.fixture
def model(tmp_path: Path, trace: Path) -> Path:
    """A zip archive that names a class of MACE, and runs code when it is opened."""
    names_mace = b"cmace.modules.models\nScaleShiftMACE\n0"
    return archive(tmp_path / "gift.model", names_mace + pickle.dumps(_Booby(trace), protocol=2))


def test_the_list_lies_where_the_user_wants_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("LITHICOAT_TRUSTED", str(tmp_path / "mine.json"))
    assert trusted_list() == tmp_path / "mine.json"
    monkeypatch.delenv("LITHICOAT_TRUSTED")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert trusted_list() == tmp_path / "lithicoat" / "trusted.json"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert trusted_list() == Path.home() / ".config" / "lithicoat" / "trusted.json"


def test_an_unknown_file_is_refused_before_it_is_opened(model: Path, trace: Path):
    ref = resolve(str(model))
    with pytest.raises(PotentialError, match=rf"gift.model \(sha256 {ref.sha256}\) may run code") as caught:
        calculator(ref)
    assert "--trust" in caught.value.hint
    assert not trace.exists()


def test_the_fixture_is_a_trap(model: Path, trace: Path, monkeypatch: pytest.MonkeyPatch):
    """Whoever opens it does run its code."""
    monkeypatch.setitem(sys.modules, "mace.modules.models", SimpleNamespace(ScaleShiftMACE=None))
    with zipfile.ZipFile(model) as packed:
        pickle.loads(packed.read("archive0/data.pkl"))  # noqa: S301
    assert trace.exists()


def test_trusting_opens_nothing_and_is_remembered(model: Path, trace: Path):
    digest = trust(model)
    assert digest == sha256_of_file(model)
    assert is_trusted(digest)
    assert json.loads(trusted_list().read_text()) == {digest: str(model.resolve())}
    require_trust(resolve(str(model)), model)
    assert not trace.exists()


def test_trust_holds_for_the_bytes_not_for_the_name(model: Path):
    trust(model)
    archive(model, b"cmace.modules.models\nScaleShiftMACE\n.")
    with pytest.raises(PotentialError, match="may run code"):
        require_trust(resolve(str(model)), model)


def test_a_second_file_leaves_the_first_in_the_list(model: Path, tmp_path: Path):
    other = archive(tmp_path / "other.model", b"cmace.modules.models\nMACE\n.")
    assert is_trusted(trust(model))
    assert is_trusted(trust(other))
    assert is_trusted(sha256_of_file(model))


@pytest.mark.parametrize(
    "what", ["text", "plain pickle", "other zip", "no mace", "broken pickle", "truncated"]
)
def test_what_is_no_mace_model_is_not_opened_and_cannot_be_trusted(what: str, tmp_path: Path, trace: Path):
    file = tmp_path / "thing.model"
    match what:
        case "text":
            file.write_text("weights")
        case "plain pickle":
            file.write_bytes(pickle.dumps(_Booby(trace)))
        case "other zip":
            archive(file)
        case "no mace":
            archive(file, pickle.dumps(_Booby(trace)))
        case "broken pickle":
            archive(file, b"\xff\xff")
        case "truncated":
            whole = archive(tmp_path / "whole", b"cmace.modules.models\nMACE\n." * 50).read_bytes()
            file.write_bytes(whole[: len(whole) // 2])
    for asked in (check_model_file, trust):
        with pytest.raises(PotentialError, match=r"thing.model is no MACE model"):
            asked(file)
    with pytest.raises(PotentialError, match="is no MACE model"):
        calculator(resolve(str(file)))
    assert not trace.exists()


def test_weights_with_a_pinned_hash_are_known(monkeypatch: pytest.MonkeyPatch, model: Path):
    _register(monkeypatch, sha256=sha256_of_file(model))
    require_trust(PotentialRef(id="entry", sha256=sha256_of_file(model), path=str(model)), model)


def test_weights_without_one_are_known_only_where_they_belong(
    monkeypatch: pytest.MonkeyPatch, model: Path, tmp_path: Path
):
    """A file of the user's that is called as a registry entry is not that entry."""
    entry = _register(monkeypatch, sha256=None)
    cached = tmp_path / "cached.model"
    cached.write_bytes(model.read_bytes())
    monkeypatch.setattr(potentials, "_weights", lambda asked: cached if asked.id == entry.id else None)
    ref = PotentialRef(id="entry", sha256=sha256_of_file(model))
    require_trust(ref, cached)
    with pytest.raises(PotentialError, match="may run code"):
        require_trust(ref, model)


def _register(monkeypatch: pytest.MonkeyPatch, *, sha256: str | None) -> PotentialInfo:
    entry = PotentialInfo(
        id="entry", engine=Engine.MACE, elements=("Li",), level_of_theory="", licence="", source="",
        sha256=sha256, url="https://example.org/entry.model",
    )  # fmt: skip
    monkeypatch.setattr(potentials, "_shipped", lambda: {"entry": entry})
    return entry


def test_settings_may_name_the_hash(model: Path, tmp_path: Path):
    digest = sha256_of_file(model)
    assert choose_potential(str(model), sha256=digest.upper()).sha256 == digest
    assert is_trusted(digest)
    with pytest.raises(PotentialError, match=f"has the sha256 {digest}, not {'0' * 64} as the settings say"):
        choose_potential(str(model), sha256="0" * 64)
    settings = tmp_path / "campaign.toml"
    settings.write_text('potential = "a.model"\npotential_sha256 = "12"\n')
    with pytest.raises(UsageError, match="potential_sha256"):
        CampaignConfig.read(settings)


def test_the_hash_in_the_settings_belongs_to_their_potential(tmp_path: Path):
    settings = tmp_path / "campaign.toml"
    settings.write_text(f'potential = "a.model"\npotential_sha256 = "{"0" * 64}"\n')
    assert CampaignConfig.read(settings).potential_sha256 == "0" * 64
    assert CampaignConfig.read(settings, potential="chgnet").potential_sha256 is None


def test_a_name_of_the_registry_needs_no_trust():
    assert choose_potential("chgnet", trusted=True) == resolve("chgnet")
    assert not trusted_list().exists()


@pytest.mark.parametrize("text", ["not json", "[1, 2]"])
def test_a_list_that_cannot_be_read_is_named(text: str, model: Path):
    trusted_list().parent.mkdir(parents=True, exist_ok=True)
    trusted_list().write_text(text)
    with pytest.raises(UsageError, match="the list of trusted model files"):
        trust(model)


def test_a_list_that_cannot_be_written_is_named(model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LITHICOAT_TRUSTED", str(tmp_path / "file" / "trusted.json"))
    with pytest.raises(UsageError, match="cannot be written"):
        trust(model)


@pytest.mark.parametrize("command", [("elastic", "Li2S"), ("diffusion", "Li2S"), ("screen", "Li2S")])
def test_commands_refuse_an_unknown_file_in_one_sentence(
    command: tuple[str, str], model: Path, trace: Path, capsys: pytest.CaptureFixture[str]
):
    assert run([*command, "--potential", str(model), "--preset", "quick"]) == 2
    sentence = capsys.readouterr().err
    assert sentence.startswith(f"error: {model} (sha256 {sha256_of_file(model)})")
    assert "give --trust once" in sentence
    assert not trace.exists()


def test_what_the_user_trusts_is_opened(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    opened: list[Path] = []

    def load(path: Path, **_: Any) -> None:
        opened.append(path)

    monkeypatch.setattr(calculators, "_load_mace", load)
    assert run(["elastic", "Li2S", "--potential", str(model), "--preset", "quick", "--trust"]) == 2
    assert opened == [model]
    assert "is no MACE model" in capsys.readouterr().err  # what came out of the file has no atoms
    assert is_trusted(sha256_of_file(model))
