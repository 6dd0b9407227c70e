"""Which model files may be opened: a model file is a pickle, and a pickle may run code as it is opened.

A file is known if its sha256 stands in the registry, or in the user's own list, to which ``--trust`` or the
``potential_sha256`` of a campaign's settings adds it. The list is a file, so worker processes and later runs
know it too. Everything else is refused before it is opened.
"""

import json
import os
import pickletools
import zipfile
from pathlib import Path

from lithicoat.workflows.errors import PotentialError, UsageError
from lithicoat.workflows.potentials.registry import PotentialRef, resolve, sha256_of_file, shipped

__all__ = [
    "check_model_file",
    "choose_potential",
    "is_trusted",
    "require_trust",
    "trust",
    "trusted_list",
]

PACKAGE = "mace."
"""Where the classes live that a MACE model file names."""


def trusted_list() -> Path:
    """Return the file of the hashes that the user trusts.

    LITHICOAT_TRUSTED names it; by default it is lithicoat/trusted.json in the user's configuration.
    """
    if chosen := os.environ.get("LITHICOAT_TRUSTED"):
        return Path(chosen)
    settings = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(settings) / "lithicoat" / "trusted.json"


def is_trusted(sha256: str) -> bool:
    """Tell whether the user vouched for a file with these bytes.

    Raises
    ------
    UsageError
        If the list of trusted files cannot be read.
    """
    return sha256 in _read(trusted_list())


def trust(file: Path) -> str:
    """Add a model file to the user's list of trusted ones, and return its sha256.

    Raises
    ------
    PotentialError
        If it is no MACE model.
    UsageError
        If the list cannot be read or written.
    """
    check_model_file(file)
    digest, place = sha256_of_file(file), trusted_list()
    known = _read(place)
    if digest not in known:
        _write(place, {**known, digest: str(file.resolve())})
    return digest


def choose_potential(name_or_path: str, *, trusted: bool = False, sha256: str | None = None) -> PotentialRef:
    """Find a potential as `resolve` does, and take note if the user vouches for a local file.

    Parameters
    ----------
    name_or_path : str
        Name in the registry, or path of a MACE model file.
    trusted : bool
        True if the user said ``--trust``.
    sha256 : str, optional
        What the weights must be; a file with this sha256 is trusted.

    Raises
    ------
    PotentialError
        If there is no such potential, it is no MACE model, or its sha256 is another one.
    UsageError
        If the list of trusted files cannot be read or written.
    """
    ref = resolve(name_or_path)
    if sha256 is not None and ref.sha256 != sha256.lower():
        raise PotentialError(
            f"{name_or_path} has the sha256 {ref.sha256}, not {sha256} as the settings say",
            where="potential_sha256",
            hint="make sure which file is meant, and correct one of the two",
        )
    if (trusted or sha256 is not None) and ref.path is not None and shipped(ref) is None:
        trust(Path(ref.path))
    return ref


def require_trust(ref: PotentialRef, file: Path) -> None:
    """Refuse a file that nobody vouched for; nothing of it is executed to find out.

    The weights of a registry entry are known by the sha256 that the entry pins. Those of an entry without one
    are accepted where mace-torch keeps what it downloaded from that entry's address, or in the package that
    ships them; their hash is only recorded in the results.

    Parameters
    ----------
    ref : PotentialRef
        The potential.
    file : Path
        Its weights on this machine, with the sha256 of `ref`.

    Raises
    ------
    PotentialError
        If the file is no MACE model, or nobody vouched for it.
    """
    entry = shipped(ref)
    if entry is not None and (entry.sha256 == ref.sha256 or _where_it_belongs(ref, file)):
        return
    check_model_file(file)
    if is_trusted(ref.sha256):
        return
    raise PotentialError(
        f"{file} (sha256 {ref.sha256}) may run code when it is opened, and you have not said yet that you "
        "trust it",
        where=str(file),
        hint="if you know where the file comes from, give --trust once",
    )


def check_model_file(file: Path) -> None:
    """Look into a file without executing anything of it.

    A MACE model is a zip archive as torch writes it, whose pickle names classes of MACE.

    Raises
    ------
    PotentialError
        If it is something else.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            inside = [name for name in archive.namelist() if name.rpartition("/")[2] == "data.pkl"]
            pickles = [archive.read(name) for name in inside]
        named = any(name.startswith(PACKAGE) for pickle in pickles for name in _names(pickle))
    except (OSError, zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError) as error:
        raise _no_model(file) from error
    if not named:
        raise _no_model(file)


def _names(pickle: bytes) -> list[str]:
    """Return the names of classes and functions, and other strings, that a pickle holds."""
    return [argument for _, argument, _ in pickletools.genops(pickle) if isinstance(argument, str)]


def _no_model(file: Path) -> PotentialError:
    return PotentialError(
        f"{file} is no MACE model",
        where=str(file),
        hint="give the .model file that mace_run_train writes, not a checkpoint or a compiled model",
    )


def _where_it_belongs(ref: PotentialRef, file: Path) -> bool:
    """Tell whether these are the weights that the registry's name leads to on this machine."""
    path = resolve(ref.id).path
    return path is not None and Path(path).resolve() == file.resolve()


def _read(place: Path) -> dict[str, str]:
    if not place.is_file():
        return {}
    try:
        known = json.loads(place.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _unusable(place, "cannot be read") from error
    if not isinstance(known, dict):
        raise _unusable(place, "is no table of sha256 and file")
    return {str(digest): str(file) for digest, file in known.items()}


def _write(place: Path, known: dict[str, str]) -> None:
    partial = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
        partial.replace(place)
    except OSError as error:
        raise _unusable(place, f"cannot be written ({error.strerror})") from error


def _unusable(place: Path, what: str) -> UsageError:
    return UsageError(
        f"the list of trusted model files {place} {what}",
        where=str(place),
        hint="remove it, or name another file with LITHICOAT_TRUSTED",
    )
