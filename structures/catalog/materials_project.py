"""Crystals of the Materials Project by id, fetched once with the user's key and kept in a cache."""

import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lithicoat.structures.coating import ReportedValue
from lithicoat.structures.errors import StructureError

__all__ = ["is_material_id", "material_entries", "material_file", "material_gaps", "material_provenance"]

_ID = re.compile(r"mp-\d+")
_KEYS = ("MP_API_KEY", "PMG_MAPI_KEY")
_LICENCE = "Materials Project, CC-BY 4.0: Jain et al., APL Materials 1, 011002 (2013)"


def is_material_id(name: str) -> bool:
    """Say whether a name is an id of the Materials Project, such as `mp-1138`."""
    return _ID.fullmatch(name) is not None


def material_file(material_id: str) -> Path:
    """Return the CIF of a material, fetched if it is not in the cache yet.

    The conventional standard cell is kept, as `lithicoat/materials_project/<id>.cif` in the user's cache
    directory (`XDG_CACHE_HOME`, else `~/.cache`), with its provenance beside it.

    Parameters
    ----------
    material_id : str
        Such as `mp-1138`.

    Raises
    ------
    StructureError
        If there is no key (`MP_API_KEY` or pymatgen's `PMG_MAPI_KEY`), or the material cannot be fetched.
    """
    file = _cache() / f"{material_id}.cif"
    if not file.is_file():
        _keep(_fetch(material_id), file, material_id)
    return file


def material_provenance(material_id: str) -> dict[str, Any]:
    """Return where a crystal of the cache is from and when it was fetched.

    Raises
    ------
    StructureError
        As `material_file`.
    """
    file = material_file(material_id).with_suffix(".json")
    try:
        provenance: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StructureError(
            f"the provenance of {material_id} in the cache cannot be read",
            where=str(file),
            hint=f"remove {file.with_suffix('.cif')} to have it fetched again",
        ) from error
    return provenance


def _cache() -> Path:
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "lithicoat" / "materials_project"


def _key(material_id: str) -> str:
    from pymatgen.core import SETTINGS  # noqa: PLC0415 - pymatgen is heavy

    key = next((os.environ[name] for name in _KEYS if os.environ.get(name)), SETTINGS.get("PMG_MAPI_KEY"))
    if not key:
        raise StructureError(
            f"{material_id} is not in the cache, and there is no key to fetch it from the Materials Project",
            where=material_id,
            hint="set MP_API_KEY (free at materialsproject.org), or give a CIF of your own",
        )
    return str(key)


def material_gaps(formula: str) -> tuple[ReportedValue, ...]:
    """Return the semilocal band gap of the most stable material of a formula.

    Parameters
    ----------
    formula : str
        Reduced formula.

    Returns
    -------
    tuple of ReportedValue
        Empty if there is no such material.

    Raises
    ------
    StructureError
        If there is no key, or the project cannot be asked.
    """
    fields = ["material_id", "band_gap", "energy_above_hull", "symmetry"]
    with _asking(formula, _key(formula)) as rester:
        found = rester.get_summary({"formula": formula}, fields=fields)
    known = [entry for entry in found if entry.get("band_gap") is not None]
    if not known:
        return ()
    lowest = min(known, key=lambda entry: float(entry["energy_above_hull"]))
    return (
        ReportedValue(
            property="band_gap",
            value=float(lowest["band_gap"]),
            unit="eV",
            source=f"{_LICENCE}; {lowest['material_id']}",
            kind="DFT",
            phase=str((lowest.get("symmetry") or {}).get("symbol", "")),
            temperature_K=0.0,
            note="semilocal gap, underestimates experiment",
        ),
    )


def material_entries(elements: Iterable[str]) -> list[Any]:
    """Return the computed entries of all materials of these elements, their corrections applied.

    Raises
    ------
    StructureError
        If there is no key, or the project cannot be asked.
    """
    wanted = sorted(set(elements))
    system = "-".join(wanted)
    with _asking(system, _key(system)) as rester:
        return list(rester.get_entries_in_chemsys(wanted))


def _fetch(material_id: str) -> Any:
    """Return the conventional standard cell from the Materials Project."""
    with _asking(material_id, _key(material_id)) as rester:
        return rester.get_structure_by_material_id(material_id, conventional_unit_cell=True)


@contextmanager
def _asking(what: str, key: str) -> Iterator[Any]:
    """Ask the Materials Project; whatever goes wrong is one sentence."""
    import requests  # noqa: PLC0415 - only where the network is asked
    from pymatgen.ext.matproj import MPRester, MPRestError  # noqa: PLC0415

    try:
        with MPRester(key) as rester:
            yield rester
    except (requests.RequestException, MPRestError, OSError, ValueError, LookupError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise StructureError(
            f"{what} cannot be fetched from the Materials Project: {reason[:200]}",
            where=what,
            hint="check the id, the key and the network, or give a CIF of your own",
        ) from error


def _keep(structure: Any, file: Path, material_id: str) -> None:
    from importlib.metadata import version  # noqa: PLC0415

    provenance = {
        "source": f"{_LICENCE}; {material_id}",
        "origin": "Materials Project",
        "fetched": datetime.now(UTC).isoformat(timespec="seconds"),
        "pymatgen": version("pymatgen"),
    }
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.with_suffix(".json").write_text(json.dumps(provenance, indent=1) + "\n", encoding="utf-8")
        partial = file.with_suffix(".partial.cif")
        structure.to(filename=str(partial), fmt="cif")
        partial.replace(file)  # a file that is there is whole
    except OSError as error:
        raise StructureError(
            f"{material_id} cannot be kept in the cache: {error.strerror}", where=str(file.parent)
        ) from error
