"""Which interatomic potentials there are, where their weights lie, and what each may be used for.

Nothing here loads torch, except a download and the look into a local model file.
"""

import hashlib
import os
import tomllib
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from enum import Enum
from functools import cache, lru_cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ase.data import chemical_symbols
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.workflows.errors import PotentialError

__all__ = [
    "DEFAULT_POTENTIAL",
    "Corrections",
    "Engine",
    "PotentialInfo",
    "PotentialRef",
    "check_elements",
    "elements",
    "factory",
    "info",
    "list_potentials",
    "register",
    "resolve",
    "sha256_of_file",
    "shipped",
]

DEFAULT_POTENTIAL = "mace-lithicoat-1"
"""What computes if nobody names a potential."""


class Engine(Enum):
    """The code that evaluates a potential."""

    CHGNET = "chgnet"
    MACE = "mace"
    REGISTERED = "registered"


class Corrections(Enum):
    """What is known of the errors of a potential's PBE(+U) energies before its terms are fitted."""

    INCLUDED = "included"
    """The potential was trained on energies that hold the MP2020 corrections."""
    MP2020 = "mp2020"
    """Trained on raw energies of the Materials Project, to which those corrections apply."""
    UNKNOWN = "unknown"
    """Trained on other energies: terms are fitted from nothing, and O2 is the potential's own molecule."""


class PotentialRef(BaseModel):
    """One potential, by the content of its weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(description="Name in the registry, or the stem of a local file.")
    sha256: str = Field(description="sha256 of the weights.")
    path: str | None = Field(None, description="File of the weights on this machine; None if registered.")

    @property
    def content_hash(self) -> str:
        """What a computation sees of the potential: its weights."""
        return self.sha256


class PotentialInfo(BaseModel):
    """What a user should know of a potential before trusting it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str = Field(description="Name to give with --potential.")
    available: bool = Field(False, description="True if the weights are on this machine.")
    reason: str = Field("", description="Where the weights are, or how to get them.")
    engine: Engine
    elements: tuple[str, ...] = Field(description="Chemical symbols that the training data contain.")
    level_of_theory: str = Field(description="Functional and data of the training.")
    licence: str = Field(description="Licence of the weights.")
    source: str = Field(description="Citation.")
    sha256: str | None = Field(None, description="sha256 of the weights; None if not known.")
    corrections: Corrections = Corrections.UNKNOWN
    calibration: str | None = Field(
        None, description="File of the elastic calibration in workflows/data/calibrations, if there is one."
    )
    file: str | None = Field(None, description="Weights inside a package.")
    package: str | None = Field(None, description="Package that holds `file`; None: the engine's.")
    committee: tuple[str, ...] = Field(
        (), description="Names of the sister potentials, trained alike from other seeds."
    )
    guard: str | None = Field(
        None, description="File in workflows/data/models: the environments that it was trained on."
    )
    card: str | None = Field(None, description="File in workflows/data/models: the model card (JSON).")
    key: str | None = Field(None, description="Name of the model in mace-torch.")
    head: str | None = Field(None, description="Output head of a multi-head model.")
    url: str | None = Field(None, description="Where the weights are downloaded from.")


_registered: dict[str, tuple[PotentialInfo, Callable[[], Any]]] = {}


def register(potential_id: str, make: Callable[[], Any], *, elements: Iterable[str]) -> PotentialRef:
    """Give an ASE calculator a name of its own, for the rest of this process.

    Parameters
    ----------
    potential_id : str
        Name; must not be one of the shipped potentials.
    make : callable
        Returns a new ASE calculator.
    elements : iterable of str
        Chemical symbols that it covers.

    Raises
    ------
    PotentialError
        If the name belongs to a shipped potential.
    """
    if potential_id in _shipped():
        raise PotentialError(
            f"{potential_id} is a shipped potential", where=potential_id, hint="register under another name"
        )
    digest = hashlib.sha256(f"registered {potential_id}".encode()).hexdigest()
    entry = PotentialInfo(
        id=potential_id,
        available=True,
        reason="registered in this process",
        engine=Engine.REGISTERED,
        elements=tuple(elements),
        level_of_theory="as registered",
        licence="as registered",
        source="registered in this process",
        sha256=digest,
    )
    _registered[potential_id] = (entry, make)
    return PotentialRef(id=potential_id, sha256=digest)


def factory(ref: PotentialRef) -> Callable[[], Any] | None:
    """Return what makes the calculator of a registered potential; None if it is not a registered one."""
    entry = _registered.get(ref.id)
    return entry[1] if entry and entry[0].sha256 == ref.sha256 else None


def list_potentials() -> list[PotentialInfo]:
    """Return all potentials with their availability on this machine; fast, nothing is loaded."""
    return [*map(_with_availability, _shipped().values()), *(entry for entry, _ in _registered.values())]


def info(ref: PotentialRef) -> PotentialInfo:
    """Return what is known of a potential; of a local file that is little (its elements are read)."""
    if factory(ref) is not None:
        return _registered[ref.id][0]
    known = shipped(ref)
    if known is not None:
        return known
    return PotentialInfo(
        id=ref.id,
        available=True,
        reason=f"local file {ref.path}",
        engine=Engine.MACE,
        elements=_elements_of_file(ref),
        level_of_theory="unknown (local file)",
        licence="unknown (local file)",
        source=f"local file {ref.path}",
        sha256=ref.sha256,
    )


def shipped(ref: PotentialRef) -> PotentialInfo | None:
    """Return the registry's entry of a potential; None if it is a local file or registered."""
    known = _shipped().get(ref.id)
    return _with_availability(known) if known and known.sha256 in (None, ref.sha256) else None


def resolve(name_or_path: str) -> PotentialRef:
    """Find a potential by its name or by the path of a MACE model file.

    Weights that are not on this machine are fetched once, by mace-torch, into its cache.

    Raises
    ------
    PotentialError
        If there is no such name or file, or its weights are not here and cannot be fetched.
    """
    if name_or_path in _registered:
        entry = _registered[name_or_path][0]
        return PotentialRef(id=entry.id, sha256=str(entry.sha256))
    known = _shipped().get(name_or_path)
    if known is not None:
        path = _weights(known) or _fetch(known)
        digest = sha256_of_file(path)
        if known.sha256 not in (None, digest):
            raise PotentialError(
                f"the weights of {known.id} in {path} are not those it is known by "
                f"(sha256 {digest[:12]}…, expected {str(known.sha256)[:12]}…)",
                where=str(path),
                hint="remove the file so that it is fetched again, or give it as --potential FILE",
            )
        return PotentialRef(id=known.id, sha256=digest, path=str(path))
    return _resolve_file(name_or_path)


def elements(ref: PotentialRef) -> tuple[str, ...]:
    """Return the chemical symbols that a potential covers."""
    return info(ref).elements


def check_elements(ref: PotentialRef, symbols: Iterable[str], *, where: str = "") -> None:
    """Make sure that a potential covers all elements of a film.

    Parameters
    ----------
    ref : PotentialRef
        The potential.
    symbols : iterable of str
        Chemical symbols of the film.
    where : str
        The file or coating they come from, for the message.

    Raises
    ------
    PotentialError
        If an element is not covered; names the potentials that cover all of them.
    """
    wanted = set(symbols)
    covered = elements(ref)
    missing = sorted(wanted - set(covered))
    if not missing:
        return
    named = ", ".join(missing)
    scope = " ".join(covered) if len(covered) <= 20 else f"it knows {len(covered)} elements"
    others = [entry for entry in list_potentials() if wanted <= set(entry.elements)]
    others.sort(key=lambda entry: not entry.available)
    subject = f" for {where}" if where else ""
    if not others:
        raise PotentialError(
            f"{ref.id} does not cover {named} ({scope}), and no other potential does",
            where=where,
            hint="give a potential of your own with --potential FILE.model",
        )
    raise PotentialError(
        f"{others[0].id} covers {named}, but {ref.id} does not ({scope})",
        where=where,
        hint=f"use --potential {others[0].id}{subject}",
    )


@cache
def _shipped() -> dict[str, PotentialInfo]:
    """Read the registry."""
    text = resources.files("lithicoat.workflows").joinpath("data/potentials.toml").read_text()
    return {
        name: PotentialInfo.model_validate({**entry, "id": name, "elements": _expand(entry["elements"])})
        for name, entry in tomllib.loads(text).items()
    }


def _expand(ranges: Iterable[str]) -> tuple[str, ...]:
    """Spell out ranges of elements such as `H-Bi`."""
    found: list[str] = []
    for item in ranges:
        first, _, last = item.partition("-")
        start = chemical_symbols.index(first)
        found += chemical_symbols[start : chemical_symbols.index(last or first) + 1]
    return tuple(found)


def _with_availability(entry: PotentialInfo) -> PotentialInfo:
    path = _weights(entry)
    if path is not None:
        return entry.model_copy(update={"available": True, "reason": f"weights in {path}"})
    if entry.url is None:
        package = entry.package or entry.engine.value
        return entry.model_copy(update={"reason": f"weights are not here; they come with {package}"})
    return entry.model_copy(update={"reason": f"weights are not here; fetched on first use from {entry.url}"})


def _weights(entry: PotentialInfo) -> Path | None:
    """Return the file of the weights if it is on this machine."""
    if entry.file is not None:
        candidates = [folder / entry.file for folder in _folders(entry.package or entry.engine.value)]
    else:
        name = str(entry.url).rpartition("/")[2]
        cached = "".join(letter for letter in name if letter.isalnum() or letter == "_")  # as mace-torch does
        candidates = [_mace_cache() / cached, _mace_cache() / name]
    return next((path for path in candidates if path.is_file()), None)


def _folders(package: str) -> list[Path]:
    """Return where a package lies, without importing it."""
    try:
        spec = find_spec(package)
    except ModuleNotFoundError:  # of the package's parent
        return []
    return [Path(spec.origin).parent] if spec and spec.origin else []


def _mace_cache() -> Path:
    """Directory in which mace-torch keeps what it downloads."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mace"


def _fetch(entry: PotentialInfo) -> Path:
    if entry.key is None:
        package = entry.package or entry.engine.value
        raise PotentialError(
            f"the weights of {entry.id} are not here and cannot be fetched: they come with the package "
            f"{package}, which is not installed or not whole",
            where=entry.id,
            hint=f"pip install {package.partition('.')[0]}",
        )
    from lithicoat.workflows.potentials.calculators import download

    try:
        return download(entry.key)
    except (OSError, RuntimeError) as error:
        raise PotentialError(
            f"the weights of {entry.id} are not here and cannot be fetched ({error})",
            where=entry.id,
            hint=f"download {entry.url} elsewhere and put it into {_mace_cache()}, or use {_installed()}",
        ) from error


def _installed() -> str:
    """Say which potentials can be used without a download."""
    names = [entry.id for entry in _shipped().values() if _weights(entry) is not None]
    return f"--potential {' or '.join(names)}, installed here" if names else "--potential FILE.model"


def _resolve_file(name: str) -> PotentialRef:
    path = Path(name).expanduser()
    if path.is_file():
        if path.stat().st_size == 0:
            raise PotentialError(
                f"the potential file {name} is empty", where=name, hint="give a MACE .model file"
            )
        return PotentialRef(id=path.stem, sha256=sha256_of_file(path), path=str(path.resolve()))
    if path.suffix or os.sep in name:
        raise PotentialError(
            f"there is no potential file {name}", where=name, hint="lithicoat potentials lists those by name"
        )
    names = [*_shipped(), *_registered]
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    question = f"; did you mean {' or '.join(near)}?" if near else ""
    raise PotentialError(
        f"there is no potential {name}{question}",
        where=name,
        hint=f"known are {', '.join(names)}, or the path of a MACE .model file",
    )


def sha256_of_file(path: Path) -> str:
    """Return the sha256 of a file; computed once while the file does not change."""
    status = path.stat()
    return _sha256_of(str(path), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=32)
def _sha256_of(path: str, _modified: int, _size: int) -> str:
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _elements_of_file(ref: PotentialRef) -> tuple[str, ...]:
    from lithicoat.workflows.potentials.calculators import calculator

    loaded: Any = calculator(ref)
    return tuple(chemical_symbols[number] for number in loaded.models[0].atomic_numbers.tolist())
