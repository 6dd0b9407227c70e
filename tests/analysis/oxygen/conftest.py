"""A table of reference phases whose energies are measured enthalpies of formation."""

from collections.abc import Callable

import numpy as np
import pytest
from ase.formula import Formula
from scipy.constants import N_A, e

from lithicoat.analysis.thermochemistry.corrections import FittedTerms
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry
from lithicoat.analysis.thermochemistry.terms import TERMS

KJ_MOL = 1000 / (N_A * e)
"""One kJ/mol in eV."""
# Enthalpies of formation at 298 K, kJ/mol: CRC Handbook; Li2SO3 back-solved from reaction enthalpies.
SOLIDS = {
    "Li2S": -441.4,
    "Li2SO4": -1436.5,
    "Li2SO3": -1177.0,
    "Li2O": -597.9,
    "Li2O2": -634.3,
    "Al2S3": -724.0,
    "Al2O3": -1675.7,
    "Li2CO3": -1215.9,
    "Li": 0.0,
    "Al": 0.0,
    "S": 0.0,
    "C": 0.0,
}
GASES = {"SO2": -296.8, "SO3": -395.7, "CO2": -393.5, "O2": 0.0}


def made(formula: str, energy_eV: float, kind: PhaseKind, **more: object) -> Phase:
    counts = {element: float(number) for element, number in Formula(formula).count().items()}
    return Phase(
        name=f"{formula} {kind.value}",
        formula=formula,
        composition=counts,
        energy_eV=energy_eV,
        kind=kind,
        **more,
    )


@pytest.fixture(scope="session")
def table_of() -> Callable[..., Thermochemistry]:
    """Make a table; covariance of the oxide term in eV², scatter in eV/atom."""

    def make(
        *, oxide_eV: float = 0.0, oxide_variance_eV2: float = 0.0, scatter: float = 1e-3
    ) -> Thermochemistry:
        solids = [
            made(formula, value * KJ_MOL, PhaseKind.CRYSTAL, volume_A3=40.0)
            for formula, value in SOLIDS.items()
        ]
        gases = [made(formula, 0.0, PhaseKind.GAS) for formula in GASES]
        values, covariance = np.zeros(len(TERMS)), np.zeros((len(TERMS), len(TERMS)))
        place = list(TERMS).index("oxide")
        values[place], covariance[place, place] = oxide_eV, oxide_variance_eV2
        return Thermochemistry(
            potential="tabulated",
            sha256="0" * 64,
            protocol="none",
            elements_eV=dict.fromkeys(("Li", "Al", "S", "C", "O"), 0.0),
            gases_eV={formula: value * KJ_MOL for formula, value in GASES.items()},
            phases=(*solids, *gases),
            fit=FittedTerms(
                terms=tuple(TERMS),
                values_eV=tuple(values.tolist()),
                covariance_eV2=tuple(map(tuple, covariance.tolist())),
                scatter_eV_atom=scatter,
                deviation_eV=0.0,
                prior="none",
            ),
        )

    return make


@pytest.fixture(scope="session")
def table(table_of: Callable[..., Thermochemistry]) -> Thermochemistry:
    return table_of()


@pytest.fixture(scope="session")
def film_of(table: Thermochemistry) -> Callable[..., Phase]:
    """Make a film of a formula: on the tabulated enthalpy plus `above_eV`, or at that energy."""

    def make(formula: str, above_eV: float = 0.0) -> Phase:
        lowest = table.phase(formula).energy_eV if formula in SOLIDS else 0.0
        return made(formula, lowest + above_eV, PhaseKind.FILM, volume_A3=46.0)

    return make
