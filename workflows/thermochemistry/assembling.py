"""From relaxed phases to the record: element references, measured compounds, fitted corrections."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from lithicoat.analysis.thermochemistry.corrections import (
    NARROWEST_EV,
    Compound,
    FittedTerms,
    TermPrior,
    fit_terms,
)
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry
from lithicoat.analysis.thermochemistry.terms import correction_terms
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials.registry import Corrections, PotentialRef, info
from lithicoat.workflows.provenance import provenance
from lithicoat.workflows.thermochemistry.enthalpies import measured_enthalpies
from lithicoat.workflows.thermochemistry.functional import GASES, gas_elements_eV, term_prior

__all__ = ["assemble"]


OUTLIER, NORMAL = 5.0, 1.4826
"""Errors beyond so many standard deviations, estimated from the median error, are none of the fit's."""
UNLIKELY = 3.0
"""They must also lie beyond so many of their own standard uncertainties."""
FEWEST = 8
"""Compounds from which on an outlier can be told."""
NOT_FITTED = ("suspect", "van der Waals", "model", "hypothetical")
"""Flags of crystals whose energies say nothing of the correction terms."""


def assemble(
    potential: PotentialRef,
    phases: Sequence[Phase],
    *,
    protocol: str,
    left_out: Iterable[str] = (),
    failed: Mapping[str, str] | None = None,
    command: str = "",
) -> Thermochemistry:
    """Put a record together.

    Gaseous elements have the Materials Project's PBE energies where the potential was trained on such data,
    else those of the potential's own molecules; the difference is a constant per atom that the fitted terms
    take up.

    Parameters
    ----------
    potential : PotentialRef
        Potential of all phases.
    phases : sequence of Phase
        Relaxed crystals, gases and cathodes.
    protocol : str
        How they were relaxed.
    left_out : iterable of str
        Formulas whose measured enthalpy is not used.
    failed : mapping of str to str
        Why phases are missing, by name.
    command : str
        What computes the record again.

    Raises
    ------
    RunError
        If fewer than one measured compound is among the phases.
    """
    corrections = info(potential).corrections
    phases = [phase for phase in phases if not _is_unknown_gas(phase)]
    elements = _elements_eV(phases, own=corrections is Corrections.UNKNOWN)
    missing = dict(failed or {})
    compounds = []
    for phase in _lowest(phases):
        compound = _compound(phase, elements)
        caution = next((flag for flag in phase.flags if flag.startswith(NOT_FITTED)), None)
        if compound is not None and caution is not None:
            missing[f"{phase.name} in the fit"] = caution
        elif compound is not None and compound.formula not in set(left_out):
            compounds.append(compound)
    if not compounds:
        raise RunError(
            "none of the reference phases has a measured enthalpy of formation", where=potential.id
        )
    fit, unknown = _fit(compounds, term_prior(corrections))
    missing |= {phase.name: unknown[phase.formula] for phase in phases if phase.formula in unknown}
    phases = [phase for phase in phases if phase.formula not in unknown]
    gases = {
        formula: entry
        for formula, entry in measured_enthalpies("gas").items()
        if set(entry.composition) <= set(elements)
    }
    known = {phase.formula for phase in phases if phase.kind is PhaseKind.CRYSTAL}
    return Thermochemistry(
        potential=potential.id,
        sha256=potential.sha256,
        protocol=protocol,
        elements_eV=elements,
        gases_eV={formula: entry.energy_eV for formula, entry in gases.items()},
        gas_source="; ".join(dict.fromkeys(entry.source for entry in gases.values())),
        phases=(*phases, *_measured(set(elements), known)),
        fit=fit,
        left_out=missing,
        command=command,
        versions=provenance(potential, None, None).versions,
    )


def _fit(compounds: Sequence[Compound], prior: TermPrior) -> tuple[FittedTerms, dict[str, str]]:
    """Fit, and leave out compounds far off the rest, worst first; say why, by formula."""
    kept = list(compounds)
    unknown: dict[str, str] = {}
    while True:
        fit = fit_terms(kept, prior)
        errors = {fitted.formula: abs(fitted.left_out_error_eV_atom) for fitted in fit.compounds}
        usual = NORMAL * float(np.median(list(errors.values())))
        expected = {fitted.formula: fitted.left_out_uncertainty_eV_atom for fitted in fit.compounds}
        far = [
            formula
            for formula, error in errors.items()
            if error > max(OUTLIER * usual, UNLIKELY * expected[formula], NARROWEST_EV)
        ]
        if not far or len(kept) < FEWEST:
            return fit, unknown
        worst = max(far, key=lambda formula: errors[formula])
        unknown[worst] = (
            f"the potential does not know it: off by {errors[worst]:.2f} eV/atom where {usual:.2f} is usual; "
            "the measured enthalpy takes its place"
        )
        kept = [compound for compound in kept if compound.formula != worst]


def _elements_eV(phases: Sequence[Phase], *, own: bool) -> dict[str, float]:
    found: dict[str, float] = {}
    for phase in phases:
        if len(phase.composition) != 1:
            continue
        ((element, number),) = phase.composition.items()
        if phase.kind is PhaseKind.CRYSTAL and element in GASES:
            continue
        energy = phase.energy_eV / number
        found[element] = min(found.get(element, energy), energy)
    return found if own else found | {el: gas_elements_eV()[el] for el in GASES if el in found}


def _is_unknown_gas(phase: Phase) -> bool:
    """Tell a gas whose enthalpy is not tabulated: it competes in no reaction."""
    return (
        phase.kind is PhaseKind.GAS
        and len(phase.composition) > 1
        and phase.formula not in measured_enthalpies("gas")
    )


def _measured(elements: set[str], known: set[str]) -> list[Phase]:
    """Return the solids and liquids that are tabulated and have no crystal here."""
    return [
        Phase(
            name=f"{entry.formula} measured",
            formula=entry.formula,
            composition=entry.composition,
            energy_eV=entry.energy_eV,
            uncertainty_eV=entry.uncertainty_eV,
            kind=PhaseKind.MEASURED,
            flags=(f"{entry.phase}, measured enthalpy of formation ({entry.source})",),
        )
        for state in ("solid", "liquid")
        for entry in measured_enthalpies(state).values()
        if entry.formula not in known and set(entry.composition) <= elements
    ]


def _lowest(phases: Sequence[Phase]) -> list[Phase]:
    """Return the crystal of lowest energy of each composition."""
    lowest: dict[str, Phase] = {}
    for phase in phases:
        if phase.kind is not PhaseKind.CRYSTAL or len(phase.composition) == 1:
            continue
        other = lowest.get(phase.formula)
        if other is None or phase.energy_eV / phase.atoms < other.energy_eV / other.atoms:
            lowest[phase.formula] = phase
    return list(lowest.values())


def _compound(phase: Phase, elements_eV: dict[str, float]) -> Compound | None:
    measured = measured_enthalpies("solid").get(phase.formula)
    if measured is None or not phase.elements <= set(elements_eV):
        return None
    reference = sum(number * elements_eV[element] for element, number in phase.composition.items())
    return Compound(
        formula=phase.formula,
        atoms=phase.atoms,
        terms=correction_terms(phase.composition, groups=phase.groups),
        calculated_eV=phase.energy_eV - reference,
        measured_eV=measured.energy_eV,
        uncertainty_eV=measured.uncertainty_eV,
        source=measured.source,
    )
