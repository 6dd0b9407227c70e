"""Energies of compounds made comparable: the anion corrections that a potential's training data lack."""

from lithicoat.structures.model import Model
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials.registry import Corrections

__all__ = ["corrected_energy_eV"]


def corrected_energy_eV(model: Model, energy_eV: float, corrections: Corrections) -> float:
    """Return the energy of a cell with the corrections that its potential calls for.

    Parameters
    ----------
    model : Model
        The cell; its structure tells oxides from peroxides and sulfides from sulfates.
    energy_eV : float
        Energy of the whole cell, as the potential gives it.
    corrections : Corrections
        What the registry says of the potential.

    Returns
    -------
    float
        Energy of the whole cell in eV: as it is for potentials trained on corrected energies and for those
        that no scheme fits; with MaterialsProject2020Compatibility for those trained on raw Materials Project
        energies (Wang et al., Sci. Rep. 11, 15496 (2021)).

    Raises
    ------
    RunError
        If the scheme cannot treat the cell.
    """
    if corrections is not Corrections.MP2020:
        return energy_eV
    from pymatgen.analysis.compatibility import MaterialsProject2020Compatibility
    from pymatgen.entries.computed_entries import ComputedStructureEntry
    from pymatgen.io.ase import AseAtomsAdaptor

    entry = ComputedStructureEntry(
        AseAtomsAdaptor.get_structure(model.atoms), energy_eV, parameters={"run_type": "GGA", "hubbards": {}}
    )
    processed = MaterialsProject2020Compatibility(check_potcar=False).process_entry(entry)
    if processed is None:
        raise RunError(
            f"no MP2020 correction exists for {model.formula}",
            where=model.name,
            hint="use a potential trained on corrected energies, such as chgnet",
        )
    return float(processed.energy)
