"""From relaxed phases to the record: element references, measured compounds, fitted corrections."""

from collections.abc import Iterable, Sequence

from lithicoat.analysis.thermochemistry.corrections import Compound, fit_terms
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry
from lithicoat.analysis.thermochemistry.terms import correction_terms
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials.registry import Corrections, PotentialRef, info
from lithicoat.workflows.thermochemistry.enthalpies import measured_enthalpies
from lithicoat.workflows.thermochemistry.functional import GASES, gas_elements_eV, term_prior

__all__ = ["assemble"]


def assemble(
    potential: PotentialRef, phases: Sequence[Phase], *, protocol: str, left_out: Iterable[str] = ()
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

    Raises
    ------
    RunError
        If fewer than one measured compound is among the phases.
    """
    corrections = info(potential).corrections
    elements = _elements_eV(phases, own=corrections is Corrections.UNKNOWN)
    skipped = set(left_out)
    compounds = [
        compound
        for compound in (_compound(phase, elements) for phase in _lowest(phases))
        if compound is not None and compound.formula not in skipped
    ]
    if not compounds:
        raise RunError(
            "none of the reference phases has a measured enthalpy of formation", where=potential.id
        )
    gases = measured_enthalpies("gas")
    return Thermochemistry(
        potential=potential.id,
        sha256=potential.sha256,
        protocol=protocol,
        elements_eV=elements,
        gases_eV={formula: entry.energy_eV for formula, entry in gases.items()},
        gas_source="; ".join(dict.fromkeys(entry.source for entry in gases.values())),
        phases=tuple(phases),
        fit=fit_terms(compounds, term_prior(corrections)),
    )


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
        source=measured.source,
    )
