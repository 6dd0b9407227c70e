"""The crystals, molecules and cathodes whose energies a potential's reference record holds."""

from collections.abc import Iterable
from typing import Any

from ase import Atoms

from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.crystals.index import CrystalInfo, crystal_info, crystal_names
from lithicoat.structures.crystals.symmetry import primitive_cell
from lithicoat.structures.formulas import parse_formula
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.references.isostructural import isostructural

__all__ = [
    "CATHODE",
    "CATHODE_ELEMENTS",
    "CATHODE_LITHIUM",
    "ELEMENTS",
    "cathode_models",
    "gas_models",
    "reference_models",
]

ELEMENTS = (
    "Li", "S", "O", "Al", "C", "H", "N", "F", "P", "Ti", "Zr", "Nb", "Ni", "Mn", "Co", "Zn", "Si", "Ta", "W",
    "Na", "Mg", "B", "Cl",
)  # fmt: skip
"""Elements with a reference."""

CATHODE = "NMC811"
CATHODE_ELEMENTS = frozenset({"Li", "Ni", "Mn", "Co", "O"})
"""What it is made of."""
CATHODE_LITHIUM = (1.0, 0.5, 0.25)
"""Lithium contents of the charged cathode."""
CATHODE_ATOMS = 80
"""Atoms of a cell of the cathode at most."""

_BOX_A = (10.0, 11.0, 12.0)
"""Box of a molecule: no potential sees across it."""
_SO3_BOND_A = 1.4198
"""S-O in planar SO3, Kaldor & Maki, J. Mol. Struct. 15, 123 (1973)."""
_NOISE_A = 0.01
GASES = (
    "O2", "H2", "N2", "F2", "Cl2", "SO2", "SO3", "CO2", "H2O", "H2S", "HF", "CO", "NH3", "CH4", "C2H2",
    "C2H4", "NO", "NO2", "N2O", "CS2", "OCS", "PH3", "PF3", "HCl", "SiF4", "CF4",
)  # fmt: skip


def reference_models(elements: Iterable[str]) -> tuple[Model, ...]:
    """Return the crystals made of these elements, as primitive cells.

    They are the shipped crystals and compounds of a known structure type (`data/references.toml`). Left out
    are hypothetical crystals, those of gases, and suspect van der Waals crystals whose formula has another.

    Parameters
    ----------
    elements : iterable of str
        Chemical symbols.

    Returns
    -------
    tuple of Model
        Kind crystal; `source`, `flags` and, if made by exchange, `of` and `exchange` in the recipe.
    """
    wanted = set(elements)
    models = [_shipped(info) for info in _trusted() if set(parse_formula(info.formula)) <= wanted]
    for compound in isostructural():
        if compound.elements <= wanted:
            story = {
                "source": compound.source,
                "of": compound.of,
                "exchange": dict(compound.exchange),
                "flags": [compound.flag] if compound.flag else [],
            }
            models.append(_model(compound.atoms, compound.name, story))
    return tuple(models)


def gas_models(elements: Iterable[str]) -> tuple[Model, ...]:
    """Return the molecules made of these elements, each in a box; named by their formula."""
    wanted = set(elements)
    return tuple(
        _model(_molecule(formula), formula, {"source": "G2 set of ASE"})
        for formula in GASES
        if set(parse_formula(formula)) <= wanted
    )


def cathode_models(seed: int = 0) -> tuple[Model, ...]:
    """Return NMC811 at the lithium contents of `CATHODE_LITHIUM`; named `NMC811 x=0.5`."""
    from lithicoat.structures.catalog.loading import load_catalog  # noqa: PLC0415 - reads the whole catalog
    from lithicoat.structures.cathodes.layered_oxides import layered_oxide_model  # noqa: PLC0415

    recipe: Any = load_catalog(None).find(CATHODE).recipe
    return tuple(
        layered_oxide_model(
            recipe.model_copy(update={"lithium": lithium}),
            name=f"{CATHODE} x={lithium:g}",
            max_atoms=CATHODE_ATOMS,
            seed=seed,
        )
        for lithium in CATHODE_LITHIUM
    )


def _trusted() -> list[CrystalInfo]:
    infos = [crystal_info(name) for name in crystal_names()]
    infos = [
        info
        for info in infos
        if info.origin not in {"hypothetical", "molecule"} and info.formula not in GASES
    ]
    sound = {info.formula for info in infos if info.flag != "suspect"}
    return [info for info in infos if info.flag != "suspect" or info.formula not in sound]


def _shipped(info: CrystalInfo) -> Model:
    atoms = primitive_cell(load_crystal(info.file), tolerance_A=_NOISE_A)
    return _model(atoms, info.file, {"source": info.source, "flags": list(info.flags)})


def _molecule(formula: str) -> Atoms:
    from ase.build import molecule  # noqa: PLC0415 - loads the G2 set

    if formula == "SO3":
        half, height = _SO3_BOND_A / 2, _SO3_BOND_A * 3**0.5 / 2
        places = [(0, 0, 0), (_SO3_BOND_A, 0, 0), (-half, height, 0), (-half, -height, 0)]
        atoms = Atoms("SO3", positions=places)
    else:
        atoms = molecule({"H2S": "SH2"}.get(formula, formula))
    atoms.set_cell(_BOX_A)
    atoms.set_pbc(True)
    atoms.center()
    return atoms


def _model(atoms: Atoms, name: str, story: dict[str, Any]) -> Model:
    return Model.from_atoms(atoms, name=name, kind=ModelKind.CRYSTAL, recipe=story)
