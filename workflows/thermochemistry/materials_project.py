"""DFT entries of the Materials Project in the form of a record: no potential, nothing fitted here."""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np

from lithicoat.analysis.thermochemistry.corrections import FittedTerms
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry
from lithicoat.analysis.thermochemistry.terms import TERMS
from lithicoat.structures.catalog.materials_project import material_entries
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.thermochemistry.enthalpies import measured_enthalpies
from lithicoat.workflows.thermochemistry.functional import GASES, mp2020_uncertainty_eV

__all__ = ["NAME", "materials_project_record", "record_of"]

NAME = "Materials Project DFT"
SCATTER_EV_ATOM = 0.024
"""Error of DFT reaction energies between compounds of like anions: Hautier et al., Phys. Rev. B 85,
155208 (2012)."""
PROTOCOL = "Materials Project entries, PBE(+U) with their own MP2020 corrections"


def materials_project_record(elements: Iterable[str]) -> Thermochemistry:
    """Fetch the entries of all phases of these elements with the user's key.

    Raises
    ------
    StructureError
        If there is no key, or the project cannot be asked.
    RunError
        If an element has no entry.
    """
    wanted = sorted(set(elements))
    return record_of(material_entries(wanted), wanted)


def record_of(entries: Sequence[Any], elements: Iterable[str]) -> Thermochemistry:
    """Put computed entries into the form of a record; of each composition the lowest is taken.

    The energies are corrected already, so every term is zero; its uncertainty is that of the MP2020
    correction, and the scatter is the 24 meV/atom of such energies.

    Parameters
    ----------
    entries : sequence of pymatgen ComputedEntry
        With their corrections applied.
    elements : iterable of str
        Elements that need a reference.

    Raises
    ------
    RunError
        If an element has no entry.
    """
    wanted = set(elements)
    lowest: dict[str, Any] = {}
    for entry in entries:
        formula = entry.composition.reduced_formula
        if formula not in lowest or entry.energy_per_atom < lowest[formula].energy_per_atom:
            lowest[formula] = entry
    references = {
        str(entry.composition.elements[0]): float(entry.energy_per_atom)
        for entry in lowest.values()
        if len(entry.composition) == 1
    }
    missing = sorted(wanted - set(references))
    if missing:
        raise RunError(f"the Materials Project gave no entry of {', '.join(missing)}", where=NAME)
    gases = {name: gas for name, gas in measured_enthalpies("gas").items() if set(gas.composition) <= wanted}
    solids = [_phase(entry) for formula, entry in lowest.items() if formula not in gases]
    vapours = [
        Phase(
            name=f"{name} gas", formula=name, composition=gas.composition, energy_eV=0.0, kind=PhaseKind.GAS
        )
        for name, gas in gases.items()
    ]
    named = sorted(f"{entry.entry_id} {entry.energy:.8f}" for entry in lowest.values())
    return Thermochemistry(
        potential=NAME,
        sha256=hashlib.sha256("\n".join(named).encode()).hexdigest(),
        protocol=PROTOCOL,
        elements_eV=references,
        gases_eV={name: gas.energy_eV for name, gas in gases.items()},
        gas_source="; ".join(dict.fromkeys(gas.source for gas in gases.values())),
        phases=tuple(chain(solids, vapours)),
        fit=_uncertainty(),
        command=f"lithicoat references --materials-project --elements {','.join(sorted(wanted))}",
    )


def _phase(entry: Any) -> Phase:
    formula, units = entry.composition.get_reduced_formula_and_factor()
    elemental_gas = len(entry.composition) == 1 and str(entry.composition.elements[0]) in GASES
    structure = getattr(entry, "structure", None)
    return Phase(
        name=f"{formula} gas" if elemental_gas else f"{entry.entry_id} {formula}",
        formula=formula,
        composition={str(el): float(number) / units for el, number in entry.composition.items()},
        energy_eV=float(entry.energy) / units,
        volume_A3=None if structure is None or elemental_gas else float(structure.volume) / units,
        kind=PhaseKind.GAS if elemental_gas else PhaseKind.CRYSTAL,
    )


def _uncertainty() -> FittedTerms:
    terms = tuple(TERMS)
    covariance = np.diag([mp2020_uncertainty_eV(term) ** 2 for term in terms])
    return FittedTerms(
        terms=terms,
        values_eV=(0.0,) * len(terms),
        covariance_eV2=tuple(map(tuple, covariance.tolist())),
        scatter_eV_atom=SCATTER_EV_ATOM,
        deviation_eV=0.0,
        prior="none: the entries carry the MP2020 corrections of Wang et al., Sci. Rep. 11, 15496 (2021)",
    )
