"""Known structure types, as starts for the crystal of another compound."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ase import Atoms

from lithicoat.structures.crystals.cells import crystal_info, crystal_names, load_crystal
from lithicoat.structures.crystals.symmetry import primitive_cell

__all__ = ["Prototype", "oxidation_states", "prototypes"]

_FOLDER = Path(__file__).parents[1] / "data" / "prototypes"
_AFLOW = "AFLOW library of prototypes, Mehl et al., Comput. Mater. Sci. 136, S1 (2017), through pymatgen"
_NO_TYPE = frozenset({"molecule", "hypothetical"})
_NOISE_A = 0.01
"""What published positions may be off their symmetry, Å."""


@dataclass(frozen=True)
class Prototype:
    """One structure type.

    Parameters
    ----------
    name : str
        AFLOW label, or the file.
    source : str
        Where it is from.
    atoms : Atoms
        Primitive cell.
    """

    name: str
    source: str
    atoms: Atoms


@cache
def prototypes() -> tuple[Prototype, ...]:
    """Return all structure types at hand, no cell twice.

    They are those of the AFLOW library that pymatgen ships, the crystals of `data/crystals` and the files of
    `data/prototypes`.
    """
    return (*_extra(), *_shipped(), *_aflow())


@cache
def oxidation_states(formula: str) -> dict[str, float] | None:
    """Return the likeliest oxidation state of each element, by pymatgen's statistics of known compounds.

    Returns
    -------
    dict of str to float or None
        None for metals, and where no states balance.
    """
    from pymatgen.core import Composition  # noqa: PLC0415 - heavy

    composition = Composition(formula).reduced_composition
    if all(element.is_metal for element in composition.elements):
        return None
    guesses = composition.oxi_state_guesses()
    return dict(guesses[0]) if guesses else None


def _extra() -> list[Prototype]:
    from ase.io import read  # noqa: PLC0415

    table = tomllib.loads((_FOLDER / "index.toml").read_text(encoding="utf-8"))
    return [
        Prototype(name.removesuffix(".cif"), entry["source"], _primitive(read(_FOLDER / name)))
        for name, entry in table.items()
    ]


def _shipped() -> list[Prototype]:
    infos = [crystal_info(name) for name in crystal_names()]
    return [
        Prototype(info.file.removesuffix(".cif"), info.source, _primitive(load_crystal(info.file)))
        for info in infos
        if info.origin not in _NO_TYPE
    ]


def _aflow() -> list[Prototype]:
    from pymatgen.analysis.prototypes import AFLOW_PROTOTYPE_LIBRARY  # noqa: PLC0415 - takes seconds
    from pymatgen.io.ase import AseAtomsAdaptor  # noqa: PLC0415

    return [
        Prototype(
            entry["tags"]["aflow"], _AFLOW, _primitive(AseAtomsAdaptor.get_atoms(entry["snl"].structure))
        )
        for entry in AFLOW_PROTOTYPE_LIBRARY
    ]


def _primitive(atoms: Any) -> Atoms:
    return primitive_cell(atoms, tolerance_A=_NOISE_A)
