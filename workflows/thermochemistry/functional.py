"""What is known of the correction terms of PBE before a potential is looked at.

The Materials Project's PBE(+U) energies of some 300 compounds, which ship with pymatgen as the data that the
MP2020 scheme was fitted to (Wang et al., Sci. Rep. 11, 15496 (2021)), are held against measured enthalpies.
A potential trained on such energies has these corrections, up to its own errors; one trained on energies
that MP2020 corrected already has what is left of them.
"""

import gzip
import json
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.thermochemistry.corrections import Compound, FittedTerms, TermPrior, fit_terms
from lithicoat.analysis.thermochemistry.terms import TERMS, correction_terms
from lithicoat.workflows.potentials.registry import Corrections
from lithicoat.workflows.thermochemistry.enthalpies import measured_enthalpies

__all__ = ["GASES", "functional_terms", "gas_elements_eV", "mp2020_uncertainty_eV", "term_prior"]

GASES = ("H", "N", "O", "F", "Cl")
"""Elements whose reference is a diatomic gas."""

_MP2020 = {
    "oxide": ("anions", "oxide"),
    "peroxide": ("anions", "peroxide"),
    "superoxide": ("anions", "superoxide"),
    "sulfide": ("anions", "S"),
    "fluoride": ("anions", "F"),
    "chloride": ("anions", "Cl"),
    "nitride": ("anions", "N"),
    "hydride": ("anions", "H"),
    "Mn": ("GGAU", "Mn"),
    "Co": ("GGAU", "Co"),
    "Ni": ("GGAU", "Ni"),
    "W": ("GGAU", "W"),
}
"""Terms that MP2020 has too."""


def term_prior(corrections: Corrections) -> TermPrior:
    """Return what is known of the terms of a potential by what it was trained on."""
    if corrections is Corrections.UNKNOWN:
        return TermPrior.vague(tuple(TERMS))
    fit = functional_terms()
    values, source = np.array(fit.values_eV), "PBE(+U) of the Materials Project"
    if corrections is Corrections.INCLUDED:
        values = values - np.array([_mp2020(term) for term in fit.terms])
        source += ", less the MP2020 corrections"
    return TermPrior(
        terms=fit.terms,
        values_eV=tuple(values.tolist()),
        covariance_eV2=fit.covariance_eV2,
        source=f"{source}, against {len(fit.compounds)} measured compounds",
    )


@cache
def functional_terms() -> FittedTerms:
    """Fit the terms of PBE(+U) itself."""
    compounds = []
    for entry in _calculated().values():
        compound = _compound(entry)
        if compound is not None:
            compounds.append(compound)
    return fit_terms(compounds, TermPrior.vague(tuple(TERMS)), deviates=False)


@cache
def gas_elements_eV() -> dict[str, float]:
    """PBE energies of the gaseous elements in the Materials Project, eV/atom."""
    return {element: energy for element, energy in _elements_eV().items() if element in GASES}


@cache
def _calculated() -> dict[str, Any]:
    path = resources.files("pymatgen.analysis.compatibility").joinpath("calc_compounds.json.gz")
    return dict(json.loads(gzip.decompress(path.read_bytes())))


@cache
def _elements_eV() -> dict[str, float]:
    found = {}
    for entry in _calculated().values():
        counts = entry["composition"]
        if len(counts) == 1:
            ((element, number),) = counts.items()
            found[element] = entry["energy"] / number
    return found


def _compound(entry: dict[str, Any]) -> Compound | None:
    from pymatgen.core import Composition

    unit = Composition(entry["composition"]).reduced_composition
    counts = {str(element): float(number) for element, number in unit.items()}
    measured = measured_enthalpies("solid").get(unit.reduced_formula)
    if len(counts) < 2 or measured is None or not set(counts) <= set(_elements_eV()):
        return None
    try:
        terms = correction_terms(counts)
    except (DataError, KeyError):
        return None
    share = sum(counts.values()) / sum(entry["composition"].values())
    elements = sum(number * _elements_eV()[element] for element, number in counts.items())
    return Compound(
        formula=unit.reduced_formula,
        atoms=sum(counts.values()),
        terms=terms,
        calculated_eV=entry["energy"] * share - elements,
        measured_eV=measured.energy_eV,
        uncertainty_eV=measured.uncertainty_eV,
        source=measured.source,
    )


def mp2020_uncertainty_eV(term: str) -> float:
    """Return the standard uncertainty of the MP2020 correction of a term, eV; 0 if it has none."""
    return _mp2020(term, "Uncertainties")


def _mp2020(term: str, what: str = "Corrections") -> float:
    """Return the MP2020 correction of a term, eV; 0 if it has none."""
    if term not in _MP2020:
        return 0.0
    group, key = _MP2020[term]
    table = _mp2020_table()[what]
    found = table["CompositionCorrections"] if group == "anions" else table["GGAUMixingCorrections"]["O"]
    return float(found[key])


@cache
def _mp2020_table() -> dict[str, Any]:
    path = resources.files("pymatgen.analysis.compatibility").joinpath("MP2020Compatibility.yaml")
    return dict(YAML(typ="safe").load(path.read_text()))
